"""Visits: kept whole or not at all, and scored later."""

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from inference.check import CheckOptions
from inference.errors import PhotoError
from inference.photo.photo import Photo
from inference.photo.read import read_photo
from inference.records.entries import PhotographEntry, VisitEntry
from inference.records.errors import ConsentError, EntryError
from inference.records.facts import Visit
from inference.records.patients import agreed
from inference.records.reading import existing, treatments_of, visits_of
from inference.records.store import Store
from inference.records.tables import PatientRow, PhotographRow, TaskRow, ViewRow, VisitRow

#: Long side of a thumbnail: twice that of the strip of visits, for fine screens.
THUMBNAIL_PX = 480


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A photograph that has been read and may be kept."""

    content: bytes
    thumbnail: bytes
    photo: Photo
    view: str
    options: CheckOptions


class Visits:
    """The visits of all patients."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def save(self, patient_id: int, entry: VisitEntry, photographs: Sequence[PhotographEntry] = ()) -> Visit:
        """Keep a visit with all its photographs, which then wait to be scored.

        When this returns, the visit outlives a crash and a power cut; when it raises, nothing of it is kept. Raises
        PhotoError naming a file that is no readable photograph, ConsentError without consent to assessment,
        EntryError for a photograph that is given twice, NotInRecordsError.
        """
        prepared = [_prepare(photograph) for photograph in photographs]
        with self._store.adding() as session:
            existing(session, PatientRow, patient_id)
            visit = VisitRow(patient_id=patient_id, **entry.model_dump())
            session.add(visit)
            session.flush()
            self._keep(session, visit, prepared)
            return _visit(session, visit)

    def add_photographs(self, visit_id: int, photographs: Sequence[PhotographEntry]) -> Visit:
        """Keep more photographs of a visit, all of them or none. Raises as `save` does."""
        prepared = [_prepare(photograph) for photograph in photographs]
        with self._store.adding() as session:
            visit = existing(session, VisitRow, visit_id)
            self._keep(session, visit, prepared)
            return _visit(session, visit)

    def get(self, visit_id: int) -> Visit:
        """One visit. Raises NotInRecordsError."""
        with self._store.database.read() as session:
            return _visit(session, existing(session, VisitRow, visit_id))

    def change(self, visit_id: int, entry: VisitEntry) -> Visit:
        """Change day, note and whether the visit counts. Raises NotInRecordsError."""
        with self._store.database.write() as session:
            visit = existing(session, VisitRow, visit_id)
            for name, value in entry.model_dump().items():
                setattr(visit, name, value)
            session.flush()
            return _visit(session, visit)

    def change_view(self, photograph_id: int, view: str) -> None:
        """A photograph shows another view than was said. Raises EntryError, NotInRecordsError."""
        with self._store.database.write() as session:
            photograph = existing(session, PhotographRow, photograph_id)
            photograph.view_id = _view_id(session, photograph.visit.patient_id, view)

    def delete(self, visit_id: int) -> None:
        """Delete a visit with its photographs and everything made of them. Raises NotInRecordsError."""
        with self._store.removing() as session:
            session.delete(existing(session, VisitRow, visit_id))

    def delete_photograph(self, photograph_id: int) -> None:
        """Delete a photograph and everything made of it. Raises NotInRecordsError."""
        with self._store.removing() as session:
            session.delete(existing(session, PhotographRow, photograph_id))

    def file(self, sha256: str) -> Path:
        """The file of a photograph, thumbnail or mask. Raises NotInRecordsError."""
        return self._store.files.path(sha256)

    def _keep(self, session: Session, visit: VisitRow, prepared: Sequence[_Prepared]) -> None:
        """Files first, then the rows that name them."""
        if prepared and not agreed(session, visit.patient_id, "assessment"):
            raise ConsentError(
                "The patient has not agreed to photographs being kept and scored: enter the consent first."
            )
        known = set(session.scalars(select(PhotographRow.sha256).filter_by(visit_id=visit.id)))
        for one in prepared:
            if one.photo.sha256 in known:
                raise EntryError({"photographs": f"{one.photo.file} is already in this visit: leave it out"})
            known.add(one.photo.sha256)
            row = PhotographRow(
                visit_id=visit.id,
                view_id=_view_id(session, visit.patient_id, one.view),
                sha256=self._store.files.add(one.content),
                thumbnail_sha256=self._store.files.add(one.thumbnail),
                format=one.photo.provenance.format,
                width_px=one.photo.width_px,
                height_px=one.photo.height_px,
                taken_at=one.photo.provenance.taken_at,
                asked_mm_per_px=one.options.mm_per_px,
                asked_regions=[{"name": r.name, "polygon": r.polygon} for r in one.options.drawn],
                asked_chart=one.options.chart,
            )
            session.add(row)
            session.flush()
            session.add(TaskRow(photograph_id=row.id))


def _prepare(entry: PhotographEntry) -> _Prepared:
    """Read a photograph. Raises PhotoError."""
    photo = read_photo(entry.path, mm_per_px=entry.options.mm_per_px)
    content = entry.path.read_bytes()
    if hashlib.sha256(content).hexdigest() != photo.sha256:
        raise PhotoError(f"{entry.path.name} changed while it was read: add it again.")
    return _Prepared(content, _thumbnail(photo), photo, entry.view, entry.options)


def _thumbnail(photo: Photo) -> bytes:
    """A small JPEG."""
    picture = Image.fromarray(photo.rgb)
    picture.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX), Image.Resampling.LANCZOS, reducing_gap=3.0)
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=85)
    return file.getvalue()


def _view_id(session: Session, patient_id: int, name: str) -> int:
    """The patient's view of this name, made where it is new."""
    name = " ".join(name.split())
    if not name or len(name) > 60 or not name.isprintable():
        raise EntryError({"view": "name the view in 1 to 60 characters, as left cheek"})
    row = session.scalar(select(ViewRow).filter_by(patient_id=patient_id, name=name))
    if row is None:
        row = ViewRow(patient_id=patient_id, name=name)
        session.add(row)
        session.flush()
    return row.id


def _visit(session: Session, row: VisitRow) -> Visit:
    treatments = treatments_of(session, row.patient_id)
    return visits_of(session, row.patient_id, treatments, only=row.id)[0]
