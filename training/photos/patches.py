"""The single scars of a mask: its connected patches."""

from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

#: What OpenCV returns for connected patches: their number, map, boxes with areas, centroids; it has no type stub.
_Components = tuple[int, NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]


@dataclass(frozen=True, slots=True, eq=False)
class Patches:
    """number: (h, w) int32, 0 none, patch k is k + 1. x_px, y_px: (n,) centroids; 0, 0 is the centre of the first
    pixel. area_px: (n,)."""

    number: NDArray[np.int32]
    x_px: NDArray[np.float64]
    y_px: NDArray[np.float64]
    area_px: NDArray[np.int64]


def patches_of(mask: NDArray[np.bool_]) -> Patches:
    """Patches of a (h, w) mask; pixels that touch by a corner belong together."""
    _, number, stats, centres = cast(
        _Components, cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    )
    return Patches(number, centres[1:, 0], centres[1:, 1], stats[1:, cv2.CC_STAT_AREA].astype(np.int64))
