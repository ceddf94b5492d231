"""Scars: how many, where, of which type, how wide and how deep; raised scars, troughs and stretch marks with them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from training.render.blobs import Blobs, draw_blobs
from training.render.marks import Places
from training.render.patterns import (
    PATTERNS,
    WIDTH_FACTOR,
    WIDTH_MM,
    Pattern,
    clusters,
    draw_depth_um,
    draw_pattern,
    draw_width_mm,
    grown_together,
    spread_out,
)
from training.render.raised import draw_raised
from training.render.stretch import StretchMarks, draw_stretch_marks
from training.render.troughs import Troughs, curved_lines

__all__ = ["ATROPHIC", "WIDTH_MM", "Scar", "Scars", "Tissue", "draw_scars"]

ATROPHIC = ("icepick", "boxcar", "rolling")
MOST_PER_TILE = 500
#: Widest wall as a share of the radius: a wider one would not have ended where stamping does.
WORN_EDGE = 0.6
#: Width of a boxcar's wall, from sharp to worn: log of the range of a tile's typical one; a convention of ours.
WALL_LOG_MM = (math.log(0.28), math.log(1.1))


@dataclass(frozen=True)
class Tissue:
    """What scar tissue looks like. smooth: share of the skin's own fine texture that is lost inside. gloss: extra
    shine as a share. rough: unevenness of floors as a share of depth. warp_mm: how far outlines are bent, and
    noise_seed: the seed of bend and roughness. raised_colour: melanin and haemoglobin of raised scars."""

    smooth: float = 0.5
    gloss: float = 0.0
    rough: float = 0.0
    warp_mm: float = 0.0
    noise_seed: int = 0
    raised_colour: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True)
class Scar:
    """One scar as it is listed. width_mm: of the circle of the same area, for a trough of the groove itself;
    length_mm: of a trough's centre line, else None."""

    table: str
    row: int
    type: str
    x_mm: float
    y_mm: float
    width_mm: float
    area_mm2: float
    length_mm: float | None = None


@dataclass(frozen=True)
class Scars:
    """by_type: one table of blobs per atrophic type, and "raised". colour: melanin and haemoglobin added inside every
    atrophic scar. softness_mm: Gaussian sd that rounds every wall and rim, as skin does. pores: enlarged ones around
    the scars."""

    by_type: dict[str, Blobs]
    colour: tuple[float, float]
    softness_mm: float
    troughs: Troughs = field(default_factory=Troughs.empty)
    stretch: StretchMarks = field(default_factory=StretchMarks.none)
    pores: Blobs = field(default_factory=Blobs.empty)
    tissue: Tissue = Tissue()

    @property
    def any(self) -> bool:
        """Whether there is a scar of any kind."""
        return any(len(table) for table in self.tables.values())

    @property
    def tables(self) -> dict[str, Blobs | Troughs]:
        """Everything that heals: `by_type` and "trough"."""
        return {**self.by_type, "trough": self.troughs}

    def healed(self, share: Mapping[str, NDArray[np.float64]]) -> "Scars":
        """The same scars with `share[table]` (0..1, one for each scar) of their depth or height gone; tables that are
        not named stay as they are."""
        kept = {kind: 1 - share[kind] for kind in self.tables if kind in share}
        filled = {k: blobs.scaled(kept[k]) if k in kept else blobs for k, blobs in self.by_type.items()}
        troughs = self.troughs.scaled(kept["trough"]) if "trough" in kept else self.troughs
        return replace(self, by_type=filled, troughs=troughs)

    def listed(self) -> list[Scar]:
        """Every scar, table by table."""
        found = []
        for kind, blobs in self.by_type.items():
            area = blobs.area_mm2
            for i in range(len(blobs)):
                x, y = float(blobs.x_mm[i]), float(blobs.y_mm[i])
                width = 2 * math.sqrt(float(area[i]) / math.pi)
                found.append(Scar(kind, i, kind, x, y, width, float(area[i])))
        t = self.troughs
        length, area, middle = t.length_mm, t.area_mm2, t.middle_mm
        for i in range(len(t)):
            kind = "boxcar" if t.steep[i] else "rolling"
            x, y = (float(v) for v in middle[i])
            found.append(
                Scar("trough", i, kind, x, y, float(t.width_mm[i]), float(area[i]), float(length[i]))
            )
        return found


def draw_scars(
    rng: np.random.Generator,
    places: Places,
    none_chance: float = 0.28,
    density_per_cm2: tuple[float, float] | None = None,
    pattern: str | None = None,
    raised_chance: float = 0.12,
    stretch_chance: float = 0.0,
) -> Scars:
    """From none to hundreds of scars, spread or in clusters, one type or mixed, apart or merged.

    pattern: one of `PATTERNS`, or drawn. density_per_cm2: instead of the pattern's own. stretch_chance: of a set of
    stretch marks. Raises KeyError for an unknown pattern.
    """
    raised, raised_colour = draw_raised(rng, places, raised_chance)
    scars = Scars(
        {**{kind: Blobs.empty() for kind in ATROPHIC}, "raised": raised},
        _colour(rng),
        float(rng.uniform(0.05, 0.2)),
        stretch=draw_stretch_marks(rng, places, stretch_chance),
        tissue=_tissue(rng, raised_colour),
    )
    if rng.random() < none_chance or not len(places.xy_px):
        return scars
    chosen = PATTERNS[pattern or draw_pattern(rng)]
    return _atrophic(rng, places, chosen, density_per_cm2 or chosen.density_per_cm2, scars)


def _atrophic(
    rng: np.random.Generator,
    places: Places,
    pattern: Pattern,
    density_per_cm2: tuple[float, float],
    scars: Scars,
) -> Scars:
    mix = rng.dirichlet(pattern.mix)
    density = math.exp(rng.uniform(*np.log(density_per_cm2)))
    density /= 1 + 4 * mix[2] * density / 20  # rolling scars are larger: fewer fit
    wanted = max(1, int(rng.poisson(density * places.area_cm2)))
    weight = clusters(rng, places, force=wanted > MOST_PER_TILE)
    count = min(wanted, MOST_PER_TILE)
    kinds = rng.choice(3, count, p=mix)
    factor, tension = rng.uniform(*WIDTH_FACTOR), rng.uniform(0, math.pi)
    width = np.empty(count)
    for k, kind in enumerate(ATROPHIC):
        mine = kinds == k
        width[mine] = draw_width_mm(rng, kind, int(mine.sum()), pattern.smallness, factor)
    xy = places.draw(rng, count, weight)
    kept = spread_out(rng, xy, width, rng.uniform(*pattern.merge))
    xy, kinds, width = xy[kept], kinds[kept], width[kept]
    depth = math.exp(rng.uniform(*np.log(pattern.depth)))
    by_type = dict(scars.by_type)
    for k, kind in enumerate(ATROPHIC):
        by_type[kind] = _of_type(
            rng, kind, xy[kinds == k], width[kinds == k], depth, tension, pattern, factor
        )
    by_type["icepick"] = Blobs.join(
        [by_type["icepick"], _inside_boxcars(rng, by_type["boxcar"], depth, factor)]
    )
    return replace(
        scars,
        by_type=by_type,
        troughs=_troughs(rng, places, weight, depth, tension),
        pores=_pores(rng, places, weight, pattern.pores),
    )


def _of_type(
    rng: np.random.Generator,
    kind: str,
    xy: NDArray[np.float64],
    width: NDArray[np.float64],
    depth_factor: float,
    tension: float,
    pattern: Pattern,
    factor: float,
) -> Blobs:
    depth = draw_depth_um(rng, kind, width)
    if kind != "rolling" and pattern.confluent > 0:
        more_xy, more_width, parent = grown_together(rng, xy, width, pattern.confluent, tension)
        large = more_width >= WIDTH_MM[kind][0] * factor  # a lobe smaller than its type is none
        more_xy, more_width, parent = more_xy[large], more_width[large], parent[large]
        depth = np.concatenate([depth, depth[parent] * rng.uniform(0.5, 1.2, len(parent))])
        xy, width = np.vstack([xy, more_xy]), np.concatenate([width, more_width])
    blobs = draw_blobs(
        rng,
        xy,
        width,
        -depth * depth_factor,
        elongation=0.5 if kind == "rolling" else 0.4,
        angle_rad=tension,
        irregular={"icepick": 0.07, "boxcar": 0.09, "rolling": 0.09}[kind],
        power=(0.8, 1.9),
        polygons=rng.uniform(0, 0.5) if kind == "boxcar" else 0.0,
    )
    return _worn(rng, kind, blobs)


def _worn(rng: np.random.Generator, kind: str, blobs: Blobs) -> Blobs:
    """Rims from sharp to worn, a few heaped up, and some rolling scars tethered at their centre."""
    m = len(blobs)
    wall_mm = np.clip(np.exp(rng.normal(rng.uniform(*WALL_LOG_MM), 0.35, m)), 0.1, 1.5)
    edge = np.clip(wall_mm / np.sqrt(blobs.a_mm * blobs.b_mm), 0.08, WORN_EDGE)
    rim = np.where(rng.random(m) < 0.25, rng.uniform(0, 0.08, m), 0.0)
    if kind != "rolling":
        return replace(blobs, edge=edge, rim=rim)
    share = rng.uniform(0, 0.5) if rng.random() < 0.5 else 0.0
    fold = np.where(rng.random(m) < share, rng.uniform(0.1, 0.45, m), 0.0)
    return replace(blobs, edge=edge, fold_share=fold, fold_count=rng.integers(4, 10, m).astype(float))


def _inside_boxcars(rng: np.random.Generator, boxcars: Blobs, depth_factor: float, factor: float) -> Blobs:
    """Icepicks in the floors of one boxcar in ten, at most."""
    rows = np.flatnonzero(rng.random(len(boxcars)) < rng.uniform(0, 0.2))
    angle, out = rng.uniform(0, 2 * math.pi, len(rows)), rng.uniform(0, 0.5, len(rows)) * boxcars.b_mm[rows]
    xy = np.column_stack([boxcars.x_mm[rows] + out * np.cos(angle), boxcars.y_mm[rows] + out * np.sin(angle)])
    width = draw_width_mm(rng, "icepick", len(rows), 2.5, factor)
    return draw_blobs(rng, xy, width, -draw_depth_um(rng, "icepick", width) * depth_factor, power=(0.8, 1.9))


def _troughs(
    rng: np.random.Generator,
    places: Places,
    weight: NDArray[np.float64],
    depth_factor: float,
    tension: float,
) -> Troughs:
    """In one scarred tile of four, up to eight curved grooves 4-25 mm long and 0.7-4 mm wide, mostly along one way."""
    if rng.random() > 0.25:
        return Troughs.empty()
    count = 1 + int(min(7, rng.geometric(0.45)))
    length = np.exp(rng.uniform(math.log(4), math.log(25), count) * rng.uniform(0.75, 1.0, count))
    length = np.clip(length, 4, 25)
    width = np.clip(np.exp(rng.uniform(math.log(0.7), math.log(4), count)), 0.7, length / 2)
    heading = np.where(rng.random(count) < 0.6, tension, rng.uniform(0, math.pi, count))
    return Troughs(
        curved_lines(
            rng,
            places.draw(rng, count, weight),
            length,
            heading + rng.normal(0, 0.25, count),
            0.6,
            0.12,
        ),
        width,
        -np.clip(rng.lognormal(math.log(190), 0.5, count) * width**0.4 * depth_factor, 40, 900),
        np.clip(np.exp(rng.normal(math.log(0.3), 0.4, count)), 0.1, 0.45),
        rng.random(count) < 0.4,
    )


def _pores(rng: np.random.Generator, places: Places, weight: NDArray[np.float64], chance: float) -> Blobs:
    """Enlarged pores, 0.25-0.7 mm, where the scars are; none in pictures too coarse to show them."""
    if rng.random() >= chance or places.px_per_mm < 3:
        return Blobs.empty()
    density = math.exp(rng.uniform(math.log(15), math.log(90)))
    count = int(min(1500, rng.poisson(density * places.area_cm2)))
    width = np.clip(rng.lognormal(math.log(0.38), 0.25, count), 0.25, 0.7)
    xy = places.draw(rng, count, weight + 0.05)
    return draw_blobs(
        rng, xy, width, -rng.uniform(90, 260, count) * np.sqrt(width), irregular=0.05, power=(0.8, 1.6)
    )


def _tissue(rng: np.random.Generator, raised_colour: tuple[float, float]) -> Tissue:
    return Tissue(
        smooth=float(rng.uniform(0.2, 0.9)),
        gloss=float(rng.uniform(0.15, 0.7)) if rng.random() < 0.3 else 0.0,
        rough=float(rng.uniform(0.05, 0.3)),
        warp_mm=float(rng.uniform(0.03, 0.16)),
        noise_seed=int(rng.integers(2**31)),
        raised_colour=raised_colour,
    )


def _colour(rng: np.random.Generator) -> tuple[float, float]:
    """Melanin and haemoglobin in scars: unchanged, red, brown or pale."""
    look = rng.choice(4, p=(0.45, 0.27, 0.15, 0.13))
    melanin = (0.0, rng.uniform(0, 0.05), rng.uniform(0.03, 0.2), -rng.uniform(0.01, 0.05))[look]
    haemoglobin = (0.0, rng.uniform(0.03, 0.25), rng.uniform(0, 0.1), -rng.uniform(0.01, 0.06))[look]
    return float(melanin), float(haemoglobin)
