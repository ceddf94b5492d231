"""What Alembic runs: the steps, on the connection that `Database.migrate` hands over, in its transaction."""

from alembic import context

from inference.records.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite can change a table only by making it anew
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
