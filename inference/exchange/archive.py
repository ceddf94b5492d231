"""A patient's archive: a ZIP of files under their names, and a manifest that says what each must be.

    manifest.json           ArchiveManifest: version of the layout, patient's code, path, size and SHA-256 of each file
    record.json             what the records room knows, in its own form
    photographs/...         originals, bit by bit
    results/...             result files and masks, beside each other as they were written
    documents/...           reports, consents

Reading trusts nothing: names, sizes and hashes are checked before a file is handed out, nothing is unpacked by name.
"""

import hashlib
import os
import re
import struct
import uuid
import zipfile
import zlib
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO, Annotated, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from inference.errors import CicatrixError

MANIFEST = "manifest.json"
LAYOUT_VERSION = "1.0"
#: A clinic's largest patient has some hundred photographs of 20 MB; more is taken for an attack.
MOST_BYTES = 20_000_000_000
MOST_FILES = 20_000
_MOST_MANIFEST_BYTES = 20_000_000
_CHUNK = 1 << 20
#: What the library raises for damaged files.
_DAMAGED = (OSError, ValueError, RuntimeError, EOFError, zipfile.BadZipFile, zlib.error, struct.error)
#: Words that Windows takes for devices, whatever stands behind the dot.
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_FORBIDDEN = re.compile(r'[\x00-\x1f<>:"|?*\\]')


class ArchiveError(CicatrixError):
    """An archive cannot be written, or is not what its manifest says."""


def _inside(path: str) -> str:
    """A relative path of plain names, the same file on every system."""
    pure = PurePosixPath(path)
    plain = str(pure) == path and not pure.is_absolute() and not _FORBIDDEN.search(path)
    good = all(part not in ("..", ".") and not part.endswith((".", " ")) for part in pure.parts)
    if not plain or not good or any(_DEVICES.fullmatch(part) for part in pure.parts) or path == MANIFEST:
        raise ValueError("must be a relative path with forward slashes, inside the archive")
    return path


class ArchivedFile(BaseModel):
    """One file and what it must be."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: Annotated[str, Field(min_length=1, max_length=240), AfterValidator(_inside)]
    bytes: Annotated[int, Field(ge=0)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class ArchiveManifest(BaseModel):
    """What the archive holds. written_at: with its time zone."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    layout: Literal["1.0"] = LAYOUT_VERSION
    written_at: AwareDatetime
    program: str
    patient_code: Annotated[str, Field(min_length=1)]
    files: Annotated[tuple[ArchivedFile, ...], Field(max_length=MOST_FILES)]

    @model_validator(mode="after")
    def _each_once(self) -> "ArchiveManifest":
        """Also by case, as some systems do not tell Photo.jpg from photo.jpg; and no file is a folder of another."""
        names = [file.path.casefold() for file in self.files]
        if len(set(names)) < len(names):
            raise ValueError("two files have one name")
        folders = {str(parent) for name in names for parent in PurePosixPath(name).parents}
        if folders & set(names):
            raise ValueError("a file has the name of a folder")
        if sum(file.bytes for file in self.files) > MOST_BYTES:
            raise ValueError(f"more than {MOST_BYTES / 1e9:.0f} GB")
        return self


def write_archive(
    path: Path, files: Mapping[str, bytes | Path], patient_code: str, program: str, written_at: datetime
) -> ArchiveManifest:
    """Write an archive whole or not at all. files: content, or the file that holds it, by its path in the archive.

    Photographs are not compressed again. Raises ArchiveError for a path that leads out of the archive, a missing file
    or a full disk.
    """
    part = path.with_name(f".{uuid.uuid4().hex}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
            entries = tuple(_add(archive, name, content) for name, content in sorted(files.items()))
            manifest = ArchiveManifest(
                written_at=written_at, program=program, patient_code=patient_code, files=entries
            )
            archive.writestr(MANIFEST, manifest.model_dump_json(indent=2), zipfile.ZIP_DEFLATED)
        _sync(part)
        part.replace(path)
    except ValidationError as error:
        raise ArchiveError(f"{path.name} cannot be written: {_problems(error)}.") from error
    except OSError as error:
        raise ArchiveError(f"{path.name} cannot be written ({error}): choose another place.") from error
    finally:
        part.unlink(missing_ok=True)
    return manifest


def _add(archive: zipfile.ZipFile, name: str, content: bytes | Path) -> ArchivedFile:
    """Copy one file in, hashed on the way: what is hashed is what is stored."""
    ArchivedFile(path=name, bytes=0, sha256="0" * 64)  # refuses the name before anything is written
    hashed, size = hashlib.sha256(), 0
    with archive.open(zipfile.ZipInfo(name), "w", force_zip64=True) as target:
        for chunk in _chunks(content):
            hashed.update(chunk)
            size += len(chunk)
            target.write(chunk)
    return ArchivedFile(path=name, bytes=size, sha256=hashed.hexdigest())


def _chunks(content: bytes | Path) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield content
        return
    with content.open("rb") as source:
        while chunk := source.read(_CHUNK):
            yield chunk


def _sync(path: Path) -> None:
    """An export that was confirmed outlives a power cut."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


@dataclass(frozen=True, slots=True)
class Archive:
    """An open archive whose every file has been checked."""

    manifest: ArchiveManifest
    _zip: zipfile.ZipFile

    def read(self, path: str) -> bytes:
        """A file's content, checked once more against the manifest. Raises ArchiveError for an unknown path."""
        entry = next((file for file in self.manifest.files if file.path == path), None)
        if entry is None:
            raise ArchiveError(f"The archive holds no {path}.")
        with self._zip.open(path) as source:
            content = source.read(entry.bytes + 1)
        if hashlib.sha256(content).hexdigest() != entry.sha256:
            raise ArchiveError(f"{path} was changed while the archive was read: copy it again.")
        return content

    def unpack(self, folder: Path) -> None:
        """Write all files below `folder`, each under its checked path. Raises ArchiveError where one is in the way."""
        for file in self.manifest.files:
            target = folder.joinpath(*PurePosixPath(file.path).parts)
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                with target.open("xb") as out:
                    out.write(self.read(file.path))
            except OSError as error:
                raise ArchiveError(
                    f"{file.path} cannot be unpacked ({error}): choose an empty folder."
                ) from error


@contextmanager
def open_archive(path: Path) -> Generator[Archive, None, None]:
    """Open an archive and check it whole: its manifest, and name, size and hash of every file.

    Raises ArchiveError when anything is missing, added, changed or named so that it would leave its folder.
    """
    try:
        archive = zipfile.ZipFile(path)
    except _DAMAGED as error:
        raise ArchiveError(f"{path.name} is no readable archive ({error}): copy it again.") from error
    with archive:
        try:
            manifest = _manifest(archive)
            _check_names(archive, manifest)
            for file in manifest.files:
                with archive.open(file.path) as source:
                    _check(source, file)
        except ArchiveError as error:
            raise ArchiveError(f"{path.name} is refused: {error}") from error
        except ValidationError as error:
            raise ArchiveError(f"{path.name} is refused: {_problems(error)}.") from error
        except _DAMAGED as error:
            raise ArchiveError(f"{path.name} is damaged ({error}): copy it again.") from error
        yield Archive(manifest, archive)


def _manifest(archive: zipfile.ZipFile) -> ArchiveManifest:
    try:
        with archive.open(MANIFEST) as source:
            content = source.read(_MOST_MANIFEST_BYTES + 1)
    except KeyError as error:
        raise ArchiveError(f"it has no {MANIFEST}, so it is no patient's archive.") from error
    if len(content) > _MOST_MANIFEST_BYTES:
        raise ArchiveError(f"its {MANIFEST} is too large.")
    return ArchiveManifest.model_validate_json(content)


def _check_names(archive: zipfile.ZipFile, manifest: ArchiveManifest) -> None:
    """Each file once, and no other. A link is only an entry's mode, which is never used."""
    stored = sorted(info.filename for info in archive.infolist())
    expected = sorted([MANIFEST, *(file.path for file in manifest.files)])
    if stored != expected:
        odd = sorted({*stored} ^ {*expected}) or ["a file that is there twice"]
        raise ArchiveError(f"its files are not those of its manifest: {', '.join(odd[:5])}.")


def _check(source: IO[bytes], file: ArchivedFile) -> None:
    """Never reads more than the manifest announces, whatever the entry unpacks to."""
    hashed, size = hashlib.sha256(), 0
    while chunk := source.read(_CHUNK):
        size += len(chunk)
        if size > file.bytes:
            raise ArchiveError(f"{file.path} is larger than its manifest says.")
        hashed.update(chunk)
    if size != file.bytes or hashed.hexdigest() != file.sha256:
        raise ArchiveError(f"{file.path} is not what was exported: it is damaged or was changed.")


def _problems(error: ValidationError) -> str:
    first = error.errors()[0]
    return f"{'.'.join(map(str, first['loc']))} {first['msg']}".strip()
