"""What leaves this room: the network's per-pixel maps at its working resolution, and its region grades."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Channel order of the ONNX output `types` (softmax, sums to 1) and of the labels 0..4 in every mask.
TYPES: tuple[str, ...] = ("none", "icepick", "boxcar", "rolling", "raised")
#: Channel order of the ONNX output `surface` (independent sigmoids): active acne and stretch marks came later, so
#: an older network may end after the first `LEAST_SURFACE`.
SURFACE: tuple[str, ...] = ("skin", "red", "brown", "pores", "wrinkles", "acne", "stretch")
LEAST_SURFACE = 5
#: Types that are depressions; `raised` is not one.
ATROPHIC: tuple[str, ...] = ("icepick", "boxcar", "rolling")


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its standard deviation, in the value's own unit."""

    value: float
    sd: float


@dataclass(frozen=True, slots=True, eq=False)
class Maps:
    """Network output on the working picture.

    rgb: (h, w, 3) uint8 sRGB, the working picture that the network saw.
    types: (5, h, w) float32, softmax over `TYPES`, 0..1.
    surface: (5 to 7, h, w) float32, sigmoids over the first of `SURFACE`, 0..1.
    relief_um: (h, w) float32, height over the unscarred surface, micrometres, below it negative.
    mm_per_px: of the working picture (equal in x and y).
    severity: Goodman-Baron quantitative points of the region, from the grading head.
    roughness_sa_um: Sa of the region in micrometres, from the grading head.
    """

    rgb: NDArray[np.uint8]
    types: NDArray[np.float32]
    surface: NDArray[np.float32]
    relief_um: NDArray[np.float32]
    mm_per_px: float
    severity: Estimate
    roughness_sa_um: Estimate

    def surface_map(self, name: str) -> NDArray[np.float32]:
        """(h, w) float32, one of `SURFACE`. Raises IndexError for one that this network does not have."""
        return self.surface[SURFACE.index(name)]

    def type_map(self, name: str) -> NDArray[np.float32]:
        """(h, w) float32, one of `TYPES`."""
        return self.types[TYPES.index(name)]
