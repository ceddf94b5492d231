"""What every format is made of: the visits of a series or of a comparison, each with its figures."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from inference.change.comparison import Metric
from inference.change.metrics import KINDS
from inference.errors import CicatrixError
from inference.measure.assessment import Assessment, Interval, RegionFigures
from inference.report.case import Case
from inference.report.read import StoredComparison, StoredSeries

#: Units by metric; clinical scales count in points.
UNITS: dict[str, str] = {"skin.area_cm2": "cm²", **{kind.name: kind.unit for kind in KINDS}}
#: photograph: as measured on that photograph alone. series: on the baseline's skin and level, with the error of the
#: pair; the one to compare visits by.
Basis = Literal["photograph", "series"]


class ExchangeError(CicatrixError):
    """Results cannot be written for another program."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One figure of one visit. region: None for all skin that was assessed. sem: None where it is not known."""

    metric: str
    unit: str
    basis: Basis
    region: str | None
    value: float | None
    sem: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class VisitResult:
    """One visit. day: since the baseline, None where a comparison does not know it. changes: against the baseline.

    mask: file of the scars' labels, of the size of the upright photograph.
    """

    label: str
    file: str
    day: float | None
    date: date | None
    counted: bool
    assessment: Assessment
    mask: Path | None
    carried: tuple[Reading, ...]
    changes: tuple[Metric, ...] = ()

    def readings(self) -> tuple[Reading, ...]:
        """All figures: carried through the series, and of the photograph alone, whole and by region."""
        one = self.assessment
        whole = RegionFigures(one.skin, one.scars, one.scales, one.texture, one.pigment)
        named = [(None, whole), *one.regions.items()]
        return (
            *self.carried,
            *(reading for region, figures in named for reading in _figures(figures, region)),
        )


def visits_of(results: StoredSeries | StoredComparison, case: Case) -> tuple[VisitResult, ...]:
    """The baseline first. Days come from the series, dates from the case. Raises CaseError as `Case.check` does."""
    found = _pair(results, case) if isinstance(results, StoredComparison) else _series(results, case)
    case.check([visit.file for visit in found])
    return found


def _series(results: StoredSeries, case: Case) -> tuple[VisitResult, ...]:
    pairs = results.comparisons
    sides = [(pairs[0], "before"), *((pair, "after") for pair in pairs)]
    found: list[VisitResult] = []
    for k, (seen, (pair, side)) in enumerate(zip(results.series.visits, sides, strict=True)):
        assessment = pair.comparison.before if side == "before" else pair.comparison.after
        carried = tuple(
            Reading(track.name, track.unit, "series", None, track.values[k], track.sem[k])
            for track in results.series.tracks
        )
        changes = () if k == 0 or not pair.comparison.comparable.usable else pair.comparison.metrics
        found.append(
            VisitResult(
                *(seen.label, seen.file, seen.days, case.visit(seen.file).date, seen.counted, assessment),
                *(_mask(pair, assessment), carried, changes),
            )
        )
    return tuple(found)


def _pair(stored: StoredComparison, case: Case) -> tuple[VisitResult, ...]:
    """Where the two cannot be compared, only what each photograph says alone."""
    comparison = stored.comparison
    usable = comparison.comparable.usable
    metrics = comparison.metrics if usable else ()
    found: list[VisitResult] = []
    for label, one in (("before", comparison.before), ("after", comparison.after)):
        carried = tuple(
            Reading(metric.name, metric.unit, "series", None, getattr(metric, label), metric.sem)
            for metric in metrics
        )
        first, file = label == "before", one.photo.file
        found.append(
            VisitResult(
                *(
                    label,
                    file,
                    None,
                    case.visit(file).date,
                    first or usable,
                    one,
                    _mask(stored, one),
                    carried,
                ),
                changes=() if first else metrics,
            )
        )
    return tuple(found)


def _mask(stored: StoredComparison, assessment: Assessment) -> Path | None:
    name = assessment.masks.get("scars")
    return None if name is None or Path(name).name != name else stored.folder / name


def _figures(figures: RegionFigures, region: str | None) -> Iterator[Reading]:
    """Every known field of the groups, under the name it has in the result files."""
    groups = {
        "skin": figures.skin,
        "scars": figures.scars,
        "texture": figures.texture,
        "pigment": figures.pigment,
    }
    for name, unit in UNITS.items():
        group, _, field = name.partition(".")
        if group in groups:
            ends: Interval | None = getattr(groups[group], "intervals", {}).get(field)
            low, high = (None, None) if ends is None else (ends.low, ends.high)
            yield Reading(name, unit, "photograph", region, getattr(groups[group], field), None, low, high)
    for name, scale in figures.scales.items():
        yield Reading(
            f"scales.{name}", "points", "photograph", region, scale.value, None, scale.low, scale.high
        )


def find_photograph(visit: VisitResult, folder: Path) -> Path:
    """The visit's photograph in `folder`, recognized by its SHA-256. Raises ExchangeError where it is not there."""
    path = folder / Path(visit.file).name
    if not path.is_file():
        raise ExchangeError(
            f"{visit.file} is not in {folder}: give the folder of the photographs that were scored."
        )
    if hashlib.sha256(path.read_bytes()).hexdigest() != visit.assessment.photo.sha256:
        raise ExchangeError(f"{path} is another photograph than the one that was scored: give the original.")
    return path
