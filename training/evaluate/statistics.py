"""Small statistics of the evaluation, pure and without torch."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import rankdata

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
    known = [drawn for drawn in values if drawn is not None]
    low, high = np.percentile(known, [2.5, 97.5])
    return Interval(value, float(low), float(high), len(items))
