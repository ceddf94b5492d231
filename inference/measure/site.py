"""Where on a photograph to measure, and what is known about it beforehand."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.face.face import Face
from inference.measure.skin import refine_skin
from inference.network.bundle import Thresholds
from inference.network.maps import Maps
from inference.photo.photo import Quality
from inference.reference.reference import ColourReading
from inference.standard.regions import NO_REGION, Ground

#: Left open until it is judged: for measuring maps that belong to no photograph, as in training.
_UNJUDGED = Quality(True, 100.0, ())


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """The skin to be measured on a working picture.

    skin: (h, w) bool. index: (h, w) uint8, 0 no named region, k the region `names[k - 1]`.
    colour: how to turn the picture's colours into true ones; None where nothing in it has a known colour.
    """

    skin: NDArray[np.bool_]
    index: NDArray[np.uint8]
    names: tuple[str, ...]
    quality: Quality
    face: Face | None = None
    colour: ColourReading | None = None


def whole_picture(maps: Maps, thresholds: Thresholds) -> Site:
    """All skin that the network sees, in no named region and not judged."""
    shape = maps.rgb.shape[:2]
    return Site(skin_mask(maps, thresholds), np.zeros(shape, np.uint8), (), _UNJUDGED)


def skin_mask(maps: Maps, thresholds: Thresholds) -> NDArray[np.bool_]:
    """(h, w) bool, what the network takes for skin."""
    return maps.surface_map("skin") > thresholds.skin


def assessed_skin(maps: Maps, thresholds: Thresholds, ground: Ground) -> NDArray[np.bool_]:
    """(h, w) bool, the skin on the part of the picture that is to be assessed, the network's corrected by colour."""
    named = ground.index > NO_REGION
    skin = refine_skin(
        maps.rgb,
        maps.surface_map("skin"),
        maps.mm_per_px,
        thresholds.skin,
        named if named.any() else None,
    )
    return skin & ground.assessable
