"""Everything measured on one photograph, put together."""

import numpy as np
from numpy.typing import NDArray

from inference.measure.adapt import (
    ScarSample,
    ecca_atrophic_from,
    goodman_baron_from,
    goodman_baron_qualitative_from,
    scar_s_face_from,
    severity_from_network,
)
from inference.measure.assessment import (
    SCHEMA_VERSION,
    Assessment,
    Evidence,
    ModelFacts,
    PhotoFacts,
    ScaleValue,
    Skin,
)
from inference.measure.lesions import FoundScars, find_scars, skin_mask, summarise
from inference.measure.pigment import pigment_of
from inference.measure.texture import SCAR_MARGIN_MM, Surface, texture_of
from inference.network.bundle import Thresholds
from inference.network.maps import Maps
from inference.photo.photo import Photo
from inference.photo.quality import judge


def assess(photo: Photo, maps: Maps, model: ModelFacts, thresholds: Thresholds) -> Assessment:
    """Measure one photograph from its maps. Pure: the same inputs give the same assessment.

    The working scale is `maps.mm_per_px`; lesions are placed in pixels of the oriented photograph. Without
    any skin the figures are None and the count of scars is 0. `evidence` carries the pictures for comparing.
    """
    height_px, width_px = maps.rgb.shape[:2]
    photo_px_per_px = (photo.width_px / width_px, photo.height_px / height_px)
    skin = skin_mask(maps, thresholds)
    found = find_scars(maps, skin, thresholds, photo_px_per_px)
    marks = {name: _marked(maps, name, getattr(thresholds, name)) for name in _MARKS}
    surface = Surface(
        relief_um=maps.relief_um,
        clear=skin & (found.around.distance_px * maps.mm_per_px > SCAR_MARGIN_MM),
        pores=marks["pores"],
        wrinkles=marks["wrinkles"],
        mm_per_px=maps.mm_per_px,
        photo_mm_per_px=photo.scale.mm_per_px,
    )
    pigment = pigment_of(maps.rgb, skin, marks["red"], marks["brown"], maps.mm_per_px)
    marked = _sum_known(pigment.pigment_spot_fraction, pigment.redness_spot_fraction)
    return Assessment(
        schema_version=SCHEMA_VERSION,
        photo=PhotoFacts(photo.file, photo.sha256, photo.width_px, photo.height_px),
        model=model,
        scale=photo.scale,
        quality=judge(maps.rgb, skin, photo.scale),
        skin=_skin(skin, photo_px_per_px, maps.mm_per_px),
        scars=summarise(found, skin, maps.mm_per_px),
        lesions=found.lesions,
        scales=_scales(found, skin, maps, photo.scale.relative_sd, marked),
        texture=texture_of(surface, maps.roughness_sa_um),
        pigment=pigment,
        regions={},
        masks={},
        evidence=Evidence(
            rgb=maps.rgb,
            label=found.label,
            lesion_id=found.lesion_id,
            skin=skin,
            relief_um=maps.relief_um,
            mm_per_px=maps.mm_per_px,
            photo_px_per_px=photo_px_per_px,
            marks=pack_marks(marks, skin.shape),
            type_probability=found.type_probability,
        ),
    )


_MARKS = ("red", "brown", "pores", "wrinkles")


def _marked(maps: Maps, name: str, threshold: float | None) -> NDArray[np.bool_] | None:
    return None if threshold is None else maps.surface_map(name) > threshold


def pack_marks(marks: dict[str, NDArray[np.bool_] | None], shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """(h, w) uint8: bit k for the k-th of red, brown, pores, wrinkles, bit k + 4 wherever that kind is known."""
    packed = np.zeros(shape, np.uint8)
    for bit, name in enumerate(_MARKS):
        mark = marks[name]
        if mark is not None:
            packed |= (mark.astype(np.uint8) << bit) | np.uint8(1 << (bit + len(_MARKS)))
    return packed


def unpack_mark(marks: NDArray[np.uint8], name: str) -> NDArray[np.bool_] | None:
    """(h, w) bool, one kind of mark out of `pack_marks`; None where it is not known."""
    bit = _MARKS.index(name)
    known = (marks >> (bit + len(_MARKS))) & 1 > 0
    return (marks >> bit) & 1 > 0 if known.any() else None


def _skin(skin: NDArray[np.bool_], photo_px_per_px: tuple[float, float], mm_per_px: float) -> Skin:
    count = int(np.count_nonzero(skin))
    area_px = round(count * photo_px_per_px[0] * photo_px_per_px[1])
    return Skin(area_px, count * mm_per_px**2 / 100)


def _sum_known(*values: float | None) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _scales(
    found: FoundScars, skin: NDArray[np.bool_], maps: Maps, scale_relative_sd: float, marked: float | None
) -> dict[str, ScaleValue]:
    """The adapted clinical scales; all unknown where no skin is seen."""
    names = (
        "ecca_atrophic",
        "goodman_baron_quantitative",
        "goodman_baron_qualitative",
        "scar_s_face",
        "severity_network",
    )
    if not skin.any():
        return {name: ScaleValue(None, None, None, "no skin was found in the photograph") for name in names}
    scars = ScarSample(found.lesions, found.type_probability, scale_relative_sd)
    quantitative = goodman_baron_from(scars)
    values = (
        ecca_atrophic_from(scars),
        quantitative,
        goodman_baron_qualitative_from(quantitative, marked),
        scar_s_face_from(scars, found.around.distance_px[skin] * maps.mm_per_px),
        severity_from_network(maps.severity),
    )
    return dict(zip(names, values, strict=True))
