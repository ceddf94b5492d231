"""A scene becomes a photograph with its ground truth."""

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from inference.network.maps import SURFACE
from training.render.camera import photograph, srgb_to_linear
from training.render.fields import blur, spread_max
from training.render.light import Shading, oil_map, polarize, shade
from training.render.mark_paint import (
    cover_up,
    follicle_height,
    made_up,
    mark_height,
    mark_masks,
    mark_pigment,
    moody,
    whiten,
)
from training.render.overlays import lay_over
from training.render.owners import scar_owners, scar_types
from training.render.scene import Scene
from training.render.shown import is_seen, of_shown_scars
from training.render.skin import albedo, complexion, micro_relief, stain
from training.render.stamp import stamp_height, stamp_inside
from training.render.strokes import draw_strokes
from training.render.tissue import (
    gloss_of,
    lose_texture,
    scar_list,
    scar_paint,
    scar_relief,
    stretch_cover,
    tissue_left,
)

UNLABELLED = 255
RELIEF_UNKNOWN = -32768
#: Share of a photograph's own light that stays in a rendered shadow, by eye against real scars; a convention of ours.
FILL = 0.2


@dataclass(frozen=True)
class Layers:
    """Height maps (H, W) in micrometres and covers 0..1, before light.

    scars: atrophic scars only. raised: raised scars only. bumps: papules and domed moles. fine: pores, wrinkles,
    stretch marks. own: the micro-relief.
    """

    scars: Tensor
    raised: Tensor
    bumps: Tensor
    fine: Tensor
    own: Tensor
    furrow_cover: Tensor

    @property
    def marks(self) -> Tensor:
        """All heights that are neither scar nor micro-relief."""
        return self.bumps + self.fine

    @property
    def whole(self) -> Tensor:
        """All heights."""
        return self.scars + self.raised + self.marks + self.own


@dataclass(frozen=True)
class Picture:
    """A rendered photograph and what is true of it; arrays as in the samples folder (see `training.render.write`)."""

    rgb: NDArray[np.uint8]
    types: NDArray[np.uint8]
    surface: NDArray[np.uint8]
    surface_known: NDArray[np.uint8]
    relief_um: NDArray[np.int16]
    roughness_sa_um: float | None
    scars: list[dict[str, float | str]]


@dataclass(frozen=True)
class Surface:
    """What a scene is before light: its heights, its unlit colour (3, H, W) linear RGB, and how strongly the broad
    form lights a face canvas (0.2..1), and how much more scars shine than skin, (H, W) from 1. The same for every
    view of the same skin."""

    layers: Layers
    colour: Tensor
    mood: float
    gloss: Tensor


def render(scene: Scene, device: torch.device) -> Picture:
    """Light, photograph and label one scene. Raises nothing; the same scene gives the same picture."""
    return see(scene, surface_of(scene, device), device)


def surface_of(scene: Scene, device: torch.device) -> Surface:
    """Heights and colours of a scene: they depend on its seed, scars and marks, not on its rig or camera."""
    rng = np.random.default_rng((scene.seed, 1))
    paint = torch.as_tensor(scene.paintable, device=device).float()
    layers = build_layers(scene, rng, paint, device)
    # A stream of its own: views of one skin keep their mood whatever the layers above have drawn.
    mood = float(np.random.default_rng((scene.seed, 2)).uniform(0.2, 1.0))
    return Surface(
        layers, colour_of(scene, rng, device), mood, gloss_of(scene.scars, layers.scars, layers.raised)
    )


def see(scene: Scene, surface: Surface, device: torch.device, view: int = 0) -> Picture:
    """One photograph of a surface in the scene's light and camera; `view` seeds the camera's noise."""
    layers = surface.layers
    oil = oil_map(scene.rig, scene.size_px, scene.px_per_mm, device)
    glossy = surface.gloss if oil is None else oil * surface.gloss
    lit = shade(layers.whole, scene.form, scene.rig, scene.px_per_mm, glossy)
    bare = None
    if scene.face is not None:  # what a face shows already is not rendered again
        bare = shade(torch.zeros_like(layers.own), scene.form, scene.rig, scene.px_per_mm, oil)
    rgb, hidden = _taken(scene, surface, lit, bare, view, device)
    owner = scar_owners(scene.scars, scene.size_px, scene.px_per_mm, device)
    owner[~(torch.as_tensor(scene.paintable, device=device) > 0)] = 0
    types = scar_types(scene.scars, owner)
    if scene.scars.any:
        healthy = shade(layers.marks + layers.own, scene.form, scene.rig, scene.px_per_mm, oil)
        without, _ = _taken(scene, surface, healthy, bare, view, device)
        seen = is_seen(rgb, without, owner > 0, scene.px_per_mm)
        types[(owner > 0) & ~of_shown_scars(owner, seen)] = UNLABELLED
    hidden |= lay_over(rgb, scene.others.bars, scene.others.overlays)
    return _truth(scene, layers, types, rgb, hidden, device)


def _taken(
    scene: Scene, surface: Surface, lit: Shading, bare: Shading | None, view: int, device: torch.device
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """(H, W, 3) uint8 sRGB, the surface under a light through the scene's camera, and (H, W) bool what is covered.

    bare: the light without any relief, on a face canvas. The same view has the same noise in any light.
    """
    rendered = surface.colour * lit.diffuse + lit.specular
    linear = rendered if bare is None else _relight(scene, surface, lit, bare)
    rng = np.random.default_rng((scene.seed, 3, view))
    linear = moody(scene, polarize(linear, scene.rig), device)
    covered = cover_up(scene, linear, device)
    camera = replace(scene.camera, exposure=scene.camera.exposure * scene.others.mood.dim)
    return photograph(covered.linear, camera, rng), covered.hidden.cpu().numpy()


def build_layers(scene: Scene, rng: np.random.Generator, paint: Tensor, device: torch.device) -> Layers:
    """All height maps of a scene; `paint` (H, W) 0..1 keeps them on skin."""
    shape, scale = scene.size_px, scene.px_per_mm
    scars = scar_relief(scene.scars, shape, scale, device)
    bumps = mark_height(scene, device)
    pores = stamp_height("icepick", scene.others.pores, shape, scale, device)
    pores = (
        pores
        + stamp_height("icepick", scene.scars.pores, shape, scale, device)
        + follicle_height(scene, device)
    )
    pores = pores * tissue_left(scars, 0.15)  # and its pores
    furrow_cover = torch.as_tensor(draw_strokes(scene.others.furrows, shape), device=device)
    furrows = -scene.others.furrow_um * blur(furrow_cover[None], 0.25 * scale)[0]
    soft = blur(paint[None], 0.4 * scale)[0]
    own = torch.zeros(shape, device=device)
    if scene.furrow_um > 0:
        own = micro_relief(rng, shape, scale, scene.furrow_um, device) * soft
        own = own * tissue_left(scars, 0.4)  # scar tissue has lost its furrows
    fine = pores + furrows + scars.stretch
    return Layers(
        scars.pits * soft, scars.raised * soft, bumps * soft, fine * soft, own, furrow_cover * paint
    )


def colour_of(scene: Scene, rng: np.random.Generator, device: torch.device) -> Tensor:
    """(3, H, W) linear RGB of the unlit skin, or of the face canvas, with all coloured marks on it."""
    shape, scale = scene.size_px, scene.px_per_mm
    painted = scar_paint(scene.scars, shape, scale, device)
    melanin, haemoglobin = mark_pigment(scene, device)
    melanin, haemoglobin = melanin + painted.melanin, haemoglobin + painted.haemoglobin
    if scene.face is None:
        m, h = complexion(rng, shape, scale, scene.tone.melanin, scene.tone.haemoglobin, device)
        everywhere = torch.ones(shape, device=device)
        skin = made_up(scene, albedo(m.clamp(min=0), h.clamp(min=0)), everywhere)
        # Pigment below zero is pigment lost; no more is lost than there was.
        added = stain(torch.maximum(melanin, -m), torch.maximum(haemoglobin, -h))
        return whiten(scene, skin * added, everywhere, device)
    soft = blur(torch.as_tensor(scene.face.smooth, device=device).float()[None], 0.4 * scale)
    canvas = torch.as_tensor(scene.face.rgb, device=device).permute(2, 0, 1).float() / 255
    skin = lose_texture(srgb_to_linear(canvas), painted.inside * soft[0], scene.scars.tissue, scale)
    skin = made_up(scene, skin, (soft[0] > 0.02).float())
    return whiten(scene, skin * stain(melanin * soft[0], haemoglobin * soft[0]), soft[0], device)


def _relight(scene: Scene, surface: Surface, lit: Shading, bare: Shading) -> Tensor:
    """Multiply the photograph by shaded-with over shaded-without, in linear light, no sharper than the canvas."""
    assert scene.face is not None
    linear = surface.colour
    softness = 0.4 * max(0.0, scene.px_per_mm / scene.face.source_px_per_mm - 0.5)
    floor = 0.08
    ratio = blur((lit.diffuse + floor) / (bare.diffuse + floor), softness)
    # The light that the photograph was taken in reaches into pits too: no shadow takes all of it away.
    ratio = torch.where(ratio < 1, FILL + (1 - FILL) * ratio, ratio)
    shine = blur((lit.specular - bare.specular)[None], softness)
    broad = blur(bare.diffuse, 4 * scene.px_per_mm)
    mood = (broad / broad.mean()).clamp(0.15, 4) ** surface.mood
    paint = blur(
        torch.as_tensor(scene.face.smooth, device=linear.device).float()[None], 0.5 * scene.px_per_mm
    )
    return (linear * ratio * mood + shine * paint).clamp(min=0)


def _truth(
    scene: Scene,
    layers: Layers,
    types: Tensor,
    rgb: NDArray[np.uint8],
    hidden: NDArray[np.bool_],
    device: torch.device,
) -> Picture:
    paint = torch.as_tensor(scene.paintable, device=device) > 0
    types[~paint] = 0
    bits, known = _surface(scene, layers, paint, device)
    relief = (layers.scars + layers.raised + layers.bumps).clamp(-3000, 3000).round().to(torch.int16)
    relief[~paint] = RELIEF_UNKNOWN
    arrays = [a.cpu().numpy().copy() for a in (types, bits, known, relief)]
    for array, value in zip(arrays, (0, 0, 255, RELIEF_UNKNOWN), strict=True):
        array[hidden] = value
    return Picture(
        rgb,
        *arrays,
        roughness_sa_um=_roughness(scene, layers),
        scars=scar_list(scene.scars, arrays[0], layers.scars + layers.raised, scene.px_per_mm),
    )


def _surface(scene: Scene, layers: Layers, paint: Tensor, device: torch.device) -> tuple[Tensor, Tensor]:
    """Bit sets (H, W) uint8 of `SURFACE`, and which of the bits are known. A face's own marks are not known."""
    shape, scale = scene.size_px, scene.px_per_mm
    on = {
        **mark_masks(scene, device),
        "wrinkles": layers.furrow_cover > 0.15,
        "stretch": stretch_cover(scene.scars, shape, scale, device) > 0.5,
    }
    on["pores"] = on["pores"] | stamp_inside(scene.scars.pores, shape, scale, device)
    bits = torch.zeros(shape, dtype=torch.uint8, device=device)
    known = torch.zeros_like(bits)
    label = None if scene.face is None else torch.as_tensor(scene.face.label, device=device)
    for name, mask in on.items():
        bit = 1 << SURFACE.index(name)
        bits |= (mask & paint).to(torch.uint8) * bit
        if label is None:
            known |= bit
        else:
            around = spread_max(mask.float(), round(1.5 * scale)) > 0 if bool(mask.any()) else mask
            known |= ((around & paint) | (label == 0)).to(torch.uint8) * bit
    skin = 1 << SURFACE.index("skin")
    bits |= (paint if label is None else label == 1).to(torch.uint8) * skin
    known |= (torch.ones_like(paint) if label is None else label != 2).to(torch.uint8) * skin
    return bits, known


def _roughness(scene: Scene, layers: Layers) -> float | None:
    """Sa of the rendered skin outside scars after a 2.5 mm high-pass (ISO 25178-2, 4.1.7); None on real faces."""
    if scene.face is not None:
        return None
    height = layers.own + layers.fine
    flat = height - blur(height[None], 2.5 / 2 * scene.px_per_mm)[0]
    clear = (layers.scars > -20) & (layers.raised < 20)
    return float(flat[clear].abs().mean()) if bool(clear.any()) else None
