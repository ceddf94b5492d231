"""Light on a height map: diffuse light with shadow and occlusion, scatter below the surface, and shine."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from training.render.fields import blur


@dataclass(frozen=True)
class Lamp:
    """One light far away. azimuth_rad: where it stands, 0 right, -pi/2 above; elevation_rad over the skin plane."""

    azimuth_rad: float
    elevation_rad: float
    strength: float

    def direction(self) -> tuple[float, float, float]:
        c = math.cos(self.elevation_rad)
        return c * math.cos(self.azimuth_rad), c * math.sin(self.azimuth_rad), math.sin(self.elevation_rad)


@dataclass(frozen=True)
class Rig:
    """A set-up of lamps. ambient: share of light from everywhere. shine: strength and exponent of the gloss;
    0 behind crossed polarizers. scatter_mm: blur of the light below the surface in R, G, B."""

    lamps: tuple[Lamp, ...]
    ambient: float
    shine: float
    gloss: float
    scatter_mm: tuple[float, float, float]


@dataclass(frozen=True)
class Shading:
    """diffuse: (3, H, W) irradiance, about 1 on flat skin. specular: (H, W), added as white light."""

    diffuse: Tensor
    specular: Tensor


def draw_rig(rng: np.random.Generator) -> Rig:
    """Ranges that worked in the trial: elevation 12-70 degrees, ambient 0.06-0.5, 70 % from above, one or two lamps."""
    lamps: list[Lamp] = []
    for k in range(1 if rng.random() < 0.6 else 2):
        above = rng.random() < 0.7
        azimuth = rng.uniform(-math.pi, 0) if above else rng.uniform(-math.pi, math.pi)
        elevation = math.radians(rng.uniform(12, 70))
        lamps.append(Lamp(azimuth, elevation, 1.0 if k == 0 else rng.uniform(0.2, 0.9)))
    polarized = rng.random() < 0.15
    red = rng.uniform(0.12, 0.3)
    return Rig(
        lamps=tuple(lamps),
        ambient=float(np.exp(rng.uniform(math.log(0.06), math.log(0.5)))),
        shine=0.0 if polarized else float(rng.gamma(1.2, 0.12)),
        gloss=float(np.exp(rng.uniform(math.log(6), math.log(70)))),
        scatter_mm=(red, red * rng.uniform(0.4, 0.7), red * rng.uniform(0.25, 0.5)),
    )


def shade(height_um: Tensor, form: Tensor, rig: Rig, px_per_mm: float) -> Shading:
    """Light the height map.

    height_um: (H, W) micrometres. form: (2, H, W) slope of the broad form (cheek, jaw), mm per mm, in x and y.
    """
    height_mm = height_um / 1000
    slope = _slope(height_mm, px_per_mm) + form
    norm = torch.rsqrt(1 + slope.square().sum(0))
    normal = torch.cat([-slope, torch.ones_like(slope[:1])]) * norm
    direct = torch.zeros_like(height_um)
    specular = torch.zeros_like(height_um)
    for lamp in rig.lamps:
        lx, ly, lz = lamp.direction()
        facing = (normal[0] * lx + normal[1] * ly + normal[2] * lz).clamp(min=0)
        lit = facing * _sunlit(height_mm, lamp, px_per_mm)
        direct = direct + lamp.strength * lit / max(lz, 0.25)
        if rig.shine > 0:
            half = torch.tensor([lx, ly, lz + 1.0], device=height_um.device)
            half = (half / half.norm()).view(3, 1, 1)
            lobe = (normal * half).sum(0).clamp(min=0) ** rig.gloss
            specular = specular + lamp.strength * rig.shine * (rig.gloss + 8) / 40 * lobe * (lit > 0)
    flat = rig.ambient + sum(lamp.strength for lamp in rig.lamps)
    light = (rig.ambient * _openness(height_mm, px_per_mm) + direct) / flat
    channels = [blur(light[None], mm * px_per_mm)[0] for mm in rig.scatter_mm]
    return Shading(torch.stack(channels).clamp(min=0.004), 0.5 * torch.tanh(2 * specular))


def _slope(height_mm: Tensor, px_per_mm: float) -> Tensor:
    """(2, H, W) central differences in x and y, mm per mm."""
    p = functional.pad(height_mm[None, None], (1, 1, 1, 1), mode="replicate")[0, 0]
    return torch.stack([p[1:-1, 2:] - p[1:-1, :-2], p[2:, 1:-1] - p[:-2, 1:-1]]) * (px_per_mm / 2)


def _sunlit(height_mm: Tensor, lamp: Lamp, px_per_mm: float) -> Tensor:
    """(H, W) 0..1, soft cast shadow: is there higher ground towards the lamp than its ray?"""
    rise = math.tan(lamp.elevation_rad)
    reach_mm = min(1.2 / rise, 4.0)
    blocked = torch.zeros_like(height_mm)
    for k in range(1, 8):
        distance_mm = reach_mm * (k / 7) ** 1.5
        dx = round(distance_mm * math.cos(lamp.azimuth_rad) * px_per_mm)
        dy = round(distance_mm * math.sin(lamp.azimuth_rad) * px_per_mm)
        if dx == 0 and dy == 0:
            continue
        above = _shift(height_mm, dx, dy) - distance_mm * rise - height_mm
        blocked = torch.maximum(blocked, above / (0.03 + 0.12 * distance_mm))
    return 1 - blocked.clamp(0, 1)


def _shift(x: Tensor, dx: int, dy: int) -> Tensor:
    """Value at (x + dx, y + dy), edges replicated."""
    height, width = x.shape
    rows = (torch.arange(height, device=x.device) + dy).clamp(0, height - 1)
    cols = (torch.arange(width, device=x.device) + dx).clamp(0, width - 1)
    return x[rows][:, cols]


def _openness(height_mm: Tensor, px_per_mm: float) -> Tensor:
    """(H, W) share of the sky that a point sees, from how far it lies below its surroundings at two scales."""
    closed = torch.zeros_like(height_mm)
    for sigma_mm, weight in ((0.35, 0.9), (1.2, 0.6)):
        around = blur(height_mm[None], sigma_mm * px_per_mm)[0]
        closed = closed + weight * ((around - height_mm) / sigma_mm).clamp(min=0)
    return 1 / (1 + closed)
