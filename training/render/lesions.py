"""Active acne: papules, pustules, comedones, crusts, and how they look. None of them is a scar."""

import math
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from training.render.blobs import Blobs, draw_blobs
from training.render.fields import fractal_noise
from training.render.places import Places
from training.render.stamp import stamp_cover, stamp_height, stamp_inside

#: Diameters in mm. Papules and pustules stay under 5 mm and comedones about 1-2 mm by definition (Layton et al.,
#: definitions of acne lesions, Br J Dermatol 2009); the lower ends and the crusts are conventions of ours.
PAPULE_MM, PUSTULE_MM = (1.2, 5.0), (1.2, 4.0)
OPEN_MM, CLOSED_MM, CRUST_MM = (0.5, 1.8), (0.8, 2.2), (1.5, 6.0)
#: Pus seen through a thin roof, linear RGB, for light of 1: yellowish white (by eye).
PUS_RGB = (0.80, 0.62, 0.37)


@dataclass(frozen=True)
class Acne:
    """pustules: with a cap `cap` (share of the radius, one each). plugs: dark plugs of the open comedones.
    crusts: dark red-brown rough patches."""

    pustules: Blobs
    cap: np.ndarray
    open: Blobs
    plugs: Blobs
    closed: Blobs
    crusts: Blobs

    @staticmethod
    def none() -> "Acne":
        nothing = Blobs.empty()
        return Acne(nothing, np.zeros(0), nothing, nothing, nothing, nothing)


def draw_papules(rng: np.random.Generator, places: Places, chance: float = 0.3) -> Blobs:
    """Inflamed papules, 0.05-1.5 per cm2, heaped as acne is."""
    xy = _somewhere(rng, places, chance, (0.05, 1.5), 40)
    size = _sizes(rng, PAPULE_MM, len(xy))
    return draw_blobs(rng, xy, size, rng.uniform(40, 190, len(xy)) * np.sqrt(size), power=(2.0, 4.5))


def draw_acne(rng: np.random.Generator, places: Places) -> Acne:
    """Each kind on its own chance; crusts are rare."""
    xy = _somewhere(rng, places, 0.16, (0.03, 0.8), 25)
    size = _sizes(rng, PUSTULE_MM, len(xy))
    pustules = draw_blobs(rng, xy, size, rng.uniform(60, 230, len(xy)) * np.sqrt(size), power=(1.4, 3.5))
    xy = _somewhere(rng, places, 0.16, (0.3, 5.0), 150)
    size = _sizes(rng, OPEN_MM, len(xy))
    opened = draw_blobs(rng, xy, size, rng.uniform(10, 70, len(xy)), elongation=0.1)
    plugs = draw_blobs(
        rng, xy, size * rng.uniform(0.25, 0.5, len(xy)), np.zeros(len(xy)), elongation=0.15, edge=(0.2, 0.6)
    )
    xy = _somewhere(rng, places, 0.16, (0.3, 5.0), 150)
    size = _sizes(rng, CLOSED_MM, len(xy))
    closed = draw_blobs(rng, xy, size, rng.uniform(40, 150, len(xy)), elongation=0.1, power=(1.6, 3.0))
    xy = _somewhere(rng, places, 0.12, (0.02, 0.5), 12)
    size = _sizes(rng, CRUST_MM, len(xy))
    crusts = draw_blobs(
        rng, xy, size, rng.uniform(60, 220, len(xy)), irregular=0.09, edge=(0.2, 0.6), power=(3.0, 6.0)
    )
    return Acne(pustules, rng.uniform(0.3, 0.6, len(pustules)), opened, plugs, closed, crusts)


def _somewhere(
    rng: np.random.Generator, places: Places, chance: float, density: tuple[float, float], most: int
) -> np.ndarray:
    """(M, 2) mm, one to four heaps on a thin floor, density log-uniform per cm2 of skin."""
    if rng.random() > chance or not len(places.xy_px):
        return np.zeros((0, 2))
    count = rng.poisson(math.exp(rng.uniform(*np.log(density))) * places.area_cm2)
    weight = 0.05 + places.near(rng, (5, 25), int(rng.integers(1, 5)))
    return places.draw(rng, min(most, int(count)), weight)


def _sizes(rng: np.random.Generator, span_mm: tuple[float, float], count: int) -> np.ndarray:
    return np.exp(rng.uniform(*np.log(span_mm), count))


def acne_height(
    rng: np.random.Generator,
    acne: Acne,
    papules: Blobs,
    size_px: tuple[int, int],
    scale: float,
    device: torch.device,
) -> Tensor:
    """(H, W) micrometres above the skin: domes, and crusts with a broken surface."""
    height = torch.zeros(size_px, device=device)
    for blobs in (papules, acne.pustules, acne.open, acne.closed):
        if len(blobs):
            height = height + stamp_height("dome", blobs, size_px, scale, device)
    if len(acne.crusts):
        rough = 1 + 0.5 * fractal_noise(rng, size_px, 0.9 * scale, 3, device)
        height = height + stamp_height("raised", acne.crusts, size_px, scale, device) * rough.clamp(0.2, 2)
    return height


def acne_pigment(
    rng: np.random.Generator,
    acne: Acne,
    papules: Blobs,
    redness: float,
    size_px: tuple[int, int],
    scale: float,
    device: torch.device,
) -> tuple[Tensor, Tensor]:
    """(H, W) melanin and haemoglobin added: halo and core of what is inflamed, plugs, dried blood."""
    melanin, haemoglobin = torch.zeros(size_px, device=device), torch.zeros(size_px, device=device)

    def cover(blobs: Blobs, low: float, high: float, kind: str = "spot") -> Tensor:
        strength = torch.as_tensor(rng.uniform(low, high, len(blobs)), dtype=torch.float32)
        return stamp_cover(kind, blobs, strength, size_px, scale, device)

    for blobs, factor in ((papules, redness), (acne.pustules, max(redness, 0.3))):
        if len(blobs) and factor > 0:
            haemoglobin = haemoglobin + factor * cover(_wider(blobs, 1.25, 0.9), 0.4, 0.9)
            haemoglobin = haemoglobin + factor * cover(_wider(blobs, 0.85, 0.7), 0.5, 1.2)
            melanin = melanin + 0.2 * factor * cover(blobs, 0.0, 0.6)
    if len(acne.plugs):
        melanin = melanin + cover(acne.plugs, 0.3, 1.4)
    if len(acne.crusts):
        patchy = (1 + 0.45 * fractal_noise(rng, size_px, 1.1 * scale, 3, device)).clamp(0.25, 2.2)
        melanin = melanin + patchy * cover(acne.crusts, 0.3, 1.1)
        haemoglobin = haemoglobin + patchy * cover(acne.crusts, 0.15, 0.8)
        haemoglobin = haemoglobin + cover(_wider(acne.crusts, 1.35, 0.8), 0.1, 0.4)
    return melanin, haemoglobin


def pus_cover(acne: Acne, size_px: tuple[int, int], scale: float, device: torch.device) -> Tensor:
    """(H, W) 0..1, how far pus shows at each pixel."""
    if not len(acne.pustules):
        return torch.zeros(size_px, device=device)
    caps = _wider(acne.pustules, acne.cap, 0.55)
    strength = torch.full((len(caps),), 0.85)
    return stamp_cover("spot", caps, strength, size_px, scale, device)


def acne_mask(
    acne: Acne, papules: Blobs, size_px: tuple[int, int], scale: float, device: torch.device
) -> Tensor:
    """(H, W) bool, what counts as active acne."""
    mask = torch.zeros(size_px, dtype=torch.bool, device=device)
    for blobs in (papules, acne.pustules, acne.open, acne.closed, acne.crusts):
        if len(blobs):
            mask |= stamp_inside(blobs, size_px, scale, device)
    return mask


def _wider(blobs: Blobs, factor: float | np.ndarray, edge: float) -> Blobs:
    """The same outlines, larger or smaller, with another edge."""
    return replace(blobs, a_mm=blobs.a_mm * factor, b_mm=blobs.b_mm * factor, edge=np.full(len(blobs), edge))
