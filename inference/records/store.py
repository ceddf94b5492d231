"""What every part of the records works with: the database and the files, and the rule that keeps them together."""

import shutil
import uuid
from collections.abc import Generator, Iterable
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy import select
from sqlalchemy.orm import Session

from inference.records.database import Database
from inference.records.files import FileStore, flush
from inference.records.tables import AssessmentRow, DocumentRow, PhotographRow

#: Every column that names a file.
_NAMING = (
    PhotographRow.sha256,
    PhotographRow.thumbnail_sha256,
    AssessmentRow.mask_sha256,
    DocumentRow.sha256,
)


class Store:
    """Database and files.

    A change of both leaves a mark on the disk until it is through, so that only after a crash, and not at every start,
    all files have to be looked at.
    """

    def __init__(self, folder: Path, database: Database) -> None:
        self.folder = folder
        self.database = database
        self.files = FileStore(folder)
        self._marks, self._working = folder / "unfinished", folder / "working"
        for part in (self._marks, self._working):
            part.mkdir(exist_ok=True, mode=0o700)

    @contextmanager
    def adding(self) -> Generator[Session]:
        """A transaction in which files are added and named; when it fails, the files go again."""
        with self.files.changing():
            mark = self._mark()
            try:
                with self.database.write() as session:
                    yield session
            except BaseException:
                for sha256 in self.files.new:
                    self.files.remove(sha256)
                mark.unlink(missing_ok=True)
                raise
            mark.unlink(missing_ok=True)

    @contextmanager
    def removing(self) -> Generator[Session]:
        """A transaction in which rows that name files are deleted.

        When the block ends and the rows are gone, the files go that no row names any more, and then all traces in the
        database. What a crash interrupts is done by `clean` at the next start.
        """
        with self.files.changing():
            mark = self._mark()
            try:
                with self.database.write() as session:
                    before = _named(session)
                    yield session
                    session.flush()
                    orphans = before - _named(session)
            except BaseException:
                mark.unlink(missing_ok=True)
                raise
            for sha256 in orphans:
                self.files.remove(sha256)
        if self.database.wipe():
            mark.unlink(missing_ok=True)

    @contextmanager
    def workspace(self) -> Generator[Path]:
        """A new folder for pictures and documents in the making, out of the web server's reach; gone in the end.

        One that a crash leaves is removed by `clean`, as nobody holds its lock any more.
        """
        folder = self._working / uuid.uuid4().hex
        lock = folder.with_suffix(".lock")
        try:
            with FileLock(lock, mode=0o600):
                folder.mkdir(mode=0o700)
                yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            lock.unlink(missing_ok=True)

    def _clean_workspaces(self) -> None:
        for lock in self._working.glob("*.lock"):
            with suppress(Timeout), FileLock(lock, timeout=0):
                shutil.rmtree(lock.with_suffix(""), ignore_errors=True)
                lock.unlink(missing_ok=True)

    def clean(self) -> None:
        """Finish what a crash interrupted: remove files that no row names, and traces of deleted rows."""
        self._clean_workspaces()
        with self.files.changing():
            marks = list(self._marks.iterdir())
            if not marks:
                return
            with self.database.read() as session:
                named = _named(session)
            self.files.sweep(named)
            if self.database.wipe():
                for mark in marks:
                    mark.unlink(missing_ok=True)

    def _mark(self) -> Path:
        mark = self._marks / uuid.uuid4().hex
        mark.touch(mode=0o600)
        flush(self._marks)
        return mark


def _named(session: Session) -> set[str]:
    """SHA-256 of all files that rows name."""
    named: set[str] = set()
    for column in _NAMING:
        values: Iterable[str] = session.scalars(select(column).distinct())
        named.update(values)
    return named
