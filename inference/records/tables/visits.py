"""Visits and their photographs."""

from datetime import date
from typing import Any

from sqlalchemy import JSON, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from inference.records.tables.base import NEVER_TWICE, Base, Id, Made, Note, Sha256, belongs_to
from inference.records.tables.people import ViewRow


class VisitRow(Base):
    """A day on which photographs were taken. The column is `day`, as `on` is a word of SQL."""

    __tablename__ = "visit"
    __table_args__ = (Index(None, "patient_id", "day"), NEVER_TWICE)

    id: Mapped[Id]
    patient_id: Mapped[int] = mapped_column(belongs_to("patient.id"))
    on: Mapped[date] = mapped_column("day")
    note: Mapped[Note]
    after_treatment: Mapped[bool] = mapped_column(default=False)
    count_anyway: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[Made]


class PhotographRow(Base):
    """A photograph: a file of the store, and what the user said of it.

    asked_*: `CheckOptions` of the scoring; regions as [{"name", "polygon"}].
    """

    __tablename__ = "photograph"
    __table_args__ = (UniqueConstraint("visit_id", "sha256"), NEVER_TWICE)

    id: Mapped[Id]
    visit_id: Mapped[int] = mapped_column(belongs_to("visit.id"))
    view_id: Mapped[int] = mapped_column(belongs_to("view.id"), index=True)
    sha256: Mapped[Sha256] = mapped_column(index=True)
    thumbnail_sha256: Mapped[Sha256] = mapped_column(index=True)
    format: Mapped[str | None] = mapped_column(String(60))
    width_px: Mapped[int]
    height_px: Mapped[int]
    taken_at: Mapped[str | None] = mapped_column(String(40))
    asked_mm_per_px: Mapped[float | None]
    asked_regions: Mapped[list[Any]] = mapped_column(JSON, default=list)
    asked_chart: Mapped[str | None] = mapped_column(String(20))
    added_at: Mapped[Made]

    view: Mapped[ViewRow] = relationship(lazy="joined")
    visit: Mapped[VisitRow] = relationship()
