"""What the checks of a pair need, drawn from the alignment once."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.change.register import Alignment
from inference.change.transforms import apply, area_scale, local_map
from inference.face.face import Face
from inference.measure.assessment import Assessment, Evidence
from inference.photo.photo import Scale

#: The registration's scale is never trusted better than this: skin moves, and a face is no plane. A convention.
_LEAST_SCALE_SD = 0.005


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """One photograph of the pair, as far as the checks look at it."""

    evidence: Evidence
    scale: Scale
    size_px: tuple[int, int]
    face: Face | None = None

    @property
    def photo_px_per_px(self) -> float:
        """Photograph pixels per working pixel, mean of both directions."""
        return math.sqrt(self.evidence.photo_px_per_px[0] * self.evidence.photo_px_per_px[1])


def sight_of(assessment: Assessment, evidence: Evidence) -> Sight:
    """What the checks look at in one assessment."""
    photo = assessment.photo
    return Sight(evidence, assessment.scale, (photo.width_px, photo.height_px), evidence.face)


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """How the two frames lie to each other at the middle of the common skin.

    ratio: photograph pixels of after per photograph pixel of before, across the same skin; ratio_sd: its relative
    standard error. local: (2, 2) step in after's working pixels for a step right and down in before's.
    """

    ratio: float
    ratio_sd: float
    local: NDArray[np.float64]


def face_miss(before: Sight, after: Sight, alignment: Alignment) -> float | None:
    """How far the map puts the points of one face from those of the other, median, by the pupils' distance.

    A face stands in front of something, and what stands behind it may match too. None without a face in both.
    """
    if alignment.matrix is None or before.face is None or after.face is None:
        return None
    source, target = (
        sight.face.points_px[:, :2] / np.array(sight.evidence.photo_px_per_px)
        for sight in (before, after)
        if sight.face is not None
    )
    miss_px = np.hypot(*(apply(alignment.matrix, source.astype(np.float64)) - target).T)
    return float(np.median(miss_px)) * after.photo_px_per_px / after.face.pupil_distance_px


def fit_of(before: Sight, after: Sight, alignment: Alignment) -> Fit | None:
    """None where no map was found. The map may be one that is not good enough to measure with."""
    registration = alignment.registration
    if alignment.matrix is None or registration.residual_px is None:
        return None
    skin = before.evidence.skin if alignment.common is None else alignment.common
    row, column = np.nonzero(skin)
    if row.size == 0:
        return None
    middle = np.array([column.mean(), row.mean()])
    ratio = area_scale(alignment.matrix, middle) * after.photo_px_per_px / before.photo_px_per_px
    spread_px = max(math.sqrt(float(column.var() + row.var())), 1.0)
    # As if the errors of all points pulled the same way: the largest change of scale they can hide.
    ratio_sd = max(registration.residual_px / spread_px, _LEAST_SCALE_SD)
    return Fit(ratio, ratio_sd, local_map(alignment.matrix, middle))
