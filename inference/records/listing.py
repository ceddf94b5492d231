"""The list of patients: searched, sorted, a page at a time, each line with its little curve."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, func, or_, select, true
from sqlalchemy.orm import Session

from inference.records.facts import PatientPage, PatientRow
from inference.records.outlook import next_due
from inference.records.reading import clinic_settings
from inference.records.sparks import Spark, percent_changes, sparks
from inference.records.tables import PatientRow as PatientTable
from inference.records.tables import PhotographRow, TaskRow, VisitRow
from inference.records.timing import Due

Sorting = Literal["code", "name", "visits", "last visit", "next due", "change"]
#: Of more patients it is quicker to read everybody's rows than to name each.
_FEW = 500


def patient_page(
    session: Session,
    search: str,
    sorting: Sorting,
    descending: bool,
    offset: int,
    limit: int,
    today: date,
) -> PatientPage:
    """A part of the list. search: casefolded, part of a code or of a name; "" finds all."""
    keep_names = clinic_settings(session).keep_names
    fitting = _fitting(search, keep_names) if search else true()
    total = session.scalar(select(func.count()).select_from(PatientTable).where(fitting)) or 0
    if sorting in ("next due", "change"):
        keys = _sorted_keys(session, fitting, sorting, descending, today)[offset : offset + limit]
        found = {row.id: row for row in session.execute(_lines().where(PatientTable.id.in_(keys)))}
    else:
        query = _lines().where(fitting).order_by(*_order(sorting, descending))
        found = {row.id: row for row in session.execute(query.offset(offset).limit(limit))}
        keys = list(found)
    curves, due = sparks(session, keys), next_due(session, keys, today)
    waiting, failed = _tasks(session, keys)
    return PatientPage(
        rows=tuple(
            _line(found[key], keep_names, curves.get(key), due.get(key), waiting[key], failed[key])
            for key in keys
        ),
        total=total,
    )


_VISITS = (
    select(
        VisitRow.patient_id,
        func.count().label("visits"),
        func.max(VisitRow.on).label("last_visit_on"),
    )
    .group_by(VisitRow.patient_id)
    .subquery()
)


def _lines() -> Select[int, str, str | None, Any, Any]:
    return select(
        PatientTable.id, PatientTable.code, PatientTable.name, _VISITS.c.visits, _VISITS.c.last_visit_on
    ).outerjoin(_VISITS, _VISITS.c.patient_id == PatientTable.id)


def _line(
    row: Any, keep_names: bool, spark: Spark | None, due: Due | None, waiting: int, failed: int
) -> PatientRow:
    return PatientRow(
        id=row.id,
        code=row.code,
        name=row.name if keep_names else None,
        visits=row.visits or 0,
        last_visit_on=row.last_visit_on,
        burden_um=spark.points[-1].burden_um if spark else None,
        spark_view=spark.view if spark else None,
        spark=spark.points if spark else (),
        change=spark.change if spark else None,
        due=due,
        waiting=waiting,
        not_scored=failed,
    )


def _sorted_keys(
    session: Session, fitting: ColumnElement[bool], sorting: Sorting, descending: bool, today: date
) -> list[int]:
    """All patients that fit, by what no column holds: it follows from several tables. Those without it come last."""
    keys = list(session.scalars(select(PatientTable.id).where(fitting).order_by(PatientTable.code_order)))
    few = keys if len(keys) <= _FEW else None
    values: dict[int, date | float] = {}
    if sorting == "next due":
        values.update((key, due.on) for key, due in next_due(session, few, today).items())
    else:
        values.update(percent_changes(session, few))
    having = [key for key in keys if key in values]
    having.sort(key=lambda key: values[key], reverse=descending)
    return having + [key for key in keys if key not in values]


def _fitting(search: str, keep_names: bool) -> ColumnElement[bool]:
    code = PatientTable.code_key.contains(search, autoescape=True)
    return or_(code, PatientTable.name_key.contains(search, autoescape=True)) if keep_names else code


def _order(sorting: Sorting, descending: bool) -> tuple[Any, ...]:
    """Patients without a value last in both directions, equal ones by their codes."""
    columns: dict[Sorting, Any] = {
        "code": PatientTable.code_order,
        "name": PatientTable.name_key,
        "visits": _VISITS.c.visits,
        "last visit": _VISITS.c.last_visit_on,
    }
    column = columns[sorting]
    return (
        column.is_(None),
        column.desc() if descending else column.asc(),
        PatientTable.code_order,
        PatientTable.id,
    )


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
