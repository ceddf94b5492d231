"""Traces of what was done to the file after it was taken: block steps, enlargement."""

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from inference.quality.patches import SIDE_PX, grey_patches, places
from inference.quality.spectrum import DITHER_LEVELS, MIDDLE_LUMA, banded, fit, spectra
from inference.quality.view import View

_BLOCK_PX = 8
#: Squares of the photograph that are searched for block steps, and their side: 16 blocks.
_CROPS, _CROP_PX = 24, 128


def block_steps(view: View) -> float | None:
    """How much larger luma steps are across the borders of 8 x 8 blocks than inside them; 1 is no trace.

    JPEG codes blocks of 8 x 8 on their own, and coarse coding leaves steps between them, which stay when the file
    is saved again in another format. All 8 shifts of the grid are tried, so a cropped picture is judged too.
    After Wang, Sheikh, Bovik, ICIP 2002, doi 10.1109/ICIP.2002.1038064, with second differences, to which
    the slope of shading is nothing. None for photographs below one square.
    """
    squares = _squares(view)
    if len(squares) == 0:
        return None
    ratios = [_largest_phase(_profile(squares, axis)) for axis in (1, 2)]
    return float(np.mean(ratios))


def _squares(view: View) -> NDArray[np.float32]:
    """(n, 128, 128) float32 luma of skin, whose corners lie on one 8-pixel grid of the photograph."""
    side = _CROP_PX
    corners = places(view, side)
    if not corners and min(view.photo.rgb.shape[:2]) >= side:
        corners = [((view.photo.width_px - side) // 2, (view.photo.height_px - side) // 2)]
    chosen = corners[:: max(1, len(corners) // _CROPS)]
    cut: list[MatLike] = []
    for x, y in chosen:
        x, y = x - x % _BLOCK_PX, y - y % _BLOCK_PX
        cut.append(cv2.cvtColor(view.photo.rgb[y : y + side, x : x + side], cv2.COLOR_RGB2GRAY))
    return np.asarray(cut, np.float32).reshape(-1, side, side)


def _profile(squares: NDArray[np.float32], axis: int) -> NDArray[np.float64]:
    """(8,) mean step at each shift: |d(i)| less the mean of its two neighbours' |d|, d the first difference."""
    step = np.abs(np.diff(squares, axis=axis))
    step = np.minimum(step, 12.0)  # true edges are not block steps
    lines = step.mean(axis=(0, 3 - axis))
    return np.array([lines[shift::_BLOCK_PX].mean() for shift in range(_BLOCK_PX)])


def _largest_phase(profile: NDArray[np.float64]) -> float:
    at = int(np.argmax(profile))
    others = np.delete(profile, at)
    return float(profile[at] / max(float(np.median(others)), 0.05))


#: Noise that every camera leaves (variance, in 8-bit levels squared); less says that it was averaged away.
_LEAST_NOISE = 0.22
#: Blur that enlarging leaves, in new pixels for each old one (bicubic of an area average, by experiment).
_BLUR_BY_FACTOR = 0.45


def enlargement(view: View) -> float | None:
    """How many times the file's width exceeds its detail; None without skin, 1 where fine noise or detail is left.

    Blur alone does not tell: a lens out of focus leaves the sensor's noise up to the finest frequencies, and
    interpolation does not.
    """
    patches = grey_patches(view, 0.0)
    if len(patches) == 0:
        return None
    frequency, power = banded(spectra(patches), SIDE_PX)
    found = fit(frequency, power, view.photo.scale.mm_per_px)
    top = float(np.median(power[:, -3:].mean(axis=1) * MIDDLE_LUMA * patches.mean(axis=(1, 2))))
    if top - DITHER_LEVELS**2 > _LEAST_NOISE:
        return 1.0
    return max(1.0, float(np.median(found.blur_px)) / _BLUR_BY_FACTOR)
