"""Smooth random fields and blurs, the same on every device: all chance comes from NumPy generators."""

import math

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional


def smooth_noise(
    rng: np.random.Generator, size_px: tuple[int, int], wavelength_px: float, device: torch.device
) -> Tensor:
    """(H, W) float32 noise of zero mean and about unit sd, bicubic between knots wavelength_px apart."""
    height, width = size_px
    if wavelength_px > 12:  # made at 6 px or more a wavelength and enlarged: no eye can tell, and far cheaper
        reduce = int(wavelength_px // 6)
        small = (math.ceil(height / reduce) + 1, math.ceil(width / reduce) + 1)
        coarse = smooth_noise(rng, small, wavelength_px / reduce, device)[None, None]
        big = functional.interpolate(coarse, scale_factor=reduce, mode="bilinear", align_corners=False)
        return big[0, 0, :height, :width]
    rows, cols = (max(2, math.ceil(n / max(wavelength_px, 1.0)) + 3) for n in size_px)
    knots = torch.as_tensor(rng.standard_normal((1, 1, rows, cols)), dtype=torch.float32, device=device)
    scale = max(wavelength_px, 1.0)
    big = functional.interpolate(
        knots, size=(round(rows * scale), round(cols * scale)), mode="bicubic", align_corners=False
    )
    oy, ox = (int(v) for v in rng.integers(0, np.maximum(np.array(big.shape[2:]) - (height, width), 0) + 1))
    return big[0, 0, oy : oy + height, ox : ox + width]


def fractal_noise(
    rng: np.random.Generator,
    size_px: tuple[int, int],
    wavelength_px: float,
    octaves: int,
    device: torch.device,
) -> Tensor:
    """(H, W) float32, octaves of smooth noise, each half as long and 0.55 as strong as the one before."""
    total = torch.zeros(size_px, device=device)
    for k in range(octaves):
        if wavelength_px / 2**k < 1:
            break
        total += 0.55**k * smooth_noise(rng, size_px, wavelength_px / 2**k, device)
    return total


def blur(x: Tensor, sigma_px: float) -> Tensor:
    """Gaussian blur of (C, H, W), edges replicated; broad blurs run on a reduced picture."""
    if sigma_px < 0.2:
        return x
    if sigma_px > 6:
        reduce = int(sigma_px // 3)
        small = functional.interpolate(x[None], scale_factor=1 / reduce, mode="area")
        small = blur(small[0], sigma_px / reduce)
        return functional.interpolate(small[None], size=x.shape[-2:], mode="bilinear", align_corners=False)[0]
    radius = math.ceil(3 * sigma_px)
    t = torch.arange(-radius, radius + 1, dtype=torch.float32, device=x.device)
    k = torch.exp(-0.5 * (t / sigma_px) ** 2)
    k = k / k.sum()
    y = functional.pad(x[:, None], (radius, radius, radius, radius), mode="replicate")
    y = functional.conv2d(y, k.view(1, 1, 1, -1))
    return functional.conv2d(y, k.view(1, 1, -1, 1))[:, 0]


def spread_max(x: Tensor, reach_px: int) -> Tensor:
    """(H, W) the largest value within a square of 2 reach_px + 1, by windows that double: far cheaper than pooling."""
    for axis in (0, 1):
        x = functional.pad(
            x[None], (reach_px, reach_px, 0, 0) if axis else (0, 0, reach_px, reach_px), value=-math.inf
        )[0]
        done, side = 1, 2 * reach_px + 1
        while done < side:
            step = min(done, side - done)
            kept = x.shape[axis] - step
            x = torch.maximum(x.narrow(axis, 0, kept), x.narrow(axis, step, kept))
            done += step
    return x
