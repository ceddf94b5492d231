"""Masks come back as written, and nothing that alters labels is accepted."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from data.errors import DatasetError
from data.masks import IGNORE, Classes, read_classes, read_mask, write_classes, write_mask

CLASSES = Classes(names=("none", "icepick", "boxcar", "rolling", "raised"))


def label() -> np.ndarray:
    values = np.random.default_rng(0).integers(0, 5, (70, 90)).astype(np.uint8)
    values[:10] = IGNORE
    return values


def test_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "masks" / "a.png"
    write_mask(path, label(), CLASSES)
    np.testing.assert_array_equal(read_mask(path, CLASSES), label())
    shown = Image.open(path)
    assert shown.mode == "P"
    assert shown.convert("RGB").getpixel((0, 0)) == (128, 128, 128)


def test_classes_round_trip(tmp_path: Path) -> None:
    write_classes(tmp_path / "classes.json", CLASSES)
    assert read_classes(tmp_path / "classes.json") == CLASSES


@pytest.mark.parametrize("text", ["", "{}", '{"names": ["none", "a", "a"]}', '{"names": ["none"]}'])
def test_refuses_unusable_classes(tmp_path: Path, text: str) -> None:
    (tmp_path / "classes.json").write_text(text)
    with pytest.raises(DatasetError):
        read_classes(tmp_path / "classes.json")


def test_refuses_an_index_without_a_class(tmp_path: Path) -> None:
    values = label()
    values[20, 20] = 5
    with pytest.raises(DatasetError, match=r"0\.\.4 or 255"):
        write_mask(tmp_path / "a.png", values, CLASSES)
    Image.fromarray(values).save(tmp_path / "a.png")
    with pytest.raises(DatasetError, match=r"values \[5\]"):
        read_mask(tmp_path / "a.png", CLASSES)


@pytest.mark.parametrize(("name", "mode"), [("a.jpg", "L"), ("a.png", "RGB"), ("a.png", "I;16")])
def test_refuses_other_pictures(tmp_path: Path, name: str, mode: str) -> None:
    Image.new(mode, (90, 70)).save(tmp_path / name)
    with pytest.raises(DatasetError, match="8-bit"):
        read_mask(tmp_path / name, CLASSES)


def test_refuses_a_truncated_and_a_missing_mask(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    write_mask(path, label(), CLASSES)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(DatasetError, match="cannot be read"):
        read_mask(path, CLASSES)
    with pytest.raises(DatasetError, match="cannot be read"):
        read_mask(tmp_path / "missing.png", CLASSES)
