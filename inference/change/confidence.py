"""How far the picture itself bears out the map, pixel by pixel."""

import cv2
import numpy as np
from numpy.typing import NDArray

#: Gaussian over which the two pictures are compared, px of the fine level: 1 cm on a face, as wide as the patches.
_SD_PX = 10.0
#: Side of the pixels that are taken together before that.
_SHRINK = 4
#: Spread of levels, of 255, that counts as half detail; an even place tells nothing.
_HALF_SPREAD = 6.0


def local_likeness(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(h, w) float32, 0..1: how alike two (h, w, 2) uint8 details laid over each other are around each pixel.

    Their correlation, of both channels together, each about its local mean. Noise and even places tend to 0.
    """
    one, two = (np.asarray(picture, np.float32) for picture in (before, after))
    cross = _summed(_blur(one * two) - _blur(one) * _blur(two))
    spreads = [
        np.maximum(_summed(_blur(p * p) - _blur(p) ** 2), 0) + np.float32(_HALF_SPREAD**2) for p in (one, two)
    ]
    return np.clip(cross / np.sqrt(spreads[0] * spreads[1]), 0, 1).astype(np.float32)


def _blur(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """Local means. So wide a Gaussian loses nothing on a picture of a quarter of the side, in a tenth of the time."""
    height, width = picture.shape[:2]
    size = max(1, round(width / _SHRINK)), max(1, round(height / _SHRINK))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    # A mean over n pixels blurs too: its variance is (n^2 - 1) / 12.
    left_px2 = _SD_PX**2 - (_SHRINK**2 - 1) / 12
    small = cv2.GaussianBlur(small, (0, 0), float(np.sqrt(left_px2)) / _SHRINK)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)


def _summed(picture: NDArray[np.float32] | NDArray[np.float64]) -> NDArray[np.float32]:
    return np.asarray(picture.sum(axis=-1), np.float32)
