"""How far raters agree: ICC, kappa and the overlap of their masks."""

import warnings
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from training.evaluate.statistics import Interval


def icc_2_1(values: NDArray[np.float64]) -> Interval:
    """ICC(2,1), absolute agreement of single measurements under two-way random effects, with its 95 % interval.

    Shrout & Fleiss, Psychol Bull 1979;86:420; computed by pingouin. values: (n, k) of n people or photographs, k times
    measured. None where nobody differs.
    """
    import pingouin

    count, times = values.shape
    if not np.ptp(values):
        return Interval(None, None, None, count)
    table = pd.DataFrame(
        {
            "person": np.repeat(np.arange(count), times),
            "visit": np.tile(np.arange(times), count),
            "value": values.ravel(),
        }
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # visits that agree to the digit divide by zero
        found = pingouin.intraclass_corr(table, targets="person", raters="visit", ratings="value")
    row = found[found["Type"].isin(["ICC2", "ICC(A,1)"])].iloc[0]
    low, high = next(row[name] for name in ("CI95", "CI95%") if name in row.index)
    return Interval(_finite(row["ICC"]), _finite(low), _finite(high), count)


def kappa(one: Sequence[str], other: Sequence[str]) -> float | None:
    """Cohen's kappa of two raters' classes (Educ Psychol Meas 1960;20:37).

    None where both give one and the same class throughout, as nothing is then left to chance.
    """
    from sklearn.metrics import cohen_kappa_score

    return None if len({*one, *other}) < 2 else _finite(cohen_kappa_score(list(one), list(other)))


def weighted_kappa(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Cohen's kappa of two raters' grades, disagreement weighted by the squared difference of the grades themselves
    (Cohen, Psychol Bull 1968;70:213). None where nobody differs from anybody."""
    first, second = np.asarray(one, np.float64), np.asarray(other, np.float64)
    by_chance = np.mean((first[:, np.newaxis] - second) ** 2) if first.size else 0.0
    return None if by_chance == 0 else float(1 - np.mean((first - second) ** 2) / by_chance)


def dice(one: ArrayLike, other: ArrayLike) -> float | None:
    """2 |A and B| / (|A| + |B|) of two masks of bool; None where both are empty."""
    one, other = np.asarray(one, bool), np.asarray(other, bool)
    total = int(one.sum()) + int(other.sum())
    return 2 * int((one & other).sum()) / total if total else None


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
