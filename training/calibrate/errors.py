"""The network's own error of every figure, from truth less reported value on tiles kept out of training.

Intervals are conformalised quantile regression (Romano, Patterson, Candes, NeurIPS 2019). The 5 % and 95 % points of
the residuals are fitted as lines, broken once, over the reported value; how far residuals lie beyond those lines,
each judged by lines fitted on other skins, is pooled, and its outer points move the lines to 2.5 % and 97.5 %. Lines
let the interval follow the value, pooling makes its ends steady.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import linprog

from inference.measure.interval import residual_bounds
from inference.network.bundle import FigureError
from training.calibrate.tiles import folds_of

#: With fewer residuals a 95 % interval would be a guess: the figure stays without an error of the network.
LEAST_RESIDUALS = 20
#: Constant of the logarithm by figure, about the least value that means anything; None for plain residuals.
LOG_FLOOR: dict[str, float | None] = {
    "scars.burden_um": 1.0,
    "scars.area_fraction": 0.002,
    "scars.density_per_cm2": 0.1,
    "texture.roughness_sa_um": 1.0,
    "lesions.depth_um": 50.0,
    "lesions.diameter_mm": 0.1,
}
#: Figures whose network states a standard deviation, which is scaled rather than replaced.
BY_SD = ("texture.roughness_sa_um", "scales.severity_network")
#: Points of the residuals to which lines are fitted, before they are moved outward.
_FITTED = (0.05, 0.95)
#: With fewer residuals the lines stay unbroken.
_LEAST_TO_BREAK = 100


@dataclass(frozen=True, slots=True, eq=False)
class Residuals:
    """One figure over all tiles (or lesions). seen, true: (n,). sd: (n,) as the network states it, or None.

    group: of the tile's skin.
    """

    seen: NDArray[np.float64]
    true: NDArray[np.float64]
    group: tuple[str, ...]
    sd: NDArray[np.float64] | None = None

    def only(self, keep: NDArray[np.bool_]) -> "Residuals":
        """Those for which `keep` (n,) holds."""
        group = tuple(name for name, kept in zip(self.group, keep.tolist(), strict=True) if kept)
        return Residuals(self.seen[keep], self.true[keep], group, None if self.sd is None else self.sd[keep])


@dataclass(frozen=True, slots=True, eq=False)
class _Points:
    """Reported values on the axis of the residual (a logarithm or not), and residuals in the unit of the error."""

    at: NDArray[np.float64]
    residual: NDArray[np.float64]


def fit_error(residuals: Residuals, log_floor: float | None) -> FigureError | None:
    """The error of a figure at two or three reported values; None with too few residuals."""
    points, folds = _points(residuals, log_floor), folds_of(residuals.group)
    if len(points.at) < LEAST_RESIDUALS or len(np.unique(folds)) < 2:
        return None
    below, above = _outward(_beyond(points, folds))
    return _band(points, below, above, log_floor, residuals.sd is not None)


def cross_validated_coverage(residuals: Residuals, log_floor: float | None) -> float | None:
    """Share of truths inside intervals whose every part was fitted on other skins; None with too few."""
    points, folds = _points(residuals, log_floor), folds_of(residuals.group)
    if len(points.at) < LEAST_RESIDUALS or len(np.unique(folds)) < 2:
        return None
    beyond, covered = _beyond(points, folds), np.zeros(len(points.at), np.bool_)
    for fold in np.unique(folds):
        held = folds == fold
        error = _band(_subset(points, ~held), *_outward(beyond[~held]), log_floor, False)
        value = np.exp(points.at) - (log_floor or 0.0) if log_floor is not None else points.at
        for k in np.flatnonzero(held):
            low, high = residual_bounds(error, float(value[k]))
            covered[k] = low - 1e-9 <= points.residual[k] <= high + 1e-9
    return float(covered.mean())


def _points(residuals: Residuals, log_floor: float | None) -> _Points:
    seen, true, sd = residuals.seen, residuals.true, residuals.sd
    unit = np.ones_like(seen) if sd is None else sd
    if log_floor is not None:
        unit = unit / (seen + log_floor) if sd is not None else unit
        seen, true = np.log(seen + log_floor), np.log(true + log_floor)
    return _Points(seen, (true - seen) / unit)


def _subset(points: _Points, keep: NDArray[np.bool_]) -> _Points:
    return _Points(points.at[keep], points.residual[keep])


def _knots(points: _Points) -> NDArray[np.float64]:
    """Least, middle and greatest reported value; without the middle where there are few."""
    shares = (0.0, 0.5, 1.0) if len(points.at) >= _LEAST_TO_BREAK else (0.0, 1.0)
    return np.unique(np.quantile(points.at, shares))


def _lines(points: _Points, knots: NDArray[np.float64]) -> NDArray[np.float64]:
    """(2, knots) heights of the lines at the knots, below and above."""
    basis = np.stack([np.interp(points.at, knots, row) for row in np.eye(len(knots))], axis=1)
    lines = np.array([quantile_regression(basis, points.residual, share) for share in _FITTED])
    return np.sort(lines, axis=0)


def quantile_regression(
    basis: NDArray[np.float64], y: NDArray[np.float64], share: float
) -> NDArray[np.float64]:
    """Weights w for which about `share` of y lies below basis @ w: the linear programme of Koenker & Bassett 1978.

    basis: (n, k), y: (n,). Minimises share u + (1 - share) v with y = basis w + u - v and u, v >= 0.
    """
    count, k = basis.shape
    cost = np.concatenate([np.zeros(k), np.full(count, share), np.full(count, 1 - share)])
    one = sparse.identity(count, format="csr")
    equal = sparse.hstack([sparse.csr_matrix(basis), one, -one], format="csr")
    limits = [(None, None)] * k + [(0, None)] * (2 * count)
    return linprog(cost, A_eq=equal, b_eq=y, bounds=limits, method="highs").x[:k]


def _beyond(points: _Points, folds: NDArray[np.intp]) -> NDArray[np.float64]:
    """(n, 2) how far residuals lie below and above lines that were fitted on the other folds."""
    beyond = np.empty((len(points.at), 2))
    for fold in np.unique(folds):
        held = folds == fold
        others = _subset(points, ~held)
        knots = _knots(others)
        low, high = (np.interp(points.at[held], knots, line) for line in _lines(others, knots))
        beyond[held] = np.stack([low - points.residual[held], points.residual[held] - high], axis=1)
    return beyond


def _outward(beyond: NDArray[np.float64]) -> tuple[float, float]:
    """How far the lines move down and up, by the conformal rank.

    The rank (n + 1) 0.975, rounded up, keeps the chance of a new residual beyond at 2.5 % or less; with fewer than 40
    residuals it would lie beyond them all, and the outermost one stands for it.
    """
    count = len(beyond)
    rank = min(int(np.ceil((count + 1) * 0.975)), count) - 1
    below, above = np.sort(beyond, axis=0)[rank]
    return float(below), float(above)


def _band(points: _Points, below: float, above: float, log_floor: float | None, by_sd: bool) -> FigureError:
    knots = _knots(points)
    low, high = _lines(points, knots)
    low, high = low - below, high + above
    at = knots if log_floor is None else np.maximum(np.exp(knots) - log_floor, 0.0)
    at, first = np.unique(np.round(at, 5), return_index=True)

    # Rounded outward: a truth of exactly 0 lies on many a bound and must not fall out by a digit.
    return FigureError(
        at=tuple(float(value) for value in at),
        low=tuple((np.floor(np.minimum(low, high)[first] * 1000) / 1000).tolist()),
        high=tuple((np.ceil(np.maximum(low, high)[first] * 1000) / 1000).tolist()),
        log_floor=log_floor,
        by_sd=by_sd,
    )


def fit_errors(
    residuals: dict[str, Residuals],
) -> tuple[dict[str, FigureError], dict[str, dict[str, float | int]]]:
    """Errors by figure, and what is known of them: residuals, and coverage by cross-validation over skins."""
    errors: dict[str, FigureError] = {}
    known: dict[str, dict[str, float | int]] = {}
    for name, of in residuals.items():
        error, covered = fit_error(of, LOG_FLOOR.get(name)), cross_validated_coverage(of, LOG_FLOOR.get(name))
        if error is not None and covered is not None:
            errors[name] = error
            known[name] = {"n": len(of.seen), "coverage": round(covered, 4)}
    return errors, known


def stack_residuals(rows: Sequence[tuple[str, float, float, float | None, str]]) -> dict[str, Residuals]:
    """Rows of figure, reported value, truth, stated sd and group -> residuals by figure."""
    stacked: dict[str, Residuals] = {}
    for name in sorted({row[0] for row in rows}):
        mine = [row for row in rows if row[0] == name]
        sd = np.array([row[3] for row in mine], np.float64) if mine[0][3] is not None else None
        seen, true = (np.array([row[k] for row in mine], np.float64) for k in (1, 2))
        stacked[name] = Residuals(seen, true, tuple(row[4] for row in mine), sd)
    return stacked
