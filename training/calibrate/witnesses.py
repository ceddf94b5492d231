"""How relief and shading contrast are weighed, learnt on rendered pairs whose healing is known."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from inference.network.repeatability import WitnessWeights
from training.calibrate.pair_looks import PairLook

#: Added to both burdens of the relief before the logarithm: what is not told from none. A convention of ours.
FLOOR_UM = 1.0
#: With fewer pairs, or fewer healed ones, the relief goes on alone.
LEAST_PAIRS, LEAST_HEALED = 40, 15
#: Precision of the prior on each weight at like light, towards equal shares, and on each slope with the light, towards
#: none: worth about as many pairs of ordinary healing.
_PRIOR_AT_LIKE, _PRIOR_BY_UNLIKE = 1.0, 1.0
#: A witness that shows less of a change than this is not magnified in full: it hardly sees the scars.
_LEAST_SHOWN = 0.5
#: Ratios are held to this many times either way, so that a burden seen at one visit only does not decide.
_MOST_LOG_RATIO = 2.5


def fit_weights(looks: Sequence[PairLook]) -> WitnessWeights | None:
    """Weights of least squared error of the log ratio among those that show a change in full; None with too few pairs.

    Plain least squares would take every change back towards none, by half where the light differs, and an outcome
    would be called smaller than it is. So weights w and sensitivities s (how much of a true change each witness shows,
    by least squares on healed pairs) obey sum(w s) = 1 in any light; the rest is left to least squares with a ridge.
    Healed and unchanged pairs count alike as a whole. No constant is fitted: exchanging the visits must exchange the
    figures. The best linear unbiased combination, Aitken 1935, with what is unbiased stated by calibration.
    """
    known = [look for look in looks if is_known(look)]
    healed = np.array([not look.unchanged for look in known], np.bool_)
    if len(known) < LEAST_PAIRS or healed.sum() < LEAST_HEALED or healed.all():
        return None
    terms, true, unlike = _design(known)
    sensitivity = sensitivities(terms[healed], true[healed])
    counts = np.where(healed, len(known) / (2 * healed.sum()), len(known) / (2 * (~healed).sum()))
    design = np.hstack([terms, terms * unlike[:, np.newaxis]])
    weighted = design.T * counts
    prior = np.mean(true[healed] ** 2) * np.repeat([_PRIOR_AT_LIKE, _PRIOR_BY_UNLIKE], terms.shape[1])
    centre = np.concatenate([1 / (terms.shape[1] * sensitivity), np.zeros(terms.shape[1])])
    bound = np.asarray(np.kron(np.eye(2), sensitivity), np.float64)  # (2, 2 k): at like light, and its slope
    step = _least(weighted @ design + np.diag(prior), weighted @ (true - design @ centre), bound)
    at_like, by_unlike = np.round(centre + step, 4).reshape(2, -1).tolist()
    return WitnessWeights(
        at_like=tuple(at_like),
        by_unlike=tuple(by_unlike),
        floor_um=FLOOR_UM,
        most_unlike=round(float(np.quantile(unlike, 0.98)), 4),
    )


def sensitivities(terms: NDArray[np.float64], true: NDArray[np.float64]) -> NDArray[np.float64]:
    """(k,) share of a true log ratio that each witness shows, held to 0.5..2: nothing is magnified beyond twice."""
    return np.clip(terms.T @ true / (true**2).sum(), _LEAST_SHOWN, 1 / _LEAST_SHOWN)


def _least(
    curve: NDArray[np.float64], slope: NDArray[np.float64], bound: NDArray[np.float64]
) -> NDArray[np.float64]:
    """x of least x' curve x / 2 - slope' x with bound x = 0, by Lagrange's multipliers."""
    size, rows = len(slope), len(bound)
    system = np.block([[curve, bound.T], [bound, np.zeros((rows, rows))]])
    return np.asarray(np.linalg.solve(system, np.concatenate([slope, np.zeros(rows)]))[:size], np.float64)


def is_known(look: PairLook) -> bool:
    """Whether the pair says something of the weights: its truth and all its witnesses are known."""
    return look.true_log_ratio is not None and look.witness.log_ratios(FLOOR_UM) is not None


def _design(
    looks: Sequence[PairLook],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """(n, k) log ratios of the witnesses, (n,) true log ratios, (n,) unlike light."""
    terms = np.array([look.witness.log_ratios(FLOOR_UM) for look in looks], np.float64)
    true = np.array([look.true_log_ratio for look in looks], np.float64)
    unlike = np.array([look.witness.unlike_light for look in looks], np.float64)
    return np.clip(terms, -_MOST_LOG_RATIO, _MOST_LOG_RATIO), true, unlike
