"""Other ways to register two photographs, as a yardstick for ours; each from the same first guess as ours has."""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.change.features import shrunk, shrunk_mask, window_of, worked_px
from inference.change.guess import Guess, guesses
from inference.change.transforms import Points, apply
from inference.measure.assessment import Evidence

#: Long side at which the peers work: that of our finest level for points, of our coarse one where pixels are compared,
#: as the cost of these grows with the picture.
_POINTS_PX, _PIXELS_PX = 1000, 600
#: Control points of the B-spline along a side, and rounds and trials of its optimizer at each of three scales: without
#: a bound on these it ran for minutes on skin of little detail.
_MESH, _ROUNDS, _TRIALS = 8, 30, 60
#: Share of pixels it compares.
_SAMPLED = 0.2

#: Maps (n, 2) working pixels of before to those of after.
Mapping = Callable[[Points], Points]
#: Takes both photographs and our first guess, None where there is none.
Peer = Callable[[Evidence, Evidence, Guess | None], Mapping | None]


def first_guess(before: Evidence, after: Evidence) -> Guess | None:
    """The plane's map from which the pixel-wise peers start: the same that ours starts from."""
    found = guesses(before, after, lambda points: np.ones(len(points), np.bool_))
    return next((guess for guess in found if not isinstance(guess, str)), None)


def guessed(before: Evidence, after: Evidence, guess: Guess | None) -> Mapping | None:
    """Our first guess alone, without anything dense."""
    return None if guess is None else lambda points: apply(guess.matrix, points)


def sift_homography(before: Evidence, after: Evidence, guess: Guess | None) -> Mapping | None:
    """The textbook, without our guess: SIFT on grey pictures, the 4000 strongest, Lowe's ratio 0.75, RANSAC at 3 px."""
    sift = cv2.SIFT_create(nfeatures=4000)  # pyright: ignore[reportAttributeAccessIssue]
    found = []
    for one in (before, after):
        small, to_small = shrunk(one.rgb, worked_px(_POINTS_PX, window_of(one.skin)), window_of(one.skin))
        keys, described = sift.detectAndCompute(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), None)
        if described is None or len(keys) < 4:
            return None
        found.append((np.array([key.pt for key in keys]), described, to_small))
    (points_b, described_b, small_b), (points_a, described_a, small_a) = found
    pairs: Any = cv2.BFMatcher().knnMatch(described_b, described_a, k=2)
    kept = [two[0] for two in pairs if len(two) == 2 and two[0].distance < 0.75 * two[1].distance]
    if len(kept) < 4:
        return None
    source = points_b[[m.queryIdx for m in kept]]
    target = points_a[[m.trainIdx for m in kept]]
    matrix = cv2.findHomography(source, target, cv2.RANSAC, 3.0)[0]
    return None if matrix is None else _through(np.asarray(matrix), small_b, small_a)


def ecc(family: str) -> Peer:
    """OpenCV's enhanced correlation coefficient (Evangelidis & Psarakis, IEEE PAMI 2008;30:1858), affine or
    perspective, from our first guess: 100 rounds or a change under 1e-5, behind a filter of 5 px."""

    def register(before: Evidence, after: Evidence, guess: Guess | None) -> Mapping | None:
        if guess is None:
            return None
        grey_b, small_b, grey_a, small_a, start = _small_pair(before, after, guess.matrix)
        skin = shrunk_mask(before.skin, grey_b.shape, window_of(before.skin))
        mask = np.where(skin, 255, 0).astype(np.uint8)
        warp = (start / start[2, 2]).astype(np.float32)
        kind = cv2.MOTION_HOMOGRAPHY if family == "perspective" else cv2.MOTION_AFFINE
        warp = warp if family == "perspective" else np.ascontiguousarray(warp[:2])
        stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 100, 1e-5)
        try:
            found = cv2.findTransformECCWithMask(
                grey_b, grey_a, mask, np.full_like(grey_a, 255), warp, kind, stop, 5
            )[1]
        except cv2.error:  # it says so where it does not converge
            return None
        matrix = np.asarray(found, np.float64)
        matrix = matrix if len(matrix) == 3 else np.vstack([matrix, [0, 0, 1]])
        return _through(matrix, small_b, small_a)

    return register


def b_spline(before: Evidence, after: Evidence, guess: Guess | None) -> Mapping | None:
    """SimpleITK's B-spline of 8 by 8 control points on our first guess, correlation of grey pictures, L-BFGS-B, three
    scales (Lowekamp et al., Front Neuroinform 2013;7:45)."""
    import SimpleITK as sitk  # noqa: N813 - its own documentation calls it so

    if guess is None:
        return None
    grey_b, small_b, grey_a, _, start = _small_pair(before, after, guess.matrix)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    laid = cv2.warpPerspective(
        grey_a, start, grey_b.shape[::-1], flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    fixed, moving = (sitk.GetImageFromArray(g.astype(np.float32)) for g in (grey_b, laid))
    spline = sitk.BSplineTransformInitializer(fixed, [_MESH, _MESH])
    method = sitk.ImageRegistrationMethod()
    method.SetMetricAsCorrelation()
    mask = shrunk_mask(before.skin, grey_b.shape, window_of(before.skin)).astype(np.uint8)
    method.SetMetricFixedMask(sitk.GetImageFromArray(mask))
    method.SetMetricSamplingStrategy(method.REGULAR)
    method.SetMetricSamplingPercentage(_SAMPLED)
    method.SetInterpolator(sitk.sitkLinear)
    method.SetOptimizerAsLBFGSB(
        gradientConvergenceTolerance=1e-5,
        numberOfIterations=_ROUNDS,
        maximumNumberOfFunctionEvaluations=_TRIALS,
    )
    method.SetShrinkFactorsPerLevel([4, 2, 1])
    method.SetSmoothingSigmasPerLevel([2, 1, 0])
    method.SetInitialTransform(spline, True)
    method.SetNumberOfThreads(1)
    try:
        method.Execute(fixed, moving)
    except RuntimeError:
        return None

    def mapped(points: Points) -> Points:
        at_small = apply(small_b, points)
        moved = np.array([spline.TransformPoint(place) for place in at_small.tolist()])
        return apply(guess.matrix @ np.linalg.inv(small_b), moved)

    return mapped


def _small_pair(
    before: Evidence, after: Evidence, matrix: NDArray[np.float64]
) -> tuple[
    NDArray[np.uint8], NDArray[np.float64], NDArray[np.uint8], NDArray[np.float64], NDArray[np.float64]
]:
    """Grey pictures with their scalings, and the plane's map between them."""
    (rgb_b, small_b), (rgb_a, small_a) = (
        shrunk(one.rgb, worked_px(_PIXELS_PX, window_of(one.skin)), window_of(one.skin))
        for one in (before, after)
    )
    grey_b, grey_a = (np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8) for rgb in (rgb_b, rgb_a))
    return grey_b, small_b, grey_a, small_a, small_a @ matrix @ np.linalg.inv(small_b)


def _through(
    matrix: NDArray[np.float64], small_b: NDArray[np.float64], small_a: NDArray[np.float64]
) -> Mapping:
    whole = np.linalg.inv(small_a) @ matrix @ small_b
    return lambda points: apply(whole, points)


PEERS: dict[str, Peer] = {
    "first guess only": guessed,
    "SIFT + homography": sift_homography,
    "ECC affine": ecc("affine"),
    "ECC perspective": ecc("perspective"),
    "SimpleITK B-spline": b_spline,
}
