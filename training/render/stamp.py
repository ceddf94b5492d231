"""Blobs to maps: depth profiles of the scar types, domes, spots, and which pixel belongs to which type."""

import torch
from torch import Tensor

from training.render.blobs import Blobs, Window, windows

#: Overlapping scars share tissue: total depth approaches this, it never digs craters.
DEEPEST_UM = 1300.0


def profile(kind: str, rho: Tensor, edge: Tensor, power: Tensor) -> Tensor:
    """Share of the peak height at relative radius rho; 1 in the centre, 0 far outside.

    icepick: a V-shaped tract. boxcar: a flat floor with steep walls. rolling: a soft hollow.
    dome: a papule. raised: from a dome (power 2) to a plateau (6). spot: a flat mark with a soft edge.
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
    if kind == "raised":
        return (1 - rho.clamp(max=2) ** power).clamp(min=0)
    raise ValueError(f"unknown profile {kind!r}")


def stamp_height(
    kind: str,
    blobs: Blobs,
    size_px: tuple[int, int],
    px_per_mm: float,
    device: torch.device,
    warp_mm: Tensor | None = None,
) -> Tensor:
    """(H, W) float32, heights in micrometres, pits negative.

    Rolling hollows add up to an undulation; where boxcars, icepicks or raised scars meet, the deeper (higher) one
    counts, so that they merge into one floor with a lobed outline.
    """
    out = torch.zeros(size_px[0] * size_px[1], device=device)
    rims = torch.zeros_like(out) if bool((blobs.rim != 0).any()) else None
    for w in windows(blobs, size_px, px_per_mm, 1.5, device, warp_mm):
        peak, edge, power, rim, fold, count = (
            torch.as_tensor(a, dtype=torch.float32, device=device)[w.rows][:, None]
            for a in (
                blobs.height_um,
                blobs.edge,
                blobs.power,
                blobs.rim,
                blobs.fold_share,
                blobs.fold_count,
            )
        )
        value = profile(kind, w.rho, edge, power)
        if w.theta is not None:
            value = value + _folds(w, fold, count)
        inside = torch.isfinite(w.rho)
        value = torch.where(inside, value * peak, 0).reshape(-1)
        if kind in ("boxcar", "icepick", "raised"):
            out.scatter_reduce_(0, w.index.reshape(-1), value, "amax" if kind == "raised" else "amin")
        else:
            out.index_add_(0, w.index.reshape(-1), value)
        if rims is not None:
            ring = torch.exp(-(((w.rho.clamp(max=9) - 1.2) / 0.22) ** 2))
            rims.index_add_(0, w.index.reshape(-1), (-ring * rim * peak * inside).reshape(-1))
    return (out if rims is None else out + rims).view(size_px)


def _folds(window: Window, share: Tensor, count: Tensor) -> Tensor:
    """Extra depth of the slight folds that run from a tethered scar's centre over its border, unevenly spaced,
    and of the centre that the tether pulls down. share, count: (G, 1)."""
    assert window.theta is not None
    rho = window.rho.clamp(max=9)
    uneven = window.theta + 0.5 * torch.sin(window.theta + 1.7 * count)
    valley = torch.cos(0.5 * count.round() * uneven).square() ** 3
    along = rho * (1.4 - rho).clamp(min=0) * 2
    return share * (valley * along + 0.8 * torch.exp(-((rho / 0.22) ** 2)))


def stamp_cover(
    kind: str,
    blobs: Blobs,
    strength: Tensor,
    size_px: tuple[int, int],
    px_per_mm: float,
    device: torch.device,
    warp_mm: Tensor | None = None,
) -> Tensor:
    """(H, W) float32, the largest `strength` (M,) x profile at each pixel; overlaps do not add up."""
    out = torch.zeros(size_px[0] * size_px[1], device=device)
    for w in windows(blobs, size_px, px_per_mm, 1.4, device, warp_mm):
        edge, power = (
            torch.as_tensor(a, dtype=torch.float32, device=device)[w.rows][:, None]
            for a in (blobs.edge, blobs.power)
        )
        value = profile(kind, w.rho, edge, power) * strength.to(device)[w.rows][:, None]
        value = torch.where(torch.isfinite(w.rho), value, 0)
        out.scatter_reduce_(0, w.index.reshape(-1), value.reshape(-1), "amax")
    return out.view(size_px)


def stamp_inside(
    blobs: Blobs,
    size_px: tuple[int, int],
    px_per_mm: float,
    device: torch.device,
    reach: float = 1.0,
    warp_mm: Tensor | None = None,
) -> Tensor:
    """(H, W) bool, true within `reach` radii of any blob."""
    out = torch.zeros(size_px[0] * size_px[1], device=device)
    for w in windows(blobs, size_px, px_per_mm, max(reach, 1.0), device, warp_mm):
        out.scatter_reduce_(0, w.index.reshape(-1), (w.rho <= reach).float().reshape(-1), "amax")
    return out.view(size_px) > 0


def soft_cap(height_um: Tensor) -> Tensor:
    """Depths approach DEEPEST_UM without a kink; what stands above the surface is left as it is."""
    depth = (-height_um).clamp(min=0)
    return height_um.clamp(min=0) - DEEPEST_UM * torch.tanh(depth / DEEPEST_UM)
