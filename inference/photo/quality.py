"""Is a photograph fit for measuring? A few checks: limits in one table, advice in each message."""

from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from inference.photo.colour import LINEAR_OF_LEVEL
from inference.photo.photo import Quality, QualityIssue, Scale

#: Relative luminance of linear sRGB, IEC 61966-2-1.
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)


@dataclass(frozen=True, slots=True)
class Limit:
    """One check. From `best` on the score is full, at `reject` it is nothing; `warning` lies between.

    `best` < `warning` < `reject` for what should be low, and the other way round for what should be high.
    """

    best: float
    warning: float
    reject: float
    message: str


#: All limits. They were set by looking at the figures of sharp studio portraits of many skin tones, of the
#: same pictures blurred on purpose, and of close-ups of scars from the web; none is a published figure.
LIMITS: dict[str, Limit] = {
    # mm per pixel of the photograph. 0.1 resolves pores of 0.25 mm; at 0.25 the smallest scar reported, of
    # 0.6 mm, is 2.4 px wide; at 0.6 an icepick of 2 mm is 3 px wide and its type is a guess.
    "resolution_low": Limit(
        0.10,
        0.25,
        0.60,
        "The photograph is coarse ({:.2f} mm per pixel): come closer or use the original file.",
    ),
    # `blur`, 0..1, at 6.4 px per mm. Sharp portraits reach 0.26 to 0.38; blurred by 0.16 mm 0.39 to 0.53, by
    # 0.3 mm 0.56 to 0.72.
    "blurred": Limit(
        0.40,
        0.50,
        0.70,
        "The picture is not sharp ({:.2f}, at most 0.50): focus on the skin and hold still.",
    ),
    # Part of the skin with a channel at white, where neither colour nor relief can be read. Photographic
    # standards ask for less than 0.5 to 1 %.
    "clipped": Limit(
        0.0,
        0.01,
        0.30,
        "{:.0%} of the skin is burnt out: use a softer light, away from the lens, or expose less.",
    ),
    # CIE L* of the brightest twentieth of the skin. The darkest skin in good studio light reaches 53.
    "dark": Limit(
        45.0,
        35.0,
        15.0,
        "The picture is dark (brightest skin at L* {:.0f}): use more light or a longer exposure.",
    ),
    # Pixels of skin in the working picture, at 6.4 px per mm: 4 cm2, and 0.25 cm2.
    "small": Limit(
        32_768,
        16_384,
        1_024,
        "Little skin is seen ({:.0f} working pixels): frame the whole cheek, hair tied back.",
    ),
}

_SCALE_ASSUMED = QualityIssue(
    "scale_assumed",
    "note",
    "The scale is assumed, so millimetres and depths may be off by half: give millimetres per pixel, "
    "or photograph a ruler beside the skin.",
)


def judge(rgb: NDArray[np.uint8], skin: NDArray[np.bool_] | None, scale: Scale) -> Quality:
    """Quality of a photograph from its working picture.

    rgb: (h, w, 3) uint8 sRGB, the working picture. skin: (h, w) bool, the skin to be measured; None takes the
    whole picture. scale: of the photograph itself, in mm per pixel.

    `score` is 100 times the product over the checks of how far each is from `reject`, linear between `best`
    and `reject`. The photograph is usable while no check reaches `reject`.
    """
    mask = np.ones(rgb.shape[:2], np.uint8) if skin is None else skin.astype(np.uint8)
    area_px = cv2.countNonZero(mask)
    figures = {"resolution_low": scale.mm_per_px, "small": float(area_px)}
    if area_px:
        figures["blurred"] = blur(rgb, mask)
        figures["clipped"] = clipped_fraction(rgb, mask)
        figures["dark"] = bright_lightness(rgb, mask)
    issues = [issue for code, figure in figures.items() if (issue := _issue(code, figure)) is not None]
    if scale.source == "assumed":
        issues.append(_SCALE_ASSUMED)
    score = 100.0 * float(np.prod([_part(LIMITS[code], figure) for code, figure in figures.items()]))
    return Quality(all(issue.severity != "reject" for issue in issues), round(score, 1), tuple(issues))


def blur(rgb: NDArray[np.uint8], mask: NDArray[np.uint8]) -> float:
    """Perceptual blur where `mask` is not 0, from 0 (sharp) to 1: how little a further blur would take away.

    Crete, Dolmiere, Ladret, Nicolas 2007, "The blur effect: perception and estimation with a new no-reference
    perceptual blur metric", Proc. SPIE 6492, 64920I, with their 9-pixel box; the worse of the two directions.
    """
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    return max(_blur_across(grey, mask), _blur_across(grey.T, mask.T))


def _blur_across(grey: NDArray[np.float32], mask: NDArray[np.uint8]) -> float:
    variation = _variation(grey)
    lost = np.maximum(variation - _variation(cv2.blur(grey, (9, 1))), 0)
    inside = mask[:, 1:].copy()
    total = cv2.mean(variation, mask=inside)[0]
    return 1 - cv2.mean(lost, mask=inside)[0] / total if total > 0 else 1.0


def _variation(grey: MatLike) -> NDArray[np.float32]:
    """Absolute difference of neighbours along a row."""
    return cast(NDArray[np.float32], cv2.absdiff(grey[:, 1:], grey[:, :-1]))


def clipped_fraction(rgb: NDArray[np.uint8], mask: NDArray[np.uint8]) -> float:
    """Part of the masked pixels with a channel at 254 or 255, 0..1."""
    below_white = cv2.inRange(rgb, (0, 0, 0), (253, 253, 253))
    return 1 - cv2.countNonZero(cv2.bitwise_and(below_white, below_white, mask=mask)) / cv2.countNonZero(mask)


def bright_lightness(rgb: NDArray[np.uint8], mask: NDArray[np.uint8]) -> float:
    """95th percentile of CIE L* (D65, ISO/CIE 11664-4) of the masked pixels, 0..100, from every third row and column.

    Written out, because the first use of OpenCV's own conversion builds tables for a tenth of a second.
    """
    light = LINEAR_OF_LEVEL[rgb[::3, ::3][mask[::3, ::3] > 0]]
    if light.size == 0:
        light = LINEAR_OF_LEVEL[rgb[mask > 0]]
    luminance = float(np.percentile(light @ _LUMINANCE, 95))
    return 116 * luminance ** (1 / 3) - 16 if luminance > 216 / 24389 else luminance * 24389 / 27


def _part(limit: Limit, figure: float) -> float:
    """1 at `best` and beyond, 0 at `reject` and beyond."""
    return float(np.clip((figure - limit.reject) / (limit.best - limit.reject), 0, 1))


def _issue(code: str, figure: float) -> QualityIssue | None:
    limit = LIMITS[code]
    if _part(limit, figure) > _part(limit, limit.warning):
        return None
    severity = "reject" if _part(limit, figure) == 0 else "warning"
    return QualityIssue(code, severity, limit.message.format(figure))
