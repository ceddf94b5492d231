"""The two photographs of a trial as a reader sees them: of equal size, with nothing in them but the picture."""

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.photo.photo import Photo
from inference.reading.design import Framing
from inference.report.laid import display_size

Rgb = NDArray[np.uint8]
#: Mid grey, CIE L* 49, as around the pictures on the page: it draws the eye neither to light nor to dark skin.
SURROUND_RGB = (117, 117, 117)


def plate(photo: Photo, framing: Framing | None = None) -> Rgb:
    """(h, w, 3) uint8 sRGB, a photograph at display size, taken once more from itself where there is a `framing`."""
    rgb = photo.rgb if framing is None else _framed(photo.rgb, framing)
    return display_size(rgb)


def alike(left: Rgb, right: Rgb) -> tuple[Rgb, Rgb]:
    """Both in pictures of the same width and height, each as large as it fits, on mid grey. Nothing is cut off.

    Light and colours stay as they are in the photographs.
    """
    height, width = max(left.shape[0], right.shape[0]), max(left.shape[1], right.shape[1])
    return _fitted(left, height, width), _fitted(right, height, width)


def _fitted(rgb: Rgb, height: int, width: int) -> Rgb:
    factor = min(height / rgb.shape[0], width / rgb.shape[1])
    size = min(width, round(rgb.shape[1] * factor)), min(height, round(rgb.shape[0] * factor))
    if size == (width, height) == rgb.shape[1::-1]:
        return rgb
    interpolation = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    canvas = np.full((height, width, 3), SURROUND_RGB, np.uint8)
    top, left = (height - size[1]) // 2, (width - size[0]) // 2
    canvas[top : top + size[1], left : left + size[0]] = cv2.resize(rgb, size, interpolation=interpolation)
    return canvas


def _framed(rgb: Rgb, framing: Framing) -> Rgb:
    """The same size, with no empty corner: the picture comes as much nearer as its turn needs."""
    height, width = rgb.shape[:2]
    turn = np.deg2rad(abs(framing.turn_deg))
    covers = np.cos(turn) + np.sin(turn) * max(width / height, height / width)
    moved = 1 + 2 * max(abs(framing.shift_x), abs(framing.shift_y))
    zoom = float(max(framing.zoom, covers) * moved)
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), framing.turn_deg, zoom)
    matrix[:, 2] += framing.shift_x * width, framing.shift_y * height
    return np.asarray(cv2.warpAffine(rgb, matrix, (width, height), flags=cv2.INTER_CUBIC), np.uint8)
