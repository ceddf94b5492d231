"""What every part of the records works with: the database and the files, and the rule that keeps them together."""

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from inference.records.database import Database
from inference.records.files import FileStore
from inference.records.tables import AssessmentRow, DocumentRow, PhotographRow

#: Every column that names a file.
_NAMING = (
    PhotographRow.sha256,
    PhotographRow.thumbnail_sha256,
    AssessmentRow.mask_sha256,
    DocumentRow.sha256,
)


class Store:
    """Database and files."""

    def __init__(self, folder: Path, database: Database) -> None:
        self.folder = folder
        self.database = database
        self.files = FileStore(folder)
        self._wipe_pending = folder / "wipe.pending"

    @contextmanager
    def adding(self) -> Generator[Session]:
        """A transaction in which files are added and named."""
        with self.files.changing(), self.database.write() as session:
            yield session

    @contextmanager
    def removing(self) -> Generator[Session]:
        """A transaction in which rows that name files are deleted.

        When the block ends and the rows are gone, the files go that no row names any more, and then all traces in the
        database. What a crash interrupts is done by `clean` at the next start.
        """
        with self.files.changing():
            self._wipe_pending.touch()
            with self.database.write() as session:
                before = _named(session)
                yield session
                session.flush()
                orphans = before - _named(session)
            for sha256 in orphans:
                self.files.remove(sha256)
            self._wipe()

    def clean(self) -> None:
        """Finish what a crash interrupted: remove files that no row names, and traces of deleted rows."""
        with self.files.changing():
            with self.database.read() as session:
                named = _named(session)
            self.files.sweep(named)
            if self._wipe_pending.exists():
                self._wipe()

    def _wipe(self) -> None:
        if self.database.wipe():
            self._wipe_pending.unlink(missing_ok=True)


def _named(session: Session) -> set[str]:
    """SHA-256 of all files that rows name."""
    named: set[str] = set()
    for column in _NAMING:
        values: Iterable[str] = session.scalars(select(column).distinct())
        named.update(values)
    return named
