"""A patient's archive: what is written is read, and nothing else is accepted."""

import json
import tempfile
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.exchange.archive import ArchiveError, ArchiveManifest, open_archive, write_archive

AT = datetime(2026, 10, 5, 12, tzinfo=UTC)


def archive(folder: Path) -> Path:
    photo = folder / "original.jpg"
    photo.write_bytes(b"\xff\xd8" + bytes(range(256)) * 9000)
    path = folder / "P-0142.zip"
    files: dict[str, bytes | Path] = {
        "record.json": b"{}",
        "photographs/visit-1.jpg": photo,
        "results/leer.txt": b"",
    }
    write_archive(path, files, "P-0142", "cicatrix 0.1.0", AT)
    return path


def rewritten(path: Path, change: Any) -> Path:
    """The archive with its manifest and files as `change(manifest, files)` leaves them; no check is recomputed."""
    with zipfile.ZipFile(path) as old:
        files = {info.filename: old.read(info) for info in old.infolist()}
    manifest = json.loads(files.pop("manifest.json"))
    change(manifest, files)
    with zipfile.ZipFile(path, "w") as new:
        new.writestr("manifest.json", json.dumps(manifest))
        for name, content in files.items():
            new.writestr(name, content)
    return path


def test_what_was_written_is_read_and_unpacked_bit_by_bit(tmp_path: Path) -> None:
    with open_archive(archive(tmp_path)) as opened:
        assert opened.manifest.patient_code == "P-0142"
        assert opened.manifest.written_at == AT
        assert opened.read("photographs/visit-1.jpg") == (tmp_path / "original.jpg").read_bytes()
        opened.unpack(tmp_path / "out")
        with pytest.raises(ArchiveError, match="holds no"):
            opened.read("manifest.json")
        with pytest.raises(ArchiveError, match="empty folder"):
            opened.unpack(tmp_path / "out")
    unpacked = sorted(
        str(p.relative_to(tmp_path / "out")) for p in (tmp_path / "out").rglob("*") if p.is_file()
    )
    assert unpacked == ["photographs/visit-1.jpg", "record.json", "results/leer.txt"]


def test_another_tool_reads_it_too(tmp_path: Path) -> None:
    with zipfile.ZipFile(archive(tmp_path)) as plain:
        assert plain.testzip() is None
        ArchiveManifest.model_validate_json(plain.read("manifest.json"))


BAD_PATHS = [
    *(
        "../evil",
        "a/../../evil",
        "/etc/passwd",
        "C:/evil",
        "a\\..\\evil",
        "a//b",
        "./a",
        "",
        "a/.",
        "nul.txt",
    ),
    *("manifest.json", "a\x00b", "file.", "dir /x"),
]


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", BAD_PATHS)
def test_a_path_that_leads_elsewhere_is_neither_written_nor_read(tmp_path: Path, name: str) -> None:
    with pytest.raises(ArchiveError):
        write_archive(tmp_path / "bad.zip", {name: b"x"}, "P", "p", AT)
    assert list(tmp_path.iterdir()) == []

    def change(manifest: Any, files: dict[str, bytes]) -> None:
        manifest["files"][0]["path"] = name
        files[name or "x"] = files.pop(sorted(files)[0])

    with (
        pytest.raises(ArchiveError, match="is refused"),
        open_archive(rewritten(archive(tmp_path), change)),
    ):
        pass


def _changed_byte(_: Any, files: dict[str, bytes]) -> None:
    content = bytearray(files["photographs/visit-1.jpg"])
    content[1000] ^= 1
    files["photographs/visit-1.jpg"] = bytes(content)


def _longer(_: Any, files: dict[str, bytes]) -> None:
    files["record.json"] += b" "


def _added(_: Any, files: dict[str, bytes]) -> None:
    files["extra.exe"] = b"x"


def _missing(_: Any, files: dict[str, bytes]) -> None:
    del files["record.json"]


def _other_layout(manifest: Any, _: Any) -> None:
    manifest["layout"] = "2.0"


def _twice(manifest: Any, _: Any) -> None:
    manifest["files"].append({**manifest["files"][0], "path": manifest["files"][0]["path"].upper()})


def _under_a_file(manifest: Any, _: Any) -> None:
    manifest["files"].append({**manifest["files"][0], "path": "record.json/x"})


def _huge(manifest: Any, _: Any) -> None:
    manifest["files"][0]["bytes"] = 10**12


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (_changed_byte, "damaged or was changed"),
        (_longer, "larger than its manifest says"),
        (_added, r"extra\.exe"),
        (_missing, r"record\.json"),
        (_other_layout, "layout"),
        (_twice, "one name"),
        (_under_a_file, "name of a folder"),
        (_huge, "more than 20 GB"),
    ],
)
def test_an_archive_that_is_not_what_it_says_is_refused(tmp_path: Path, change: Any, why: str) -> None:
    path = rewritten(archive(tmp_path), change)
    with pytest.raises(ArchiveError, match=why), open_archive(path):
        pass


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    """Ten megabytes that pack to ten kilobytes, announced as ten bytes."""
    path = archive(tmp_path)
    with zipfile.ZipFile(path) as old:
        manifest = json.loads(old.read("manifest.json"))
    manifest["files"] = [{"path": "bomb", "bytes": 10, "sha256": "0" * 64}]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        new.writestr("manifest.json", json.dumps(manifest))
        new.writestr("bomb", bytes(10_000_000))
    with pytest.raises(ArchiveError, match="larger than"), open_archive(path):
        pass


def test_a_failed_export_leaves_the_earlier_one(tmp_path: Path) -> None:
    path = archive(tmp_path)
    before = path.read_bytes()
    with pytest.raises(ArchiveError):
        write_archive(path, {"a": b"1", "b": tmp_path / "missing"}, "P", "p", AT)
    assert path.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["P-0142.zip", "original.jpg"]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000_000), st.integers(1, 255))
def test_no_flipped_byte_goes_unnoticed_or_crashes(place: int, flip: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = archive(Path(name))
        content = bytearray(path.read_bytes())
        content[place % len(content)] ^= flip
        path.write_bytes(bytes(content))
        try:
            with open_archive(path) as opened:
                manifest = opened.manifest
                assert opened.read("record.json") == b"{}"
                assert len(manifest.files) == 3
        except ArchiveError:
            pass
