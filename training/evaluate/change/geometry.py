"""Two views of one curved, moving skin whose map onto each other is known in closed form."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]

#: Skin that is seen more obliquely than this in the second view is left out: its cosine by that of the first view.
LEAST_SEEN = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class Bump:
    """A smooth shift of the skin, as a smile makes: mm at its middle, falling off as a Gaussian of `sd_mm`."""

    middle_mm: tuple[float, float]
    shift_mm: tuple[float, float]
    sd_mm: float


@dataclass(frozen=True, slots=True, eq=False)
class Turned:
    """Where pixels of a made view lie in the picture it is made of.

    The skin is a paraboloid of the radii (x, y) in mm, seen from `distance_mm`; the camera of the picture stands
    turned against that of the view by yaw, pitch and roll about the skin's foremost point. scale: pixels per mm of
    the view by those of the picture. middle_px: of the foremost point in the view and in the picture.
    """

    px_per_mm: float
    scale: float
    radii_mm: tuple[float, float]
    turn_deg: tuple[float, float, float]
    distance_mm: float
    middle_px: tuple[tuple[float, float], tuple[float, float]]
    bumps: tuple[Bump, ...] = ()

    def source_of(self, view_px: Points) -> Points:
        """(n, 2) places in the picture of (n, 2) places in the view, pixels; exact."""
        flat = (view_px - np.array(self.middle_px[0])) / (self.px_per_mm * self.scale)
        moved = flat + sum((_shift(bump, flat) for bump in self.bumps), np.zeros_like(flat))
        away = moved[:, 0] ** 2 / (2 * self.radii_mm[0]) + moved[:, 1] ** 2 / (2 * self.radii_mm[1])
        # A ray through the flat place meets the skin where its distance has grown with the depth.
        solid = np.column_stack([moved * (1 + away / self.distance_mm)[:, None], away])
        turned = solid @ rotation(self.turn_deg).T
        seen = turned[:, :2] / (1 + turned[:, 2:] / self.distance_mm)
        return seen * self.px_per_mm + np.array(self.middle_px[1])

    def shown(self, view_px: Points) -> NDArray[np.bool_]:
        """(n,) bool: where the skin faces both cameras, by the change of area under the map."""
        step = 0.5
        start = self.source_of(view_px)
        right = (self.source_of(view_px + np.array([step, 0])) - start) / step
        down = (self.source_of(view_px + np.array([0, step])) - start) / step
        area = (right[:, 0] * down[:, 1] - right[:, 1] * down[:, 0]) * self.scale**2
        return area > LEAST_SEEN


def _shift(bump: Bump, flat: Points) -> Points:
    off = (flat - np.array(bump.middle_mm)) / bump.sd_mm
    return np.exp(-0.5 * (off**2).sum(axis=1))[:, None] * np.array(bump.shift_mm)


def rotation(turn_deg: tuple[float, float, float]) -> NDArray[np.float64]:
    """(3, 3) rotation by yaw (about y), then pitch (about x), then roll (about the lens)."""
    yaw, pitch, roll = (math.radians(angle) for angle in turn_deg)
    about_y = np.array([[math.cos(yaw), 0, math.sin(yaw)], [0, 1, 0], [-math.sin(yaw), 0, math.cos(yaw)]])
    about_x = np.array(
        [[1, 0, 0], [0, math.cos(pitch), -math.sin(pitch)], [0, math.sin(pitch), math.cos(pitch)]]
    )
    about_z = np.array([[math.cos(roll), -math.sin(roll), 0], [math.sin(roll), math.cos(roll), 0], [0, 0, 1]])
    return about_z @ about_x @ about_y


def draw_turn(
    rng: np.random.Generator,
    shape: tuple[int, int],
    px_per_mm: float,
    radii_mm: tuple[float, float],
    most_deg: float,
    moves: bool,
) -> Turned:
    """A view of a picture of `shape`: turned by up to `most_deg` out of its plane and half of that within it, 0.8 to
    1.25 times its size, shifted a little, and where it `moves`, with three bumps of expression."""
    height, width = shape
    out = rng.uniform(0, math.radians(most_deg))
    towards = rng.uniform(-math.pi, math.pi)
    tilt = math.degrees(out)
    turn = (tilt * math.cos(towards), tilt * math.sin(towards), rng.uniform(-most_deg, most_deg) / 2)
    scale = math.exp(rng.uniform(math.log(0.8), math.log(1.25)))
    picture = ((width - 1) / 2, (height - 1) / 2)
    shift = rng.uniform(-0.03, 0.03, 2) * (width, height)
    view = (float(picture[0] * scale + shift[0]), float(picture[1] * scale + shift[1]))
    bumps = tuple(draw_bump(rng, min(shape) / px_per_mm) for _ in range(3)) if moves else ()
    distance_mm = rng.uniform(350, 900)
    return Turned(px_per_mm, scale, radii_mm, turn, distance_mm, (view, picture), bumps)


def draw_bump(rng: np.random.Generator, side_mm: float) -> Bump:
    """A shift of up to 3 mm as a smile makes, over a tenth to a fifth of the picture's side; its slope stays under 0.2,
    so that skin is stretched or squeezed by a fifth at most and never folds."""
    sd_mm = side_mm * rng.uniform(0.1, 0.2)
    # The steepest slope of a Gaussian is exp(-1/2) / sd of its height.
    size = min(3.0, 0.2 * sd_mm / math.exp(-0.5)) * rng.uniform(0.3, 1.0)
    towards = rng.uniform(-math.pi, math.pi)
    middle = rng.uniform(-0.35, 0.35, 2) * side_mm
    return Bump(
        (float(middle[0]), float(middle[1])),
        (float(size * math.cos(towards)), float(size * math.sin(towards))),
        float(sd_mm),
    )
