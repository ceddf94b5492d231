"""How to hold the camera so that the skin comes to lie as in the baseline: one instruction at a time."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from inference.face.find import FaceFinder
from inference.web import texts
from inference.web.framing import Baseline, Framing, frame_against

Way = Literal["closer", "back", "turn", "left", "right", "up", "down", "tilt", "head", "chin", "lost", "hold"]

#: What may stay. Size within 5 % and turn within 3 degrees are field notes D2; a tilt of 5 degrees is their limit
#: for the pose; a shift of 6 % of the long side leaves nine tenths of the skin in both pictures.
SIZE_LIMIT, TURN_LIMIT_DEG, TILT_LIMIT_DEG, SHIFT_LIMIT = 0.05, 3.0, 5.0, 0.06


@dataclass(frozen=True, slots=True)
class Hint:
    """One instruction. `ok` when the picture may be taken; framing is None where the skin was not recognised."""

    text: str
    way: Way
    ok: bool
    framing: Framing | None


def hint(
    baseline: Baseline,
    frame_rgb: NDArray[np.uint8],
    finder: FaceFinder | None = None,
    *,
    mirrored: bool = False,
) -> Hint:
    """What to do next, from the baseline and (h, w, 3) uint8 sRGB of the live picture. Stores nothing.

    finder: None goes by the skin's features alone. mirrored: the live picture is shown as in a mirror, as usual for
    a camera beside the screen; left and right in the words follow what is shown.
    """
    framing = frame_against(baseline, frame_rgb, finder)
    if framing is None:
        return Hint(texts.HINTS["lost"], "lost", False, None)
    seen = _in_mirror(framing) if mirrored else framing
    leaning = seen.tilt_deg if seen.head_deg is None else seen.head_deg
    off = {
        "size": abs(math.log(seen.scale_ratio)) / math.log1p(SIZE_LIMIT),
        "turn": abs(seen.turn_deg) / TURN_LIMIT_DEG,
        "shift": math.hypot(*seen.shift) / SHIFT_LIMIT,
        "lean": math.hypot(*leaning) / TILT_LIMIT_DEG,
    }
    worst = max(off, key=lambda name: off[name])
    if off[worst] <= 1:
        return Hint(texts.HINTS["hold"], "hold", True, framing)
    way, words = _instruction(worst, seen)
    return Hint(texts.HINTS[way].format(*words), way, False, framing)


def _in_mirror(framing: Framing) -> Framing:
    head = framing.head_deg
    return Framing(
        framing.scale_ratio,
        -framing.turn_deg,
        (-framing.shift[0], framing.shift[1]),
        (-framing.tilt_deg[0], framing.tilt_deg[1]),
        None if head is None else (-head[0], head[1]),
    )


def _instruction(worst: str, seen: Framing) -> tuple[Way, tuple[str, ...]]:
    match worst:
        case "size":
            return _distance(seen.scale_ratio)
        case "turn":
            # Skin that lies turned clockwise in the picture is set right by turning the camera clockwise.
            sense = texts.SENSES["clockwise" if seen.turn_deg > 0 else "counterclockwise"]
            return "turn", (f"{abs(seen.turn_deg):.0f}°", sense)
        case "shift":
            return _direction(*seen.shift), ()
        case _ if seen.head_deg is not None:
            return _head(*seen.head_deg)
        case _:
            return "tilt", (_nearer(*seen.tilt_deg), f"{math.hypot(*seen.tilt_deg):.0f}°")


def _distance(scale_ratio: float) -> tuple[Way, tuple[str, ...]]:
    """Size goes with the inverse of the distance: at 0.8 of the size, 0.8 of the distance is right."""
    if scale_ratio < 1:
        return "closer", (f"{100 * (1 - scale_ratio):.0f} %",)
    return "back", (f"{100 * (scale_ratio - 1):.0f} %",)


def _direction(shift_x: float, shift_y: float) -> Way:
    """The camera goes the way in which the skin has slipped."""
    if abs(shift_x) >= abs(shift_y):
        return "right" if shift_x > 0 else "left"
    return "down" if shift_y > 0 else "up"


def _head(yaw_deg: float, pitch_deg: float) -> tuple[Way, tuple[str, ...]]:
    """The head goes back by what it has turned too far: a nose that points too far right goes left."""
    if abs(yaw_deg) >= abs(pitch_deg):
        return "head", (f"{abs(yaw_deg):.0f}°", texts.EDGES["left" if yaw_deg > 0 else "right"])
    return "chin", (texts.CHIN["lower" if pitch_deg > 0 else "raise"], f"{abs(pitch_deg):.0f}°")


def _nearer(tilt_x: float, tilt_y: float) -> str:
    if abs(tilt_x) >= abs(tilt_y):
        return texts.EDGES["right" if tilt_x > 0 else "left"]
    return texts.EDGES["bottom" if tilt_y > 0 else "top"]
