"""Photographs at the size they are shown, the after photograph laid over the before photograph."""

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.change.comparison import Comparison
from inference.photo.photo import Photo

Rgb = NDArray[np.uint8]
#: Long side of a picture on the page or with outlines: sharp on a large screen, about 0.4 MB as JPEG.
DISPLAY_LONG_SIDE_PX = 1600
#: Shown where the after photograph does not reach.
NOTHING_RGB = (233, 236, 239)


def display_picture(photo: Photo) -> Rgb:
    """(h, w, 3) uint8 sRGB, the photograph brought down to `DISPLAY_LONG_SIDE_PX`, never enlarged."""
    return display_size(photo.rgb)


def display_size(rgb: Rgb) -> Rgb:
    """The picture brought down to `DISPLAY_LONG_SIDE_PX`, never enlarged."""
    factor = min(1.0, DISPLAY_LONG_SIDE_PX / max(rgb.shape[:2]))
    size = max(1, round(rgb.shape[1] * factor)), max(1, round(rgb.shape[0] * factor))
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)


def lay_over(comparison: Comparison, before: Rgb, after: Rgb) -> tuple[Rgb, Rgb]:
    """Both photographs at display size, after laid over before where the pair is aligned.

    The working pictures are as coarse as the network wants them; this carries the photographs themselves.
    """
    before_rgb, after_rgb = display_size(before), display_size(after)
    pair, evidence = comparison.pair, comparison.after.evidence
    if pair is None or evidence is None:
        return before_rgb, after_rgb
    if pair.map_xy is None:
        return pair.before_rgb, pair.after_rgb
    height, width = before_rgb.shape[:2]
    map_xy = cv2.resize(pair.map_xy, (width, height), interpolation=cv2.INTER_LINEAR)
    working_height, working_width = evidence.label.shape
    finer = np.array([after_rgb.shape[1] / working_width, after_rgb.shape[0] / working_height], np.float32)
    place = ((map_xy + 0.5) * finer - 0.5).astype(np.float32)
    laid = np.empty_like(before_rgb)
    cv2.remap(
        after_rgb, place[..., 0], place[..., 1], cv2.INTER_CUBIC, laid, cv2.BORDER_CONSTANT, NOTHING_RGB
    )
    return before_rgb, laid
