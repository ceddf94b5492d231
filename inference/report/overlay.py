"""Outlines of the scars over the skin.

Outlines are thin and lie just outside the scar, so that the skin itself stays to be seen.
Colours are those of Okabe & Ito (2008), "Color Universal Design", told apart by colour-blind readers
as well; every legend names the type beside its colour.
"""

from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.measure.assessment import ScarType
from inference.network.maps import TYPES

#: sRGB of each type's outline, Okabe & Ito.
COLOURS: dict[ScarType, str] = {
    "icepick": "#E69F00",
    "boxcar": "#0072B2",
    "rolling": "#009E73",
    "raised": "#CC79A7",
}
#: What OpenCV returns for connected patches: their number, map, boxes and centroids; it has no type stub.
Components = tuple[int, NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]

_SUPERSAMPLING = 4
_BLUR_SD_PX = 0.8
#: The blurred mask crosses one half on the scar's edge; a lower level lies about half a pixel outside it.
_LEVEL = 0.3
_MARGIN_PX = 4
_SUBPIXEL_BITS = 4


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """The closed edge of one scar.

    points: (n, 2) float32, x and y in pixels of the label map; 0, 0 is the corner of its first pixel.
    """

    type: ScarType
    points: NDArray[np.float32]


def rgb_of(colour: str) -> tuple[int, int, int]:
    """Red, green and blue, 0..255, of "#RRGGBB"."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def trace(label: NDArray[np.uint8]) -> tuple[Outline, ...]:
    """Smooth outlines of the scars in `label`, (h, w) uint8 with 0 none and 1..4 the types of `TYPES`.

    Each connected patch of one type is blurred by 0.8 px, enlarged four times and contoured.
    """
    found: list[Outline] = []
    for index, name in enumerate(TYPES[1:], start=1):
        mask = (label == index).astype(np.uint8)
        count, patches, stats, _ = cast(Components, cv2.connectedComponentsWithStats(mask, connectivity=8))
        for patch in range(1, count):
            left, top = int(stats[patch, cv2.CC_STAT_LEFT]), int(stats[patch, cv2.CC_STAT_TOP])
            width, height = int(stats[patch, cv2.CC_STAT_WIDTH]), int(stats[patch, cv2.CC_STAT_HEIGHT])
            cut = np.asarray(patches[top : top + height, left : left + width] == patch, np.bool_)
            found.extend(
                Outline(cast(ScarType, name), points + np.array([left, top], np.float32))
                for points in _trace_patch(cut)
            )
    return tuple(found)


def _trace_patch(mask: NDArray[np.bool_]) -> list[NDArray[np.float32]]:
    """Outer contours of one patch, in pixels of `mask`."""
    padded = np.pad(mask.astype(np.float32), _MARGIN_PX)
    blurred = cv2.GaussianBlur(padded, (0, 0), _BLUR_SD_PX)
    fine = cv2.resize(blurred, None, fx=_SUPERSAMPLING, fy=_SUPERSAMPLING, interpolation=cv2.INTER_CUBIC)
    contours, _ = cv2.findContours((fine > _LEVEL).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    lines = [_smooth_closed(contour[:, 0, :].astype(np.float32)) for contour in contours if len(contour) >= 3]
    return [((line + 0.5) / _SUPERSAMPLING - _MARGIN_PX).astype(np.float32) for line in lines]


def _smooth_closed(points: NDArray[np.float32]) -> NDArray[np.float32]:
    """Running mean along a closed line, thinned to every second point: takes the pixel steps out."""
    reach = min(_SUPERSAMPLING, (len(points) - 1) // 2)
    shifted = np.stack([np.roll(points, step, axis=0) for step in range(-reach, reach + 1)])
    mean: NDArray[np.float32] = shifted.mean(axis=0, dtype=np.float32)
    return mean[::2]


def outlines(rgb: NDArray[np.uint8], label: NDArray[np.uint8], scale_factor: float = 1) -> NDArray[np.uint8]:
    """The picture enlarged by `scale_factor` with its scars outlined.

    rgb: (h, w, 3) uint8 sRGB. label: (h, w) uint8, 0..4. Returns (h*f, w*f, 3) uint8 sRGB.
    A dark hairline under each coloured line keeps it visible on every skin tone.
    """
    height, width = (round(side * scale_factor) for side in label.shape)
    interpolation = cv2.INTER_CUBIC if scale_factor > 1 else cv2.INTER_AREA
    canvas = cv2.resize(rgb, (width, height), interpolation=interpolation).astype(np.uint8)
    thickness = max(2, round(max(height, width) / 500))
    found = trace(label)
    for outline in found:
        _draw(canvas, outline.points * scale_factor, (24, 20, 18), thickness + 1)
    for outline in found:
        _draw(canvas, outline.points * scale_factor, rgb_of(COLOURS[outline.type]), thickness)
    return canvas


def draw_outlines(
    rgb: NDArray[np.uint8], mask: NDArray[np.bool_], colour: tuple[int, int, int]
) -> NDArray[np.uint8]:
    """A copy of the picture, of any size, with thin outlines of one colour around the patches of (h, w) `mask`."""
    canvas = rgb.copy()
    scale = np.array([rgb.shape[1] / mask.shape[1], rgb.shape[0] / mask.shape[0]], np.float32)
    for outline in trace(mask.astype(np.uint8)):
        _draw(canvas, outline.points * scale, colour, max(1, round(max(rgb.shape[:2]) / 1200)))
    return canvas


def _draw(
    canvas: NDArray[np.uint8], points: NDArray[np.float32], colour: tuple[int, int, int], thickness: int
) -> None:
    """Draw one closed anti-aliased line; OpenCV counts pixels from their centres."""
    fixed = np.round((points - 0.5) * (1 << _SUBPIXEL_BITS)).astype(np.int32)
    cv2.polylines(canvas, [fixed], True, colour, thickness, cv2.LINE_AA, _SUBPIXEL_BITS)
