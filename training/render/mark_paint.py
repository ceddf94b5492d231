"""How look-alikes enter a picture: their heights, their pigment, what covers the skin, and their labels."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from training.render.coats import paint_lips, powder
from training.render.face_regions import SKIN
from training.render.fields import blur
from training.render.lesions import PUS_RGB, acne_height, acne_mask, acne_pigment, pus_cover
from training.render.mood import set_mood
from training.render.pigment import spots_masks, spots_pigment
from training.render.stamp import stamp_cover, stamp_height, stamp_inside
from training.render.strokes import Strokes, draw_strokes

if TYPE_CHECKING:
    from training.render.scene import Scene

#: Hair and coats hide the skin where they cover more than this share of it, averaged over 0.4 mm.
HIDING = 0.5


def mark_rng(scene: "Scene") -> np.random.Generator:
    """Chance for the look-alikes alone, so that what scars draw does not change them."""
    return np.random.default_rng((scene.seed, 20))


def mark_height(scene: "Scene", device: torch.device) -> Tensor:
    """(H, W) micrometres: papules, pustules, comedones, crusts and domed moles."""
    shape, scale, others = scene.size_px, scene.px_per_mm, scene.others
    height = acne_height(mark_rng(scene), others.acne, others.papules, shape, scale, device)
    return height + stamp_height("dome", others.moles, shape, scale, device)


def follicle_height(scene: "Scene", device: torch.device) -> Tensor:
    """(H, W) micrometres: the little bumps of shaved skin."""
    return stamp_height("dome", scene.others.follicles, scene.size_px, scene.px_per_mm, device)


def mark_pigment(scene: "Scene", device: torch.device) -> tuple[Tensor, Tensor]:
    """(H, W) melanin and haemoglobin that look-alikes add, in units of `skin.albedo`."""
    shape, scale, others = scene.size_px, scene.px_per_mm, scene.others
    rng = mark_rng(scene)
    melanin, haemoglobin, _ = spots_pigment(rng, others.spots, shape, scale, device)
    m, h = acne_pigment(rng, others.acne, others.papules, others.papule_redness, shape, scale, device)
    if len(others.pores):
        strength = torch.as_tensor(rng.uniform(0.02, 0.2, len(others.pores)), dtype=torch.float32)
        melanin = melanin + stamp_cover("spot", others.pores, strength, shape, scale, device)
    return melanin + m, haemoglobin + h


def whiten(scene: "Scene", linear: Tensor, on: Tensor, device: torch.device) -> Tensor:
    """Pus over (3, H, W) linear skin: its own colour, as bright as the skin around it is lit."""
    pus = pus_cover(scene.others.acne, scene.size_px, scene.px_per_mm, device)
    if not len(scene.others.acne.pustules):
        return linear
    colour = torch.tensor(PUS_RGB, device=device).view(3, 1, 1)
    around = blur(linear.mean(0, keepdim=True), 2 * scene.px_per_mm)
    return torch.lerp(linear, colour * (0.25 + 1.5 * around).clamp(max=1.2), (pus * on)[None])


def made_up(scene: "Scene", linear: Tensor, on: Tensor) -> Tensor:
    """Foundation and lipstick over (3, H, W) linear skin where `on` (H, W) 0..1."""
    others = scene.others
    linear = powder(np.random.default_rng((scene.seed, 21)), linear, others.make_up, on, scene.px_per_mm)
    points = None if scene.face is None else scene.face.points
    return paint_lips(linear, others.make_up, points, scene.px_per_mm)


def moody(scene: "Scene", linear: Tensor, device: torch.device) -> Tensor:
    """A photographed face in the gloss and shade of its mood; rendered skin has its own light."""
    if scene.face is None:
        return linear
    skin = torch.as_tensor(scene.face.label == SKIN, device=device).float()
    rng = np.random.default_rng((scene.seed, 22))
    return set_mood(rng, linear, scene.others.mood, skin, scene.form, scene.px_per_mm)


@dataclass(frozen=True)
class Covered:
    """linear: (3, H, W) after hair, ink and coats. hidden: (H, W) bool, where no skin is seen any more."""

    linear: Tensor
    hidden: Tensor


def cover_up(scene: "Scene", linear: Tensor, device: torch.device) -> Covered:
    """Ink, hair, stickers and glasses over lit skin, each with a little shadow."""
    others, scale, shape = scene.others, scene.px_per_mm, scene.size_px
    light = (blur(linear.mean(0, keepdim=True), 4 * scale) / 0.3).clamp(0.04, 1.6)
    hidden = torch.zeros(shape, device=device)
    if others.ink is not None:
        ink = torch.as_tensor(others.ink.cover, device=device)[None]
        left = torch.tensor(others.ink.rgb, device=device).view(3, 1, 1)
        linear = linear * (1 - ink * (1 - left))
    for strokes, shadow in ((others.vellus, 0.0), (others.stubble, 0.25), (others.hairs, 0.35)):
        if strokes.paths:
            linear, over = _lay_hair(linear, strokes, shadow, light, shape, scale, device)
            hidden = torch.maximum(hidden, over)
    if others.solid is not None:
        over = torch.as_tensor(others.solid.cover, device=device)[None] / 255
        below = blur(over.roll((round(0.8 * scale), round(0.5 * scale)), (1, 2)), 0.6 * scale)
        own = torch.as_tensor(others.solid.rgb, device=device).permute(2, 0, 1) / 255
        linear = torch.lerp(linear * (1 - 0.35 * below), own * light, over)
        hidden = torch.maximum(hidden, over[0])
    return Covered(linear, hidden > HIDING)


def _lay_hair(
    linear: Tensor,
    strokes: Strokes,
    shadow: float,
    light: Tensor,
    shape: tuple[int, int],
    scale: float,
    device: torch.device,
) -> tuple[Tensor, Tensor]:
    over = torch.as_tensor(draw_strokes(strokes, shape), device=device)[None]
    if shadow:
        step = max(1, round(0.15 * scale))
        linear = linear * (1 - shadow * blur(over.roll((step, step), (1, 2)), 0.25 * scale).clamp(0, 1))
    if shadow and strokes.width_px and len(strokes.paths) > 200:  # what grows under the skin darkens it
        linear = linear * (1 - 0.5 * shadow * blur(over, 0.9 * scale))
    over = 0.92 * blur(over, 0.03 * scale)
    colour = torch.tensor(strokes.rgb, device=device).view(3, 1, 1)
    return torch.lerp(linear, colour * light, over), blur(over, 0.4 * scale)[0]


def mark_masks(scene: "Scene", device: torch.device) -> dict[str, Tensor]:
    """(H, W) bool of the surface bits red, brown, pores and acne."""
    shape, scale, others = scene.size_px, scene.px_per_mm, scene.others
    # The patches' border is drawn from the same chance as their colour: replay it up to there.
    patches = torch.zeros(shape, device=device)
    if others.patches:
        _, _, patches = spots_pigment(mark_rng(scene), others.spots, shape, scale, device)
    red, brown = spots_masks(others.spots, patches, shape, scale, device)
    return {
        "red": red,
        "brown": brown,
        "pores": stamp_inside(others.pores, shape, scale, device),
        "acne": acne_mask(others.acne, others.papules, shape, scale, device),
    }
