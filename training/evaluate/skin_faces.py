"""Skin on whole faces: found on the cheeks, and not on lips, eyes, brows, hair and background.

The places come from the 189 hand-placed points of the London and Canada sets. Four in five of these people were in
the network's training set; `held_out` are the others.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.check import Instruments, check_photo
from training.evaluate.skin import SKINS, Look, Mask, three_skins
from training.evaluate.statistics import Interval, bootstrap
from training.render.canvas import HELD_OUT_EVERY, PUPIL_DISTANCE_MM, find_faces, person_number, read_points

#: Outer lip line in order; hulls of the eyes and of the brows; in front of the ears and under the eyes, each side.
_LIPS = (*range(87, 94), *range(108, 103, -1))
_EYES = ((18, 19, 20, 21, 22, 28, 29, 30), (23, 24, 25, 26, 27, 31, 32, 33))
_BROWS = ((71, 72, 73, 74, 75, 76, 83, 84), (77, 78, 79, 80, 81, 82, 85, 86))
_CHEEKS = (
    ((164, 44, 45, 158, 160), (185, 165), (186, 160)),
    ((167, 49, 48, 161, 163), (113, 168), (188, 163)),
)
#: Hairline, and the outline of the head above it.
_HAIRLINE, _HEAD_TOP = tuple(range(135, 144)), tuple(range(154, 147, -1))
_JAW_CORNERS = (126, 132)
#: Points lie this close to the true border, and thick hair stands off the head's outline by about this much.
_POINT_MM, _HAIR_MM, _AROUND_MM = 0.5, 4.0, 5.0


@dataclass(frozen=True, slots=True)
class FaceSkin:
    """One face. shares: of each place, the share taken for skin by each of `SKINS`."""

    photo: str
    held_out: bool
    shares: dict[str, dict[str, float]]


def evaluate_skin_faces(root: Path, instruments: Instruments, look: Look | None = None) -> list[FaceSkin]:
    """Skin on all faces with points below `root` (london/, canada/), each checked as `cicatrix score` does, its
    scale found in the picture."""
    thresholds = instruments.network.bundle.description.thresholds
    found: list[FaceSkin] = []
    for path in sorted(find_faces(root, held_out=True) + find_faces(root, held_out=False)):
        checked = check_photo(path, instruments)
        points = read_points(path.with_suffix(".tem"))
        points *= checked.maps.rgb.shape[1] / checked.photo.width_px
        mm_per_px = PUPIL_DISTANCE_MM / float(np.hypot(*(points[0] - points[1])))
        places = face_places(points, checked.skin.shape, mm_per_px)
        skins = dict(zip(SKINS, three_skins(checked, thresholds), strict=True))
        shares = {
            place: {name: float(skin[mask].mean()) for name, skin in skins.items()}
            for place, mask in places.items()
        }
        name = f"{path.parent.name}/{path.stem}"
        found.append(FaceSkin(name, person_number(path) % HELD_OUT_EVERY == 0, shares))
        if look is not None:
            look(name, checked.maps.rgb, checked.skin)
    return found


def face_places(points: NDArray[np.float64], shape: tuple[int, ...], mm_per_px: float) -> dict[str, Mask]:
    """(h, w) bool by name, those without any pixel left out. points: (189, 2), pixels of the picture.

    cheeks: skin. lips, eyes, brows: shrunk by the points' error. hair: between hairline and the head's outline,
    which on a bald head is skin. around: beside and above the head, hair that stands off and background.
    """

    def filled(outlines: list[NDArray[np.float64]], grow_mm: float) -> Mask:
        mask = np.zeros(shape, np.uint8)
        cv2.fillPoly(mask, [np.round(outline).astype(np.int32) for outline in outlines], 1)
        radius = max(1, round(abs(grow_mm) / mm_per_px))
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1,) * 2)
        return (cv2.dilate if grow_mm > 0 else cv2.erode)(mask, disc) > 0

    def hull(corners: NDArray[np.float64]) -> NDArray[np.float64]:
        return cv2.convexHull(corners.astype(np.float32))[:, 0].astype(np.float64)

    cheeks = [
        hull(np.vstack([points[list(inner)], *(0.75 * points[a] + 0.25 * points[b] for a, b in by_ear)]))
        for inner, *by_ear in _CHEEKS
    ]
    head = filled([hull(points)], _AROUND_MM)
    head[int(points[list(_JAW_CORNERS), 1].min()) :] = True
    places = {
        "cheeks": filled(cheeks, -_POINT_MM),
        "lips": filled([points[list(_LIPS)]], -_POINT_MM),
        "eyes": filled([hull(points[list(eye)]) for eye in _EYES], -_POINT_MM),
        "brows": filled([hull(points[list(brow)]) for brow in _BROWS], -_POINT_MM),
        "hair": filled([np.vstack([points[list(_HAIRLINE)], points[list(_HEAD_TOP)]])], -_HAIR_MM),
        "around": ~head,
    }
    return {name: mask for name, mask in places.items() if mask.any()}


def face_skin_figures(found: list[FaceSkin]) -> dict[str, Interval]:
    """Mean share of each place by set, with intervals over photographs, and the worst cheeks."""
    sets: dict[str, Callable[[FaceSkin], bool]] = {
        "canada": lambda face: face.photo.startswith("canada"),
        "london": lambda face: not face.photo.startswith("canada"),
        "held_out": lambda face: face.held_out,
    }
    figures: dict[str, Interval] = {}
    for name, wanted in sets.items():
        faces = [face for face in found if wanted(face)]
        for place in ("cheeks", "lips", "eyes", "brows", "hair", "around"):
            for skin in SKINS:
                shares = [face.shares[place][skin] for face in faces if place in face.shares]
                figures[f"{name}_{place}_{skin}"] = bootstrap(shares, _mean)
        worst = min((face.shares["cheeks"]["assessed"] for face in faces), default=None)
        figures[f"{name}_cheeks_assessed_worst"] = Interval(worst, None, None, len(faces))
    return figures


def _mean(shares: object) -> float | None:
    values = np.asarray(shares, float)
    return float(values.mean()) if values.size else None
