"""One scene: all that a picture shows, drawn from one seed, before any pixel is lit."""

import math
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from training.render.camera import Camera, draw_camera
from training.render.canvas import Canvas, Tile, cut_tile
from training.render.fields import smooth_noise
from training.render.forms import draw_part, head_slope, tilted
from training.render.light import Rig
from training.render.marks import LookAlikes, draw_look_alikes, places_on
from training.render.rigs import draw_rig
from training.render.scars import Scars, draw_scars

#: Picture scale: whole heads at 2.2 px/mm up to close-ups at 20 px/mm.
PX_PER_MM = (2.2, 20.0)
#: Above this scale the faces' photographs are enlarged: fewer tiles use them, and all that do get rendered furrows.
SHARP_FACE_PX_PER_MM = 8.0


@dataclass(frozen=True)
class Tone:
    """Mean pigment of the person, in units of `training.render.skin.albedo`."""

    melanin: float
    haemoglobin: float


@dataclass(frozen=True)
class Scene:
    """size_px: (height, width). face: the tile of a real face, or None for skin that is rendered altogether.
    form: (2, H, W) slope of the broad form. furrow_um: depth of the rendered primary furrows, 0 for none."""

    seed: int
    size_px: tuple[int, int]
    px_per_mm: float
    face: Tile | None
    tone: Tone
    furrow_um: float
    form: Tensor
    scars: Scars
    others: LookAlikes
    rig: Rig
    camera: Camera

    @property
    def paintable(self) -> NDArray[np.uint8]:
        """(H, W) uint8, 1 where scars may lie."""
        return np.ones(self.size_px, np.uint8) if self.face is None else self.face.smooth


def draw_scene(
    seed: int,
    size_px: int,
    canvases: list[Canvas],
    device: torch.device,
    face_share: float = 0.85,
    bare: bool = False,
    px_per_mm: tuple[float, float] = PX_PER_MM,
) -> Scene:
    """Draw a square scene from a seed. Same seed, size and canvases: same scene, on every device.

    px_per_mm: range of the picture's scale. bare: leave out all look-alikes, after they were drawn, so that all else
    stays as without it.
    """
    rng = np.random.default_rng(seed)
    shape = (size_px, size_px)
    scale = math.exp(rng.uniform(*np.log(px_per_mm)))
    face = None
    blurred = max(1.0, scale / SHARP_FACE_PX_PER_MM)
    if canvases and rng.random() < face_share / blurred:
        face = cut_tile(rng, canvases[int(rng.integers(len(canvases)))], size_px, scale)
    tone = Tone(float(rng.gamma(1.3, 0.45)), float(rng.uniform(0.12, 0.45)))
    places = places_on(np.ones(shape, np.uint8) if face is None else face.smooth, scale)
    scene = Scene(
        seed=seed,
        size_px=shape,
        px_per_mm=scale,
        face=face,
        tone=tone,
        furrow_um=_furrow_depth_um(rng, face is not None and blurred == 1.0),
        form=_form(rng, shape, scale, face, device),
        scars=draw_scars(rng, places, stretch_chance=0.15 if face is None else 0.04),
        others=draw_look_alikes(rng, places, shape, scale, None if face is None else face.points),
        rig=draw_rig(rng, tone.melanin),
        camera=draw_camera(rng, scale),
    )
    return replace(scene, others=scene.others.none()) if bare else scene


def _form(
    rng: np.random.Generator,
    shape: tuple[int, int],
    px_per_mm: float,
    face: Tile | None,
    device: torch.device,
) -> Tensor:
    """The head of a face canvas, a part of a face otherwise."""
    if face is None or face.points is None:
        return draw_part(rng, shape, px_per_mm, device)
    return tilted(rng, torch.as_tensor(head_slope(face.points, shape[0], px_per_mm), device=device))


def _furrow_depth_um(rng: np.random.Generator, on_face: bool) -> float:
    """Rendered skin always has furrows; every other real face gets some more, as coarse, pored skin under raking
    light has: what the first network marked most on real photographs without being scars."""
    deep = float(rng.uniform(8, 60))
    if not on_face:
        return deep
    return deep if rng.random() < 0.5 else 0.0


def draw_form(
    rng: np.random.Generator, shape: tuple[int, int], px_per_mm: float, device: torch.device
) -> Tensor:
    """(2, H, W) slope in x and y of a cheek-like form: tilted, bent with a radius of 40-200 mm, a little uneven."""
    height, width = shape
    y, x = torch.meshgrid(
        torch.arange(height, device=device) - height / 2,
        torch.arange(width, device=device) - width / 2,
        indexing="ij",
    )
    bend = rng.uniform(1 / 200, 1 / 40) * (rng.random(2) < 0.7) * rng.uniform(0.3, 1.0, 2)
    tilt = rng.normal(0, 0.25, 2)
    slopes = []
    for axis, along in enumerate((x, y)):
        mm = along / px_per_mm
        uneven = 0.05 * smooth_noise(rng, shape, 25 * px_per_mm, device)
        slopes.append((tilt[axis] + bend[axis] * mm + uneven).clamp(-1.2, 1.2))
    return torch.stack(slopes).float()
