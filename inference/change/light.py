"""Light, colour and focus of a pair, compared on the skin that both show, in the before picture's frame."""

from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.change.common import CommonSkin, Seen
from inference.change.limits import LIMITS, issue
from inference.photo.ciede import ciede2000, lab_of_linear
from inference.photo.colour import LINEAR_OF_LEVEL
from inference.photo.light import DIFFUSE_BELOW, RAKING_FROM, SHINES_FROM, Light, light_of
from inference.photo.photo import QualityIssue
from inference.reference.correction import correct

#: Crossed polarizers are told where one photograph shines on this share of the skin...
_SHINES = 0.01
#: ...the other on less than this part of it, and is more saturated by this much (max less min, by max): the veil of
#: surface light, about 4 % of what falls on skin, is gone too. Conventions of ours.
_SHINE_LEFT, _SATURATION_GAIN = 0.1, 0.05
#: ...or, short of shine that can be counted, has lost this much of the sharpness that glints give.
_DETAIL_LEFT = 0.8
#: Detail of this band of sd, in pixels of the coarser photograph, by that of the next, says how sharp it is.
_FINE_PX, _MIDDLE_PX, _COARSE_PX = 0.8, 1.6, 3.2


def light_issues(skin: CommonSkin) -> Iterator[QualityIssue]:
    """Exposure, colour, mode and direction of the light, and focus. Where both photographs hold a reference of known
    colours, the corrected colours are held against each other."""
    if not skin.common.any():
        return
    skin = _cropped(skin)
    first, second = (_patches(seen.rgb, skin.common) for seen in (skin.before, skin.after))
    if len(first):
        one, two = skin.before.colour, skin.after.colour
        if one is None or two is None:
            yield from _of_exposure(first, second)
        else:
            yield from _of_exposure(correct(first, one), correct(second, two))
    before, after = (light_of(seen.rgb, skin.common, skin.mm_per_px) for seen in (skin.before, skin.after))
    gain = _saturation(second) - _saturation(first)
    sharper = focus_ratio(skin)
    mode = _of_mode(before, after) or _of_polarizers(before, after, gain, sharper)
    found = (
        mode or _unsure_of_mode(before, after),
        _of_direction(before, after, skin) if mode is None else None,
        _of_gradient(skin),
        None if sharper is None else _of_focus(sharper),
    )
    yield from (one for one in found if one is not None)


def _cropped(skin: CommonSkin) -> CommonSkin:
    """Pictures and mask only where the frame holds common skin, often a quarter of it; the rest is left as it was."""
    rows, columns = (np.flatnonzero(skin.common.any(axis=axis)) for axis in (1, 0))
    box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    before, after = (
        replace(one, rgb=np.ascontiguousarray(one.rgb[box])) for one in (skin.before, skin.after)
    )
    return CommonSkin(before, after, np.ascontiguousarray(skin.common[box]), skin.mm_per_px)


def _patches(rgb: NDArray[np.uint8], common: NDArray[np.bool_]) -> NDArray[np.float32]:
    """(n, 3) linear light: every eighth pixel of the common skin in either direction."""
    return LINEAR_OF_LEVEL[rgb[::8, ::8][common[::8, ::8]]]


def _of_exposure(first: NDArray[np.float32], second: NDArray[np.float32]) -> Iterator[QualityIssue]:
    lab_1, lab_2 = (np.median(lab_of_linear(light), axis=0) for light in (first, second))
    lightness = float(lab_2[0] - lab_1[0])
    stops = float(np.median(np.log2((second.mean(axis=1) + 1e-3) / (first.mean(axis=1) + 1e-3))))
    found = issue(
        "exposure",
        abs(lightness),
        f"The second photograph is {'brighter' if lightness > 0 else 'darker'} (L* by {abs(lightness):.0f}): use the "
        f"same exposure, {'less' if stops > 0 else 'more'} by about {abs(stops):.1f} stops.",
    )
    if found:
        yield found
    colour = float(ciede2000(np.array([50, *lab_1[1:]]), np.array([50, *lab_2[1:]])))
    yellower = lab_2[2] - lab_1[2]
    found = issue(
        "white_balance",
        colour,
        f"The colour of the skin differs (ΔE00 {colour:.0f}, {'yellower' if yellower > 0 else 'bluer'}): the white "
        "balance or the skin has changed, so redness and pigment may not be comparable. Fix the white balance, or put "
        "the printed sheet into both.",
    )
    if found:
        yield found


def _of_mode(before: Light, after: Light) -> QualityIssue | None:
    """Raking, diffuse and crossed-polarized light are not mixed; where only one is sure, a warning."""
    if before.directionality is None or after.directionality is None:
        return None
    low, high = sorted((before.directionality, after.directionality))
    grazing = "second" if after.directionality > before.directionality else "first"
    if high >= RAKING_FROM and low < (RAKING_FROM + DIFFUSE_BELOW) / 2:
        sure = low < DIFFUSE_BELOW
        return QualityIssue(
            "light_mode",
            "reject" if sure else "warning",
            f"The {grazing} photograph is lit by grazing light from one side, the other "
            f"{'is not' if sure else 'hardly'}: the same scar looks deeper in grazing light. Take both in one light.",
            round(high - low, 4),
            RAKING_FROM - (DIFFUSE_BELOW if sure else (RAKING_FROM + DIFFUSE_BELOW) / 2),
        )
    return None


def _unsure_of_mode(before: Light, after: Light) -> QualityIssue:
    """A mode that one photograph cannot show is left to those who were there: nothing is mixed silently."""
    alike = before.mode == after.mode != "unknown"
    seen = (
        f"{before.mode} in both, as far as it can be told"
        if alike
        else "cannot be told from both photographs"
    )
    return QualityIssue(
        "light_mode",
        "note",
        f"Lighting mode: {seen}. Polarizers do not always show: use the same lamps and filters at every visit.",
    )


def _of_polarizers(
    before: Light, after: Light, saturation_gain: float, sharper: float | None
) -> QualityIssue | None:
    """One photograph lacks the white light that the surface sends back: its shine, and the pale veil over the rest.

    Sure where the other shines; only a warning where it has no more than the veil and crisper detail, which other
    settings of the camera might give as well, or where powder could have taken the shine.
    """
    shares = before.specular_share, after.specular_share
    if shares[0] is None or shares[1] is None:
        return None
    shining, matt = max(shares[0], shares[1]), min(shares[0], shares[1])
    shine_gone = shining >= _SHINES and matt <= _SHINE_LEFT * shining
    second = shares[1] == matt if shine_gone else saturation_gain > 0
    more_saturated = (saturation_gain if second else -saturation_gain) > _SATURATION_GAIN
    detail = 1.0 if sharper is None else (sharper if second else 1 / sharper)
    if not shine_gone and not (more_saturated and detail < _DETAIL_LEFT):
        return None
    sure = shine_gone and more_saturated and matt < SHINES_FROM
    return QualityIssue(
        "light_mode",
        "reject" if sure else "warning",
        f"The {'second' if second else 'first'} photograph lacks the shine that the other has: it may be taken "
        "through crossed polarizers, which hide relief. Take both alike, on clean skin without make-up.",
        round(shining - matt, 4) if shine_gone else round(abs(saturation_gain), 4),
        _SHINES if shine_gone else _SATURATION_GAIN,
    )


def _saturation(linear: NDArray[np.float32]) -> float:
    """Median of max less min channel by max, 0..1; 0 without pixels."""
    if not len(linear):
        return 0.0
    largest = linear.max(axis=1)
    return float(np.median(1 - linear.min(axis=1) / np.maximum(largest, 1e-3)))


def _of_direction(before: Light, after: Light, skin: CommonSkin) -> QualityIssue | None:
    """The angle between the sides the light comes from, where both photographs favour one."""
    if before.direction_deg is None or after.direction_deg is None:
        return None
    turn = (after.direction_deg - before.direction_deg + 180) % 360 - 180
    angle = abs(turn)
    limit = LIMITS["light_direction"]
    assert limit.reject is not None
    # Lit from opposite sides, relief changes its sign: where the pictures agree, the side was misread in one.
    if angle > limit.reject and _likeness(skin) > 0.5:
        angle = min(angle, 180 - angle)
    return issue(
        "light_direction",
        angle,
        f"The light falls from another side ({angle:.0f}° apart; before from the {_named(before.direction_deg)}, now "
        f"from the {_named(after.direction_deg)}): depths may not be comparable. Keep lamps and pose as they were.",
        "light",
    )


def _named(direction_deg: float) -> str:
    names = ("right", "upper right", "top", "upper left", "left", "lower left", "bottom", "lower right")
    return names[round(direction_deg / 45) % 8]


def _of_gradient(skin: CommonSkin) -> QualityIssue | None:
    right, down = _gradient_difference(skin)
    strength = float(np.hypot(right, down))
    side = _named(float(np.degrees(np.arctan2(-down, right))))
    return issue(
        "light_gradient",
        strength,
        f"The light has moved: against the baseline the {side} of the picture is brighter by "
        f"{np.expm1(strength):.0%}. Depths may not be comparable. Keep lamps and pose as they were.",
        "light",
    )


def _gradient_difference(skin: CommonSkin) -> tuple[float, float]:
    """How differently brightness runs to the right and down: log units over the extent of the common skin.

    A plane is fitted to the log ratio of the two pictures, so the skin's own shading cancels.
    """
    grey_1, grey_2 = (
        np.asarray(cv2.cvtColor(seen.rgb, cv2.COLOR_RGB2GRAY), np.float32)[::8, ::8]
        for seen in (skin.before, skin.after)
    )
    row, column = np.nonzero(skin.common[::8, ::8])
    if row.size < 16:
        return 0.0, 0.0
    ratio = 2.2 * (np.log(grey_2[row, column] + 4) - np.log(grey_1[row, column] + 4))
    extent = float(max(np.ptp(row), np.ptp(column), 1))
    design = np.column_stack([column / extent, row / extent, np.ones(row.size)])
    right, down, _ = np.linalg.lstsq(design, ratio.astype(np.float64), rcond=None)[0].tolist()
    return right, down


def _of_focus(ratio: float) -> QualityIssue | None:
    blunter = "second" if ratio < 1 else "first"
    advice = (
        "focus on the skin and hold still."
        if ratio < 1
        else "choose a sharper photograph as the baseline, or compare with caution."
    )
    return issue(
        "focus",
        min(ratio, 1 / ratio),
        f"The {blunter} photograph is less sharp ({min(ratio, 1 / ratio):.0%} of the other's fine detail): {advice}",
    )


def focus_ratio(skin: CommonSkin) -> float | None:
    """Sharpness of after by before's at the coarser one's resolution; None on too little skin.

    Sharpness is the contrast of fine detail by that of detail twice as coarse, so that stronger light on relief, which
    raises both, does not count.
    """
    seen = skin.before, skin.after
    coarser_px = max(_sampling_px(one, skin.mm_per_px) for one in seen)
    depth = cv2.distanceTransform(np.pad(skin.common.astype(np.uint8), 1), cv2.DIST_L2, 3)[1:-1, 1:-1]
    inner = np.asarray(depth) > _COARSE_PX * coarser_px
    if np.count_nonzero(inner) < 1000:
        return None
    found = [sharpness(one.rgb, inner, coarser_px) for one in seen]
    return float(found[1] / found[0]) if min(found) > 0 else None


def sharpness(rgb: NDArray[np.uint8], inner: NDArray[np.bool_], coarser_px: float) -> float:
    """Contrast of fine detail by that of detail twice as coarse, both in (h, w) `inner` of an (h, w, 3) picture."""
    grey = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.float32)
    light = np.asarray(2.2 * np.log(grey + 4), np.float32)
    fine, middle, coarse = (
        np.asarray(cv2.GaussianBlur(light, (0, 0), sd * coarser_px), np.float32)[inner]
        for sd in (_FINE_PX, _MIDDLE_PX, _COARSE_PX)
    )
    spread = [float(np.median(np.abs(band))) for band in (fine - middle, middle - coarse)]
    return spread[0] / max(spread[1], 1e-6)


def _sampling_px(seen: Seen, mm_per_px: float) -> float:
    """Size of the photograph's own pixel in pixels of the common frame, at least one."""
    return max(1.0, seen.assessment.scale.mm_per_px / mm_per_px)


def _likeness(skin: CommonSkin) -> float:
    """Correlation of the two pictures' detail of scars' size, -1..1; relief lit from opposite sides lowers it."""
    bands: list[NDArray[np.float32]] = []
    for seen in (skin.before, skin.after):
        grey = np.asarray(cv2.cvtColor(seen.rgb, cv2.COLOR_RGB2GRAY), np.float32)
        light = np.asarray(np.log(grey + 4), np.float32)
        fine, coarse = (
            np.asarray(cv2.GaussianBlur(light, (0, 0), mm / skin.mm_per_px), np.float32) for mm in (0.4, 1.6)
        )
        bands.append((fine - coarse)[skin.common])
    one, two = (band - band.mean() for band in bands)
    return float((one * two).sum() / max(float(np.sqrt((one**2).sum() * (two**2).sum())), 1e-12))
