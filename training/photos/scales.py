"""Grades of any scale as levels: the scales, their cut points and the raters of a data set."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from training.photos.labels import LabelledPhoto

#: Levels of a scale at most; finer scales are cut at their quantiles.
MOST_LEVELS = 8


@dataclass(frozen=True, slots=True)
class GradeScales:
    """names: of the scales. cuts: by scale, rising; a value's level is the number of cuts at or below it.
    raters: their names, in the order of their numbers."""

    #: The scale that the network's own head grades on (Goodman & Baron 2006): it learns it directly.
    SEVERITY: ClassVar[str] = "goodman_baron_quantitative"

    names: tuple[str, ...] = ()
    cuts: tuple[tuple[float, ...], ...] = ()
    raters: tuple[str, ...] = ()

    def level(self, scale: str, value: float) -> int:
        """0..len(cuts) of the scale."""
        return int(np.searchsorted(self.cuts[self.names.index(scale)], value, side="right"))

    def rater(self, name: str) -> int:
        """Number of a rater; -1 for one that training has not met."""
        return self.raters.index(name) if name in self.raters else -1


def scales_of(photos: Iterable[LabelledPhoto]) -> GradeScales:
    """The scales other than severity on which at least two different grades were given."""
    values: dict[str, list[float]] = {}
    raters: set[str] = set()
    for photo in photos:
        for scale, rater, value in photo.grades:
            if scale != GradeScales.SEVERITY:
                values.setdefault(scale, []).append(value)
                raters.add(rater)
    cuts = {scale: _cuts(known) for scale, known in sorted(values.items())}
    names = tuple(scale for scale, found in cuts.items() if found)
    return GradeScales(names, tuple(cuts[name] for name in names), tuple(sorted(raters)))


def _cuts(values: list[float]) -> tuple[float, ...]:
    """Half way between neighbouring grades, or quantiles where there are many; empty for a single grade."""
    distinct = np.unique(values)
    if len(distinct) > MOST_LEVELS:
        distinct = np.unique(np.quantile(values, np.linspace(0, 1, MOST_LEVELS)))
    return tuple(((distinct[1:] + distinct[:-1]) / 2).tolist())
