"""Small statistics of the evaluation, pure and without torch."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its 95 % interval, None where it cannot be known; n counts photographs."""

    value: float | None
    low: float | None
    high: float | None
    n: int


def auc(positive: ArrayLike, negative: ArrayLike) -> float | None:
    """Area under the ROC curve as the Mann-Whitney statistic, ties one half; None when a side is empty."""
    from scipy.stats import rankdata  # a second to import, which every command would pay

    positive, negative = np.asarray(positive, float), np.asarray(negative, float)
    if not positive.size or not negative.size:
        return None
    ranks = rankdata(np.concatenate((positive, negative)))
    above = ranks[: positive.size].sum() - positive.size * (positive.size + 1) / 2
    return float(above / (positive.size * negative.size))


def correlation(x: ArrayLike, y: ArrayLike) -> float | None:
    """Pearson's r; None for fewer than three pairs or no spread."""
    x, y = np.asarray(x, float), np.asarray(y, float)
    if x.size < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return None
    return float(np.corrcoef(x, y)[0, 1])


def bootstrap(
    items: Sequence[Item],
    figure: Callable[[Sequence[Item]], float | None],
    draws: int = 1000,
    seed: int = 0,
) -> Interval:
    """Percentile bootstrap over `items`, the independent units (photographs or tiles, never boxes).

    Draws on which the figure is None are left out. Efron & Tibshirani 1993, chapter 13.
    """
    value = figure(items)
    if value is None or len(items) < 2:
        return Interval(value, None, None, len(items))
    rng = np.random.default_rng(seed)
    values = (figure([items[i] for i in rng.integers(len(items), size=len(items))]) for _ in range(draws))
    return _percentile_interval(value, values, len(items))


def bootstrap_strata(
    strata: Sequence[Sequence[Item]],
    figure: Callable[[Sequence[Sequence[Item]]], float | None],
    draws: int = 1000,
    seed: int = 0,
) -> Interval:
    """As `bootstrap`, for samples that were gathered apart, such as scarred and clear photographs.

    Each stratum is drawn from by itself, so that its size stays. n counts the items of all strata.
    """
    value, count = figure(strata), sum(map(len, strata))
    if value is None or min(map(len, strata)) < 2:
        return Interval(value, None, None, count)
    rng = np.random.default_rng(seed)

    def drawn() -> list[list[Item]]:
        return [[items[i] for i in rng.integers(len(items), size=len(items))] for items in strata]

    return _percentile_interval(value, (figure(drawn()) for _ in range(draws)), count)


def within_subject_sd(repeats: Sequence[ArrayLike]) -> float | None:
    """Root mean variance of the repeats of each subject (Bland & Altman, BMJ 1996;313:744).

    repeats: the values of each subject; those with fewer than two say nothing. None without any.
    """
    variances = [np.var(values, ddof=1) for values in map(_floats, repeats) if values.size >= 2]
    return float(np.sqrt(np.mean(variances))) if variances else None


def within_subject_cv(repeats: Sequence[ArrayLike]) -> float | None:
    """Root mean square of sd / mean of each subject (Bland, "How should I calculate a within-subject coefficient
    of variation?", root mean square method). Subjects with fewer than two values or a mean of 0 say nothing."""
    known = [values for values in map(_floats, repeats) if values.size >= 2 and values.mean() > 0]
    if not known:
        return None
    return float(np.sqrt(np.mean([np.var(values, ddof=1) / values.mean() ** 2 for values in known])))


def slope(x: ArrayLike, y: ArrayLike) -> float | None:
    """Of the least-squares line of y on x; None for fewer than three pairs or no spread of x."""
    x, y = _floats(x), _floats(y)
    if x.size < 3 or np.ptp(x) == 0:
        return None
    away = x - x.mean()
    return float((away * y).sum() / (away * away).sum())


def ratio(part: float, whole: float) -> float | None:
    """part / whole, None when there is no whole."""
    return part / whole if whole else None


def mean(values: ArrayLike) -> float | None:
    """None of nothing."""
    values = _floats(values)
    return float(np.mean(values)) if values.size else None


def median(values: ArrayLike) -> float | None:
    """None of nothing."""
    values = _floats(values)
    return float(np.median(values)) if values.size else None


def _floats(values: ArrayLike) -> NDArray[np.float64]:
    return np.asarray(values, np.float64)


def _percentile_interval(value: float, drawn: Iterable[float | None], count: int) -> Interval:
    known = [one for one in drawn if one is not None]
    if not known:
        return Interval(value, None, None, count)
    low, high = np.percentile(known, [2.5, 97.5])
    return Interval(value, float(low), float(high), count)
