"""Everything measured on one photograph, put together."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from inference.measure.adapt import ScarSample
from inference.measure.assessment import (
    SCHEMA_VERSION,
    Asked,
    Assessment,
    Evidence,
    Interval,
    Lesion,
    ModelFacts,
    PhotoFacts,
    RegionFigures,
    ScaleValue,
    Skin,
    Texture,
)
from inference.measure.graded import NO_SKIN, graded_scales, network_severity, unknown_scales
from inference.measure.interval import STATED, Errors, Figure, intervals_of, scale_intervals
from inference.measure.lesions import ATROPHIC_LABELS, FoundScars, find_scars, summarise
from inference.measure.marks import MARKS, marked, pack_marks
from inference.measure.pigment import SkinColour, pigment_of
from inference.measure.site import Site, whole_picture
from inference.measure.texture import SCAR_MARGIN_MM, Surface, texture_of
from inference.network.bundle import Thresholds
from inference.network.maps import Estimate, Maps
from inference.photo.photo import Photo
from inference.quality.fingerprint import fingerprint

_NOTHING_ASKED = Asked()
_NO_ERRORS: Errors = {}


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """One photograph with its scars found. clear: (h, w) bool, skin away from scars, whatever is measured."""

    photo: Photo
    maps: Maps
    site: Site
    found: FoundScars
    clear: NDArray[np.bool_]
    marks: dict[str, NDArray[np.bool_] | None]
    errors: Errors


def assess(
    photo: Photo,
    maps: Maps,
    model: ModelFacts,
    thresholds: Thresholds,
    site: Site | None = None,
    asked: Asked = _NOTHING_ASKED,
    errors: Errors = _NO_ERRORS,
) -> Assessment:
    """Measure one photograph from its maps. Pure: the same inputs give the same assessment.

    site: the skin to be measured, judged before; None takes all the network's skin, unjudged. The working scale
    is `maps.mm_per_px`; lesions are placed in pixels of the oriented photograph. Without any skin the figures are
    None and the count of scars is 0. `evidence` carries the pictures for comparing.

    errors: the network's own by figure, as its bundle knows them; intervals without an entry hold the other errors.
    """
    site = site or whole_picture(maps, thresholds)
    found = find_scars(maps, site.skin, thresholds, _photo_px_per_px(photo, maps))
    found = _with_regions(found, site, photo.scale.relative_sd, errors)
    clear = site.skin & (found.around.distance_px * maps.mm_per_px > SCAR_MARGIN_MM)
    marks = {name: marked(maps, name, getattr(thresholds, name)) for name in MARKS}
    seen = _Seen(photo, maps, site, found, clear, marks, errors)
    whole = _figures(seen, site.skin, found, maps.roughness_sa_um)
    return Assessment(
        schema_version=SCHEMA_VERSION,
        photo=PhotoFacts(
            photo.file, photo.sha256, photo.width_px, photo.height_px, photo.provenance, fingerprint(maps.rgb)
        ),
        model=model,
        scale=photo.scale,
        quality=site.quality,
        skin=whole.skin,
        scars=whole.scars,
        lesions=found.lesions,
        scales={**whole.scales, "severity_network": _severity(maps, site.skin, errors)},
        texture=whole.texture,
        pigment=whole.pigment,
        regions=_regions(seen),
        masks={},
        asked=asked,
        evidence=_evidence(seen),
    )


def _photo_px_per_px(photo: Photo, maps: Maps) -> tuple[float, float]:
    height_px, width_px = maps.rgb.shape[:2]
    return photo.width_px / width_px, photo.height_px / height_px


def _with_regions(found: FoundScars, site: Site, relative_sd: float, errors: Errors) -> FoundScars:
    """The scars with the region that holds most of each, and with their intervals."""
    lesions = tuple(
        replace(
            lesion,
            region=_region_of(lesion, found, site),
            intervals=_lesion_intervals(lesion, relative_sd, errors),
        )
        for lesion in found.lesions
    )
    return replace(found, lesions=lesions)


def _region_of(lesion: Lesion, found: FoundScars, site: Site) -> str | None:
    if not site.names:
        return None
    votes = np.bincount(site.index[found.lesion_id == lesion.id], minlength=len(site.names) + 1)
    winner = int(np.argmax(votes))
    return site.names[winner - 1] if winner else None


def _lesion_intervals(lesion: Lesion, relative_sd: float, errors: Errors) -> dict[str, Interval]:
    """The area is that of the circle whose diameter is reported. Errors of depth are of depressions only."""
    sunken = lesion.depth_um is not None and lesion.depth_um >= 0
    width = errors.get("lesions.diameter_mm")
    figures = {
        "diameter_mm": Figure(lesion.diameter_mm, 1.0, width),
        "depth_um": Figure(lesion.depth_um, 1.0, errors.get("lesions.depth_um") if sunken else None),
    }
    intervals = intervals_of(figures, relative_sd)
    across = intervals["diameter_mm"]
    return {"area_mm2": Interval(np.pi / 4 * across.low**2, np.pi / 4 * across.high**2), **intervals}


def _regions(seen: _Seen) -> dict[str, RegionFigures]:
    """Figures of every named region in which skin is seen. Graded roughness belongs to the whole picture only."""
    regions: dict[str, RegionFigures] = {}
    for number, name in enumerate(seen.site.names, start=1):
        skin = seen.site.skin & (seen.site.index == number)
        if skin.any():
            keep = [lesion.region == name for lesion in seen.found.lesions]
            regions[name] = _figures(seen, skin, seen.found.only(np.array(keep, np.bool_)), None)
    return regions


def _figures(
    seen: _Seen, skin: NDArray[np.bool_], found: FoundScars, roughness_sa_um: Estimate | None
) -> RegionFigures:
    """All groups of figures over `skin`, with the scars `found` on it. Looks at no more than the box around it."""
    maps, relative_sd = seen.maps, seen.photo.scale.relative_sd
    box = _box(skin)
    clear = skin[box] & seen.clear[box]
    marks = {name: None if mark is None else mark[box] for name, mark in seen.marks.items()}
    surface = Surface(
        relief_um=maps.relief_um[box],
        clear=clear,
        pores=marks["pores"],
        wrinkles=marks["wrinkles"],
        mm_per_px=maps.mm_per_px,
        photo_mm_per_px=seen.photo.scale.mm_per_px,
    )
    colour = SkinColour(
        rgb=maps.rgb[box],
        skin=skin[box],
        scarred=np.isin(seen.found.label[box], ATROPHIC_LABELS),
        clear=clear,
        red=marks["red"],
        brown=marks["brown"],
        mm_per_px=maps.mm_per_px,
        colour=seen.site.colour,
    )
    pigment = pigment_of(colour)
    flat = _sum_known(pigment.pigment_spot_fraction, pigment.redness_spot_fraction)
    distance_mm = seen.found.around.distance_px[skin] * maps.mm_per_px
    return RegionFigures(
        skin=_skin(skin, _photo_px_per_px(seen.photo, maps), maps.mm_per_px, relative_sd),
        scars=summarise(found, skin, maps.mm_per_px, relative_sd, seen.errors),
        scales=_scales(
            ScarSample(found.lesions, found.type_probability, relative_sd), distance_mm, flat, seen.errors
        ),
        texture=_texture(surface, roughness_sa_um, relative_sd, seen.errors),
        pigment=pigment,
    )


def _box(mask: NDArray[np.bool_]) -> tuple[slice, slice]:
    """Rows and columns that hold all of a mask; the whole picture where it is empty."""
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    if rows.size == 0:
        return slice(None), slice(None)
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def _skin(
    skin: NDArray[np.bool_], photo_px_per_px: tuple[float, float], mm_per_px: float, relative_sd: float
) -> Skin:
    count = int(np.count_nonzero(skin))
    area_cm2 = count * mm_per_px**2 / 100
    area_px = round(count * photo_px_per_px[0] * photo_px_per_px[1])
    return Skin(area_px, area_cm2, scale_intervals({"area_cm2": (area_cm2, 2.0)}, relative_sd))


def _sum_known(*values: float | None) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _texture(surface: Surface, graded_sa_um: Estimate | None, relative_sd: float, errors: Errors) -> Texture:
    """Texture with intervals of Sa and of Sz, which takes the relative bounds of Sa as no tile knows its true Sz."""
    texture = texture_of(surface, graded_sa_um)
    sa_um, sz_um = texture.roughness_sa_um, texture.roughness_sz_um
    if graded_sa_um is None or not sa_um or sa_um < 0:
        return texture
    error = errors.get("texture.roughness_sa_um", STATED)
    figures = {"roughness_sa_um": Figure(sa_um, 1.0, error, sd=graded_sa_um.sd)}
    intervals = intervals_of(figures, relative_sd)
    if sz_um is not None:
        sa = intervals["roughness_sa_um"]
        intervals["roughness_sz_um"] = Interval(sz_um * sa.low / sa_um, sz_um * sa.high / sa_um)
    return replace(texture, intervals=intervals)


def _scales(
    scars: ScarSample, distance_mm: NDArray[np.float32], flat_marks: float | None, errors: Errors
) -> dict[str, ScaleValue]:
    """The adapted clinical scales; all unknown where no skin is seen. distance_mm: of its pixels to a scar."""
    return graded_scales(scars, distance_mm, flat_marks, errors) if distance_mm.size else unknown_scales()


def _severity(maps: Maps, skin: NDArray[np.bool_], errors: Errors) -> ScaleValue:
    return network_severity(maps.severity, errors) if skin.any() else NO_SKIN


def _evidence(seen: _Seen) -> Evidence:
    return Evidence(
        rgb=seen.maps.rgb,
        label=seen.found.label,
        lesion_id=seen.found.lesion_id,
        skin=seen.site.skin,
        relief_um=seen.maps.relief_um,
        mm_per_px=seen.maps.mm_per_px,
        photo_px_per_px=_photo_px_per_px(seen.photo, seen.maps),
        marks=pack_marks(seen.marks, seen.site.skin.shape),
        type_probability=seen.found.type_probability,
        face=seen.site.face,
        colour=seen.site.colour,
    )
