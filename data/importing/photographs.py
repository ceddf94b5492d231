"""Which photograph a label file means: tools keep a path, a bare name, or an address of their own."""

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import parse_qs, unquote, urlsplit

from data.errors import DatasetError
from data.importing.labels import Problems

ENDINGS = {
    ".jpg", ".jpeg", ".jfif", ".png", ".tif", ".tiff", ".webp", ".bmp", ".heic", ".heif", ".avif", ".dcm",
}  # fmt: skip
#: Label Studio puts eight hexadecimal digits before the name of an uploaded file.
_UPLOAD = re.compile(r"^[0-9a-f]{8}-")


@dataclass(frozen=True, slots=True)
class PhotoFile:
    """key: path below the folder of photographs, with forward slashes."""

    path: Path
    key: str


class Photographs:
    """All photographs below a folder, to be found by what a label file calls them."""

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise DatasetError(f"{folder} is no folder: name the folder of the photographs with --photos.")
        self.folder = folder
        found = (p for p in sorted(folder.rglob("*")) if p.suffix.lower() in ENDINGS and p.is_file())
        self.files = tuple(PhotoFile(path, path.relative_to(folder).as_posix()) for path in found)
        self._by_name: dict[str, list[PhotoFile]] = defaultdict(list)
        self._by_stem: dict[str, list[PhotoFile]] = defaultdict(list)
        for file in self.files:
            self._by_name[file.path.name].append(file)
            self._by_stem[file.path.stem].append(file)

    def find(self, called: str, place: str, problems: Problems, by_stem: bool = False) -> PhotoFile | None:
        """The photograph, or None and a problem noted where none or several fit.

        Among photographs of one name that is taken whose path shares the most folders, from the right.
        by_stem: the label file leaves the ending away, or has its own.
        """
        path = PurePosixPath(_local(called))
        kept = (path.stem if by_stem else path.name, self._by_stem if by_stem else self._by_name)
        candidates = kept[1].get(kept[0]) or kept[1].get(_UPLOAD.sub("", kept[0])) or []
        shared = [_shared_folders(path, PurePosixPath(file.key)) for file in candidates]
        best = [file for file, count in zip(candidates, shared, strict=True) if count == max(shared)]
        if len(best) == 1:
            return best[0]
        if best:
            problems.add(place, f"{called} may be any of {', '.join(file.key for file in best[:4])}")
        else:
            problems.add(place, f"no photograph {called} in {self.folder.name}")
        return None


def _local(called: str) -> str:
    """The path in an address, as http://host/data/upload/1/a.jpg or /data/local-files/?d=folder/a.jpg."""
    parts = urlsplit(called) if "://" in called or "?d=" in called else None
    if parts is None:
        return called.replace("\\", "/")
    local = parse_qs(parts.query).get("d")
    return local[0] if local else unquote(parts.path)


def _shared_folders(one: PurePosixPath, other: PurePosixPath) -> int:
    count = 0
    for a, b in zip(reversed(one.parts[:-1]), reversed(other.parts[:-1]), strict=False):
        if a != b:
            break
        count += 1
    return count
