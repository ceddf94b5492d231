"""Small patches of one registration picture found again in another that lies nearly over it."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

#: A patch whose levels spread less than this (of 255, sd) shows nothing that could be found again.
_LEAST_SPREAD = 4.0
#: Heights farther than this from the peak belong to a rival, px.
_PEAK_RADIUS_PX = 3


@dataclass(frozen=True, slots=True, eq=False)
class Peaks:
    """Best place of each patch. shift_px: (n, 2) float64, x and y, to parts of a pixel. height: (n,) float64, the
    correlation there, -1..1; 0 for patches that show nothing. rival: (n,) the highest correlation elsewhere; 0 unless
    asked for."""

    shift_px: NDArray[np.float64]
    height: NDArray[np.float64]
    rival: NDArray[np.float64]


def find_again(
    before: NDArray[np.uint8],
    after: NDArray[np.uint8],
    places: NDArray[np.intp],
    half_px: int,
    reach_px: int,
    with_rival: bool = False,
) -> Peaks:
    """Look for the square about each place of `before` in `after`, up to `reach_px` from the same place.

    before, after: (h, w) or (h, w, c) uint8 registration pictures of one shape. places: (n, 2) x and y, inside.
    Zero-mean normalised correlation (Lewis, Fast normalized cross-correlation, 1995); its peak is refined by a
    parabola through its neighbours in each direction.
    """
    rows, columns = before.shape[:2]
    edges = (reach_px, reach_px, reach_px, reach_px)
    target = cv2.copyMakeBorder(after, *edges, cv2.BORDER_CONSTANT, value=(128, 128, 128, 128))
    shift = np.zeros((len(places), 2))
    height, rival = np.zeros(len(places)), np.zeros(len(places))
    for k, (x, y) in enumerate(places.tolist()):
        # What hangs over the edge of before is cut off, not made up.
        top, bottom = max(y - half_px, 0), min(y + half_px + 1, rows)
        left, right = max(x - half_px, 0), min(x + half_px + 1, columns)
        patch = before[top:bottom, left:right]
        if float(cv2.meanStdDev(patch)[1].max()) < _LEAST_SPREAD:
            continue
        window = target[top : bottom + 2 * reach_px, left : right + 2 * reach_px]
        response = np.asarray(cv2.matchTemplate(window, patch, cv2.TM_CCOEFF_NORMED), np.float32)
        _, best, _, (column, row) = cv2.minMaxLoc(response)
        if not np.isfinite(best) or best > 1.001:
            continue  # the window is even, so the correlation has no meaning
        shift[k] = _refined(response, column, row)
        height[k] = best
        if with_rival:
            rival[k] = _rival(response, column, row)
    return Peaks(shift - reach_px, height, rival)


def _refined(response: NDArray[np.float32], column: int, row: int) -> tuple[float, float]:
    across = response[row, max(column - 1, 0) : column + 2].tolist()
    down = response[max(row - 1, 0) : row + 2, column].tolist()
    return column + _vertex(across), row + _vertex(down)


def _vertex(three: list[float]) -> float:
    """Where the parabola through three neighbouring heights is highest, from the middle one; 0 at an edge."""
    if len(three) < 3:
        return 0.0
    curve = three[0] - 2 * three[1] + three[2]
    return 0.5 * (three[0] - three[2]) / curve if curve < -1e-9 else 0.0


def _rival(response: NDArray[np.float32], column: int, row: int) -> float:
    reach = _PEAK_RADIUS_PX
    others = response.copy()
    others[max(row - reach, 0) : row + reach + 1, max(column - reach, 0) : column + reach + 1] = -1
    return float(others.max())
