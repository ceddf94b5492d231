"""Where the baseline's skin lies in a frame of the live picture, by where the ghost of the baseline shows it."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.change.features import Effort, match_features, prepare
from inference.change.transforms import agreeing, apply, area_scale, best_fit, fit, local_map
from inference.face.face import Face, Pose
from inference.face.find import FaceFinder

#: Long side of the pictures that are compared, and features in each: about 0.2 s on one core.
EFFORT = Effort(480, 900)
#: Matches that agree with one map of the plane; the same number as a comparison asks for.
LEAST_INLIERS = 12
#: Matches lie within this share of the long side of where the map puts them.
_INLIER_SHARE = 0.012
#: Half the width of the field of view by the distance: a field of 62 degrees, between the main cameras of phones
#: (about 70) and the usual webcam (about 55). A convention; it only scales the tilt that is told.
_HALF_FIELD = 0.6


@dataclass(frozen=True, slots=True, eq=False)
class Baseline:
    """The photograph before, made small: what frames are held against.

    rgb: (h, w, 3) uint8 sRGB, long side at most `EFFORT.long_side_px`. skin: (h, w) bool, what is to be measured.
    points_px: (468, 2) of its face, where it shows one, and the pose of that.
    """

    rgb: NDArray[np.uint8]
    skin: NDArray[np.bool_]
    points_px: NDArray[np.float64] | None = None
    pose: Pose | None = None


@dataclass(frozen=True, slots=True)
class Framing:
    """How the skin lies in the frame.

    scale_ratio: its size by the ghost's; below 1 the camera is too far away. turn_deg: clockwise. shift: x and y of
    the ghost's middle, in long sides of the frame, right and down positive. tilt_deg: of a close-up, (x, y),
    positive where the right side, or the lower one, is nearer to the camera than it was; 0 where no tilt can be
    told. head_deg: of a face, (yaw, pitch) beyond the baseline's; None for a close-up.
    """

    scale_ratio: float
    turn_deg: float
    shift: tuple[float, float]
    tilt_deg: tuple[float, float] = (0.0, 0.0)
    head_deg: tuple[float, float] | None = None


def baseline_of(
    rgb: NDArray[np.uint8], skin: NDArray[np.bool_] | None = None, face: Face | None = None
) -> Baseline:
    """The baseline from an upright photograph (H, W, 3) uint8 sRGB.

    skin: (h, w) bool of any size, over the whole photograph; None takes all of it. face: in the photograph's pixels.
    """
    small = _small(rgb)
    size = small.shape[1], small.shape[0]
    mask = np.ones(small.shape[:2], np.bool_)
    if skin is not None and skin.any():
        mask = cv2.resize(skin.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    if face is None:
        return Baseline(small, mask)
    factor = np.array([size[0] / rgb.shape[1], size[1] / rgb.shape[0]])
    points_px = np.asarray((face.points_px[:, :2] + 0.5) * factor - 0.5, np.float64)
    return Baseline(small, mask, points_px, face.pose)


def frame_against(
    baseline: Baseline, frame_rgb: NDArray[np.uint8], finder: FaceFinder | None = None
) -> Framing | None:
    """Where the baseline's skin lies in the frame; None where too little of it is recognised.

    By the face, where both show one: what stands behind a head does not move with it. Else by features of the skin.
    """
    frame = _small(frame_rgb)
    if baseline.points_px is not None and baseline.pose is not None and finder is not None:
        face = finder.find(frame)
        if face is not None:
            matrix = fit("similarity", baseline.points_px, face.points_px[:, :2].astype(np.float64))
            head = face.pose.yaw_deg - baseline.pose.yaw_deg, face.pose.pitch_deg - baseline.pose.pitch_deg
            return _framing(matrix, _size(baseline.rgb), _size(frame), head_deg=head)
    return _by_features(baseline, frame)


def _by_features(baseline: Baseline, frame: NDArray[np.uint8]) -> Framing | None:
    before = prepare(baseline.rgb, baseline.skin, EFFORT)
    live = prepare(frame, np.ones(frame.shape[:2], np.bool_), EFFORT)
    source, target = match_features(before, live)
    if len(source) < LEAST_INLIERS:
        return None
    inlier = agreeing(source, target, _INLIER_SHARE * max(live.band.shape))
    if np.count_nonzero(inlier) < LEAST_INLIERS:
        return None
    family, matrix = best_fit(source[inlier], target[inlier])
    size = _size(baseline.rgb)
    local = local_map(matrix, _middle(size))
    if np.linalg.det(local) <= 0 or not 0.2 < area_scale(matrix, _middle(size)) < 5:
        return None
    tilt = _tilt_deg(matrix, size) if family == "perspective" else (0.0, 0.0)
    return _framing(matrix, size, _size(frame), tilt_deg=tilt)


def _framing(
    matrix: NDArray[np.float64],
    baseline: tuple[int, int],
    frame: tuple[int, int],
    *,
    tilt_deg: tuple[float, float] = (0.0, 0.0),
    head_deg: tuple[float, float] | None = None,
) -> Framing:
    """The map from baseline to frame, set against the ghost: the baseline as large as fits into the frame, centred."""
    middle = _middle(baseline)
    local = local_map(matrix, middle)
    ghost = min(frame[0] / baseline[0], frame[1] / baseline[1])
    shift = (apply(matrix, middle[np.newaxis])[0] - _middle(frame)) / max(frame)
    turn = math.atan2(local[1, 0] - local[0, 1], local[0, 0] + local[1, 1])
    return Framing(
        scale_ratio=area_scale(matrix, middle) / ghost,
        turn_deg=math.degrees(turn),
        shift=(float(shift[0]), float(shift[1])),
        tilt_deg=tilt_deg,
        head_deg=head_deg,
    )


def _tilt_deg(matrix: NDArray[np.float64], baseline: tuple[int, int]) -> tuple[float, float]:
    """How far the skin is tilted against the baseline, about the upright and the level axis.

    On a plane tilted by phi the inverse of the distance at the picture's edges is 1 +- t tan(phi) of that in the
    middle, t being `_HALF_FIELD`, and size goes with it: (right - left) / (right + left) = t tan(phi). Local area
    goes with the third power of the inverse distance (`area_scale`: its root), one of which is foreshortening.
    """
    height, width = baseline
    middle = _middle(baseline)
    reach = np.array([width, height]) / 4
    tilts: list[float] = []
    for axis in (np.array([1.0, 0.0]), np.array([0.0, 1.0])):
        low, high = (area_scale(matrix, middle + sign * axis * reach) ** (2 / 3) for sign in (-1, 1))
        # A quarter of the side from the middle is half way to the edge.
        at_edge = 2 * (high - low) / (high + low)
        tilts.append(math.degrees(math.atan(at_edge / (_HALF_FIELD * (axis @ reach) / reach.max()))))
    return tilts[0], tilts[1]


def _size(rgb: NDArray[np.uint8]) -> tuple[int, int]:
    return int(rgb.shape[0]), int(rgb.shape[1])


def _middle(size: tuple[int, int]) -> NDArray[np.float64]:
    """(x, y) of the middle of a picture of (h, w), pixel centres on whole numbers."""
    return np.array([(size[1] - 1) / 2, (size[0] - 1) / 2])


def _small(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Brought down to the long side that is compared, never enlarged."""
    factor = min(1.0, EFFORT.long_side_px / max(rgb.shape[:2]))
    if factor == 1.0:
        return rgb
    size = max(1, round(rgb.shape[1] * factor)), max(1, round(rgb.shape[0] * factor))
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
