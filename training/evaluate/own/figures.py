"""What the figures are: each a function of sums (`held.py` says which photograph leaves which)."""

from collections.abc import Callable, Iterable

import numpy as np

from inference.network.maps import TYPES
from training.evaluate.own.sums import Figure, Parts, Values

#: Two centres this close are taken for the same scar.
REACH_MM = 3.0
#: Confidences at which the FROC is read; the last lets nothing through but certainty.
LEVELS = tuple(float(level) for level in np.round(np.linspace(0.0, 1.0, 51), 2))
#: False marks a photograph at which sensitivity is told.
FALSE_MARKS = (0.5, 1.0, 2.0, 4.0, 8.0)
#: The same per cm² of labelled skin.
FALSE_MARKS_CM2 = (0.05, 0.1, 0.2, 0.5, 1.0)
#: Bins of equal width for reliability, as in Guo et al., ICML 2017 (arXiv 1706.04599).
BINS = 10
#: Of the number of scars.
COUNT_PARTS = ("bias", "lower limit of agreement", "upper limit of agreement", "mean absolute difference")
ANY_SCAR = "any scar"
CLASSES = (*TYPES, ANY_SCAR)
#: 95 % of normal differences lie within so many standard deviations of their mean.
_NORMAL_95 = 1.96


def dice_figures() -> list[Figure]:
    """Dice 2 |A and B| / (|A| + |B|) of each class: of all areas together, and as the mean over photographs."""
    figures: list[Figure] = []
    for name in CLASSES:
        group = f"dice, {name}"
        why = "no photograph is labelled with this class" if name != ANY_SCAR else "no photograph has a mask"
        figures.append(Figure(f"{group}, pooled", f"Dice, {name}, areas pooled", group, dice, why=why))
        figures.append(
            Figure(f"{group}, mean", f"Dice, {name}, mean of photographs", group, mean_of("dice"), counted="n", why=why)
        )  # fmt: skip
    return figures


def lesion_figures() -> list[Figure]:
    """Single scars matched one to one within 3 mm, all photographs together."""
    said = "no photograph has all its scars labelled"
    right, per_cm2 = ratio("type_right", "type_asked"), ratio("false", "area_cm2")
    return [
        Figure("lesions, F1", "lesion F1 at 3 mm", "lesions", f1, why=said),
        Figure("lesions, F1 by chance", "the same F1, if as many marks were thrown at random", "chance", f1, why=said),
        Figure("lesions, precision", "lesion precision", "lesions", precision,
               why="nothing is marked, or no photograph has all its scars labelled"),
        Figure("lesions, recall", "lesion recall", "lesions", recall, why=said),
        Figure("lesions, type accuracy", "type of found scars right", "lesions", right, why="no scar was found"),
        Figure("lesions, false per photograph", "false marks a photograph", "lesions", ratio("false", "n"), why=said),
        Figure("lesions, false per cm2", "false marks per cm²", "lesions", per_cm2, "1/cm²",
               why="the area of the labelled skin is not known"),
        Figure("marked, recall", "recall where only some scars are labelled", "marked", recall,
               why="no photograph has scars labelled in part"),
        Figure("boxes, scarred", "scarred boxes that hold a mark", "boxes, scar", ratio("marked", "n"), why="no box"),
        Figure("boxes, clear", "clear boxes without a mark", "boxes, clear", ratio("free", "n"), why="no box"),
    ]  # fmt: skip


def count_figures() -> list[Figure]:
    """Bias (machine less label) and limits of agreement of the number of scars: Bland & Altman, Lancet 1986;1:307."""
    figures: list[Figure] = []
    for name in ("all", *TYPES[1:]):
        group, why = f"count, {name}", "no photograph has all its scars labelled by type"
        of = (
            mean_of("difference"),
            lambda p: _limit(p, -_NORMAL_95),
            lambda p: _limit(p, _NORMAL_95),
            mean_of("absolute"),
        )
        figures += [
            Figure(f"{group}, {part}", f"number of scars, {name}: {part}", group, function, "scars", why=why)
            for part, function in zip(COUNT_PARTS, of, strict=True)
        ]
    return figures


def grade_figures(scale: str) -> list[Figure]:
    """Of a clinical scale: the machine's grade against the mean of the raters'."""
    group = f"grade, {scale}"
    why = "no photograph has both grades, or they do not differ"
    return [
        Figure(f"{group}, MAE", f"{scale}: mean absolute error", group, mean_of("absolute"), "points", why=why),
        Figure(f"{group}, bias", f"{scale}: bias", group, mean_of("difference"), "points", why=why),
        Figure(f"{group}, weighted kappa", f"{scale}: quadratic weighted kappa", group, weighted_kappa, why=why),
        Figure(f"{group}, ICC", f"{scale}: ICC(2,1)", group, icc_2_1, why="fewer than three have both grades"),
    ]  # fmt: skip


def type_figures(commonest: str | None) -> list[Figure]:
    """Of the photograph as a whole; commonest: of all labels, which a fool would give to every photograph."""
    why = "no photograph has a type as a whole"
    right, fool = ratio("right", "n"), ratio(f"label {commonest}", "n")
    said = f"same, if all were called {commonest}" if commonest else "same, by the commonest label"
    return [
        Figure("image type, accuracy", "type of the photograph right", "image type", right, why=why),
        Figure("image type, commonest", said, "image type", fool, why=why),
        Figure(
            "image type, gain", "better than that by", "image type", lambda p: right(p) - fool(p), why=why
        ),
    ]


def calibration_figures() -> list[Figure]:
    """Expected calibration error: mean distance of probability and share, weighted by the bins' content."""
    return [
        Figure("pixels, ECE", "pixel probability: calibration error", "pixels", calibration_error, why="no mask"),
        Figure("confidence, ECE", "confidence of scars: calibration error", "confidence", calibration_error,
               why="no photograph has all its scars labelled, or nothing is marked"),
    ]  # fmt: skip


def coverage_figures(names: Iterable[str]) -> list[Figure]:
    """Share of 95 % intervals that hold the label."""
    why = "the bundle states no interval, or too little of the skin is labelled"
    return [
        Figure(
            f"coverage, {name}", f"95 % interval holds: {name}", f"coverage, {name}", mean_of("held"), why=why
        )
        for name in names
    ]


def mean_of(part: str) -> Callable[[Parts], Values]:
    """Sum of a part by the number of photographs."""
    return ratio(part, "n")


def ratio(part: str, whole: str) -> Callable[[Parts], Values]:
    """NaN without a whole."""
    return lambda p: p[part] / np.where(p[whole] > 0, p[whole], np.nan)


def dice(p: Parts) -> Values:
    """Of summed areas."""
    total = p["label"] + p["machine"]
    return 2 * p["both"] / np.where(total > 0, total, np.nan)


def f1(p: Parts) -> Values:
    """2 found / (2 found + missed + false)."""
    total = 2 * p["found"] + p["missed"] + p["false"]
    return 2 * p["found"] / np.where(total > 0, total, np.nan)


def precision(p: Parts) -> Values:
    """Found by all marks."""
    total = p["found"] + p["false"]
    return p["found"] / np.where(total > 0, total, np.nan)


def recall(p: Parts) -> Values:
    """Found by all scars that were labelled."""
    total = p["found"] + p["missed"]
    return p["found"] / np.where(total > 0, total, np.nan)


def calibration_error(p: Parts) -> Values:
    """Sum over bins of |sum of probabilities less sum of truths|, by the number of all."""
    total = sum((p[f"n {k}"] for k in range(BINS)), np.zeros_like(p["n 0"]))
    apart = sum((np.abs(p[f"said {k}"] - p[f"true {k}"]) for k in range(BINS)), np.zeros_like(total))
    return apart / np.where(total > 0, total, np.nan)


def weighted_kappa(p: Parts) -> Values:
    """Quadratic weights: 1 - mean (a - b)² / its mean if a and b were independent (Cohen, Psychol Bull 1968;70:213)."""
    n = np.where(p["n"] > 0, p["n"], np.nan)
    mean_a, mean_b = p["a"] / n, p["b"] / n
    chance = (p["aa"] + p["bb"]) / n - 2 * mean_a * mean_b
    apart = (p["aa"] + p["bb"] - 2 * p["ab"]) / n
    return np.where(chance > 1e-12, 1 - apart / np.where(chance > 1e-12, chance, np.nan), np.nan)


def icc_2_1(p: Parts) -> Values:
    """ICC(2,1) of two columns, absolute agreement (Shrout & Fleiss, Psychol Bull 1979;86:420), from their moments."""
    n = np.where(p["n"] >= 3, p["n"], np.nan)
    total, squares = p["a"] + p["b"], p["aa"] + p["bb"]
    level = total**2 / (2 * n)
    rows = (squares + 2 * p["ab"]) / 2 - level
    columns = (p["a"] ** 2 + p["b"] ** 2) / n - level
    left = (squares - level - rows - columns) / (n - 1)
    of_rows = rows / (n - 1)
    whole = of_rows + left + 2 * (columns - left) / n
    return np.where(
        np.abs(whole) > 1e-9, (of_rows - left) / np.where(np.abs(whole) > 1e-9, whole, np.nan), np.nan
    )


def _limit(p: Parts, deviations: float) -> Values:
    n = np.where(p["n"] >= 2, p["n"], np.nan)
    mean = p["difference"] / n
    spread = np.sqrt(np.maximum(p["squared"] - n * mean**2, 0) / (n - 1))
    return mean + deviations * spread
