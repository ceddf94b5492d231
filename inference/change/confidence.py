"""How far the picture itself bears out the map, pixel by pixel."""

import cv2
import numpy as np
from numpy.typing import NDArray

#: Gaussian over which the two pictures are compared, px of the fine level: 1 cm on a face, as wide as the patches.
_SD_PX = 10.0
#: Spread of levels, of 255, that counts as half detail; an even place tells nothing.
_HALF_SPREAD = 6.0


def local_likeness(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(h, w) float32, 0..1: how alike two (h, w, 2) uint8 details laid over each other are around each pixel.

    Their correlation, of both channels together, each about its local mean. Noise and even places tend to 0.
    """
    one, two = before.astype(np.float32), after.astype(np.float32)
    cross = _summed(_blur(one * two) - _blur(one) * _blur(two))
    spreads = [
        np.maximum(_summed(_blur(p * p) - _blur(p) ** 2), 0) + np.float32(_HALF_SPREAD**2) for p in (one, two)
    ]
    return np.clip(cross / np.sqrt(spreads[0] * spreads[1]), 0, 1).astype(np.float32)


def _blur(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), _SD_PX), np.float32)


def _summed(picture: NDArray[np.float32] | NDArray[np.float64]) -> NDArray[np.float32]:
    return np.asarray(picture.sum(axis=-1), np.float32)
