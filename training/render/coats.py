"""What people put on skin: foundation, lipstick, a surgeon's pen, stickers and rulers, glasses."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from training.render.fields import blur, smooth_noise
from training.render.places import Places

#: Order of the lips' outer contour and the pupils among the 189 points.
LIPS = (87, 88, 89, 90, 91, 92, 93, 108, 107, 106, 105, 104)
PUPILS = (0, 1)
#: Linear RGB that pen ink leaves of white light: gentian violet, blue, black, green, red (by eye).
INK_RGB = ((0.16, 0.05, 0.35), (0.03, 0.07, 0.4), (0.02, 0.02, 0.03), (0.03, 0.2, 0.1), (0.5, 0.03, 0.04))


@dataclass(frozen=True)
class MakeUp:
    """evenness: share of fine colour differences that foundation hides, 0 none. cake: how much it flakes.
    lips: linear RGB of lipstick, or None."""

    evenness: float = 0.0
    cake: float = 0.0
    lips: tuple[float, float, float] | None = None

    @property
    def matte(self) -> float:
        """Factor on shine: powder scatters it."""
        return 1 - 0.7 * self.evenness


@dataclass(frozen=True)
class Solid:
    """Flat things that lie on skin and hide it. rgb: (H, W, 3) uint8, linear for light of 1, times 255; cover:
    (H, W) uint8, 255 where it hides all."""

    rgb: NDArray[np.uint8]
    cover: NDArray[np.uint8]


@dataclass(frozen=True)
class Ink:
    """A pen's marks. cover: (H, W) float32 0..1. rgb: linear, what is left of light under full ink."""

    cover: NDArray[np.float32]
    rgb: tuple[float, float, float]


def draw_make_up(rng: np.random.Generator) -> MakeUp:
    """In one tile of seven."""
    if rng.random() > 0.14:
        return MakeUp()
    shade = rng.uniform(0, 1)
    lips = (rng.uniform(0.25, 0.55), 0.02 + 0.18 * shade, 0.03 + 0.16 * shade)
    cake = float(rng.choice([0.0, rng.uniform(0.2, 1.0)]))
    return MakeUp(float(rng.uniform(0.3, 0.95)), cake, lips if rng.random() < 0.7 else None)


def powder(rng: np.random.Generator, linear: Tensor, make_up: MakeUp, on: Tensor, px_per_mm: float) -> Tensor:
    """Foundation over (3, H, W) linear skin where `on` (H, W) 0..1: colour evened out, light and dark a little."""
    if make_up.evenness <= 0:
        return linear
    log = torch.log(linear.clamp(min=1e-3))
    light = log.mean(0, keepdim=True)
    colour = log - light
    even_colour = torch.lerp(colour, blur(colour, 4 * px_per_mm), make_up.evenness)
    even_light = torch.lerp(light, blur(light, 1.0 * px_per_mm), 0.35 * make_up.evenness)
    if make_up.cake > 0:
        grain = smooth_noise(rng, tuple(light.shape[1:]), max(2.0, 0.45 * px_per_mm), light.device)
        thick = smooth_noise(rng, tuple(light.shape[1:]), 12 * px_per_mm, light.device)
        even_light = even_light + make_up.cake * 0.12 * (grain - 0.8).clamp(min=0) * (thick + 0.5).clamp(
            0, 1.5
        )
    return torch.lerp(linear, torch.exp(even_light + even_colour), on[None])


def paint_lips(
    linear: Tensor, make_up: MakeUp, points: NDArray[np.float64] | None, px_per_mm: float
) -> Tensor:
    """Lipstick within the lips' contour, keeping their light and dark."""
    if make_up.lips is None or points is None:
        return linear
    size = tuple(linear.shape[1:])
    mask = np.zeros(size, np.uint8)
    cv2.fillPoly(mask, [np.round(points[list(LIPS)]).astype(np.int32)], 1)
    if not mask.any():
        return linear
    on = blur(torch.as_tensor(mask, device=linear.device).float()[None], 0.4 * px_per_mm)
    light = linear.mean(0, keepdim=True)
    mean = (light * on).sum() / on.sum()
    colour = torch.tensor(make_up.lips, device=linear.device).view(3, 1, 1)
    return torch.lerp(linear, colour * light / mean.clamp(min=0.02) * mean.sqrt(), 0.8 * on)


def draw_ink(
    rng: np.random.Generator, places: Places, size_px: tuple[int, int], px_per_mm: float
) -> Ink | None:
    """Lines, dots, circles, arrows and numbers in pen, 0.4-1.5 mm thick, in one tile of twenty."""
    if rng.random() > 0.05 or not len(places.xy_px):
        return None
    layer = np.zeros(size_px, np.uint8)
    width = max(1, round(rng.uniform(0.4, 1.5) * px_per_mm))
    for x, y in places.draw(rng, int(rng.integers(1, 10))) * px_per_mm:
        _pen(rng, layer, (float(x), float(y)), width, px_per_mm)
    cover = cv2.GaussianBlur(layer.astype(np.float32) / 255, (0, 0), max(0.3, 0.08 * px_per_mm))
    worn = cv2.resize(
        rng.uniform(0.45, 1.0, (24, 24)).astype(np.float32), size_px[::-1], interpolation=cv2.INTER_CUBIC
    )
    r, g, b = INK_RGB[int(rng.choice(len(INK_RGB), p=(0.4, 0.2, 0.25, 0.07, 0.08)))]
    return Ink(np.clip(cover * worn, 0, 1).astype(np.float32), (r, g, b))


def _pen(
    rng: np.random.Generator, layer: NDArray[np.uint8], at: tuple[float, float], width: int, px_per_mm: float
) -> None:
    x, y = round(at[0]), round(at[1])
    reach = rng.uniform(4, 25) * px_per_mm
    angle = rng.uniform(0, 2 * math.pi)
    end = (round(x + reach * math.cos(angle)), round(y + reach * math.sin(angle)))
    look = int(rng.integers(5))
    if look == 0:
        steps = np.cumsum(rng.normal(0, 0.25, 12)) + angle
        path = np.array(at) + np.cumsum(reach / 12 * np.column_stack([np.cos(steps), np.sin(steps)]), axis=0)
        cv2.polylines(layer, [np.round(path).astype(np.int32)], False, 255, width, cv2.LINE_AA)
    elif look == 1:
        cv2.circle(layer, (x, y), width, 255, -1, cv2.LINE_AA)
    elif look == 2:
        axes = (round(reach / 3), round(reach / 3 * rng.uniform(0.6, 1)))
        cv2.ellipse(
            layer, (x, y), axes, math.degrees(angle), 0, rng.uniform(330, 372), 255, width, cv2.LINE_AA
        )
    elif look == 3:
        cv2.arrowedLine(layer, (x, y), end, 255, width, cv2.LINE_AA, tipLength=0.3)
    else:
        text = str(rng.choice(["1", "2", "3", "A", "B", "L", "R", "12", "X"]))
        size = rng.uniform(5, 12) * px_per_mm / 22
        cv2.putText(layer, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, size, 255, width, cv2.LINE_AA)


def draw_solid(
    rng: np.random.Generator,
    places: Places,
    size_px: tuple[int, int],
    px_per_mm: float,
    points: NDArray[np.float64] | None,
) -> Solid | None:
    """Round stickers, a ruler along an edge, or glasses on a face whose points are known, in one tile of seven."""
    look = rng.random()
    if look < 0.05 and len(places.xy_px):
        return _stickers(rng, places, size_px, px_per_mm)
    if look < 0.08:
        return _ruler(rng, size_px, px_per_mm)
    if look < 0.16 and points is not None:
        return _glasses(rng, size_px, px_per_mm, points)
    return None


def _blank(size_px: tuple[int, int]) -> Solid:
    return Solid(np.zeros((*size_px, 3), np.uint8), np.zeros(size_px, np.uint8))


def _stickers(rng: np.random.Generator, places: Places, size_px: tuple[int, int], px_per_mm: float) -> Solid:
    """Paper dots 4-12 mm across, white or of one bright colour, some with a number."""
    out = _blank(size_px)
    colours = ((204, 204, 199), (190, 140, 8), (8, 30, 128), (140, 8, 8), (13, 90, 26))
    colour = colours[int(rng.integers(len(colours)))]
    radius = rng.uniform(2, 6) * px_per_mm
    for x, y in places.draw(rng, int(rng.integers(1, 5))) * px_per_mm:
        centre = (round(x), round(y))
        cv2.circle(out.rgb, centre, round(radius) + 2, colour, -1)
        cv2.circle(out.cover, centre, round(radius), 255, -1, cv2.LINE_AA)
        if rng.random() < 0.5:
            text = str(int(rng.integers(1, 10)))
            spot = (round(x - 0.45 * radius), round(y + 0.5 * radius))
            cv2.putText(out.rgb, text, spot, cv2.FONT_HERSHEY_SIMPLEX, radius / 16, (5, 5, 7), 2, cv2.LINE_AA)
    return out


def _ruler(rng: np.random.Generator, size_px: tuple[int, int], px_per_mm: float) -> Solid:
    """A paper or steel ruler along the lower edge, a tick each mm, turned by quarter turns."""
    height, width = size_px
    out = _blank(size_px)
    paper = (204, 204, 199) if rng.random() < 0.7 else (102, 102, 107)
    top = height - round(rng.uniform(0.06, 0.22) * height)
    out.rgb[top:] = paper
    out.cover[top:] = 255
    for k in range(int(width / px_per_mm) + 1):
        x, tick = round(k * px_per_mm), (4.0 if k % 10 == 0 else 3.0 if k % 5 == 0 else 2.0) * px_per_mm
        cv2.line(out.rgb, (x, top), (x, top + round(tick)), (5, 5, 5), max(1, round(0.2 * px_per_mm)))
        if k % 10 == 0:
            spot = (x + 2, top + round(7 * px_per_mm))
            cv2.putText(out.rgb, str(k // 10), spot, 0, px_per_mm / 8, (5, 5, 5), 1, cv2.LINE_AA)
    turns = int(rng.integers(4))
    return Solid(
        np.ascontiguousarray(np.rot90(out.rgb, turns)[:height, :width]),
        np.ascontiguousarray(np.rot90(out.cover, turns)[:height, :width]),
    )


def _glasses(
    rng: np.random.Generator, size_px: tuple[int, int], px_per_mm: float, points: NDArray[np.float64]
) -> Solid:
    """Frames around both eyes with bridge and temples; lenses are clear."""
    out = _blank(size_px)
    eyes = points[list(PUPILS)]
    across = eyes[1] - eyes[0]
    angle = math.atan2(across[1], across[0])
    axis, down = np.array([math.cos(angle), math.sin(angle)]), np.array([-math.sin(angle), math.cos(angle)])
    if down[1] < 0:
        down = -down
    wide, high = rng.uniform(22, 27) * px_per_mm, rng.uniform(15, 22) * px_per_mm
    thick = max(1, round(math.exp(rng.uniform(math.log(0.8), math.log(4.5))) * px_per_mm))
    square = rng.uniform(2, 6)
    t = np.linspace(0, 2 * math.pi, 60)
    shape = np.column_stack([np.sign(f(t)) * np.abs(f(t)) ** (2 / square) for f in (np.cos, np.sin)]) * (
        wide,
        high,
    )
    centres = [eye + 3 * px_per_mm * down for eye in eyes]
    rims = [c + shape[:, :1] * axis + shape[:, 1:] * down for c in centres]
    bars = [
        np.array([centres[0] + axis * wide * 0.98, centres[1] - axis * wide * 0.98]) - 4 * px_per_mm * down
    ]
    for sign, c in ((-1, centres[0]), (1, centres[1])):
        hinge = c + sign * axis * wide - 6 * px_per_mm * down
        bars.append(np.array([hinge, hinge + sign * axis * 25 * px_per_mm]))
    for path, closed in [*((r, True) for r in rims), *((b, False) for b in bars)]:
        whole = [np.round(np.clip(path, -3000, 3000) * 16).astype(np.int32)]
        cv2.polylines(out.cover, whole, closed, 255, thick, cv2.LINE_AA, 4)
    colours = ((3, 3, 3), (13, 5, 3), (76, 64, 38), (90, 90, 92), (64, 36, 23))
    out.rgb[:] = colours[int(rng.integers(len(colours)))]
    return out
