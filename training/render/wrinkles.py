"""Wrinkles: crow's feet, forehead lines, frown lines, nasolabial folds, lines around the mouth, and stray bundles."""

import math

import numpy as np
from numpy.typing import NDArray

from training.render.strokes import Strokes, arc, bundle, wander

Lines = list[tuple[NDArray[np.float64], float]]
#: Of the 189 points: outer corners of the eyes, between the brows, nose wing to mouth corner, forehead, mouth.
EYE_CORNERS, BROW_HEADS, FOLDS = (18, 27), (76, 77), ((62, 159, 160), (67, 162, 163))
FOREHEAD = (73, 80, 139)
MOUTH, CHIN = (87, 90, 93), 174


def draw_wrinkles(
    rng: np.random.Generator, size_px: tuple[int, int], px_per_mm: float, points: NDArray[np.float64] | None
) -> Strokes:
    """Furrows in four of ten tiles; where the face's points (189, 2) are known, where such lines lie.

    Widths 0.25-1.6 mm; path, width in px and weight (depth 0..1) of each.
    """
    if rng.random() > 0.4:
        return Strokes()
    lines: Lines = []
    makers = (_crows_feet, _forehead, _folds, _frown, _mouth, _stray)
    for _ in range(int(rng.integers(1, 3))):
        make = makers[int(rng.choice(len(makers), p=(0.2, 0.2, 0.15, 0.1, 0.1, 0.25)))]
        lines += make(rng, size_px, px_per_mm, points)
    paths = [path for path, _ in lines]
    widths = [width_mm * px_per_mm for _, width_mm in lines]
    # Fine lines are shallow ones.
    shallow = np.clip([width_mm / 0.9 for _, width_mm in lines], 0.2, 1.0)
    return bundle(paths, widths, rng.uniform(0.3, 1, len(lines)) * shallow)


def _anywhere(rng: np.random.Generator, size_px: tuple[int, int]) -> NDArray[np.float64]:
    return np.asarray(rng.uniform(0.15, 0.85, 2) * size_px[::-1])


def _crows_feet(
    rng: np.random.Generator, size_px: tuple[int, int], px_per_mm: float, points: NDArray[np.float64] | None
) -> Lines:
    """A fan of four to nine lines that opens away from the eye."""
    if points is None:
        origin, heading = _anywhere(rng, size_px), rng.uniform(0, 2 * math.pi)
    else:
        side = int(rng.integers(2))
        origin = points[EYE_CORNERS[side]]
        away = origin - points[EYE_CORNERS[1 - side]]
        heading = math.atan2(away[1], away[0])
    lines: Lines = []
    for k in np.linspace(-1, 1, int(rng.integers(4, 10))):
        angle = heading + 0.75 * k + rng.normal(0, 0.08)
        start = origin + rng.uniform(4, 9) * px_per_mm * np.array([math.cos(angle), math.sin(angle)])
        length = rng.uniform(8, 26) * px_per_mm
        lines.append((arc(start, angle, length, 0.5 * k + rng.normal(0, 0.15)), rng.uniform(0.25, 0.8)))
    return lines


def _forehead(
    rng: np.random.Generator, size_px: tuple[int, int], px_per_mm: float, points: NDArray[np.float64] | None
) -> Lines:
    """Two to six long lines one above the other, bent alike, broken here and there."""
    if points is None:
        middle, along, up = _anywhere(rng, size_px), np.array([1.0, 0.0]), np.array([0.0, -1.0])
        room = 35 * px_per_mm
        half = 45 * px_per_mm
    else:
        left, right, top = (points[i] for i in FOREHEAD)
        middle, along = (left + right) / 2, (right - left) / (np.hypot(*(right - left)) + 1e-6)
        room = float(np.hypot(*(top - middle)))
        up = (top - middle) / (room + 1e-6)
        half = 0.75 * float(np.hypot(*(right - left)))
    t = np.linspace(-1, 1, 25)[:, None]
    sag = rng.uniform(-0.12, 0.12) * half
    wave = rng.normal(0, 0.01) * half * np.cos(3 * math.pi * t)
    lines: Lines = []
    for k in range(1, int(rng.integers(3, 8))):
        line = middle + t * along * half * rng.uniform(0.6, 1.0) + up * (room * k / 8 + sag * t**2 + wave)
        line = line + rng.normal(0, 0.15 * px_per_mm, line.shape)
        width = rng.uniform(0.4, 1.2)
        cut = sorted(rng.integers(2, 23, 2))
        parts = (line,) if rng.random() < 0.5 else (line[: cut[0] + 1], line[cut[0] + 2 : cut[1] + 4])
        lines += [(part, width) for part in parts if len(part) > 2]
    return lines


def _folds(
    rng: np.random.Generator, size_px: tuple[int, int], px_per_mm: float, points: NDArray[np.float64] | None
) -> Lines:
    """The nasolabial fold: one long, broad line."""
    width = rng.uniform(0.7, 1.6)
    if points is None:
        start = _anywhere(rng, size_px)
        length = rng.uniform(30, 50) * px_per_mm
        return [(arc(start, rng.uniform(0, 2 * math.pi), length, rng.uniform(-0.9, 0.9)), width)]
    lines: Lines = []
    for fold in FOLDS:
        path = points[list(fold)] + rng.normal(0, 1.0 * px_per_mm, (3, 2))
        t = np.linspace(0, 2, 15)
        smooth = np.column_stack([np.interp(t, (0, 1, 2), path[:, axis]) for axis in (0, 1)])
        padded = np.pad(smooth, ((2, 2), (0, 0)), mode="edge")
        smooth = np.mean([padded[k : k + len(smooth)] for k in range(5)], axis=0)
        lines.append((smooth, width * rng.uniform(0.8, 1.2)))
    return lines


def _frown(
    rng: np.random.Generator, size_px: tuple[int, int], px_per_mm: float, points: NDArray[np.float64] | None
) -> Lines:
    """One to three upright lines between the brows."""
    if points is None:
        middle, heading = _anywhere(rng, size_px), rng.uniform(0, math.pi)
    else:
        left, right = (points[i] for i in BROW_HEADS)
        middle = (left + right) / 2
        heading = math.atan2(*(right - left)[::-1]) + math.pi / 2
    across = np.array([-math.sin(heading), math.cos(heading)])
    return [
        (
            wander(rng, middle + across * k * 6 * px_per_mm, heading, rng.uniform(8, 18) * px_per_mm, 0.05),
            rng.uniform(0.4, 1.1),
        )
        for k in rng.uniform(-1, 1, int(rng.integers(1, 4)))
    ]


def _mouth(
    rng: np.random.Generator, size_px: tuple[int, int], px_per_mm: float, points: NDArray[np.float64] | None
) -> Lines:
    """Short upright lines along the upper lip, or lines that run down from the corners."""
    if points is None:
        row = _anywhere(rng, size_px) + np.linspace(-20, 20, 9)[:, None] * px_per_mm * np.array([1.0, 0.0])
        down = math.pi / 2
    else:
        left, top, right = (points[i] for i in MOUTH)
        row = left + np.linspace(0.12, 0.88, 9)[:, None] * (right - left)
        row = row + (top - (left + right) / 2)
        down = math.atan2(*(points[CHIN] - top)[::-1])
    lines: Lines = []
    for place in row[rng.random(len(row)) < rng.uniform(0.3, 1.0)]:
        place = place + rng.normal(0, 1.2 * px_per_mm, 2) * np.array([1.0, 0.3])
        length = rng.uniform(2, 7) * px_per_mm
        start = place - length * np.array([math.cos(down), math.sin(down)]) * 1.2
        lines.append(
            (arc(start, down + rng.normal(0, 0.2), length, rng.normal(0, 0.25)), rng.uniform(0.15, 0.35))
        )
    return lines


def _stray(
    rng: np.random.Generator, size_px: tuple[int, int], px_per_mm: float, points: NDArray[np.float64] | None
) -> Lines:
    """A bundle of nearly parallel wrinkles, 5-60 mm long."""
    heading, spread = rng.uniform(0, math.pi), rng.uniform(0.05, 0.5)
    middle = _anywhere(rng, size_px)
    lines: Lines = []
    for _ in range(int(rng.integers(1, 12))):
        length = math.exp(rng.uniform(math.log(5), math.log(60))) * px_per_mm
        start = middle + rng.normal(0, 9 * px_per_mm, 2)
        lines.append(
            (wander(rng, start, heading + rng.normal(0, spread), length, 0.06), rng.uniform(0.3, 1.2))
        )
    return lines
