"""A labelled set as it lies on disk: manifest.csv, classes.json, the tables beside them."""

from dataclasses import dataclass
from pathlib import Path

from data.manifest import ManifestRow, read_manifest
from data.masks import SCAR_CLASSES, Classes, read_classes
from data.sidecars import Sidecars, read_sidecars


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """folder: that paths of the manifest are relative to. rows: one a photograph and rater."""

    folder: Path
    rows: tuple[ManifestRow, ...]
    classes: Classes
    sidecars: Sidecars

    @property
    def photos(self) -> dict[str, ManifestRow]:
        """The first row of each photograph, by its id."""
        first: dict[str, ManifestRow] = {}
        for row in self.rows:
            first.setdefault(row.photo_id, row)
        return first


def read_labelled_set(source: Path) -> LabelledSet:
    """source: the folder, or its manifest. Without a classes.json the masks are those of `cicatrix score`.

    Raises DatasetError for a table that is not as it must be, with file and line.
    """
    manifest = source / "manifest.csv" if source.is_dir() else source
    rows = tuple(read_manifest(manifest))
    folder = manifest.parent
    named = folder / "classes.json"
    classes = read_classes(named) if named.exists() else SCAR_CLASSES
    sidecars = read_sidecars(folder, classes, (row.photo_id for row in rows))
    return LabelledSet(folder, rows, classes, sidecars)
