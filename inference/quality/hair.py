"""Strands of hair over the skin: long, thin, darker or brighter than what they cross."""

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.quality.view import View

#: Ridges are looked for at this width (sd), in mm: one that a strand has after the lens and the pixels.
WIDTH_MM = 0.22
#: Visible pieces at least this long are strands; stubble, pores and lashes are shorter.
SHORTEST_MM = 12.0
#: Curvature of luma across a strand, over the skin's luma, at the scale of `WIDTH_MM`.
CONTRAST = 0.02
#: A strand is sharper than this many times its width: there its curvature is less. Folds and scars are not.
COARSER = 2.5
#: Mean width of a piece: area by length. Folds and shadows are wider.
MEAN_WIDTH_MM = 0.9
#: Holes that strands cut into the skin are filled up to this; skin nearer than this to its border is left out.
FILL_MM, BORDER_MM = 3.0, 3.0


def strand_length(view: View) -> float | None:
    """Length of strands over the skin, in mm per cm2; None without skin away from its border.

    A strand is a ridge: the larger eigenvalue of the Hessian, scale-normalized (Lindeberg, Int J Comput Vis
    1998;30:117), is above `CONTRAST`, and above that at a coarser scale, along a piece that is long and thin.
    """
    region = _inner_skin(view)
    area_cm2 = cv2.countNonZero(region) * view.mm_per_px**2 / 100
    if area_cm2 < 0.5:
        return None
    x, y, w, h = cv2.boundingRect(region)
    grey = np.asarray(cv2.cvtColor(view.rgb[y : y + h, x : x + w], cv2.COLOR_RGB2GRAY), np.float32)
    inside = region[y : y + h, x : x + w] > 0
    sd = max(WIDTH_MM / view.mm_per_px, 1.0)
    around = np.asarray(cv2.blur(grey, (round(20 * sd), round(20 * sd))), np.float32)
    total = 0.0
    for ridge, coarse in zip(_ridges(grey, sd), _ridges(grey, COARSER * sd), strict=True):
        strong = ((ridge > CONTRAST * around) & (ridge > coarse) & inside).astype(np.uint8)
        total += _long_pieces_mm(strong, view.mm_per_px)
    return total / area_cm2


def _ridges(grey: NDArray[np.float32], sd: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Largest curvature up (dark strands) and down (bright ones) of the picture smoothed by sd, times sd squared."""
    smooth = cv2.GaussianBlur(grey, (0, 0), sd)
    kernel = np.array([[1, -2, 1]], np.float32)
    xx = cv2.filter2D(smooth, -1, kernel)
    yy = cv2.filter2D(smooth, -1, kernel.T)
    xy = cv2.filter2D(smooth, -1, np.array([[1, 0, -1], [0, 0, 0], [-1, 0, 1]], np.float32) / 4)
    mean, half = (xx + yy) / 2, cv2.magnitude((xx - yy) / 2, xy)
    up, down = np.asarray(mean + half, np.float32), np.asarray(half - mean, np.float32)
    return up * np.float32(sd**2), down * np.float32(sd**2)


def _inner_skin(view: View) -> NDArray[np.uint8]:
    """(h, w) uint8, 1 on skin with its thin holes filled and its border taken off."""
    skin = view.skin.astype(np.uint8)
    fill, border = _odd(FILL_MM / view.mm_per_px), _odd(2 * BORDER_MM / view.mm_per_px)
    closed = cv2.morphologyEx(skin, cv2.MORPH_CLOSE, np.ones((fill, fill), np.uint8))
    return np.asarray(cv2.erode(closed, np.ones((border, border), np.uint8), borderValue=1), np.uint8)


def _long_pieces_mm(strong: NDArray[np.uint8], mm_per_px: float) -> float:
    """Summed length of connected pieces that are long and thin."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(strong, connectivity=8)
    stats = np.asarray(stats)[1:]
    length = np.hypot(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]) * mm_per_px
    width = stats[:, cv2.CC_STAT_AREA] * mm_per_px**2 / np.maximum(length, 1e-6)
    return float(length[(length >= SHORTEST_MM) & (width <= MEAN_WIDTH_MM)].sum())


def _odd(size_px: float) -> int:
    return 2 * max(1, round(size_px / 2)) + 1
