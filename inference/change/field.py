"""A smooth field of shifts through scattered ones, robust to those that are wrong."""

import cv2
import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]

#: Grid points per standard deviation of the smoothing: the field between them is bent too little to matter.
_STEPS_PER_SD = 3.0
#: Weight of "no shift" at each grid point, in weights of a sure point at its very place: decides where there is none.
_PULL = 0.02
#: Weight against slopes that few points ask for, likewise, with lengths in standard deviations.
_SLOPE_PULL = 0.2
#: Shifts beyond this many standard deviations of the rest are without influence (Tukey's biweight; Huber & Ronchetti,
#: Robust Statistics, 2009, take 4.685 for 95 % efficiency).
_TUKEY = 4.685
#: The spread of shifts is never taken for less, px: the correlation's own error.
_LEAST_SPREAD_PX = 0.3
_ROUNDS = 4
#: Least change of area under the field. Skin is not squeezed to a fifth; 0 would be a fold.
LEAST_AREA = 0.2


def smooth_field(
    places: Points,
    shifts: Points,
    weights: NDArray[np.float64],
    shape: tuple[int, int],
    sd_px: float,
) -> NDArray[np.float32]:
    """(h, w, 2) float32 shift at every pixel of a picture of `shape` from (n, 2) shifts at (n, 2) places, px.

    At each grid point a plane is fitted to the shifts around, weighted by a Gaussian of `sd_px` (moving least squares:
    Lancaster & Salkauskas, Math Comp 1981;37:141), four times over, with less weight for those far off.
    """
    if not len(places):
        return np.zeros((*shape, 2), np.float32)
    step = max(1.0, sd_px / _STEPS_PER_SD)
    trust = weights.copy()
    grid = _planes(places, shifts, trust, shape, sd_px, step)
    for _ in range(_ROUNDS - 1):
        off = np.hypot(*(at(grid, places, step) - shifts).T)
        spread = max(1.4826 * _weighted_median(off, weights) / 1.1774, _LEAST_SPREAD_PX)
        trust = weights * np.clip(1 - (off / (_TUKEY * spread)) ** 2, 0, 1) ** 2
        grid = _planes(places, shifts, trust, shape, sd_px, step)
    return unfolded(enlarged(grid, shape, step), sd_px)


def _weighted_median(values: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    order = np.argsort(values)
    share = np.cumsum(weights[order])
    if share[-1] <= 0:
        return 0.0
    return float(values[order][np.searchsorted(share, 0.5 * share[-1])])


def _planes(
    places: Points,
    shifts: Points,
    weights: NDArray[np.float64],
    shape: tuple[int, int],
    sd_px: float,
    step: float,
) -> NDArray[np.float64]:
    """(gh, gw, 2) value at each grid point of the plane fitted around it. Points lie `step` px apart from (0, 0)."""
    rows, columns = (int(np.ceil((side - 1) / step)) + 1 for side in shape)
    x, y = places.T / sd_px
    terms = (np.ones_like(x), x, y, x * x, x * y, y * y)
    moments = [w for t in terms for w in (t, t * shifts[:, 0], t * shifts[:, 1])]
    sums = np.stack([_spread(places / step, weights * m, (rows, columns)) for m in moments[:9]], axis=-1)
    squares = np.stack([_spread(places / step, weights * t, (rows, columns)) for t in terms[3:]], axis=-1)
    sums, squares = (
        cv2.GaussianBlur(s, (0, 0), sd_px / step, borderType=cv2.BORDER_CONSTANT) for s in (sums, squares)
    )
    # The blurred sum of one sure point at its own place counts 1.
    peak = 2 * np.pi * (sd_px / step) ** 2
    sums, squares = sums * peak, squares * peak
    gx, gy = np.meshgrid(np.arange(columns) * step / sd_px, np.arange(rows) * step / sd_px)
    w, wx, wy = sums[..., 0], sums[..., 3], sums[..., 6]
    ax, ay = wx - gx * w, wy - gy * w
    axx = squares[..., 0] - 2 * gx * wx + gx * gx * w
    ayy = squares[..., 2] - 2 * gy * wy + gy * gy * w
    axy = squares[..., 1] - gx * wy - gy * wx + gx * gy * w
    normal = np.empty((rows, columns, 3, 3))
    normal[..., 0, 0], normal[..., 1, 1], normal[..., 2, 2] = w + _PULL, axx + _SLOPE_PULL, ayy + _SLOPE_PULL
    normal[..., 0, 1] = normal[..., 1, 0] = ax
    normal[..., 0, 2] = normal[..., 2, 0] = ay
    normal[..., 1, 2] = normal[..., 2, 1] = axy
    right = np.empty((rows, columns, 3, 2))
    for k in (0, 1):
        u, ux, uy = sums[..., 1 + k], sums[..., 4 + k], sums[..., 7 + k]
        right[..., 0, k], right[..., 1, k], right[..., 2, k] = u, ux - gx * u, uy - gy * u
    return np.asarray(np.linalg.solve(normal, right)[..., 0, :], np.float64)


def _spread(at_grid: Points, values: NDArray[np.float64], shape: tuple[int, int]) -> NDArray[np.float64]:
    """(rows, columns) sums of values shared among the four grid points around each place."""
    low = np.floor(at_grid).astype(np.intp)
    part = at_grid - low
    out = np.zeros(shape)
    for right in (0, 1):
        for down in (0, 1):
            share = (part[:, 0] if right else 1 - part[:, 0]) * (part[:, 1] if down else 1 - part[:, 1])
            column = np.clip(low[:, 0] + right, 0, shape[1] - 1)
            row = np.clip(low[:, 1] + down, 0, shape[0] - 1)
            np.add.at(out, (row, column), share * values)
    return out


def at(field: NDArray[np.float64] | NDArray[np.float32], places: Points, step: float = 1.0) -> Points:
    """(n, 2) values of an (h, w, 2) field at (n, 2) places px, `step` px between its points; the edge's beyond."""
    x, y = (np.ascontiguousarray(places[:, k] / step, np.float32) for k in (0, 1))
    found = cv2.remap(np.asarray(field, np.float32), x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(found, np.float64).reshape(-1, 2)


def enlarged(
    grid: NDArray[np.float64] | NDArray[np.float32], shape: tuple[int, int], step: float
) -> NDArray[np.float32]:
    """(h, w, 2) float32 of a grid whose points lie `step` px apart from (0, 0), linear between them."""
    down, across = (_between(side, count, step) for side, count in zip(shape, grid.shape[:2], strict=True))
    # OpenCV's warps look between pixels in steps of 1/32, which are felt where a step spans many pixels.
    planes = [down @ np.asarray(grid[..., k], np.float32) @ across.T for k in (0, 1)]
    return np.asarray(np.stack(planes, axis=-1), np.float32)


def _between(side: int, count: int, step: float) -> NDArray[np.float32]:
    """(side, count) weights of the grid's points for each pixel along one side."""
    place = np.clip(np.arange(side) / step, 0, count - 1)
    low = np.minimum(place.astype(np.intp), max(count - 2, 0))
    weights = np.zeros((side, count), np.float32)
    weights[np.arange(side), low] = 1 - (place - low)
    if count > 1:
        weights[np.arange(side), low + 1] = place - low
    return weights


def area_change(field: NDArray[np.float32]) -> NDArray[np.float32]:
    """(h, w) float32: determinant of the Jacobian of place + field, central differences; 1 where nothing is moved."""
    if min(field.shape[:2]) < 2:
        return np.ones(field.shape[:2], np.float32)
    (ux_y, ux_x), (uy_y, uy_x) = (np.gradient(field[..., k]) for k in (0, 1))
    return np.asarray((1 + ux_x) * (1 + uy_y) - ux_y * uy_x, np.float32)


def unfolded(field: NDArray[np.float32], sd_px: float) -> NDArray[np.float32]:
    """The field, smoothed as little as keeps the change of area over LEAST_AREA everywhere: it cannot fold.

    Ends because a field that is smoothed ever more becomes a plain shift, which changes no area.
    """
    sd = max(sd_px, 1.0) / 2
    smooth = field
    while float(area_change(smooth).min()) < LEAST_AREA:
        if sd > 2 * max(field.shape[:2]):
            return np.broadcast_to(field.mean(axis=(0, 1)), field.shape).astype(np.float32)
        smooth = np.asarray(cv2.GaussianBlur(field, (0, 0), sd, borderType=cv2.BORDER_REPLICATE), np.float32)
        sd *= 1.5
    return smooth
