"""A card of the sheet as pixels, for pictures on a screen and for rendered photographs with a known scale."""

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.reference.dictionary import black_cells
from inference.reference.layout import MARKER_CELLS, Card

TICK_MM = 0.2
_INK = (26, 26, 26)


def draw_card(card: Card, px_per_mm: int) -> NDArray[np.uint8]:
    """(height_mm * px_per_mm, width_mm * px_per_mm, 3) uint8 sRGB. Edges fall on whole pixels from 40 px/mm on."""
    shape = round(card.height_mm * px_per_mm), round(card.width_mm * px_per_mm), 3
    picture = np.full(shape, 255, np.uint8)
    for patch in card.patches:
        fill(picture, px_per_mm, (patch.x_mm, patch.y_mm, patch.size_mm, patch.size_mm), patch.srgb)
    for marker in card.markers:
        cell = marker.size_mm / MARKER_CELLS
        for row, column in np.argwhere(black_cells(marker.id)):
            at = marker.x_mm + column * cell, marker.y_mm + row * cell
            fill(picture, px_per_mm, (*at, cell, cell), (0, 0, 0))
    for tick in card.ticks:
        top = card.height_mm - tick.length_mm
        fill(picture, px_per_mm, (tick.x_mm - TICK_MM / 2, top, TICK_MM, tick.length_mm), _INK)
        _label(picture, px_per_mm, tick.label, tick.x_mm + 0.4, top, card.tick_label_mm)
    return picture


def fill(
    picture: NDArray[np.uint8],
    px_per_mm: int,
    box_mm: tuple[float, float, float, float],
    colour: tuple[int, int, int],
) -> None:
    """Fills x, y, width, height given in mm."""
    x, y, width, height = box_mm
    rows = slice(round(y * px_per_mm), round((y + height) * px_per_mm))
    columns = slice(round(x * px_per_mm), round((x + width) * px_per_mm))
    picture[rows, columns] = colour


def _label(
    picture: NDArray[np.uint8], px_per_mm: int, text: str, x_mm: float, top_mm: float, height_mm: float
) -> None:
    if not text:
        return
    font, capital_px = cv2.FONT_HERSHEY_SIMPLEX, 21  # capital height of this font at scale 1
    scale = 0.75 * height_mm * px_per_mm / capital_px
    at = round(x_mm * px_per_mm), round((top_mm + 0.75 * height_mm) * px_per_mm)
    cv2.putText(picture, text, at, font, scale, _INK, max(1, px_per_mm // 10), cv2.LINE_AA)
