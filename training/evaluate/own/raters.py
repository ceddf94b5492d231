"""One photograph: each rater in turn, and the machine, held against the other raters -> sums for `closeness.py`."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from inference.network.maps import TYPES
from training.evaluate.own.held import Sums, moments
from training.evaluate.own.labels import UNNAMED, Asked, Said, Scar
from training.evaluate.own.machine import Machine, Mark
from training.evaluate.own.matched import Matched, matched

Place = TypeVar("Place", Scar, Mark)


def key(*names: str) -> str:
    """Name of a part: the rater, the side (rater, machine) and what it is."""
    return "\t".join(names)


def rater_sums(said: Sequence[Said], machine: Machine, asked: Asked) -> Sums:
    """Of one photograph: groups "raters, Dice", "raters, F1" and one for each scale; parts begin with the rater."""
    named = [one for one in said if one.rater != UNNAMED]
    sums: Sums = {}
    masked = [one for one in named if one.mask is not None]
    if len(masked) > 1:
        sums["raters, Dice"] = _dice(masked, machine, asked)
    marked = [one for one in named if one.is_complete and one.scars is not None]
    if len(marked) > 1:
        sums["raters, F1"] = _f1(marked, machine, asked)
    for scale in dict.fromkeys(scale for one in named for scale in one.grades):
        given = machine.assessment.scales.get(scale)
        graded = {one.rater: one.grades[scale] for one in named if scale in one.grades}
        if len(graded) > 1 and given is not None and given.value is not None:
            sums[f"raters, {scale}"] = _grades(graded, given.value)
    return sums


def _dice(said: Sequence[Said], machine: Machine, asked: Asked) -> dict[str, float]:
    """Two that mark nothing agree wholly here. Both sides are looked at on the pixels that both raters labelled."""
    unasked = [k for k in range(1, len(TYPES)) if asked.excuses(TYPES[k])]
    seen = (machine.label > 0) & ~np.isin(machine.label, unasked)
    parts: dict[str, float] = {}
    for one in said:
        pairs: list[tuple[float, float]] = []
        for other in said:
            if other is one:
                continue
            assert one.mask is not None
            assert other.mask is not None
            known = one.mask.known & other.mask.known
            truth = other.mask.scarred & known
            pairs.append((_overlap(one.mask.scarred & known, truth), _overlap(seen & known, truth)))
        parts |= _told(one.rater, *(float(value) for value in np.mean(pairs, axis=0)))
    return parts


def _overlap(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    total = int(np.count_nonzero(one)) + int(np.count_nonzero(other))
    return 2.0 * int(np.count_nonzero(one & other)) / total if total else 1.0


def _f1(said: Sequence[Said], machine: Machine, asked: Asked) -> dict[str, float]:
    """Scars of one side against those of each other rater, on ground that both raters labelled."""
    parts: dict[str, float] = {}
    for one in said:
        others = [other for other in said if other is not one]
        both = {"rater": np.zeros(3), "machine": np.zeros(3)}
        for other in others:
            truth = _on(other.scars or (), one)
            mine = [scar for scar in _on(one.scars or (), other) if not scar.is_speck(machine.mm_per_px)]
            marks = _on(_on(machine.marks, other), one)
            excused = [asked.excuses(mark.type) for mark in marks]
            both["rater"] += _numbers(matched(mine, truth, machine.mm_per_px))
            both["machine"] += _numbers(matched(marks, truth, machine.mm_per_px, excused))
        for side, numbers in both.items():
            names = ("found", "missed", "false")
            parts |= {
                key(one.rater, side, name): float(value) / len(others)
                for name, value in zip(names, numbers, strict=True)
            }
        scores = [_score(numbers) for numbers in both.values()]
        parts |= {key(one.rater, "n"): 1.0, key(one.rater, "ahead"): float(scores[1] >= scores[0])}
    return parts


def _on(scars: Sequence[Place], ground: Said) -> list[Place]:
    if ground.mask is None:
        return list(scars)
    known = ground.mask.known
    height, width = known.shape
    return [
        one
        for one in scars
        if known[min(max(round(one.y_px), 0), height - 1), min(max(round(one.x_px), 0), width - 1)]
    ]


def _numbers(found: Matched) -> NDArray[np.float64]:
    return np.array([len(found.hits), len(found.missed), len(found.false)], np.float64)


def _score(numbers: NDArray[np.float64]) -> float:
    found, missed, false = numbers
    total = 2 * found + missed + false
    return float(2 * found / total) if total else 1.0


def _grades(graded: dict[str, float], machine: float) -> dict[str, float]:
    """Distances, and moments for kappa with the mean of the others."""
    parts: dict[str, float] = {}
    for rater, grade in graded.items():
        others = np.array([value for name, value in graded.items() if name != rater])
        own, its = float(np.abs(grade - others).mean()), float(np.abs(machine - others).mean())
        parts |= {key(rater, "n"): 1.0, key(rater, "rater"): own, key(rater, "machine"): its}
        parts[key(rater, "ahead")] = float(its <= own)
        for side, value in (("rater", grade), ("machine", machine)):
            products = moments(value, float(others.mean()))
            parts |= {key(rater, side, name): products[name] for name in ("n", "a", "b", "aa", "bb", "ab")}
    return parts


def _told(rater: str, own: float, machine: float) -> dict[str, float]:
    return {
        key(rater, "n"): 1.0,
        key(rater, "rater"): own,
        key(rater, "machine"): machine,
        key(rater, "ahead"): float(machine >= own),
    }
