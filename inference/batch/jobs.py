"""Which photographs to score, and under which name each result is kept."""

import itertools
import os
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from inference.errors import CicatrixError

#: Endings that are taken for photographs in a folder; what a file is decides its content.
PHOTO_ENDINGS = frozenset(
    (
        ".jpg",
        ".jpeg",
        ".jpe",
        ".jfif",
        ".png",
        ".tif",
        ".tiff",
        ".webp",
        ".bmp",
        ".gif",
        ".avif",
        ".heic",
        ".heif",
        ".dcm",
        ".dicom",
    )
)
_OWN_PICTURES = ".scars.png"


class JobError(CicatrixError):
    """There is nothing to score in the places given."""


@dataclass(frozen=True, slots=True)
class Job:
    """One photograph to score.

    file: its name in results, relative to the folder that was given.
    stem: of its result files, relative to the out folder.
    """

    path: Path
    file: str
    stem: str

    @property
    def renamed(self) -> bool:
        """Whether the result could not be named by the photograph's stem, because another has the same."""
        return self.stem != str(PurePosixPath(self.file).with_suffix(""))


def collect_jobs(places: Sequence[Path], out_dir: Path) -> list[Job]:
    """One job for each photograph among `places`, which are files and folders, searched to any depth.

    A file is taken whatever its ending. In folders, hidden files, other endings, results of this program and
    `out_dir` itself are passed over. A photograph found twice under the same name is scored once.

    Results are named by relative path without ending. Photographs whose results would then fall together
    keep their full name (`a.jpg` and `a.png` give `a.jpg.json` and `a.png.json`); where even those are the
    same, as for one name from two folders, the later ones are numbered (`a.jpg-2.json`), in the order given.

    Raises JobError when a folder holds no photograph.
    """
    found: dict[tuple[Path, PurePosixPath], Path] = {}
    for place in places:
        paths = list(_photos_below(place, out_dir)) if place.is_dir() else [place]
        if not paths:
            raise JobError(f"{place} holds no photographs (endings: {', '.join(sorted(PHOTO_ENDINGS))}).")
        root = place if place.is_dir() else place.parent
        for path in paths:
            found.setdefault((path.resolve(), _name(path.relative_to(root))), path)
    return _named([(path, name) for (_, name), path in found.items()])


def _photos_below(folder: Path, out_dir: Path) -> Iterator[Path]:
    own_results = out_dir.resolve() if out_dir.resolve() != folder.resolve() else None
    for parent, folders, files in os.walk(folder):
        here = Path(parent)
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and (here / name).resolve() != own_results
        )
        for name in sorted(files):
            hidden = name.startswith(".") or name.endswith(_OWN_PICTURES)
            if not hidden and Path(name).suffix.lower() in PHOTO_ENDINGS:
                yield here / name


def _name(relative: Path) -> PurePosixPath:
    """The name for results; bytes that are no UTF-8 are replaced, since JSON cannot hold them."""
    return PurePosixPath(os.fsencode(relative.as_posix()).decode("utf-8", errors="replace"))


def _named(found: list[tuple[Path, PurePosixPath]]) -> list[Job]:
    sharing = Counter(_identity(name.with_suffix("")) for _, name in found)
    taken: set[str] = set()
    jobs: list[Job] = []
    for path, name in found:
        short = [name.with_suffix("")] if sharing[_identity(name.with_suffix(""))] == 1 else []
        numbered = (name.with_name(f"{name.name}-{number}") for number in itertools.count(2))
        candidates = itertools.chain(short, [name], numbered)
        stem = next(candidate for candidate in candidates if _identity(candidate) not in taken)
        taken.add(_identity(stem))
        jobs.append(Job(path, str(name), str(stem)))
    return jobs


def _identity(name: PurePosixPath) -> str:
    """Equal for names that some file system takes for the same: upper and lower case, composed accents."""
    return unicodedata.normalize("NFC", str(name)).casefold()
