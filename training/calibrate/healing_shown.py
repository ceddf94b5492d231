"""How much of a scar's healing the relief shows, learnt on rendered pairs whose healing is known."""

from collections.abc import Sequence

import numpy as np

from inference.network.repeatability import HealingShown
from training.calibrate.pair_looks import PairLook

#: Added to both burdens before the logarithm: what is not told from none. A convention of ours.
FLOOR_UM = 1.0
#: With fewer healed pairs the relief is taken at its word.
LEAST_HEALED = 15
#: A change is neither magnified nor made smaller beyond twice.
_LEAST_SHOWN, _MOST_SHOWN = 0.5, 2.0
#: Ratios are held to this many times either way, so that a burden seen at one visit only does not decide.
_MOST_LOG_RATIO = 2.5


def fit_shown(looks: Sequence[PairLook]) -> HealingShown | None:
    """The share s for which (log ratio of the relief) / s errs least in squares from the true one; None of too few.

    A network that sees scars deeper than average too shallow, and shallow ones too deep, shows part of a change only,
    and an outcome would be called smaller than it is. The inverse regression of Krutchkoff, Technometrics 1967;9:425:
    what is wanted, the truth, is regressed on what is seen. Pairs of the same rig teach it: in another light the share
    is lost in the noise. No constant is fitted: exchanging the visits must exchange the figures.
    """
    healed = [look for look in looks if look.same_rig and not look.unchanged and look.true_log_ratio]
    told = [(look, ratio) for look in healed if (ratio := relief_log_ratio(look)) is not None]
    if len(told) < LEAST_HEALED:
        return None
    seen = np.clip(np.array([ratio for _, ratio in told]), -_MOST_LOG_RATIO, _MOST_LOG_RATIO)
    true = np.array([look.true_log_ratio for look, _ in told], np.float64)
    by_seen = float((seen * true).sum() / (seen**2).sum())
    share = 1 / min(max(by_seen, 1 / _MOST_SHOWN), 1 / _LEAST_SHOWN)
    spread = _spread([look.true_log_ratio for look in looks if not look.unchanged and look.true_log_ratio])
    return HealingShown(share=round(share, 4), floor_um=FLOOR_UM, spread=round(spread, 4), pairs=len(told))


def _spread(log_ratios: Sequence[float]) -> float:
    """Root mean square of the true changes by the mean of both visits: 2 (r - 1) / (r + 1) for a ratio r.

    Of healed pairs alone: whoever compares expects that something was done.
    """
    return float(np.sqrt(np.mean((2 * np.tanh(np.array(log_ratios) / 2)) ** 2)))


def relief_log_ratio(look: PairLook) -> float | None:
    """ln(after / before) of the burden by relief; None where it is unknown."""
    before_um, after_um = look.relief_um
    if before_um is None or after_um is None:
        return None
    return float(np.log((after_um + FLOOR_UM) / (before_um + FLOOR_UM)))
