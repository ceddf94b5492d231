"""Photo-based adaptations of the clinical scales, each with a 95 % interval.

These are not the clinicians' scales. They count the scars seen on the photographed skin, not on a whole face;
they know depth only as the network estimates it; and the assignment of scars to items is this project's own.

The intervals hold three doubts: whether each scar is one (its confidence as a chance), which type it is (mean
type probability) and, where sizes decide, how deep and how wide it is. Scars that were missed are not in them:
where a bundle knows the network's own errors, `interval.widened` puts those in their place.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy import special  # pyright: ignore[reportMissingTypeStubs]

from inference.measure.assessment import Lesion, ScaleValue
from inference.measure.counting import band_distribution, count_distribution, interval_95, score_distribution
from inference.measure.interval import INTERVAL_FROM
from inference.measure.lesions import SCAR_TYPES
from inference.measure.scales import (
    ECCA_BANDS,
    ECCA_WEIGHTS,
    GOODMAN_BARON_BANDS,
    GOODMAN_BARON_MAX,
    GOODMAN_BARON_WEIGHTS,
    band,
    goodman_baron_qualitative,
)
from inference.network.maps import Estimate

#: Boxcar scars are deep from 0.5 mm on (Jacob et al. 2001 as tabulated in doi 10.1155/2010/893080).
DEEP_UM = 500.0
#: Dish-like scars are moderate from here on; a convention of this project.
MODERATE_DISH_UM = 250.0
#: Punched-out scars are small under 5 mm (Goodman & Baron 2006).
BROAD_BOXCAR_MM = 5.0
#: Rolling scars are over 4 mm by definition, so "broad" needs a larger limit; a convention of this project.
BROAD_ROLLING_MM = 8.0
#: Standard error of one scar's depth, relative and absolute. No repeatability study stands behind them yet:
#: one diffuse photograph hardly shows depth (field notes), so they are wide on purpose.
DEPTH_RELATIVE_SD = 0.5
DEPTH_SD_UM = 50.0
#: Quantitative points over which scars count as obvious at 50 cm. From Navyadevi (44 patients): at a mean of
#: 12.65 points 85 % were grade 3 or 4, at 8.3 points 27.5 %; a half lies near 10.
OBVIOUS_POINTS = 10
#: Flat marks on more than this part of the skin make grade 1 where there is no scar.
FLAT_MARKS_FRACTION = 0.01
#: Skin is "involved" within this distance of a scar, for SCAR-S.
INVOLVED_MM = 5.0
#: Of the skin: under the first SCAR-S is 1, under the second 2, under the third 3, else 4 (entire area).
SCAR_S_LIMITS = (0.05, 0.5, 0.9)

#: Standard normal quantiles at which a common error of the scale is tried.
_SCALE_NODES = np.array([NormalDist().inv_cdf((k + 0.5) / 9) for k in range(9)])

_normal_cdf = cast(Callable[[NDArray[np.float64]], NDArray[np.float64]], special.ndtr)

#: Items of the quantitative scale that the three types and raised scars can reach.
_ITEMS = ("mild_dish", "moderate_dish", "shallow_punched_out", "shallow_broad",
          "deep_punched_out_normal_base", "deep_broad", "papular")  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class ScarSample:
    """Scars to be graded.

    type_probability: (n, 4) over `SCAR_TYPES`. scale_relative_sd: standard error of mm_per_px by its value,
    common to all scars.
    """

    lesions: tuple[Lesion, ...]
    type_probability: NDArray[np.float32]
    scale_relative_sd: float


def goodman_baron_items(lesions: Sequence[Lesion]) -> list[str]:
    """Item of the quantitative scale for each scar: the assignment of this project.

    icepick: deep punched-out. boxcar: shallow or deep punched-out, from 5 mm on shallow or deep broad.
    rolling: mild or moderate dish, from 8 mm on shallow or deep broad. raised: papular.
    An unknown depth counts as the shallower.
    """
    depth_um = np.array([lesion.depth_um or 0.0 for lesion in lesions])
    chances = _item_chances(
        np.eye(len(SCAR_TYPES))[[SCAR_TYPES.index(lesion.type) for lesion in lesions]],
        np.array([lesion.diameter_mm for lesion in lesions]),
        (depth_um >= MODERATE_DISH_UM).astype(np.float64),
        (depth_um >= DEEP_UM).astype(np.float64),
    )
    return [_ITEMS[k] for k in np.argmax(chances, axis=1).tolist()]


def goodman_baron_from(scars: ScarSample) -> ScaleValue:
    """Quantitative points from the scars, 0..84 by the published formula; see `goodman_baron_items`."""
    counts = _counted(goodman_baron_items(scars.lesions), _ITEMS)
    weights = [GOODMAN_BARON_WEIGHTS[item] for item in _ITEMS]
    value = sum(w * band(c, GOODMAN_BARON_BANDS) for w, c in zip(weights, counts, strict=True))
    mixed = sum(
        score_distribution(bands, weights)
        for bands in band_distribution(_item_counts(scars), GOODMAN_BARON_BANDS)
    )
    method = (
        "adaptation: scars counted on the photographed skin and put to items by type, depth and width; without "
        "macular, linear and keloidal items" + INTERVAL_FROM + "detection, type, depth"
    )
    return _scale_value(value, np.asarray(mixed), method + _scale_note(scars.scale_relative_sd))


def _scale_note(relative_sd: float) -> str:
    return f" and the scale (standard error {relative_sd:.0%}, which moves widths and depths)"


def _counted(items: Sequence[str], names: Sequence[str]) -> list[int]:
    return [items.count(name) for name in names]


def _item_counts(scars: ScarSample) -> NDArray[np.float64]:
    """(nodes, items, 22) distribution of the counts per item, for each node of the common scale error.

    Widths and depths are multiplied by exp(sd z): a scale off by a factor of two either way is symmetric.
    """
    lesions = scars.lesions
    diameter = np.array([lesion.diameter_mm for lesion in lesions])
    depth = np.array([np.nan if lesion.depth_um is None else lesion.depth_um for lesion in lesions])
    sure = np.array([lesion.confidence for lesion in lesions])
    nodes = np.exp(scars.scale_relative_sd * _SCALE_NODES)
    present = np.empty((len(lesions), len(nodes), len(_ITEMS)))
    for k, factor in enumerate(nodes):
        moderate = _chance_deeper(depth * factor, MODERATE_DISH_UM)
        deep = _chance_deeper(depth * factor, DEEP_UM)
        chances = _item_chances(scars.type_probability, diameter * factor, moderate, deep)
        present[:, k] = sure[:, np.newaxis] * chances
    return count_distribution(present, GOODMAN_BARON_BANDS[-1])


def _chance_deeper(depth_um: NDArray[np.float64], limit_um: float) -> NDArray[np.float64]:
    """Chance that the true depth reaches the limit, under a normal error; a half where depth is unknown."""
    sd = np.hypot(DEPTH_SD_UM, DEPTH_RELATIVE_SD * depth_um)
    beyond = (depth_um - limit_um) / sd
    return np.where(np.isnan(beyond), 0.5, _normal_cdf(beyond))


def _item_chances(
    types: NDArray[np.floating],
    diameter_mm: NDArray[np.float64],
    moderate: NDArray[np.float64],
    deep: NDArray[np.float64],
) -> NDArray[np.float64]:
    """(n, items) chance of each item of `_ITEMS`; rows sum to 1. moderate, deep: chances of that depth."""
    icepick, boxcar, rolling, raised = (np.asarray(types[:, k], np.float64) for k in range(len(SCAR_TYPES)))
    broad_boxcar = boxcar * (diameter_mm >= BROAD_BOXCAR_MM)
    broad_rolling = rolling * (diameter_mm >= BROAD_ROLLING_MM)
    small_boxcar, dish, broad = boxcar - broad_boxcar, rolling - broad_rolling, broad_boxcar + broad_rolling
    columns = (
        dish * (1 - moderate),
        dish * moderate,
        small_boxcar * (1 - deep),
        broad * (1 - deep),
        icepick + small_boxcar * deep,
        broad * deep,
        raised,
    )
    return np.stack(columns, axis=1)


def _scale_value(value: int, chance: NDArray[np.float64], method: str) -> ScaleValue:
    """The interval is stretched to hold the value, which counts every scar found as one."""
    low, high = interval_95(chance)
    return ScaleValue(float(value), float(min(low, value)), float(max(high, value)), method)


def ecca_atrophic_from(scars: ScarSample) -> ScaleValue:
    """The three atrophic items of ECCA, 0..180, by type: icepick V, boxcar U, rolling M."""
    items = ("v_shaped", "u_shaped", "m_shaped")
    counts = _counted([lesion.type for lesion in scars.lesions], SCAR_TYPES[:3])
    weights = [ECCA_WEIGHTS[item] for item in items]
    value = sum(w * band(c, ECCA_BANDS) for w, c in zip(weights, counts, strict=True))
    sure = np.array([lesion.confidence for lesion in scars.lesions])
    present = scars.type_probability[:, :3] * sure[:, np.newaxis]
    bands = band_distribution(count_distribution(present, ECCA_BANDS[-1]), ECCA_BANDS)
    method = (
        "adaptation: icepick, boxcar and rolling scars counted on the photographed skin by shape, not by width"
        + INTERVAL_FROM
        + "detection and type"
    )
    return _scale_value(value, score_distribution(bands, weights), method)


def severity_from_network(severity: Estimate) -> ScaleValue:
    """The network's own grade on the quantitative range, 0..84, plus and minus 1.96 of its standard deviations."""
    value, low, high = (
        float(np.clip(severity.value + z * severity.sd, 0, GOODMAN_BARON_MAX)) for z in (0, -1.96, 1.96)
    )
    method = "grading head of the network, trained on Goodman-Baron quantitative"
    return ScaleValue(value, low, high, method + INTERVAL_FROM + "its own standard deviation")


def goodman_baron_qualitative_from(quantitative: ScaleValue, flat_marks_fraction: float | None) -> ScaleValue:
    """Image-estimated grade 0..4 from the quantitative adaptation; 3 or 4 is left open upward."""
    method = (
        f"image-estimated: over {OBVIOUS_POINTS} quantitative points counts as obvious at 50 cm; grade 4 needs "
        "a stretch test, so 3 stands for 3 to 4"
    )
    points = (quantitative.value, quantitative.low, quantitative.high)
    grades: list[int] = []
    for score, flattens in zip(points, (True, True, False), strict=True):
        if score is None:
            return ScaleValue(None, None, None, method)
        grades.append(
            goodman_baron_qualitative(
                flat_marks=(flat_marks_fraction or 0.0) > FLAT_MARKS_FRACTION,
                raised_or_sunken=score > 0,
                obvious_at_50_cm=score > OBVIOUS_POINTS,
                flattens_on_stretching=flattens,
            )
        )
    value, low, high = (float(grade) for grade in grades)
    return ScaleValue(value, low, high, method)


def scar_s_face_from(scars: ScarSample, distance_mm: NDArray[np.floating]) -> ScaleValue:
    """SCAR-S of the photographed skin, 0..5, by the share of it within 5 mm of a scar.

    distance_mm: (k,) distance of every pixel of assessed skin to the nearest scar, infinite without scars.
    0 none, 1 under 5 %, 2 under half, 3 under 90 %, 4 beyond, 5 beyond with a mean depth from 0.5 mm on: the
    verbal anchors of Tan et al. 2010 (part of the area, prominent scars) put as numbers by this project.
    """
    depths = [lesion.depth_um for lesion in scars.lesions if lesion.depth_um is not None]
    depth_um = float(np.mean(np.abs(depths))) if depths else 0.0
    factors = np.exp(np.array([0.0, -1.96, 1.96]) * scars.scale_relative_sd).tolist()
    involved = [_share_within(distance_mm, INVOLVED_MM / factor) for factor in factors]
    grades = [
        _scar_s_grade(share, depth_um * factor * (1 + z * DEPTH_RELATIVE_SD))
        for share, factor in zip(involved, factors, strict=True)
        for z in (0.0, -1.96, 1.96)
    ]
    none_chance = float(np.prod([1 - lesion.confidence for lesion in scars.lesions]))
    low = 0 if none_chance > 0.025 else min(grades)
    method = (
        f"adaptation: share of the photographed skin within {INVOLVED_MM:.0f} mm of a scar"
        f"{INTERVAL_FROM}detection, depth"
    )
    return ScaleValue(
        float(grades[0]), float(low), float(max(grades)), method + _scale_note(scars.scale_relative_sd)
    )


def scar_s_grade(distance_mm: NDArray[np.floating], depth_um: float) -> int:
    """The grade that `scar_s_face_from` reports, without its interval; depth_um: mean of the scars."""
    return _scar_s_grade(_share_within(distance_mm, INVOLVED_MM), depth_um)


def _share_within(distance_mm: NDArray[np.floating], limit_mm: float) -> float:
    return float(np.count_nonzero(distance_mm <= limit_mm) / max(distance_mm.size, 1))


def _scar_s_grade(involved: float, depth_um: float) -> int:
    if involved == 0:
        return 0
    grade = 1 + sum(involved >= limit for limit in SCAR_S_LIMITS)
    return grade + 1 if grade == 1 + len(SCAR_S_LIMITS) and depth_um >= DEEP_UM else grade
