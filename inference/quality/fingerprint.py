"""A short code of what a photograph shows, to find the same photograph again after it was saved or resized."""

import cv2
import numpy as np
from numpy.typing import NDArray

#: Fingerprints at most this far apart, of 64 bits, are taken as the same photograph.
SAME_DISTANCE = 6
_SIDE = 32
_KEPT = 8


def fingerprint(rgb: NDArray[np.uint8]) -> str:
    """64-bit perceptual hash of (h, w, 3) uint8 sRGB, as 16 hexadecimal digits.

    The signs, against their median, of the 8 x 8 lowest frequencies but the mean of the cosine transform of a
    32 x 32 luma thumbnail (Zauner, "Implementation and benchmarking of perceptual image hash functions", thesis,
    FH Hagenberg 2010, section 3.2.1).
    """
    small = cv2.resize(rgb, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
    low = cv2.dct(grey)[1 : _KEPT + 1, 1 : _KEPT + 1].ravel()
    bits = low > np.median(low)
    return f"{int(''.join('1' if bit else '0' for bit in bits), 2):016x}"


def distance(one: str, other: str) -> int:
    """Bits that differ between two fingerprints, 0..64."""
    return (int(one, 16) ^ int(other, 16)).bit_count()
