"""Lay the after photograph over the before photograph, and say how well that went."""

from dataclasses import dataclass

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from inference.change.comparison import Registration
from inference.change.features import EFFORTS, Registered, match_features, prepare
from inference.change.flow import smooth_flow
from inference.change.transforms import Points, agreeing, apply, area_scale, best_fit, local_map
from inference.measure.assessment import Evidence

#: Matches that agree with one map of the plane; fewer may agree by chance.
LEAST_INLIERS = 12
#: Matches left out of the fit that lie near where it puts them; fewer say nothing about the residual.
LEAST_HELD_OUT = 5
#: Part of the before picture's skin that must be seen after as well.
LEAST_OVERLAP = 0.5
#: Field notes D2: a median residual over 2 mm is flagged, at most 1 mm is good.
LARGEST_RESIDUAL_MM = 2.0
#: Inliers lie within this share of the long side: 1.1 mm on a cheek that fills the picture.
_INLIER_SHARE = 0.01
#: Left-out matches farther off than this share are taken as wrong matches, not as misalignment.
_GATE_SHARE = 0.03
#: Every third match is left out of the fit and of the choice of method.
_HOLD_OUT_EVERY = 3


@dataclass(frozen=True, slots=True, eq=False)
class Alignment:
    """How to carry the after picture into the before picture's working frame.

    map_xy: (h, w, 2) float32, where each working pixel of before lies in after's working pixels; None when
    unusable. common: (h, w) bool, skin seen in both. matrix: (3, 3), the plane's part of the map.
    reason: why it is unusable, a clause that completes "The photographs could not be aligned:".
    """

    registration: Registration
    reason: str | None = None
    map_xy: NDArray[np.float32] | None = None
    common: NDArray[np.bool_] | None = None
    matrix: NDArray[np.float64] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Coarse:
    """Map of the plane between registration pictures, and matches used (fit) and left out (held)."""

    family: str
    matrix: NDArray[np.float64]
    fit: tuple[Points, Points]
    held: tuple[Points, Points]


def align(before: Evidence, after: Evidence) -> Alignment:
    """Register two photographs of the same skin, of any scale and light. Deterministic.

    SIFT features on locally normalised luminance, MAGSAC++ (Barath et al., CVPR 2020) and the simplest map of
    the plane that predicts left-out points, then a smooth dense flow where it brings the matches closer.
    The residual is the median distance over matches that had no part in any of it.
    """
    reason = ""
    for effort in EFFORTS:
        small_b, small_a = prepare(before.rgb, before.skin, effort), prepare(after.rgb, after.skin, effort)
        coarse = _coarse(small_b, small_a)
        if not isinstance(coarse, str):
            return _refined(before, after, small_b, small_a, coarse)
        reason = coarse
    return Alignment(Registration("SIFT and MAGSAC++", False, None, None, None), reason)


def _refined(
    before: Evidence, after: Evidence, small_b: Registered, small_a: Registered, coarse: _Coarse
) -> Alignment:
    """The dense map from the plane's map, and whether it is good enough to measure with."""
    flow = _accepted_flow(small_b, small_a, coarse)
    residual_px = _residual(coarse, flow, *coarse.held) / float(small_b.to_small[0, 0])
    matrix = np.linalg.inv(small_a.to_small) @ coarse.matrix @ small_b.to_small
    map_xy = _dense_map(matrix, flow, before.skin.shape, small_b)
    common = before.skin & carry_mask(after.skin, map_xy)
    overlap = float(np.count_nonzero(common) / max(np.count_nonzero(before.skin), 1))
    residual_mm = residual_px * before.mm_per_px
    reason = _objection(overlap, residual_mm)
    method = f"SIFT and MAGSAC++, {coarse.family}" + ("" if flow is None else ", dense flow")
    registration = Registration(method, reason is None, residual_px, residual_mm, overlap)
    if reason is not None:
        return Alignment(registration, reason, matrix=matrix)
    return Alignment(registration, None, map_xy, common, matrix)


def _objection(overlap: float, residual_mm: float) -> str | None:
    if overlap < LEAST_OVERLAP:
        return f"only {overlap:.0%} of the skin in the first is seen in the second"
    if residual_mm > LARGEST_RESIDUAL_MM:
        return f"matched points still lie {residual_mm:.1f} mm apart"
    return None


def _coarse(before: Registered, after: Registered) -> _Coarse | str:
    """The plane's map, or why there is none."""
    source, target = match_features(before, after)
    held = np.arange(len(source)) % _HOLD_OUT_EVERY == _HOLD_OUT_EVERY - 1
    too_few = "too few skin features match; the pose, the light or the focus may differ too much"
    if np.count_nonzero(~held) < LEAST_INLIERS:
        return too_few
    inlier = agreeing(source[~held], target[~held], _INLIER_SHARE * max(after.band.shape))
    if np.count_nonzero(inlier) < LEAST_INLIERS:
        return too_few
    used = np.flatnonzero(~held)[inlier]
    family, matrix = best_fit(source[used], target[used])
    if not _plausible(matrix, before):
        return "the matched points do not fit one view of the same skin"
    error = np.hypot(*(apply(matrix, source) - target).T)
    near = held & (error < _GATE_SHARE * max(after.band.shape))
    if np.count_nonzero(near) < LEAST_HELD_OUT:
        return too_few
    return _Coarse(family, matrix, (source[used], target[used]), (source[near], target[near]))


def _plausible(matrix: NDArray[np.float64], before: Registered) -> bool:
    """No mirror image, no change of size over four times, no squeeze over two to one in any part."""
    height, width = before.band.shape
    for x, y in ((0.5, 0.5), (0.1, 0.1), (0.9, 0.1), (0.1, 0.9), (0.9, 0.9)):
        local = local_map(matrix, np.array([x * width, y * height]))
        large, small = np.linalg.svd(local, compute_uv=False)
        if np.linalg.det(local) <= 0 or not 0.25 < small <= large < 4 or large > 2 * small:
            return False
    return True


def _accepted_flow(before: Registered, after: Registered, coarse: _Coarse) -> NDArray[np.float32] | None:
    """(h, w, 2) flow in `before.band`, or None where it does not bring the fitted matches closer."""
    size = (before.band.shape[1], before.band.shape[0])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    laid = np.asarray(
        cv2.warpPerspective(after.band, coarse.matrix, size, flags=flags, borderValue=128), np.uint8
    )
    seen = cv2.warpPerspective(np.ones_like(after.band), coarse.matrix, size, flags=flags) > 0
    flow = smooth_flow(before.band, laid, seen & before.skin)
    better = _residual(coarse, flow, *coarse.fit) < _residual(coarse, None, *coarse.fit)
    return flow if better else None


def _residual(coarse: _Coarse, flow: NDArray[np.float32] | None, source: Points, target: Points) -> float:
    """Median distance in pixels of `before.band` between where points are put and where they were found."""
    moved = source
    if flow is not None:
        x, y = np.rint(source).astype(np.intp).T
        moved = source + flow[np.clip(y, 0, flow.shape[0] - 1), np.clip(x, 0, flow.shape[1] - 1)]
    distance = np.hypot(*(apply(coarse.matrix, moved) - target).T)
    return float(np.median(distance)) / area_scale(coarse.matrix, source.mean(axis=0))


def _dense_map(
    matrix: NDArray[np.float64],
    flow: NDArray[np.float32] | None,
    shape: tuple[int, ...],
    small: Registered,
) -> NDArray[np.float32]:
    """(h, w, 2) float32: for each working pixel of before its place in after's working picture."""
    height, width = shape
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    if flow is not None:
        large = np.asarray(cv2.resize(flow, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
        x = x + large[..., 0] / np.float32(small.to_small[0, 0])
        y = y + large[..., 1] / np.float32(small.to_small[1, 1])
    m = matrix.astype(np.float32)
    depth = m[2, 0] * x + m[2, 1] * y + m[2, 2]
    across, down = m[0, 0] * x + m[0, 1] * y + m[0, 2], m[1, 0] * x + m[1, 1] * y + m[1, 2]
    return np.stack([across / depth, down / depth], axis=-1)


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
