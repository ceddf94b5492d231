"""Flat marks, moles, pores and pimples that are called atrophic scars, on tiles whose truth is known."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.measure.lesions import ATROPHIC_LABELS
from inference.network.maps import SURFACE
from training.dataset import Tile
from training.evaluate.statistics import Interval, bootstrap, ratio

#: Kinds by the surface channel that marks them, each named as it is seen.
KINDS = {
    "red": "flat red marks",
    "brown": "flat brown marks and moles",
    "pores": "pores",
    "acne": "active acne",
}
#: Closer to a true scar than this nothing is called wrongly: outlines of scars are no sharper (0.5 mm is three
#: pixels of the working picture; a convention of ours).
SCAR_MARGIN_MM = 0.5
#: A mark is called a scar when at least this part of it is inside reported scars; a convention of ours.
CALLED_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Called:
    """Marks of one kind in one tile, and those called atrophic scars, by number and by pixels."""

    objects: int
    objects_called: int
    area_px: int
    area_called_px: int


def called_scars(tile: Tile, label: NDArray[np.uint8], px_per_mm: float) -> dict[str, Called]:
    """Every kind that somebody labelled in this tile. label: (h, w) reported types, at any resolution."""
    height, width = tile.types.shape
    reported = cv2.resize(label, (width, height), interpolation=cv2.INTER_NEAREST_EXACT)
    atrophic = np.isin(reported, ATROPHIC_LABELS)
    bare = away_from_scars(tile.types, px_per_mm)
    called: dict[str, Called] = {}
    for name in KINDS:
        bit = np.uint8(1 << SURFACE.index(name))
        known = (tile.surface_known & bit) > 0
        if known.any():
            called[name] = count_called(known & bare & ((tile.surface & bit) > 0), atrophic)
    return called


def away_from_scars(types: NDArray[np.uint8], px_per_mm: float) -> NDArray[np.bool_]:
    """(h, w) bool, farther than `SCAR_MARGIN_MM` from every scar and from what nobody labelled."""
    distance = cv2.distanceTransform((types == 0).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(distance > SCAR_MARGIN_MM * px_per_mm)


def count_called(marks: NDArray[np.bool_], atrophic: NDArray[np.bool_]) -> Called:
    """Connected marks against reported scars, both (h, w) bool."""
    count, number = cv2.connectedComponents(marks.astype(np.uint8), connectivity=8)
    area = np.bincount(number.ravel(), minlength=count)[1:]
    inside = np.bincount(number[atrophic], minlength=count)[1:]
    return Called(count - 1, int((inside >= CALLED_SHARE * area).sum()), int(area.sum()), int(inside.sum()))


def share_of_objects(tiles: Sequence[dict[str, Called]], name: str) -> Interval:
    """Share of the marks of one kind that are called scars, pooled, with a bootstrap interval over tiles."""
    having = [tile[name] for tile in tiles if name in tile and tile[name].objects]
    return bootstrap(having, lambda c: ratio(sum(x.objects_called for x in c), sum(x.objects for x in c)))


def share_of_area(tiles: Sequence[dict[str, Called]], name: str) -> Interval:
    """The same by area."""
    having = [tile[name] for tile in tiles if name in tile and tile[name].objects]
    return bootstrap(having, lambda c: ratio(sum(x.area_called_px for x in c), sum(x.area_px for x in c)))
