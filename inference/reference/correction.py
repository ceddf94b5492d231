"""From patches of known colour to a correction of all colours, in linear light."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.photo.ciede import ciede2000, lab_of_linear
from inference.photo.colour import LINEAR_OF_LEVEL
from inference.reference.reference import ColourReading, ReferenceKind

#: Of a patch, its middle is used: rims hold blur, gaps and halos of sharpening. Share of its side.
INTERIOR = 0.6
#: Medians of 8-bit levels beyond these are clipped, or were before a camera's noise reduction.
DARKEST_LEVEL, BRIGHTEST_LEVEL = 3, 250
#: Fewer pixels than this in a patch's middle are mostly blur.
MIN_PATCH_PX = 9
#: Twelve entries are fitted from three values by patch; ten patches leave more than twice as many values as entries.
MIN_PATCHES = 10
#: Mean CIEDE2000 above this is no correction: not that chart, glare on it, or a picture with colours of its own.
#: A printer is not held to its colours, so the sheet is allowed its whole error. Conventions of ours.
MAX_RESIDUAL_DE00: dict[ReferenceKind, float] = {"chart": 6.0, "sheet": 12.0}
#: Keeps the weights of black patches, which are mostly flare, from running away.
_FLARE = 0.02
#: Pixels by side of a patch are thinned to so many.
_SAMPLE_SIDE_PX = 48


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """linear: (n, 3) float64 linear sRGB of each patch. usable: (n,) bool, neither clipped nor too small."""

    linear: NDArray[np.float64]
    usable: NDArray[np.bool_]


def sample_patches(rgb: NDArray[np.uint8], quads_px: NDArray[np.floating]) -> Samples:
    """Colours in the middle of (n, 4, 2) quadrilaterals of an (H, W, 3) uint8 photograph."""
    quads = np.asarray(quads_px, np.float64)
    middle: NDArray[np.float64] = quads.mean(axis=1, keepdims=True)
    inner: NDArray[np.float64] = middle + INTERIOR * (quads - middle)
    pixels = [_inside(rgb, quad) for quad in inner]
    linear: NDArray[np.float64] = np.array(
        [_mean_of_middle_half(LINEAR_OF_LEVEL[levels]) for levels in pixels]
    )
    usable = [len(levels) >= MIN_PATCH_PX and _unclipped(levels) for levels in pixels]
    return Samples(linear, np.array(usable))


def fit_correction(samples: Samples, truth: NDArray[np.float64], kind: ReferenceKind) -> ColourReading | None:
    """Least squares from patches to their true linear sRGB (n, 3); None where it cannot be trusted.

    Each patch is weighed by the slope of CIE lightness at its luminance, so that the fit is even to the eye. All
    residuals are of each patch left out of the fit in turn, as twelve entries fitted to few patches flatter themselves.
    """
    usable = samples.usable
    if int(usable.sum()) < MIN_PATCHES:
        return None
    seen, true = samples.linear[usable], truth[usable]
    design = np.column_stack([seen, np.ones(len(seen))])
    weight = (np.clip(true[:, 1:2], 0, 1) + _FLARE) ** (-2 / 3)
    weighted = weight * design
    inverse = np.linalg.pinv(weighted)
    matrix = inverse @ (weight * true)
    leverage = np.minimum(np.sum(weighted * inverse.T, axis=1), 0.99)
    left_out = true - (true - design @ matrix) / (1 - leverage[:, None])
    true_lab = lab_of_linear(true)
    apart = ciede2000(lab_of_linear(left_out), true_lab)
    before = ciede2000(lab_of_linear(seen), true_lab)
    if float(apart.mean()) > MAX_RESIDUAL_DE00[kind]:
        return None
    return ColourReading(
        matrix=matrix,
        residual_de00=float(apart.mean()),
        worst_de00=float(apart.max()),
        before_de00=float(before.mean()),
        kind=kind,
        patch_count=len(seen),
    )


def correct(linear: NDArray[np.floating], reading: ColourReading) -> NDArray[np.float32]:
    """(..., 3) linear sRGB -> corrected linear sRGB, float32, not below 0. What was clipped stays unknown."""
    matrix = reading.matrix.astype(np.float32)
    return np.maximum(np.asarray(linear, np.float32) @ matrix[:3] + matrix[3], np.float32(0))


def _inside(rgb: NDArray[np.uint8], quad: NDArray[np.float64]) -> NDArray[np.uint8]:
    """(m, 3) pixels within a quadrilateral, thinned where there are many; none where it leaves the picture."""
    low: NDArray[np.intp] = np.floor(quad.min(axis=0)).astype(np.intp)
    high: NDArray[np.intp] = np.ceil(quad.max(axis=0)).astype(np.intp) + 1
    if int(low.min()) < 0 or int(high[0]) > rgb.shape[1] or int(high[1]) > rgb.shape[0]:
        return np.empty((0, 3), np.uint8)
    step = max(1, int((high - low).max()) // _SAMPLE_SIDE_PX)
    part = rgb[low[1] : high[1] : step, low[0] : high[0] : step]
    mask = np.zeros(part.shape[:2], np.uint8)
    cv2.fillConvexPoly(mask, np.round((quad - low) / step).astype(np.int32), 1)
    return part[mask > 0]


def _unclipped(levels: NDArray[np.uint8]) -> bool:
    median = np.median(levels, axis=0)
    return bool((median >= DARKEST_LEVEL).all() and (median <= BRIGHTEST_LEVEL).all())


def _mean_of_middle_half(linear: NDArray[np.float32]) -> NDArray[np.float64]:
    """Mean of the values between the quartiles, by channel: as deaf to specks as a median, without its steps."""
    if not len(linear):
        return np.zeros(3)
    ordered = np.sort(linear, axis=0).astype(np.float64)
    quarter = len(ordered) // 4
    return np.asarray(ordered[quarter : len(ordered) - quarter].mean(axis=0))
