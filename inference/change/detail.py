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
#: Sharpness is detail between the first two of these Gaussian sd, in pixels of the coarser photograph, by that between
#: the last two.
_FINE_PX = (0.8, 1.6, 3.2)
#: Blurs (sd, in the same pixels) that are tried on the sharper picture.
_BLURS_PX = (0.0, 0.4, 0.6, 0.8, 1.0, 1.3, 1.6, 2.0, 2.5)
#: Detail of these sd (mm) is compared to tell how unlike the light is: the waves of the skin on which light falls off,
#: coarser than most scars.
_WAVES_MM = (1.4, 4.0)
#: Less skin outside scars than this does not tell how the light fell.
_LEAST_SKIN_MM2 = 5.0
#: Values beyond this many standard deviations (by the median absolute deviation) are hairs and glints, not relief.
_STRONGEST = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class PairDetail:
    """What the shading of both visits is measured on, in the before picture's frame; all arrays (h, w).

    before, after: float32 natural logarithm of light, of equal sharpness. common: bool. outside: bool, common skin in
    no atrophic scar of either visit.
    focus: sharpness of the blunter by that of the sharper picture at common resolution, 0..1; None on too little skin.
    """

    before: Plane
    after: Plane
    common: Mask
    outside: Mask
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
    scarred = np.isin(skin.before.label, ATROPHIC_LABELS) | np.isin(skin.after.label, ATROPHIC_LABELS)
    outside = skin.common & (cv2.dilate(scarred.astype(np.uint8), np.ones((5, 5), np.uint8)) == 0)
    return PairDetail(before, after, skin.common, outside, skin.mm_per_px, focus)


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
    """1 less the correlation of the waves of the skin outside scars; 0 for the same light, 0..2; None on too little.

    A lamp that moved, or became harder or softer, shades them otherwise; healing leaves them alone. Asked of the scars
    themselves, healing would pass for another light and hide itself behind a wider error. Exchanging the visits changes
    nothing.
    """
    if np.count_nonzero(detail.outside) * detail.mm_per_px**2 < _LEAST_SKIN_MM2:
        return None
    one, two = (
        held(band(light, detail.common, detail.mm_per_px, _WAVES_MM)[detail.outside]).astype(np.float64)
        for light in (detail.before, detail.after)
    )
    one, two = one - one.mean(), two - two.mean()
    return 1 - float((one * two).sum() / max(float(np.sqrt((one**2).sum() * (two**2).sum())), 1e-12))


def held(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Values held to a multiple of their own spread: beyond it are hairs and glints, not relief."""
    limit = _STRONGEST * 1.4826 * float(np.median(np.abs(values)))
    return np.clip(values, -limit, limit)
