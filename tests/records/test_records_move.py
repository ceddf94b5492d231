"""From SQLite to PostgreSQL with everything."""

from pathlib import Path

import clinic
import pytest
from postgres_server import create_schema
from pydantic import SecretStr

from inference.records.database import Database
from inference.records.errors import RecordsError
from inference.records.move import move_rows
from inference.records.records import Records
from inference.records.sample import give_sample
from inference.records.scorer import InstrumentScorer
from inference.records.settings import RecordsSettings

SAMPLE = Path(__file__).resolve().parents[2] / "data" / "sample"


def test_records_are_the_same_on_the_other_side(
    sqlite_settings: RecordsSettings, postgres: str, scorer: InstrumentScorer, tmp_path: Path
) -> None:
    records = Records.open(sqlite_settings)
    added = clinic.patient(records)
    clinic.visit(records, added.id, [clinic.photograph(tmp_path)])
    records.queue.work_off(scorer)
    sample = give_sample(records, SAMPLE)
    assert sample is not None
    before = [records.patients.record(key) for key in (added.id, sample.id)]
    figures = before[0].visits[0].photographs[0].figures
    assert figures is not None
    result = records.results.json(figures.id)
    records.close()
    url = create_schema(postgres, "moved")
    source, target = Database(f"sqlite:///{sqlite_settings.data_folder / 'records.sqlite'}"), Database(url)
    assert move_rows(source, target) > 30
    with pytest.raises(RecordsError, match="holds records already"):
        move_rows(source, target)
    source.close()
    target.close()
    moved = Records.open(sqlite_settings.model_copy(update={"database_url": SecretStr(url)}))
    assert [moved.patients.record(key) for key in (added.id, sample.id)] == before
    assert moved.results.json(figures.id) == result
    assert moved.settings().sample_given
    assert moved.queue.waiting() == 5
    assert clinic.patient(moved, "P-new").id > sample.id
    moved.close()
