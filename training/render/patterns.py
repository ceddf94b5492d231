"""How scars lie on a face: kinds of fields, clusters, confluence, and how deep each scar is."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.render.marks import Places

#: Widths in mm after Jacob et al. 2001 (icepick under 2, boxcar 1.5-4, rolling over 4), as the first trial drew them;
#: icepick from 0.5 because fine pitting was missed. A tile's own factor of 0.8-1.4 comes on top.
WIDTH_MM = {"icepick": (0.5, 2.0), "boxcar": (1.4, 4.0), "rolling": (3.6, 8.4)}
WIDTH_FACTOR = (0.8, 1.4)


@dataclass(frozen=True)
class Pattern:
    """A kind of field. chance: share of scarred tiles. mix: Dirichlet parameters of icepick, boxcar, rolling.
    density_per_cm2: log-uniform. depth: the tile's factor on typical depths, log-uniform. merge: scars closer than
    this share of the sum of their radii are left out. smallness: 1 draws widths evenly over their range in log,
    larger favours the narrow end. pores: chance of enlarged pores around. confluent: share of scars with another
    grown into them."""

    chance: float
    mix: tuple[float, float, float]
    density_per_cm2: tuple[float, float]
    depth: tuple[float, float]
    merge: tuple[float, float]
    smallness: float
    pores: float
    confluent: float


#: Shallow rolling fields and fine pitting, which the first network missed, are drawn often on purpose.
PATTERNS = {
    "mixed": Pattern(0.34, (0.7, 0.7, 0.6), (0.7, 25.0), (0.4, 2.2), (0.2, 1.0), 1.5, 0.2, 0.12),
    "few": Pattern(0.08, (0.7, 0.7, 0.6), (0.02, 0.3), (0.4, 2.0), (0.2, 1.0), 1.2, 0.2, 0.15),
    "rolling field": Pattern(0.22, (0.06, 0.1, 2.5), (2.0, 18.0), (0.5, 2.2), (0.25, 0.6), 1.4, 0.3, 0.0),
    "fine pitting": Pattern(0.16, (2.5, 0.3, 0.05), (5.0, 45.0), (0.35, 1.4), (0.2, 0.9), 3.0, 0.5, 0.05),
    "boxcar field": Pattern(0.12, (0.3, 2.5, 0.1), (1.5, 16.0), (0.35, 1.8), (0.1, 0.8), 1.6, 0.3, 0.35),
    "large pores": Pattern(0.08, (2.0, 0.3, 0.1), (0.5, 10.0), (0.4, 1.8), (0.3, 1.0), 1.5, 1.0, 0.05),
}


def draw_pattern(rng: np.random.Generator) -> str:
    """The name of a pattern, each by its chance."""
    chances = np.array([p.chance for p in PATTERNS.values()])
    return str(rng.choice(list(PATTERNS), p=chances / chances.sum()))


def draw_width_mm(
    rng: np.random.Generator, kind: str, count: int, smallness: float, factor: float
) -> NDArray[np.float64]:
    """(count,) widths, more small ones than large ones, times the tile's factor."""
    low, high = np.log(WIDTH_MM[kind])
    return np.asarray(np.exp(low + (high - low) * rng.random(count) ** smallness) * factor)


def draw_depth_um(rng: np.random.Generator, kind: str, width_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """Typical depths, log-normal within a face: some scars are barely there next to deep ones.

    Medians and ranges after the trial and Jacob et al. 2001: icepick 0.5-1.6 x radius and
    beyond; boxcar shallow 0.1-0.5 mm,
    deep beyond; rolling 0.15-0.7 mm x radius/3.
    """
    m = len(width_mm)
    if kind == "icepick":
        return np.clip(rng.lognormal(math.log(1.0), 0.45, m), 0.25, 2.2) * width_mm * 500
    if kind == "boxcar":
        return np.clip(rng.lognormal(math.log(260), 0.55, m) * np.sqrt(width_mm / 2.5), 60, 900)
    return np.clip(rng.lognormal(math.log(330), 0.5, m), 70, 900) * width_mm / 6


def clusters(rng: np.random.Generator, places: Places, force: bool = False) -> NDArray[np.float64]:
    """Weights of the places: even, or heaped around one to five middles 4-25 mm wide and drawn out."""
    weight = np.full(len(places.xy_px), 0.02)
    if rng.random() < 0.3 and not force:
        return weight
    for _ in range(int(rng.integers(1, 6))):
        middle = places.xy_px[int(rng.integers(len(places.xy_px)))]
        reach = math.exp(rng.uniform(math.log(4), math.log(25))) * places.px_per_mm
        angle, stretch = rng.uniform(0, math.pi), rng.uniform(1.0, 2.2)
        dx, dy = (places.xy_px - middle).T
        u, v = dx * math.cos(angle) + dy * math.sin(angle), dy * math.cos(angle) - dx * math.sin(angle)
        weight += rng.uniform(0.3, 1.0) * np.exp(-0.5 * ((u / stretch) ** 2 + v**2) / reach**2)
    return weight


def spread_out(
    rng: np.random.Generator, xy_mm: NDArray[np.float64], width_mm: NDArray[np.float64], merge: float
) -> NDArray[np.int64]:
    """Indices of the scars that stay: none lies on an earlier one closer than `merge` x the sum of radii, but for
    one in sixteen."""
    kept: list[int] = []
    anyway = rng.random(len(xy_mm)) < 0.06
    for i in range(len(xy_mm)):
        gap = np.hypot(*(xy_mm[kept] - xy_mm[i]).T)
        if anyway[i] or (gap > merge * (width_mm[kept] + width_mm[i]) / 2).all():
            kept.append(i)
    return np.array(kept, dtype=np.int64)


def grown_together(
    rng: np.random.Generator,
    xy_mm: NDArray[np.float64],
    width_mm: NDArray[np.float64],
    share: float,
    heading: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Scars that overlap their parents: centres (n, 2), widths (n,), index of the parent (n,)."""
    parents = np.flatnonzero(rng.random(len(xy_mm)) < share)
    parents = parents.repeat(rng.integers(1, 4, len(parents)))
    width = width_mm[parents] * rng.uniform(0.4, 1.0, len(parents))
    angle = np.where(rng.random(len(parents)) < 0.6, heading, 0.0) + rng.normal(0, 0.7, len(parents))
    angle += math.pi * rng.integers(0, 2, len(parents))
    gap = rng.uniform(0.5, 0.95, len(parents)) * (width + width_mm[parents]) / 2
    return xy_mm[parents] + gap[:, None] * np.column_stack([np.cos(angle), np.sin(angle)]), width, parents
