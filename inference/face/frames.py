"""Upright square crops of a photograph, and the way back from a crop to the photograph."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

#: A photograph is halved until its longer side is at most this; the smallest input of a model is 64.
SMALLEST_LONG_SIDE_PX = 128


@dataclass(frozen=True, slots=True)
class Frame:
    """A square on the photograph, in its pixels, pixel centres at whole numbers.

    angle_deg: turned clockwise in the picture. mirrored: the crop shows it as in a mirror.
    """

    x_px: float
    y_px: float
    side_px: float
    angle_deg: float = 0.0
    mirrored: bool = False

    def to_photo(self, points: NDArray[np.float32], crop_px: int) -> NDArray[np.float32]:
        """(n, 2 or 3) points of a crop with sides of `crop_px` -> photograph; a third column is only scaled.

        In the crop, too, pixel centres lie at whole numbers, as in MediaPipe's own warp with OpenCV
        (mediapipe/calculators/tensor/image_to_tensor_converter_opencv.cc).
        """
        matrix = self.matrix(crop_px)
        moved = points[:, :2] @ matrix[:, :2].T + matrix[:, 2]
        depth = points[:, 2:] * (self.side_px / crop_px)
        return np.hstack([moved, depth]).astype(np.float32)

    def matrix(self, crop_px: int) -> NDArray[np.float64]:
        """(2, 3) from pixels of a crop with sides of `crop_px` to the photograph."""
        unit = self.side_px / crop_px
        cos, sin = (f(math.radians(self.angle_deg)) * unit for f in (math.cos, math.sin))
        across = -1.0 if self.mirrored else 1.0
        linear = np.array([[cos * across, -sin], [sin * across, cos]])
        shift = np.array([self.x_px, self.y_px]) - linear @ np.full(2, (crop_px - 1) / 2)
        return np.column_stack([linear, shift])


class Pyramid:
    """A photograph with its halved copies, so that small crops cost little and are not aliased."""

    def __init__(self, rgb: NDArray[np.uint8]) -> None:
        """rgb: (H, W, 3) uint8 sRGB."""
        self.levels: list[NDArray[np.uint8]] = [rgb]
        while max(self.levels[-1].shape[:2]) > SMALLEST_LONG_SIDE_PX:
            last = self.levels[-1]
            even = last[: last.shape[0] // 2 * 2, : last.shape[1] // 2 * 2]
            if min(even.shape[:2]) < 2:
                break
            size = (even.shape[1] // 2, even.shape[0] // 2)
            self.levels.append(np.asarray(cv2.resize(even, size, interpolation=cv2.INTER_AREA), np.uint8))

    @property
    def shape_px(self) -> tuple[int, int]:
        """Height and width of the photograph."""
        height_px, width_px = self.levels[0].shape[:2]
        return height_px, width_px

    def crop(self, frame: Frame, crop_px: int) -> NDArray[np.uint8]:
        """(crop_px, crop_px, 3) uint8, bilinear from the level that has one to two pixels a crop pixel; 0 outside."""
        octave = math.floor(math.log2(max(frame.side_px / crop_px, 1.0)))
        level = min(octave, len(self.levels) - 1)
        matrix = frame.matrix(crop_px)
        matrix[:, 2] = (matrix[:, 2] + 0.5) / 2**level - 0.5
        matrix[:, :2] /= 2**level
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        cut = cv2.warpAffine(self.levels[level], matrix, (crop_px, crop_px), flags=flags)
        return np.asarray(cut, np.uint8)
