"""Reports, exports and pictures made of a patient's records: kept as files that go when the patient goes."""

from pathlib import Path

from sqlalchemy import select

from inference.records.errors import ConsentError
from inference.records.facts import Document
from inference.records.patients import agreed
from inference.records.reading import existing
from inference.records.store import Store
from inference.records.tables import DocumentRow, PatientRow
from inference.records.terms import DocumentKind, Purpose


class Documents:
    """Documents of all patients."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def keep(
        self,
        patient_id: int,
        kind: DocumentKind,
        name: str,
        media_type: str,
        content: bytes,
        purpose: Purpose | None = None,
    ) -> Document:
        """Keep a document. purpose: what it is for beside assessment, as training or publication.

        Raises ConsentError where the patient has not agreed to `purpose`, NotInRecordsError.
        """
        with self._store.adding() as session:
            existing(session, PatientRow, patient_id)
            if purpose is not None and not agreed(session, patient_id, purpose):
                raise ConsentError(f"The patient has not agreed to {purpose}: enter the consent first.")
            row = DocumentRow(
                patient_id=patient_id,
                kind=kind,
                purpose=purpose,
                name=name,
                media_type=media_type,
                sha256=self._store.files.add(content),
            )
            session.add(row)
            session.flush()
            return Document.model_validate(row)

    def of(self, patient_id: int) -> tuple[Document, ...]:
        """All documents of a patient, oldest first."""
        with self._store.database.read() as session:
            rows = session.scalars(
                select(DocumentRow).filter_by(patient_id=patient_id).order_by(DocumentRow.id)
            )
            return tuple(map(Document.model_validate, rows))

    def get(self, document_id: int) -> Document:
        """One document. Raises NotInRecordsError."""
        with self._store.database.read() as session:
            return Document.model_validate(existing(session, DocumentRow, document_id))

    def path(self, document_id: int) -> Path:
        """The document's file. Raises NotInRecordsError."""
        with self._store.database.read() as session:
            return self._store.files.path(existing(session, DocumentRow, document_id).sha256)

    def delete(self, document_id: int) -> None:
        """Delete a document. Raises NotInRecordsError."""
        with self._store.removing() as session:
            session.delete(existing(session, DocumentRow, document_id))
