"""Records in SQLite move to a PostgreSQL server; the files stay where they are."""

import logging
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Table, func, insert, select

from inference.records.database import Database
from inference.records.errors import RecordsError
from inference.records.tables import Base

_log = logging.getLogger(__name__)
#: Rows at a time: results are some 20 kB each.
_CHUNK = 500


def move_rows(source: Database, target: Database) -> int:
    """Copy all rows from `source` to `target`, whose tables are made; returns how many.

    Both must be of this version and nobody may work on them meanwhile. All rows are copied or none. Raises
    RecordsError where `target` holds records already.
    """
    source.migrate()
    target.migrate()
    copied = 0
    with source.read() as reading, target.write() as writing:
        into = writing.connection()
        for table in Base.metadata.sorted_tables:
            if into.scalar(select(func.count()).select_from(table)):
                raise RecordsError("The database to move to holds records already: name an empty one.")
            rows = reading.connection().execution_options(stream_results=True).execute(select(table))
            for chunk in _chunks(dict(row) for row in rows.mappings()):
                into.execute(insert(table), chunk)
                copied += len(chunk)
            _go_on_counting(into, table)
    _log.info("moved %d rows", copied)
    return copied


def _chunks(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    iterator = iter(rows)
    while chunk := list(islice(iterator, _CHUNK)):
        yield chunk


def _go_on_counting(connection: Connection, table: Table) -> None:
    """PostgreSQL does not notice numbers that were given to it, and would give them once more.

    Numbers of rows that were deleted before the move are below the highest that is left, or were given in SQLite only.
    """
    if connection.dialect.name != "postgresql" or "id" not in table.c or table.name == "settings":
        return
    highest = connection.scalar(select(func.max(table.c.id)))
    if highest is not None:
        connection.scalar(select(func.setval(func.pg_get_serial_sequence(table.name, "id"), highest)))
