"""The records on SQLite and on a real PostgreSQL server that the tests start."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import clinic
import pytest
from pydantic import SecretStr

from inference.records.records import Records
from inference.records.scorer import InstrumentScorer
from inference.records.settings import RecordsSettings

_numbers = itertools.count()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Address of a database; skips where no server can be started."""
    server = pytest.importorskip(
        "postgres_server", reason="tests on PostgreSQL need psycopg (extra: postgres)"
    )
    try:
        with server.postgres_server() as address:
            yield address
    except server.NoServerError as error:
        pytest.skip(f"not tested on PostgreSQL: {error}")


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> RecordsSettings:
    """Where new, empty records are kept."""
    folder = tmp_path / "records"
    if request.param == "sqlite":
        return RecordsSettings(data_folder=folder)
    address = request.getfixturevalue("postgres")
    from postgres_server import create_schema

    url = create_schema(address, f"records_{next(_numbers)}")
    return RecordsSettings(data_folder=folder, database_url=SecretStr(url))


@pytest.fixture
def records(settings: RecordsSettings) -> Iterator[Records]:
    """New, empty records on either database."""
    opened = Records.open(settings)
    yield opened
    opened.close()


@pytest.fixture
def sqlite_settings(tmp_path: Path) -> RecordsSettings:
    """Where new, empty records are kept, in SQLite."""
    return RecordsSettings(data_folder=tmp_path / "records")


@pytest.fixture(scope="session")
def scorer(tmp_path_factory: pytest.TempPathFactory) -> InstrumentScorer:
    """The real instruments around a network whose answer is arithmetic."""
    return clinic.scorer(tmp_path_factory.mktemp("bundles"))
