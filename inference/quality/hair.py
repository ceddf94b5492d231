"""Strands of hair over the skin: long, thin, darker or brighter than what they cross."""

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.quality.view import View

#: A strand is at most this wide, and its visible piece at least this long.
WIDEST_MM, SHORTEST_MM = 0.7, 7.0
#: Contrast of a strand to the skin beside it, as part of the skin's luma.
CONTRAST = 0.10
#: Mean width of a piece: area by length. Folds and shadows are wider.
MEAN_WIDTH_MM = 0.6
#: Holes that strands cut into the skin are filled up to this; skin nearer than this to its border is left out.
FILL_MM, BORDER_MM = 3.0, 2.5


def strand_length(view: View) -> float | None:
    """Length of strands over the skin, in mm per cm2; None without skin away from its border."""
    size = _odd(WIDEST_MM / view.mm_per_px)
    region = _inner_skin(view)
    area_cm2 = cv2.countNonZero(region) * view.mm_per_px**2 / 100
    if area_cm2 < 0.5:
        return None
    x, y, w, h = cv2.boundingRect(region)
    grey = cv2.cvtColor(view.rgb[y : y + h, x : x + w], cv2.COLOR_RGB2GRAY)
    region = region[y : y + h, x : x + w]
    around = cv2.blur(grey, (4 * size + 1, 4 * size + 1)).astype(np.float32)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    total = 0.0
    for kind in (cv2.MORPH_BLACKHAT, cv2.MORPH_TOPHAT):
        thin = cv2.morphologyEx(grey, kind, kernel)
        strong = ((thin > CONTRAST * around) & (region > 0)).astype(np.uint8)
        total += _long_pieces_mm(strong, view.mm_per_px)
    return total / area_cm2


def _inner_skin(view: View) -> NDArray[np.uint8]:
    """(h, w) uint8, 1 on skin with its thin holes filled and its border taken off."""
    skin = view.skin.astype(np.uint8)
    fill, border = _odd(FILL_MM / view.mm_per_px), _odd(2 * BORDER_MM / view.mm_per_px)
    closed = cv2.morphologyEx(skin, cv2.MORPH_CLOSE, np.ones((fill, fill), np.uint8))
    return cv2.erode(closed, np.ones((border, border), np.uint8), borderValue=1)


def _long_pieces_mm(strong: NDArray[np.uint8], mm_per_px: float) -> float:
    """Summed length of connected pieces that are long and thin."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(strong, connectivity=8)
    stats = stats[1:]
    length = np.hypot(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]) * mm_per_px
    width = stats[:, cv2.CC_STAT_AREA] * mm_per_px**2 / np.maximum(length, 1e-6)
    return float(length[(length >= SHORTEST_MM) & (width <= MEAN_WIDTH_MM)].sum())


def _odd(size_px: float) -> int:
    return 2 * max(1, round(size_px / 2)) + 1
