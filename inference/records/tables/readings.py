"""Blinded readings: which pairs are read, and what each reader said."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from inference.records.tables.base import NEVER_TWICE, Base, Id, Line, Made, UtcTime, belongs_to


class ReadingDesignRow(Base):
    """A design as `inference.reading.design` writes it. key: SHA-256 of its content; folder: of its photographs."""

    __tablename__ = "reading_design"
    __table_args__ = (NEVER_TWICE,)

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(String(64), unique=True)
    title: Mapped[Line]
    folder: Mapped[str] = mapped_column(String(1000))
    design: Mapped[dict[str, Any]] = mapped_column(JSON)
    made_at: Mapped[Made]
    closed_at: Mapped[datetime | None] = mapped_column(UtcTime)


class ReadingRow(Base):
    """One answer. Rows are never changed: an answer that is given again is a further row, and the newest stands.

    left_id, right_id: photographs of the records, with which the answer goes; null for those of a manifest.
    difference: whole steps by which the right side is better, below zero the left. All three answers are null where the
    reader could not judge.
    """

    __tablename__ = "reading"
    __table_args__ = (
        Index(None, "design_id", "reader", "place"),
        CheckConstraint("(left_grade IS NULL) = (right_grade IS NULL)", name="both_grades"),
        NEVER_TWICE,
    )

    id: Mapped[Id]
    design_id: Mapped[int] = mapped_column(belongs_to("reading_design.id"))
    reader: Mapped[str] = mapped_column(String(200))
    place: Mapped[int]
    pair: Mapped[str] = mapped_column(String(40))
    showing: Mapped[int]
    first_on_left: Mapped[bool]
    left_id: Mapped[int | None] = mapped_column(belongs_to("photograph.id"), index=True)
    right_id: Mapped[int | None] = mapped_column(belongs_to("photograph.id"), index=True)
    difference: Mapped[int | None]
    left_grade: Mapped[int | None]
    right_grade: Mapped[int | None]
    seconds: Mapped[float | None]
    answered_at: Mapped[Made]
