"""The same skin photographed more than once: same rig or any other, healed by a known share or not.

All views of a group share the tile's frame, so that a training loss may compare maps pixel by pixel; `posed` views
are moved by a small affine that is stored, pictures and labels alike.
"""

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from training.render.camera import draw_camera, jittered_camera
from training.render.forms import limited
from training.render.picture import RELIEF_UNKNOWN, Picture, Surface, see, surface_of
from training.render.rigs import draw_rig, jittered
from training.render.scars import Scars
from training.render.scene import Scene

#: Share of views after the first that see healed scars.
HEALED_CHANCE = 0.4
#: Depth that is left after healing, as a mean over the group's scars, and the spread from scar to scar (sd).
DEPTH_LEFT, DEPTH_LEFT_SD = (0.3, 1.0), 0.12
#: Pose between visits: tilt of the head (sd, degrees), turn in the picture (sd, degrees), scale (sd; 3 % at most).
TILT_DEG, TURN_DEG, SCALE_SD, MOST_SCALE, SHIFT_SHARE = 2.5, 1.5, 0.015, 0.03, 0.01

Affine = NDArray[np.float64]
IDENTITY: Affine = np.eye(2, 3)


@dataclass(frozen=True)
class View:
    """One photograph of a group. scene: as it is seen. same_rig: with view 0's rig and camera but for ordinary jitter.
    healed: of the group's healed state. depth_left: mean share of the scars' depth that is left, 1 unhealed.
    affine: (2, 3) px of view 0 -> px of this view."""

    scene: Scene
    same_rig: bool
    healed: bool
    depth_left: float
    affine: Affine


def draw_views(scene: Scene, count: int, posed: bool = False) -> list[View]:
    """`count` views of a scene, the first as drawn. Of three views one at least has the same rig and one another."""
    rng = np.random.default_rng((scene.seed, 7))
    later, left = healed_scars(rng, scene.scars)
    views = [View(scene, True, False, 1.0, IDENTITY)]
    first_same = rng.random() < 0.5
    for k in range(1, count):
        same_rig = first_same == (k % 2 == 1)
        healed = bool(rng.random() < HEALED_CHANCE)
        seen = _jittered(rng, scene) if same_rig else _otherwise(rng, scene)
        seen = replace(seen, scars=later) if healed else seen
        affine = draw_affine(rng, scene.size_px) if posed else IDENTITY
        views.append(View(seen, same_rig, healed, left if healed else 1.0, affine))
    return views


def healed_scars(rng: np.random.Generator, scars: Scars) -> tuple[Scars, float]:
    """The scars filled up by one mean share with some spread, and the mean share of depth that is left."""
    level = rng.uniform(*DEPTH_LEFT)
    share = {
        kind: np.clip(1 - level + rng.normal(0, DEPTH_LEFT_SD, len(table)), 0, 0.95)
        for kind, table in scars.tables.items()
    }
    every = np.concatenate([*share.values(), np.zeros(0)])
    return scars.healed(share), 1 - float(every.mean()) if len(every) else 1.0


def _tilted(rng: np.random.Generator, scene: Scene) -> Scene:
    tilt = torch.as_tensor(rng.normal(0, math.radians(TILT_DEG), 2), dtype=torch.float32)
    return replace(scene, form=limited(scene.form + tilt.to(scene.form.device).view(2, 1, 1)))


def _jittered(rng: np.random.Generator, scene: Scene) -> Scene:
    """The same clinic at another visit."""
    rig, camera = jittered(rng, scene.rig), jittered_camera(rng, scene.camera)
    return _tilted(rng, replace(scene, rig=rig, camera=camera))


def _otherwise(rng: np.random.Generator, scene: Scene) -> Scene:
    """Any other light and camera, and with the camera another resolution. The skin keeps its oil and its scatter."""
    other, own = draw_rig(rng, scene.tone.melanin), scene.rig
    rig = replace(other, scatter_mm=own.scatter_mm, unscattered=own.unscattered, oil_seed=own.oil_seed)
    return _tilted(rng, replace(scene, rig=rig, camera=draw_camera(rng, scene.px_per_mm)))


def render_views(views: list[View], device: torch.device) -> list[Picture]:
    """Photographs and labels of all views. Heights and colours are made once for each state of the scars."""
    surfaces: dict[bool, Surface] = {}
    pictures: list[Picture] = []
    for k, view in enumerate(views):
        if view.healed not in surfaces:
            surfaces[view.healed] = surface_of(view.scene, device)
        picture = see(view.scene, surfaces[view.healed], device, view=k)
        pictures.append(picture if np.array_equal(view.affine, IDENTITY) else moved(picture, view.affine))
    return pictures


def draw_affine(rng: np.random.Generator, size_px: tuple[int, int]) -> Affine:
    """A small turn, scale and shift about the middle of the tile; at a pixel's centre (x + 0.5) as cv2 has it, x."""
    height, width = size_px
    turn = math.radians(rng.normal(0, TURN_DEG))
    scale = 1 + float(np.clip(rng.normal(0, SCALE_SD), -MOST_SCALE, MOST_SCALE))
    c, s = scale * math.cos(turn), scale * math.sin(turn)
    linear = np.array([[c, -s], [s, c]])
    middle = np.array([(width - 1) / 2, (height - 1) / 2])
    shift = middle - linear @ middle + rng.normal(0, SHIFT_SHARE, 2) * (width, height)
    return np.column_stack([linear, shift])


def moved(picture: Picture, affine: Affine) -> Picture:
    """A picture with all its labels under an affine; what comes in from outside the tile is not labelled.

    Depths keep their micrometres, widths and areas follow the scale; labels move by nearest neighbour.
    """
    height, width = picture.types.shape
    grow = math.sqrt(float(np.linalg.det(affine[:, :2])))

    def warp(array: NDArray[np.generic], outside: int) -> NDArray[np.generic]:
        return cv2.warpAffine(
            array,
            affine,
            (width, height),
            flags=cv2.INTER_NEAREST,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=outside,
        )

    rgb = cv2.warpAffine(
        picture.rgb, affine, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101
    )
    scars = []
    for scar in picture.scars:
        x, y = affine @ np.array([float(scar["x_px"]) - 0.5, float(scar["y_px"]) - 0.5, 1.0]) + 0.5
        if 0 <= x < width and 0 <= y < height:
            place = {"x_px": round(float(x), 1), "y_px": round(float(y), 1)}
            scars.append({**scar, **place, "area_px": round(float(scar["area_px"]) * grow**2, 1)})
    return replace(
        picture,
        rgb=np.asarray(rgb, np.uint8),
        types=warp(picture.types, 255),
        surface=warp(picture.surface, 0),
        surface_known=warp(picture.surface_known, 0),
        relief_um=warp(picture.relief_um, RELIEF_UNKNOWN),
        scars=scars,
    )


def burden_um(relief_um: NDArray[np.int16]) -> float:
    """Mean depth of scars over all skin whose relief is known, micrometres: the true burden of a view."""
    known = relief_um != RELIEF_UNKNOWN
    return float(np.clip(-relief_um[known].astype(np.float64), 0, None).mean()) if known.any() else 0.0
