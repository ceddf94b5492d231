"""Light on a height map: diffuse light with shadow and occlusion, scatter below the surface, and shine."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from training.render.fields import blur, smooth_noise

#: Least width of the line between light and shadow, as a share of the shadow's length: a lamp of 7 degrees across.
PENUMBRA = 0.12
#: The longest shadow that is looked for, mm; pits are at most 1.3 mm deep.
SHADOW_REACH_MM = 4.0
SHADOW_STEPS = 12
#: How much reflected surface light greys skin seen without polarizers; crossed polarizers give it back (by eye).
GLARE_SATURATION = {"none": 1.0, "cross": 1.22, "parallel": 0.88}


@dataclass(frozen=True)
class Lamp:
    """One light. azimuth_rad: where it stands, 0 right, -pi/2 above; elevation_rad over the skin plane, both seen
    from the middle of the tile. distance_mm: from there. half_angle_rad: half of its width seen from there."""

    azimuth_rad: float
    elevation_rad: float
    strength: float
    distance_mm: float = math.inf
    half_angle_rad: float = 0.0

    def direction(self) -> tuple[float, float, float]:
        c = math.cos(self.elevation_rad)
        return c * math.cos(self.azimuth_rad), c * math.sin(self.azimuth_rad), math.sin(self.elevation_rad)


@dataclass(frozen=True)
class Rig:
    """A set-up of lamps. ambient: share of light from everywhere. shine: strength and exponent of the gloss;
    0 behind crossed polarizers. scatter_mm: blur of the light below the surface in R, G, B.

    sheen, sheen_gloss: the second, broader lobe of shine. oil: how unevenly shine lies over the skin (sd of its
    logarithm), drawn from oil_seed. bounce: share of R, G, B light that the walls of a hollow throw onto each other.
    unscattered: share of the light that returns where it came in. polarization: none, cross or parallel.
    """

    lamps: tuple[Lamp, ...]
    ambient: float
    shine: float
    gloss: float
    scatter_mm: tuple[float, float, float]
    sheen: float = 0.0
    sheen_gloss: float = 5.0
    oil: float = 0.0
    oil_seed: int = 0
    bounce: tuple[float, float, float] = (0.0, 0.0, 0.0)
    unscattered: float = 0.0
    polarization: str = "none"
    name: str = "plain"


@dataclass(frozen=True)
class Shading:
    """diffuse: (3, H, W) irradiance, about 1 on flat skin. specular: (H, W), added as white light."""

    diffuse: Tensor
    specular: Tensor


def shade(height_um: Tensor, form: Tensor, rig: Rig, px_per_mm: float, oil: Tensor | None = None) -> Shading:
    """Light the height map.

    height_um: (H, W) micrometres. form: (2, H, W) slope of the broad form (cheek, jaw), mm per mm, in x and y.
    oil: (H, W) factor on the shine, about 1, or None.
    """
    height_mm = height_um / 1000
    slope = _slope(height_mm, px_per_mm) + form
    norm = torch.rsqrt(1 + slope.square().sum(0))
    normal = torch.cat([-slope, torch.ones_like(slope[:1])]) * norm
    direct = torch.zeros_like(height_um)
    specular = torch.zeros_like(height_um)
    for lamp in rig.lamps:
        towards, falloff = _towards(lamp, height_um.shape, px_per_mm, height_um.device)
        facing = _facing((normal * towards).sum(0), lamp)
        lit = facing * _sunlit(height_mm, form, lamp, px_per_mm)
        direct = direct + lamp.strength * falloff * lit / max(lamp.direction()[2], 0.25)
        if rig.shine > 0 or rig.sheen > 0:
            specular = specular + lamp.strength * falloff * _lobes(normal, towards, rig) * (lit > 0)
    flat = rig.ambient + sum(lamp.strength for lamp in rig.lamps)
    openness = _openness(height_mm, px_per_mm)
    light = (rig.ambient * openness + direct) / flat
    diffuse = _scattered(light, openness, rig, px_per_mm)
    if oil is not None:
        specular = specular * oil
    return Shading(diffuse.clamp(min=0.004), 0.5 * torch.tanh(2 * specular))


def oil_map(rig: Rig, size_px: tuple[int, int], px_per_mm: float, device: torch.device) -> Tensor | None:
    """(H, W) factor on the shine, 1 in the median: skin is oilier in patches of one to three centimetres."""
    if rig.oil <= 0 or (rig.shine <= 0 and rig.sheen <= 0):
        return None
    rng = np.random.default_rng(rig.oil_seed)
    broad = smooth_noise(rng, size_px, 25 * px_per_mm, device) + 0.5 * smooth_noise(
        rng, size_px, 6 * px_per_mm, device
    )
    return torch.exp((rig.oil * broad).clamp(-2, 1.2))


def polarize(linear: Tensor, rig: Rig) -> Tensor:
    """(3, H, W) linear RGB with the saturation that polarizers give: no surface light (crossed), more (parallel)."""
    factor = GLARE_SATURATION[rig.polarization]
    if factor == 1.0:
        return linear
    grey = linear.mean(0, keepdim=True)
    return (grey + factor * (linear - grey)).clamp(min=0)


def _slope(height_mm: Tensor, px_per_mm: float) -> Tensor:
    """(2, H, W) central differences in x and y, mm per mm."""
    p = functional.pad(height_mm[None, None], (1, 1, 1, 1), mode="replicate")[0, 0]
    return torch.stack([p[1:-1, 2:] - p[1:-1, :-2], p[2:, 1:-1] - p[:-2, 1:-1]]) * (px_per_mm / 2)


def _towards(
    lamp: Lamp, shape: torch.Size, px_per_mm: float, device: torch.device
) -> tuple[Tensor, Tensor | float]:
    """(3, H, W) or (3, 1, 1) unit vectors to the lamp, and the inverse square of its distance, 1 in the middle."""
    middle = torch.tensor(lamp.direction(), device=device).view(3, 1, 1)
    if math.isinf(lamp.distance_mm):
        return middle, 1.0
    height, width = shape
    y = (torch.arange(height, device=device) - (height - 1) / 2).view(-1, 1) / px_per_mm
    x = (torch.arange(width, device=device) - (width - 1) / 2).view(1, -1) / px_per_mm
    lx, ly, lz = (lamp.distance_mm * float(v) for v in lamp.direction())
    away = torch.stack(torch.broadcast_tensors(lx - x, ly - y, torch.full((1, 1), lz, device=device)))
    far = away.square().sum(0)
    return away * torch.rsqrt(far), (lamp.distance_mm**2 / far).clamp(max=4)


def _facing(cosine: Tensor, lamp: Lamp) -> Tensor:
    """Lambert's cosine; a wide lamp sets gradually behind the form, half of it seen at a right angle."""
    width = math.sin(lamp.half_angle_rad)
    if width < 0.02:
        return cosine.clamp(min=0)
    return torch.where(cosine > width, cosine, (cosine.clamp(-width, width) + width).square() / (4 * width))


def _lobes(normal: Tensor, towards: Tensor, rig: Rig) -> Tensor:
    """(H, W) two Blinn lobes: water and oil on the skin, and the rougher horn below; energies as the first trial's."""
    half = towards + torch.tensor([0.0, 0.0, 1.0], device=normal.device).view(3, 1, 1)
    cosine = (normal * half).sum(0).clamp(min=0) * torch.rsqrt(half.square().sum(0))
    total = torch.zeros_like(cosine)
    for strength, gloss in ((rig.shine, rig.gloss), (rig.sheen, rig.sheen_gloss)):
        if strength > 0:
            total = total + strength * (gloss + 8) / 40 * cosine**gloss
    return total


def _sunlit(height_mm: Tensor, form: Tensor, lamp: Lamp, px_per_mm: float) -> Tensor:
    """(H, W) 0..1, soft cast shadow: is there higher ground towards the lamp than its ray?

    The ray rises over the skin by the lamp's elevation less the form's own slope: towards the terminator of a cheek
    scars lie in raking light and throw long shadows.
    """
    ux, uy = math.cos(lamp.azimuth_rad), math.sin(lamp.azimuth_rad)
    steep = math.tan(min(lamp.elevation_rad, 1.5))
    rise = (steep - form[0] * ux - form[1] * uy).clamp(min=0.1)
    reach_mm = min(1.2 / max(0.1, float(rise.mean())), SHADOW_REACH_MM)
    wide = (0.8 * rise).clamp(max=math.tan(min(lamp.half_angle_rad, 1.0)))
    margin = math.ceil(reach_mm * px_per_mm) + 1
    ground = functional.pad(height_mm[None, None], (margin,) * 4, mode="replicate")[0, 0]
    height, width = height_mm.shape
    blocked = torch.zeros_like(height_mm)
    for k in range(1, SHADOW_STEPS + 1):
        distance_mm = reach_mm * (k / SHADOW_STEPS) ** 1.4
        dx, dy = round(distance_mm * ux * px_per_mm), round(distance_mm * uy * px_per_mm)
        if dx == 0 and dy == 0:
            continue
        top, left = margin + dy, margin + dx
        higher = ground[top : top + height, left : left + width]
        above = higher - height_mm - distance_mm * (rise - wide)
        blocked = torch.maximum(blocked, above / (0.03 + distance_mm * (PENUMBRA + 2 * wide)))
    return 1 - blocked.clamp(0, 1)


def _openness(height_mm: Tensor, px_per_mm: float) -> Tensor:
    """(H, W) share of the sky that a point sees, from how far it lies below its surroundings at two scales."""
    closed = torch.zeros_like(height_mm)
    for sigma_mm, weight in ((0.35, 0.9), (1.2, 0.6)):
        around = blur(height_mm[None], sigma_mm * px_per_mm)[0]
        closed = closed + weight * ((around - height_mm) / sigma_mm).clamp(min=0)
    return 1 / (1 + closed)


def _scattered(light: Tensor, openness: Tensor, rig: Rig, px_per_mm: float) -> Tensor:
    """(3, H, W): light thrown about inside hollows, then below the surface, further in red than in blue."""
    shut = (1 - openness) * light.mean()
    channels = []
    for mm, bounce in zip(rig.scatter_mm, rig.bounce, strict=True):
        entering = light + bounce * shut if bounce > 0 else light
        soft = blur(entering[None], mm * px_per_mm)[0]
        channels.append(rig.unscattered * entering + (1 - rig.unscattered) * soft)
    return torch.stack(channels)
