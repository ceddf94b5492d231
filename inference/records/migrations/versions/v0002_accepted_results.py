"""A correction may say that a whole photograph was gone through."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """The kinds of corrections are checked by the database. SQLite makes the table anew, without its old check."""
    with op.batch_alter_table("correction", table_kwargs={"sqlite_autoincrement": True}) as table:
        if op.get_bind().dialect.name != "sqlite":
            table.drop_constraint(op.f("ck_correction_kind"), type_="check")
        table.create_check_constraint("kind", "kind IN ('retype', 'delete', 'draw', 'accept')")
