"""Marks against labelled scars, one to one within 3 mm."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from training.evaluate.matching import match
from training.evaluate.own.figures import REACH_MM
from training.evaluate.own.labels import Scar
from training.evaluate.own.machine import Mark


@dataclass(frozen=True, slots=True)
class Matched:
    """Marks against scars: hits are (mark, scar) by place; missed scars and false marks by place."""

    hits: tuple[tuple[int, int], ...]
    missed: tuple[int, ...]
    false: tuple[int, ...]

    @property
    def told(self) -> list[int]:
        """Marks that are right or wrong; the others count nowhere."""
        return sorted([*(mark for mark, _ in self.hits), *self.false])


def matched(
    marks: Sequence[Mark | Scar], scars: Sequence[Scar], mm_per_px: float, excused: Sequence[bool] = ()
) -> Matched:
    """One to one within 3 mm. Specks are not asked for, and excuse what is left over when all others are matched.

    excused: of each mark, whether it is no mistake where it hits nothing.
    """
    wanted = [k for k, scar in enumerate(scars) if not scar.is_speck(mm_per_px)]
    specks = [scar for scar in scars if scar.is_speck(mm_per_px)]
    pairs = [(i, wanted[j]) for i, j in _pairs(marks, [scars[k] for k in wanted], mm_per_px)]
    hit, found = {i for i, _ in pairs}, {j for _, j in pairs}
    stray = [k for k in range(len(marks)) if k not in hit]
    on_specks = {stray[i] for i, _ in _pairs([marks[k] for k in stray], specks, mm_per_px)}
    false = [k for k in stray if k not in on_specks and not (excused and excused[k])]
    return Matched(tuple(pairs), tuple(k for k in wanted if k not in found), tuple(false))


def _pairs(marks: Sequence[Mark | Scar], scars: Sequence[Scar], mm_per_px: float) -> list[tuple[int, int]]:
    seen, truth = (
        np.array([(one.x_px, one.y_px) for one in side], np.float64).reshape(-1, 2) * mm_per_px
        for side in (marks, scars)
    )
    return match(seen, truth, REACH_MM)
