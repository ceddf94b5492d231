"""Pigment marks, flat but for domed moles: red and brown marks, freckles, moles, patches such as melasma."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from training.render.blobs import Blobs, draw_blobs
from training.render.fields import fractal_noise
from training.render.places import Places
from training.render.stamp import stamp_cover, stamp_inside

#: Diameters in mm (conventions of ours, within what dermatology books give): freckles 1-3, moles up to 6, marks
#: left by acne 1-8.
RED_MM, BROWN_MM, FRECKLE_MM, MOLE_MM = (1.0, 8.0), (0.6, 6.0), (0.5, 2.6), (0.8, 6.0)
#: Above this share of its full strength a patch counts as a mark.
PATCH_EDGE = 0.5


@dataclass(frozen=True)
class Patch:
    """A large blotch with a ragged border. pigment: "brown" or "red"; strength in the units of `skin.albedo`."""

    x_mm: float
    y_mm: float
    reach_mm: float
    pigment: str
    strength: float


def draw_red(rng: np.random.Generator, places: Places) -> Blobs:
    """Post-inflammatory erythema: soft, in heaps of mixed size."""
    return _flat(rng, places, 0.4, (0.1, 2.5), 70, RED_MM)


def draw_brown(rng: np.random.Generator, places: Places) -> Blobs:
    """Post-inflammatory hyperpigmentation: soft, in heaps of mixed size."""
    return _flat(rng, places, 0.4, (0.1, 4.0), 120, BROWN_MM)


def _flat(
    rng: np.random.Generator,
    places: Places,
    chance: float,
    density: tuple[float, float],
    most: int,
    size_mm: tuple[float, float],
) -> Blobs:
    if rng.random() > chance or not len(places.xy_px):
        return Blobs.empty()
    count = min(most, int(rng.poisson(math.exp(rng.uniform(*np.log(density))) * places.area_cm2)))
    weight = rng.choice([0.02, 1.0]) + places.near(rng, (6, 25), int(rng.integers(1, 4)))
    size = np.exp(rng.uniform(*np.log(size_mm), count))
    shape = {"irregular": rng.uniform(0.08, 0.2), "edge": (0.35, 1.0)}
    return draw_blobs(rng, places.draw(rng, count, weight), size, np.zeros(count), **shape)


def draw_freckles(rng: np.random.Generator, places: Places) -> Blobs:
    """Many small spots, 3-30 per cm2, over a large part of the skin, in one tile of eight."""
    if rng.random() > 0.12 or not len(places.xy_px):
        return Blobs.empty()
    count = min(1500, int(rng.poisson(math.exp(rng.uniform(*np.log((3.0, 30.0)))) * places.area_cm2)))
    weight = 0.1 + places.near(rng, (15, 40), 2)
    size = np.exp(rng.uniform(*np.log(FRECKLE_MM), count) * 0.6 + 0.4 * rng.normal(0.1, 0.3, count))
    return draw_blobs(
        rng, places.draw(rng, count, weight), size, np.zeros(count), irregular=0.16, edge=(0.35, 0.9)
    )


def draw_moles(rng: np.random.Generator, places: Places) -> Blobs:
    """Flat and domed moles; height_um is 0 for the flat ones and up to 700 for those that stand out."""
    if rng.random() > 0.3 or not len(places.xy_px):
        return Blobs.empty()
    count = int(np.clip(rng.poisson(math.exp(rng.uniform(*np.log((0.02, 0.4)))) * places.area_cm2), 1, 14))
    size = np.exp(rng.uniform(*np.log(MOLE_MM), count))
    domed = rng.random(count) < 0.4
    height = np.where(domed, rng.uniform(80, 300, count) * np.sqrt(size), 0.0)
    return draw_blobs(
        rng, places.draw(rng, count), size, height, elongation=0.15, irregular=0.06, edge=(0.12, 0.45)
    )


def draw_patches(
    rng: np.random.Generator, places: Places, size_px: tuple[int, int], px_per_mm: float
) -> tuple[Patch, ...]:
    """One or two blotches in one tile of eight: brown as melasma, twice about the middle, or red as a flush."""
    if rng.random() > 0.12 or not len(places.xy_px):
        return ()
    pigment = str(rng.choice(["brown", "red"]))
    strength = float(rng.uniform(0.05, 0.3) if pigment == "brown" else rng.uniform(0.06, 0.35))
    (x, y), reach = places.draw(rng, 1)[0], float(rng.uniform(7, 22))
    first = Patch(float(x), float(y), reach, pigment, strength)
    if rng.random() < 0.4:
        return (first,)
    mirrored = size_px[1] / px_per_mm - float(x) + float(rng.normal(0, 3))
    return first, Patch(mirrored, float(y + rng.normal(0, 3)), reach, pigment, strength)


def patch_cover(
    rng: np.random.Generator,
    patches: tuple[Patch, ...],
    size_px: tuple[int, int],
    scale: float,
    device: torch.device,
) -> Tensor:
    """(H, W) 0..1, how fully the patches cover; all patches of a tile are of one pigment."""
    cover = torch.zeros(size_px, device=device)
    y = torch.arange(size_px[0], device=device)[:, None] / scale
    x = torch.arange(size_px[1], device=device)[None] / scale
    for patch in patches:
        ragged = fractal_noise(rng, size_px, 0.9 * patch.reach_mm * scale, 5, device)
        within = torch.exp(-0.5 * ((x - patch.x_mm) ** 2 + (y - patch.y_mm) ** 2) / patch.reach_mm**2)
        cover = torch.maximum(cover, torch.sigmoid((within + 0.22 * ragged - 0.5) / 0.06))
    return cover


@dataclass(frozen=True)
class Spots:
    """The tables of flat marks and moles that one tile shows."""

    red: Blobs
    brown: Blobs
    freckles: Blobs
    moles: Blobs
    patches: tuple[Patch, ...]


def spots_pigment(
    rng: np.random.Generator, spots: Spots, size_px: tuple[int, int], scale: float, device: torch.device
) -> tuple[Tensor, Tensor, Tensor]:
    """(H, W) melanin and haemoglobin added by all spots, and the cover of the patches 0..1."""

    def cover(blobs: Blobs, strength: NDArray[np.float64]) -> Tensor:
        return stamp_cover(
            "spot", blobs, torch.as_tensor(strength, dtype=torch.float32), size_px, scale, device
        )

    melanin, haemoglobin = torch.zeros(size_px, device=device), torch.zeros(size_px, device=device)
    if len(spots.red):
        haemoglobin = haemoglobin + cover(spots.red, rng.uniform(0.07, 0.5, len(spots.red)))
    if len(spots.brown):
        melanin = melanin + cover(spots.brown, rng.uniform(0.05, 0.38, len(spots.brown)))
    if len(spots.freckles):
        strength = rng.uniform(0.06, 0.3) * rng.uniform(0.4, 1.3, len(spots.freckles))
        melanin = melanin + cover(spots.freckles, strength)
    if len(spots.red) or len(spots.brown) or len(spots.freckles):
        patchy = (1 + 0.3 * fractal_noise(rng, size_px, 1.2 * scale, 3, device)).clamp(0.3, 1.8)
        melanin, haemoglobin = melanin * patchy, haemoglobin * patchy
    if len(spots.moles):
        dark = rng.uniform(0.3, 1.6, len(spots.moles))
        pale = (spots.moles.height_um > 0) & (rng.random(len(dark)) < 0.35)
        dark = np.where(pale, rng.uniform(0.03, 0.25, len(dark)), dark)
        patchy = (1 + 0.1 * fractal_noise(rng, size_px, 0.8 * scale, 2, device)).clamp(0.5, 1.5)
        melanin = melanin + patchy * cover(spots.moles, dark)
        haemoglobin = haemoglobin + cover(spots.moles, rng.uniform(0, 0.3, len(dark)))
    patches = patch_cover(rng, spots.patches, size_px, scale, device)
    for patch in spots.patches[:1]:
        if patch.pigment == "brown":
            melanin = melanin + patch.strength * patches
        else:
            haemoglobin = haemoglobin + patch.strength * patches
    return melanin, haemoglobin, patches


def spots_masks(
    spots: Spots, patches: Tensor, size_px: tuple[int, int], scale: float, device: torch.device
) -> tuple[Tensor, Tensor]:
    """(H, W) bool: what is a flat red mark, what is a brown one (marks, freckles, moles, melasma)."""
    red = stamp_inside(spots.red, size_px, scale, device)
    brown = stamp_inside(spots.brown, size_px, scale, device)
    for blobs in (spots.freckles, spots.moles):
        if len(blobs):
            brown |= stamp_inside(blobs, size_px, scale, device)
    for patch in spots.patches[:1]:
        if patch.pigment == "red":
            red |= patches > PATCH_EDGE
        else:
            brown |= patches > PATCH_EDGE
    return red, brown
