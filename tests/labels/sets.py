"""Photographs for label files to belong to, and what an import made of them."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from photo_files import save_jpeg, skin

pytest.importorskip("pycocotools", reason="the training extra is not installed")

from data.importing.collect import Treatment
from data.importing.formats import Format, reader_of
from data.importing.manifest_folder import read_manifest_folder
from data.importing.table import Table
from data.importing.write import Imported, ImportOptions, write_dataset
from data.labelled import LabelledSet, read_labelled_set
from data.masks import IGNORE, SCAR_CLASSES, read_mask

FILES = Path(__file__).parents[1] / "label_files"
#: Of the labels in `label_files/shapes.py`; the tattoo is to be ignored.
TABLE = Table(classes={"Ice pick": "icepick", "tattoo": "ignore"})
#: Their label values (0 background, 1 ice pick, 2 boxcar, 3 tattoo) in our classes.
OURS = np.array([0, 1, 2, IGNORE], np.uint8)


def photographs(
    folder: Path, names: tuple[str, ...] = ("a", "b"), height: int = 96, width: int = 128
) -> Path:
    """A folder of JPEG photographs of skin, each one different."""
    for seed, name in enumerate(names):
        save_jpeg(folder / f"{name}.jpg", skin(height, width, seed=seed))
    return folder


def import_set(
    tmp_path: Path,
    kind: Format,
    source: Path,
    photos: Path | None,
    treatment: Treatment | None = None,
    table: Table = TABLE,
    out: str = "set",
    add: bool = False,
    facts: Path | None = None,
) -> tuple[Imported, LabelledSet]:
    """Import into `tmp_path / out`; what the import says, and what is read back from disk."""
    options = ImportOptions(table, treatment=treatment or Treatment())
    read = reader_of(kind, source, photos, table, options.classes, facts)
    base = (lambda problems: read_manifest_folder(tmp_path / out, problems)) if add else None
    imported = write_dataset(read, tmp_path / out, options, base)
    stored = read_labelled_set(tmp_path / out)
    assert stored.rows == imported.rows
    assert stored.sidecars.types == imported.sidecars.types
    return imported, stored


def mask_of(stored: LabelledSet, photo_id: str, rater: str | None = None) -> NDArray[np.uint8]:
    """(H, W) uint8, read back from disk."""
    row = next(row for row in stored.rows if row.photo_id == photo_id and row.rater_id == rater)
    assert row.mask is not None
    return read_mask(stored.folder / row.mask, SCAR_CLASSES)
