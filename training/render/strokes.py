"""Lines on a tile: hair, wrinkles, pen."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

#: OpenCV's smooth line of thickness 1 covers this many pixels across; each two more of thickness cover two more.
THINNEST_PX = 1.4
Path2 = NDArray[np.float64]


@dataclass(frozen=True)
class Strokes:
    """Lines on the tile. paths: each (K, 2) float points in px; width_px: one per path; weight: 0..1 per path.
    rgb: linear colour of what they are made of, near black unless told."""

    paths: tuple[Path2, ...] = ()
    width_px: tuple[float, ...] = ()
    weight: tuple[float, ...] = ()
    rgb: tuple[float, float, float] = (0.015, 0.013, 0.012)


def bundle(
    paths: Sequence[Path2],
    width_px: Sequence[float],
    weight: Sequence[float],
    rgb: tuple[float, float, float] = (0.015, 0.013, 0.012),
) -> Strokes:
    """Strokes from any sequences."""
    return Strokes(tuple(paths), tuple(map(float, width_px)), tuple(map(float, weight)), rgb)


def wander(rng: np.random.Generator, start: Path2, heading: float, length_px: float, bend: float) -> Path2:
    """(K, 2) a line of `length_px` through `start`, its heading a random walk with step `bend` radians."""
    steps = max(6, int(length_px / 8))
    angle = heading + np.cumsum(rng.normal(0, bend, steps))
    stride = length_px / steps * np.column_stack([np.cos(angle), np.sin(angle)])
    return np.asarray(start + np.cumsum(stride, axis=0) - stride.sum(0) / 2)


def arc(start: Path2, heading: float, length_px: float, turn_rad: float, points: int = 8) -> Path2:
    """(points, 2) from `start` along a circle that turns by `turn_rad` over its length."""
    angle = heading + turn_rad * np.linspace(0, 1, points)
    stride = length_px / (points - 1) * np.column_stack([np.cos(angle), np.sin(angle)])
    return np.asarray(start + np.concatenate([np.zeros((1, 2)), np.cumsum(stride[:-1], axis=0)]))


def draw_strokes(strokes: Strokes, size_px: tuple[int, int]) -> NDArray[np.float32]:
    """(H, W) float32 0..1 cover of the strokes; strokes thinner than a pixel are fainter instead.

    Strokes of like thickness and weight (eighths) are drawn together, so thousands cost little.
    """
    cover = np.zeros(size_px, np.float32)
    groups: dict[tuple[int, int], list[NDArray[np.int32]]] = {}
    for path, width, weight in zip(strokes.paths, strokes.width_px, strokes.weight, strict=True):
        strength = math.ceil(8 * weight * min(1.0, width / THINNEST_PX))
        points = np.round(np.clip(path, -2000, 2000 + max(size_px)) * 16).astype(np.int32)
        groups.setdefault((_thickness(width), strength), []).append(points)
    for (width, strength), paths in groups.items():
        layer = np.zeros(size_px, np.uint8)
        cv2.polylines(layer, paths, False, 255, width, cv2.LINE_AA, 4)
        np.maximum(cover, layer.astype(np.float32) * (strength / 8 / 255), out=cover)
    return cover


def _thickness(width_px: float) -> int:
    """What to ask OpenCV for so that a smooth line covers about `width_px` across."""
    return max(1, 2 * round((width_px - THINNEST_PX) / 2))
