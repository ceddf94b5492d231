"""Files written by each tool's own library, imported, and compared with the tool's own drawing pixel by pixel."""

import contextlib
import io
import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sets import FILES, OURS, import_set, mask_of, photographs

pytest.importorskip("pycocotools", reason="the training extra is not installed")

from pycocotools import mask as coco_mask
from pycocotools.coco import COCO

from data.importing.collect import Treatment
from data.importing.draw import Drawing
from data.importing.formats import Format
from data.labelled import LabelledSet

LAST = Treatment(drawing=Drawing(overlap="last"))


def drawn_by_tool(path: Path) -> np.ndarray:
    """A mask that the tool drew, in our classes."""
    return OURS[np.array(Image.open(path))]


def check_marks(stored: LabelledSet) -> None:
    """Boxes, points and types as `label_files/shapes.py` says."""
    boxes = [(b.photo_id, b.type, b.x0_px, b.y0_px, b.x1_px, b.y1_px) for b in stored.sidecars.boxes]
    assert boxes == [("a", "boxcar", 20.5, 10.25, 60.75, 50.5), ("b", "icepick", 5, 60, 31, 90.5)]
    points = [(p.photo_id, p.type, p.x_px, p.y_px) for p in stored.sidecars.points]
    assert points == [("a", "icepick", 85.25, 25.5), ("a", "icepick", 88, 60), ("b", "boxcar", 70, 40)]
    assert [(t.photo_id, t.type) for t in stored.sidecars.types] == [("a", "boxcar"), ("b", "icepick")]


@pytest.mark.parametrize("packed", [False, True])
def test_cvat_for_images(tmp_path: Path, packed: bool) -> None:
    source = FILES / "cvat"
    if packed:
        source = tmp_path / "export.zip"
        with zipfile.ZipFile(source, "w") as archive:
            archive.write(FILES / "cvat" / "annotations.xml", "annotations.xml")
    _, stored = import_set(tmp_path, Format.CVAT, source, photographs(tmp_path / "photos"), LAST)
    for name in ("a", "b"):
        expected = drawn_by_tool(FILES / "expected" / f"{name}.png")
        np.testing.assert_array_equal(mask_of(stored, name), expected)
    check_marks(stored)


def test_cvat_segmentation_masks(tmp_path: Path) -> None:
    _, stored = import_set(tmp_path, Format.CVAT, FILES / "cvat_masks", photographs(tmp_path / "photos"))
    for name in ("a", "b"):
        expected = drawn_by_tool(FILES / "expected" / f"{name}.masks.png")
        np.testing.assert_array_equal(mask_of(stored, name), expected)


def test_labelme(tmp_path: Path) -> None:
    source = shutil.copytree(FILES / "labelme", tmp_path / "labelme")
    _, stored = import_set(tmp_path, Format.LABELME, source, photographs(tmp_path / "photos"), LAST)
    for name in ("a", "b"):
        expected = drawn_by_tool(FILES / "labelme" / f"{name}.expected.png")
        np.testing.assert_array_equal(mask_of(stored, name), expected)
    assert len(stored.sidecars.points) == 3
    assert [(t.photo_id, t.type) for t in stored.sidecars.types] == [("a", "boxcar"), ("b", "icepick")]


def test_label_studio(tmp_path: Path) -> None:
    from data.importing.table import Table

    table = Table(
        classes={"Ice pick": "icepick", "tattoo": "ignore"},
        columns={"severity": "grade_goodman_baron_quantitative"},
    )
    source = FILES / "labelstudio" / "export.json"
    photos = photographs(tmp_path / "photos")
    _, stored = import_set(tmp_path, Format.LABELSTUDIO, source, photos, LAST, table)
    outlines = json.loads((FILES / "labelstudio" / "outlines.json").read_text())
    names = {"Ice pick": 1, "Boxcar": 2}
    for task, name, rater in (("1", "a", "7"), ("2", "b", "8")):
        expected = np.zeros((96, 128), np.uint8)
        for label, parts in outlines[task]:  # as the SDK's COCO export has them
            expected[coco_mask.decode(coco_mask.merge(coco_mask.frPyObjects(parts, 96, 128))) > 0] = names[
                label
            ]
        strokes = drawn_by_tool(FILES / "labelstudio" / f"{name}.strokes.png")
        expected[strokes > 0] = strokes[strokes > 0]
        np.testing.assert_array_equal(mask_of(stored, name, rater), expected)
    check_marks(stored)
    assert [(row.rater_id, row.grades) for row in stored.rows] == [
        ("7", {"goodman_baron_quantitative": 13}),
        ("8", {"goodman_baron_quantitative": 13}),
    ]


def coco_file(path: Path) -> Path:
    """Polygons of two parts, compressed and plain run lengths, and a box, as pycocotools writes them."""
    blob = np.zeros((96, 128), np.uint8)
    blob[60:80, 10:40] = 1
    blob[65:70, 20:30] = 0
    packed = coco_mask.encode(np.asfortranarray(blob))
    flat = (
        np.concatenate(([0], blob.ravel(order="F"), [2]))
        if blob.ravel(order="F")[0]
        else blob.ravel(order="F")
    )
    edges = np.flatnonzero(np.diff(flat)) + 1
    counts = np.diff(np.concatenate(([0], edges, [flat.size]))).tolist()
    polygons = [[80.0, 5.0, 110.5, 8.25, 90.0, 30.75], [100.0, 40.0, 120.0, 40.0, 120.0, 55.5, 100.0, 55.5]]
    annotations = [
        {"id": 1, "image_id": 1, "category_id": 5, "segmentation": polygons, "iscrowd": 0, "area": 1},
        {
            "id": 2,
            "image_id": 1,
            "category_id": 9,
            "segmentation": {"size": packed["size"], "counts": packed["counts"].decode("ascii")},
            "iscrowd": 0,
            "area": 1,
        },
        {
            "id": 3,
            "image_id": 2,
            "category_id": 5,
            "segmentation": {"size": [96, 128], "counts": counts},
            "iscrowd": 1,
            "area": 1,
        },
        {
            "id": 4,
            "image_id": 2,
            "category_id": 9,
            "segmentation": [],
            "bbox": [1.5, 2, 10, 20],
            "iscrowd": 0,
        },
    ]
    images = [{"id": k, "file_name": f"{n}.jpg", "width": 128, "height": 96} for k, n in ((1, "a"), (2, "b"))]
    images.append({"id": 3, "file_name": "c.jpg", "width": 128, "height": 96})
    categories = [{"id": 5, "name": "Ice pick"}, {"id": 9, "name": "boxcar"}]
    path.write_text(json.dumps({"images": images, "annotations": annotations, "categories": categories}))
    return path


def test_coco(tmp_path: Path) -> None:
    source = coco_file(tmp_path / "instances.json")
    photos = photographs(tmp_path / "photos", ("a", "b", "c"))
    _, stored = import_set(tmp_path, Format.COCO, source, photos)
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO(str(source))
    for image, name in ((1, "a"), (2, "b")):
        expected = np.zeros((96, 128), np.uint8)
        for annotation in coco.loadAnns(coco.getAnnIds(imgIds=[image])):
            if annotation["segmentation"]:
                expected[coco.annToMask(annotation) > 0] = {5: 1, 9: 2}[annotation["category_id"]]
        assert len(np.unique(expected)) >= 2
        np.testing.assert_array_equal(mask_of(stored, name), expected)
    assert stored.photos["c"].mask is None
    assert [(b.photo_id, b.type, b.x1_px, b.y1_px) for b in stored.sidecars.boxes] == [
        ("b", "boxcar", 11.5, 22)
    ]


@pytest.mark.parametrize("kind", ["voc", "yolo"])
def test_boxes_of_detectors(tmp_path: Path, kind: str) -> None:
    _, stored = import_set(tmp_path, Format.BOXES, FILES / kind, photographs(tmp_path / "photos"))
    got = [(b.photo_id, b.type, b.x0_px, b.y0_px, b.x1_px, b.y1_px) for b in stored.sidecars.boxes]
    assert [one[:2] for one in got] == [("a", "boxcar"), ("b", "icepick")]
    wanted = [(20.5, 10.25, 60.75, 50.5), (5.0, 60.0, 31.0, 90.5)]  # YOLO keeps six digits of each fraction
    np.testing.assert_allclose([one[2:] for one in got], wanted, atol=0.01)
    assert all(row.mask is None for row in stored.rows)
