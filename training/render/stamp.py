"""Blobs to maps: depth profiles of the scar types, domes, spots, and which pixel belongs to which type."""

import torch
from torch import Tensor

from training.render.blobs import Blobs, windows

#: Overlapping scars share tissue: total depth approaches this, it never digs craters.
DEEPEST_UM = 1300.0


def profile(kind: str, rho: Tensor, edge: Tensor, power: Tensor) -> Tensor:
    """Share of the peak height at relative radius rho; 1 in the centre, 0 far outside.

    icepick: a V-shaped tract. boxcar: a flat floor with steep walls. rolling: a soft hollow.
    dome: a papule. spot: a flat mark with a soft edge.
    Shapes after Jacob et al., J Am Acad Dermatol 2001;45:109-117.
    """
    if kind == "icepick":
        return (1 - rho).clamp(min=0) ** power
    if kind in ("boxcar", "spot"):
        return torch.sigmoid((1 - rho) / (edge / 2.2))
    if kind == "rolling":
        return torch.where(rho < 1.25, torch.cos(rho.clamp(max=1.25) * (torch.pi / 2.5)) ** 2, 0)
    if kind == "dome":
        return (1 - rho.square()).clamp(min=0) ** (0.6 + power / 2)
    raise ValueError(f"unknown profile {kind!r}")


def stamp_height(
    kind: str, blobs: Blobs, size_px: tuple[int, int], px_per_mm: float, device: torch.device
) -> Tensor:
    """(H, W) float32, summed heights in micrometres, pits negative. Pits get a low rim, as scars do."""
    out = torch.zeros(size_px[0] * size_px[1], device=device)
    for w in windows(blobs, size_px, px_per_mm, 1.5, device):
        peak, edge, power = (
            torch.as_tensor(a, dtype=torch.float32, device=device)[w.rows][:, None]
            for a in (blobs.height_um, blobs.edge, blobs.power)
        )
        value = profile(kind, w.rho, edge, power)
        if kind in ("icepick", "boxcar"):
            value = value - 0.06 * torch.exp(-(((w.rho - 1.2) / 0.14) ** 2))
        value = torch.where(torch.isfinite(w.rho), value * peak, 0)
        out.index_add_(0, w.index.reshape(-1), value.reshape(-1))
    return out.view(size_px)


def stamp_cover(
    kind: str,
    blobs: Blobs,
    strength: Tensor,
    size_px: tuple[int, int],
    px_per_mm: float,
    device: torch.device,
) -> Tensor:
    """(H, W) float32, the largest `strength` (M,) x profile at each pixel; overlaps do not add up."""
    out = torch.zeros(size_px[0] * size_px[1], device=device)
    for w in windows(blobs, size_px, px_per_mm, 1.4, device):
        edge, power = (
            torch.as_tensor(a, dtype=torch.float32, device=device)[w.rows][:, None]
            for a in (blobs.edge, blobs.power)
        )
        value = profile(kind, w.rho, edge, power) * strength.to(device)[w.rows][:, None]
        value = torch.where(torch.isfinite(w.rho), value, 0)
        out.scatter_reduce_(0, w.index.reshape(-1), value.reshape(-1), "amax")
    return out.view(size_px)


def stamp_inside(
    blobs: Blobs, size_px: tuple[int, int], px_per_mm: float, device: torch.device, reach: float = 1.0
) -> Tensor:
    """(H, W) bool, true within `reach` radii of any blob."""
    out = torch.zeros(size_px[0] * size_px[1], device=device)
    for w in windows(blobs, size_px, px_per_mm, max(reach, 1.0), device):
        out.scatter_reduce_(0, w.index.reshape(-1), (w.rho <= reach).float().reshape(-1), "amax")
    return out.view(size_px) > 0


def soft_cap(height_um: Tensor) -> Tensor:
    """Depths approach DEEPEST_UM without a kink; what stands above the surface is left as it is."""
    depth = (-height_um).clamp(min=0)
    return height_um.clamp(min=0) - DEEPEST_UM * torch.tanh(depth / DEEPEST_UM)
