"""What editors put over published photographs: eye bars, coarse pixels, letters, logos, borders, screens."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Box = tuple[int, int, int, int, float]
Colour = tuple[int, int, int]
WORDS = (
    "Before",
    "After",
    "before",
    "AFTER",
    "Day 0",
    "Week 12",
    "Baseline",
    "Fig. 2",
    "Pre",
    "Post",
    "6 months",
)


@dataclass(frozen=True)
class Overlays:
    """panels: opaque boxes with a colour (borders, screens, lines between pictures). texts: word, place, height in
    px, colour. mark: a see-through word or logo over the picture with its strength 0..1, or None."""

    panels: tuple[tuple[int, int, int, int, Colour], ...] = ()
    texts: tuple[tuple[str, int, int, int, Colour], ...] = ()
    mark: tuple[str, int, int, int, float] | None = None


def draw_overlays(rng: np.random.Generator, size_px: tuple[int, int]) -> Overlays:
    """Each kind on its own small chance; one tile in six has any."""
    return Overlays(
        panels=_panels(rng, size_px),
        texts=_texts(rng, size_px),
        mark=_mark(rng, size_px),
    )


def draw_bars(rng: np.random.Generator, size_px: tuple[int, int]) -> tuple[Box, ...]:
    """Eye bars black, white or grey, and patches of coarse pixels, in one tile of twelve: (x0, y0, x1, y1,
    grey 0..1), grey < 0 for coarse pixels."""
    if rng.random() > 0.08:
        return ()
    height, width = size_px
    w, h = (int(v) for v in rng.uniform(0.15, 0.6, 2) * (width, height * 0.6))
    x, y = int(rng.uniform(-0.3 * w, width - 0.5 * w)), int(rng.uniform(-0.3 * h, height - 0.5 * h))
    grey = float(rng.choice([0.0, 1.0, rng.uniform(0.1, 0.9), -1.0]))
    return ((max(x, 0), max(y, 0), min(x + w, width), min(y + h, height), grey),)


def _grey(value: float) -> Colour:
    level = round(value)
    return level, level, level


def _panels(
    rng: np.random.Generator, size_px: tuple[int, int]
) -> tuple[tuple[int, int, int, int, Colour], ...]:
    """A border, the bars of a screen, the line of a collage or a coloured box, in one tile of ten."""
    height, width = size_px
    look = rng.random()
    ends = _grey(float(rng.choice([0, 255, rng.uniform(0, 255)], p=[0.35, 0.45, 0.2])))
    if look < 0.04:  # white or black border
        n = int(rng.uniform(0.01, 0.14) * height)
        sides = (
            (0, 0, width, n),
            (0, height - n, width, height),
            (0, 0, n, height),
            (width - n, 0, width, height),
        )
        keep = rng.random(4) < rng.choice([0.4, 1.0])
        return tuple((*side, ends) for side, kept in zip(sides, keep, strict=True) if kept)
    if look < 0.06:  # a phone's bars
        top, low = int(rng.uniform(0.04, 0.1) * height), int(rng.uniform(0.05, 0.14) * height)
        return ((0, 0, width, top, ends), (0, height - low, width, height, ends))
    if look < 0.09:  # two pictures side by side, or one over the other
        n, at = int(rng.uniform(2, 14)), rng.uniform(0.15, 0.85)
        if rng.random() < 0.7:
            return ((int(at * width), 0, int(at * width) + n, height, ends),)
        return ((0, int(at * height), width, int(at * height) + n, ends),)
    if look < 0.105:  # a coloured box, as in infographics
        colour = tuple(int(v) for v in rng.integers(0, 256, 3))
        x, y = int(rng.uniform(0, 0.7) * width), int(rng.uniform(0, 0.8) * height)
        return ((x, y, x + int(0.4 * width), y + int(0.15 * height), colour),)  # type: ignore[arg-type]
    return ()


def _texts(
    rng: np.random.Generator, size_px: tuple[int, int]
) -> tuple[tuple[str, int, int, int, Colour], ...]:
    """A letter or a word in a corner, in one tile of sixteen."""
    if rng.random() > 0.06:
        return ()
    height, width = size_px
    letter = rng.random() < 0.5
    word = str(rng.choice(list("ABCDabc"))) if letter else str(rng.choice(WORDS))
    tall = int(rng.uniform(0.04, 0.1) * height)
    x = int(rng.choice([0.02, 0.6]) * width)
    y = int(rng.choice([0.04 * height + tall, 0.96 * height]))
    colour = _grey(0 if rng.random() < 0.4 else 255)
    return ((word, x, y, tall, colour),)


def _mark(rng: np.random.Generator, size_px: tuple[int, int]) -> tuple[str, int, int, int, float] | None:
    """A see-through watermark, in one tile of thirty."""
    if rng.random() > 0.035:
        return None
    height, width = size_px
    word = "".join(rng.choice(list("abcdefghiklmnorstuvABDMST."), int(rng.integers(4, 12))))
    tall = int(rng.uniform(0.04, 0.18) * height)
    return (
        word,
        int(rng.uniform(-0.1, 0.5) * width),
        int(rng.uniform(0.1, 1.0) * height),
        tall,
        float(rng.uniform(0.12, 0.5)),
    )


def lay_over(rgb: NDArray[np.uint8], bars: tuple[Box, ...], overlays: Overlays) -> NDArray[np.bool_]:
    """Draw onto (H, W, 3) uint8 in place; returns (H, W) where the picture beneath is hidden."""
    hidden = np.zeros(rgb.shape[:2], np.uint8)
    if overlays.mark is not None:
        word, x, y, tall, strength = overlays.mark
        layer = rgb.copy()
        _write(layer, word, x, y, tall, (255, 255, 255))
        cv2.addWeighted(layer, strength, rgb, 1 - strength, 0, dst=rgb)
    for x0, y0, x1, y1, grey in bars:
        patch = rgb[y0:y1, x0:x1]
        hidden[y0:y1, x0:x1] = 1
        if grey < 0:
            block = max(4, (x1 - x0) // 8)
            coarse = patch[::block, ::block]
            patch[:] = coarse.repeat(block, 0).repeat(block, 1)[: y1 - y0, : x1 - x0]
        else:
            patch[:] = round(255 * grey)
    for x0, y0, x1, y1, colour in overlays.panels:
        rgb[max(y0, 0) : y1, max(x0, 0) : x1] = colour
        hidden[max(y0, 0) : y1, max(x0, 0) : x1] = 1
    for word, x, y, tall, colour in overlays.texts:
        _write(rgb, word, x, y, tall, colour)
        _write(hidden, word, x, y, tall, 1)
    return hidden > 0


def _write(layer: NDArray[np.uint8], word: str, x: int, y: int, tall: int, colour: Colour | int) -> None:
    """Letters `tall` px high with their foot at (x, y); Hershey capitals are 22 px high at scale 1."""
    cv2.putText(
        layer, word, (x, y), cv2.FONT_HERSHEY_DUPLEX, tall / 22, colour, max(1, tall // 9), cv2.LINE_AA
    )
