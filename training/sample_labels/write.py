"""Writes the sample as a group would have it on disk: photographs, and labels in the formats of other tools.

photos/p01-left.jpg ...       two a patient
unlabelled/n01-left.jpg ...   one each of further patients
coco.json                     anna's outlines: polygons; scars of several millimetres as run lengths, as by a brush
second-look/p01-left.json ... bela's outlines of all left cheeks, as LabelMe writes them
grades.csv                    both raters' grades of every photograph
facts.csv                     patient, view and millimetres a pixel
names.toml                    their names of classes and columns, and ours
README.txt                    what this is
"""

import csv
import json
import logging
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pycocotools import mask as coco_mask
from tqdm import tqdm

from data.errors import DatasetError
from training.sample_labels.raters import RATERS, Outline, graded, outlined
from training.sample_labels.skins import Photograph, draw_patients, photographs

log = logging.getLogger(__name__)

PATIENTS, UNLABELLED_PATIENTS = 12, 4
#: Outlines of this area and more were painted with a brush.
_BRUSH_MM2 = 12.0
#: Which photographs the second rater outlined too.
_SECOND_LOOK = "left cheek"
_JPEG_QUALITY = 92
#: Parts of a pixel that polygons are drawn to.
_FINE = 4
#: As another tool calls our types, by our names.
_THEIRS = {"icepick": "ice pick", "boxcar": "box car", "rolling": "rolling scar"}

_NAMES = """[classes]
"rolling scar" = "rolling"     # "ice pick" and "box car" differ from ours by a space only

[columns]
filename = "photo"
reader = "rater"
"GB points" = "grade_goodman_baron_quantitative"
remark = "drop"
"""

_README = """A labelled sample to try cicatrix-train with (docs/tutorial.md).

The skin is rendered, the patients are invented, and anna and bela are simulated raters who overlook scars, mistake
types and outline unsteadily. No photograph of a person is in it. What a model learns here says nothing of patients.
"""


def write_sample(
    out: Path, seed: int = 5, patients: int = PATIENTS, unlabelled: int = UNLABELLED_PATIENTS
) -> list[Photograph]:
    """Renders and labels the sample into the new folder `out`; returns the labelled photographs.

    Same seed and numbers, same files. Raises DatasetError where `out` is there already.
    """
    if out.exists():
        raise DatasetError(f"{out} is there already: name a new folder, or remove it first.")
    drawn = draw_patients(seed, patients + unlabelled)
    labelled: list[Photograph] = []
    for folder in ("photos", "unlabelled", "second-look"):
        (out / folder).mkdir(parents=True)
    for photo in tqdm(
        photographs(drawn[:patients], "p"), total=2 * patients, unit="photograph", disable=None
    ):
        _write_photo(out / "photos", photo)
        labelled.append(photo)
    for photo in photographs(drawn[patients:], "n", ("left",)):
        _write_photo(out / "unlabelled", photo)
    anna, bela = RATERS
    _write_json(out / "coco.json", coco((photo, outlined(anna, photo, seed)) for photo in labelled))
    for photo in labelled:
        if photo.view == _SECOND_LOOK:
            _write_json(
                out / "second-look" / f"{photo.name}.json", labelme(photo, outlined(bela, photo, seed))
            )
    _write_tables(out, labelled, seed)
    (out / "names.toml").write_text(_NAMES, encoding="utf-8")
    (out / "README.txt").write_text(_README, encoding="utf-8")
    return labelled


def coco(marked: Iterable[tuple[Photograph, Sequence[Outline]]]) -> dict[str, Any]:
    """Instances JSON, https://cocodataset.org/#format-data: category ids from 1, run lengths with iscrowd 1."""
    number = {name: place for place, name in enumerate(_THEIRS, start=1)}
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for image_id, (photo, outlines) in enumerate(marked, start=1):
        height, width = photo.types.shape
        images.append({"id": image_id, "file_name": f"{photo.name}.jpg", "width": width, "height": height})
        for outline in outlines:
            is_brush = outline.mask.sum() * photo.mm_per_px**2 >= _BRUSH_MM2
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": image_id,
                    "category_id": number[outline.type],
                    "segmentation": _run_lengths(outline.mask) if is_brush else [_polygon(outline.mask)],
                    "area": int(outline.mask.sum()),
                    "bbox": list(cv2.boundingRect(outline.mask.astype(np.uint8))),
                    "iscrowd": int(is_brush),
                }
            )
    categories = [{"id": number[ours], "name": theirs} for ours, theirs in _THEIRS.items()]
    return {"images": images, "annotations": annotations, "categories": categories}


def labelme(photo: Photograph, outlines: Sequence[Outline]) -> dict[str, Any]:
    """A file of LabelMe 5, https://github.com/wkentaro/labelme, without the picture inside."""
    height, width = photo.types.shape
    shapes = []
    for outline in outlines:
        corners = _polygon(outline.mask)
        shapes.append(
            {
                "label": _THEIRS[outline.type],
                "points": [list(corner) for corner in zip(corners[::2], corners[1::2], strict=True)],
                "group_id": None,
                "shape_type": "polygon",
                "flags": {},
            }
        )
    facts = {"imagePath": f"../photos/{photo.name}.jpg", "imageData": None}
    return {
        "version": "5.5.0",
        "flags": {},
        "shapes": shapes,
        **facts,
        "imageHeight": height,
        "imageWidth": width,
    }


def _polygon(mask: NDArray[np.bool_]) -> list[float]:
    """x, y, x, y... of the outer outline along the edges of its pixels, within a third of a pixel."""
    x, y, width, height = cv2.boundingRect(mask.astype(np.uint8))
    fine = np.kron(mask[y : y + height, x : x + width], np.ones((_FINE, _FINE))).astype(np.uint8)
    outer = cv2.findContours(fine, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0]
    corners = cv2.approxPolyDP(max(outer, key=len), _FINE / 3, closed=True)[:, 0]
    return [round(float(value), 3) for value in ((corners + 0.5) / _FINE + (x, y)).ravel()]


def _run_lengths(mask: NDArray[np.bool_]) -> dict[str, Any]:
    encoded = coco_mask.encode(np.asfortranarray(mask.astype(np.uint8)))
    return {
        "size": [int(side) for side in mask.shape],
        "counts": cast(bytes, encoded["counts"]).decode("ascii"),
    }


def _write_photo(folder: Path, photo: Photograph) -> None:
    Image.fromarray(photo.rgb).save(folder / f"{photo.name}.jpg", quality=_JPEG_QUALITY)


def _write_tables(out: Path, labelled: Sequence[Photograph], seed: int) -> None:
    with (out / "grades.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("filename", "reader", "GB points", "remark"))
        for photo in labelled:
            for rater in RATERS:
                writer.writerow((f"{photo.name}.jpg", rater.name, graded(rater, photo, seed), ""))
    with (out / "facts.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("photo", "patient_id", "view", "mm_per_px"))
        for photo in labelled:
            writer.writerow((f"{photo.name}.jpg", photo.patient, photo.view, f"{photo.mm_per_px:.5f}"))


def _write_json(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
