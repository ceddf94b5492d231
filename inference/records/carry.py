"""A whole patient as one archive, for another clinic or another computer, and back into the records.

record.json holds the rows by table, in the records' own form; photographs, thumbnails, masks and reports are files
named by their content. Numbers are given anew on the way in. Exports that were made earlier stay behind, or an archive
would hold all archives before it.
"""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, cast

from pydantic import AwareDatetime, TypeAdapter, ValidationError
from sqlalchemy import JSON, inspect, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session, undefer

from inference.exchange.archive import Archive, ArchiveError, open_archive, write_archive
from inference.records.entries import PatientEntry, entered
from inference.records.errors import ConsentError
from inference.records.facts import Patient
from inference.records.keeping import ask
from inference.records.patients import agreed, code_taken, fill_patient
from inference.records.reading import clinic_settings, existing, patient_fact
from inference.records.store import Store
from inference.records.tables import (
    AdverseEventRow,
    AssessmentRow,
    Base,
    ChecklistRow,
    ComparisonRow,
    ConsentRow,
    CorrectionRow,
    DocumentRow,
    GradeRow,
    PatientRow,
    PhotographRow,
    PlanRow,
    TreatmentRow,
    ViewRow,
    VisitRow,
)
from inference.records.tables.base import UtcTime

_RECORD, _LAYOUT = "record.json", 1
#: Those first that others refer to.
_TABLES: tuple[type[Base], ...] = (
    *(PatientRow, ConsentRow, ViewRow, VisitRow, PhotographRow, AssessmentRow, ComparisonRow, CorrectionRow),
    *(GradeRow, TreatmentRow, ChecklistRow, AdverseEventRow, PlanRow, DocumentRow),
)
#: Columns that name files, with the folder of these in the archive.
_FILES = {
    (PhotographRow, "sha256"): "photographs",
    (PhotographRow, "thumbnail_sha256"): "thumbnails",
    (AssessmentRow, "mask_sha256"): "results",
    (DocumentRow, "sha256"): "documents",
}
_ROWS = TypeAdapter(dict[str, list[dict[str, Any]]])


class Carry:
    """Patients on their way out and in."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def write(self, patient_id: int, path: Path) -> None:
        """Write all of a patient as `inference.exchange.archive` has it. Raises NotInRecordsError, ArchiveError."""
        with self._store.database.read() as session:
            patient = existing(session, PatientRow, patient_id)
            rows = {kind: list(_rows(session, kind, patient_id)) for kind in _TABLES}
        record = {
            "layout": _LAYOUT,
            "tables": {kind.__tablename__: [_values(row) for row in some] for kind, some in rows.items()},
        }
        files: dict[str, bytes | Path] = {_RECORD: json.dumps(record, ensure_ascii=False).encode("utf-8")}
        for (kind, column), folder in _FILES.items():
            for row in rows[kind]:
                sha256 = getattr(row, column)
                files[f"{folder}/{sha256}"] = self._store.files.path(sha256)
        write_archive(path, files, patient.code, "cicatrix", datetime.now(UTC))

    def read(self, path: Path, code: str = "") -> Patient:
        """A new patient from an archive, all of it or nothing. code: in place of the archive's, where that is taken.

        Photographs without a result wait to be scored. Raises ArchiveError for a file that is no whole archive of a
        patient, EntryError where the code is taken, ConsentError for photographs without consent.
        """
        with open_archive(path) as archive:
            tables = _tables(archive)
            if len(tables[PatientRow]) != 1:
                raise ArchiveError(f"{path.name} does not hold one patient: export the patient again.")
            try:
                with self._store.adding() as session:
                    return self._put(session, archive, tables, code)
            except IntegrityError as error:
                raise code_taken(code or str(tables[PatientRow][0].get("code"))) from error
            except SQLAlchemyError as error:
                raise ArchiveError(
                    f"{path.name} does not fit these records: export the patient again."
                ) from error

    def _put(
        self,
        session: Session,
        archive: Archive,
        tables: dict[type[Base], list[dict[str, Any]]],
        code: str,
    ) -> Patient:
        numbers: dict[tuple[str, int], int] = {}
        patient = _patient(session, tables[PatientRow][0], code, numbers)
        for kind in _TABLES[1:]:
            if kind is PhotographRow and tables[kind] and not agreed(session, patient.id, "assessment"):
                raise ConsentError(
                    "The archive holds photographs but no consent to assessment: enter that first."
                )
            for values in tables[kind]:
                self._add(session, archive, kind, values, numbers)
        scored = select(AssessmentRow.photograph_id)
        of_patient = select(PhotographRow.id).join(VisitRow).where(VisitRow.patient_id == patient.id)
        for photograph_id in session.scalars(of_patient.where(PhotographRow.id.not_in(scored))).all():
            ask(session, photograph_id)
        return patient_fact(session, patient)

    def _add(
        self,
        session: Session,
        archive: Archive,
        kind: type[Base],
        values: dict[str, Any],
        numbers: dict[tuple[str, int], int],
    ) -> None:
        checked = _checked(kind, values, numbers)
        for (owner, column), folder in _FILES.items():
            if (
                owner is kind
                and self._store.files.add(archive.read(f"{folder}/{checked[column]}")) != checked[column]
            ):
                raise ArchiveError(
                    "A file of the archive is not what its record says: export the patient again."
                )
        row = kind(**checked)
        session.add(row)
        session.flush()
        numbers[kind.__tablename__, values["id"]] = row.id  # type: ignore[attr-defined]


def _rows(session: Session, kind: type[Base], patient_id: int) -> Iterator[Any]:
    """The rows of one patient, oldest first, with their large columns."""
    visits = select(VisitRow.id).where(VisitRow.patient_id == patient_id)
    photographs = select(PhotographRow.id).where(PhotographRow.visit_id.in_(visits))
    table: Any = kind
    if kind is PatientRow:
        condition = table.id == patient_id
    elif kind is ComparisonRow:
        condition = table.after_id.in_(photographs)
    elif hasattr(kind, "patient_id"):
        condition = table.patient_id == patient_id
    elif hasattr(kind, "visit_id"):
        condition = table.visit_id.in_(visits)
    else:
        condition = table.photograph_id.in_(photographs)
    query = select(kind).where(condition).order_by(table.id)
    if kind is DocumentRow:
        query = query.where(DocumentRow.kind != "export")
    if hasattr(kind, "result"):
        query = query.options(undefer(table.result))
    yield from session.scalars(query).unique()


def _values(row: Any) -> dict[str, Any]:
    """A row as plain JSON values, by the names of its attributes."""
    mapper: Any = inspect(cast(type[Base], type(row)))
    values: dict[str, Any] = {column.key: getattr(row, column.key) for column in mapper.column_attrs}
    return {
        name: value.isoformat() if isinstance(value, date | datetime) else value
        for name, value in values.items()
    }


def _tables(archive: Archive) -> dict[type[Base], list[dict[str, Any]]]:
    try:
        record = json.loads(archive.read(_RECORD))
        if record["layout"] != _LAYOUT:
            raise ArchiveError(
                "The archive was written by a newer version of the program: update the program."
            )
        rows = _ROWS.validate_python(record["tables"])
    except (ValueError, KeyError, TypeError, ValidationError) as error:
        raise ArchiveError("The archive's record cannot be read: export the patient again.") from error
    known = {kind.__tablename__: kind for kind in _TABLES}
    if unknown := set(rows) - set(known):
        raise ArchiveError(
            f"The archive holds {', '.join(sorted(unknown))}, unknown here: update the program."
        )
    return {kind: rows.get(name, []) for name, kind in known.items()}


def _patient(
    session: Session, values: dict[str, Any], code: str, numbers: dict[tuple[str, int], int]
) -> PatientRow:
    """The name comes along only where this clinic keeps names."""
    name = values.get("name") if clinic_settings(session).keep_names else None
    entry = entered(
        PatientEntry, {"code": code or values.get("code"), "name": name, "note": values.get("note") or ""}
    )
    row = PatientRow()
    fill_patient(session, row, entry)
    session.add(row)
    session.flush()
    numbers[PatientRow.__tablename__, int(values["id"])] = row.id
    return row


def _checked(kind: type[Base], values: dict[str, Any], numbers: dict[tuple[str, int], int]) -> dict[str, Any]:
    """A row's values by the types of its columns, with numbers of this database. Raises ArchiveError."""
    columns = {column.key: column.columns[0] for column in inspect(kind).column_attrs}
    if set(values) != set(columns):
        raise ArchiveError(f"A {kind.__tablename__} of the archive has other fields: update the program.")
    checked: dict[str, Any] = {}
    for name, column in columns.items():
        if name == "id":
            continue
        value = values[name]
        if value is None and not column.nullable:
            raise ArchiveError(f"A {kind.__tablename__} of the archive lacks its {name}.")
        for key in column.foreign_keys:
            if value is not None and (key.column.table.name, value) not in numbers:
                raise ArchiveError(f"A {kind.__tablename__} of the archive refers to what is not in it.")
            value = None if value is None else numbers[key.column.table.name, value]
        checked[name] = value if isinstance(column.type, JSON) else _typed(column.type, value)
    return checked


def _typed(kind: Any, value: Any) -> Any:
    """Raises ArchiveError for a value that the column does not hold."""
    try:
        python_type: Any = AwareDatetime if isinstance(kind, UtcTime) else kind.python_type
        typed = None if value is None else TypeAdapter[Any](python_type).validate_python(value)
    except ValidationError as error:
        raise ArchiveError("A value of the archive is not of its kind: export the patient again.") from error
    length = getattr(kind, "length", None)
    if isinstance(typed, str) and length and len(typed) > length:
        raise ArchiveError("A text of the archive is too long: export the patient again.")
    return typed
