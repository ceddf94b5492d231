"""What a reader is shown, in which order and on which side. It follows from the design and the reader's name
alone."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TypeVar

from inference.reading.design import Design, Pair, Shot

Item = TypeVar("Item")
#: So many orders are drawn at most until one has no photograph twice in a row; else the best of them is taken. Even
#: of two pairs, one of them repeated, every fifth order has them apart, so that a pair does not follow itself.
_DRAWS = 300


@dataclass(frozen=True, slots=True)
class Trial:
    """One pair before one reader. place: from 0. showing: 2 where it is shown for the second time."""

    place: int
    pair: Pair
    showing: int
    first_on_left: bool

    @property
    def left(self) -> Shot:
        """The photograph on the left."""
        return self.pair.first if self.first_on_left else self.pair.second

    @property
    def right(self) -> Shot:
        """The photograph on the right."""
        return self.pair.second if self.first_on_left else self.pair.first


def order(design: Design, reader: str) -> tuple[Trial, ...]:
    """All trials of a reader.

    The first photograph stands on the left in half of the pairs of change, half of the repeats and half of the nulls,
    within one. A repeat comes late and its first showing early, with other pairs between them.

    Python promises that `Random.random` of a seed gives the same numbers in every version, so only that is used: an
    order must outlive an update of the program.
    """
    chance = random.Random(f"{design.seed}/{reader}")
    trials = _sides(design, chance)
    best: list[Trial] = []
    for _ in range(_DRAWS):
        drawn = _drawn(trials, set(design.repeated), chance)
        if not best or _clashes(drawn) < _clashes(best):
            best = drawn
        if _clashes(best) == (0, 0):
            break
    return tuple(replace(trial, place=place) for place, trial in enumerate(best))


def shuffled(items: Iterable[Item], chance: random.Random) -> list[Item]:
    """In random order."""
    return sorted(items, key=lambda _: chance.random())


def _sides(design: Design, chance: random.Random) -> list[Trial]:
    """Every trial with its side: sides alternate through the shuffled trials of each kind, one kind after the
    other."""
    change = [pair for pair in design.pairs if pair.kind == "change"]
    nulls = [pair for pair in design.pairs if pair.kind != "change"]
    again = [design.pair(name) for name in design.repeated]
    left = chance.random() < 0.5
    trials: list[Trial] = []
    for pairs, showing in ((change, 1), (again, 2), (nulls, 1)):
        for pair in shuffled(pairs, chance):
            trials.append(Trial(0, pair, showing, left))
            left = not left
    return trials


def _drawn(trials: Sequence[Trial], repeated: set[str], chance: random.Random) -> list[Trial]:
    """The trials by random numbers: the two showings of a pair by numbers that lie apart."""
    keyed: list[tuple[float, int]] = []
    for k, trial in enumerate(trials):
        number = chance.random()
        if trial.pair.id in repeated:
            number = 0.4 * number if trial.showing == 1 else 1 - 0.4 * number
        keyed.append((number, k))
    return [trials[k] for _, k in sorted(keyed)]


def _clashes(trials: Sequence[Trial]) -> tuple[int, int]:
    """How often a pair follows itself, and how often a photograph does."""
    same_pair = sum(a.pair.id == b.pair.id for a, b in pairwise(trials))
    return same_pair, sum(bool(_files(a) & _files(b)) for a, b in pairwise(trials))


def _files(trial: Trial) -> set[str]:
    return {trial.left.sha256, trial.right.sha256}
