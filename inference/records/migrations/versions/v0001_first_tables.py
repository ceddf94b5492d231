"""The first tables."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """All tables, those first that others refer to."""
    _people()
    _care()
    _visits()
    _results()
    _opinions()
    _work()


def _people() -> None:
    _table(
        "patient",
        _text("code", 40),
        sa.Column("code_key", sa.String(80), nullable=False, unique=True),
        sa.Column("code_order", sa.String(500), nullable=False, index=True),
        _text("name", 200, nullable=True),
        sa.Column("name_key", sa.String(400), index=True),
        _note(),
        _moment("created_at"),
    )
    op.create_table(
        "settings",
        sa.Column("id", sa.Integer(), primary_key=True),
        _json("decided"),
        sa.CheckConstraint("id = 1", name="one_row"),
    )
    _table(
        "consent",
        _of("patient"),
        _text("purpose"),
        _day("given_on"),
        _day("withdrawn_on", nullable=True),
        _note(),
    )
    _table(
        "view",
        _of("patient", index=False),
        _text("name", 200),
        _text("region", nullable=True),
        sa.UniqueConstraint("patient_id", "name"),
    )
    _table(
        "document",
        _of("patient"),
        _text("kind"),
        _text("purpose", nullable=True),
        _text("name", 200),
        _text("media_type", 200),
        _file("sha256"),
        _moment("made_at"),
    )


def _care() -> None:
    _table(
        "plan",
        _of("patient"),
        _day("starts_on"),
        _whole("treatments"),
        _whole("weeks_apart"),
        _whole("upkeep_months", nullable=True),
        _note(),
        _day("ended_on", nullable=True),
        sa.CheckConstraint("treatments > 0 AND weeks_apart > 0", name="counts"),
    )
    _table(
        "treatment",
        _of("patient", index=False),
        _day("day"),
        _text("device"),
        _text("device_name", 200),
        _figure("needle_length_mm"),
        _whole("passes", nullable=True),
        _text("area", 200),
        _figure("area_cm2"),
        _figure("energy"),
        _text("energy_unit", 10, nullable=True),
        _text("anaesthetic", nullable=True),
        _json("agents"),
        _text("agent_note", 200),
        _text("operator", 200),
        _note(),
        sa.CheckConstraint("needle_length_mm BETWEEN 0.25 AND 3.5", name="needle_length_mm"),
        sa.CheckConstraint("passes > 0", name="passes"),
    )
    op.create_index(None, "treatment", ["patient_id", "day"])
    _table(
        "adverse_event",
        _of("patient"),
        _after_treatment(),
        _text("kind"),
        _day("starts_on"),
        _day("ends_on", nullable=True),
        _note(),
        sa.CheckConstraint("ends_on >= starts_on", name="in_order"),
    )
    _table(
        "checklist",
        _of("patient"),
        _after_treatment(),
        _day("day"),
        _text("answered_by", 200),
        _json("answers"),
        _note(),
    )


def _visits() -> None:
    _table(
        "visit",
        _of("patient", index=False),
        _day("day"),
        _note(),
        sa.Column("after_treatment", sa.Boolean(), nullable=False),
        sa.Column("count_anyway", sa.Boolean(), nullable=False),
        _moment("created_at"),
    )
    op.create_index(None, "visit", ["patient_id", "day"])
    _table(
        "photograph",
        _of("visit", index=False),
        _of("view"),
        _file("sha256"),
        _file("thumbnail_sha256"),
        _text("format", nullable=True),
        _whole("width_px"),
        _whole("height_px"),
        _text("taken_at", 40, nullable=True),
        _figure("asked_mm_per_px"),
        _json("asked_regions"),
        _text("asked_chart", 20, nullable=True),
        _moment("added_at"),
        sa.UniqueConstraint("visit_id", "sha256"),
    )


def _results() -> None:
    _table(
        "assessment",
        _of("photograph", index=False),
        _moment("made_at"),
        _text("model_name"),
        _text("model_version"),
        _text("model_sha256", 64),
        _figure("burden_um"),
        _figure("burden_low_um"),
        _figure("burden_high_um"),
        _whole("scar_count", nullable=True),
        _figure("skin_area_cm2"),
        sa.Column("usable", sa.Boolean(), nullable=False),
        sa.Column("quality_score", sa.Double(), nullable=False),
        _file("mask_sha256"),
        _json("result"),
    )
    op.create_index("ix_assessment_newest", "assessment", ["photograph_id", "id", "burden_um"])
    _table(
        "comparison",
        _of("photograph", "before_id", index=False),
        _of("photograph", "after_id"),
        _moment("made_at"),
        _text("model_sha256", 64),
        _text("verdict"),
        _figure("percent"),
        _figure("percent_low"),
        _figure("percent_high"),
        _json("result"),
        sa.UniqueConstraint("before_id", "after_id", "model_sha256"),
    )


def _opinions() -> None:
    _table(
        "grade",
        _of("visit"),
        _of("view", nullable=True),
        _text("scale", 200),
        sa.Column("value", sa.Double(), nullable=False),
        _text("author", 200),
        _note(),
        _moment("made_at"),
    )
    _table(
        "correction",
        _of("photograph"),
        _of("assessment", nullable=True),
        _text("kind"),
        _whole("lesion_id", nullable=True),
        _text("scar_type", 20, nullable=True),
        sa.Column("outline", sa.JSON()),
        _text("author", 200),
        _note(),
        _moment("made_at"),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("kind IN ('retype', 'delete', 'draw')", name="kind"),
    )


def _work() -> None:
    _table(
        "task",
        _of("photograph", index=False),
        _of("photograph", "before_id", nullable=True),
        _moment("asked_at"),
        _whole("attempts"),
        sa.Column("error", sa.String(2000)),
        sa.UniqueConstraint("photograph_id", "before_id"),
    )


def _table(name: str, *columns: sa.Column[Any] | sa.Constraint) -> None:
    """A table whose numbers are never given twice."""
    op.create_table(
        name, sa.Column("id", sa.Integer(), primary_key=True), *columns, sqlite_autoincrement=True
    )


def _of(table: str, name: str | None = None, *, nullable: bool = False, index: bool = True) -> sa.Column[Any]:
    """The row that this one goes with."""
    key = sa.ForeignKey(f"{table}.id", ondelete="CASCADE")
    return sa.Column(name or f"{table}_id", sa.Integer(), key, nullable=nullable, index=index)


def _after_treatment() -> sa.Column[Any]:
    key = sa.ForeignKey("treatment.id", ondelete="SET NULL")
    return sa.Column("treatment_id", sa.Integer(), key, index=True)


def _text(name: str, length: int = 60, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length), nullable=nullable)


def _file(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.String(64), nullable=False, index=True)


def _note() -> sa.Column[Any]:
    return sa.Column("note", sa.Text(), nullable=False)


def _day(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Date(), nullable=nullable)


def _moment(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _whole(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _figure(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Double())


def _json(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.JSON(), nullable=False)
