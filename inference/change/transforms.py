"""Similarity, affine and perspective maps of the plane: fitted to points, chosen by what they predict."""

from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]

#: A larger family of maps must predict left-out points better by this factor to be taken.
_CLEARLY_BETTER = 0.9
#: Points a family needs at least, four times its freedom over two.
_LEAST_POINTS = {"similarity": 4, "affine": 12, "perspective": 24}


def apply(matrix: NDArray[np.float64], points: Points) -> Points:
    """(n, 2) points mapped by a (3, 3) matrix."""
    moved = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    return moved[:, :2] / moved[:, 2:]


def inverse(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """(3, 3) map the other way."""
    return np.asarray(np.linalg.inv(matrix), np.float64)


def area_scale(matrix: NDArray[np.float64], at: Points) -> float:
    """Length in the target per length in the source around one point (2,), from the local change of area."""
    return float(np.sqrt(abs(np.linalg.det(local_map(matrix, at)))))


def local_map(matrix: NDArray[np.float64], at: Points) -> NDArray[np.float64]:
    """(2, 2) change of the target for a pixel's step right (first column) and down around one point (2,)."""
    start, right, down = apply(matrix, at + np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]))
    return np.column_stack([right - start, down - start])


def best_fit(source: Points, target: Points) -> tuple[str, NDArray[np.float64]]:
    """The simplest family that predicts well, and its least-squares matrix (3, 3).

    Families are compared by the median error on the half of the points that each fit has not seen.
    Raises ValueError with fewer than 4 points.
    """
    if len(source) < _LEAST_POINTS["similarity"]:
        raise ValueError("at least 4 matched points are needed")
    chosen, chosen_error = "similarity", _left_out_error("similarity", source, target)
    for family in ("affine", "perspective"):
        if len(source) < _LEAST_POINTS[family]:
            break
        error = _left_out_error(family, source, target)
        if error < _CLEARLY_BETTER * chosen_error:
            chosen, chosen_error = family, error
    return chosen, fit(chosen, source, target)


def agreeing(source: Points, target: Points, inlier_px: float) -> NDArray[np.bool_]:
    """(n,) bool: the matches that one perspective map explains, by MAGSAC++ (Barath et al., CVPR 2020)."""
    mask = cv2.findHomography(source, target, cv2.USAC_MAGSAC, inlier_px, maxIters=5000, confidence=0.9999)[1]
    return np.asarray(mask, np.uint8).ravel() > 0


def similar(
    source: Points, target: Points, inlier_px: float
) -> tuple[NDArray[np.float64], NDArray[np.bool_]] | None:
    """(3, 3) similarity that most matches agree with, and which do, (n,) bool; None where none is found. RANSAC
    (Fischler & Bolles, CACM 1981;24:381), with a seed of OpenCV's own."""
    rows, mask = cv2.estimateAffinePartial2D(
        source, target, method=cv2.RANSAC, ransacReprojThreshold=inlier_px, maxIters=5000, confidence=0.9999
    )
    found = cast(NDArray[np.float64] | None, rows)
    if found is None:
        return None
    return np.vstack([found, [0, 0, 1]]), np.asarray(mask, np.uint8).ravel() > 0


def _left_out_error(family: str, source: Points, target: Points) -> float:
    odd = np.arange(len(source)) % 2 == 1
    errors = [
        np.hypot(*(apply(fit(family, source[kept], target[kept]), source[~kept]) - target[~kept]).T)
        for kept in (odd, ~odd)
    ]
    return float(np.median(np.concatenate(errors)))


def fit(family: str, source: Points, target: Points) -> NDArray[np.float64]:
    """(3, 3) least-squares matrix from `source` to `target`, (n, 2) each."""
    if family == "perspective":
        matrix = cast(NDArray[np.float64] | None, cv2.findHomography(source, target, 0)[0])
        return fit("affine", source, target) if matrix is None else matrix
    if family == "affine":
        design = np.column_stack([source, np.ones(len(source))])
        rows = np.linalg.lstsq(design, target, rcond=None)[0].T
        return np.vstack([rows, [0, 0, 1]])
    return _similarity(source, target)


def _similarity(source: Points, target: Points) -> NDArray[np.float64]:
    """Turn, one scale and shift: Umeyama, IEEE PAMI 1991;13:376, in the plane, by its closed form."""
    centre_s, centre_t = source.mean(axis=0), target.mean(axis=0)
    s, t = source - centre_s, target - centre_t
    spread = max(float((s**2).sum()), 1e-12)
    cosine = float((s * t).sum()) / spread
    sine = float((s[:, 0] * t[:, 1] - s[:, 1] * t[:, 0]).sum()) / spread
    turn = np.array([[cosine, -sine], [sine, cosine]])
    shift = centre_t - turn @ centre_s
    return np.vstack([np.column_stack([turn, shift]), [0, 0, 1]])
