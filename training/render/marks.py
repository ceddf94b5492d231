"""Look-alikes, things on skin that are not atrophic scars: marks, moles, papules, pores, wrinkles, hair, bars."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from training.render.blobs import Blobs, draw_blobs


@dataclass(frozen=True)
class Strokes:
    """Lines on the tile. paths: each (K, 2) float points in px; width_px: one per path; weight: 0..1 per path."""

    paths: tuple[NDArray[np.float64], ...]
    width_px: tuple[float, ...]
    weight: tuple[float, ...]


@dataclass(frozen=True)
class LookAlikes:
    """Everything that must not be called an atrophic scar. Blob heights in micrometres; `moles` may be domed.

    papule_redness: haemoglobin added over papules. furrows: wrinkles as valleys `furrow_um` deep. hairs, stubble: dark
    strokes. bars: (x0, y0, x1, y1, grey 0..1) rectangles over the picture, grey < 0 means coarse pixels.
    """

    red: Blobs
    brown: Blobs
    moles: Blobs
    papules: Blobs
    papule_redness: float
    pores: Blobs
    furrows: Strokes
    furrow_um: float
    hairs: Strokes
    stubble: Strokes
    bars: tuple[tuple[int, int, int, int, float], ...]


def draw_look_alikes(
    rng: np.random.Generator, places: "Places", size_px: tuple[int, int], px_per_mm: float
) -> LookAlikes:
    """Draw each kind on its own chance. Sizes: papules 1-5 mm, moles 1-5 mm, pores 0.15-0.5 mm, marks 1-8 mm."""

    def some(chance: float, density_per_cm2: tuple[float, float], most: int) -> NDArray[np.float64]:
        if rng.random() > chance:
            return np.zeros((0, 2))
        density = math.exp(rng.uniform(*np.log(density_per_cm2)))
        return places.draw(rng, min(most, int(rng.poisson(density * places.area_cm2))))

    def blobs(
        xy: NDArray[np.float64], size_mm: tuple[float, float], um: tuple[float, float], **shape: object
    ) -> Blobs:
        size = np.exp(rng.uniform(*np.log(size_mm), len(xy)))
        return draw_blobs(rng, xy, size, rng.uniform(*um, len(xy)) * np.sqrt(size), **shape)  # type: ignore[arg-type]

    wobbly = {"irregular": 0.14, "edge": (0.4, 1.2)}
    return LookAlikes(
        red=blobs(some(0.4, (0.1, 2.5), 60), (1.0, 8.0), (0, 0), **wobbly),
        brown=blobs(some(0.4, (0.1, 4.0), 120), (0.6, 6.0), (0, 0), **wobbly),
        moles=blobs(some(0.3, (0.03, 0.4), 10), (1.0, 5.0), (0, 60), edge=(0.15, 0.5)),
        papules=blobs(some(0.3, (0.05, 1.2), 30), (1.0, 5.0), (90, 330)),
        papule_redness=float(rng.choice([0.0, rng.uniform(0.1, 0.7)])),
        pores=blobs(some(0.45, (10, 130), 3000), (0.15, 0.5), (-160, -50), irregular=0.05),
        furrows=_furrows(rng, size_px, px_per_mm),
        furrow_um=float(rng.uniform(40, 350)),
        hairs=_hairs(rng, size_px, px_per_mm),
        stubble=_stubble(rng, places, px_per_mm),
        bars=_bars(rng, size_px),
    )


@dataclass(frozen=True)
class Places:
    """Where things may be put: pixels (M, 2) as x, y in px, one for each `area_mm2 / M` of skin."""

    xy_px: NDArray[np.int64]
    px_per_mm: float
    area_cm2: float

    def draw(
        self, rng: np.random.Generator, count: int, weight: NDArray[np.float64] | None = None
    ) -> NDArray[np.float64]:
        """(count, 2) places in mm, weighted by `weight` (M,), scattered within their pixel grid cell."""
        if not len(self.xy_px) or not count:
            return np.zeros((0, 2))
        p = None if weight is None else weight / weight.sum()
        pick = rng.choice(len(self.xy_px), count, p=p)
        return (self.xy_px[pick] + rng.uniform(-2, 2, (count, 2))) / self.px_per_mm


def places_on(mask: NDArray[np.uint8], px_per_mm: float) -> Places:
    """Every fourth pixel of a mask as a place."""
    rows, cols = np.nonzero(mask[::4, ::4])
    return Places(np.column_stack([cols, rows]) * 4 + 2, px_per_mm, float(mask.sum()) / px_per_mm**2 / 100)


def _furrows(rng: np.random.Generator, size_px: tuple[int, int], px_per_mm: float) -> Strokes:
    """A bundle of nearly parallel wrinkles, 5-60 mm long and 0.3-1.2 mm wide, in three of ten tiles."""
    paths: list[NDArray[np.float64]] = []
    widths: list[float] = []
    if rng.random() < 0.3:
        height, width = size_px
        heading, spread = rng.uniform(0, math.pi), rng.uniform(0.05, 0.5)
        middle = rng.uniform(0.15, 0.85, 2) * (width, height)
        for _ in range(int(rng.integers(1, 12))):
            length = math.exp(rng.uniform(math.log(5), math.log(60))) * px_per_mm
            start = middle + rng.normal(0, 9 * px_per_mm, 2)
            paths.append(_wander(rng, start, heading + rng.normal(0, spread), length, 0.06))
            widths.append(float(rng.uniform(0.3, 1.2) * px_per_mm))
    return Strokes(tuple(paths), tuple(widths), tuple(float(v) for v in rng.uniform(0.3, 1, len(paths))))


def _hairs(rng: np.random.Generator, size_px: tuple[int, int], px_per_mm: float) -> Strokes:
    """Stray hairs across the skin, 0.06-0.15 mm thick, in one tile of twelve."""
    count = int(rng.integers(1, 25)) if rng.random() < 0.08 else 0
    heading = rng.uniform(0, 2 * math.pi)
    paths = tuple(
        _wander(
            rng,
            rng.uniform(0, 1, 2) * size_px[::-1],
            heading + rng.normal(0, 0.3),
            rng.uniform(10, 60) * px_per_mm,
            0.03,
        )
        for _ in range(count)
    )
    return Strokes(
        paths, tuple([0.1 * px_per_mm] * count), tuple(float(v) for v in rng.uniform(0.4, 1, count))
    )


def _stubble(rng: np.random.Generator, places: Places, px_per_mm: float) -> Strokes:
    """Beard stubble, 15-45 follicles per cm2, strokes 0.3-2 mm long lying one way, in one tile of seven."""
    if rng.random() > 0.14 or not len(places.xy_px):
        return Strokes((), (), ())
    patch = places.xy_px[int(rng.integers(len(places.xy_px)))]
    near = (
        np.exp(-0.5 * (np.hypot(*(places.xy_px - patch).T) / (rng.uniform(10, 40) * px_per_mm)) ** 2) + 1e-9
    )
    count = min(2500, int(rng.uniform(15, 45) * places.area_cm2 * near.mean()))
    heading, length = rng.uniform(0, 2 * math.pi), rng.uniform(0.3, 2.0) * px_per_mm
    starts = places.draw(rng, count, near) * px_per_mm
    angles = heading + rng.normal(0, 0.35, count)
    ends = starts + length * np.column_stack([np.cos(angles), np.sin(angles)])
    width = rng.uniform(0.06, 0.14) * px_per_mm
    return Strokes(
        tuple(np.stack([a, b]) for a, b in zip(starts, ends, strict=True)),
        tuple([width] * count),
        tuple([1.0] * count),
    )


def _wander(
    rng: np.random.Generator, start: NDArray[np.float64], heading: float, length_px: float, bend: float
) -> NDArray[np.float64]:
    steps = max(6, int(length_px / 8))
    angle = heading + np.cumsum(rng.normal(0, bend, steps))
    stride = length_px / steps * np.column_stack([np.cos(angle), np.sin(angle)])
    return start + np.cumsum(stride, axis=0) - stride.sum(0) / 2


def _bars(rng: np.random.Generator, size_px: tuple[int, int]) -> tuple[tuple[int, int, int, int, float], ...]:
    """Censor bars, letter boxes and pixelated patches of published photographs, in one tile of twelve."""
    if rng.random() > 0.08:
        return ()
    height, width = size_px
    w, h = (int(v) for v in rng.uniform(0.15, 0.6, 2) * (width, height * 0.6))
    x, y = int(rng.uniform(-0.3 * w, width - 0.5 * w)), int(rng.uniform(-0.3 * h, height - 0.5 * h))
    grey = float(rng.choice([0.0, 1.0, rng.uniform(0.1, 0.9), -1.0]))
    return ((max(x, 0), max(y, 0), min(x + w, width), min(y + h, height), grey),)


def draw_strokes(strokes: Strokes, size_px: tuple[int, int]) -> NDArray[np.float32]:
    """(H, W) float32 0..1 cover of the strokes; strokes thinner than a pixel are fainter instead."""
    cover = np.zeros(size_px, np.float32)
    for path, width, weight in zip(strokes.paths, strokes.width_px, strokes.weight, strict=True):
        layer_weight = weight * min(1.0, width)
        points = np.round(path * 16).astype(np.int32)
        low, high = path.min(0).astype(int) - 8, path.max(0).astype(int) + 9
        x0, y0 = np.maximum(low - int(width), 0)
        x1, y1 = np.minimum(high + int(width), size_px[::-1])
        if x1 <= x0 or y1 <= y0:
            continue
        layer = np.zeros((y1 - y0, x1 - x0), np.uint8)
        cv2.polylines(
            layer, [points - np.array([x0, y0]) * 16], False, 255, max(1, round(width)), cv2.LINE_AA, 4
        )
        view = cover[y0:y1, x0:x1]
        np.maximum(view, layer.astype(np.float32) * (layer_weight / 255), out=view)
    return cover
