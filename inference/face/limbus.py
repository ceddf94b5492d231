"""The edge of an iris, measured on the photograph itself: the network's points alone are too coarse for a scale."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.face.frames import Frame, Pyramid

# Conventions of ours.
#: The crop: its pixels along a side, and its side by the iris's diameter.
CROP_PX, CROP_BY_IRIS = 96, 1.6
#: Rays, degrees above and below the horizontal: lids cover the iris at top and bottom.
RAYS_DEG = np.linspace(-35.0, 35.0, 15)
#: The edge is sought between these radii, by the network's radius.
NEAREST, FARTHEST = 0.65, 1.4
#: Smoothing before the gradient, by the iris's radius; the limbus is about that soft.
SOFTNESS = 0.05
#: Share of all rays that must agree with the circle, and of each side's rays.
MIN_SHARE, MIN_SIDE_SHARE = 0.5, 0.33
#: Least step from iris to white, grey values of 255 a tenth of the radius.
MIN_STEP = 4.0
#: Relative standard error that stays when every ray agrees, and the one of a pixel, in photograph pixels. The first is
#: what the two eyes of one person differ by, as `cicatrix-train evaluate faces` prints it.
FLOOR_SD, PIXEL_SD = 0.014, 0.25


@dataclass(frozen=True, slots=True)
class Limbus:
    """A circle through the sides of the iris, in pixels of the photograph; diameter_sd_px is its standard error."""

    x_px: float
    y_px: float
    diameter_px: float
    diameter_sd_px: float


def measure_limbus(
    pyramid: Pyramid, x_px: float, y_px: float, diameter_px: float, angle_deg: float
) -> Limbus | None:
    """Circle through the steepest brightening along near-horizontal rays from (x_px, y_px).

    The start is the network's iris; angle_deg turns the rays with the eyes' line. None where the edge is not seen on
    both sides. The circle is fitted algebraically (Kasa 1976), outliers left out by their median absolute deviation.
    """
    frame = Frame(x_px, y_px, diameter_px * CROP_BY_IRIS, angle_deg)
    radius = CROP_PX / CROP_BY_IRIS / 2
    grey = cv2.cvtColor(pyramid.crop(frame, CROP_PX), cv2.COLOR_RGB2GRAY).astype(np.float32)
    grey = np.asarray(cv2.GaussianBlur(grey, (0, 0), SOFTNESS * radius), np.float32)
    edges = np.concatenate([_edges(grey, radius, 0.0), _edges(grey, radius, 180.0)])
    edges = edges[edges[:, 2] * radius / 10 >= MIN_STEP]
    circle = _fit(edges, radius)
    if circle is None:
        return None
    centre, fitted_radius, sd = circle
    if not 0.8 < fitted_radius / radius < 1.25:
        return None
    unit = frame.side_px / CROP_PX
    on_photo = frame.to_photo((centre[np.newaxis] + (CROP_PX - 1) / 2).astype(np.float32), CROP_PX)[0]
    size_px = 2 * fitted_radius * unit
    sd_px = math.hypot(2 * sd * unit, FLOOR_SD * size_px, PIXEL_SD)
    return Limbus(float(on_photo[0]), float(on_photo[1]), size_px, sd_px)


def _edges(grey: NDArray[np.float32], radius: float, side_deg: float) -> NDArray[np.float64]:
    """(n, 4): x and y from the crop's centre, brightening a pixel outwards, side. Rays without a maximum are left out.

    The place of the maximum is refined by a parabola.
    """
    radii = np.arange(NEAREST * radius, FARTHEST * radius, 0.5)
    angles = np.radians(side_deg + RAYS_DEG)
    x, y = np.cos(angles)[:, np.newaxis], np.sin(angles)[:, np.newaxis]
    middle = (CROP_PX - 1) / 2
    along = cv2.remap(
        grey,
        (middle + x * radii).astype(np.float32),
        (middle + y * radii).astype(np.float32),
        cv2.INTER_LINEAR,
    )
    step = np.gradient(along, 0.5, axis=1)
    best = step[:, 1:-1].argmax(axis=1) + 1
    rows = np.arange(len(step))
    before, at, after = step[rows, best - 1], step[rows, best], step[rows, best + 1]
    inside = (best > 1) & (best < len(radii) - 2) & (before - 2 * at + after < 0)
    bend = np.where(inside, before - 2 * at + after, -1.0)
    found = radii[best] + 0.25 * (before - after) / bend
    rows = np.column_stack([found * x[:, 0], found * y[:, 0], at, np.full(len(at), side_deg)])
    return rows[inside]


def _fit(edges: NDArray[np.float64], radius: float) -> tuple[NDArray[np.float64], float, float] | None:
    """Centre, radius and the radius's standard error, in crop pixels; None where too few rays agree."""
    rays = len(RAYS_DEG)
    keep = np.ones(len(edges), np.bool_)
    centre, found, sd = np.zeros(2), 0.0, 0.0
    for _ in range(6):
        if keep.sum() < MIN_SHARE * 2 * rays:
            return None
        x, y, weight = edges[keep, 0], edges[keep, 1], np.sqrt(edges[keep, 2])
        system = np.column_stack([2 * x, 2 * y, np.ones_like(x)]) * weight[:, np.newaxis]
        a, b, c = (float(v) for v in np.linalg.lstsq(system, (x * x + y * y) * weight, rcond=None)[0])
        centre, found = np.array([a, b]), math.sqrt(max(c + a * a + b * b, 0.0))
        residual = np.hypot(edges[:, 0] - a, edges[:, 1] - b) - found
        spread = max(1.4826 * float(np.median(np.abs(residual[keep]))), 0.013 * radius)
        keep = np.abs(residual) < 2.5 * spread
        sd = float(np.std(residual[keep])) / math.sqrt(max(int(keep.sum()), 1))
    sides = [int((keep & (edges[:, 3] == side)).sum()) for side in (0.0, 180.0)]
    if min(sides) < MIN_SIDE_SHARE * rays or sum(sides) < MIN_SHARE * 2 * rays:
        return None
    return centre, found, sd
