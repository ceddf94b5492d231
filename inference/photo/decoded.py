"""What every reader hands to `read_photo`: the picture in sRGB and what its file says about it."""

from dataclasses import dataclass

from PIL import Image

from inference.photo.photo import Provenance


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """picture: mode RGB, 8-bit sRGB, as stored. orientation: EXIF's 1..8, still to be undone."""

    picture: Image.Image
    orientation: int
    provenance: Provenance
