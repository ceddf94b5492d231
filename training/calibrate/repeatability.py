"""Error of change under the conditions of a pair, from pairs of unchanged skin.

The scale of the differences is fitted by maximum likelihood of Student's t, which single pairs far off do not sway
(Lange, Little, Taylor, "Robust statistical modeling using the t distribution", JASA 1989;84:881), with a ridge on how
it goes with each condition. A conformal factor, from skins or people that had no part in the fit, then makes
|change| <= mdc95 hold in 95 % of unchanged pairs (Vovk, Gammerman, Shafer, "Algorithmic learning in a random world",
2005; Mondrian: by source, the larger factor counts).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from inference.change.error import MDC95_BY_SEM, PairConditions
from inference.network.repeatability import CONDITIONS, HARDER_UPWARD, RepeatError, Slope
from training.calibrate.tiles import folds_of

#: With fewer pairs, or fewer skins and people, no error is claimed.
LEAST_PAIRS, LEAST_GROUPS = 40, 12
#: A source with fewer pairs has no factor of its own.
LEAST_OF_SOURCE = 25
#: Degrees of freedom of the t: heavy tails, as pairs that were registered poorly have.
_FREEDOM = 4.0
#: Prior sd of the change of ln(sem) over one sd of a condition.
_SLOPE_SD = 0.5
#: Floors that are tried, by the median level.
_FLOORS = (0.02, 0.1, 0.3, 1.0)
#: Differences are taken to be uncertain by this share of their root mean square, so that figures which often repeat to
#: the digit, as counts do, do not drive the likelihood to infinity.
_GRAIN = 0.05
#: Share of the calibrated pairs left beyond either end of a condition's range.
_BEYOND = 0.02
Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class NullPairs:
    """One figure over pairs of unchanged skin. before, after: (n,). conditions, group, source: of each pair."""

    before: Values
    after: Values
    conditions: tuple[PairConditions, ...]
    group: tuple[str, ...]
    source: tuple[str, ...]

    def only(self, keep: NDArray[np.bool_]) -> "NullPairs":
        """Those for which `keep` (n,) holds."""
        places = np.flatnonzero(keep).tolist()
        return NullPairs(
            self.before[keep],
            self.after[keep],
            tuple(self.conditions[k] for k in places),
            tuple(self.group[k] for k in places),
            tuple(self.source[k] for k in places),
        )

    @property
    def change(self) -> Values:
        return self.after - self.before

    @property
    def level(self) -> Values:
        return np.maximum((self.after + self.before) / 2, 0.0)


@dataclass(frozen=True, slots=True)
class Learnt:
    """Error of a figure, and the share of pairs with |change| <= mdc95 when neither fit nor factor saw their fold."""

    error: RepeatError
    coverage: float


def learn_error(pairs: NullPairs, relative: bool) -> Learnt | None:
    """Error of a figure; relative: it grows with the level. None with too few pairs, or where nothing ever differs."""
    pairs = pairs.only(_complete(pairs))
    if len(pairs.group) < LEAST_PAIRS or len(set(pairs.group)) < LEAST_GROUPS or not pairs.change.any():
        return None
    folds, source = folds_of(pairs.group), np.array(pairs.source)
    misses = cross_validated_misses(pairs, relative, folds)
    factor = conformal_factor(misses, pairs.source)
    if factor <= 0:
        return None
    held = [
        misses[folds == fold] <= conformal_factor(misses[folds != fold], tuple(source[folds != fold]))
        for fold in np.unique(folds)
    ]
    fitted = _fit(pairs, relative)
    final = {
        "intercept": round(fitted.intercept + float(np.log(factor)), 4),
        "factor": round(factor, 4),
        "pairs": len(pairs.group),
    }
    return Learnt(fitted.model_copy(update=final), float(np.concatenate(held).mean()))


def conformal_factor(misses: Values, source: Sequence[str]) -> float:
    """What mdc95 is multiplied by so that it holds 95 % of the misses of each source that has enough pairs.

    The rank ceil((n + 1) 0.95) keeps the chance of a new pair beyond at 5 % or less.
    """

    def point(values: Values) -> float:
        rank = min(int(np.ceil((len(values) + 1) * 0.95)), len(values))
        return float(np.sort(values)[rank - 1])

    names, of = np.unique(np.array(source), return_inverse=True)
    sizes = np.bincount(of)
    factors = [point(misses[of == k]) for k in range(len(names)) if sizes[k] >= LEAST_OF_SOURCE]
    return max([*factors, point(misses)])


def cross_validated_misses(pairs: NullPairs, relative: bool, folds: NDArray[np.intp]) -> Values:
    """(n,) |change| by the mdc95 of a fit to the other folds, before any factor."""
    misses = np.empty(len(pairs.group))
    for fold in np.unique(folds):
        held = folds == fold
        error = _fit(pairs.only(~held), relative)
        misses[held] = misses_of(pairs.only(held), error)
    return misses


def misses_of(pairs: NullPairs, error: RepeatError) -> Values:
    """(n,) |change| by mdc95, as `inference.change.error.PairError` has it within the calibrated range or near it."""
    logarithm = np.full(len(pairs.group), error.intercept)
    for name, slope in error.conditions.items():
        values = np.array([one.values()[name] for one in pairs.conditions], np.float64)
        logarithm += slope.slope * np.clip(values, slope.low, slope.high)
    unit = 1.0 if error.floor is None else pairs.level + error.floor
    return np.abs(pairs.change) / (MDC95_BY_SEM * unit * np.exp(logarithm))


def _complete(pairs: NullPairs) -> NDArray[np.bool_]:
    known = [all(value is not None for value in one.values().values()) for one in pairs.conditions]
    return np.array(known, np.bool_) & np.isfinite(pairs.before) & np.isfinite(pairs.after)


def _fit(pairs: NullPairs, relative: bool) -> RepeatError:
    """Intercept, slopes and floor of greatest posterior likelihood. All conditions are known."""
    raw = np.array([[one.values()[name] for name in CONDITIONS] for one in pairs.conditions], np.float64)
    low, high = np.quantile(raw, [_BEYOND, 1 - _BEYOND], axis=0)
    raw = np.clip(raw, low, high)
    spread = np.maximum(raw.std(axis=0), 1e-6)
    terms = (raw - raw.mean(axis=0)) / spread
    middle = max(float(np.median(pairs.level)), 1e-3 * float(np.abs(pairs.change).max()), 1e-12)
    floors = [share * middle for share in _FLOORS] if relative else [None]
    fits = [(*_scale(pairs, terms, floor), floor) for floor in floors]
    _, weights, floor = min(fits, key=lambda fit: fit[0])
    slopes = weights[1:] / spread
    return RepeatError(
        intercept=float(weights[0] - (slopes * raw.mean(axis=0)).sum()),
        floor=None if floor is None else float(f"{floor:.4g}"),
        conditions={
            name: Slope(
                slope=round(float(slopes[k]), 5), low=round(float(low[k]), 5), high=round(float(high[k]), 5)
            )
            for k, name in enumerate(CONDITIONS)
        },
    )


def _scale(pairs: NullPairs, terms: Values, floor: float | None) -> tuple[float, Values]:
    """Least negative log posterior and its weights (1 + conditions,) of ln(sem / unit).

    A harder condition never lowers the error: with few pairs a slope of the wrong sign is chance.
    """
    unit = np.ones(len(pairs.level)) if floor is None else pairs.level + floor
    grain = _GRAIN * float(np.sqrt(np.mean(pairs.change**2)))
    squared = (pairs.change**2 + grain**2) / 2  # the variance of a difference is twice that of one visit

    def loss(weights: Values) -> tuple[float, Values]:
        log_scale = weights[0] + terms @ weights[1:] + np.log(unit)
        ratio = squared * np.exp(-2 * log_scale) / _FREEDOM
        value = log_scale + (_FREEDOM + 1) / 2 * np.log1p(ratio)
        slope = 1 - (_FREEDOM + 1) * ratio / (1 + ratio)
        prior = weights[1:] / _SLOPE_SD**2
        gradient = np.concatenate([[slope.sum()], terms.T @ slope + prior])
        return float(value.sum() + 0.5 * (weights[1:] * prior).sum()), gradient

    start = np.zeros(1 + terms.shape[1])
    start[0] = 0.5 * np.log(np.median(squared / unit**2))
    bounds = [(None, None), *((0, None) if HARDER_UPWARD[name] else (None, 0) for name in CONDITIONS)]
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds)
    return float(found.fun), np.asarray(found.x)
