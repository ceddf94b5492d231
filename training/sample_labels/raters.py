"""Simulated raters: they overlook scars, take one type for another, and outline and grade each in their own way.

Of the scars that three raters marked, half were marked by all of them, and their shapes were not told alike (Kang et
al., J Drugs Dermatol 2016;15:693). Grades of Goodman and Baron's quantitative scale by four observers lay within 4
points of each other in 19 of 21 photographs (J Cosmet Dermatol 2006;5:48). The figures of `RATERS` are conventions of
ours that come near to this; nobody's labels were copied.
"""

from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from inference.network.maps import TYPES
from training.sample_labels.skins import Photograph

#: Points, of one rater: 4 taken as the 95 % limit of the difference of two, 4 / (1.96 sqrt 2).
GRADE_SD = 1.44
#: Wavelength of the hand's tremor along an outline, and the smallest outline that a hand draws.
_TREMOR_MM, _LEAST_MM2 = 0.6, 0.12
#: What a type is taken for when it is not recognized.
_TAKEN_FOR = {"icepick": "boxcar", "boxcar": "rolling", "rolling": "boxcar", "raised": "raised"}


@dataclass(frozen=True, slots=True)
class Rater:
    """overlooks: share of scars of no width that is not seen; it halves with every millimetre of width.
    mistakes: share of scars of which the type is taken for another. outward_mm: mean of where the outline lies
    outside the true one. tremor_mm: sd of it along the outline. strict: points added to every grade."""

    name: str
    number: int
    overlooks: float
    mistakes: float
    outward_mm: float
    tremor_mm: float
    strict: float


RATERS = (
    Rater("anna", 0, overlooks=0.3, mistakes=0.08, outward_mm=0.05, tremor_mm=0.10, strict=-0.5),
    Rater("bela", 1, overlooks=0.55, mistakes=0.15, outward_mm=0.15, tremor_mm=0.14, strict=0.5),
)


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """One scar as somebody outlined it. mask: (H, W) bool, the whole photograph."""

    type: str
    mask: NDArray[np.bool_]


def outlined(rater: Rater, photo: Photograph, seed: int) -> list[Outline]:
    """All scars that the rater sees in a photograph; same rater, photograph and seed, same outlines."""
    rng = np.random.default_rng((seed, rater.number, *photo.name.encode()))
    found: list[Outline] = []
    for number, name in enumerate(TYPES[1:], start=1):
        patches, count = _patches(photo.types == number)
        for patch in range(1, count + 1):
            mask = np.asarray(patches == patch)
            width_mm = 2 * float(np.sqrt(mask.sum() / np.pi)) * photo.mm_per_px
            is_overlooked = rng.random() < rater.overlooks * 0.5**width_mm
            called = _TAKEN_FOR[name] if rng.random() < rater.mistakes else name
            drawn = _by_hand(mask, rater, photo.mm_per_px, rng)
            if not is_overlooked and drawn.sum() * photo.mm_per_px**2 >= _LEAST_MM2:
                found.append(Outline(called, drawn))
    return found


def graded(rater: Rater, photo: Photograph, seed: int) -> int:
    """Whole points of Goodman and Baron's quantitative scale, 0 to 84."""
    rng = np.random.default_rng((seed, 7, rater.number, *photo.name.encode()))
    return int(np.clip(round(photo.severity + rater.strict + rng.normal(0, GRADE_SD)), 0, 84))


def _patches(mask: NDArray[np.bool_]) -> tuple[NDArray[np.int32], int]:
    """Numbers 1..n of the connected patches, corners touching, and n."""
    return cast(tuple[NDArray[np.int32], int], ndimage.label(mask, structure=np.ones((3, 3))))


def _by_hand(
    mask: NDArray[np.bool_], rater: Rater, mm_per_px: float, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """The outline moved outward and unsteadily: the largest piece where a smooth field added to the signed distance
    is positive."""
    x, y, width, height = cv2.boundingRect(mask.astype(np.uint8))
    margin = int(np.ceil((rater.outward_mm + 4 * rater.tremor_mm) / mm_per_px)) + 2
    top, left = max(0, y - margin), max(0, x - margin)
    window = slice(top, y + height + margin), slice(left, x + width + margin)
    inside = np.pad(mask[window], 1)
    within, without = (np.asarray(ndimage.distance_transform_edt(part)) for part in (inside, ~inside))
    noise = ndimage.gaussian_filter(rng.normal(size=inside.shape), _TREMOR_MM / 2 / mm_per_px)
    noise *= rater.tremor_mm / mm_per_px / max(float(noise.std()), 1e-9)
    pieces, count = _patches((within - without + noise + rater.outward_mm / mm_per_px > 0)[1:-1, 1:-1])
    drawn = np.zeros(mask.shape, np.bool_)
    if count:
        largest = 1 + int(np.argmax(np.bincount(pieces.ravel())[1:]))
        drawn[window] = ndimage.binary_fill_holes(pieces == largest)
    return drawn
