"""Photographs of another kind than the network was trained on: the same skin in another light, by another camera.

The kind is made after the blue lamps of skin analysers, held below the face: grazing light from below, where training
has it from above in most pictures, through a camera whose red is all but gone, with noise and a coarse JPEG. Neither is
in any set-up of `training.render.rigs` or `training.render.camera`.
"""

import math
from dataclasses import replace

import numpy as np
import torch

from training.render.camera import Camera, draw_camera
from training.render.light import Lamp
from training.render.marks import places_on
from training.render.mood import Mood
from training.render.overlays import Overlays
from training.render.rigs import on_skin
from training.render.scars import draw_scars
from training.render.scene import Scene, draw_scene

PX_PER_MM = (4.0, 8.0)
DENSITY_PER_CM2 = (0.4, 6.0)


def at_home(seed: int, size_px: int, device: torch.device) -> Scene:
    """A close-up of rendered, scarred skin in a light and by a camera as training has them."""
    scene = draw_scene(seed, size_px, [], device, px_per_mm=PX_PER_MM)
    rng = np.random.default_rng((seed, 11))
    places = places_on(scene.paintable, scene.px_per_mm)
    scars = draw_scars(rng, places, none_chance=0.1, density_per_cm2=DENSITY_PER_CM2)
    others = replace(scene.others, bars=(), overlays=Overlays(), solid=None, mood=Mood(0.0, 1.0, 10.0, 1.0))
    return replace(scene, scars=scars, others=others)


def shifted(scene: Scene) -> Scene:
    """The same skin in the other light, by the other camera."""
    rng = np.random.default_rng((scene.seed, 13))
    azimuth, elevation = math.pi / 2 + rng.normal(0, 0.3), math.radians(rng.uniform(12, 24))
    lamp = Lamp(azimuth, elevation, 1.0, rng.uniform(300, 900), 0.03)
    rig = on_skin(rng, (lamp,), float(rng.uniform(0.05, 0.12)), scene.tone.melanin, "below")
    return replace(scene, rig=rig, camera=_blue(rng))


def _blue(rng: np.random.Generator) -> Camera:
    return replace(
        draw_camera(rng, name="clinic"),
        balance=(0.35, 0.8, 2.2),
        saturation=1.6,
        contrast=1.6,
        metering=0.9,
        noise=0.07,
        defocus_px=1.2,
        jpeg_quality=30,
        name="blue",
    )
