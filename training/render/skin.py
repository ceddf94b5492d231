"""Healthy skin: micro-relief as a height map, and colour from melanin and haemoglobin."""

import math

import numpy as np
import torch
from torch import Tensor

from training.render.fields import fractal_noise, smooth_noise

#: Absorption per unit melanin and haemoglobin in linear R, G, B, and the light that returns from the surface
#: whatever lies below it. Fitted by eye to sRGB swatches from ITA 60 to -50; `tone_for_ita` inverts it.
MELANIN_RGB = (1.0, 1.7, 2.4)
HAEMOGLOBIN_RGB = (0.10, 0.95, 0.75)
BASE_RGB = (0.86, 0.74, 0.66)
SURFACE_RGB = 0.012


def albedo(melanin: Tensor, haemoglobin: Tensor) -> Tensor:
    """(3, H, W) float32 linear RGB reflectance, 0..1, from (H, W) amounts (arbitrary units, 0 upward).

    Beer-Lambert absorption over a constant scattering base, after the two-chromophore model of
    Tsumura et al., J Opt Soc Am A 1999;16:2169-2176.
    """

    def column(values: tuple[float, ...]) -> Tensor:
        return torch.tensor(values, device=melanin.device).view(3, 1, 1)

    absorbed = column(MELANIN_RGB) * melanin + column(HAEMOGLOBIN_RGB) * haemoglobin
    return SURFACE_RGB + (1 - SURFACE_RGB) * column(BASE_RGB) * torch.exp(-absorbed)


def stain(melanin: Tensor, haemoglobin: Tensor) -> Tensor:
    """(3, H, W) factor on linear RGB for added (or, below 0, lost) pigment over an unknown canvas."""
    melanin_rgb = torch.tensor(MELANIN_RGB, device=melanin.device).view(3, 1, 1)
    haemoglobin_rgb = torch.tensor(HAEMOGLOBIN_RGB, device=melanin.device).view(3, 1, 1)
    return torch.exp(-(melanin_rgb * melanin + haemoglobin_rgb * haemoglobin))


def _cell_borders(
    rng: np.random.Generator,
    size_px: tuple[int, int],
    cell_px: tuple[float, float],
    angle: float,
    device: torch.device,
) -> Tensor:
    """(H, W) distance to the nearest border of jittered cells, in cells: 0 on a furrow, about 0.5 inside a plateau."""
    height, width = size_px
    y, x = torch.meshgrid(
        torch.arange(height, device=device, dtype=torch.float32),
        torch.arange(width, device=device, dtype=torch.float32),
        indexing="ij",
    )
    warp = [smooth_noise(rng, size_px, 2.5 * max(cell_px), device) * 0.35 for _ in range(2)]
    u = (x * math.cos(angle) + y * math.sin(angle)) / cell_px[0] + warp[0]
    v = (y * math.cos(angle) - x * math.sin(angle)) / cell_px[1] + warp[1]
    u, v = u - u.min() + 1, v - v.min() + 1
    cols, rows = int(u.max()) + 3, int(v.max()) + 3
    jitter = torch.as_tensor(rng.uniform(-0.42, 0.42, (2, rows * cols)), dtype=torch.float32, device=device)
    iu, iv = torch.floor(u).long(), torch.floor(v).long()
    nearest = torch.full(size_px, 9.0, device=device)
    second = nearest.clone()
    for dv in (-1, 0, 1):
        for du in (-1, 0, 1):
            cell = (iv + dv) * cols + (iu + du)
            du_to = iu + du + 0.5 + jitter[0, cell] - u
            dv_to = iv + dv + 0.5 + jitter[1, cell] - v
            distance = torch.hypot(du_to, dv_to)
            second = torch.minimum(second, torch.maximum(nearest, distance))
            nearest = torch.minimum(nearest, distance)
    return second - nearest


def micro_relief(
    rng: np.random.Generator,
    size_px: tuple[int, int],
    px_per_mm: float,
    depth_um: float,
    device: torch.device,
) -> Tensor:
    """(H, W) float32 micrometres: primary furrows (0.4-1 mm apart), secondary ones inside them, fine grain.

    depth_um: of the primary furrows; 20-200 um after Hashimoto, J Soc Cosmet Chem 1974 and later profilometry.
    Furrows finer than two pixels are left out: a camera does not resolve them.
    """
    angle = rng.uniform(0, math.pi)
    spacing_mm = rng.uniform(0.4, 1.0)
    stretch = math.exp(abs(rng.normal(0, 0.35)))
    height = 0.2 * depth_um * fractal_noise(rng, size_px, 1.2 * px_per_mm, 3, device)
    for share, order in ((1.0, 1.0), (0.45, 0.5)):
        cell = spacing_mm * order * px_per_mm
        if cell < 2:
            continue
        border = _cell_borders(
            rng, size_px, (cell * stretch, cell / stretch), angle + rng.normal(0, 0.3), device
        )
        strength = (0.75 + 0.35 * smooth_noise(rng, size_px, 8 * px_per_mm, device)).clamp(0.1, 1.5)
        height = height - share * depth_um * strength * torch.exp(-((border / 0.22) ** 2))
    return height - height.mean()


def complexion(
    rng: np.random.Generator,
    size_px: tuple[int, int],
    px_per_mm: float,
    melanin: float,
    haemoglobin: float,
    device: torch.device,
) -> tuple[Tensor, Tensor]:
    """Melanin and haemoglobin maps (H, W) around their means: blotches of centimetres, speckle of a millimetre."""
    slow = [fractal_noise(rng, size_px, 14 * px_per_mm, 3, device) for _ in range(2)]
    fine = [fractal_noise(rng, size_px, 0.7 * px_per_mm, 2, device) for _ in range(2)]
    uneven = rng.uniform(0.03, 0.12)
    m = melanin * (1 + uneven * slow[0] + 0.03 * fine[0]) + 0.004 * fine[0]
    h = haemoglobin * (1 + 2.0 * uneven * slow[1] + 0.08 * fine[1])
    return m.clamp(min=0), h.clamp(min=0)
