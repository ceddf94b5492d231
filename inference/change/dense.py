"""From a first guess to a dense map: patches are found again, and a smooth field that never folds goes through them."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.change.features import detail, shrunk, shrunk_mask, window_of, worked_px
from inference.change.field import at, smooth_field, unfolded
from inference.change.guess import Guess
from inference.change.patches import find_again
from inference.change.transforms import Points, apply, area_scale, inverse
from inference.measure.assessment import Evidence


@dataclass(frozen=True, slots=True)
class Level:
    """One pass of the search. long_side_px: of the pictures. step_px: between patches. half_px: of a patch without its
    middle. reach_px: farthest place that is tried. smooth_share: sd of the smoothing by the long side."""

    long_side_px: int
    step_px: int
    half_px: int
    reach_px: int
    smooth_share: float


#: Matched features only roughly say where skin lies that has moved, a search over 3 % of the picture finds it, and a
#: second one at the finer scale places it to parts of a pixel. Skin bends over centimetres, a few percent of a face.
COARSE = Level(600, 14, 14, 16, 0.03)
FINE = Level(1000, 18, 13, 5, 0.02)
#: Smoothing of what the features say, share of the long side: they are few.
_FEATURE_SHARE = 0.06
#: A patch this far from where the others lead is looked for again, px.
_ASTRAY_PX = 3.0
#: Of a patch, so much lies where after has a picture; the end of the picture is found wherever it lies.
_LEAST_SHOWN = 0.75
#: Patches under this correlation are not used: any two patches reach about as much somewhere within reach.
_LEAST_HEIGHT = 0.4
#: A patch's weight is its signal by its noise, r² / (1 - r²), but never over that of r = 0.9.
_MOST_WEIGHT = 0.81 / 0.19


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """before at one level. detail: (h, w, 2) uint8, see `detail`. skin: (h, w) bool. to_small: (3, 3) from working
    pixels to these."""

    detail: NDArray[np.uint8]
    skin: NDArray[np.bool_]
    to_small: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Laid:
    """after laid over a view by a map. after: (h, w, 2) uint8 `detail`, 128 where it has no picture; seen: (h, w) bool,
    where it has. field: (h, w, 2) float32, the map's shifts under the plane's map, px of the view."""

    view: View
    after: NDArray[np.uint8]
    seen: NDArray[np.bool_]
    field: NDArray[np.float32]


def view_of(evidence: Evidence, level: Level) -> View:
    """The first photograph at the scale of a level."""
    window = window_of(evidence.skin)
    small, to_small = shrunk(evidence.rgb, worked_px(level.long_side_px, window), window)
    return View(detail(small), shrunk_mask(evidence.skin, small.shape[:2], window), to_small)


@dataclass(frozen=True, slots=True, eq=False)
class Over:
    """What is laid over a view. rgb: (h, w, 3) uint8, after about as coarse as the view. onto: (3, 3) from the view's
    pixels to those of rgb, by the plane's map."""

    view: View
    rgb: NDArray[np.uint8]
    onto: NDArray[np.float64]


def over(view: View, after: Evidence, matrix: NDArray[np.float64]) -> Over:
    """after made ready to be laid over a view by a plane's map of working pixels."""
    height, width = view.skin.shape
    onto = matrix @ np.linalg.inv(view.to_small)
    finer = area_scale(onto, np.array([width / 2, height / 2]))
    window = window_of(after.skin)
    rgb, to_rgb = shrunk(after.rgb, window.long_side / max(finer, 1.0), window)
    return Over(view, rgb, to_rgb @ onto)


def lay(what: Over, field: NDArray[np.float32]) -> Laid:
    """Lay after over the view. Its detail is taken at the view's scale, so that both pictures keep the same band of
    sizes on the skin."""
    x, y = _through(what.onto, field)
    rgb = np.asarray(cv2.remap(what.rgb, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.uint8)
    seen = (x >= 0) & (y >= 0) & (x <= what.rgb.shape[1] - 1) & (y <= what.rgb.shape[0] - 1)
    picture = detail(rgb)
    picture[~seen] = 128
    return Laid(what.view, picture, seen, field)


def _through(
    matrix: NDArray[np.float64], field: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(h, w) x and y of place + field under a (3, 3) map of the plane."""
    height, width = field.shape[:2]
    x = field[..., 0] + np.arange(width, dtype=np.float32)
    y = field[..., 1] + np.arange(height, dtype=np.float32)[:, np.newaxis]
    m = matrix.astype(np.float32)
    depth = m[2, 0] * x + m[2, 1] * y + m[2, 2]
    return (m[0, 0] * x + m[0, 1] * y + m[0, 2]) / depth, (m[1, 0] * x + m[1, 1] * y + m[1, 2]) / depth


def field_of_guess(guess: Guess, view: View) -> NDArray[np.float32]:
    """(h, w, 2) float32: what the guess's points say beyond its plane's map, in pixels of a view."""
    source = apply(view.to_small, guess.source)
    meant = apply(view.to_small, apply(inverse(guess.matrix), guess.target))
    sd_px = _FEATURE_SHARE * max(view.skin.shape)
    return smooth_field(source, meant - source, np.ones(len(source)), view.skin.shape, sd_px)


def grid_on(skin: NDArray[np.bool_], step_px: int) -> NDArray[np.intp]:
    """(n, 2) x and y of a grid's places on skin."""
    start = step_px // 2
    row, column = np.nonzero(skin[start::step_px, start::step_px])
    return np.column_stack([column, row]) * step_px + start


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Patches found again: (n, 2) places, their whole shifts under the plane's map, and weights (n,), 0 if lost."""

    places: NDArray[np.intp]
    shifts: Points
    weights: NDArray[np.float64]


def search(laid: Laid, places: NDArray[np.intp], level: Level) -> Found:
    """Look for the patches at `places` around where the map puts them."""
    peaks = find_again(laid.view.detail, laid.after, places, level.half_px, level.reach_px)
    inside = np.abs(peaks.shift_px).max(axis=1, initial=0) < level.reach_px - 0.5
    shown = cv2.blur(laid.seen.astype(np.float32), (2 * level.half_px + 1,) * 2)[places[:, 1], places[:, 0]]
    inside &= shown > _LEAST_SHOWN
    height = np.where(inside & (peaks.height > _LEAST_HEIGHT), peaks.height, 0)
    weights = np.minimum(height**2 / np.maximum(1 - height**2, 1e-6), _MOST_WEIGHT)
    whole = peaks.shift_px + at(laid.field, places + peaks.shift_px)
    return Found(places, whole, weights)


def refit(
    found: Found, field: NDArray[np.float32], smooth_share: float, used: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """The field drawn to the patches that are used; it stays where there are none."""
    sd_px = smooth_share * max(field.shape[:2])
    places = found.places[used].astype(np.float64)
    missing = found.shifts[used] - at(field, places)
    more = smooth_field(places, missing, found.weights[used], field.shape[:2], sd_px)
    return unfolded(field + more, sd_px)


def lost(found: Found, field: NDArray[np.float32]) -> NDArray[np.bool_]:
    """(n,) bool: patches that were not found, or far from where the field runs."""
    off = np.hypot(*(found.shifts - at(field, found.places.astype(np.float64))).T)
    return (found.weights == 0) | (off > _ASTRAY_PX)


def rescaled(field: NDArray[np.float32], before: View, after: View) -> NDArray[np.float32]:
    """A field of one view in pixels of another."""
    shape = after.skin.shape
    change = after.to_small @ np.linalg.inv(before.to_small)
    matrix = np.linalg.inv(change)[:2]
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    large = cv2.warpAffine(field, matrix, shape[::-1], flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(large * np.array([change[0, 0], change[1, 1]], np.float32), np.float32)


def dense_map(
    matrix: NDArray[np.float64],
    field: NDArray[np.float32],
    to_small: NDArray[np.float64],
    shape: tuple[int, ...],
) -> NDArray[np.float32]:
    """(h, w, 2) float32: for each working pixel of before its place in after's working picture."""
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    large = cv2.warpAffine(field, to_small[:2], shape[::-1], flags=flags, borderMode=cv2.BORDER_REPLICATE)
    scale = np.array([to_small[0, 0], to_small[1, 1]], np.float32)
    return np.stack(_through(matrix, np.asarray(large, np.float32) / scale), axis=-1)
