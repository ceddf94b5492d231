"""Network maps drawn by arithmetic: pits of known shape on even skin, as a perfect network would return them."""

import hashlib
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from inference.measure.assessment import ModelFacts
from inference.network.bundle import Thresholds
from inference.network.maps import SURFACE, TYPES, Estimate, Maps
from inference.photo.photo import Photo, Scale

THRESHOLDS = Thresholds(
    skin=0.5, scar=0.5, min_diameter_mm=0.6, min_confidence=0.5, pores=0.5, wrinkles=0.5, red=0.5, brown=0.5
)
MODEL = ModelFacts("atrophic", "0.1.0", "0" * 64)

Form = Literal["flat", "cap", "cone"]


@dataclass(frozen=True)
class Pit:
    """A round pit; centre and radius in mm, greatest depth in micrometres."""

    x_mm: float
    y_mm: float
    radius_mm: float
    depth_um: float
    type: str = "boxcar"
    form: Form = "flat"


def draw_relief(pits: list[Pit], size_px: tuple[int, int], mm_per_px: float) -> NDArray[np.float32]:
    """(h, w) float32 micrometres: 0 outside the pits, negative inside; overlapping pits keep the deeper."""
    relief = np.zeros(size_px)
    for pit in pits:
        share = 1 - _radii(pit, size_px, mm_per_px)
        shape = {"flat": share > 0, "cone": share, "cap": 1 - (1 - share) ** 2}[pit.form]
        relief = np.minimum(relief, -pit.depth_um * np.where(share > 0, shape, 0))
    return relief.astype(np.float32)


def _radii(pit: Pit, size_px: tuple[int, int], mm_per_px: float) -> NDArray[np.float64]:
    """Distance of each pixel's centre from the pit's, in its radii."""
    row, column = np.mgrid[: size_px[0], : size_px[1]]
    x, y = (column + 0.5) * mm_per_px - pit.x_mm, (row + 0.5) * mm_per_px - pit.y_mm
    return np.hypot(x, y) / pit.radius_mm


def draw_maps(
    pits: list[Pit], size_px: tuple[int, int] = (480, 640), mm_per_px: float = 0.1, sureness: float = 0.98
) -> Maps:
    """Maps of skin filling the picture; `sureness` is the probability of each pit's type inside it."""
    types = np.zeros((len(TYPES), *size_px), np.float32)
    types[0] = 0.99
    types[1:] = 0.01 / 4
    for pit in pits:
        inside = _radii(pit, size_px, mm_per_px) < 1
        types[:, inside] = (1 - sureness) / 4
        types[TYPES.index(pit.type), inside] = sureness
    surface = np.zeros((len(SURFACE), *size_px), np.float32)
    surface[SURFACE.index("skin")] = 0.99
    rgb = np.full((*size_px, 3), (205, 160, 140), np.uint8)
    relief = draw_relief(pits, size_px, mm_per_px)
    return Maps(rgb, types, surface, relief, mm_per_px, Estimate(12.0, 2.0), Estimate(20.0, 3.0))


def photo_of(maps: Maps, relative_sd: float = 0.0) -> Photo:
    """The photograph whose working picture is `maps.rgb`, at the same size; a file of its own for each drawing."""
    drawn = hashlib.sha256(maps.rgb.tobytes() + maps.types.tobytes() + maps.relief_um.tobytes())
    return Photo("cheek.jpg", drawn.hexdigest(), maps.rgb, Scale(maps.mm_per_px, "given", relative_sd))
