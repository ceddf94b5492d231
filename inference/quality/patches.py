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
#: Luma weights of ITU-R BT.601 on sRGB values, as OpenCV's grey.


def places(view: View, side_px: float) -> list[tuple[int, int]]:
    """Left top corners, in photograph pixels, of up to `MOST` squares of skin of `side_px`, spread evenly."""
    side = max(2, round(side_px / view.photo_px_per_px))
    skin = view.skin.astype(np.uint8)
    if min(skin.shape) < side:
        return []
    total = cv2.integral(skin)
    ys = np.arange(0, skin.shape[0] - side + 1, max(1, side // 2))
    xs = np.arange(0, skin.shape[1] - side + 1, max(1, side // 2))
    top, left = np.ix_(ys, xs)
    share = (
        total[top + side, left + side] - total[top, left + side] - total[top + side, left] + total[top, left]
    ) / side**2
    for cover in COVERS:
        rows, columns = np.nonzero(share >= cover)
        if len(rows) >= 4:
            break
    keep = np.unique(np.linspace(0, len(rows) - 1, min(MOST, len(rows))).astype(int))
    factor = view.photo_px_per_px
    limit_x, limit_y = view.photo.width_px - round(side_px), view.photo.height_px - round(side_px)
    return [
        (min(round(int(xs[columns[i]]) * factor), limit_x), min(round(int(ys[rows[i]]) * factor), limit_y))
        for i in keep
    ]


def grey_patches(view: View, mm_per_px: float) -> NDArray[np.float32]:
    """(n, SIDE_PX, SIDE_PX) float32 luma 0..255 of skin on a grid of `mm_per_px`, never finer than the photograph's.

    n is 0 where no square of skin is large enough.
    """
    factor = max(1.0, mm_per_px / view.photo.scale.mm_per_px)
    side = round(SIDE_PX * factor)
    cut = []
    for x, y in places(view, side):
        grey = cv2.cvtColor(view.photo.rgb[y : y + side, x : x + side], cv2.COLOR_RGB2GRAY).astype(np.float32)
        cut.append(cv2.resize(grey, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA) if factor > 1 else grey)
    return np.asarray(cut, np.float32).reshape(-1, SIDE_PX, SIDE_PX)
