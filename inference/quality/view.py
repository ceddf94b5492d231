"""What a photograph is judged by: its pixels, the working picture, the assessed skin and what was found in it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.face.face import Face
from inference.photo.photo import Photo
from inference.reference.reference import References


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """One photograph, ready to be judged.

    photo: at full resolution, with its provenance and its settled scale. rgb: (h, w, 3) uint8 sRGB, the working
    picture. skin: (h, w) bool, the assessed skin on it. mm_per_px: of the working picture.
    """

    photo: Photo
    rgb: NDArray[np.uint8]
    skin: NDArray[np.bool_]
    mm_per_px: float
    face: Face | None
    references: References

    @property
    def photo_px_per_px(self) -> float:
        """Pixels of the photograph per pixel of the working picture."""
        return self.photo.width_px / self.rgb.shape[1]
