"""Photographs, masks, thumbnails and documents as files, each named by the SHA-256 of its content.

A file is written under a temporary name, flushed to the disk and renamed, and only then may a row of the database name
it; a row goes before its file does. So every file that a row names is there and whole, and a crash leaves at most files
that no row names, which `sweep` removes.
"""

import hashlib
import logging
import os
import uuid
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from inference.records.errors import NotInRecordsError

_log = logging.getLogger(__name__)
_FOLDER_MODE, _FILE_MODE = 0o700, 0o600


class FileStore:
    """The files of the records. Only this user may read them."""

    def __init__(self, folder: Path) -> None:
        self._root = folder / "files"
        self._incoming = folder / "incoming"
        for part in (folder, self._root, self._incoming):
            part.mkdir(parents=True, exist_ok=True, mode=_FOLDER_MODE)
        folder.chmod(_FOLDER_MODE)
        self._lock = FileLock(folder / "files.lock", mode=_FILE_MODE)
        #: What `add` has brought since `changing` was entered, without what was there already.
        self.new: list[str] = []

    @contextmanager
    def changing(self) -> Generator[None]:
        """From before files are added until the rows that name them are committed, and the other way when files go.

        Without it one thread could remove a file, as no row names it, just when another is about to name it.
        """
        with self._lock:
            self.new = []
            yield

    def add(self, content: bytes) -> str:
        """Keep `content`; returns its SHA-256. It is on the disk when this returns. Only inside `changing`."""
        sha256 = hashlib.sha256(content).hexdigest()
        path = self.place(sha256)
        if path.exists():
            return sha256
        part = self._incoming / uuid.uuid4().hex
        try:
            with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE_MODE), "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            self._make_folders(path.parent)
            part.replace(path)
            flush(path.parent)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        self.new.append(sha256)
        return sha256

    def path(self, sha256: str) -> Path:
        """Where a file is. Raises NotInRecordsError where it is not, or no longer, kept."""
        path = self.place(sha256)
        if not path.is_file():
            raise NotInRecordsError("This photograph or document is no longer kept: load the page again.")
        return path

    def remove(self, sha256: str) -> None:
        """Remove a file that no row names any more. Only inside `changing`."""
        path = self.place(sha256)
        path.unlink(missing_ok=True)
        for folder in (path.parent, path.parent.parent):
            try:
                folder.rmdir()
            except OSError:  # others are in it
                return

    def kept(self) -> Iterator[str]:
        """The SHA-256 of every file that is there."""
        for folder, _, names in os.walk(self._root):
            yield from (name for name in names if self.place(name).parent == Path(folder))

    def sweep(self, named: set[str]) -> int:
        """Remove what a crash left: files that are not `named` by a row. Only inside `changing`. Returns how many."""
        left = [sha256 for sha256 in self.kept() if sha256 not in named]
        for sha256 in left:
            self.remove(sha256)
        parts = list(self._incoming.iterdir())
        for part in parts:
            part.unlink(missing_ok=True)
        if left or parts:
            _log.info("removed %d files that no record names", len(left) + len(parts))
        return len(left) + len(parts)

    def place(self, sha256: str) -> Path:
        """Where a file is or would be."""
        return self._root / sha256[:2] / sha256[2:4] / sha256

    def _make_folders(self, folder: Path) -> None:
        for part in (folder.parent, folder):
            if not part.is_dir():
                part.mkdir(exist_ok=True, mode=_FOLDER_MODE)
                flush(part.parent)


def flush(folder: Path) -> None:
    """Make the names in `folder` last; where folders cannot be opened, as on Windows, the system sees to it."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
