"""A view of a patient through all visits: which photographs stand for them, and their series of comparisons."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import TypeVar

from pydantic import TypeAdapter
from sqlalchemy import func, select
from sqlalchemy.orm import Session, undefer

from inference.change.comparison import Comparable, Comparison, Metric
from inference.change.series import FigureSeries, Series, Visit, figures_of, series_of
from inference.records.errors import NotInRecordsError
from inference.records.tables import (
    AssessmentRow,
    ComparisonRow,
    PhotographRow,
    TreatmentRow,
    ViewRow,
    VisitRow,
)
from inference.records.timing import days_since_treatment
from inference.report.read import comparison_from_dict

_Pair = TypeVar("_Pair")


@dataclass(frozen=True, slots=True)
class Standing:
    """The photograph that stands for a view on a day."""

    photograph_id: int
    on: date
    after_treatment: bool
    count_anyway: bool


def standing(session: Session, view_id: int, model_sha256: str) -> list[Standing]:
    """Photographs of a view by day that this model scored last; of retakes on one day, the last."""
    newest = (
        select(func.max(AssessmentRow.id))
        .where(AssessmentRow.photograph_id == PhotographRow.id)
        .correlate(PhotographRow)
        .scalar_subquery()
    )
    rows = session.execute(
        select(PhotographRow.id, VisitRow.on, VisitRow.after_treatment, VisitRow.count_anyway)
        .join(VisitRow, VisitRow.id == PhotographRow.visit_id)
        .join(AssessmentRow, AssessmentRow.id == newest)
        .where(PhotographRow.view_id == view_id, AssessmentRow.model_sha256 == model_sha256)
        .order_by(VisitRow.on, PhotographRow.id)
    )
    return list({row[1]: Standing(*row) for row in rows}.values())


def pairs_of(photographs: Sequence[int]) -> list[tuple[int, int]]:
    """What a series compares: each later photograph with the first, and each with the one before."""
    to_first = [(photographs[0], later) for later in photographs[1:]]
    return list(dict.fromkeys([*to_first, *pairwise(photographs)]))


@dataclass(frozen=True, slots=True)
class ViewFigures:
    """The figures of a view over its visits, and the photographs that stand for these, by their ids."""

    series: FigureSeries
    photographs: tuple[int, ...]


def stored_series(session: Session, view_id: int) -> Series:
    """The series of a view from its stored comparisons, by the model that scored its newest photograph.

    A visit within 14 days of a treatment does not count in it unless the user insists. Raises NotInRecordsError with
    fewer than two scored visits, or while comparisons are still to be made.
    """
    model, found = _found(session, view_id)
    keys = [one.photograph_id for one in found]
    known = _complete(keys, _comparisons(session, keys, model))
    to_first, to_last = _ordered(keys, known)
    return series_of(_visits(session, view_id, found), to_first, to_last)


def stored_figures(session: Session, view_id: int) -> ViewFigures:
    """The same without the scars, of which there are too many to be read for every look at a page.

    Raises as `stored_series` does.
    """
    model, found = _found(session, view_id)
    keys = [one.photograph_id for one in found]
    known = _complete(keys, _figures(session, keys, model))
    to_first, to_last = _ordered(keys, known)
    visits = _visits(session, view_id, found)
    files = [visit.label for visit in visits]
    return ViewFigures(figures_of(visits, to_first, to_last, files), tuple(keys))


def _found(session: Session, view_id: int) -> tuple[str, list[Standing]]:
    model = session.scalar(
        select(AssessmentRow.model_sha256)
        .join(PhotographRow, PhotographRow.id == AssessmentRow.photograph_id)
        .where(PhotographRow.view_id == view_id)
        .order_by(AssessmentRow.id.desc())
        .limit(1)
    )
    found = [] if model is None else standing(session, view_id, model)
    if model is None or len(found) < 2:
        raise NotInRecordsError("A series needs two scored visits or more of this view.")
    return model, found


def _complete(keys: Sequence[int], known: dict[tuple[int, int], _Pair]) -> dict[tuple[int, int], _Pair]:
    if any(pair not in known for pair in pairs_of(keys)):
        raise NotInRecordsError("Visits of this view are still being compared: come back in a minute.")
    return known


def _ordered(keys: Sequence[int], known: dict[tuple[int, int], _Pair]) -> tuple[list[_Pair], list[_Pair]]:
    """Every later visit against the first, and against the one before."""
    return [known[keys[0], later] for later in keys[1:]], [known[pair] for pair in pairwise(keys)]


def _comparisons(
    session: Session, photographs: Sequence[int], model_sha256: str
) -> dict[tuple[int, int], Comparison]:
    rows = session.scalars(
        select(ComparisonRow)
        .where(ComparisonRow.after_id.in_(photographs), ComparisonRow.model_sha256 == model_sha256)
        .options(undefer(ComparisonRow.result))
    )
    wanted = set(pairs_of(photographs))
    found = {(row.before_id, row.after_id): row.result for row in rows}
    return {pair: comparison_from_dict(result) for pair, result in found.items() if pair in wanted}


@dataclass(frozen=True, slots=True)
class _Figures:
    """The part of a comparison that figures over time are made of."""

    comparable: Comparable
    metrics: tuple[Metric, ...]


_FIGURES = TypeAdapter(_Figures)


def _figures(
    session: Session, photographs: Sequence[int], model_sha256: str
) -> dict[tuple[int, int], _Figures]:
    """The database takes the part out of the result, of which it is a few hundredths."""
    result = ComparisonRow.result
    rows = session.execute(
        select(
            ComparisonRow.before_id, ComparisonRow.after_id, result["comparable"], result["metrics"]
        ).where(ComparisonRow.after_id.in_(photographs), ComparisonRow.model_sha256 == model_sha256)
    )
    wanted = set(pairs_of(photographs))
    return {
        (before_id, after_id): _FIGURES.validate_python({"comparable": comparable, "metrics": metrics})
        for before_id, after_id, comparable, metrics in rows
        if (before_id, after_id) in wanted
    }


def _visits(session: Session, view_id: int, found: Sequence[Standing]) -> list[Visit]:
    of_patient = select(ViewRow.patient_id).where(ViewRow.id == view_id).scalar_subquery()
    treatments = session.scalars(select(TreatmentRow.on).where(TreatmentRow.patient_id == of_patient)).all()
    visits: list[Visit] = []
    for one in found:
        since = days_since_treatment(one.on, treatments, after_treatment=one.after_treatment)
        days = (one.on - found[0].on).days
        visits.append(Visit(one.on.isoformat(), days, None if one.count_anyway else since))
    return visits
