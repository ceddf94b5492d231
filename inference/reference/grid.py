"""The chart's grid, placed by the edges of its patches."""

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.reference.colorchecker import COLUMNS, PITCH, ROWS

#: Unrolled chart: px by patch side, and its margin in patch sides.
_PX, _MARGIN = 24, 0.6
#: An edge is looked for so far from where it should be, in patch sides: wider would meet the next patch.
_REACH = 0.3
#: Levels by px at least, or it is no edge (the black patch has hardly any).
_MIN_SLOPE = 3.0
#: Patches that must be found between their edges; more than half of them.
_MIN_FOUND = 13
#: Middles farther than this from the grid, in patch sides, are not of it.
_MAX_OFF = 0.06


def refine_grid(
    rgb: NDArray[np.uint8], homography: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float] | None:
    """Sharper (3, 3) homography, patch sides to px, and the patches' measured side by their pitch times PITCH.

    The middle between two opposite edges is where it is under any blur or bleeding light, so the middles place
    the grid. None where no grid of patches is there.
    """
    size = round((COLUMNS * PITCH + 0.1 + 2 * _MARGIN) * _PX), round((ROWS * PITCH + 0.1 + 2 * _MARGIN) * _PX)
    unroll = np.array([[_PX, 0, _MARGIN * _PX - 0.5], [0, _PX, _MARGIN * _PX - 0.5], [0, 0, 1.0]])
    side = 1.0
    for _ in range(3):
        flat = cv2.warpPerspective(rgb, unroll @ np.linalg.inv(homography), size, flags=cv2.INTER_LINEAR)
        brightest = flat.max(axis=2).astype(np.float32)
        expected, middles, sides = _middles(brightest)
        if len(middles) < _MIN_FOUND:
            return None
        shift, inside = cv2.findHomography(expected, middles, cv2.RANSAC, _MAX_OFF)
        if shift is None or int(np.sum(inside)) < _MIN_FOUND:  # pyright: ignore[reportUnnecessaryComparison]
            return None
        homography = homography @ np.asarray(shift, np.float64)
        homography = homography / homography[2, 2]
        side = float(np.median(sides))
    return homography, side


def _middles(
    brightest: NDArray[np.float32],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """(n, 2) expected and found middles of patches and (n, 2) their sides, all in patch sides."""
    expected: list[tuple[float, float]] = []
    middles: list[tuple[float, float]] = []
    sides: list[tuple[float, float]] = []
    for index in range(ROWS * COLUMNS):
        row, column = divmod(index, COLUMNS)
        x, y = 0.1 + PITCH * column, 0.1 + PITCH * row
        across = _edges(brightest, x, y)
        down = _edges(brightest.T, y, x)
        if across is None or down is None:
            continue
        expected.append((x + 0.5, y + 0.5))
        middles.append((sum(across) / 2, sum(down) / 2))
        sides.append((across[1] - across[0], down[1] - down[0]))
    return np.array(expected), np.array(middles), np.array(sides)


def _edges(brightest: NDArray[np.float32], start: float, other: float) -> tuple[float, float] | None:
    """Where a patch begins and ends along x, from the mean profile over the middle of its side along y."""
    rows = slice(round((other + 0.25 + _MARGIN) * _PX), round((other + 0.75 + _MARGIN) * _PX))
    slope = np.diff(brightest[rows].mean(axis=0))  # slope[i] lies at pixel i + 0.5
    first = _peak(slope, start)
    last = _peak(-slope, start + 1)
    return None if first is None or last is None else (first, last)


def _peak(slope: NDArray[np.floating], at: float) -> float | None:
    """Middle of mass of the steepest rise near `at`, in patch sides."""
    low = round((at - _REACH + _MARGIN) * _PX)
    near = slope[low : round((at + _REACH + _MARGIN) * _PX)]
    top = int(np.argmax(near))
    if near[top] < _MIN_SLOPE or not 2 <= top < len(near) - 2:
        return None
    window = np.maximum(near[top - 2 : top + 3], 0)
    place = low + top + float(np.sum(window * np.arange(-2, 3)) / np.sum(window))
    # Slope i is between the middles of px i and i + 1, and the middle of px i lies at (i + 0.5) px.
    return (place + 1) / _PX - _MARGIN
