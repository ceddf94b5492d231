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
#: Ratios are held to this many times either way, so that a burden seen at one visit only does not decide.
_MOST_LOG_RATIO = 2.5


def fit_weights(looks: Sequence[PairLook]) -> WitnessWeights | None:
    """Weights of least squared error of the log ratio, with a ridge; None with too few pairs of known healing.

    Healed and unchanged pairs count alike as a whole, however many of either were rendered: the more unchanged ones,
    the more every change would be held for chance. No constant is fitted: exchanging the visits must exchange the
    figures.
    """
    known = [look for look in looks if is_known(look)]
    healed = np.array([not look.unchanged for look in known], np.bool_)
    if len(known) < LEAST_PAIRS or healed.sum() < LEAST_HEALED or healed.all():
        return None
    terms, true, unlike = _design(known)
    witnesses = terms.shape[1]
    counts = np.where(healed, len(known) / (2 * healed.sum()), len(known) / (2 * (~healed).sum()))
    design = np.hstack([terms, terms * unlike[:, np.newaxis]])
    prior = np.repeat([_PRIOR_AT_LIKE, _PRIOR_BY_UNLIKE], witnesses) * np.mean(true[healed] ** 2)
    centre = np.concatenate([np.full(witnesses, 1 / witnesses), np.zeros(witnesses)])
    weighted = design.T * counts
    weights = centre + np.linalg.solve(
        weighted @ design + np.diag(prior), weighted @ (true - design @ centre)
    )
    at_like, by_unlike = np.round(weights, 4).reshape(2, witnesses).tolist()
    return WitnessWeights(
        at_like=tuple(at_like),
        by_unlike=tuple(by_unlike),
        floor_um=FLOOR_UM,
        most_unlike=round(float(np.quantile(unlike, 0.98)), 4),
    )


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
