"""Scarred skin as a clinic photographs it, for pairs whose change is to be measured.

The samples of training hold all that a network may meet: most of their skins have few scars, many of them in a light
that hides them, and half of a tile may be hair or wall. What a photograph does not show has no change to be measured.
A patient here is a scene whose first photograph is mostly skin, has more than a little scarring, and shows it.
"""

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from training.render.canvas import Canvas
from training.render.marks import places_on
from training.render.mood import Mood
from training.render.overlays import Overlays
from training.render.picture import RELIEF_UNKNOWN, Picture, render
from training.render.scars import draw_scars
from training.render.scene import Scene, draw_scene

#: Scale of photographs of a cheek, at 448 pixels 40 to 150 mm across.
PX_PER_MM = (3.0, 12.0)
#: From mild to severe: scars a square centimetre of skin.
DENSITY_PER_CM2 = (0.4, 6.0)
#: Skin of the tile, scarring of the skin and share of it that the first photograph shows, at least. Conventions of
#: ours; `training.render.shown` tells what is shown.
LEAST_SKIN, LEAST_BURDEN_UM, LEAST_SHOWN = 0.5, 5.0, 0.6
#: Scenes that are drawn before the last is taken as it is.
MOST_TRIES = 40
_STRIDE = 10**12


def draw_patient(seed: int, size_px: int, canvases: list[Canvas], device: torch.device) -> Scene:
    """The first scene of a row of seeds that shows a patient; same seed, size and canvases, same scene."""
    scene = _drawn(seed, size_px, canvases, device)
    for attempt in range(1, MOST_TRIES):
        if scene.paintable.mean() >= LEAST_SKIN and scene.scars.any and is_patient(render(scene, device)):
            return scene
        scene = _drawn(seed + attempt * _STRIDE, size_px, canvases, device)
    return scene


def _drawn(seed: int, size_px: int, canvases: list[Canvas], device: torch.device) -> Scene:
    """A scene with scars, and without what a clinic keeps out of its photographs: bars, captions, deep shade."""
    scene = draw_scene(seed, size_px, canvases, device, px_per_mm=PX_PER_MM)
    places = places_on(scene.paintable, scene.px_per_mm)
    rng = np.random.default_rng((seed, 11))
    scars = draw_scars(rng, places, none_chance=0.0, density_per_cm2=DENSITY_PER_CM2)
    others = replace(scene.others, bars=(), overlays=Overlays(), solid=None, mood=Mood(0.0, 1.0, 10.0, 1.0))
    return replace(scene, scars=scars, others=others)


def is_patient(picture: Picture) -> bool:
    """Whether a photograph shows enough scarring to measure what becomes of it."""
    shown_um, whole_um = shown_burden_um(picture.relief_um, picture.types)
    return whole_um >= LEAST_BURDEN_UM and shown_um >= LEAST_SHOWN * whole_um


def shown_burden_um(relief_um: NDArray[np.int16], types: NDArray[np.uint8]) -> tuple[float, float]:
    """Mean depth over the skin, of scars that the photograph shows and of all. types: 255 where it shows none."""
    known = relief_um != RELIEF_UNKNOWN
    if not known.any():
        return 0.0, 0.0
    depth_um = np.clip(-relief_um[known].astype(np.float64), 0, None)
    return float(depth_um[types[known] != 255].sum() / len(depth_um)), float(depth_um.mean())
