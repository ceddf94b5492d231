"""Depth below the rim: each scar is measured from the skin around it, so a slow error of the relief cancels."""

from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

#: The rim is the skin between these distances from the outline. The gap keeps the wall, which the network and
#: the lens blur, out of the rim; the reach stays on the skin that belongs to the scar.
RIM_GAP_MM = 0.3
RIM_REACH_MM = 1.2


@dataclass(frozen=True, slots=True, eq=False)
class Surroundings:
    """For each pixel outside the objects: the nearest object and how far it is.

    nearest: (h, w) int32, number of the nearest object, or the pixel's own inside one; 0 when there are none.
    distance_px: (h, w) float32, 0 inside objects; infinite when there are none.
    """

    nearest: NDArray[np.int32]
    distance_px: NDArray[np.float32]


def surroundings(number: NDArray[np.int32]) -> Surroundings:
    """Nearest object of each pixel. number: (h, w) int32, 0 outside, 1..n inside objects."""
    outside = (number == 0).astype(np.uint8)
    if outside.all():
        return Surroundings(np.zeros_like(number), np.full(number.shape, np.inf, np.float32))
    distance, source = cast(
        tuple[NDArray[np.float32], NDArray[np.int32]],
        cv2.distanceTransformWithLabels(
            outside, cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
        ),
    )
    owner = np.zeros(int(source.max()) + 1, np.int32)
    inside = number > 0
    owner[source[inside]] = number[inside]
    return Surroundings(owner[source], distance)


def rim_heights_um(
    relief_um: NDArray[np.float32],
    around: Surroundings,
    skin: NDArray[np.bool_],
    count: int,
    mm_per_px: float,
) -> NDArray[np.float64]:
    """(count + 1,) median relief of the skin around each object; entry 0 is unused.

    relief_um: (h, w) float32. skin: (h, w) bool, skin that may serve as rim. Objects without any rim, which lie
    wholly among others, are measured from 0, the unscarred surface that the relief refers to.
    """
    distance_mm = around.distance_px * mm_per_px
    # One pixel at least on either side, or a coarse picture would have no rim at all.
    ring = (distance_mm > RIM_GAP_MM) & (distance_mm <= max(RIM_REACH_MM, RIM_GAP_MM + 2 * mm_per_px)) & skin
    medians = group_quantile(relief_um[ring], around.nearest[ring], count, 0.5)[0]
    return np.nan_to_num(medians, nan=0.0)


def group_quantile(
    values: NDArray[np.floating], group: NDArray[np.integer], count: int, *shares: float
) -> NDArray[np.float64]:
    """(len(shares), count + 1) float64 quantiles of `values` (n,) in each `group` (n,) 0..count.

    Linear interpolation between order statistics, as numpy.quantile does; NaN for empty groups.
    """
    if values.size == 0:
        return np.full((len(shares), count + 1), np.nan)
    # One plain sort: every group is moved to a range of its own. float64 keeps 1e-7 um over 1e4 groups.
    span = float(np.ptp(values)) + 1.0
    ordered = np.sort(values.astype(np.float64) + group * span)
    size = np.bincount(group, minlength=count + 1)
    start = np.cumsum(size) - size
    place = start + np.array(shares)[:, np.newaxis] * np.maximum(size - 1, 0)
    below = np.minimum(np.floor(place).astype(np.intp), values.size - 1)
    above = np.minimum(below + 1, np.maximum(start + size - 1, 0))
    between = ordered[below] + (place - below) * (ordered[above] - ordered[below])
    return np.where(size > 0, between - np.arange(count + 1) * span, np.nan)
