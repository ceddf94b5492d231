"""Raised scars: papular, hypertrophic and keloidal, as domes and plateaus over the skin."""

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from training.render.blobs import Blobs, draw_blobs
from training.render.marks import Places

#: Widths in mm and heights in micrometres. Papular scars of chin, nose and back are 1-6 mm, hypertrophic ones keep
#: to the lesion they came from, keloidal ones outgrow it (Goodman & Baron, Dermatol Surg 2006;32:1458-1466);
#: the heights are a convention of ours.
WIDTH_MM = {"papular": (1.0, 6.0), "hypertrophic": (3.0, 10.0), "keloidal": (7.0, 20.0)}
HEIGHT_UM = {"papular": (60.0, 600.0), "hypertrophic": (200.0, 1300.0), "keloidal": (500.0, 2500.0)}
#: Median height as a share of the width; a convention of ours.
STEEPNESS = {"papular": 0.09, "hypertrophic": 0.11, "keloidal": 0.10}
MOST_PER_TILE = {"papular": 60, "hypertrophic": 8, "keloidal": 4}


def draw_raised(rng: np.random.Generator, places: Places, chance: float) -> tuple[Blobs, tuple[float, float]]:
    """The raised scars of a tile, often none, and the melanin and haemoglobin they add."""
    if rng.random() >= chance or not len(places.xy_px):
        return Blobs.empty(), (0.0, 0.0)
    kind = str(rng.choice(list(WIDTH_MM), p=(0.6, 0.25, 0.15)))
    middle = places.xy_px[int(rng.integers(len(places.xy_px)))]
    reach = rng.uniform(6, 25) * places.px_per_mm
    weight = np.exp(-0.5 * (np.hypot(*(places.xy_px - middle).T) / reach) ** 2) + 0.01
    count = 1 + int(min(MOST_PER_TILE[kind] - 1, rng.geometric(0.1 if kind == "papular" else 0.4)))
    xy = places.draw(rng, count, weight)
    low, high = WIDTH_MM[kind]
    width = np.clip(np.exp(rng.normal(math.log(low * 1.9), 0.4, count)), low, high)
    parts = [_scars(rng, kind, xy, width)]
    if kind == "keloidal":  # lobes that grew out over the border
        lobes = rng.integers(1, 4, count).repeat(1)
        angle = rng.uniform(0, 2 * math.pi, int(lobes.sum()))
        out = np.column_stack([np.cos(angle), np.sin(angle)]) * (width * 0.38).repeat(lobes)[:, None]
        parts.append(
            _scars(
                rng, kind, xy.repeat(lobes, 0) + out, width.repeat(lobes) * rng.uniform(0.4, 0.7, len(angle))
            )
        )
    return Blobs.join(parts), _colour(rng, kind)


def _scars(rng: np.random.Generator, kind: str, xy: NDArray[np.float64], width: NDArray[np.float64]) -> Blobs:
    low, high = HEIGHT_UM[kind]
    height = np.clip(np.exp(rng.normal(math.log(STEEPNESS[kind]), 0.45, len(xy))) * width * 1000, low, high)
    flatness = (2.0, 2.8) if kind == "papular" else (2.2, 6.0)
    irregular = {"papular": 0.04, "hypertrophic": 0.07, "keloidal": 0.09}[kind]
    elongation = 0.15 if kind == "papular" else 0.6
    return draw_blobs(
        rng, xy, width, height, elongation=elongation, irregular=irregular, edge=(0.2, 0.5), power=flatness
    )


def _colour(rng: np.random.Generator, kind: str) -> tuple[float, float]:
    """Skin-coloured, pale, pink, or as keloids are red or brown."""
    if kind == "keloidal":
        red, brown = rng.uniform(0.1, 0.6), rng.uniform(0.05, 0.5)
        return (0.0, float(red)) if rng.random() < 0.6 else (float(brown), float(red * 0.4))
    look = rng.choice(4, p=(0.45, 0.3, 0.18, 0.07))
    melanin = (0.0, -rng.uniform(0.02, 0.15), 0.0, rng.uniform(0.03, 0.2))[look]
    haemoglobin = (0.0, -rng.uniform(0.02, 0.12), rng.uniform(0.05, 0.3), 0.0)[look]
    return float(melanin), float(haemoglobin)


def faded(blobs: Blobs) -> Blobs:
    """The same scars with a soft border, for their colour."""
    return replace(blobs, edge=np.full(len(blobs), 0.4))
