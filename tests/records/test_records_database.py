"""The database under the records: its tables, its promises, and what it says when it cannot be opened."""

from datetime import datetime, timedelta, timezone
from pathlib import Path

import clinic
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from pydantic import SecretStr
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import IntegrityError

from inference.records.entries import CorrectionEntry, PatientEntry
from inference.records.errors import RecordsError
from inference.records.facts import ClinicSettings
from inference.records.records import Records
from inference.records.settings import RecordsSettings
from inference.records.tables import Base, CorrectionRow, SettingsRow


def address(settings: RecordsSettings) -> str:
    if settings.database_url is None:
        return f"sqlite:///{settings.data_folder / 'records.sqlite'}"
    return str(
        make_url(settings.database_url.get_secret_value())
        .set(drivername="postgresql+psycopg")
        .render_as_string(hide_password=False)
    )


def test_the_steps_lead_to_the_tables_of_the_code(settings: RecordsSettings) -> None:
    Records.open(settings).close()
    engine = create_engine(address(settings))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_records_are_opened_again_with_what_is_in_them(settings: RecordsSettings) -> None:
    records = Records.open(settings)
    clinic.patient(records)
    records.close()
    again = Records.open(settings)
    assert again.patients.find("p-0142").code == "P-0142"
    again.close()


def test_records_of_a_newer_version_are_left_alone(settings: RecordsSettings) -> None:
    Records.open(settings).close()
    engine = create_engine(address(settings))
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(RecordsError, match="newer version"):
        Records.open(settings)


def test_sqlite_keeps_its_promises(sqlite_settings: RecordsSettings) -> None:
    """WAL, flushed at every commit, foreign keys on, deleted rows overwritten."""
    records = Records.open(sqlite_settings)
    with records._store.database.read() as session:
        found = {
            name: session.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete", "busy_timeout")
        }
    records.close()
    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "secure_delete": 1,
        "busy_timeout": 15000,
    }


def test_a_number_is_never_given_twice(records: Records) -> None:
    """A page that was opened before must not show another patient."""
    first = clinic.patient(records, "P-1")
    records.patients.delete(first.id)
    assert clinic.patient(records, "P-2").id > first.id


def test_times_are_utc(records: Records) -> None:
    made = clinic.patient(records).created_at
    assert made.utcoffset() == timedelta(0)
    assert abs(datetime.now(timezone(timedelta(hours=5))) - made) < timedelta(minutes=1)


def test_settings_are_kept(records: Records) -> None:
    assert records.settings() == ClinicSettings()
    decided = ClinicSettings(clinic_name="Dermatology", keep_names=True, treatments=6)
    records.decide(decided)
    records.decide(decided)
    assert records.settings() == decided


@pytest.mark.parametrize(
    ("url", "message"),
    [("nonsense", "not an address"), ("oracle9://host/name", "not an address")],
)
def test_an_address_that_is_none_is_refused(tmp_path: Path, url: str, message: str) -> None:
    with pytest.raises(RecordsError, match=message):
        Records.open(RecordsSettings(data_folder=tmp_path, database_url=SecretStr(url)))


def test_a_server_that_does_not_answer_is_named(tmp_path: Path) -> None:
    url = SecretStr(f"postgresql://clinic:secret@/records?host={tmp_path}")
    with pytest.raises(RecordsError, match="cannot be opened") as caught:
        Records.open(RecordsSettings(data_folder=tmp_path, database_url=url))
    assert "secret" not in str(caught.value)


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RecordsError, match="CICATRIX_DATA_FOLDER"):
        Records.open(RecordsSettings(data_folder=tmp_path / "file" / "records"))


def test_the_web_server_must_not_reach_the_records(tmp_path: Path) -> None:
    settings = RecordsSettings(data_folder=tmp_path / "data")
    settings.check([tmp_path / "uploads", tmp_path / "static"])
    for served in (tmp_path, tmp_path / "data", tmp_path / "data" / "files"):
        with pytest.raises(RecordsError, match="outside"):
            settings.check([tmp_path / "uploads", served])


def test_a_failed_transaction_leaves_nothing(records: Records) -> None:
    def half() -> None:
        with records._store.database.write() as session:
            session.add(SettingsRow(id=1, decided={"clinic_name": "half"}))
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half()
    assert records.settings() == ClinicSettings()
    records.patients.add(PatientEntry(code="P-1"))


def test_records_of_the_first_version_are_brought_on(settings: RecordsSettings, tmp_path: Path) -> None:
    """Corrections from before are kept, and from now on a whole result can be accepted."""
    records = Records.open(settings)
    added = clinic.patient(records)
    photograph = clinic.visit(records, added.id, [clinic.photograph(tmp_path)]).photographs[0]
    drawn = CorrectionEntry(kind="draw", scar_type="icepick", outline=((0.1, 0.1), (0.2, 0.1), (0.2, 0.2)))
    records.opinions.correct(photograph.id, drawn)
    records.close()
    engine = create_engine(address(settings))
    with engine.begin() as connection:
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table("correction", table_kwargs={"sqlite_autoincrement": True}) as table:
            if engine.dialect.name != "sqlite":
                table.drop_constraint("ck_correction_kind", type_="check")
            table.create_check_constraint("ck_correction_kind", "kind IN ('retype', 'delete', 'draw')")
        for table in ("reading", "reading_design"):
            connection.execute(text(f"DROP TABLE {table}"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    engine.dispose()
    again = Records.open(settings)
    assert [one.kind for one in again.opinions.corrections(photograph.id)] == ["draw"]
    with again._store.database.write() as session:
        session.add(CorrectionRow(photograph_id=photograph.id, kind="accept"))
    with pytest.raises(IntegrityError), again._store.database.write() as session:
        session.add(CorrectionRow(photograph_id=photograph.id, kind="praise"))
    again.close()
