"""How unsure a change of burden is beside its repeatability, learnt on pairs whose healing is known.

Pairs of unchanged skin tell how far a figure strays where nothing changed. Where something did, the share of it that
the relief shows differs from skin to skin, and an interval from repeatability alone holds the truth too rarely.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from inference.change.error import PairError
from inference.change.interval import NORMAL_95
from inference.change.metrics import BURDEN, KINDS, metric_of
from inference.network.repeatability import HealingShown, RepeatError
from training.calibrate.pair_looks import PairLook
from training.calibrate.tiles import folds_of

#: Intervals are to hold the truth of so many healed pairs.
COVERAGE = 0.95
#: Wider than this no interval is made: an error of a change by all of its value says that it is not known.
MOST = 1.0
_KIND = next(kind for kind in KINDS if kind.name == BURDEN)


@dataclass(frozen=True, slots=True)
class HealingError:
    """relative_sd: of a change of burden by its value. before, coverage: share of healed pairs whose truth lies in the
    interval without it, and with that of other skins. pairs: of known healing."""

    relative_sd: float
    before: float
    coverage: float
    pairs: int


def fit_healing_error(
    looks: Sequence[PairLook],
    burdens: Mapping[int, tuple[float, float]],
    errors: Mapping[str, RepeatError],
    shown: HealingShown | None,
) -> HealingError | None:
    """The least relative error whose intervals hold the truth of 95 % of the healed pairs; None of too few.

    burdens: corrected, by the place of the pair in `looks`, by what other skins tell. The rank ceil((n + 1) 0.95) is
    the conformal one (Vovk, Gammerman, Shafer, 2005).
    """
    if shown is None or BURDEN not in errors:
        return None
    told = [
        (look.group, need)
        for k, look in enumerate(looks)
        if k in burdens
        and (need := _needed(look, burdens[k], PairError(errors, look.conditions, shown))) is not None
    ]
    if len(told) < math.ceil(1 / (1 - COVERAGE)):
        return None
    needs = np.array([need for _, need in told], np.float64)
    folds = folds_of([group for group, _ in told])
    held = [needs[folds == fold] <= _point(needs[folds != fold]) for fold in np.unique(folds)]
    return HealingError(
        round(_point(needs), 4), float((needs <= 0).mean()), float(np.concatenate(held).mean()), len(told)
    )


def _point(needs: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
    rank = min(math.ceil((len(needs) + 1) * COVERAGE), len(needs))
    return min(float(np.sort(needs)[rank - 1]), MOST)


def _needed(look: PairLook, burdens: tuple[float, float], error: PairError) -> float | None:
    """Relative error with which the interval of this pair just holds the truth; 0 where it does without."""
    if look.unchanged or look.true_um is None or look.true_log_ratio is None:
        return None
    metric = metric_of(_KIND, burdens, error)
    if (
        metric.before is None
        or metric.after is None
        or metric.mdc95 is None
        or metric.before + metric.after <= 0
    ):
        return None
    level = metric.before + metric.after
    true = math.tanh(look.true_log_ratio / 2)  # (after - before) / (after + before) of the true burdens
    return needed_relative_sd((metric.after - metric.before) / level, metric.mdc95 / level, true)


def needed_relative_sd(seen: float, mdc95: float, true: float) -> float:
    """Least relative_sd for which `inference.change.interval.change_bounds(seen, mdc95, relative_sd)` holds `true`.

    Infinite where none does: a change called so, whose truth lies on the other side of none.
    """
    if seen < 0:
        seen, true = -seen, -true
    beyond = seen > mdc95
    if not beyond or true > seen:
        apart = abs(true - seen)
        if apart <= mdc95:
            return 0.0
        return math.sqrt(apart**2 - mdc95**2) / (NORMAL_95 * seen) if seen > 0 else math.inf
    if true <= 0:
        return math.inf
    needed, own = math.log(seen / true), math.log(seen / (seen - mdc95))
    return math.sqrt(needed**2 - own**2) / NORMAL_95 if needed > own else 0.0
