"""The list of patients: searched, sorted, a page at a time, each line with its little curve."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from inference.records.facts import PatientPage, PatientRow, SparkPoint
from inference.records.reading import clinic_settings
from inference.records.tables import AssessmentRow, PhotographRow, TaskRow, TreatmentRow, ViewRow, VisitRow
from inference.records.tables import PatientRow as PatientTable
from inference.records.timing import days_since_treatment, too_early

Sorting = Literal["code", "name", "visits", "last visit"]


@dataclass(frozen=True, slots=True)
class _Point:
    """The newest result of one photograph."""

    patient_id: int
    view: str
    on: date
    after_treatment: bool
    count_anyway: bool
    burden_um: float | None


def patient_page(
    session: Session, search: str, sorting: Sorting, descending: bool, offset: int, limit: int
) -> PatientPage:
    """A part of the list. search: casefolded, part of a code or of a name; "" finds all."""
    keep_names = clinic_settings(session).keep_names
    visits = (
        select(
            VisitRow.patient_id,
            func.count().label("visits"),
            func.max(VisitRow.on).label("last_visit_on"),
        )
        .group_by(VisitRow.patient_id)
        .subquery()
    )
    query = select(
        PatientTable.id, PatientTable.code, PatientTable.name, visits.c.visits, visits.c.last_visit_on
    ).outerjoin(visits, visits.c.patient_id == PatientTable.id)
    total = select(func.count()).select_from(PatientTable)
    if search:
        fitting = _fitting(search, keep_names)
        query, total = query.where(fitting), total.where(fitting)
    query = query.order_by(*_order(sorting, descending, visits.c)).offset(offset).limit(limit)
    found = session.execute(query).all()
    keys = [row.id for row in found]
    sparks = _sparks(session, keys)
    waiting, failed = _tasks(session, keys)
    rows: list[PatientRow] = []
    for row in found:
        view, spark = sparks.get(row.id, (None, ()))
        rows.append(
            PatientRow(
                id=row.id,
                code=row.code,
                name=row.name if keep_names else None,
                visits=row.visits or 0,
                last_visit_on=row.last_visit_on,
                burden_um=spark[-1].burden_um if spark else None,
                spark_view=view,
                spark=spark,
                waiting=waiting[row.id],
                not_scored=failed[row.id],
            )
        )
    return PatientPage(rows=tuple(rows), total=session.scalar(total) or 0)


def _fitting(search: str, keep_names: bool) -> ColumnElement[bool]:
    code = PatientTable.code_key.contains(search, autoescape=True)
    return or_(code, PatientTable.name_key.contains(search, autoescape=True)) if keep_names else code


def _order(sorting: Sorting, descending: bool, visits: Any) -> tuple[Any, ...]:
    """Patients without a value last in both directions, equal ones by their codes."""
    columns: dict[Sorting, Any] = {
        "code": PatientTable.code_order,
        "name": PatientTable.name_key,
        "visits": visits.visits,
        "last visit": visits.last_visit_on,
    }
    column = columns[sorting]
    return (
        column.is_(None),
        column.desc() if descending else column.asc(),
        PatientTable.code_order,
        PatientTable.id,
    )


def _sparks(session: Session, patients: Sequence[int]) -> dict[int, tuple[str, tuple[SparkPoint, ...]]]:
    """By patient, the view with the most scored visits and its curve."""
    treatments: dict[int, list[date]] = {}
    for patient_id, on in session.execute(
        select(TreatmentRow.patient_id, TreatmentRow.on).where(TreatmentRow.patient_id.in_(patients))
    ):
        treatments.setdefault(patient_id, []).append(on)
    curves: dict[int, dict[str, dict[date, SparkPoint]]] = {}
    for point in _points(session, patients):
        since = days_since_treatment(
            point.on, treatments.get(point.patient_id, ()), after_treatment=point.after_treatment
        )
        if point.count_anyway or not too_early(since):
            curve = curves.setdefault(point.patient_id, {}).setdefault(point.view, {})
            curve[point.on] = SparkPoint(on=point.on, burden_um=point.burden_um)
    found: dict[int, tuple[str, tuple[SparkPoint, ...]]] = {}
    for patient_id, by_view in curves.items():
        view = max(by_view, key=lambda name, lengths=by_view: len(lengths[name]))
        found[patient_id] = view, tuple(by_view[view].values())
    return found


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


def _tasks(session: Session, patients: Sequence[int]) -> tuple[Counter[int], Counter[int]]:
    """By patient, photographs yet to be scored, and those whose scoring failed."""
    waiting: Counter[int] = Counter()
    failed: Counter[int] = Counter()
    rows = session.execute(
        select(VisitRow.patient_id, TaskRow.error.is_(None), func.count())
        .join(PhotographRow, PhotographRow.id == TaskRow.photograph_id)
        .join(VisitRow, VisitRow.id == PhotographRow.visit_id)
        .where(VisitRow.patient_id.in_(patients), TaskRow.before_id.is_(None))
        .group_by(VisitRow.patient_id, TaskRow.error.is_(None))
    )
    for patient_id, open_, count in rows:
        (waiting if open_ else failed)[patient_id] += count
    return waiting, failed
