"""Things that are no skin but may look like it: walls, wood, cloth, tiles, objects out of focus."""

import math

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from training.render.camera import linear_to_srgb
from training.render.skin import albedo

Field = NDArray[np.float32]


def draw_backdrop(rng: np.random.Generator, size_px: tuple[int, int]) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 sRGB. Half of the colours are those of skin."""
    ground = _colour(rng)
    makers = (_wall, _wood, _cloth, _tiles, _blurred, _room)
    picture = makers[int(rng.choice(len(makers), p=(0.3, 0.18, 0.15, 0.09, 0.1, 0.18)))](rng, size_px, ground)
    fall_off = np.exp(rng.uniform(0, 0.35) * _noise(rng, size_px, 2))[..., None]
    grain = rng.normal(0, rng.gamma(1.5, 1.2), (*size_px, 1)).astype(np.float32)
    return np.clip(picture * fall_off + grain, 0, 255).astype(np.uint8)


def _colour(rng: np.random.Generator) -> Field:
    """(3,) sRGB 0..255: of skin, beige, wood; or anything."""
    if rng.random() < 0.5:
        melanin, haemoglobin = float(rng.gamma(1.3, 0.45)), float(rng.uniform(0.0, 0.45))
        linear = albedo(torch.full((1, 1), melanin), torch.full((1, 1), haemoglobin))
        return np.asarray(linear_to_srgb(linear.clamp(0, 1))[:, 0, 0].numpy() * 255, np.float32)
    hsv = np.array(
        [[[rng.integers(180), rng.integers(0, 200) * rng.random(), rng.integers(15, 250)]]], np.uint8
    )
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)[0, 0].astype(np.float32)


def _noise(rng: np.random.Generator, size_px: tuple[int, int], cells: int, tall: int | None = None) -> Field:
    """(H, W) smooth, unit spread, `cells` nodes across and `tall` down."""
    nodes = rng.standard_normal((tall or cells, cells)).astype(np.float32)
    return np.asarray(cv2.resize(nodes, size_px[::-1], interpolation=cv2.INTER_CUBIC), np.float32)


def _wall(rng: np.random.Generator, size_px: tuple[int, int], ground: Field) -> Field:
    """Paint or plaster, smooth to rough."""
    rough = rng.choice([0.0, rng.uniform(0.5, 9)]) * _noise(rng, size_px, int(rng.integers(30, 160)))
    return ground + rough[..., None] + rng.uniform(0, 12) * _noise(rng, size_px, 3)[..., None]


def _wood(rng: np.random.Generator, size_px: tuple[int, int], ground: Field) -> Field:
    """Rings drawn out along the grain, fine streaks, boards."""
    height, width = size_px
    along = _noise(rng, size_px, 4, 3) * rng.uniform(0.4, 1.5)
    x = np.linspace(0, 1, width, dtype=np.float32)[None] + np.zeros((height, 1), np.float32)
    rings = np.sin(2 * math.pi * (x * rng.uniform(3, 14) + along))
    streaks = _noise(rng, size_px, int(rng.integers(60, 220)), 4)
    picture = ground * (1 + 0.12 * rng.uniform(0.3, 1.5) * rings + 0.06 * streaks)[..., None]
    if rng.random() < 0.5:
        step = int(rng.uniform(0.12, 0.5) * width)
        picture[:, ::step] *= 0.35
        picture[:, 1::step] *= 0.5
    return np.ascontiguousarray(np.rot90(picture)) if rng.random() < 0.5 and height == width else picture


def _cloth(rng: np.random.Generator, size_px: tuple[int, int], ground: Field) -> Field:
    """A weave or a knit, with folds."""
    y, x = np.mgrid[: size_px[0], : size_px[1]].astype(np.float32)
    period, turn = rng.uniform(3, 14), rng.uniform(0, math.pi)
    u, v = x * math.cos(turn) + y * math.sin(turn), y * math.cos(turn) - x * math.sin(turn)
    weave = np.sin(2 * math.pi * u / period) * np.sin(2 * math.pi * v / period)
    folds = _noise(rng, size_px, int(rng.integers(3, 8)), int(rng.integers(2, 5)))
    return ground * (1 + rng.uniform(0.03, 0.15) * weave + rng.uniform(0.05, 0.25) * folds)[..., None]


def _tiles(rng: np.random.Generator, size_px: tuple[int, int], ground: Field) -> Field:
    """Bricks or tiles with joints."""
    height, width = size_px
    tall, wide, joint = int(rng.uniform(25, 110)), int(rng.uniform(40, 200)), int(rng.integers(2, 7))
    picture = np.empty((height, width, 3), np.float32)
    picture[:] = ground * rng.uniform(0.5, 1.4)
    for row, y in enumerate(range(-tall, height, tall)):
        for x in range(-wide - (row % 2) * wide // 2, width, wide):
            picture[max(y, 0) : max(y + tall - joint, 0), max(x, 0) : max(x + wide - joint, 0)] = (
                ground * rng.normal(1, 0.06)
            )
    return picture * (1 + 0.04 * _noise(rng, size_px, 90))[..., None]


def _blurred(rng: np.random.Generator, size_px: tuple[int, int], ground: Field) -> Field:
    """Objects far out of focus."""
    height, width = size_px
    picture = np.empty((height // 4, width // 4, 3), np.float32)
    picture[:] = ground
    for _ in range(int(rng.integers(3, 14))):
        centre = (int(rng.integers(width // 4)), int(rng.integers(height // 4)))
        cv2.circle(picture, centre, int(rng.uniform(4, 50)), tuple(map(float, _colour(rng))), -1)
    return np.asarray(
        cv2.resize(cv2.GaussianBlur(picture, (0, 0), rng.uniform(2, 12)), (width, height)), np.float32
    )


def _room(rng: np.random.Generator, size_px: tuple[int, int], ground: Field) -> Field:
    """A wall with frames, doors, shelves and round things such as a clock."""
    height, width = size_px
    picture = _wall(rng, size_px, ground) if rng.random() < 0.5 else _wood(rng, size_px, ground)
    picture = np.ascontiguousarray(picture, np.float32)
    for _ in range(int(rng.integers(1, 6))):
        x, y = int(rng.uniform(-0.2, 0.9) * width), int(rng.uniform(-0.2, 0.9) * height)
        w, h = (int(v) for v in rng.uniform(0.05, 0.6, 2) * width)
        colour = tuple(map(float, _colour(rng)))
        filled = -1 if rng.random() < 0.6 else int(rng.integers(2, 16))
        if rng.random() < 0.6:
            cv2.rectangle(picture, (x, y), (x + w, y + h), colour, filled)
        else:
            cv2.circle(picture, (x, y), w // 2, colour, filled, cv2.LINE_AA)
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.4, 5)), np.float32)
