"""The photographs that a command looks at: those of a set that nobody has labelled, or all of a folder."""

from dataclasses import dataclass
from pathlib import Path

from data.checking.files import unlabelled_photos
from data.errors import DatasetError
from data.importing.photographs import Photographs
from data.labelled import read_labelled_set


@dataclass(frozen=True, slots=True)
class Source:
    """name: photo id of a set, or path below a folder. mm_per_px: None where nobody gave it."""

    name: str
    path: Path
    mm_per_px: float | None = None


def unlabelled_of(source: Path) -> tuple[list[Source], list[Source]]:
    """Photographs without a label, and those with one. source: a labelled set, or a plain folder, all unlabelled.

    Raises DatasetError where there is none.
    """
    if source.is_dir() and not (source / "manifest.csv").exists():
        files = Photographs(source).files
        bare, told = [Source(file.key, file.path) for file in files], []
    else:
        labelled = read_labelled_set(source)
        missing = unlabelled_photos(labelled)
        every = [
            Source(photo, labelled.folder / row.image, row.mm_per_px)
            for photo, row in labelled.photos.items()
        ]
        bare = [one for one in every if one.name in missing]
        told = [one for one in every if one.name not in missing]
    if not bare:
        raise DatasetError(f"{source} holds no photograph without labels.")
    return bare, told
