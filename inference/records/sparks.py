"""The little curve beside a patient in the list, and what changed along it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, true
from sqlalchemy.orm import Session

from inference.records.facts import Change, SparkPoint
from inference.records.tables import (
    AssessmentRow,
    ComparisonRow,
    PhotographRow,
    TreatmentRow,
    ViewRow,
    VisitRow,
)
from inference.records.timing import days_since_treatment, too_early


@dataclass(frozen=True, slots=True)
class Spark:
    """The curve of the view with the most scored visits, oldest first, without visits too early to judge.

    change: from the first to the last of them; None while they have not been compared.
    """

    view: str
    points: tuple[SparkPoint, ...]
    change: Change | None


@dataclass(frozen=True, slots=True)
class _Point:
    """The newest result of one photograph."""

    patient_id: int
    photograph_id: int
    view: str
    on: date
    after_treatment: bool
    count_anyway: bool
    burden_um: float | None


def sparks(session: Session, patients: Sequence[int]) -> dict[int, Spark]:
    """By patient. Patients without a scored visit are missing."""
    treatments = treatment_days(session, patients)
    curves: dict[int, dict[str, dict[date, _Point]]] = {}
    for point in _points(session, patients):
        days = treatments.get(point.patient_id, ())
        if _counts(point.on, point.after_treatment, point.count_anyway, days):
            curve = curves.setdefault(point.patient_id, {}).setdefault(point.view, {})
            curve[point.on] = point
    chosen: dict[int, tuple[str, list[_Point]]] = {}
    for patient_id, by_view in curves.items():
        view = max(by_view, key=lambda name, lengths=by_view: len(lengths[name]))
        chosen[patient_id] = view, list(by_view[view].values())
    changes = _changes(session, patients)
    return {patient_id: _spark(view, points, changes) for patient_id, (view, points) in chosen.items()}


def percent_changes(session: Session, patients: Sequence[int] | None) -> dict[int, float]:
    """By patient, of all patients for None: the change in percent that `sparks` shows, without reading the curves.

    Patients of whom no comparison with the baseline counts are missing.
    """
    treated = treatment_days(session, patients)
    by_view: dict[int, dict[int, list[tuple[date, bool, bool, float | None]]]] = {}
    for patient_id, view_id, on, after, anyway, percent in session.execute(_to_baseline(patients)):
        by_view.setdefault(patient_id, {}).setdefault(view_id, []).append((on, after, anyway, percent))
    found: dict[int, float] = {}
    for patient_id, views in by_view.items():
        changes = max(views.values(), key=len)
        days = treated.get(patient_id, ())
        counted = (
            percent for on, after, anyway, percent in reversed(changes) if _counts(on, after, anyway, days)
        )
        last = next(counted, None)
        if last is not None:
            found[patient_id] = last
    return found


def _to_baseline(
    patients: Sequence[int] | None,
) -> Select[int, int, date, bool, bool, float | None]:
    """Comparisons with the first photograph of their view (of retakes the last), by day."""
    rank = func.row_number().over(
        partition_by=PhotographRow.view_id, order_by=(VisitRow.on, PhotographRow.id.desc())
    )
    ranked = (
        select(PhotographRow.id, rank.label("rank"))
        .join(VisitRow, VisitRow.id == PhotographRow.visit_id)
        .where(one_of(VisitRow.patient_id, patients))
        .subquery()
    )
    return (
        select(
            VisitRow.patient_id,
            PhotographRow.view_id,
            VisitRow.on,
            VisitRow.after_treatment,
            VisitRow.count_anyway,
            ComparisonRow.percent,
        )
        .join(PhotographRow, PhotographRow.id == ComparisonRow.after_id)
        .join(VisitRow, VisitRow.id == PhotographRow.visit_id)
        .join(ranked, (ranked.c.id == ComparisonRow.before_id) & (ranked.c.rank == 1))
        .order_by(VisitRow.on, PhotographRow.id, ComparisonRow.id)
    )


def _counts(on: date, after_treatment: bool, count_anyway: bool, treatments: Sequence[date]) -> bool:
    since = days_since_treatment(on, treatments, after_treatment=after_treatment)
    return count_anyway or not too_early(since)


def treatment_days(session: Session, patients: Sequence[int] | None) -> dict[int, list[date]]:
    """Days of treatments by patient, of all patients for None."""
    return _days(session, select(TreatmentRow.patient_id, TreatmentRow.on), TreatmentRow.patient_id, patients)


def visit_days(session: Session, patients: Sequence[int] | None) -> dict[int, list[date]]:
    """Days of visits by patient, of all patients for None."""
    return _days(session, select(VisitRow.patient_id, VisitRow.on), VisitRow.patient_id, patients)


def _days(
    session: Session, query: Select[int, date], patient: Any, patients: Sequence[int] | None
) -> dict[int, list[date]]:
    days: dict[int, list[date]] = {}
    for patient_id, on in session.execute(query.where(one_of(patient, patients))):
        days.setdefault(patient_id, []).append(on)
    return days


def one_of(column: Any, keys: Sequence[int] | None) -> ColumnElement[bool]:
    """A condition that holds for these numbers, or for all where they are None."""
    return true() if keys is None else column.in_(keys)


def _spark(view: str, points: Sequence[_Point], changes: dict[tuple[int, int], Change]) -> Spark:
    first = points[0].photograph_id
    since_first = [changes.get((first, point.photograph_id)) for point in points]
    return Spark(
        view,
        tuple(
            SparkPoint(
                on=point.on,
                burden_um=point.burden_um,
                verdict=change.verdict if change else None,
                percent=change.percent if change else 0.0 if point is points[0] else None,
            )
            for point, change in zip(points, since_first, strict=True)
        ),
        since_first[-1],
    )


def _changes(session: Session, patients: Sequence[int]) -> dict[tuple[int, int], Change]:
    """The newest comparisons by their pairs of photographs."""
    query = (
        select(
            ComparisonRow.before_id,
            ComparisonRow.after_id,
            ComparisonRow.verdict,
            ComparisonRow.percent,
            ComparisonRow.percent_low,
            ComparisonRow.percent_high,
        )
        .join(PhotographRow, PhotographRow.id == ComparisonRow.after_id)
        .join(VisitRow, VisitRow.id == PhotographRow.visit_id)
        .where(VisitRow.patient_id.in_(patients))
        .order_by(ComparisonRow.id)
    )
    return {
        (before_id, after_id): Change.model_construct(
            verdict=verdict, percent=percent, percent_low=low, percent_high=high
        )
        for before_id, after_id, verdict, percent, low, high in session.execute(query)
    }


def _points(session: Session, patients: Sequence[int]) -> list[_Point]:
    """Newest results of all photographs, by day; of retakes on one day the last comes last."""
    newest = (
        select(func.max(AssessmentRow.id))
        .where(AssessmentRow.photograph_id == PhotographRow.id)
        .correlate(PhotographRow)
        .scalar_subquery()
    )
    rows = session.execute(
        select(
            VisitRow.patient_id,
            PhotographRow.id,
            ViewRow.name,
            VisitRow.on,
            VisitRow.after_treatment,
            VisitRow.count_anyway,
            AssessmentRow.burden_um,
        )
        .join(PhotographRow, PhotographRow.visit_id == VisitRow.id)
        .join(ViewRow, ViewRow.id == PhotographRow.view_id)
        .join(AssessmentRow, AssessmentRow.id == newest)
        .where(VisitRow.patient_id.in_(patients))
        .order_by(VisitRow.on, VisitRow.id, PhotographRow.id)
    )
    return [_Point(*row) for row in rows]
