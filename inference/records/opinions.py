"""The clinician's say, kept beside the model's results and never instead of them."""

from sqlalchemy import select

from inference.records.entries import CorrectionEntry, GradeEntry
from inference.records.errors import EntryError
from inference.records.facts import Correction, Grade
from inference.records.reading import existing
from inference.records.store import Store
from inference.records.tables import (
    AssessmentRow,
    CorrectionRow,
    GradeRow,
    PhotographRow,
    ViewRow,
    VisitRow,
)
from inference.records.tables.base import now


class Opinions:
    """Corrections of scars, and a clinician's own values of clinical scales. Every method raises NotInRecordsError for
    a number that is not in the records."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def correct(self, photograph_id: int, entry: CorrectionEntry) -> Correction:
        """Correct one scar. Raises EntryError where the result is of another photograph, or has no such scar."""
        with self._store.database.write() as session:
            existing(session, PhotographRow, photograph_id)
            if entry.assessment_id is not None:
                assessment = existing(session, AssessmentRow, entry.assessment_id, AssessmentRow.result)
                if assessment.photograph_id != photograph_id:
                    raise EntryError({"assessment_id": "this result is of another photograph"})
                known = {lesion["id"] for lesion in assessment.result["lesions"]}
                if entry.lesion_id is not None and entry.lesion_id not in known:
                    raise EntryError({"lesion_id": f"this result has no scar {entry.lesion_id}"})
            row = CorrectionRow(photograph_id=photograph_id, **entry.model_dump())
            session.add(row)
            session.flush()
            return Correction.model_validate(row)

    def take_back(self, correction_id: int) -> Correction:
        """Take a correction back; it stays in the records as taken back."""
        with self._store.database.write() as session:
            row = existing(session, CorrectionRow, correction_id)
            row.withdrawn_at = row.withdrawn_at or now()
            session.flush()
            return Correction.model_validate(row)

    def corrections(self, photograph_id: int) -> tuple[Correction, ...]:
        """All corrections of a photograph, oldest first, those taken back among them."""
        with self._store.database.read() as session:
            existing(session, PhotographRow, photograph_id)
            query = select(CorrectionRow).filter_by(photograph_id=photograph_id)
            return tuple(map(Correction.model_validate, session.scalars(query.order_by(CorrectionRow.id))))

    def grade(self, visit_id: int, entry: GradeEntry, view_id: int | None = None) -> Grade:
        """A clinician's value of a scale at a visit, of one view or of all together."""
        with self._store.database.write() as session:
            visit = existing(session, VisitRow, visit_id)
            if view_id is not None and existing(session, ViewRow, view_id).patient_id != visit.patient_id:
                raise EntryError({"view": "this view is another patient's: choose one of this patient"})
            row = GradeRow(visit_id=visit_id, view_id=view_id, **entry.model_dump())
            session.add(row)
            session.flush()
            return Grade.model_validate(row)

    def delete_grade(self, grade_id: int) -> None:
        """Delete a value that was entered by mistake."""
        with self._store.removing() as session:
            session.delete(existing(session, GradeRow, grade_id))
