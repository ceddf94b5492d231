"""Treatments, the questions before them, what went wrong after them, and the plan."""

from datetime import date
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from inference.records.entries import AdverseEventEntry, ChecklistEntry, Entry, PlanEntry, TreatmentEntry
from inference.records.errors import EntryError
from inference.records.facts import AdverseEvent, Checklist, Plan, Treatment
from inference.records.reading import existing, treatments_of
from inference.records.store import Store
from inference.records.tables import AdverseEventRow, ChecklistRow, PatientRow, PlanRow, TreatmentRow

_Row = TypeVar("_Row", TreatmentRow, ChecklistRow, AdverseEventRow, PlanRow)


class Care:
    """What was done to patients. Every method raises NotInRecordsError for a number that is not in the records, and
    EntryError for a treatment of another patient."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add_treatment(self, patient_id: int, entry: TreatmentEntry) -> Treatment:
        """Note a treatment."""
        with self._store.database.write() as session:
            row = _added(session, TreatmentRow, patient_id, entry)
            return _numbered(session, row)

    def treat(self, patient_id: int, entry: TreatmentEntry, answers: ChecklistEntry) -> Treatment:
        """Note a treatment together with the answers given before it: both or neither."""
        with self._store.database.write() as session:
            row = _added(session, TreatmentRow, patient_id, entry)
            named = answers.model_copy(update={"treatment_id": row.id})
            _added(session, ChecklistRow, patient_id, named)
            return _numbered(session, row)

    def change_treatment(self, treatment_id: int, entry: TreatmentEntry) -> Treatment:
        """Correct a treatment."""
        with self._store.database.write() as session:
            row = _changed(session, TreatmentRow, treatment_id, entry)
            return _numbered(session, row)

    def delete_treatment(self, treatment_id: int) -> None:
        """Delete a treatment; its checklist and events stay with the patient."""
        self._delete(TreatmentRow, treatment_id)

    def add_checklist(self, patient_id: int, entry: ChecklistEntry) -> Checklist:
        """Note the answers before a treatment, which may be named later."""
        with self._store.database.write() as session:
            return Checklist.model_validate(_added(session, ChecklistRow, patient_id, entry))

    def change_checklist(self, checklist_id: int, entry: ChecklistEntry) -> Checklist:
        """Correct the answers, or name the treatment that followed."""
        with self._store.database.write() as session:
            return Checklist.model_validate(_changed(session, ChecklistRow, checklist_id, entry))

    def delete_checklist(self, checklist_id: int) -> None:
        """Delete answers that were noted by mistake."""
        self._delete(ChecklistRow, checklist_id)

    def add_event(self, patient_id: int, entry: AdverseEventEntry) -> AdverseEvent:
        """Note an adverse event."""
        with self._store.database.write() as session:
            return AdverseEvent.model_validate(_added(session, AdverseEventRow, patient_id, entry))

    def change_event(self, event_id: int, entry: AdverseEventEntry) -> AdverseEvent:
        """Correct an adverse event, or note its end."""
        with self._store.database.write() as session:
            return AdverseEvent.model_validate(_changed(session, AdverseEventRow, event_id, entry))

    def delete_event(self, event_id: int) -> None:
        """Delete an adverse event that was noted by mistake."""
        self._delete(AdverseEventRow, event_id)

    def plan(self, patient_id: int, entry: PlanEntry) -> Plan:
        """Plan a series of treatments. The plan before it ends on the day that this one starts."""
        with self._store.database.write() as session:
            existing(session, PatientRow, patient_id)
            _end(session, patient_id, entry.starts_on)
            return Plan.model_validate(_added(session, PlanRow, patient_id, entry))

    def end_plan(self, patient_id: int, on: date) -> None:
        """The plan in force, if there is one, ends."""
        with self._store.database.write() as session:
            existing(session, PatientRow, patient_id)
            _end(session, patient_id, on)

    def _delete(
        self, kind: type[TreatmentRow] | type[ChecklistRow] | type[AdverseEventRow], key: int
    ) -> None:
        with self._store.removing() as session:
            session.delete(existing(session, kind, key))


def _added(session: Session, kind: type[_Row], patient_id: int, entry: Entry) -> _Row:
    existing(session, PatientRow, patient_id)
    row = kind(patient_id=patient_id, **_values(session, patient_id, entry))
    session.add(row)
    session.flush()
    return row


def _changed(session: Session, kind: type[_Row], key: int, entry: Entry) -> _Row:
    row = existing(session, kind, key)
    for name, value in _values(session, row.patient_id, entry).items():
        setattr(row, name, value)
    session.flush()
    return row


def _values(session: Session, patient_id: int, entry: Entry) -> dict[str, Any]:
    """The entry's values. Raises EntryError where it names a treatment of another patient."""
    values = entry.model_dump()
    treatment_id = values.get("treatment_id")
    if treatment_id is not None and existing(session, TreatmentRow, treatment_id).patient_id != patient_id:
        raise EntryError({"treatment_id": "this treatment is another patient's: choose one of this patient"})
    return values


def _numbered(session: Session, row: TreatmentRow) -> Treatment:
    return next(one for one in treatments_of(session, row.patient_id) if one.id == row.id)


def _end(session: Session, patient_id: int, on: date) -> None:
    for row in session.query(PlanRow).filter_by(patient_id=patient_id, ended_on=None):
        row.ended_on = on
