"""First guesses of how two photographs lie to each other: by their features, and by the points of their faces."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.change.features import EFFORTS, RIVAL_RATIO, Effort, Window, match_features, prepare, window_of
from inference.change.transforms import Points, agreeing, apply, best_fit, inverse, local_map, similar
from inference.measure.assessment import Evidence

#: Matches that agree with one map of the plane; fewer may agree by chance.
LEAST_INLIERS = 12
#: Inliers lie within this share of the long side: 1.1 mm on a cheek that fills the picture.
_INLIER_SHARE = 0.01
#: Matches this near to the plane's map belong to it, on skin that is curved and moves; farther ones are wrong.
_GATE_SHARE = 0.05
#: For a guess of last resort: matches hardly nearer than their rivals, all within so much of one similarity. What it is
#: worth is left to the marks of the skin that had no part in it.
_LOOSE_RATIO, _LOOSE_SHARE, LEAST_LOOSE = 0.95, 0.02, 8
TOO_FEW = "too few skin features match; the pose, the light or the focus may differ too much"
IMPLAUSIBLE = "the matched points do not fit one view of the same skin"


@dataclass(frozen=True, slots=True, eq=False)
class Guess:
    """method: in words. matrix: (3, 3) from working pixels of before to those of after. source, target: (n, 2)
    working pixels of before and after that are likely to be the same places."""

    method: str
    matrix: NDArray[np.float64]
    source: Points
    target: Points


def guesses(
    before: Evidence, after: Evidence, usable: Callable[[Points], NDArray[np.bool_]]
) -> Iterator[Guess | str]:
    """Guesses, or why there is none, the cheapest first; each is made when it is asked for.

    usable: which of (n, 2) working pixels of before may be used: those that are not held out.
    SIFT features on locally normalised luminance with MAGSAC++ (Barath et al., CVPR 2020), at two efforts; the points
    of the face where both photographs show one.
    """
    for effort in EFFORTS:
        source, target = _matches(before, after, effort)
        kept = usable(source)
        yield _planar("SIFT and MAGSAC++", before, after, source[kept], target[kept])
    if before.face is not None and after.face is not None:
        source, target = (
            one.face.points_px[:, :2].astype(np.float64) / np.array(one.photo_px_per_px)
            for one in (before, after)
            if one.face is not None
        )
        yield _planar("face mesh", before, after, source, target)
    yield _loose(before, after, usable)


def _matches(
    before: Evidence, after: Evidence, effort: Effort, colour: bool = False, rival_ratio: float = RIVAL_RATIO
) -> tuple[Points, Points]:
    """(n, 2) and (n, 2) matched working pixels."""
    small = [prepare(one.rgb, one.skin, effort, colour) for one in (before, after)]
    source, target = match_features(small[0], small[1], rival_ratio)
    return apply(inverse(small[0].to_small), source), apply(inverse(small[1].to_small), target)


def _loose(before: Evidence, after: Evidence, usable: Callable[[Points], NDArray[np.bool_]]) -> Guess | str:
    """One turn, scale and shift that many doubtful matches of light and of colour agree on."""
    both = [_matches(before, after, EFFORTS[0], colour, _LOOSE_RATIO) for colour in (False, True)]
    source, target = (np.concatenate(points) for points in zip(*both, strict=True))
    kept = usable(source)
    source, target = source[kept], target[kept]
    if len(source) < LEAST_LOOSE:
        return TOO_FEW
    long_side = window_of(after.skin).long_side
    found = similar(source, target, _LOOSE_SHARE * long_side)
    if found is None or np.count_nonzero(found[1]) < LEAST_LOOSE:
        return TOO_FEW
    matrix, near = found
    if not _plausible(matrix, window_of(before.skin)):
        return IMPLAUSIBLE
    return Guess("SIFT of light and colour, similarity", matrix, source[near], target[near])


def _planar(method: str, before: Evidence, after: Evidence, source: Points, target: Points) -> Guess | str:
    """The plane's map through the matches, and those near it, or why there is none."""
    if len(source) < LEAST_INLIERS:
        return TOO_FEW
    long_side = window_of(after.skin).long_side
    inlier = agreeing(source, target, _INLIER_SHARE * long_side)
    if np.count_nonzero(inlier) < LEAST_INLIERS:
        return TOO_FEW
    family, matrix = best_fit(source[inlier], target[inlier])
    if not _plausible(matrix, window_of(before.skin)):
        return IMPLAUSIBLE
    near = np.hypot(*(apply(matrix, source) - target).T) < _GATE_SHARE * long_side
    return Guess(f"{method}, {family}", matrix, source[near], target[near])


def _plausible(matrix: NDArray[np.float64], window: Window) -> bool:
    """No mirror image, no horizon within the window, no change of size over six times, no squeeze over two to one.

    The area's change under a map of the plane is its determinant by the depth cubed: where the depth keeps its sign,
    one place that is not mirrored says so for all, and the map folds nowhere.
    """
    corners = np.array(
        [(x, y, 1.0) for x in (window.left, window.right) for y in (window.top, window.bottom)]
    )
    depth = corners @ matrix[2]
    if depth.min() * depth.max() <= 0:
        return False
    for x, y in ((0.5, 0.5), (0.1, 0.1), (0.9, 0.1), (0.1, 0.9), (0.9, 0.9)):
        at = np.array([window.left + x * window.width, window.top + y * window.height])
        local = local_map(matrix, at)
        large, small = np.linalg.svd(local, compute_uv=False)
        if np.linalg.det(local) <= 0 or not 1 / 6 < small <= large < 6 or large > 2 * small:
            return False
    return True
