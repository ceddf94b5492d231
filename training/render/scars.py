"""Atrophic scars: how many, where, of which type, how wide and how deep."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.render.blobs import Blobs, draw_blobs
from training.render.marks import Places

ATROPHIC = ("icepick", "boxcar", "rolling")
#: Widths in mm after Jacob et al. 2001 (icepick under 2, boxcar 1.5-4, rolling over 4), as the first trial drew them.
WIDTH_MM = {"icepick": (0.6, 2.0), "boxcar": (1.4, 4.0), "rolling": (3.6, 8.4)}
MOST_PER_TILE = 350


@dataclass(frozen=True)
class Scars:
    """One table of blobs per type; `colour` is the melanin and haemoglobin added inside every scar.
    softness_mm: Gaussian sd that rounds every wall and rim, as skin does."""

    by_type: dict[str, Blobs]
    colour: tuple[float, float]
    softness_mm: float

    def healed(self, share: dict[str, NDArray[np.float64]]) -> "Scars":
        """The same scars with `share[type]` (0..1, one for each scar) of their depth filled up."""
        filled = {kind: blobs.scaled(1 - share[kind]) for kind, blobs in self.by_type.items()}
        return Scars(filled, self.colour, self.softness_mm)


def draw_scars(
    rng: np.random.Generator,
    places: Places,
    none_chance: float = 0.28,
    density_per_cm2: tuple[float, float] = (0.5, 22.0),
) -> Scars:
    """From none to over a hundred scars, spread or in clusters, one type or mixed, apart or merged."""
    colour, softness_mm = _colour(rng), rng.uniform(0.06, 0.32)
    if rng.random() < none_chance or not len(places.xy_px):
        return Scars({kind: Blobs.empty() for kind in ATROPHIC}, colour, softness_mm)
    mix = rng.dirichlet((0.7, 0.7, 0.6))
    density = math.exp(rng.uniform(*np.log(density_per_cm2)))
    density /= 1 + 4 * mix[2] * density / 20  # rolling scars are larger: fewer fit
    count = int(np.clip(rng.poisson(density * places.area_cm2), 1, MOST_PER_TILE))
    kinds = rng.choice(3, count, p=mix)
    width_factor, depth_factor = rng.uniform(0.8, 1.4), math.exp(rng.uniform(math.log(0.6), math.log(2.2)))
    width = np.array([rng.uniform(*WIDTH_MM[ATROPHIC[k]]) for k in kinds]) * width_factor
    kept = _spread(rng, places.draw(rng, count, _clusters(rng, places)), width, merge=rng.uniform(0.3, 1.0))
    xy, kinds, width = kept[:, :2], kinds[kept[:, 2].astype(int)], width[kept[:, 2].astype(int)]
    tension = rng.uniform(0, math.pi)
    by_type: dict[str, Blobs] = {}
    for k, kind in enumerate(ATROPHIC):
        mine = kinds == k
        depth = _depth_um(rng, kind, width[mine]) * depth_factor
        by_type[kind] = draw_blobs(
            rng,
            xy[mine],
            width[mine],
            -depth,
            elongation=0.35,
            angle_rad=tension,
            irregular=0.11 if kind == "boxcar" else 0.08,
            edge=(0.08, 0.5),
        )
    return Scars(by_type, colour, softness_mm)


def _depth_um(rng: np.random.Generator, kind: str, width_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """Peak depths: icepick 0.5-1.6 x radius, boxcar 0.15-0.6 mm, rolling 0.15-0.7 mm x radius/3 (first trial)."""
    m = len(width_mm)
    if kind == "icepick":
        return np.asarray(rng.uniform(0.5, 1.6, m) * width_mm / 2 * 1000)
    if kind == "boxcar":
        return np.asarray(rng.uniform(150, 600, m))
    return np.asarray(rng.uniform(150, 700, m) * width_mm / 6)


def _clusters(rng: np.random.Generator, places: Places) -> NDArray[np.float64]:
    """Weights of the places: even, or heaped around one to five middles 5-25 mm wide."""
    weight = np.full(len(places.xy_px), 0.02)
    if rng.random() < 0.4:
        return weight
    for _ in range(int(rng.integers(1, 6))):
        middle = places.xy_px[int(rng.integers(len(places.xy_px)))]
        reach = rng.uniform(5, 25) * places.px_per_mm
        weight += np.exp(-0.5 * (np.hypot(*(places.xy_px - middle).T) / reach) ** 2)
    return weight


def _spread(
    rng: np.random.Generator, xy_mm: NDArray[np.float64], width_mm: NDArray[np.float64], merge: float
) -> NDArray[np.float64]:
    """Drop scars that would lie on another closer than `merge` x the sum of radii. Returns rows (x, y, index)."""
    kept: list[int] = []
    for i in range(len(xy_mm)):
        gap = np.hypot(*(xy_mm[kept] - xy_mm[i]).T)
        if not kept or (gap > merge * (width_mm[kept] + width_mm[i]) / 2).all() or rng.random() < 0.06:
            kept.append(i)
    return np.column_stack([xy_mm[kept], kept])


def _colour(rng: np.random.Generator) -> tuple[float, float]:
    """Melanin and haemoglobin in scars: unchanged, red, brown or pale."""
    look = rng.choice(4, p=(0.45, 0.25, 0.15, 0.15))
    melanin = (0.0, rng.uniform(0, 0.08), rng.uniform(0.05, 0.3), -rng.uniform(0.02, 0.1))[look]
    haemoglobin = (0.0, rng.uniform(0.08, 0.4), rng.uniform(0, 0.12), -rng.uniform(0.02, 0.12))[look]
    return float(melanin), float(haemoglobin)
