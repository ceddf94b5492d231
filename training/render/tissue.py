"""Scars on the pixel grid: their relief, their labels, their colour and the texture of scar tissue."""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from inference.network.maps import TYPES
from training.render.blobs import Blobs
from training.render.fields import blur, smooth_noise
from training.render.scars import ATROPHIC, Scars, Tissue
from training.render.stamp import soft_cap, stamp_cover, stamp_height
from training.render.stretch import stretch_maps
from training.render.troughs import stamp_troughs, stamp_troughs_inside

#: Widest wavelength of the bend of outlines and of the unevenness of floors, mm.
WARP_MM, ROUGH_MM = 2.2, (3.0, 0.7)


@dataclass(frozen=True)
class ScarRelief:
    """Heights (H, W) in micrometres: pits below the skin, raised scars above it, and stretch marks, which are marks
    of the surface and no scar relief."""

    pits: Tensor
    raised: Tensor
    stretch: Tensor


@dataclass(frozen=True)
class ScarPaint:
    """(H, W) melanin and haemoglobin that scars and stretch marks add, and how much of a pixel is scar, 0..1."""

    melanin: Tensor
    haemoglobin: Tensor
    inside: Tensor


def warp_of(
    tissue: Tissue, size_px: tuple[int, int], px_per_mm: float, device: torch.device
) -> Tensor | None:
    """(2, H*W) float32 mm by which outlines are bent, the same for one seed at every visit; None for none."""
    if tissue.warp_mm <= 0:
        return None
    return _noises(tissue.noise_seed, size_px, px_per_mm, device)[:2].view(2, -1) * tissue.warp_mm


@lru_cache(maxsize=1)
def _noises(seed: int, size_px: tuple[int, int], px_per_mm: float, device: torch.device) -> Tensor:
    """(4, H, W) unit noises of one seed: bend in x and y, broad and fine unevenness."""
    rng = np.random.default_rng(seed)
    lengths_mm = (WARP_MM, WARP_MM, *ROUGH_MM)
    return torch.stack([smooth_noise(rng, size_px, mm * px_per_mm, device) for mm in lengths_mm])


def scar_relief(scars: Scars, size_px: tuple[int, int], px_per_mm: float, device: torch.device) -> ScarRelief:
    """The heights of all scars. Linear in the scars' own depths but for the cap at `stamp.DEEPEST_UM`."""
    warp = warp_of(scars.tissue, size_px, px_per_mm, device)
    pits = stamp_troughs(scars.troughs, size_px, px_per_mm, device, warp)
    for kind in ATROPHIC:
        pits = pits + stamp_height(kind, scars.by_type[kind], size_px, px_per_mm, device, warp)
    raised = torch.zeros_like(pits)
    if len(scars.by_type.get("raised", ())):
        raised = stamp_height("raised", scars.by_type["raised"], size_px, px_per_mm, device, warp)
    if scars.tissue.rough > 0:
        noises = _noises(scars.tissue.noise_seed, size_px, px_per_mm, device)
        uneven = (1 + scars.tissue.rough * (noises[2] + 0.15 * noises[3])).clamp(0.3, 1.7)
        pits, raised = pits * uneven, raised * (0.6 + 0.4 * uneven)
    soft_px = scars.softness_mm * px_per_mm
    both = blur(torch.stack([soft_cap(pits), raised]), soft_px)
    stretch, _ = stretch_maps(scars.stretch, size_px, px_per_mm, device, warp)
    return ScarRelief(both[0], both[1], stretch)


def stretch_cover(scars: Scars, size_px: tuple[int, int], px_per_mm: float, device: torch.device) -> Tensor:
    """(H, W) float32 0..1, above 0.5 inside the bands of stretch marks."""
    warp = warp_of(scars.tissue, size_px, px_per_mm, device)
    return stretch_maps(scars.stretch, size_px, px_per_mm, device, warp)[1]


def scar_paint(scars: Scars, size_px: tuple[int, int], px_per_mm: float, device: torch.device) -> ScarPaint:
    """Colour of scars: every scar has its own share of the tile's colour, from none to twice as much."""
    rng = np.random.default_rng((scars.tissue.noise_seed, 1))
    warp = warp_of(scars.tissue, size_px, px_per_mm, device)

    def cover(blobs: Blobs, strength: float = 1.0, profile: str = "spot") -> Tensor:
        """Colour fades over the border, and shallow scars have less of it."""
        if not len(blobs):
            return torch.zeros(size_px, device=device)
        depth = np.abs(blobs.height_um)
        share = strength * rng.gamma(4, 0.25, len(blobs)) * np.sqrt(depth / (depth.max() + 1e-9))
        share = torch.as_tensor(share, dtype=torch.float32)
        soft = replace(blobs, edge=np.full(len(blobs), 0.5))
        return stamp_cover(profile, soft, share, size_px, px_per_mm, device, warp)

    inside = torch.zeros(size_px, device=device)
    for kind in ATROPHIC:
        inside = torch.maximum(
            inside, cover(scars.by_type[kind], profile="rolling" if kind == "rolling" else "spot")
        )
    grooves = stamp_troughs_inside(scars.troughs, size_px, px_per_mm, device, warp).float().clamp(max=1)
    if len(scars.troughs):
        inside = torch.maximum(inside, blur(grooves[None], 0.2 * px_per_mm)[0])
    raised = cover(scars.by_type.get("raised", Blobs.empty()))
    bands = stretch_maps(scars.stretch, size_px, px_per_mm, device, warp)[1]
    pores = cover(scars.pores, 0.07)
    amounts = [
        scars.colour[k] * inside + scars.tissue.raised_colour[k] * raised + scars.stretch.colour[k] * bands
        for k in (0, 1)
    ]
    if scars.tissue.rough > 0:  # no scar is painted evenly
        noises = _noises(scars.tissue.noise_seed, size_px, px_per_mm, device)
        amounts = [a * (1 + 0.35 * noises[3] + 0.25 * noises[2]).clamp(0.1, 2) for a in amounts]
    anywhere = torch.maximum(torch.maximum(inside, raised), bands).clamp(0, 1)
    return ScarPaint(amounts[0] + pores, amounts[1], anywhere)


def lose_texture(skin: Tensor, inside: Tensor, tissue: Tissue, px_per_mm: float) -> Tensor:
    """(3, H, W) linear RGB with the fine texture of photographed skin partly gone inside scars: no pores there."""
    if tissue.smooth <= 0 or not bool((inside > 0).any()):
        return skin
    share = tissue.smooth * inside.clamp(0, 1)
    return skin + share * (blur(skin, 0.35 * px_per_mm) - skin)


def tissue_left(relief: ScarRelief, least: float) -> Tensor:
    """(H, W) share of the skin's own micro-relief that is left: `least` in scars from 90 um deep or high, 1 outside."""
    much = torch.maximum(-relief.pits, relief.raised).clamp(0, 90) / 90
    return 1 - (1 - least) * much


def gloss_of(scars: Scars, pits: Tensor, raised: Tensor) -> Tensor:
    """(H, W) factor on the skin's shine, from 1: scars may shine more, and tall raised ones always do."""
    inside = ((-pits).clamp(0, 120) / 120) * scars.tissue.gloss
    return 1 + torch.maximum(inside, (scars.tissue.gloss + 0.8) * (raised / 500).clamp(0, 1))


def scar_list(
    scars: Scars, types: NDArray[np.uint8], height: Tensor, px_per_mm: float
) -> list[dict[str, float | str]]:
    """Every scar whose centre lies on labelled skin of the tile: place, type, width, depth at the centre (below 0 for
    a raised scar), area; of a trough also the length."""
    depth_um = -height.cpu().numpy()
    found: list[dict[str, float | str]] = []
    for scar in scars.listed():
        x, y = scar.x_mm * px_per_mm, scar.y_mm * px_per_mm
        inside = 0 <= x < types.shape[1] and 0 <= y < types.shape[0]
        if not inside or not 0 < types[int(y), int(x)] < len(TYPES):
            continue
        entry: dict[str, float | str] = {
            "type": scar.type,
            "x_px": round(x, 1),
            "y_px": round(y, 1),
            "width_mm": round(scar.width_mm, 2),
            "depth_um": round(float(depth_um[int(y), int(x)]), 1),
            "area_px": round(scar.area_mm2 * px_per_mm**2, 1),
        }
        if scar.length_mm is not None:
            entry["length_mm"] = round(scar.length_mm, 2)
        found.append(entry)
    return found
