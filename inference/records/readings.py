"""Blinded readings: their designs, and every answer as soon as it is given."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inference.records.entries import Entry, Name
from inference.records.errors import EntryError, NotInRecordsError
from inference.records.facts import Fact
from inference.records.reading import existing
from inference.records.store import Store
from inference.records.tables import PhotographRow, ReadingDesignRow, ReadingRow
from inference.records.tables.base import now

Count = Annotated[int, Field(ge=0)]
Grade = Annotated[int, Field(ge=0, le=100)]


class KeptDesign(Fact):
    """A design that readers work through. design: as `inference.reading.design.Design` reads it."""

    id: int
    key: str
    title: str
    folder: str
    design: dict[str, Any]
    made_at: datetime
    closed_at: datetime | None


class ReadingEntry(Entry):
    """One answer. place: in the reader's own order, from 0. pair, showing: of the design. The rest as
    `ReadingRow`."""

    place: Count
    pair: Name
    showing: Annotated[int, Field(ge=1, le=2)]
    first_on_left: bool
    left_id: int | None = None
    right_id: int | None = None
    difference: Annotated[int, Field(ge=-100, le=100)] | None = None
    left_grade: Grade | None = None
    right_grade: Grade | None = None
    seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None


class Reading(ReadingEntry, Fact):
    """An answer that stands. changed: how often it was given anew."""

    id: int
    reader: str
    answered_at: datetime
    changed: int = 0


class Readings:
    """All blinded readings. Deleting a photograph deletes what was said of it."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, key: str, title: str, folder: str, design: dict[str, Any]) -> KeptDesign:
        """Keep a design; the same one again is the one that is kept, open to readers as before."""
        with self._store.database.write() as session:
            row = session.scalar(select(ReadingDesignRow).filter_by(key=key)) or ReadingDesignRow(key=key)
            row.title, row.folder, row.design, row.closed_at = title, folder, design, None
            session.add(row)
            session.flush()
            return KeptDesign.model_validate(row)

    def open_designs(self) -> tuple[KeptDesign, ...]:
        """Those that can be read, the newest first."""
        with self._store.database.read() as session:
            query = select(ReadingDesignRow).filter_by(closed_at=None).order_by(ReadingDesignRow.id.desc())
            return tuple(map(KeptDesign.model_validate, session.scalars(query)))

    def any_open(self) -> bool:
        """Whether there is anything to be read."""
        with self._store.database.read() as session:
            return session.scalar(select(ReadingDesignRow.id).filter_by(closed_at=None).limit(1)) is not None

    def design(self, design_id: int) -> KeptDesign:
        """Raises NotInRecordsError."""
        with self._store.database.read() as session:
            return KeptDesign.model_validate(existing(session, ReadingDesignRow, design_id))

    def find(self, key: str) -> KeptDesign:
        """The design of this content. Raises NotInRecordsError."""
        with self._store.database.read() as session:
            row = session.scalar(select(ReadingDesignRow).filter_by(key=key))
            if row is None:
                raise NotInRecordsError(
                    "The records here do not know this design, or its file was changed: give the file as it was "
                    "made, and the data folder in which it was read."
                )
            return KeptDesign.model_validate(row)

    def close(self, design_id: int) -> None:
        """Offer it to readers no longer; its answers stay. Raises NotInRecordsError."""
        with self._store.database.write() as session:
            row = existing(session, ReadingDesignRow, design_id)
            row.closed_at = row.closed_at or now()

    def answer(self, design_id: int, reader: str, entry: ReadingEntry) -> Reading:
        """Keep an answer; it outlives a crash when this returns.

        A reader's last answer can be given again, no earlier one. Raises EntryError, NotInRecordsError.
        """
        with self._store.database.write() as session:
            design = existing(session, ReadingDesignRow, design_id)
            if design.closed_at is not None:
                raise EntryError({"": "This reading is closed: nothing more can be answered in it."})
            last = last_place(session, design_id, reader)
            known = select(ReadingRow.id).filter_by(design_id=design_id, reader=reader, place=entry.place)
            if entry.place != last and session.scalar(known.limit(1)) is not None:
                raise EntryError({"": "Only the last answer can be changed: load the page again."})
            row = ReadingRow(design_id=design_id, reader=reader, **entry.model_dump())
            session.add(row)
            session.flush()
            return Reading.model_validate(row)

    def answers(self, design_id: int, reader: str | None = None) -> tuple[Reading, ...]:
        """The answers that stand, of one reader or of all, by reader and place."""
        with self._store.database.read() as session:
            query = select(ReadingRow).filter_by(design_id=design_id)
            query = query if reader is None else query.filter_by(reader=reader)
            rows = list(session.scalars(query.order_by(ReadingRow.id)))
        standing: dict[tuple[str, int], Reading] = {}
        for row in rows:
            key = row.reader, row.place
            changed = standing[key].changed + 1 if key in standing else 0
            standing[key] = Reading.model_validate(row).model_copy(update={"changed": changed})
        return tuple(standing[key] for key in sorted(standing))

    def last_place(self, design_id: int, reader: str) -> int | None:
        """Place of the answer that a reader gave last; None before the first."""
        with self._store.database.read() as session:
            return last_place(session, design_id, reader)

    def readers(self, design_id: int) -> tuple[str, ...]:
        """Who has answered anything."""
        with self._store.database.read() as session:
            query = select(ReadingRow.reader).filter_by(design_id=design_id).distinct()
            return tuple(sorted(session.scalars(query)))

    def still_there(self, photographs: Iterable[int]) -> frozenset[int]:
        """Which of these photographs are in the records."""
        with self._store.database.read() as session:
            query = select(PhotographRow.id).where(PhotographRow.id.in_(set(photographs)))
            return frozenset(session.scalars(query))


def last_place(session: Session, design_id: int, reader: str) -> int | None:
    """See `Readings.last_place`."""
    newest = select(func.max(ReadingRow.id)).filter_by(design_id=design_id, reader=reader).scalar_subquery()
    return session.scalar(select(ReadingRow.place).where(ReadingRow.id == newest))
