"""Sharpness of the skin in millimetres: blur, motion, and the sharpness of outlines beside it."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.quality.patches import SIDE_PX, grey_patches
from inference.quality.spectrum import DIRECTIONS, banded, fit, spectra
from inference.quality.view import View

#: Grid on which blur is measured; finer detail than this is never asked for. The photograph's own where coarser.
GRID_MM = 0.125
#: Sd of the point spread of a sharp picture, in its own pixels: lens, sensor and resizing. The middle of the London
#: and Canada faces (`sharp_px` in docs/quality.md). Only what goes beyond it is blur; coarse pixels are another
#: check's business.
OWN_BLUR_PX = 0.7
#: Shake that sharp pictures seem to have, in pixels of the grid: texture is never even in all directions.
OWN_MOTION_PX = 1.4
#: A shake must add at least this part of the blur across it; in a strong defocus directions differ by chance.
LEAST_ANISOTROPY = 0.25
#: Groups of neighbouring patches whose motion must agree: skin lines turn from place to place, a shake does not.
_GROUPS = 4


@dataclass(frozen=True, slots=True, eq=False)
class Focus:
    """Blur as standard deviations of the point spread, over that of the pixels themselves, in mm.

    blur_mm: median over patches of skin. best_blur_mm: of the sharpest quarter. total_blur_mm: median with the
    pixels' own blur, which is the true resolution. motion_mm: length of a straight shake, 0 where its direction
    differs from place to place. log_level: texture contrast over the usual one, log10.
    frequency: (b,) cycles per pixel of the measuring grid, whose pixels have mm_per_px. texture: (b,) median power
    there less the noise, px2.
    """

    blur_mm: float
    best_blur_mm: float
    total_blur_mm: float
    motion_mm: float
    log_level: float
    frequency: NDArray[np.float64]
    texture: NDArray[np.float64]
    mm_per_px: float


def focus(view: View) -> Focus | None:
    """None where no patch of skin is large enough.

    Median and quarter are over up to 48 patches, and hold against noise (see `spectrum`). Motion: a shake of
    length L spreads light evenly along a line, with variance L^2 / 12 along it and none across. Fitting the
    spectrum in eight directions gives the variance by direction; L is sqrt(12) times the difference's root.
    """
    mm_per_px = max(GRID_MM, view.photo.scale.mm_per_px)
    patches = grey_patches(view, GRID_MM)
    if len(patches) == 0:
        return None
    transformed = spectra(patches)
    frequency, power = banded(transformed, SIDE_PX)
    found = fit(frequency, power, mm_per_px)
    quarter = float(np.percentile(found.blur_px, 12.5))  # the median of the sharpest quarter
    middle = float(np.median(found.blur_px))
    return Focus(
        blur_mm=_beyond_pixels(middle) * mm_per_px,
        best_blur_mm=_beyond_pixels(quarter) * mm_per_px,
        total_blur_mm=middle * mm_per_px,
        motion_mm=_motion_px(transformed, mm_per_px) * mm_per_px,
        log_level=float(np.median(found.log_level)),
        frequency=frequency,
        texture=np.median(np.maximum(power - found.noise[:, None], 0.05 * power), axis=0),
        mm_per_px=mm_per_px,
    )


def _beyond_pixels(blur_px: float) -> float:
    return float(np.sqrt(max(blur_px**2 - OWN_BLUR_PX**2, 0.0)))


def _motion_px(transformed: NDArray[np.float32], mm_per_px: float) -> float:
    """Length of the shake that the groups of patches agree on, in pixels of the patches."""
    groups = min(_GROUPS, max(1, len(transformed) // 4))
    centres = np.arange(DIRECTIONS) * np.pi / DIRECTIONS
    variance = np.zeros((groups, DIRECTIONS), np.float64)
    for number, centre in enumerate(centres):
        frequency, power = banded(transformed, SIDE_PX, float(centre))
        parts = np.array_split(np.log(power), groups)
        pooled = np.exp(np.array([part.mean(axis=0) for part in parts], np.float64))
        variance[:, number] = fit(frequency, pooled, mm_per_px).blur_px ** 2
    turn = 2 * (variance * np.exp(2j * centres)).mean(axis=1)
    agreed = _agreed(turn)
    across = max(float(np.mean(variance)) - agreed, 0.0)  # variance of the blur across the shake
    if agreed < LEAST_ANISOTROPY * across:
        return 0.0
    return float(np.sqrt(max(24 * agreed - OWN_MOTION_PX**2, 0.0)))


def _agreed(turn: NDArray[np.complex128]) -> float:
    """Length of the mean vector less the standard error of its parts."""
    mean = complex(np.mean(turn))
    along = np.asarray((turn * mean.conjugate()).real, np.float64) / max(abs(mean), 1e-9)
    error = float(np.std(along)) / np.sqrt(max(len(turn) - 1, 1))
    return float(max(np.mean(along) - error, 0.0))


#: Outlines: strongest edges at most this far from the skin, how many, and the re-blur they are compared with.
_NEAR_MM, _EDGES, _REBLUR_PX = 12.0, 300, 1.5
#: An outline rises by at least so many levels per pixel (Sobel's sum is 8 times that), and by so many times the
#: middle gradient: noise and pores have strongest places too, and say nothing about outlines.
_LEAST_STEP, _ABOVE_TEXTURE = 8 * 5.0, 8.0


def edge_blur_mm(view: View) -> float | None:
    """Sd of the point spread at the strongest outlines in and near the skin (lashes, lips, hairs, moles), in mm.

    Zhuo and Sim, Pattern Recognition 2011;44:1852, doi 10.1016/j.patcog.2011.03.009: an edge of blur s loses the
    factor R = sqrt((s^2 + t^2) / s^2) of its gradient when blurred again by t. The lower quartile over the
    strongest edges, because shadows and soft borders are edges too. None without clear edges.
    """
    grey = np.asarray(cv2.cvtColor(view.rgb, cv2.COLOR_RGB2GRAY), np.float32)
    reach = max(1, round(_NEAR_MM / view.mm_per_px))
    near = np.asarray(cv2.blur(view.skin.astype(np.float32), (2 * reach + 1, 2 * reach + 1))) > 0.02
    first, again = (
        _gradient(grey),
        _gradient(np.asarray(cv2.GaussianBlur(grey, (0, 0), _REBLUR_PX), np.float32)),
    )
    peak = (first >= np.asarray(cv2.dilate(first, np.ones((3, 3), np.uint8)), np.float32)) & near
    strengths = first[peak]
    if len(strengths) < _EDGES:
        return None
    least = float(np.partition(strengths, -_EDGES)[-_EDGES])
    if least < max(_LEAST_STEP, _ABOVE_TEXTURE * float(np.median(first[near]))):
        return None
    strongest = peak & (first >= least)
    ratio = np.maximum(first[strongest] / np.maximum(again[strongest], 1e-3), 1.001)
    blur_px = _REBLUR_PX / np.sqrt(ratio**2 - 1)
    return float(np.percentile(blur_px, 25)) * view.mm_per_px


def _gradient(grey: NDArray[np.float32]) -> NDArray[np.float32]:
    along_x, along_y = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    return np.asarray(cv2.magnitude(along_x, along_y), np.float32)
