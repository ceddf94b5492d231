"""A folder per class becomes a manifest with indexed masks."""

from pathlib import Path

import numpy as np
import pytest
from photo_files import corners, save_jpeg
from PIL import Image

from data.errors import DatasetError
from data.folders import import_folders
from data.manifest import read_manifest
from data.masks import IGNORE, Classes, read_classes, read_mask

CLASSES = Classes(names=("none", "icepick", "boxcar"))
PATTERN = r"(p\d+)_"


def save_mask(path: Path, box: tuple[slice, slice], size: tuple[int, int] = (96, 128)) -> None:
    mask = np.zeros(size, np.uint8)
    mask[box] = 255
    path.parent.mkdir(exist_ok=True)
    Image.fromarray(mask).save(path)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("p1_a", "p1_b", "p2_a"):
        save_jpeg(tmp_path / "images" / f"{name}.jpg", corners())
    save_mask(tmp_path / "icepick" / "p1_a.png", np.s_[10:20, 10:20])
    save_mask(tmp_path / "boxcar" / "p1_a.png", np.s_[15:30, 15:30])
    save_mask(tmp_path / "boxcar" / "p2_a.png", np.s_[0:5, 0:5])
    return tmp_path


def test_imports_photos_masks_and_patients(root: Path) -> None:
    rows = import_folders(root, CLASSES, patient_pattern=PATTERN)
    assert read_manifest(root / "manifest.csv") == rows
    assert read_classes(root / "classes.json") == CLASSES
    assert [(r.photo_id, r.patient_id, r.mask) for r in rows] == [
        ("p1_a", "p1", "masks/p1_a.png"),
        ("p1_b", "p1", None),
        ("p2_a", "p2", "masks/p2_a.png"),
    ]
    label = read_mask(root / "masks/p1_a.png", CLASSES)
    assert {value: int((label == value).sum()) for value in (1, 2, IGNORE)} == {1: 75, 2: 200, IGNORE: 25}
    assert (label[15:20, 15:20] == IGNORE).all()


def test_masks_belong_to_the_upright_photograph(root: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    save_jpeg(root / "images" / "p2_a.jpg", corners(), exif=exif)
    with pytest.raises(DatasetError, match="128 x 96 pixels, its upright photograph 96 x 128"):
        import_folders(root, CLASSES, patient_pattern=PATTERN)


@pytest.mark.parametrize("pattern", [r"(q\d+)", r"p\d+_", r"(x*)p"])
def test_refuses_a_pattern_that_names_no_patient(root: Path, pattern: str) -> None:
    with pytest.raises(DatasetError, match="first group is the patient"):
        import_folders(root, CLASSES, patient_pattern=pattern)


def test_refuses_masks_without_photo_and_shared_stems(root: Path) -> None:
    save_mask(root / "boxcar" / "p9_z.png", np.s_[0:5, 0:5])
    with pytest.raises(DatasetError, match="without a photograph: p9_z"):
        import_folders(root, CLASSES, patient_pattern=PATTERN)
    (root / "boxcar" / "p9_z.png").unlink()
    Image.fromarray(corners()).save(root / "images" / "p1_a.png")
    with pytest.raises(DatasetError, match="share a stem"):
        import_folders(root, CLASSES, patient_pattern=PATTERN)


def test_refuses_an_unreadable_photograph_and_a_missing_folder(root: Path, tmp_path: Path) -> None:
    (root / "images" / "p1_a.jpg").write_bytes(b"")
    with pytest.raises(DatasetError, match="empty"):
        import_folders(root, CLASSES, patient_pattern=PATTERN)
    with pytest.raises(DatasetError, match="missing"):
        import_folders(tmp_path / "nowhere", CLASSES, patient_pattern=PATTERN)
