"""Small squares of skin cut from the full-resolution photograph, for everything that is judged in fine detail."""

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.quality.view import View

#: Side of a patch, in pixels of the measuring grid.
SIDE_PX = 64
#: Patches that are looked at; more do not change the figures.
MOST = 48
#: Part of a patch that must be skin, tried in this order. Lashes and outlines must stay out.
COVERS = (0.98, 0.90)
#: Fewer patches than this at a cover, and the next one is tried.
FEWEST = 4
#: 8-bit level from which a channel counts as burnt out, and the part of a patch that may be.
CLIPPED_LEVEL, MOST_CLIPPED = 254, 0.02


def places(view: View, side_px: float) -> list[tuple[int, int]]:
    """Left top corners, in photograph pixels, of up to `MOST` squares of skin of `side_px`, spread evenly."""
    factor = view.photo_px_per_px
    side = max(2, round(side_px / factor))
    height, width = view.skin.shape
    if min(height, width) < side:
        return []
    total = np.asarray(cv2.integral(view.skin.astype(np.uint8)), np.int64)
    step = max(1, side // 2)
    share = (total[side:, side:] - total[:-side, side:] - total[side:, :-side] + total[:-side, :-side])[
        ::step, ::step
    ] / side**2
    cover = next((one for one in COVERS if np.count_nonzero(share >= one) >= FEWEST), COVERS[-1])
    rows, columns = np.nonzero(share >= cover)
    keep = np.unique(np.linspace(0, len(rows) - 1, min(MOST, len(rows))).astype(np.int64))
    limit_x, limit_y = view.photo.width_px - round(side_px), view.photo.height_px - round(side_px)
    return [
        (
            max(0, min(round(int(columns[i]) * step * factor), limit_x)),
            max(0, min(round(int(rows[i]) * step * factor), limit_y)),
        )
        for i in keep
    ]


def grey_patches(view: View, mm_per_px: float) -> NDArray[np.float32]:
    """(n, SIDE_PX, SIDE_PX) float32 luma 0..255 of skin on a grid of `mm_per_px`, never finer than the photograph's.

    Burnt-out patches are left out: white is flat, which says nothing about focus. n is 0 where none is left.
    """
    factor = max(1.0, mm_per_px / view.photo.scale.mm_per_px)
    side = round(SIDE_PX * factor)
    cut: list[NDArray[np.float32]] = []
    for x, y in places(view, side):
        colours = view.photo.rgb[y : y + side, x : x + side]
        below = cv2.countNonZero(cv2.inRange(colours, (0, 0, 0), (CLIPPED_LEVEL - 1,) * 3))
        if below < (1 - MOST_CLIPPED) * side * side:
            continue
        grey = np.asarray(cv2.cvtColor(colours, cv2.COLOR_RGB2GRAY), np.float32)
        if factor > 1:
            grey = np.asarray(cv2.resize(grey, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA), np.float32)
        cut.append(grey)
    return np.asarray(cut, np.float32).reshape(-1, SIDE_PX, SIDE_PX)
