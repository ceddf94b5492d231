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

#: Long sides that a photograph of skin can span: a 10 mm macro picture to a whole person at 1 m across.
GIVEN_SPAN_MM = (10.0, 1000.0)


def assumed_scale(width_px: int, height_px: int) -> Scale:
    """Scale of an oriented photograph of unknown scale: its long side spans `ASSUMED_LONG_SIDE_MM`."""
    return Scale(
        ASSUMED_LONG_SIDE_MM / max(width_px, height_px),
        "assumed",
        ASSUMED_RELATIVE_SD,
        "usual framing of a cheek",
    )


def given_scale(mm_per_px: float, long_side_px: int) -> Scale:
    """Scale as the user states it, in millimetres per pixel of the oriented photograph.

    Raises PhotoError when it is not a positive number, or puts the long side outside `GIVEN_SPAN_MM`.
    """
    if not (math.isfinite(mm_per_px) and mm_per_px > 0):
        raise PhotoError(f"{mm_per_px} mm per pixel is no scale: give a positive number, such as 0.05.")
    span_mm = mm_per_px * long_side_px
    if not GIVEN_SPAN_MM[0] <= span_mm <= GIVEN_SPAN_MM[1]:
        raise PhotoError(
            f"{mm_per_px} mm per pixel makes the photograph {span_mm:.3g} mm long: check the scale. "
            "A cheek of 110 mm over 3000 px has 0.037 mm per pixel."
        )
    return Scale(mm_per_px, "given", GIVEN_RELATIVE_SD, "typed in")
