"""What leaves this room: a face with its points, pose and irises."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Iris:
    """One iris, in pixels of the oriented photograph; `diameter_sd_px` is the standard error of its diameter."""

    x_px: float
    y_px: float
    diameter_px: float
    diameter_sd_px: float


@dataclass(frozen=True, slots=True)
class Pose:
    """Turn of the head, degrees, 0 when it faces the camera upright.

    yaw: positive when the person's nose points to the right side of the picture. pitch: positive when it points
    up. roll: positive when the head is turned clockwise in the picture.
    """

    yaw_deg: float
    pitch_deg: float
    roll_deg: float


@dataclass(frozen=True, slots=True)
class Expression:
    """Ratios without unit, from the points.

    mouth_open: gap between the inner lips by the mouth's width. eye_open: gap between the lids by the eye's
    width, mean of both eyes. smile: the mouth's width by the distance between the pupils.
    """

    mouth_open: float
    eye_open: float
    smile: float


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """One face.

    points_px: (468, 3) float32, MediaPipe's face mesh, x and y in pixels of the oriented photograph, z in the
    same unit, towards the camera negative. presence: 0..1. pupil_distance_px: between the pupils in the
    picture, not corrected for yaw. irises: the one at smaller x first; None where the eyes are closed or too small.
    count: faces found in the photograph; this is the largest.
    """

    points_px: NDArray[np.float32]
    presence: float
    pose: Pose
    expression: Expression
    pupil_distance_px: float
    irises: tuple[Iris, Iris] | None
    count: int = 1
