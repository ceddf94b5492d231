"""Blinded readings: their designs, and what each reader said."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Two tables more."""
    op.create_table(
        "reading_design",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("key", sa.String(64), nullable=False, unique=True),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("folder", sa.String(1000), nullable=False),
        sa.Column("design", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "reading",
        sa.Column("id", sa.Integer(), primary_key=True),
        _of("reading_design", "design_id", nullable=False),
        sa.Column("reader", sa.String(200), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("pair", sa.String(40), nullable=False),
        sa.Column("showing", sa.Integer(), nullable=False),
        sa.Column("first_on_left", sa.Boolean(), nullable=False),
        _of("photograph", "left_id", index=True),
        _of("photograph", "right_id", index=True),
        sa.Column("difference", sa.Integer()),
        sa.Column("left_grade", sa.Integer()),
        sa.Column("right_grade", sa.Integer()),
        sa.Column("seconds", sa.Double[float]()),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(left_grade IS NULL) = (right_grade IS NULL)", name="both_grades"),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_reading_design_id_reader_place"), "reading", ["design_id", "reader", "place"])


def _of(table: str, name: str, *, nullable: bool = True, index: bool = False) -> sa.Column[int]:
    """The row that this one goes with."""
    key = sa.ForeignKey(f"{table}.id", ondelete="CASCADE")
    return sa.Column(name, sa.Integer(), key, nullable=nullable, index=index)
