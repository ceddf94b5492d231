"""Light on a photographed face that its own picture does not hold: gloss, shade, and too little of it."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from training.render.fields import blur, fractal_noise, smooth_noise


@dataclass(frozen=True)
class Mood:
    """gloss: peak of white light added in patches of oily skin, 0 none. shade: light left in the shaded part, 1 for
    none; shade_edge_mm: how soft its border is. dim: factor on the exposure."""

    gloss: float
    shade: float
    shade_edge_mm: float
    dim: float


def draw_mood(rng: np.random.Generator) -> Mood:
    """Gloss in one picture of six, deep shade in one of six, underexposure in one of eight."""
    gloss = rng.uniform(0.05, 0.5) if rng.random() < 0.16 else 0.0
    shade = math.exp(rng.uniform(math.log(0.08), math.log(0.6))) if rng.random() < 0.16 else 1.0
    dim = rng.uniform(0.25, 0.7) if rng.random() < 0.12 else 1.0
    return Mood(float(gloss), float(shade), math.exp(rng.uniform(math.log(1.0), math.log(30))), float(dim))


def set_mood(
    rng: np.random.Generator, linear: Tensor, mood: Mood, skin: Tensor, form: Tensor, px_per_mm: float
) -> Tensor:
    """(3, H, W) linear light with gloss on `skin` (H, W) 0..1, which follows the slopes `form` (2, H, W), and with
    part of the picture in shade."""
    size = tuple(linear.shape[1:])
    if mood.shade < 1:
        y = torch.linspace(-1, 1, size[0], device=linear.device)[:, None]
        x = torch.linspace(-1, 1, size[1], device=linear.device)[None]
        angle, off = rng.uniform(0, 2 * math.pi), rng.uniform(-0.6, 0.6)
        bent = 0.35 * smooth_noise(rng, size, 30 * px_per_mm, linear.device)
        side = (x * math.cos(angle) + y * math.sin(angle) - off + bent) * size[1] / 2 / px_per_mm
        linear = linear * torch.lerp(
            torch.tensor(mood.shade, device=linear.device),
            torch.ones((), device=linear.device),
            torch.sigmoid(side / mood.shade_edge_mm),
        )
    if mood.gloss > 0:
        linear = linear + (
            _gloss(rng, linear, mood.gloss, form, px_per_mm) * blur(skin[None], 1.5 * px_per_mm)[0]
        )
    return linear


def _gloss(rng: np.random.Generator, linear: Tensor, peak: float, form: Tensor, px_per_mm: float) -> Tensor:
    """(H, W) white light thrown back where the form (2, H, W) of the head faces half-way to some lamp, broken up by
    the picture's own fine light and dark, as oily skin shows its pores."""
    size = tuple(linear.shape[1:])
    half = torch.as_tensor(rng.normal(0, 0.3, 2), dtype=torch.float32, device=form.device).view(2, 1, 1)
    width = rng.uniform(0.12, 0.4)
    away = (form - half).square().sum(0)
    # Where no part of the tile faces the lamp, what comes nearest shines.
    lobe = torch.exp(-0.5 * (away - 0.8 * away.min()) / width**2)
    oily = 0.75 + 0.35 * fractal_noise(rng, size, 15 * px_per_mm, 3, linear.device)
    light = linear.mean(0, keepdim=True)
    fine = (light / blur(light, 1.5 * px_per_mm).clamp(min=0.01))[0].clamp(0.2, 1.6)
    broad = (light / light.mean())[0].clamp(0.1, 1.0)
    return peak * lobe * oily.clamp(0, 1.5) * fine**2 * broad
