"""A pair of photographs as if taken in one session: for the eye only, nothing is measured on these pictures.

Light and colour of the after picture are brought to those of the before picture by a smooth gain and one white balance,
fitted on skin that no scar touches: the gain changes over centimetres, so a scar keeps its contrast against the skin
around it, and no scar can be filled or hollowed. A difference in sharpness is evened out by blunting the sharper
picture. Sharpening the blunter one would invent detail; leaving both as they are shows a blurred follow-up as smoother
skin, the one error that must not happen. The direction of the light is left alone: it cannot be changed without
inventing relief.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.change.comparison import AlignedPair
from inference.change.light import sharpness
from inference.measure.rim import surroundings
from inference.photo.colour import LINEAR_OF_LEVEL

Rgb = NDArray[np.uint8]
#: Part of the before picture: left, top, right, bottom in shares of its width and height.
Box = tuple[float, float, float, float]
WHOLE: Box = (0.0, 0.0, 1.0, 1.0)

#: Skin this close to a scar of either visit takes no part: walls shade there. As in `inference.change.detail`.
_MARGIN_MM = 1.0
#: Levels beyond these are clipped or noise and tell nothing of the light.
_DARKEST, _BRIGHTEST = 12, 246
#: From this level on of the second brightest channel the gain fades into one for all channels.
_BURNS = 232
#: Fewer pixels than this give no surface, fewer than the last no gain at all.
_SURFACE_PX, _LEAST_PX = 4000, 400
_SAMPLES = 40_000
#: Rounds and width (natural logarithm of light) of Huber's reweighting: patches of new redness or pigment lie off it.
_ROUNDS, _HUBER = 6, 0.04
#: Sharpness that differs by less than this is left: the eye does not see it.
_ALIKE = 0.92
#: Blurs (sd, pixels of the coarser picture) tried on the sharper picture, the least that does it is taken.
_BLURS_PX = (0.4, 0.6, 0.8, 1.0, 1.3, 1.6, 2.0, 2.5)
#: Sharpness is judged on a part of this side: enough skin, quickly.
_JUDGED_PX = 800
_GRID = 33
_FINE = 16_384
_LEVEL_OF_LINEAR = np.searchsorted(
    (LINEAR_OF_LEVEL[1:] + LINEAR_OF_LEVEL[:-1]) / 2, np.arange(_FINE + 1) / _FINE
).astype(np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class Equalizer:
    """How a pair is made alike.

    log_gain: (6, 3) coefficients by channel of 1, u, v, u^2, uv, v^2, with u and v from -1 to 1 over the before
    picture; exp of it is the factor on the after picture's linear light. low, high: (3,) bounds of its logarithm, as
    found on the common skin, so that it does not run away beyond. blunt_before_mm, blunt_after_mm: sd of the blur.
    """

    log_gain: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    blunt_before_mm: float = 0.0
    blunt_after_mm: float = 0.0

    def before(self, rgb: Rgb, mm_per_px: float) -> Rgb:
        """Any part of the before picture, made alike."""
        return _blunted(rgb, self.blunt_before_mm / mm_per_px)

    def after(self, rgb: Rgb, mm_per_px: float, box: Box = WHOLE) -> Rgb:
        """The part `box` of the after picture, laid over before, made alike."""
        log_gain = np.clip(_terms(box) @ self.log_gain, self.low, self.high)
        gain = np.exp(np.asarray(log_gain, np.float32))
        height, width = rgb.shape[:2]
        smooth = np.asarray(cv2.resize(gain, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
        # Burnt-out skin has no colour of its own left: by channel it would turn blue or pink.
        second = _second_brightest(rgb)
        burnt = np.clip((second - _BURNS) / (255 - _BURNS), 0, 1)
        smooth = smooth + burnt * (smooth.mean(axis=2, keepdims=True) - smooth)
        light: NDArray[np.float32] = np.minimum(LINEAR_OF_LEVEL[rgb] * smooth, np.float32(1))
        steps = np.round(light * np.float32(_FINE)).astype(np.int32)
        return _blunted(_LEVEL_OF_LINEAR[steps], self.blunt_after_mm / mm_per_px)

    @property
    def stops(self) -> float:
        """By how much the after picture is brightened at the middle; negative where it is darkened."""
        return float(np.clip(self.log_gain[0], self.low, self.high).mean() / np.log(2))


def equalizer_of(pair: AlignedPair, before: Rgb, after: Rgb) -> Equalizer | None:
    """From both pictures at one size, after laid over before; None on too little common skin.

    before, after: (h, w, 3) uint8 sRGB, of any size with the shape of the pair's frame.
    """
    height, width = before.shape[:2]
    mm_per_px = pair.mm_per_px * pair.common.shape[1] / width
    size = width, height
    common, away = (
        cv2.resize(mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
        for mask in (pair.common, pair.common & _away(pair))
    )
    fitted = _fitted(before, after, away)
    if fitted is None:
        return None
    plain = Equalizer(*fitted)
    blunt_before, blunt_after = _blunting(before, plain.after(after, mm_per_px), common)
    return Equalizer(*fitted, blunt_before * mm_per_px, blunt_after * mm_per_px)


def _away(pair: AlignedPair) -> NDArray[np.bool_]:
    """(h, w) bool: far enough from the scars of both visits."""
    scars = (pair.before_label > 0) | (pair.after_label > 0)
    if not scars.any():
        return np.ones(scars.shape, np.bool_)
    return np.asarray(surroundings(scars.astype(np.int32)).distance_px * pair.mm_per_px > _MARGIN_MM)


def _fitted(
    before: Rgb, after: Rgb, away: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]] | None:
    """Coefficients and bounds: brightness as a surface where there is skin enough for one, colour as one shift.

    A white balance holds for the whole picture; a colour that changed in one place alone is the skin's.
    """
    lit = ((before > _DARKEST) & (before < _BRIGHTEST) & (after > _DARKEST) & (after < _BRIGHTEST)).all(
        axis=2
    )
    rows, columns = np.nonzero(away & lit)
    if rows.size < _LEAST_PX:
        return None
    step = max(1, rows.size // _SAMPLES)
    rows, columns = rows[::step], columns[::step]
    height, width = away.shape
    design = _powers(2 * (columns + 0.5) / width - 1, 2 * (rows + 0.5) / height - 1)
    ratio = np.log(LINEAR_OF_LEVEL[before[rows, columns]]) - np.log(LINEAR_OF_LEVEL[after[rows, columns]])
    terms = 6 if rows.size * step >= _SURFACE_PX else 1
    brightness = ratio.mean(axis=1).astype(np.float64)
    gain = np.zeros((6, 3))
    gain[:terms] = _huber(design[:, :terms], brightness)[:, None]
    for channel in range(3):
        gain[0, channel] += _huber(design[:, :1], ratio[:, channel] - brightness)[0]
    found = design @ gain
    return gain, found.min(axis=0), found.max(axis=0)


def _huber(design: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    weight = np.ones(len(values))
    line = np.zeros(design.shape[1])
    for _ in range(_ROUNDS):
        weighted = design * weight[:, None]
        line = np.linalg.lstsq(weighted.T @ design, weighted.T @ values, rcond=None)[0]
        weight = np.minimum(1.0, _HUBER / np.maximum(np.abs(values - design @ line), 1e-9))
    return np.asarray(line, np.float64)


def _powers(u: NDArray[np.float64], v: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.stack([np.ones_like(u), u, v, u * u, u * v, v * v], axis=-1)


def _terms(box: Box) -> NDArray[np.float64]:
    left, top, right, bottom = (2 * side - 1 for side in box)
    middles = (np.arange(_GRID) + 0.5) / _GRID
    u, v = np.meshgrid(left + (right - left) * middles, top + (bottom - top) * middles)
    return _powers(u, v)


def _blunting(before: Rgb, after: Rgb, common: NDArray[np.bool_]) -> tuple[float, float]:
    """Blur (sd, px) of the before and of the after picture that makes both as sharp as the blunter one."""
    box = _fullest(common)
    inner = cv2.erode(np.ascontiguousarray(common[box], np.uint8), np.ones((13, 13), np.uint8)) > 0
    if np.count_nonzero(inner) < 1000:
        return 0.0, 0.0
    parts = np.ascontiguousarray(before[box]), np.ascontiguousarray(after[box])
    found = [sharpness(part, inner, 1.0) for part in parts]
    if min(found) <= 0 or min(found) / max(found) >= _ALIKE:
        return 0.0, 0.0
    sharper = int(found[1] > found[0])
    blur_px = _BLURS_PX[-1]
    for blur_px in _BLURS_PX:
        if sharpness(_blunted(parts[sharper], blur_px), inner, 1.0) <= min(found):
            break
    return (0.0, blur_px) if sharper else (blur_px, 0.0)


def _second_brightest(rgb: Rgb) -> NDArray[np.float32]:
    """(h, w, 1) float32, much faster than a median."""
    red, green, blue = (rgb[..., k] for k in range(3))
    middle = np.maximum(np.minimum(red, green), np.minimum(np.maximum(red, green), blue))
    return middle[..., None].astype(np.float32)


def _fullest(common: NDArray[np.bool_]) -> tuple[slice, slice]:
    """The window of `_JUDGED_PX` with the most common skin, of a few."""
    height, width = common.shape
    side_y, side_x = min(_JUDGED_PX, height), min(_JUDGED_PX, width)
    windows = [
        (slice(top, top + side_y), slice(left, left + side_x))
        for top in range(0, height - side_y + 1, max((height - side_y) // 3, 1))
        for left in range(0, width - side_x + 1, max((width - side_x) // 3, 1))
    ]
    return max(windows, key=lambda window: int(np.count_nonzero(common[window])))


def _blunted(rgb: Rgb, sd_px: float) -> Rgb:
    return rgb if sd_px < 0.05 else np.asarray(cv2.GaussianBlur(rgb, (0, 0), sd_px), np.uint8)
