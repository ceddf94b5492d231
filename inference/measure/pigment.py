"""Colour of the assessed skin. Without a chart in the picture the absolute figures hold for like light only."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.measure.assessment import Pigment
from inference.photo.ciede import ciede2000, lab_of_linear
from inference.photo.colour import LINEAR_OF_LEVEL
from inference.reference.correction import correct
from inference.reference.reference import ColourReading

#: Colour is taken from patches of this side: coarser than pores and furrows, finer than marks.
PATCH_MM = 1.0
#: Evenness compares colour smoothed by this (Gaussian sd), so that texture and noise do not count as colour.
EVENNESS_SD_MM = 1.0
#: 8-bit levels at or beyond which a channel is taken as clipped and the pixel as colourless.
CLIPPED_LOW, CLIPPED_HIGH = 1, 254
#: Linear reflectance is held from below before its logarithm is taken: darker is noise.
REFLECTANCE_FLOOR = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class SkinColour:
    """What colour is measured on; all arrays (h, w), rgb (h, w, 3) uint8 sRGB.

    skin: bool, assessed. scarred: bool, inside atrophic scars. clear: bool, assessed skin away from scars. red, brown:
    bool flat marks, None if not known. colour: from a chart or sheet in the picture, None without one.
    """

    rgb: NDArray[np.uint8]
    skin: NDArray[np.bool_]
    scarred: NDArray[np.bool_]
    clear: NDArray[np.bool_]
    red: NDArray[np.bool_] | None
    brown: NDArray[np.bool_] | None
    mm_per_px: float
    colour: ColourReading | None = None


def pigment_of(seen: SkinColour) -> Pigment:
    """Skin colour and its evenness.

    Medians over skin patches of: ITA = atan2(L* - 50, b*) in degrees (Chardon et al., Int J Cosmet Sci
    1991;13:191); erythema index 100 log10(R / G) and melanin index 100 log10(1 / R) of linear light (after
    Yamamoto et al., Skin Res Technol 2008, doi 10.1111/j.1600-0846.2007.00256.x). Evenness is the mean
    CIEDE2000 distance of the smoothed skin to its median colour; shading of the face counts into it.
    Clipped pixels are left out. All None where no skin, or none that is not clipped, is seen.
    """
    spots = _spot_fraction(seen.brown, seen.skin), _spot_fraction(seen.red, seen.skin)
    reading = seen.colour
    calibration = ("none", None) if reading is None else (reading.kind, reading.residual_de00)
    patches = _patches(seen)
    if patches is None:
        return Pigment(None, None, None, None, *spots, None, *calibration)
    linear, weight, patch_mm = patches
    filled = weight >= 0.5 * weight.max()
    colours = np.maximum(linear[filled], REFLECTANCE_FLOOR)
    lab = lab_of_linear(colours)
    red_log, green_log = np.log10(colours[:, 0]), np.log10(colours[:, 1])
    return Pigment(
        ita_deg=float(np.median(np.degrees(np.arctan2(lab[:, 0] - 50, lab[:, 2])))),
        melanin_index=float(np.median(-100 * red_log)),
        erythema_index=float(np.median(100 * (red_log - green_log))),
        evenness_de00=_evenness(linear, weight, filled, patch_mm),
        pigment_spot_fraction=spots[0],
        redness_spot_fraction=spots[1],
        scar_erythema_delta=_scar_erythema_delta(seen),
        calibration=calibration[0],
        calibration_de00=calibration[1],
    )


def _scar_erythema_delta(seen: SkinColour) -> float | None:
    """Erythema index of the mean light from inside the scars less that of the unaffected skin.

    The shading inside a scar is grey and cancels in the ratio of red to green. None without scars or clear skin.
    """
    within = _unclipped(seen.rgb)
    inside, outside = seen.scarred & seen.skin & within, seen.clear & within
    if not inside.any() or not outside.any():
        return None
    index: list[float] = []
    for mask in (inside, outside):
        colours = _true_colour(LINEAR_OF_LEVEL[seen.rgb[mask]], seen.colour)
        light = np.maximum(colours.mean(axis=0, dtype=np.float64), REFLECTANCE_FLOOR)
        index.append(100 * math.log10(float(light[0]) / float(light[1])))
    return index[0] - index[1]


def _true_colour(linear: NDArray[np.float32], reading: ColourReading | None) -> NDArray[np.float32]:
    return linear if reading is None else correct(linear, reading)


def _unclipped(rgb: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return cv2.inRange(rgb, (CLIPPED_LOW,) * 3, (CLIPPED_HIGH - 1,) * 3) > 0


def _patches(seen: SkinColour) -> tuple[NDArray[np.float32], NDArray[np.float32], float] | None:
    """Mean linear colour (h', w', 3) of the unclipped skin in each patch, its share (h', w'), and the side."""
    usable = (seen.skin & _unclipped(seen.rgb)).astype(np.float32)
    if not usable.any():
        return None
    step = max(1, round(PATCH_MM / seen.mm_per_px))
    height, width = usable.shape
    size = (max(1, width // step), max(1, height // step))
    light = (LINEAR_OF_LEVEL[seen.rgb] * usable[..., np.newaxis]).astype(np.float32, copy=False)
    total = np.asarray(cv2.resize(light, size, interpolation=cv2.INTER_AREA), np.float32)
    share = np.asarray(cv2.resize(usable, size, interpolation=cv2.INTER_AREA), np.float32)
    colour = (total / np.maximum(share, np.float32(1e-6))[..., np.newaxis]).astype(np.float32, copy=False)
    return _true_colour(colour, seen.colour), share, step * seen.mm_per_px


def _evenness(
    linear: NDArray[np.float32], weight: NDArray[np.float32], filled: NDArray[np.bool_], patch_mm: float
) -> float:
    """Mean CIEDE2000 distance of the smoothed skin to the median of its colours."""
    sd_px = EVENNESS_SD_MM / patch_mm
    total = np.asarray(cv2.GaussianBlur(linear * weight[..., np.newaxis], (0, 0), sd_px), np.float32)
    cover = np.asarray(cv2.GaussianBlur(weight, (0, 0), sd_px), np.float32)
    lab = lab_of_linear(total[filled] / np.maximum(cover[filled], 1e-6)[:, np.newaxis])
    return float(np.mean(ciede2000(lab, np.median(lab, axis=0))))


def _spot_fraction(spots: NDArray[np.bool_] | None, skin: NDArray[np.bool_]) -> float | None:
    """Part of the skin under flat marks; None without skin or where the marks are not known."""
    area = np.count_nonzero(skin)
    return None if spots is None or area == 0 else float(np.count_nonzero(spots & skin) / area)
