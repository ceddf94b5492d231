"""Pairs of photographs of known fit: real ones of one person, copies changed on purpose, and rendered skin."""

import hashlib
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from inference.check import Instruments, check_photo
from inference.face.find import FaceFinder
from inference.measure.assessment import (
    SCHEMA_VERSION,
    Assessment,
    Evidence,
    ModelFacts,
    PhotoFacts,
    Pigment,
    Scars,
    Skin,
    Texture,
)
from inference.photo.colour import LINEAR_OF_LEVEL
from inference.photo.photo import Quality, Scale
from training.render.camera import Camera, photograph
from training.render.light import Lamp, Rig
from training.render.marks import draw_look_alikes, places_on
from training.render.scars import draw_scars
from training.render.scene import Scene, Tone, draw_form
from training.render.series import light_scene

RENDERED_PX_PER_MM, RENDERED_SIDE_PX = 8.0, 640


#: How sure a rendered picture is of its scale.
_MARKER = Scale(1.0, "marker", 0.01)


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """A picture with its skin, as far as the checks of a pair need it. rgb: (h, w, 3) uint8; skin: (h, w) bool.

    scale: its source and error. finder: looks for a face in the picture as it is; None for close-ups.
    """

    name: str
    rgb: NDArray[np.uint8]
    skin: NDArray[np.bool_]
    mm_per_px: float
    stated_mm_per_px: float | None = None
    scale: Scale = _MARKER
    px_per_photo_px: float = 1.0
    finder: FaceFinder | None = None

    def assessment(self) -> Assessment:
        """An assessment that found no scars; its photograph is the working picture."""
        height, width = self.skin.shape
        evidence = Evidence(
            rgb=self.rgb,
            label=np.zeros((height, width), np.uint8),
            lesion_id=np.zeros((height, width), np.int32),
            skin=self.skin,
            relief_um=np.zeros((height, width), np.float32),
            mm_per_px=self.stated_mm_per_px or self.mm_per_px,
            photo_px_per_px=(1.0, 1.0),
            face=None if self.finder is None else self.finder.find(self.rgb),
        )
        return Assessment(
            schema_version=SCHEMA_VERSION,
            photo=PhotoFacts(self.name, hashlib.sha256(self.rgb.tobytes()).hexdigest(), width, height),
            model=ModelFacts("none", "0", ""),
            scale=replace(self.scale, mm_per_px=evidence.mm_per_px),
            quality=Quality(True, 100.0, ()),
            skin=Skin(int(np.count_nonzero(self.skin)), None),
            scars=Scars(0, None, None, None, None, None, {}),
            lesions=(),
            scales={},
            texture=Texture(None, None, None, None, None, None),
            pigment=Pigment(None, None, None, None, None, None),
            regions={},
            masks={},
            evidence=evidence,
        )


def real_shot(path: Path, instruments: Instruments) -> Shot:
    """A photograph with the skin and the scale that the product finds in it."""
    checked = check_photo(path, instruments)
    rgb = checked.maps.rgb
    return Shot(
        name=f"{path.parent.name}/{path.stem}",
        rgb=rgb,
        skin=checked.skin,
        mm_per_px=checked.maps.mm_per_px,
        scale=checked.photo.scale,
        px_per_photo_px=rgb.shape[1] / checked.photo.width_px,
        finder=instruments.finder,
    )


def hand_points(photo: Path) -> NDArray[np.float64]:
    """(n, 2) hand-placed points beside a photograph, from its .tem file; as its first line counts them."""
    lines = photo.with_suffix(".tem").read_text().splitlines()
    return np.array([line.split()[:2] for line in lines[1 : 1 + int(lines[0])]], np.float64)


def moved(shot: Shot, turn_deg: float = 0.0, size: float = 1.0, shift: float = 0.0) -> Shot:
    """Turned clockwise, made larger, and shifted to the right by a share of the skin's width."""
    height, width = shot.skin.shape
    row, column = np.nonzero(shot.skin)
    matrix = cv2.getRotationMatrix2D((float(column.mean()), float(row.mean())), -turn_deg, size)
    matrix[0, 2] += shift * float(np.ptp(column))
    rgb = cv2.warpAffine(shot.rgb, matrix, (width, height), flags=cv2.INTER_CUBIC)
    skin = cv2.warpAffine(shot.skin.astype(np.uint8), matrix, (width, height), flags=cv2.INTER_NEAREST) > 0
    return replace(shot, name=f"{shot.name} moved", rgb=rgb, skin=skin, mm_per_px=shot.mm_per_px / size)


def cut(shot: Shot, share: float) -> Shot:
    """Without so much of the width of the skin, at its left."""
    column = np.nonzero(shot.skin)[1]
    start = int(column.min() + share * np.ptp(column))
    rgb, skin = (np.ascontiguousarray(plane[:, start:]) for plane in (shot.rgb, shot.skin))
    return replace(shot, name=f"{shot.name} cut", rgb=rgb, skin=skin)


def relit(shot: Shot, stops: float = 0.0, warmth: float = 0.0, side: float = 0.0) -> Shot:
    """Linear light by 2^stops, red up and blue down by `warmth`, and by e^side more at the skin's right than left."""
    column = np.nonzero(shot.skin)[1]
    along = (np.arange(shot.skin.shape[1]) - column.mean()) / max(np.ptp(column), 1)
    gains = 2**stops * np.array([1 + warmth, 1, 1 / (1 + warmth)])
    linear = LINEAR_OF_LEVEL[shot.rgb] * gains * np.exp(side * along)[None, :, None]
    linear = np.clip(linear, 0, 1)
    shown = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return replace(shot, name=f"{shot.name} relit", rgb=(255 * shown + 0.5).astype(np.uint8))


def blurred(shot: Shot, sd_mm: float) -> Shot:
    """Out of focus by a Gaussian of this sd on the skin."""
    rgb = np.asarray(cv2.GaussianBlur(shot.rgb, (0, 0), sd_mm / shot.mm_per_px), np.uint8)
    return replace(shot, name=f"{shot.name} blurred", rgb=rgb)


def stated(shot: Shot, by: float) -> Shot:
    """With a scale that is off by this share."""
    return replace(shot, name=f"{shot.name} stated", stated_mm_per_px=shot.mm_per_px * (1 + by))


def mirrored(shot: Shot) -> Shot:
    """Left and right exchanged."""
    rgb, skin = (np.ascontiguousarray(plane[:, ::-1]) for plane in (shot.rgb, shot.skin))
    return replace(shot, name=f"{shot.name} mirrored", rgb=rgb, skin=skin)


#: Change, the codes that should name it, and strengths from slight to plain.
CHANGES: tuple[tuple[str, tuple[str, ...], tuple[float, ...], Callable[[Shot, float], Shot]], ...] = (
    ("turned in the picture, degrees", ("pose",), (5, 12, 20), lambda s, x: moved(s, turn_deg=x)),
    ("framed smaller, factor", ("distance",), (0.85, 0.7, 0.55), lambda s, x: moved(s, size=x)),
    ("cut off, share of the width", ("overlap",), (0.1, 0.2, 0.35), cut),
    ("scale stated wrongly, share", ("scale",), (0.05, 0.15, 0.3), stated),
    ("darker, stops", ("exposure",), (0.15, 0.4, 0.8), lambda s, x: relit(s, stops=-x)),
    ("warmer, red over green", ("white_balance",), (0.05, 0.1, 0.2), lambda s, x: relit(s, warmth=x)),
    ("brighter on one side, log", ("light",), (0.3, 0.6, 0.9), lambda s, x: relit(s, side=x)),
    ("blurred, mm", ("focus",), (0.15, 0.3, 0.6), blurred),
    ("mirrored", ("mirrored", "registration"), (1,), lambda s, _: mirrored(s)),
)


def rendered_patient(seed: int) -> Scene:
    """Bare scarred skin, 80 mm square, with no lamp chosen yet."""
    device = torch.device("cpu")
    rng = np.random.default_rng(seed)
    shape = (RENDERED_SIDE_PX, RENDERED_SIDE_PX)
    places = places_on(np.ones(shape, np.uint8), RENDERED_PX_PER_MM)
    others = draw_look_alikes(rng, places, shape, RENDERED_PX_PER_MM)
    return Scene(
        seed=seed,
        size_px=shape,
        px_per_mm=RENDERED_PX_PER_MM,
        face=None,
        tone=Tone(float(rng.gamma(1.3, 0.35)), float(rng.uniform(0.12, 0.45))),
        furrow_um=float(rng.uniform(8, 60)),
        form=draw_form(rng, shape, RENDERED_PX_PER_MM, device) * 0.5,
        scars=draw_scars(rng, places, none_chance=0.0),
        others=others.bare(),
        rig=raking(rng, 0.0),
        camera=Camera(1.3, 0.9, (1.0, 1.0, 1.0), 0.8, 0.004, 1.0, 1.0, 1.0, 0.0, 90),
    )


def raking(rng: np.random.Generator, azimuth_deg: float) -> Rig:
    """One lamp 12 to 28 degrees over the skin, from a side of the picture (0 right, 90 above)."""
    lamp = Lamp(-math.radians(azimuth_deg), math.radians(rng.uniform(12, 28)), 1.0)
    return Rig((lamp,), float(rng.uniform(0.05, 0.2)), 0.12, 14.0, (0.2, 0.11, 0.07))


def frontal(rng: np.random.Generator, shine: float) -> Rig:
    """Six lamps in a ring around the lens; without shine behind crossed polarizers."""
    lamps = tuple(Lamp(k * math.pi / 3, math.radians(75), 0.3) for k in range(6))
    return Rig(lamps, float(rng.uniform(0.2, 0.8)), shine, float(rng.uniform(10, 30)), (0.2, 0.11, 0.07))


def shoot(scene: Scene, rig: Rig, seed: int) -> Shot:
    """A photograph of the scene in this light; `seed` is the camera's noise."""
    linear, _ = light_scene(replace(scene, rig=rig), torch.device("cpu"))
    rgb = photograph(linear, scene.camera, np.random.default_rng(seed))
    skin = np.ones(scene.size_px, np.bool_)
    return Shot(f"rendered-{scene.seed}", rgb, skin, 1 / scene.px_per_mm)


def rendered_pairs(seed: int) -> Iterator[tuple[str, Shot, Shot]]:
    """The same skin in two lights: what changed, before, after."""
    scene, rng = rendered_patient(seed), np.random.default_rng((seed, 1))
    azimuth_deg = float(rng.uniform(-180, 180))
    low = raking(rng, azimuth_deg)
    first = shoot(scene, low, 1)
    for turn_deg in (0, 20, 45, 90, 180):
        lamp = replace(low.lamps[0], azimuth_rad=-math.radians(azimuth_deg + turn_deg))
        yield f"raking light moved by {turn_deg:3d}°", first, shoot(scene, replace(low, lamps=(lamp,)), 2)
    shining, matt = (shoot(scene, frontal(np.random.default_rng(seed), shine), 3) for shine in (0.2, 0.0))
    yield "raking, then frontal", first, shining
    yield "raking, then crossed polarizers", first, matt
    yield "frontal, then crossed polarizers", shining, matt
    yield "frontal, then frontal again", shining, shoot(scene, frontal(np.random.default_rng(seed), 0.2), 4)
