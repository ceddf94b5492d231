"""Boxes marked by eye on real photographs, and what a network says inside them."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from inference.measure.assessment import Evidence
from inference.network.maps import Maps

#: Left, top, right, bottom as fractions of the photograph's longer side, from its top left corner.
Box = tuple[float, float, float, float]


class PhotoBoxes(BaseModel):
    """Boxes of one photograph. scar: scarred skin. clear: no skin at all, mostly. clear_skin: smooth skin."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    scar: tuple[Box, ...]
    clear: tuple[Box, ...]
    clear_skin: tuple[Box, ...]


class Regions(BaseModel):
    """regions.json: boxes by path of the photograph, relative to the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    note: str
    photos: dict[str, PhotoBoxes]


@dataclass(frozen=True, slots=True)
class BoxScore:
    """Means over one box.

    scar: scar probability on the skin that the product assesses, so what lies off it counts 0.
    scar_ungated: scar probability alone. marked: share of pixels inside scars that the product reports.
    """

    scar: float
    scar_ungated: float
    marked: float


@dataclass(frozen=True, slots=True)
class PhotoScores:
    """All boxes of one photograph, by kind."""

    photo: str
    scar: tuple[BoxScore, ...]
    clear: tuple[BoxScore, ...]
    clear_skin: tuple[BoxScore, ...]


def read_regions(folder: Path) -> dict[str, PhotoBoxes]:
    """Boxes by photograph. Raises FileNotFoundError, pydantic.ValidationError."""
    return Regions.model_validate_json((folder / "regions.json").read_text(encoding="utf-8")).photos


def scar_probability(maps: Maps) -> NDArray[np.float32]:
    """(h, w) 0..1, that a pixel belongs to a scar of any type."""
    return 1.0 - maps.type_map("none")


def score_boxes(photo: str, scar: NDArray[np.float32], evidence: Evidence, boxes: PhotoBoxes) -> PhotoScores:
    """Scores of every box that covers at least a pixel of the working picture.

    scar: (h, w), see `scar_probability`; skin and marks are those that the product measured.
    """
    skin, over = evidence.skin, evidence.label > 0

    def scores(kind: tuple[Box, ...]) -> tuple[BoxScore, ...]:
        windows = (window(box, scar.shape) for box in kind)
        return tuple(
            BoxScore(float((scar * skin)[w].mean()), float(scar[w].mean()), float(over[w].mean()))
            for w in windows
            if scar[w].size
        )

    return PhotoScores(photo, scores(boxes.scar), scores(boxes.clear), scores(boxes.clear_skin))


def inside(boxes: tuple[Box, ...], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """(h, w), where any of the boxes lies."""
    mask = np.zeros(shape, bool)
    for box in boxes:
        mask[window(box, shape)] = True
    return mask


def window(box: Box, shape: tuple[int, ...]) -> tuple[slice, slice]:
    """Rows and columns of a box in a picture of this (h, w)."""
    longer = max(shape)
    left, top, right, bottom = (round(side * longer) for side in box)
    return slice(min(top, shape[0]), min(bottom, shape[0])), slice(min(left, shape[1]), min(right, shape[1]))


def write_json(path: Path, result: dict[str, object]) -> None:
    """Indented JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
