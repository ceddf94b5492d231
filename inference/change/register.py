"""Lay the after photograph over the before photograph, and say how well that went and whether it is the same skin."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from inference.change.comparison import Registration
from inference.change.confidence import local_likeness
from inference.change.dense import dense_map
from inference.change.follow import Followed, Seen, follow, look_at
from inference.change.guess import TOO_FEW, guesses
from inference.change.marks import HALF_PX, near_marks
from inference.change.transforms import Points, apply
from inference.measure.assessment import Evidence

#: Part of the before picture's skin that must be seen after as well.
LEAST_OVERLAP = 0.5
#: Field notes D2: a median residual over 2 mm is flagged, at most 1 mm is good.
LARGEST_RESIDUAL_MM = 2.0
#: A guess under which so many marks lie at their place needs no rival.
_DECISIVE = 0.3
OTHER_SKIN = (
    "fine detail of the skin does not agree where its forms do: another person, the other side or another part, "
    "or pictures too blunt to tell"
)


@dataclass(frozen=True, slots=True, eq=False)
class Alignment:
    """How to carry the after picture into the before picture's working frame.

    map_xy: (h, w, 2) float32, where each working pixel of before lies in after's working pixels; None when
    unusable. It never folds. common: (h, w) bool, skin seen in both. matrix: (3, 3), the plane's part of the map.
    confidence: (h, w) float32, 0..1, how far the pictures themselves bear out the map at each pixel, by their local
    correlation; 0 off the common skin; None when unusable.
    reason: why it is unusable, a clause that completes "The photographs could not be aligned:".
    """

    registration: Registration
    reason: str | None = None
    map_xy: NDArray[np.float32] | None = None
    common: NDArray[np.bool_] | None = None
    matrix: NDArray[np.float64] | None = None
    confidence: NDArray[np.float32] | None = None


def align(before: Evidence, after: Evidence) -> Alignment:
    """Register two photographs of the same skin, of any scale and light. Deterministic.

    Guesses by features and by faces are followed to a dense map each until one is borne out by skin marks that had no
    part in it. The best is refused where the marks do not lie where it puts them: then it is not the same skin.
    The residual is the median distance of the marks from where the map without them puts them.
    """
    seen = look_at(before)
    reason, best = TOO_FEW, None
    for guess in guesses(before, after, _usable(seen)):
        if isinstance(guess, str):
            reason = guess
            continue
        followed = follow(seen, after, guess)
        if best is None or followed.agreement.beyond_chance > best.agreement.beyond_chance:
            best = followed
        if best.agreement.beyond_chance >= _DECISIVE:
            break
    if best is None:
        return Alignment(Registration("SIFT and MAGSAC++", False, None, None, None), reason)
    return _judged(before, after, best)


def _usable(seen: Seen) -> Callable[[Points], NDArray[np.bool_]]:
    """Which working pixels of before are far enough from all marks."""

    def usable(points: Points) -> NDArray[np.bool_]:
        return ~near_marks(apply(seen.fine.to_small, points), seen.marks, 2 * HALF_PX)

    return usable


def _judged(before: Evidence, after: Evidence, followed: Followed) -> Alignment:
    """The map at the working scale, and whether it is good enough to measure with."""
    marks, matrix, laid = followed.agreement, followed.guess.matrix, followed.laid
    method = f"{followed.guess.method}, dense field"
    if not marks.same_skin:
        return Alignment(Registration(method, False, None, None, None), OTHER_SKIN)
    to_small = laid.view.to_small
    map_xy = dense_map(matrix, laid.field, to_small, before.skin.shape)
    common = before.skin & carry_mask(after.skin, map_xy)
    overlap = float(np.count_nonzero(common) / max(np.count_nonzero(before.skin), 1))
    residual_px = None if marks.residual_px is None else marks.residual_px / float(to_small[0, 0])
    residual_mm = None if residual_px is None else residual_px * before.mm_per_px
    reason = _objection(overlap, residual_mm)
    registration = Registration(method, reason is None, residual_px, residual_mm, overlap)
    if reason is not None:
        return Alignment(registration, reason, matrix=matrix)
    likeness = local_likeness(laid.view.detail, laid.after)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size = common.shape[::-1]
    large = cv2.warpAffine(likeness, to_small[:2], size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return Alignment(registration, None, map_xy, common, matrix, np.where(common, large, np.float32(0)))


def _objection(overlap: float, residual_mm: float | None) -> str | None:
    if overlap < LEAST_OVERLAP:
        return f"only {overlap:.0%} of the skin in the first is seen in the second"
    if residual_mm is None:
        return TOO_FEW
    if residual_mm > LARGEST_RESIDUAL_MM:
        return f"matched points still lie {residual_mm:.1f} mm apart"
    return None


def carry(picture: NDArray[np.uint8], map_xy: NDArray[np.float32]) -> NDArray[np.uint8]:
    """(h, w, 3) uint8 picture of after in the before frame; black where after does not reach."""
    return np.asarray(_remap(picture, map_xy), np.uint8)


def _remap(
    picture: NDArray[np.uint8] | NDArray[np.float32],
    map_xy: NDArray[np.float32],
    interpolation: int = cv2.INTER_LINEAR,
) -> MatLike:
    x, y = (np.ascontiguousarray(map_xy[..., k]) for k in (0, 1))
    return cv2.remap(picture, x, y, interpolation)


def carry_heights(heights: NDArray[np.float32], map_xy: NDArray[np.float32]) -> NDArray[np.float32]:
    """(h, w) float32 heights of after in the before frame; values are kept, 0 where after does not reach."""
    return np.asarray(_remap(heights, map_xy), np.float32)


def carry_labels(labels: NDArray[np.int32], map_xy: NDArray[np.float32]) -> NDArray[np.int32]:
    """(h, w) int32 labels of after in the before frame, by the nearest pixel; 0 where after does not reach."""
    # OpenCV has no remap of 32-bit integers; float32 holds labels up to 16 million exactly.
    return np.asarray(_remap(labels.astype(np.float32), map_xy, cv2.INTER_NEAREST)).astype(np.int32)


def carry_mask(mask: NDArray[np.bool_], map_xy: NDArray[np.float32]) -> NDArray[np.bool_]:
    """(h, w) bool mask of after in the before frame, by the nearest pixel."""
    return carry_labels(mask.astype(np.int32), map_xy) > 0
