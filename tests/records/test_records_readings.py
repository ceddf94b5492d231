"""Blinded readings in the records, on either database: answers in order, and gone with their photographs."""

from datetime import date, timedelta
from pathlib import Path

import clinic
import pytest

from inference.reading.design import Asked
from inference.reading.errors import ReadingError
from inference.reading.make import make_design
from inference.reading.model import from_records
from inference.reading.sources import series_of_records
from inference.records.errors import EntryError, NotInRecordsError
from inference.records.readings import ReadingEntry
from inference.records.records import Records
from inference.records.scorer import InstrumentScorer

TODAY = clinic.BASELINE + timedelta(days=200)


def entry(place: int, left_id: int | None = None, difference: int | None = 1) -> ReadingEntry:
    return ReadingEntry(
        place=place,
        pair=f"pair-{place}",
        showing=1,
        first_on_left=True,
        left_id=left_id,
        difference=difference,
    )


def test_answers_are_added_and_only_the_last_is_given_anew(records: Records) -> None:
    kept = records.readings.add("a" * 64, "Spring", "/nowhere", {"seed": 1})
    assert records.readings.add("a" * 64, "Spring", "/nowhere", {"seed": 1}).id == kept.id
    assert records.readings.find("a" * 64).design == {"seed": 1}
    for place in (0, 1, 1, 2):
        records.readings.answer(kept.id, "ada", entry(place))
    records.readings.answer(kept.id, "bo", entry(0, difference=None))
    with pytest.raises(EntryError, match="Only the last"):
        records.readings.answer(kept.id, "ada", entry(1))
    stands = records.readings.answers(kept.id)
    assert [(one.reader, one.place, one.changed) for one in stands] == [
        ("ada", 0, 0),
        ("ada", 1, 1),
        ("ada", 2, 0),
        ("bo", 0, 0),
    ]
    assert records.readings.last_place(kept.id, "ada") == 2
    assert records.readings.last_place(kept.id, "cy") is None
    with pytest.raises(NotInRecordsError):
        records.readings.answer(kept.id + 1, "ada", entry(0))
    with pytest.raises(NotInRecordsError, match="changed"):
        records.readings.find("b" * 64)


def test_withdrawn_consent_takes_what_was_said_of_the_photographs(records: Records, tmp_path: Path) -> None:
    patient = clinic.patient(records)
    visit = clinic.visit(records, patient.id, [clinic.photograph(tmp_path)])
    kept = records.readings.add("a" * 64, "", "/nowhere", {})
    records.readings.answer(kept.id, "ada", entry(0, left_id=visit.photographs[0].id))
    records.readings.answer(kept.id, "ada", entry(1))
    (consent,) = records.patients.record(patient.id).consents
    records.patients.withdraw(consent.id, date(2026, 9, 1))
    assert [one.place for one in records.readings.answers(kept.id)] == [1]
    assert records.readings.still_there([visit.photographs[0].id]) == frozenset()


def test_the_models_comparisons_come_from_the_records(
    records: Records, scorer: InstrumentScorer, tmp_path: Path
) -> None:
    patient = clinic.patient(records)
    clinic.visit(records, patient.id, [clinic.photograph(tmp_path, scars=5)])
    clinic.visit(
        records, patient.id, [clinic.photograph(tmp_path, scars=2)], clinic.BASELINE + timedelta(days=90)
    )
    design = make_design(series_of_records(records, ["p-0142"], TODAY), Asked("gais", 1, 0, 0))
    assert [(pair.kind, pair.days) for pair in design.pairs] == [("change", 90)]
    with pytest.raises(ReadingError, match="no comparison"):
        from_records(design, records)
    records.queue.work_off(scorer)
    first, second = design.pairs[0].first.photograph, design.pairs[0].second.photograph
    overall = records.results.comparison(first or 0, second or 0).overall
    (says,) = from_records(design, records).values()
    assert says.values == (() if overall.gais_estimate is None else (float(overall.gais_estimate),))
    assert says.percent_less == (None if overall.percent is None else -overall.percent)
