"""A view through all visits, the worker beside the pages, and the sample patient."""

import time
from datetime import date, timedelta
from pathlib import Path

import clinic
import pytest

from inference.records.entries import TreatmentEntry
from inference.records.errors import NotInRecordsError
from inference.records.records import Records
from inference.records.sample import SAMPLE_CODE, give_sample
from inference.records.scorer import InstrumentScorer
from inference.records.settings import RecordsSettings
from inference.records.worker import Worker

SAMPLE = Path(__file__).resolve().parents[2] / "data" / "sample"


@pytest.fixture
def sqlite(sqlite_settings: RecordsSettings) -> Records:
    return Records.open(sqlite_settings)


def test_a_series_is_made_of_the_stored_comparisons(
    sqlite: Records, scorer: InstrumentScorer, tmp_path: Path
) -> None:
    added = clinic.patient(sqlite)
    sqlite.care.add_treatment(added.id, TreatmentEntry(on=clinic.BASELINE, device="motorized pen"))
    for scars, day in ((6, 0), (4, 5), (2, 60)):
        path = clinic.photograph(tmp_path, 0, scars)
        clinic.visit(sqlite, added.id, [path], clinic.BASELINE + timedelta(days=day))
    (view,) = sqlite.patients.record(added.id).views
    sqlite.queue.work_off(scorer, limit=1)
    with pytest.raises(NotInRecordsError, match="two scored visits"):
        sqlite.results.series(view.id)
    sqlite.queue.work_off(scorer, limit=2)
    with pytest.raises(NotInRecordsError, match="still being compared"):
        sqlite.results.series(view.id)
    sqlite.queue.work_off(scorer)
    series = sqlite.results.series(view.id)
    assert [(one.label, one.days, one.counted) for one in series.visits] == [
        ("2026-03-04", 0, True),
        ("2026-03-09", 5, False),
        ("2026-05-03", 60, True),
    ]
    burden = next(track for track in series.tracks if track.name == "scars.burden_um")
    values = [value or 0.0 for value in burden.values]
    assert values[0] > values[1] > values[2] > 0
    sqlite.close()


def test_the_worker_scores_what_is_saved_while_it_runs(
    sqlite: Records, scorer: InstrumentScorer, tmp_path: Path
) -> None:
    added = clinic.patient(sqlite)
    with Worker(sqlite.queue, scorer) as worker:
        kept = clinic.visit(sqlite, added.id, [clinic.photograph(tmp_path)])
        worker.wake()
        deadline_s = time.monotonic() + 30
        while sqlite.queue.waiting() and time.monotonic() < deadline_s:
            time.sleep(0.02)
    assert sqlite.visits.get(kept.id).photographs[0].state == "scored"
    sqlite.close()


def test_the_sample_patient_is_given_once(sqlite: Records) -> None:
    given = give_sample(sqlite, SAMPLE, date(2026, 11, 25))
    assert given is not None
    record = sqlite.patients.record(given.id, date(2026, 11, 25))
    assert record.patient.code == SAMPLE_CODE
    assert [len(visit.photographs) for visit in record.visits] == [1] * 5
    assert record.visits[-1].on == date(2026, 11, 11)
    assert (len(record.treatments), len(record.checklists), len(record.adverse_events)) == (4, 4, 1)
    assert all(visit.counted for visit in record.visits)
    assert [window.seen_on for window in record.windows] == [None, None, date(2026, 11, 11)]
    assert [due.what for due in record.due] == ["upkeep"]
    assert sqlite.queue.waiting() == 5
    sqlite.patients.delete(given.id)
    assert give_sample(sqlite, SAMPLE) is None
    sqlite.close()


def test_without_the_sample_series_there_is_no_sample_patient(sqlite: Records, tmp_path: Path) -> None:
    assert give_sample(sqlite, tmp_path) is None
    assert sqlite.patients.page().total == 0
    sqlite.close()
