"""Patients, their consents, and the erasure that goes with both."""

import re
from datetime import date

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from inference.records.entries import ConsentEntry, PatientEntry
from inference.records.errors import EntryError, NotInRecordsError
from inference.records.facts import Consent, Patient, PatientPage, PatientRecord
from inference.records.listing import Sorting, patient_page
from inference.records.reading import clinic_settings, existing, patient_fact, patient_record
from inference.records.store import Store
from inference.records.tables import (
    ConsentRow,
    DocumentRow,
    GradeRow,
    PatientRow,
    PhotographRow,
    VisitRow,
)


class Patients:
    """The patients of the clinic."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, entry: PatientEntry) -> Patient:
        """A new patient. Raises EntryError where the code is taken, or names are not kept."""
        row = PatientRow()
        try:
            with self._store.database.write() as session:
                fill_patient(session, row, entry)
                session.add(row)
                session.flush()
                return patient_fact(session, row)
        except IntegrityError as error:
            raise code_taken(entry.code) from error

    def change(self, patient_id: int, entry: PatientEntry) -> Patient:
        """Change code, name or note. Raises as `add` does, and NotInRecordsError."""
        try:
            with self._store.database.write() as session:
                row = existing(session, PatientRow, patient_id)
                fill_patient(session, row, entry)
                session.flush()
                return patient_fact(session, row)
        except IntegrityError as error:
            raise code_taken(entry.code) from error

    def find(self, code: str) -> Patient:
        """The patient with this code, without regard to case. Raises NotInRecordsError."""
        with self._store.database.read() as session:
            row = session.scalar(select(PatientRow).where(PatientRow.code_key == _key(code)))
            if row is None:
                raise NotInRecordsError(f"No patient has the code {code.strip()}.")
            return patient_fact(session, row)

    def page(
        self,
        search: str = "",
        sorting: Sorting = "code",
        *,
        descending: bool = False,
        offset: int = 0,
        limit: int = 25,
        today: date | None = None,
    ) -> PatientPage:
        """A part of the list of patients whose code or name holds `search`; patients without a value come last.

        What is due goes by `today`.
        """
        with self._store.database.read() as session:
            today = today or date.today()
            return patient_page(session, _key(search), sorting, descending, offset, limit, today)

    def record(self, patient_id: int, today: date | None = None) -> PatientRecord:
        """Everything of a patient but results and files; what is due goes by `today`. Raises NotInRecordsError."""
        with self._store.database.read() as session:
            return patient_record(session, patient_id, today or date.today())

    def delete(self, patient_id: int) -> None:
        """Delete a patient and everything of them: rows, photographs, thumbnails, masks, documents.

        When this returns, nothing of them is left in the data folder. Raises NotInRecordsError.
        """
        with self._store.removing() as session:
            session.delete(existing(session, PatientRow, patient_id))

    def forget_names(self) -> None:
        """Erase the names of all patients, as after the clinic decided to keep none."""
        with self._store.removing() as session:
            for row in session.scalars(select(PatientRow).where(PatientRow.name.is_not(None))):
                row.name = row.name_key = None

    def consent(self, patient_id: int, entry: ConsentEntry) -> Consent:
        """Note what a patient agrees to. Raises NotInRecordsError."""
        with self._store.database.write() as session:
            existing(session, PatientRow, patient_id)
            row = ConsentRow(patient_id=patient_id, **entry.model_dump())
            session.add(row)
            session.flush()
            return Consent.model_validate(row)

    def withdraw(self, consent_id: int, on: date) -> Consent:
        """A patient agrees no longer. Raises EntryError before the day of the consent, NotInRecordsError.

        Without consent to assessment all photographs go, with everything made of them: thumbnails, results, masks,
        comparisons, corrections, grades, documents; treatments, events and the days and notes of visits stay, as they
        are the clinic's own record. Without consent to another purpose its documents go.
        """
        with self._store.removing() as session:
            row = existing(session, ConsentRow, consent_id)
            if on < row.given_on:
                raise EntryError({"withdrawn_on": f"before the consent was given, on {row.given_on}"})
            row.withdrawn_on = on
            session.flush()
            if not agreed(session, row.patient_id, row.purpose):
                _erase(session, row.patient_id, row.purpose)
            return Consent.model_validate(row)


def agreed(session: Session, patient_id: int, purpose: str) -> bool:
    """Whether a consent to `purpose` is in force."""
    query = select(ConsentRow.id).where(
        ConsentRow.patient_id == patient_id,
        ConsentRow.purpose == purpose,
        ConsentRow.withdrawn_on.is_(None),
    )
    return session.scalar(query.limit(1)) is not None


def _erase(session: Session, patient_id: int, purpose: str) -> None:
    """Delete what rested on a consent."""
    documents = delete(DocumentRow).where(DocumentRow.patient_id == patient_id)
    if purpose != "assessment":
        session.execute(documents.where(DocumentRow.purpose == purpose))
        return
    visits = select(VisitRow.id).where(VisitRow.patient_id == patient_id)
    session.execute(documents)
    session.execute(delete(PhotographRow).where(PhotographRow.visit_id.in_(visits)))
    session.execute(delete(GradeRow).where(GradeRow.visit_id.in_(visits)))


def fill_patient(session: Session, row: PatientRow, entry: PatientEntry) -> None:
    """Put what was entered into a row. Raises EntryError for a name where the clinic keeps none."""
    if entry.name is not None and not clinic_settings(session).keep_names:
        raise EntryError({"name": "this clinic keeps no names: use the code alone, or switch names on"})
    row.code, row.code_key, row.code_order = entry.code, _key(entry.code), _order(entry.code)
    row.name, row.name_key = entry.name, None if entry.name is None else _key(entry.name)
    row.note = entry.note


def _key(text: str) -> str:
    """For finding without regard to case."""
    return " ".join(text.casefold().split())


def _order(code: str) -> str:
    """For sorting: numbers by their value."""
    return re.sub(r"\d+", lambda digits: digits[0].zfill(12), _key(code))


def code_taken(code: str) -> EntryError:
    """Of a code that another patient has."""
    return EntryError({"code": f"another patient has the code {code}: choose a different one"})
