"""How far the raters of a labelled set agree on grades, types and masks."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeVar

import numpy as np

from data.errors import DatasetError
from data.labelled import LabelledSet
from data.masks import IGNORE, read_mask
from training.evaluate.agreement import dice, icc_2_1, kappa, weighted_kappa
from training.evaluate.statistics import Interval, bootstrap, mean

_DRAWS = 500
#: Photographs that an ICC needs to say anything. A convention of this project.
_LEAST_SHARED = 3

Item = TypeVar("Item")
#: Two raters' words on each photograph that both rated, by patient: what the bootstrap draws.
Pairs = Sequence[Sequence[tuple[Item, Item]]]


@dataclass(frozen=True, slots=True)
class Agreement:
    """One figure between two raters, or of all. n of the interval counts photographs that were rated by all of them."""

    what: str
    raters: str
    figure: str
    interval: Interval


def agreements(labelled: LabelledSet) -> list[Agreement]:
    """Every scale, the types and the masks that several raters labelled on the same photographs."""
    patient = {photo: row.patient_id for photo, row in labelled.photos.items()}
    found: list[Agreement] = []
    for scale in sorted({scale for row in labelled.rows for scale in row.grades}):
        by_rater: dict[str, dict[str, float]] = defaultdict(dict)
        for row in labelled.rows:
            if row.rater_id is not None and scale in row.grades:
                by_rater[row.rater_id][row.photo_id] = row.grades[scale]
        found += _of_grades(scale, by_rater, patient)
    types: dict[str, dict[str, str]] = defaultdict(dict)
    for row in labelled.sidecars.types:
        if row.rater_id is not None:
            types[row.rater_id][row.photo_id] = row.type
    for one, other, pairs in _paired(types, patient):
        found.append(Agreement("type", f"{one}, {other}", "kappa", _bootstrapped(pairs, _kappa)))
    return found + _of_masks(labelled, patient)


def _of_grades(
    scale: str, by_rater: Mapping[str, Mapping[str, float]], patient: Mapping[str, str]
) -> Iterator[Agreement]:
    for one, other, pairs in _paired(by_rater, patient):
        yield Agreement(scale, f"{one}, {other}", "weighted kappa", _bootstrapped(pairs, _weighted_kappa))
    if len(by_rater) < 2:
        return
    shared = sorted(set.intersection(*map(set, by_rater.values())))
    if len(shared) >= _LEAST_SHARED:
        values = np.array([[grades[photo] for grades in by_rater.values()] for photo in shared], np.float64)
        yield Agreement(scale, f"all {len(by_rater)}", "ICC(2,1)", icc_2_1(values))


def _of_masks(labelled: LabelledSet, patient: Mapping[str, str]) -> list[Agreement]:
    """Dice of all scars together, and of each class, averaged over photographs."""
    files: dict[str, dict[str, str]] = defaultdict(dict)
    for row in labelled.rows:
        if row.rater_id is not None and row.mask is not None:
            files[row.rater_id][row.photo_id] = row.mask
    found: list[Agreement] = []
    for one, other, pairs in _paired(files, patient):
        scores: dict[str, list[list[float]]] = defaultdict(list)
        for person in pairs:
            own: dict[str, list[float]] = defaultdict(list)
            for first, second in person:
                for name, score in _overlaps(labelled, first, second).items():
                    own[name].append(score)
            for name, values in own.items():
                scores[name].append(values)
        for name, people in scores.items():
            found.append(Agreement(f"mask, {name}", f"{one}, {other}", "Dice", _bootstrapped(people, _mean)))
    return found


def _overlaps(labelled: LabelledSet, first: str, second: str) -> dict[str, float]:
    """Dice by class where both raters labelled; empty where a mask cannot be read or the sizes differ."""
    try:
        one, other = (read_mask(labelled.folder / path, labelled.classes) for path in (first, second))
    except DatasetError:
        return {}
    if one.shape != other.shape:
        return {}
    known = (one != IGNORE) & (other != IGNORE)
    masks = {"any scar": ((one > 0) & known, (other > 0) & known)}
    for index, name in enumerate(labelled.classes.names[1:], start=1):
        masks[name] = ((one == index) & known, (other == index) & known)
    scores = {name: dice(*pair) for name, pair in masks.items()}
    return {name: score for name, score in scores.items() if score is not None}


def _paired(
    by_rater: Mapping[str, Mapping[str, Item]], patient: Mapping[str, str]
) -> Iterator[tuple[str, str, list[list[tuple[Item, Item]]]]]:
    """Each two raters, with their words on the photographs that both rated, by patient."""
    for one, other in combinations(sorted(by_rater), 2):
        people: dict[str, list[tuple[Item, Item]]] = defaultdict(list)
        for photo in sorted(set(by_rater[one]) & set(by_rater[other])):
            people[patient[photo]].append((by_rater[one][photo], by_rater[other][photo]))
        if people:
            yield one, other, list(people.values())


def _kappa(people: Pairs[str]) -> float | None:
    return kappa(*_sides(people))


def _weighted_kappa(people: Pairs[float]) -> float | None:
    return weighted_kappa(*_sides(people))


def _sides(people: Pairs[Item]) -> tuple[list[Item], list[Item]]:
    pairs = [pair for person in people for pair in person]
    return [one for one, _ in pairs], [other for _, other in pairs]


def _mean(people: Sequence[Sequence[float]]) -> float | None:
    return mean([value for person in people for value in person])


def _bootstrapped(
    people: Sequence[Sequence[Item]], figure: Callable[[Sequence[Sequence[Item]]], float | None]
) -> Interval:
    """95 % interval by drawing patients; n counts photographs."""
    found = bootstrap(people, figure, draws=_DRAWS)
    return Interval(found.value, found.low, found.high, sum(map(len, people)))
