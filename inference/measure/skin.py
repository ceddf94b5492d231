"""Assessed skin: the network's skin, settled by the photograph's own skin colour where the network doubts.

The network sees texture well and colour badly: it takes smooth or shining skin for background, and lips for skin.
The photograph itself says what its skin looks like. All colours here are ratios of linear light, which shading
leaves alone, relative to the median of the skin that the network is sure of, so neither skin tone nor white
balance matters. Scarred and inflamed skin differs from that median too, and nothing here may drop it: redness
counts against a place only in a large patch that the network itself doubts, as lips are and scars are not.

Every constant is a convention of this project. The colour spreads were read off all the photographs that
`cicatrix-train evaluate skin` prints figures for, so those figures are of photographs that were looked at.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.photo.colour import LINEAR_OF_LEVEL

#: The network is sure of skin from here on; such pixels make the colour model.
SURE_SKIN = 0.9
#: Fewer sure pixels than this share of the picture say nothing about colour.
MIN_SURE_SHARE = 0.02
#: ... and fewer than this share of the skin that a face's points or a drawn region promise leave it to those.
MIN_SURE_OF_EXPECTED = 0.2
#: Colours are looked at through this blur, wider than hairs and pores, finer than scars.
COLOUR_BLUR_MM = 0.5
#: Log odds are smoothed by this much: the network's edge is uncertain by about as much, and speckled.
ODDS_BLUR_MM = 0.6

#: Spread of log R/G and of log B/G over one person's skin; twice this holds 98 % of cheek and scarred skin.
RG_SPREAD, BG_SPREAD = 0.12, 0.10
#: Log luminance of lit and shaded skin around its median; outside, colour says less and less.
DARKER, BRIGHTER, BEYOND_SPREAD = -0.6, 0.5, 0.25
#: Hair is darker than what surrounds it within this distance by more than this much of log luminance.
HAIR_SURROUND_MM, HAIR_DARKER = 4.0, -0.15
#: Log odds that skin colour adds at most: the network's 8 % becomes even odds.
SKIN_COLOUR_ODDS = 2.5
#: The same where a face's points or a drawn region already say skin: 1.5 % becomes even odds.
EXPECTED_SKIN_ODDS = 4.2

#: Sum of log R/G and log B/G over the skin's: haemoglobin takes green. Scarred skin stays below this, lips lie above.
RED, RED_FREE = 0.35, 0.3
#: A red patch can be lips from this area on, half a lower lip of 50 x 10 mm taken at half its true scale.
LIPS_MIN_MM2 = 60.0
#: ... and when the network doubts at least this share of it. It doubts lips it has not already left out.
LIPS_DOUBTED_SHARE = 0.25
#: Log odds taken per unit of redness over `RED_FREE` in such a patch.
LIPS_ODDS = 6.0

#: Holes up to this size are filled whatever they look like: pits, moles, single hairs, glints.
FILL_MM2 = 4.0
#: ... and up to this size, smaller than a nostril, where the network half thinks them skin: deep pits.
FILL_DOUBTED_MM2, FILL_DOUBTED_PROBABILITY = 25.0, 0.35
#: Holes up to this size are filled when they are bright and not red, as shine is.
FILL_SHINE_MM2 = 200.0
SHINE_DARKEST, SHINE_MIN_PROBABILITY = -0.5, 0.05
#: Skin apart from the main piece is kept from this area on, or from a twentieth of the main piece if that is less.
ISLAND_MM2, ISLAND_SHARE = 50.0, 0.05
#: ... and when it is at least this much like skin in the mean (1 the same, 0 wholly different).
ISLAND_MIN_LIKENESS = 0.3

#: Rec. 709 weights of linear R, G and B. Added to all light, so that black has no colour: about one 8-bit level.
LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
BLACK_LIGHT = np.float32(0.004)

Map = NDArray[np.float32]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class SkinColour:
    """How each pixel differs from the photograph's own skin; all (h, w) float32.

    rg, bg: log R/G and log B/G of linear light. luminance: its log. Each minus the sure skin's median.
    likeness: 0..1, 1 where all three are as the skin's.
    """

    rg: Map
    bg: Map
    luminance: Map
    likeness: Map

    @property
    def redness(self) -> Map:
        """Log of R B / G^2 over the skin's."""
        return self.rg + self.bg


def refine_skin(
    rgb: NDArray[np.uint8],
    skin_probability: NDArray[np.float32],
    mm_per_px: float,
    threshold: float = 0.5,
    expected: NDArray[np.bool_] | None = None,
) -> NDArray[np.bool_]:
    """(h, w) bool, skin to be assessed on the working picture.

    rgb: (h, w, 3) uint8 sRGB. skin_probability: (h, w) float32, 0..1, the network's. threshold: the bundle's, on
    it. expected: (h, w) bool, where a face's points or the user say skin; there colour counts for more.

    Without enough skin that the network is sure of, colour says nothing, and its probability is only smoothed.
    """
    odds = _log_odds(skin_probability) - np.float32(math.log(threshold / (1 - threshold)))
    colour = skin_colour(rgb, skin_probability, mm_per_px, expected)
    if colour is None:
        return _pieces(_blurred(odds, ODDS_BLUR_MM / mm_per_px) > 0, None, skin_probability, mm_per_px)
    gain = np.full(odds.shape, SKIN_COLOUR_ODDS, np.float32)
    if expected is not None:
        gain[expected] = EXPECTED_SKIN_ODDS
    odds += gain * colour.likeness
    odds -= LIPS_ODDS * _lips(colour, skin_probability < threshold, mm_per_px)
    return _pieces(_blurred(odds, ODDS_BLUR_MM / mm_per_px) > 0, colour, skin_probability, mm_per_px)


def skin_colour(
    rgb: NDArray[np.uint8],
    skin_probability: NDArray[np.float32],
    mm_per_px: float,
    expected: NDArray[np.bool_] | None = None,
) -> SkinColour | None:
    """Colour relative to the skin that the network is sure of; None where that is too little.

    Arguments as for `refine_skin`. Where skin is expected, only what lies there counts: the network is sure of some
    walls too. If it is sure of too little there, as on a small dark face, the median over all of `expected` stands
    in; hair and shadow take less than half of it.
    """
    sure = skin_probability > SURE_SKIN
    if expected is not None and expected.any():
        sure &= expected
        sure = (
            sure if np.count_nonzero(sure) >= MIN_SURE_OF_EXPECTED * np.count_nonzero(expected) else expected
        )
    elif np.count_nonzero(sure) < MIN_SURE_SHARE * sure.size:
        return None
    light = _blurred(LINEAR_OF_LEVEL[rgb], COLOUR_BLUR_MM / mm_per_px) + BLACK_LIGHT
    luminance = np.log(light @ LUMINANCE)
    light = np.log(light)
    rg, bg, luminance = (
        value - np.median(value[sure])
        for value in (light[..., 0] - light[..., 1], light[..., 2] - light[..., 1], luminance)
    )
    return SkinColour(rg, bg, luminance, _likeness(rg, bg, luminance, mm_per_px))


def _likeness(rg: Map, bg: Map, luminance: Map, mm_per_px: float) -> Map:
    """(h, w) 0..1, 1 where colour and lightness are those of the photograph's skin."""
    around = _blurred(luminance, HAIR_SURROUND_MM / mm_per_px)
    beyond = np.maximum(DARKER - luminance, luminance - BRIGHTER)
    beyond = np.maximum(beyond, around + HAIR_DARKER - luminance).clip(min=0)
    squares = (rg / RG_SPREAD) ** 2 + (bg / BG_SPREAD) ** 2 + (beyond / BEYOND_SPREAD) ** 2
    return np.exp(-0.5 * squares)


def _lips(colour: SkinColour, doubted: Mask, mm_per_px: float) -> Map:
    """(h, w), redness over `RED_FREE` in patches that can be lips, 0 elsewhere."""
    red = (colour.redness > RED).astype(np.uint8)
    parts = _parts(cv2.morphologyEx(red, cv2.MORPH_OPEN, _disc(0.5 / mm_per_px)) > 0, 8)
    doubted_px = np.bincount(parts.number[doubted], minlength=len(parts.area_px))
    lips = parts.area_px * mm_per_px**2 >= LIPS_MIN_MM2
    lips &= doubted_px >= LIPS_DOUBTED_SHARE * parts.area_px
    lips[0] = False
    # The patch is grown by about the blur, or its rim would stay skin.
    patch = cv2.dilate(lips[parts.number].astype(np.uint8), _disc(1.0 / mm_per_px))
    return (colour.redness - RED_FREE).clip(min=0) * np.asarray(patch, np.float32)


def _pieces(skin: Mask, colour: SkinColour | None, probability: Map, mm_per_px: float) -> Mask:
    """Without stray pieces, and with holes filled that hold skin."""
    skin = _without_islands(skin, colour, mm_per_px)
    return skin | _fillable_holes(skin, colour, probability, mm_per_px)


def _without_islands(skin: Mask, colour: SkinColour | None, mm_per_px: float) -> Mask:
    """Only pieces that are large, or near the main one in size, and of skin's colour where that is known."""
    parts = _parts(skin, 8)
    area_px = np.where(np.arange(len(parts.area_px)) > 0, parts.area_px, 0)
    like = _means(parts, colour.likeness) if colour is not None else np.ones(len(area_px))
    # The main piece is the one with the most of skin's colour: a wall may be larger.
    main = int(np.argmax(area_px * like))
    keep = area_px >= min(ISLAND_MM2 / mm_per_px**2, ISLAND_SHARE * area_px[main])
    keep &= like >= ISLAND_MIN_LIKENESS
    keep[main] = True
    keep[0] = False
    return keep[parts.number]


def _fillable_holes(skin: Mask, colour: SkinColour | None, probability: Map, mm_per_px: float) -> Mask:
    """Places wholly inside skin that are skin: tiny ones, deep pits, and larger ones that shine."""
    parts = _parts(~skin, 4)
    area_mm2 = parts.area_px * mm_per_px**2
    chance = _means(parts, probability)
    fill = area_mm2 < FILL_MM2
    fill |= (area_mm2 < FILL_DOUBTED_MM2) & (chance > FILL_DOUBTED_PROBABILITY)
    if colour is not None:
        for i in np.flatnonzero(~fill & (area_mm2 < FILL_SHINE_MM2) & (chance > SHINE_MIN_PROBABILITY)):
            top, left, bottom, right = parts.boxes[i]
            hole = parts.number[top:bottom, left:right] == i
            darkest = np.percentile(colour.luminance[top:bottom, left:right][hole], 10)
            redness = np.median(colour.redness[top:bottom, left:right][hole])
            fill[i] = darkest > SHINE_DARKEST and redness < RED_FREE
    top, left, bottom, right = parts.boxes.T
    fill &= (left > 0) & (top > 0) & (right < skin.shape[1]) & (bottom < skin.shape[0])
    fill[0] = False
    return fill[parts.number]


@dataclass(frozen=True, slots=True, eq=False)
class _Parts:
    """Connected parts of a mask. number: (h, w) int32, 0 outside. area_px: (n,). boxes: (n, 4) top, left, bottom,
    right, ends excluded. Entry 0 is the outside."""

    number: NDArray[np.int32]
    area_px: NDArray[np.int32]
    boxes: NDArray[np.int32]


def _parts(mask: Mask, connectivity: int) -> _Parts:
    _, number, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=connectivity)
    number, stats = np.asarray(number, np.int32), np.asarray(stats, np.int32)
    left, top, width, height, area_px = stats.T
    return _Parts(number, area_px, np.stack((top, left, top + height, left + width), axis=1))


def _means(parts: _Parts, values: Map) -> NDArray[np.float64]:
    """(n,) mean of `values` in each part."""
    sums = np.bincount(parts.number.ravel(), values.ravel(), len(parts.area_px))
    return sums / np.maximum(parts.area_px, 1)


def _log_odds(probability: Map) -> Map:
    clipped = np.clip(probability, 1e-4, 1 - 1e-4).astype(np.float32)
    return np.log(clipped / (1 - clipped))


def _blurred(values: Map, sigma_px: float) -> Map:
    """Gaussian; a sigma under a third of a pixel changes nothing."""
    return (
        cv2.GaussianBlur(values, (0, 0), sigma_px).astype(np.float32, copy=False)
        if sigma_px > 0.3
        else values
    )


def _disc(radius_px: float) -> NDArray[np.uint8]:
    radius = max(1, round(radius_px))
    shape = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    return shape.astype(np.uint8, copy=False)
