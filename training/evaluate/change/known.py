"""What the product would say of pairs that were looked at: with a bundle's knowledge, or with that of other skins."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inference.change.comparison import Metric
from inference.change.error import PairError
from inference.change.metrics import KINDS, metric_of
from inference.network.bundle import ModelDescription
from inference.network.repeatability import RepeatError, WitnessWeights
from training.calibrate.pair_looks import PairLook
from training.calibrate.pairs import learn, weighted_values
from training.calibrate.tiles import folds_of


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of pairs: weights of the witnesses of burden, and errors by figure."""

    weights: WitnessWeights | None
    errors: dict[str, RepeatError]


@dataclass(frozen=True, slots=True)
class Judged:
    """A pair with every figure as the product states it, by name."""

    look: PairLook
    metrics: dict[str, Metric]
    error: PairError


def judged_by_bundle(looks: Sequence[PairLook], description: ModelDescription) -> list[Judged]:
    """With what the bundle holds."""
    known = Known(description.witness_weights, description.repeatability)
    return [judged(look, known) for look in looks]


def judged_across(looks: Sequence[PairLook], alone: bool = False) -> list[Judged]:
    """With what is learnt from the other skins and people, in five folds.

    alone: only people take turns, each by himself, and everything else is learnt from throughout: for a handful of
    people beside many rendered skins. Rendered pairs are then left out of what is returned.
    """
    if alone:
        people = sorted({look.group for look in looks if look.source == "faces"})
        parts = [np.array([look.group == person for look in looks]) for person in people]
    else:
        folds = folds_of([look.group for look in looks])
        parts = [folds == fold for fold in np.unique(folds)]
    found: list[Judged] = []
    for held in parts:
        weights, errors, _ = learn([look for look, out in zip(looks, held, strict=True) if not out])
        known = Known(weights, errors)
        found += [judged(look, known) for look, out in zip(looks, held, strict=True) if out]
    return found


def judged(look: PairLook, known: Known) -> Judged:
    """The figures of one pair, with their errors and verdicts."""
    error = PairError(known.errors, look.conditions)
    values = {**look.values, **weighted_values(look, known.weights)}
    metrics = {kind.name: metric_of(kind, values[kind.name], error) for kind in KINDS if kind.name in values}
    return Judged(look, metrics, error)


def called_changed(metric: Metric) -> bool | None:
    """Whether the figure is said to have changed; None where its error is unknown."""
    if metric.change is None or metric.mdc95 is None:
        return None
    return abs(metric.change) > metric.mdc95
