"""What is painted onto or filtered out of a photograph to try the checks for hair, shine and beauty filters."""

import cv2
import numpy as np
from numpy.typing import NDArray


def beauty_filter(rgb: NDArray[np.uint8], mm_per_px: float, strength: float) -> NDArray[np.uint8]:
    """Bilateral smoothing over 2 mm and 30 levels, mixed with the photograph by `strength`, 0..1."""
    sd_px = max(1.0, 2.0 / mm_per_px / 2)
    filtered = cv2.bilateralFilter(rgb, -1, 30, sd_px)
    return cv2.addWeighted(filtered, strength, rgb, 1 - strength, 0).astype(np.uint8)


def paint_hair(
    rgb: NDArray[np.uint8], skin: NDArray[np.uint8], mm_per_px: float, strands: int, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Bent dark strands of 0.1 mm (hair is 0.06 to 0.1 mm thick) by 40 mm, that begin anywhere on the skin."""
    rows, columns = np.nonzero(skin)
    fine = 4  # drawn finer, so that a strand thinner than a pixel only darkens it in part
    cover = np.zeros(skin.shape, np.float32)
    for _ in range(strands):
        at = rng.integers(len(rows))
        angle, bend = rng.uniform(0, 2 * np.pi), rng.normal(0, 0.02)
        way = np.linspace(0, 40, 60)
        turn = angle + bend * way
        x = columns[at] + np.cumsum(np.cos(turn)) * (40 / 60) / mm_per_px
        y = rows[at] + np.cumsum(np.sin(turn)) * (40 / 60) / mm_per_px
        points = np.stack([x, y], axis=1)
        left, top = np.floor(points.min(axis=0)).astype(int) - 3
        right, bottom = np.ceil(points.max(axis=0)).astype(int) + 3
        tile = np.zeros(((bottom - top) * fine, (right - left) * fine), np.uint8)
        path = ((points - (left, top)) * fine).astype(np.int32)
        cv2.polylines(tile, [path], False, 255, max(1, round(0.1 / mm_per_px * fine)), cv2.LINE_AA)
        small = cv2.resize(tile, (right - left, bottom - top), interpolation=cv2.INTER_AREA) / 255
        _lay(cover, small.astype(np.float32), int(left), int(top))
    colour = np.array([35, 25, 20], np.float32)
    mixed = rgb * (1 - cover[..., None]) + colour * cover[..., None]
    return np.clip(np.round(mixed), 0, 255).astype(np.uint8)


def _lay(cover: NDArray[np.float32], tile: NDArray[np.float32], left: int, top: int) -> None:
    """The larger of both, in place, cut at the borders."""
    height, width = cover.shape
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(left + tile.shape[1], width), min(top + tile.shape[0], height)
    if x1 <= x0 or y1 <= y0:
        return
    part = tile[y0 - top : y1 - top, x0 - left : x1 - left]
    cover[y0:y1, x0:x1] = np.maximum(cover[y0:y1, x0:x1], part)


def paint_shine(
    light: NDArray[np.float32],
    skin: NDArray[np.uint8],
    mm_per_px: float,
    part: float,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Adds white light, up to 0.4 of white, in soft spots over `part` of the skin, broken up by its texture."""
    field = rng.normal(size=skin.shape).astype(np.float32)
    coarse = cv2.GaussianBlur(field, (0, 0), 6 / mm_per_px)
    grain = cv2.GaussianBlur(field, (0, 0), max(0.5 / mm_per_px, 0.6))
    mixed = coarse / coarse.std() + 0.5 * grain / grain.std()
    inside = mixed[skin > 0]
    edge = np.quantile(inside, 1 - part)
    inner = cv2.GaussianBlur(skin.astype(np.float32), (0, 0), 1 / mm_per_px)
    amount = np.clip((mixed - edge) / inside.std(), 0, 1) * inner
    return light + 0.4 * amount[..., None].astype(np.float32)
