"""The store of files: whole files by their content, private, and swept of what nobody names."""

import hashlib
import stat
import threading
from pathlib import Path

import pytest

from inference.records.errors import NotInRecordsError
from inference.records.files import FileStore


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "records")


def added(store: FileStore, content: bytes) -> str:
    with store.changing():
        return store.add(content)


def test_a_file_is_named_by_its_content_in_two_levels(store: FileStore, tmp_path: Path) -> None:
    sha256 = added(store, b"skin")
    assert sha256 == hashlib.sha256(b"skin").hexdigest()
    assert store.path(sha256).read_bytes() == b"skin"
    assert store.path(sha256) == tmp_path / "records" / "files" / sha256[:2] / sha256[2:4] / sha256
    assert added(store, b"skin") == sha256
    assert list(store.kept()) == [sha256]


def test_only_this_user_may_read(store: FileStore, tmp_path: Path) -> None:
    path = store.path(added(store, b"skin"))
    for part in (path, *path.parents[: len(path.relative_to(tmp_path).parts) - 1]):
        assert stat.S_IMODE(part.stat().st_mode) & 0o077 == 0, part


def test_what_is_removed_is_gone_with_its_folders(store: FileStore) -> None:
    sha256 = added(store, b"skin")
    path = store.path(sha256)
    with store.changing():
        store.remove(sha256)
    with pytest.raises(NotInRecordsError, match="no longer kept"):
        store.path(sha256)
    assert not path.parent.parent.exists()


def test_a_sweep_keeps_what_is_named(store: FileStore, tmp_path: Path) -> None:
    named, left = added(store, b"named"), added(store, b"left behind")
    part = tmp_path / "records" / "incoming" / "cut-off"
    part.write_bytes(b"half a photograph")
    with store.changing():
        assert store.sweep({named}) == 2
    assert list(store.kept()) == [named]
    assert left != named
    assert not part.exists()


def test_a_full_disk_leaves_nothing(
    store: FileStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        added(store, b"skin")
    monkeypatch.undo()
    assert list(store.kept()) == []
    assert list((tmp_path / "records" / "incoming").iterdir()) == []


def test_nobody_else_changes_files_meanwhile(store: FileStore) -> None:
    """Between adding a file and naming it no other thread gets in, so that none can sweep it away."""
    order: list[str] = []
    inside, leave = threading.Event(), threading.Event()

    def add() -> None:
        with store.changing():
            inside.set()
            leave.wait(5)
            order.append("added and named")

    thread = threading.Thread(target=add)
    thread.start()
    assert inside.wait(5)
    threading.Timer(0.2, leave.set).start()
    with store.changing():
        order.append("swept")
    thread.join()
    assert order == ["added and named", "swept"]
