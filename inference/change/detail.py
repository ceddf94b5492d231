"""Both pictures of a pair as detail of one sharpness: the logarithm of their light, in bands of relief's size."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.change.common import CommonSkin, Seen
from inference.measure.lesions import ATROPHIC_LABELS
from inference.measure.rim import surroundings
from inference.photo.colour import LINEAR_OF_LEVEL

Plane = NDArray[np.float32]
Mask = NDArray[np.bool_]

#: Relative light added before the logarithm: darker than this is noise. A convention of ours.
_DARK = 0.01
#: Skin this close to a scar of either visit is not taken as unaffected: its wall shades there.
_MARGIN_MM = 1.0
#: Unaffected skin farther from all scars than this does not count, as the light there may be another.
_AROUND_MM = 8.0
#: Less unaffected skin than this is no standard to measure by.
LEAST_UNAFFECTED_MM2 = 60.0
#: Sharpness is detail between the first two of these Gaussian sd, in pixels of the coarser photograph, by that between
#: the last two.
_FINE_PX = (0.8, 1.6, 3.2)
#: Blurs (sd, in the same pixels) that are tried on the sharper picture.
_BLURS_PX = (0.0, 0.4, 0.6, 0.8, 1.0, 1.3, 1.6, 2.0, 2.5)
#: Detail of these sd (mm) is compared to tell how unlike the light is: of scars from their walls to their whole width,
#: of unaffected skin finer than most scars and coarser than pores.
_SCAR_SHADING_MM, _LIKENESS_MM = (0.35, 2.0), (0.35, 1.4)
#: The same of the skin's own waves, on which light falls off: coarser than most scars.
_WAVES_MM = (1.4, 4.0)
#: Fewer scars than this do not tell how the light fell.
_LEAST_SCARRED_MM2 = 5.0
#: Values beyond this many standard deviations (by the median absolute deviation) are hairs and glints, not relief.
_STRONGEST = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class PairDetail:
    """What the shading of both visits is measured on, in the before picture's frame; all arrays (h, w).

    before, after: float32 natural logarithm of light, of equal sharpness. common: bool. footprint: bool, in an
    atrophic scar at either visit. weight: float32, how much each pixel of the footprint counts: its mean depth over
    both visits, um, as burden is a volume; 1 where no depth is seen at all. unaffected: bool, common skin near the
    scars, but outside them and their walls.
    focus: sharpness of the blunter by that of the sharper picture at common resolution, 0..1; None on too little skin.
    """

    before: Plane
    after: Plane
    common: Mask
    footprint: Mask
    weight: Plane
    unaffected: Mask
    mm_per_px: float
    focus: float | None


def detail_of(skin: CommonSkin) -> PairDetail:
    """Both pictures brought to the sharpness of the poorer one, with the areas to measure them on."""
    before, after = _log_light(skin.before), _log_light(skin.after)
    unaffected = _unaffected(skin)
    coarser_px = max(_sampling_px(skin.before, skin), _sampling_px(skin.after, skin))
    before = _resampled(before, skin.common, _sampling_px(skin.before, skin), coarser_px)
    after = _resampled(after, skin.common, _sampling_px(skin.after, skin), coarser_px)
    where = unaffected if np.count_nonzero(unaffected) >= 1000 else skin.common
    sharp_b, sharp_a = _sharpness(before, where, coarser_px), _sharpness(after, where, coarser_px)
    focus = None
    if sharp_b is not None and sharp_a is not None:
        focus = min(sharp_b, sharp_a) / max(sharp_b, sharp_a, 1e-6)
        if sharp_b > sharp_a:
            before = _blunted(before, skin.common, where, coarser_px, sharp_a)
        else:
            after = _blunted(after, skin.common, where, coarser_px, sharp_b)
    footprint = footprint_of(skin)
    weight = _depth_weight(skin, footprint)
    return PairDetail(before, after, skin.common, footprint, weight, unaffected, skin.mm_per_px, focus)


def footprint_of(skin: CommonSkin) -> Mask:
    """(h, w) bool, common skin in an atrophic scar at either visit."""
    scarred = np.isin(skin.before.label, ATROPHIC_LABELS) | np.isin(skin.after.label, ATROPHIC_LABELS)
    return scarred & skin.common


def _depth_weight(skin: CommonSkin, footprint: Mask) -> Plane:
    depth_um = np.maximum(-(skin.before.relief_um + skin.after.relief_um) / 2, np.float32(0))
    weight = np.where(footprint, depth_um, np.float32(0))
    return weight if weight.any() else footprint.astype(np.float32)


def _log_light(seen: Seen) -> Plane:
    light = LINEAR_OF_LEVEL[seen.rgb] @ np.array([0.2126, 0.7152, 0.0722], np.float32)  # ITU-R BT.709
    return np.log(light + np.float32(_DARK))


def _unaffected(skin: CommonSkin) -> Mask:
    scars = ((skin.before.label > 0) | (skin.after.label > 0)).astype(np.int32)
    distance_mm = surroundings(scars).distance_px * skin.mm_per_px
    away = skin.common & (distance_mm > _MARGIN_MM)
    return away & (distance_mm <= _AROUND_MM) if scars.any() else away


def _sampling_px(seen: Seen, skin: CommonSkin) -> float:
    """Size of the photograph's own pixel in pixels of the common frame, at least one."""
    return max(1.0, seen.assessment.scale.mm_per_px / skin.mm_per_px)


def _resampled(light: Plane, common: Mask, own_px: float, coarser_px: float) -> Plane:
    """As if taken with the coarser pixel: a pixel blurs about as a Gaussian of half its side."""
    return smoothed(light, common, 0.5 * float(np.sqrt(max(coarser_px**2 - own_px**2, 0.0))))


def _blunted(light: Plane, common: Mask, where: Mask, coarser_px: float, wanted: float) -> Plane:
    """The picture blurred by the least of a few blurs that makes it as blunt as `wanted`."""
    for blur_px in _BLURS_PX:
        blunt = smoothed(light, common, blur_px * coarser_px)
        if (_sharpness(blunt, where, coarser_px) or 0.0) <= wanted * 1.02:
            return blunt
    return smoothed(light, common, _BLURS_PX[-1] * coarser_px)


def _sharpness(light: Plane, where: Mask, coarser_px: float) -> float | None:
    """Contrast of fine detail by that of detail twice as coarse; None on too little skin."""
    if np.count_nonzero(where) < 1000:
        return None
    fine, middle, coarse = (
        np.asarray(cv2.GaussianBlur(light, (0, 0), sd * coarser_px), np.float32)[where] for sd in _FINE_PX
    )
    spread = [float(np.median(np.abs(band))) for band in (fine - middle, middle - coarse)]
    return spread[0] / max(spread[1], 1e-6)


def smoothed(light: Plane, common: Mask, sd_px: float) -> Plane:
    """(h, w) float32 Gaussian mean over `common` alone, so that nothing leaks in from beyond; as it is for sd 0."""
    if sd_px <= 0:
        return light
    weight = np.asarray(cv2.GaussianBlur(common.astype(np.float32), (0, 0), sd_px), np.float32)
    total = np.asarray(cv2.GaussianBlur(np.where(common, light, np.float32(0)), (0, 0), sd_px), np.float32)
    return np.asarray(total / np.maximum(weight, np.float32(1e-3)), np.float32)


def band(light: Plane, where: Mask, mm_per_px: float, sd_mm: tuple[float, float]) -> Plane:
    """(h, w) float32 detail between two Gaussian sd in mm, the finer first, from the light on `where` alone."""
    fine, coarse = (smoothed(light, where, mm / mm_per_px) for mm in sd_mm)
    return fine - coarse


def unlike_light(detail: PairDetail) -> float | None:
    """How unlike both visits are lit: 0 for the same light, about 1 for any other; None on too little skin.

    The smaller of two witnesses, each 1 less a correlation: the shading of the scars, and the waves of the skin outside
    them. A lamp that moved changes both. Healing changes one of them more than the other, and must not pass for another
    light: the scars' own shading where it is strong, the waves where wide shallow scars heal that nobody outlined.
    Exchanging the visits changes nothing.
    """
    told = _unlike_where_scarred(detail), _unlike_waves(detail)
    return min((one for one in told if one is not None), default=None)


def _unlike_waves(detail: PairDetail) -> float | None:
    """1 less the correlation of the waves of the skin outside scars; None on next to none."""
    outside = detail.common & (cv2.dilate(detail.footprint.astype(np.uint8), np.ones((5, 5), np.uint8)) == 0)
    if np.count_nonzero(outside) * detail.mm_per_px**2 < _LEAST_SCARRED_MM2:
        return None
    one, two = (
        held(band(light, detail.common, detail.mm_per_px, _WAVES_MM)[outside]).astype(np.float64)
        for light in (detail.before, detail.after)
    )
    return 1 - _correlation(one, two)


def _unlike_where_scarred(detail: PairDetail) -> float | None:
    """1 less the correlation of the shading of scars, each with itself.

    A lamp that moved shifts and turns the light and dark sides of scars. A scar that healed shades less, yet alike, and
    each scar may heal by its own share: so the products of both visits are summed up scar by scar, then set against the
    strengths of both visits in the same scar. Scars count by depth. With fewer scars than `_LEAST_SCARRED_MM2` the
    detail of unaffected skin is asked instead, which holds pigment too and tells less. None on too little of either.
    """
    if np.count_nonzero(detail.footprint) * detail.mm_per_px**2 >= _LEAST_SCARRED_MM2:
        return _unlike_scars(detail)
    if np.count_nonzero(detail.unaffected) * detail.mm_per_px**2 < LEAST_UNAFFECTED_MM2:
        return None
    one, two = (
        band(light, detail.unaffected, detail.mm_per_px, _LIKENESS_MM)[detail.unaffected].astype(np.float64)
        for light in (detail.before, detail.after)
    )
    return 1 - _correlation(one, two)


def _correlation(one: NDArray[np.float64], two: NDArray[np.float64]) -> float:
    one, two = one - one.mean(), two - two.mean()
    return float((one * two).sum() / max(float(np.sqrt((one**2).sum() * (two**2).sum())), 1e-12))


def _unlike_scars(detail: PairDetail) -> float:
    """Of the scars alone."""
    count, patches = cv2.connectedComponents(detail.footprint.astype(np.uint8))
    inside, weight = detail.footprint, detail.weight[detail.footprint].astype(np.float64)
    one, two = (
        held(band(light, detail.common, detail.mm_per_px, _SCAR_SHADING_MM)[inside]).astype(np.float64)
        for light in (detail.before, detail.after)
    )

    def by_scar(values: NDArray[np.float64]) -> NDArray[np.float64]:
        summed = np.bincount(np.asarray(patches)[inside], values * weight, count)
        return np.asarray(summed, np.float64)

    strengths = float(np.sqrt(by_scar(one**2) * by_scar(two**2)).sum())
    return 1 - float(by_scar(one * two).sum()) / max(strengths, 1e-12)


def held(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Values held to a multiple of their own spread: beyond it are hairs and glints, not relief."""
    limit = _STRONGEST * 1.4826 * float(np.median(np.abs(values)))
    return np.clip(values, -limit, limit)
