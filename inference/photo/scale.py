"""Millimetres per pixel: as the user gives it, or assumed from the usual framing."""

import math

from inference.errors import PhotoError
from inference.photo.photo import Scale

#: What the long side of a cheek close-up usually spans: from the nasolabial fold to the ear, or from the
#: lower lid to the jaw, about 11 cm in an adult. A convention of this project, not a published figure.
ASSUMED_LONG_SIDE_MM = 110.0
#: The same framing rule holds to about a factor of two (5 cm of cheek to a whole 22 cm face): half its value.
ASSUMED_RELATIVE_SD = 0.5
#: Reading a ruler of 50 mm in the picture to 1 mm at both ends, and skin a little off the ruler's plane.
GIVEN_RELATIVE_SD = 0.03


def assumed_scale(width_px: int, height_px: int) -> Scale:
    """Scale of an oriented photograph of unknown scale: its long side spans `ASSUMED_LONG_SIDE_MM`."""
    return Scale(ASSUMED_LONG_SIDE_MM / max(width_px, height_px), "assumed", ASSUMED_RELATIVE_SD)


def given_scale(mm_per_px: float) -> Scale:
    """Scale as the user states it, in millimetres per pixel of the oriented photograph.

    Raises PhotoError when it is not a positive number.
    """
    if not (math.isfinite(mm_per_px) and mm_per_px > 0):
        raise PhotoError(f"{mm_per_px} mm per pixel is no scale: give a positive number, such as 0.05.")
    return Scale(mm_per_px, "given", GIVEN_RELATIVE_SD)
