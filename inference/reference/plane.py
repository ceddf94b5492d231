"""A flat card in the photograph: its homography from corners, the scale there, and how sure that is."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Corner noise that is never beaten, px of the picture the corners were refined on: demosaicing and JPEG move edges by
#: that much together, which residuals of one card do not show. A convention of ours, checked by `evaluate scale`.
MIN_CORNER_SD_PX = 0.05
#: How far blur, bleeding light and spreading ink may move all edges of the squares in or out, px of that picture. Weak:
#: it only keeps the fit from running away where the corners do not determine it.
INSET_SD_PX = 1.0
#: Step for derivatives of the scale by the homography's (normalized) entries.
_STEP = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """homography: (3, 3) float64, mm on the card to px in the photograph. residual_px: root mean square of the
    corners. log_scale_sd: standard error of the logarithm of the scale, from the corners alone. tilt_log: logarithm
    of the ratio of the largest to the smallest px/mm over directions; 0 when the camera looks straight down.
    """

    homography: Floats
    mm_per_px: float
    residual_px: float
    log_scale_sd: float
    tilt_log: float

    def to_px(self, points_mm: NDArray[np.floating]) -> NDArray[np.float32]:
        """(n, 2) mm on the card -> (n, 2) px."""
        points = np.asarray(points_mm, np.float64).reshape(-1, 1, 2)
        return cv2.perspectiveTransform(points, self.homography).reshape(-1, 2).astype(np.float32)


def fit_plane(
    corners_mm: Floats, centres_mm: Floats, corners_px: Floats, noise_px: float, at_mm: Floats
) -> Plane | None:
    """Least squares over all corners of a card, with one inset that all its squares share.

    corners_mm, centres_mm, corners_px: (n, 2), each corner's place, the middle of its square, and where it was found.
    noise_px: MIN_CORNER_SD_PX in px of the photograph. at_mm: (2,), where to read the scale. Blur with bleeding
    light, and ink, move every edge of a black square along its normal by one amount: left alone, this would read as
    scale across a strip. The squares' distance against their size tells it apart. None where no plane fits.

    The scale is the root of the area of one px on the card, so areas on the card's plane come out right under tilt.
    """
    start, _ = cv2.findHomography(corners_mm, corners_px)
    if start is None:  # pyright: ignore[reportUnnecessaryComparison]  # OpenCV's stubs leave it out
        return None
    unit_mm = float(np.abs(corners_mm - at_mm).max())
    to_unit = np.array([[unit_mm, 0, at_mm[0]], [0, unit_mm, at_mm[1]], [0, 0, 1.0]])
    entries = np.asarray(start, np.float64) @ to_unit
    if abs(entries[2, 2]) < 1e-9 * np.abs(entries).max():
        return None
    entries = (entries / entries[2, 2]).ravel()[:8]
    places, inward = (corners_mm - at_mm) / unit_mm, np.sign(centres_mm - corners_mm) / unit_mm
    px_per_mm = 1 / _mm_per_px(entries, unit_mm)

    def residuals(parameters: Floats) -> Floats:
        inset_mm = parameters[8] * noise_px / MIN_CORNER_SD_PX / px_per_mm
        gap = _project(parameters[:8], places + inset_mm * inward) - corners_px
        return np.append(gap.ravel() / noise_px, parameters[8] / INSET_SD_PX)

    fitted = _gauss_newton(residuals, np.append(entries, 0.0))
    if fitted is None:
        return None
    best, covariance = fitted
    homography = np.append(best[:8], 1.0).reshape(3, 3) @ np.linalg.inv(to_unit)
    gap = residuals(best)[:-1] * noise_px
    return _plane(best, covariance, unit_mm, homography, float(np.sqrt(np.mean(gap**2))))


def _plane(
    best: Floats, covariance: Floats, unit_mm: float, homography: Floats, residual_px: float
) -> Plane | None:
    mm_per_px = _mm_per_px(best, unit_mm)
    if not 1e-6 < mm_per_px < 1e6:
        return None
    slope = np.zeros(len(best))
    for index in range(8):
        moved = best.copy()
        step = _STEP * max(1.0, abs(float(best[index])))
        moved[index] += step
        slope[index] = math.log(_mm_per_px(moved, unit_mm) / mm_per_px) / step
    stretch = np.linalg.svd(_jacobian(best), compute_uv=False)
    variance = max(float(slope @ covariance @ slope), 0.0)
    return Plane(
        homography, mm_per_px, residual_px, math.sqrt(variance), float(np.log(stretch[0] / stretch[1]))
    )


def _gauss_newton(residuals: Callable[[Floats], Floats], start: Floats) -> tuple[Floats, Floats] | None:
    """Best parameters and their covariance, scaled up where the residuals exceed the assumed noise.

    The start is a least squares homography already, so undamped steps converge.
    """
    best = start
    inverse = np.empty((0, 0))
    for _ in range(6):
        now = residuals(best)
        steps = _STEP * np.maximum(1.0, np.abs(best))
        slopes = np.stack([(residuals(best + step) - now) / step.sum() for step in np.diag(steps)], axis=1)
        try:
            inverse = np.linalg.inv(slopes.T @ slopes)
        except np.linalg.LinAlgError:
            return None
        best = best - inverse @ slopes.T @ now
    left = residuals(best)
    if not np.isfinite(left).all():
        return None
    freedom = len(left) - len(best)
    return best, inverse * max(1.0, float(left @ left) / freedom)


def _project(entries: Floats, places: Floats) -> Floats:
    matrix = np.append(entries, 1.0).reshape(3, 3)
    mapped = np.column_stack([places, np.ones(len(places))]) @ matrix.T
    return mapped[:, :2] / mapped[:, 2:]


def _jacobian(parameters: Floats) -> Floats:
    """(2, 2) derivative of px by unit lengths where the scale is read, which is the origin."""
    h = parameters
    return np.array([[h[0] - h[6] * h[2], h[1] - h[7] * h[2]], [h[3] - h[6] * h[5], h[4] - h[7] * h[5]]])


def _mm_per_px(parameters: Floats, unit_mm: float) -> float:
    return unit_mm / math.sqrt(max(float(np.linalg.det(_jacobian(parameters))), 1e-300))
