"""Patients, what they agreed to, what is photographed of them, and what the clinic has decided."""

from datetime import date
from typing import Any

from sqlalchemy import JSON, CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from inference.records.tables.base import NEVER_TWICE, Base, Id, Line, Made, Note, Word, belongs_to


class PatientRow(Base):
    """A patient. code_key: the code without regard to case; code_order: so that P-2 comes before P-10."""

    __tablename__ = "patient"
    __table_args__ = (NEVER_TWICE,)

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(String(40))
    code_key: Mapped[str] = mapped_column(String(80), unique=True)
    code_order: Mapped[str] = mapped_column(String(500), index=True)
    name: Mapped[str | None] = mapped_column(String(200))
    name_key: Mapped[str | None] = mapped_column(String(400), index=True)
    note: Mapped[Note]
    created_at: Mapped[Made]


class ConsentRow(Base):
    """What a patient agreed to, and until when."""

    __tablename__ = "consent"
    __table_args__ = (NEVER_TWICE,)

    id: Mapped[Id]
    patient_id: Mapped[int] = mapped_column(belongs_to("patient.id"), index=True)
    purpose: Mapped[Word]
    given_on: Mapped[date]
    withdrawn_on: Mapped[date | None]
    note: Mapped[Note]


class ViewRow(Base):
    """A place and angle of one patient that is photographed again and again."""

    __tablename__ = "view"
    __table_args__ = (UniqueConstraint("patient_id", "name"), NEVER_TWICE)

    id: Mapped[Id]
    patient_id: Mapped[int] = mapped_column(belongs_to("patient.id"))
    name: Mapped[Line]
    region: Mapped[str | None] = mapped_column(String(60))


class SettingsRow(Base):
    """The clinic's settings, in one row."""

    __tablename__ = "settings"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=1)
    decided: Mapped[dict[str, Any]] = mapped_column(JSON)
