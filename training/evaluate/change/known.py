"""What the product would say of pairs that were looked at: with a bundle's knowledge, or with that of other skins."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inference.change.comparison import Metric
from inference.change.error import PairError
from inference.change.metrics import KINDS, metric_of
from inference.network.bundle import ModelDescription
from inference.network.repeatability import HealingShown, RepeatError
from training.calibrate.pair_looks import PairLook, Source
from training.calibrate.pairs import corrected_values, learn
from training.calibrate.tiles import folds_of


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of pairs: how much of a change of burden is seen, and errors by figure."""

    shown: HealingShown | None
    errors: dict[str, RepeatError]


@dataclass(frozen=True, slots=True)
class Judged:
    """A pair with every figure as the product states it, by name."""

    look: PairLook
    metrics: dict[str, Metric]
    error: PairError


def judged_by_bundle(looks: Sequence[PairLook], description: ModelDescription) -> list[Judged]:
    """With what the bundle holds."""
    known = Known(description.healing_shown, description.repeatability)
    return [judged(look, known) for look in looks]


def judged_across(looks: Sequence[PairLook], source: Source) -> list[Judged]:
    """The pairs of one source, with what is learnt from other skins and people, in five folds; the other source
    teaches in each."""
    places = [k for k, look in enumerate(looks) if look.source == source]
    folds = folds_of([looks[k].group for k in places])
    found: dict[int, Judged] = {}
    for fold in np.unique(folds):
        held = {k for k, of in zip(places, folds.tolist(), strict=True) if of == fold}
        shown, errors, _ = learn([look for k, look in enumerate(looks) if k not in held])
        found |= {k: judged(looks[k], Known(shown, errors)) for k in held}
    return [found[k] for k in places]


def judged(look: PairLook, known: Known) -> Judged:
    """The figures of one pair, with their errors and verdicts."""
    error = PairError(known.errors, look.conditions, known.shown)
    values = {**look.values, **corrected_values(look, known.shown)}
    metrics = {kind.name: metric_of(kind, values[kind.name], error) for kind in KINDS if kind.name in values}
    return Judged(look, metrics, error)


def called_changed(metric: Metric) -> bool | None:
    """Whether the figure is said to have changed; None where its error is unknown."""
    if metric.change is None or metric.mdc95 is None:
        return None
    return abs(metric.change) > metric.mdc95
