"""What was made of photographs: results, comparisons, the clinician's say, documents, and the work still to do."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from inference.records.tables.base import (
    NEVER_TWICE,
    Base,
    Id,
    Line,
    Made,
    Note,
    Sha256,
    UtcTime,
    Word,
    belongs_to,
)
from inference.records.tables.people import ViewRow


class AssessmentRow(Base):
    """One scoring of a photograph; scoring anew adds a row. result: the JSON of the contract, read only on demand."""

    __tablename__ = "assessment"
    __table_args__ = (Index("ix_assessment_newest", "photograph_id", "id", "burden_um"), NEVER_TWICE)

    id: Mapped[Id]
    photograph_id: Mapped[int] = mapped_column(belongs_to("photograph.id"))
    made_at: Mapped[Made]
    model_name: Mapped[Word]
    model_version: Mapped[Word]
    model_sha256: Mapped[Sha256]
    burden_um: Mapped[float | None]
    burden_low_um: Mapped[float | None]
    burden_high_um: Mapped[float | None]
    scar_count: Mapped[int | None]
    skin_area_cm2: Mapped[float | None]
    usable: Mapped[bool]
    quality_score: Mapped[float]
    mask_sha256: Mapped[Sha256] = mapped_column(index=True)
    result: Mapped[dict[str, Any]] = mapped_column(JSON, deferred=True, deferred_raiseload=True)


class ComparisonRow(Base):
    """Two photographs of a view set against each other by one model. result: comparison.json, read only on demand."""

    __tablename__ = "comparison"
    __table_args__ = (UniqueConstraint("before_id", "after_id", "model_sha256"), NEVER_TWICE)

    id: Mapped[Id]
    before_id: Mapped[int] = mapped_column(belongs_to("photograph.id"))
    after_id: Mapped[int] = mapped_column(belongs_to("photograph.id"), index=True)
    made_at: Mapped[Made]
    model_sha256: Mapped[Sha256]
    verdict: Mapped[Word]
    percent: Mapped[float | None]
    percent_low: Mapped[float | None]
    percent_high: Mapped[float | None]
    result: Mapped[dict[str, Any]] = mapped_column(JSON, deferred=True, deferred_raiseload=True)


class TaskRow(Base):
    """Work still to do: score `photograph_id`, or compare `before_id` with it where that is given.

    The row goes in the transaction that keeps the result. attempts: how often it was begun. error: why it is not done;
    then it waits until somebody asks again.
    """

    __tablename__ = "task"
    __table_args__ = (UniqueConstraint("photograph_id", "before_id"), NEVER_TWICE)

    id: Mapped[Id]
    photograph_id: Mapped[int] = mapped_column(belongs_to("photograph.id"))
    before_id: Mapped[int | None] = mapped_column(belongs_to("photograph.id"), index=True)
    asked_at: Mapped[Made]
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(String(2000))


class CorrectionRow(Base):
    """What a clinician says of one scar. Rows are never changed, only taken back."""

    __tablename__ = "correction"
    __table_args__ = (
        CheckConstraint("kind IN ('retype', 'delete', 'draw', 'accept')", name="kind"),
        NEVER_TWICE,
    )

    id: Mapped[Id]
    photograph_id: Mapped[int] = mapped_column(belongs_to("photograph.id"), index=True)
    assessment_id: Mapped[int | None] = mapped_column(belongs_to("assessment.id"), index=True)
    kind: Mapped[Word]
    lesion_id: Mapped[int | None]
    scar_type: Mapped[str | None] = mapped_column(String(20))
    outline: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    author: Mapped[Line]
    note: Mapped[Note]
    made_at: Mapped[Made]
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcTime)


class GradeRow(Base):
    """A clinician's own value of a scale, of a view or of the whole visit."""

    __tablename__ = "grade"
    __table_args__ = (NEVER_TWICE,)

    id: Mapped[Id]
    visit_id: Mapped[int] = mapped_column(belongs_to("visit.id"), index=True)
    view_id: Mapped[int | None] = mapped_column(belongs_to("view.id"), index=True)
    scale: Mapped[Line]
    value: Mapped[float]
    author: Mapped[Line]
    note: Mapped[Note]
    made_at: Mapped[Made]

    view: Mapped[ViewRow | None] = relationship(lazy="joined")


class DocumentRow(Base):
    """A report, an export or a picture made of a patient's records. purpose: the consent that it needs, beside
    assessment."""

    __tablename__ = "document"
    __table_args__ = (NEVER_TWICE,)

    id: Mapped[Id]
    patient_id: Mapped[int] = mapped_column(belongs_to("patient.id"), index=True)
    kind: Mapped[Word]
    purpose: Mapped[str | None] = mapped_column(String(60))
    name: Mapped[Line]
    media_type: Mapped[Line]
    sha256: Mapped[Sha256] = mapped_column(index=True)
    made_at: Mapped[Made]
