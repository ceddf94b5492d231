"""The database behind the records: SQLite in WAL mode, or PostgreSQL by its address."""

import json
import logging
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.orm import Session

from inference.records.errors import RecordsError

_log = logging.getLogger(__name__)
_MIGRATIONS = Path(__file__).parent / "migrations"
#: A confirmed visit outlives a power cut (synchronous), deleted rows are overwritten (secure_delete), and a writer
#: waits for another as long as the slowest page is allowed to take, several times over (busy_timeout, ms).
_PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "foreign_keys = ON",
    "secure_delete = ON",
    "busy_timeout = 15000",
)
#: Execution option that marks connections which will write.
_WRITES = "cicatrix_writes"


class Database:
    """Transactions on the records. Threads may share it."""

    def __init__(self, url: str | URL) -> None:
        try:
            self._engine = _engine(_driver(make_url(url)))
        except (ArgumentError, NoSuchModuleError) as error:
            raise RecordsError(
                "CICATRIX_DATABASE_URL is not an address of a database: write it as "
                "postgresql://user:password@host/name"
            ) from error
        except ModuleNotFoundError as error:
            raise RecordsError(
                "PostgreSQL needs the extra `postgres`: pip install 'cicatrix[postgres]'"
            ) from error
        self._writer = self._engine.execution_options(**{_WRITES: True})

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is a file of this machine."""
        return self._engine.dialect.name == "sqlite"

    @property
    def place(self) -> str:
        """Where it is, in words, without user and password."""
        url = self._engine.url
        return "SQLite" if self.is_sqlite else f"PostgreSQL, {url.database} on {url.host or 'this machine'}"

    @contextmanager
    def read(self) -> Generator[Session]:
        """A transaction that sees one state of the records throughout."""
        with Session(self._engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Generator[Session]:
        """A transaction that is kept when the block ends, and leaves nothing behind when it raises."""
        with Session(self._writer, expire_on_commit=False) as session, session.begin():
            yield session

    def migrate(self) -> None:
        """Bring the tables to this version. Raises RecordsError where that is not possible."""
        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
        try:
            with self._writer.begin() as connection:
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
        except CommandError as error:
            raise RecordsError(
                "The records were made by a newer version of the program: update the program."
            ) from error
        except SQLAlchemyError as error:
            reason = getattr(error, "orig", None) or error
            raise RecordsError(f"The records cannot be opened: {reason}") from error

    def wipe(self) -> bool:
        """Leave no trace of deleted rows in SQLite's files: rebuild the database and empty its log.

        secure_delete overwrites rows, but a page that was rebuilt may still hold copies of what stood in it. Returns
        whether it is done; where not, the log says why, and it is to be asked for again. PostgreSQL keeps old rows, its
        log and backups by its own rules (docs/records.md).
        """
        if not self.is_sqlite:
            return True
        connection = self._engine.raw_connection()
        try:
            cursor = connection.cursor()
            cursor.execute("VACUUM")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            (busy, *_) = cursor.fetchone() or (1,)
        except sqlite3.Error as error:
            _log.warning("traces of deleted records are still to be wiped: %s", error)
            return False
        finally:
            connection.close()
        if busy:
            _log.warning("traces of deleted records are still to be wiped: somebody is reading")
        return not busy

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()


def _driver(url: URL) -> URL:
    """PostgreSQL through psycopg, whatever the address says."""
    if url.get_backend_name() in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    return url


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "postgresql":
        return create_engine(url, pool_pre_ping=True, json_serializer=_json)
    engine = create_engine(url, json_serializer=_json)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _json(value: object) -> str:
    """Without blanks: results are the largest part of the database."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _prepare(connection: Any, record: object) -> None:
    """Set up a new connection to SQLite. Python's own handling of transactions is off: it would begin them late."""
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    """Writers queue up at the start: one that began by reading could not wait for another without a deadlock."""
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
