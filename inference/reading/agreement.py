"""Statistics of agreement, pure. A figure that cannot be known is None.

Rows are things that were rated, columns are ratings of each: raters, or one rater's first and second look.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest, spearmanr  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType]

Table = NDArray[np.float64]
#: Draws of the bootstrap; the seed is fixed, so that the same answers give the same interval.
DRAWS, SEED = 1000, 0
#: Fewer rows than this tell nothing of agreement.
_LEAST_ROWS = 3


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval; n counts what it rests on."""

    value: float | None
    low: float | None = None
    high: float | None = None
    n: int = 0


@dataclass(frozen=True, slots=True)
class Limits:
    """Bland and Altman (Lancet 1986;1:307): mean of the differences with its interval, their SD, and the limits
    mean +- 1.96 SD within which 95 % of differences lie."""

    mean: Estimate
    sd: float | None
    low: float | None
    high: float | None


def icc_2_1(table: Table) -> float | None:
    """ICC(2,1), absolute agreement of single ratings, raters drawn from many. (n, k) table, n >= 3, k >= 2.

    Shrout & Fleiss, Psychol Bull 1979;86:420.
    """
    squares = _mean_squares(table)
    if squares is None:
        return None
    rows, columns, error = squares
    n, k = table.shape
    return _ratio(rows - error, rows + (k - 1) * error + k * (columns - error) / n)


def icc_3_1(table: Table) -> float | None:
    """ICC(3,1), consistency of single ratings of these very raters: their different levels do not count."""
    squares = _mean_squares(table)
    if squares is None:
        return None
    rows, _, error = squares
    return _ratio(rows - error, rows + (table.shape[1] - 1) * error)


def weighted_kappa(table: Table) -> float | None:
    """Cohen's kappa with quadratic weights (Psychol Bull 1968;70:213), mean over all pairs of columns.

    1 - mean (a - b)^2 / the same mean if a and b had nothing to do with each other, which is var a + var b +
    (mean a - mean b)^2: no table of classes is needed.
    """
    if len(table) < _LEAST_ROWS:
        return None
    kappas: list[float] = []
    for one, other in combinations(table.T, 2):
        by_chance = one.var() + other.var() + (one.mean() - other.mean()) ** 2
        if by_chance <= 0:
            return None
        kappas.append(1 - float(((one - other) ** 2).mean() / by_chance))
    return float(np.mean(kappas)) if kappas else None


def exact_agreement(table: Table) -> float | None:
    """Share of equal ratings, mean over all pairs of columns."""
    if not len(table):
        return None
    return float(np.mean([(one == other).mean() for one, other in combinations(table.T, 2)]))


def spearman(table: Table) -> float | None:
    """Rank correlation of the two columns."""
    if len(table) < _LEAST_ROWS or np.ptp(table[:, 0]) == 0 or np.ptp(table[:, 1]) == 0:
        return None
    result: Any = spearmanr(table[:, 0], table[:, 1])
    return float(result.statistic)


def mean_of(table: Table) -> float | None:
    """Mean of everything in it."""
    return float(table.mean()) if table.size else None


def limits(blocks: Sequence[Table]) -> Limits:
    """Of the first column less the second. blocks: as of `bootstrap`."""
    differences = [block[:, :1] - block[:, 1:2] for block in blocks]
    mean = bootstrap(differences, mean_of)
    together = stacked(differences)
    if together.size < 2 or mean.value is None:
        return Limits(mean, None, None, None)
    sd = float(together.std(ddof=1))
    return Limits(mean, sd, mean.value - 1.96 * sd, mean.value + 1.96 * sd)


def bootstrap(blocks: Sequence[Table], figure: Callable[[Table], float | None]) -> Estimate:
    """The figure of all rows with its 95 % percentile interval over whole blocks, the rows of one pair each.

    Draws in which the figure cannot be known are left out. Efron & Tibshirani 1993, chapter 13. n counts the blocks.
    """
    value = figure(stacked(blocks))
    if value is None or len(blocks) < _LEAST_ROWS:
        return Estimate(value, n=len(blocks))
    chance = np.random.default_rng(SEED)
    drawn = (
        figure(stacked([blocks[int(k)] for k in chance.integers(len(blocks), size=len(blocks))]))
        for _ in range(DRAWS)
    )
    known = [one for one in drawn if one is not None]
    if not known:
        return Estimate(value, n=len(blocks))
    low, high = np.percentile(known, [2.5, 97.5])
    return Estimate(value, float(low), float(high), len(blocks))


def share(hits: int, count: int) -> Estimate:
    """A share with Wilson's 95 % interval (J Am Stat Assoc 1927;22:209)."""
    if not count:
        return Estimate(None)
    interval: Any = binomtest(hits, count).proportion_ci(0.95, method="wilson")
    return Estimate(hits / count, float(interval.low), float(interval.high), count)


def stacked(blocks: Sequence[Table]) -> Table:
    """All rows of all blocks; (0, 2) without any."""
    return np.concatenate(list(blocks)) if blocks else np.empty((0, 2))


def _mean_squares(table: Table) -> tuple[float, float, float] | None:
    """Of rows, columns and what is left, of a two-way analysis of variance without replication."""
    n, k = table.shape
    if n < _LEAST_ROWS or k < 2:
        return None
    whole = table.mean()
    of_rows, of_columns = table.mean(axis=1), table.mean(axis=0)
    left = table - of_rows[:, None] - of_columns[None, :] + whole
    return (
        float(k * ((of_rows - whole) ** 2).sum() / (n - 1)),
        float(n * ((of_columns - whole) ** 2).sum() / (k - 1)),
        float((left**2).sum() / ((n - 1) * (k - 1))),
    )


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if abs(whole) > 1e-12 else None
