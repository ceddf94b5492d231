"""How to hold the camera so that the skin comes to lie as in the baseline: one instruction at a time.

A frame of the live picture is registered to the baseline by a quick search for common features. Nothing is stored.
"""

import math
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.change.features import Effort, match_features, prepare
from inference.change.transforms import agreeing, apply, area_scale, best_fit, local_map
from inference.web import texts

Way = Literal["closer", "back", "turn", "left", "right", "up", "down", "tilt", "lost", "hold"]

#: Long side of the pictures that are compared, and features in each: about 0.1 s on one core.
EFFORT = Effort(480, 900)
#: Matches that agree with one map of the plane; the same number as a comparison asks for.
LEAST_INLIERS = 12
#: Matches lie within this share of the long side of where the map puts them.
_INLIER_SHARE = 0.012
#: What may stay. Size within 5 % and turn within 3 degrees are field notes D2; a tilt of 5 degrees is their limit
#: for the pose; a shift of 6 % of the long side leaves nine tenths of the skin in both pictures.
SIZE_LIMIT, TURN_LIMIT_DEG, TILT_LIMIT_DEG, SHIFT_LIMIT = 0.05, 3.0, 5.0, 0.06
#: Half the width of the field of view by the distance: a field of 62 degrees, between the main cameras of phones
#: (about 70) and the usual webcam (about 55). A convention; it only scales the tilt that is told.
_HALF_FIELD = 0.6


@dataclass(frozen=True, slots=True)
class Framing:
    """Where the skin lies in the frame, by where the ghost of the baseline shows it.

    scale_ratio: its size by the ghost's; below 1 the camera is too far away. turn_deg: clockwise. shift: x and y of
    the ghost's middle, in long sides of the frame, right and down positive. tilt_deg: (x, y), positive where the
    right side, or the lower one, is nearer to the camera than it was; 0 where no tilt can be told.
    """

    scale_ratio: float
    turn_deg: float
    shift: tuple[float, float]
    tilt_deg: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Hint:
    """One instruction. `ok` when the picture may be taken; framing is None where the skin was not recognised."""

    text: str
    way: Way
    ok: bool
    framing: Framing | None


def hint(baseline_rgb: NDArray[np.uint8], frame_rgb: NDArray[np.uint8], *, mirrored: bool = False) -> Hint:
    """What to do next, from (h, w, 3) uint8 sRGB of the baseline and of the live picture.

    mirrored: the live picture is shown as in a mirror, as usual for a camera beside the screen; left and right of
    the words follow what is shown.
    """
    framing = frame_against(baseline_rgb, frame_rgb)
    if framing is None:
        return Hint(texts.HINTS["lost"], "lost", False, None)
    side = -1.0 if mirrored else 1.0
    turn_deg, shift_x, tilt_x = side * framing.turn_deg, side * framing.shift[0], side * framing.tilt_deg[0]
    shift_y, tilt_y = framing.shift[1], framing.tilt_deg[1]
    off = {
        "size": abs(math.log(framing.scale_ratio)) / math.log1p(SIZE_LIMIT),
        "turn": abs(turn_deg) / TURN_LIMIT_DEG,
        "shift": math.hypot(shift_x, shift_y) / SHIFT_LIMIT,
        "tilt": math.hypot(tilt_x, tilt_y) / TILT_LIMIT_DEG,
    }
    worst = max(off, key=lambda name: off[name])
    if off[worst] <= 1:
        return Hint(texts.HINTS["hold"], "hold", True, framing)
    match worst:
        case "size":
            way, amount = _distance(framing.scale_ratio)
        case "turn":
            # Skin that lies turned clockwise in the picture is set right by turning the camera clockwise.
            way, amount = (
                "turn",
                f"{abs(turn_deg):.0f}° {'clockwise' if turn_deg > 0 else 'counterclockwise'}",
            )
        case "shift":
            way, amount = _direction(shift_x, shift_y), ""
        case _:
            way, amount = "tilt", f"{_nearer(tilt_x, tilt_y)} about {math.hypot(tilt_x, tilt_y):.0f}°"
    return Hint(texts.HINTS[way].format(amount), way, False, framing)


def _distance(scale_ratio: float) -> tuple[Way, str]:
    """Size falls with distance: at 0.8 of the size the camera is 1/0.8 as far, and comes closer by a fifth of that."""
    if scale_ratio < 1:
        return "closer", f"{100 * (1 - scale_ratio):.0f} %"
    return "back", f"{100 * (scale_ratio - 1):.0f} %"


def _direction(shift_x: float, shift_y: float) -> Way:
    """The camera goes the way in which the skin has slipped."""
    if abs(shift_x) >= abs(shift_y):
        return "right" if shift_x > 0 else "left"
    return "down" if shift_y > 0 else "up"


def _nearer(tilt_x: float, tilt_y: float) -> str:
    if abs(tilt_x) >= abs(tilt_y):
        return texts.EDGES["right" if tilt_x > 0 else "left"]
    return texts.EDGES["bottom" if tilt_y > 0 else "top"]


def frame_against(baseline_rgb: NDArray[np.uint8], frame_rgb: NDArray[np.uint8]) -> Framing | None:
    """Where the baseline's skin lies in the frame; None where too little of it is recognised."""
    baseline, frame = _small(baseline_rgb), _small(frame_rgb)
    before = prepare(baseline, np.ones(baseline.shape[:2], np.bool_), EFFORT)
    live = prepare(frame, np.ones(frame.shape[:2], np.bool_), EFFORT)
    source, target = match_features(before, live)
    if len(source) < LEAST_INLIERS:
        return None
    inlier = agreeing(source, target, _INLIER_SHARE * max(live.band.shape))
    if np.count_nonzero(inlier) < LEAST_INLIERS:
        return None
    family, matrix = best_fit(source[inlier], target[inlier])
    height, width = before.band.shape
    middle = np.array([(width - 1) / 2, (height - 1) / 2])
    local = local_map(matrix, middle)
    if np.linalg.det(local) <= 0 or not 0.2 < area_scale(matrix, middle) < 5:
        return None
    return _framing(
        matrix, (height, width), (live.band.shape[0], live.band.shape[1]), family == "perspective"
    )


def _framing(
    matrix: NDArray[np.float64], baseline: tuple[int, int], frame: tuple[int, int], perspective: bool
) -> Framing:
    """The map from baseline to frame, set against the ghost: the baseline as large as fits into the frame, centred."""
    height, width = baseline
    middle = np.array([(width - 1) / 2, (height - 1) / 2])
    local = local_map(matrix, middle)
    ghost = min(frame[0] / height, frame[1] / width)
    where = apply(matrix, middle[np.newaxis])[0]
    shift = (where - np.array([(frame[1] - 1) / 2, (frame[0] - 1) / 2])) / max(frame)
    turn = math.atan2(local[1, 0] - local[0, 1], local[0, 0] + local[1, 1])
    tilt = _tilt_deg(matrix, baseline) if perspective else (0.0, 0.0)
    return Framing(
        scale_ratio=area_scale(matrix, middle) / ghost,
        turn_deg=math.degrees(turn),
        shift=(float(shift[0]), float(shift[1])),
        tilt_deg=tilt,
    )


def _tilt_deg(matrix: NDArray[np.float64], baseline: tuple[int, int]) -> tuple[float, float]:
    """How far the skin is tilted against the baseline, about the upright and the level axis.

    On a plane tilted by phi the distance at the picture's edge is 1 +- t tan(phi) of that in the middle, t being
    `_HALF_FIELD`, and size goes with its inverse: (right - left) / (right + left) = t tan(phi). Local area scales
    with the distance's third power (area_scale: its root, 3/2), of which one power is the tilt's foreshortening.
    """
    height, width = baseline
    x, y = (width - 1) / 2, (height - 1) / 2
    reach = np.array([width, height]) / 4
    tilts: list[float] = []
    for axis in (np.array([1.0, 0.0]), np.array([0.0, 1.0])):
        low, high = (
            area_scale(matrix, np.array([x, y]) + sign * axis * reach) ** (2 / 3) for sign in (-1, 1)
        )
        # A quarter of the side from the middle is half way to the edge.
        at_edge = 2 * (high - low) / (high + low)
        tilts.append(math.degrees(math.atan(at_edge / (_HALF_FIELD * (axis @ reach) / reach.max()))))
    return tilts[0], tilts[1]


def _small(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Brought down to the long side that is compared, never enlarged."""
    factor = min(1.0, EFFORT.long_side_px / max(rgb.shape[:2]))
    if factor == 1.0:
        return rgb
    size = max(1, round(rgb.shape[1] * factor)), max(1, round(rgb.shape[0] * factor))
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
