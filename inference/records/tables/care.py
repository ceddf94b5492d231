"""Treatments and what belongs to them: the questions before, what went wrong after, and the plan."""

from datetime import date
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from inference.records.tables.base import NEVER_TWICE, Base, Id, Line, Note, Word, belongs_to


class TreatmentRow(Base):
    """One treatment."""

    __tablename__ = "treatment"
    __table_args__ = (
        Index(None, "patient_id", "day"),
        CheckConstraint("needle_length_mm BETWEEN 0.25 AND 3.5", name="needle_length_mm"),
        CheckConstraint("passes > 0", name="passes"),
        NEVER_TWICE,
    )

    id: Mapped[Id]
    patient_id: Mapped[int] = mapped_column(belongs_to("patient.id"))
    on: Mapped[date] = mapped_column("day")
    device: Mapped[Word]
    device_name: Mapped[Line]
    needle_length_mm: Mapped[float | None]
    passes: Mapped[int | None]
    area: Mapped[Line]
    area_cm2: Mapped[float | None]
    energy: Mapped[float | None]
    energy_unit: Mapped[str | None] = mapped_column(String(10))
    anaesthetic: Mapped[str | None] = mapped_column(String(60))
    agents: Mapped[list[Any]] = mapped_column(JSON, default=list)
    agent_note: Mapped[Line]
    operator: Mapped[Line]
    note: Mapped[Note]


class ChecklistRow(Base):
    """Answers to the questions before a treatment, which may still be to come."""

    __tablename__ = "checklist"
    __table_args__ = (NEVER_TWICE,)

    id: Mapped[Id]
    patient_id: Mapped[int] = mapped_column(belongs_to("patient.id"), index=True)
    treatment_id: Mapped[int | None] = mapped_column(
        ForeignKey("treatment.id", ondelete="SET NULL"), index=True
    )
    on: Mapped[date] = mapped_column("day")
    answered_by: Mapped[Line]
    answers: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    note: Mapped[Note]


class AdverseEventRow(Base):
    """Something unwanted after a treatment."""

    __tablename__ = "adverse_event"
    __table_args__ = (CheckConstraint("ends_on >= starts_on", name="in_order"), NEVER_TWICE)

    id: Mapped[Id]
    patient_id: Mapped[int] = mapped_column(belongs_to("patient.id"), index=True)
    treatment_id: Mapped[int | None] = mapped_column(
        ForeignKey("treatment.id", ondelete="SET NULL"), index=True
    )
    kind: Mapped[Word]
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    note: Mapped[Note]


class PlanRow(Base):
    """A planned series of treatments. A new plan ends the one before."""

    __tablename__ = "plan"
    __table_args__ = (CheckConstraint("treatments > 0 AND weeks_apart > 0", name="counts"), NEVER_TWICE)

    id: Mapped[Id]
    patient_id: Mapped[int] = mapped_column(belongs_to("patient.id"), index=True)
    starts_on: Mapped[date]
    treatments: Mapped[int]
    weeks_apart: Mapped[int]
    upkeep_months: Mapped[int | None]
    note: Mapped[Note]
    ended_on: Mapped[date | None]
