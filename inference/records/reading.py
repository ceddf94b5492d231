"""Rows of the database to facts, a whole patient at a time."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session, undefer

from inference.records.errors import NotInRecordsError
from inference.records.facts import (
    AdverseEvent,
    Checklist,
    ClinicSettings,
    Consent,
    Document,
    Figures,
    Grade,
    Patient,
    PatientRecord,
    Photograph,
    Plan,
    StoredComparison,
    Treatment,
    View,
    Visit,
)
from inference.records.tables import (
    AdverseEventRow,
    AssessmentRow,
    Base,
    ChecklistRow,
    ComparisonRow,
    ConsentRow,
    DocumentRow,
    GradeRow,
    PatientRow,
    PhotographRow,
    PlanRow,
    SettingsRow,
    TaskRow,
    TreatmentRow,
    ViewRow,
    VisitRow,
)
from inference.records.terms import ScoringState
from inference.records.timing import agenda, days_since_treatment, outcome_windows, schedule, too_early

AnyRow = TypeVar("AnyRow", bound=Base)


def existing(session: Session, kind: type[AnyRow], key: int, *large: Any) -> AnyRow:
    """The row with this number, with its `large` columns only where they are asked for. Raises NotInRecordsError."""
    row = session.get(kind, key, options=[undefer(column) for column in large])
    if row is None:
        name = kind.__tablename__.replace("_", " ")
        raise NotInRecordsError(f"This {name} is not, or no longer, in the records: load the page again.")
    return row


def clinic_settings(session: Session) -> ClinicSettings:
    """What the clinic has decided."""
    row = session.get(SettingsRow, 1)
    return ClinicSettings() if row is None else ClinicSettings.model_validate(row.decided)


def patient_fact(session: Session, row: PatientRow) -> Patient:
    """The patient, with the name only where the clinic keeps names."""
    patient = Patient.model_validate(row)
    return patient if clinic_settings(session).keep_names else patient.model_copy(update={"name": None})


def treatments_of(session: Session, patient_id: int) -> tuple[Treatment, ...]:
    """All treatments of a patient, numbered by date."""
    rows = session.scalars(
        select(TreatmentRow)
        .where(TreatmentRow.patient_id == patient_id)
        .order_by(TreatmentRow.on, TreatmentRow.id)
    )
    names = [name for name in Treatment.model_fields if name != "number"]
    return tuple(
        Treatment.model_validate({"number": k, **{name: getattr(row, name) for name in names}})
        for k, row in enumerate(rows, start=1)
    )


def visits_of(
    session: Session, patient_id: int, treatments: Sequence[Treatment], only: int | None = None
) -> tuple[Visit, ...]:
    """Visits of a patient with their photographs, oldest first; `only` one of them where given."""
    query = select(VisitRow).where(VisitRow.patient_id == patient_id)
    query = query.order_by(VisitRow.on, VisitRow.id)
    visits = list(session.scalars(query if only is None else query.where(VisitRow.id == only)))
    photographs = _photographs(session, [visit.id for visit in visits])
    days = [treatment.on for treatment in treatments]
    return tuple(_visit(row, days, photographs.get(row.id, ())) for row in visits)


def _visit(row: VisitRow, treatments: Sequence[date], photographs: Iterable[Photograph]) -> Visit:
    since = days_since_treatment(row.on, treatments, after_treatment=row.after_treatment)
    early = too_early(since)
    return Visit(
        id=row.id,
        patient_id=row.patient_id,
        on=row.on,
        note=row.note,
        after_treatment=row.after_treatment,
        count_anyway=row.count_anyway,
        created_at=row.created_at,
        days_since_treatment=since,
        too_early=early,
        counted=row.count_anyway or not early,
        photographs=tuple(photographs),
    )


def _photographs(session: Session, visits: Sequence[int]) -> dict[int, list[Photograph]]:
    """Photographs by visit, with their newest figures and where their scoring stands."""
    rows = list(
        session.scalars(
            select(PhotographRow).where(PhotographRow.visit_id.in_(visits)).order_by(PhotographRow.id)
        )
    )
    keys = [row.id for row in rows]
    newest = select(func.max(AssessmentRow.id)).where(AssessmentRow.photograph_id.in_(keys))
    figures = {
        row.photograph_id: Figures.model_validate(row)
        for row in session.scalars(
            select(AssessmentRow).where(AssessmentRow.id.in_(newest.group_by(AssessmentRow.photograph_id)))
        )
    }
    tasks = {
        task.photograph_id: task
        for task in session.scalars(
            select(TaskRow).where(TaskRow.photograph_id.in_(keys), TaskRow.before_id.is_(None))
        )
    }
    found: dict[int, list[Photograph]] = {}
    for row in rows:
        photograph = _photograph(row, figures.get(row.id), tasks.get(row.id))
        found.setdefault(row.visit_id, []).append(photograph)
    return found


def _photograph(row: PhotographRow, figures: Figures | None, task: TaskRow | None) -> Photograph:
    state: ScoringState = "scored" if figures is not None else "waiting"
    if figures is None and (task is None or task.error is not None):
        state = "not scored"
    return Photograph(
        id=row.id,
        visit_id=row.visit_id,
        view=View.model_validate(row.view),
        sha256=row.sha256,
        thumbnail_sha256=row.thumbnail_sha256,
        format=row.format,
        width_px=row.width_px,
        height_px=row.height_px,
        taken_at=row.taken_at,
        state=state,
        why_not=task.error if task is not None else None,
        figures=figures,
    )


def comparisons_of(session: Session, patient_id: int) -> tuple[StoredComparison, ...]:
    """The newest comparison of each pair of photographs of a patient."""
    rows = session.scalars(
        select(ComparisonRow)
        .join(PhotographRow, PhotographRow.id == ComparisonRow.after_id)
        .join(VisitRow, VisitRow.id == PhotographRow.visit_id)
        .where(VisitRow.patient_id == patient_id)
        .order_by(ComparisonRow.id)
    )
    newest = {(row.before_id, row.after_id): row for row in rows}
    return tuple(StoredComparison.model_validate(row) for row in newest.values())


def patient_record(session: Session, patient_id: int, today: date) -> PatientRecord:
    """Everything of a patient but results and files. Raises NotInRecordsError."""
    patient = patient_fact(session, existing(session, PatientRow, patient_id))

    def of_patient(kind: type[AnyRow], *order: str) -> list[AnyRow]:
        columns = [getattr(kind, name) for name in (*order, "id")]
        return list(session.scalars(select(kind).filter_by(patient_id=patient_id).order_by(*columns)))

    treatments = treatments_of(session, patient_id)
    visits = visits_of(session, patient_id, treatments)
    done = [treatment.on for treatment in treatments]
    last = max(done, default=None)
    plan = next((row for row in reversed(of_patient(PlanRow)) if row.ended_on is None), None)
    planned = () if plan is None else schedule(plan.starts_on, plan.treatments, plan.weeks_apart, done)
    windows = () if last is None else outcome_windows(last, [visit.on for visit in visits])
    upkeep = None if plan is None else plan.upkeep_months
    grades = session.scalars(
        select(GradeRow)
        .join(VisitRow, VisitRow.id == GradeRow.visit_id)
        .where(VisitRow.patient_id == patient_id)
        .order_by(GradeRow.id)
    )
    return PatientRecord(
        patient=patient,
        consents=tuple(map(Consent.model_validate, of_patient(ConsentRow, "given_on"))),
        views=tuple(map(View.model_validate, of_patient(ViewRow))),
        visits=visits,
        treatments=treatments,
        checklists=tuple(map(Checklist.model_validate, of_patient(ChecklistRow, "on"))),
        adverse_events=tuple(map(AdverseEvent.model_validate, of_patient(AdverseEventRow, "starts_on"))),
        grades=tuple(map(Grade.model_validate, grades)),
        comparisons=comparisons_of(session, patient_id),
        documents=tuple(map(Document.model_validate, of_patient(DocumentRow))),
        plan=None if plan is None else Plan.model_validate(plan),
        schedule=planned,
        windows=windows,
        due=agenda(today, planned, windows, last, upkeep),
    )
