"""Hair on and over skin: stubble, beards, vellus hair, stray strands, a fringe."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.render.blobs import Blobs, draw_blobs
from training.render.places import Places
from training.render.strokes import Strokes, arc, bundle, wander

#: Linear RGB of hair for light of 1: black, dark brown, brown, red, blond, grey, white (by eye).
HAIR_RGB = (
    (0.010, 0.009, 0.009),
    (0.030, 0.019, 0.013),
    (0.075, 0.042, 0.024),
    (0.16, 0.062, 0.025),
    (0.33, 0.22, 0.10),
    (0.24, 0.23, 0.22),
    (0.55, 0.53, 0.50),
)
HAIR_SHARES = (0.28, 0.27, 0.17, 0.05, 0.1, 0.08, 0.05)
#: Beard hairs grow 0.27-0.4 mm a day (Robbins, Chemical and Physical Behavior of Human Hair).
GROWTH_MM_PER_DAY = (0.27, 0.4)
MOST_STUBBLE = 4000


@dataclass(frozen=True)
class Stubble:
    """strokes: the hairs. follicles: the little bumps that they come out of, heights in micrometres."""

    strokes: Strokes
    follicles: Blobs


def hair_rgb(rng: np.random.Generator) -> tuple[float, float, float]:
    """A hair colour of somebody."""
    r, g, b = HAIR_RGB[int(rng.choice(len(HAIR_RGB), p=HAIR_SHARES))]
    f = math.exp(rng.normal(0, 0.2))
    return r * f, g * f, b * f


def draw_stubble(rng: np.random.Generator, places: Places, px_per_mm: float) -> Stubble:
    """Shaved, one to four days old, or a beard patch: hairs of one flow, 20-70 per cm2, in one tile of six."""
    if rng.random() > 0.16 or not len(places.xy_px):
        return Stubble(Strokes(), Blobs.empty())
    near = places.near(rng, (8, 35), int(rng.integers(1, 3)))
    # Beards end rather abruptly; shaved skin holds dots only.
    near = np.clip(near * rng.uniform(1.5, 4), 0, 1) ** 1.5
    count = min(MOST_STUBBLE, int(rng.uniform(20, 70) * places.area_cm2 * near.mean()))
    days = float(
        rng.choice([rng.uniform(0.1, 0.6), rng.uniform(0.6, 4), rng.uniform(6, 25)], p=[0.4, 0.4, 0.2])
    )
    length = (
        np.maximum(0.18, days * rng.uniform(*GROWTH_MM_PER_DAY) * rng.uniform(0.5, 1.1, count)) * px_per_mm
    )
    starts = places.draw(rng, count, near) * px_per_mm
    flow = _flow(rng, starts, px_per_mm) + rng.normal(0, 0.3, count)
    turn = rng.normal(0, 0.15 + 0.02 * days, count)
    points = 2 if days < 5 else 5
    hairs = [arc(s, f, n, t, points) for s, f, n, t in zip(starts, flow, length, turn, strict=True)]
    width = rng.uniform(0.07, 0.14, count) * px_per_mm * (1.7 if days < 0.6 else 1.0)
    # A cut hair under the surface is seen through skin: fainter and wider.
    weight = rng.uniform(0.4, 1.0, count) * (0.75 if days < 0.6 else 1.0)
    bumps = Blobs.empty()
    if rng.random() < 0.7 and count:
        size = rng.uniform(0.25, 0.6, count)
        bumps = draw_blobs(rng, starts / px_per_mm, size, rng.uniform(4, 45, count), elongation=0.1)
    return Stubble(bundle(hairs, np.maximum(width, 0.05), weight, hair_rgb(rng)), bumps)


def _flow(rng: np.random.Generator, at_px: NDArray[np.float64], px_per_mm: float) -> NDArray[np.float64]:
    """Headings that change slowly over the skin, mostly downward."""
    heading = rng.normal(math.pi / 2, 0.8)
    wave = rng.normal(0, 1, 2) / (25 * px_per_mm)
    return np.asarray(heading + 0.6 * np.sin(at_px @ wave + rng.uniform(0, 6)))


def draw_vellus(rng: np.random.Generator, places: Places, px_per_mm: float) -> Strokes:
    """Fine pale hairs, 0.03 mm thick and 0.5-3 mm long, seen in close-ups only, in one tile of ten."""
    if px_per_mm < 6 or rng.random() > 0.2 or not len(places.xy_px):
        return Strokes()
    count = min(900, int(rng.uniform(20, 120) * places.area_cm2))
    starts = places.draw(rng, count) * px_per_mm
    flow = _flow(rng, starts, px_per_mm) + rng.normal(0, 0.35, count)
    length = rng.uniform(0.5, 3.0, count) * px_per_mm
    turn = rng.normal(0, 0.5, count)
    hairs = [arc(s, f, n, t, 4) for s, f, n, t in zip(starts, flow, length, turn, strict=True)]
    colour = (0.5, 0.42, 0.3) if rng.random() < 0.7 else (0.05, 0.035, 0.025)
    return bundle(hairs, np.full(count, 0.035 * px_per_mm), rng.uniform(0.3, 1.0, count), colour)


def draw_hairs(rng: np.random.Generator, size_px: tuple[int, int], px_per_mm: float, moles: Blobs) -> Strokes:
    """Stray hairs or locks across the skin, 0.05-0.12 mm thick, in one tile of nine; hairs that grow from moles."""
    paths: list[NDArray[np.float64]] = []
    look = rng.random()
    if look < 0.07:
        paths = _strays(rng, size_px, px_per_mm)
    elif look < 0.12:
        paths = _fringe(rng, size_px, px_per_mm)
    for i in np.flatnonzero((moles.height_um > 0) & (rng.random(len(moles)) < 0.3)):
        root = np.array([moles.x_mm[i], moles.y_mm[i]]) * px_per_mm
        for _ in range(int(rng.integers(1, 4))):
            length = rng.uniform(1.5, 7) * px_per_mm
            paths.append(arc(root, rng.uniform(0, 2 * math.pi), length, rng.normal(0, 0.8)))
    # Locks lie many deep: each hair of theirs counts for a whole pixel.
    width = max(rng.uniform(0.05, 0.12) * px_per_mm, 1.0 if 0.07 <= look < 0.12 else 0.0)
    return bundle(paths, [width] * len(paths), rng.uniform(0.5, 1, len(paths)), hair_rgb(rng))


def _strays(
    rng: np.random.Generator, size_px: tuple[int, int], px_per_mm: float
) -> list[NDArray[np.float64]]:
    heading = rng.uniform(0, 2 * math.pi)
    return [
        wander(
            rng,
            rng.uniform(0, 1, 2) * size_px[::-1],
            heading + rng.normal(0, 0.3),
            rng.uniform(10, 60) * px_per_mm,
            0.03,
        )
        for _ in range(int(rng.integers(1, 25)))
    ]


def _fringe(
    rng: np.random.Generator, size_px: tuple[int, int], px_per_mm: float
) -> list[NDArray[np.float64]]:
    """One to four locks that hang in from beyond an edge; the hairs of a lock run together and part at the tip."""
    height, width = size_px
    hairs: list[NDArray[np.float64]] = []
    side = rng.choice(3, p=(0.6, 0.2, 0.2))
    for _ in range(int(rng.integers(1, 5))):
        root = (
            np.array([rng.uniform(0, width), -5.0 * px_per_mm])
            if side == 0
            else np.array(
                [-3.0 * px_per_mm if side == 1 else width + 3.0 * px_per_mm, rng.uniform(-0.1, 0.5) * height]
            )
        )
        heading = math.pi / 2 + (
            rng.normal(0, 0.35) if side == 0 else (-1 if side == 1 else 1) * rng.uniform(0, 0.8)
        )
        length, turn = rng.uniform(20, 80) * px_per_mm, rng.normal(0, 0.6)
        across = np.array([-math.sin(heading), math.cos(heading)])
        spread = rng.uniform(1.0, 8.0) * px_per_mm
        for _ in range(int(rng.integers(80, 320))):
            start = root + across * rng.normal(0, spread)
            hairs.append(
                arc(
                    start,
                    heading + rng.normal(0, 0.05),
                    length * rng.uniform(0.6, 1.05),
                    turn + rng.normal(0, 0.15),
                )
            )
    return hairs
