"""Patients, names, consents and the list, on both databases."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import clinic
import pytest

from inference.records.entries import ConsentEntry, PatientEntry, TreatmentEntry, entered
from inference.records.errors import EntryError, NotInRecordsError
from inference.records.facts import ClinicSettings, PatientPage
from inference.records.records import Records
from inference.records.scorer import InstrumentScorer


def codes(page: PatientPage) -> list[str]:
    return [row.code for row in page.rows]


def test_a_code_is_unique_without_regard_to_case(records: Records) -> None:
    added = clinic.patient(records, "P-0142")
    with pytest.raises(EntryError, match="another patient has the code") as caught:
        clinic.patient(records, "p-0142")
    assert list(caught.value.fields) == ["code"]
    other = clinic.patient(records, "P-0143")
    with pytest.raises(EntryError):
        records.patients.change(other.id, PatientEntry(code="P-0142"))
    assert records.patients.change(added.id, PatientEntry(code="p-0142")).code == "p-0142"


def test_a_name_is_kept_only_where_the_clinic_keeps_names(records: Records) -> None:
    with pytest.raises(EntryError, match="keeps no names"):
        records.patients.add(PatientEntry(code="P-1", name="Ada Example"))
    records.decide(ClinicSettings(keep_names=True))
    added = records.patients.add(PatientEntry(code="P-1", name="Ada Example"))
    assert added.name == "Ada Example"
    assert codes(records.patients.page("ada")) == ["P-1"]
    records.decide(ClinicSettings(keep_names=False))
    assert records.patients.find("P-1").name is None
    assert records.patients.page("ada").total == 0
    records.decide(ClinicSettings(keep_names=True))
    assert records.patients.find("P-1").name == "Ada Example"
    records.patients.forget_names()
    assert records.patients.find("P-1").name is None


def test_what_is_typed_wrong_is_said_by_field() -> None:
    with pytest.raises(EntryError) as caught:
        entered(
            TreatmentEntry,
            {"on": "2026-03-04", "device": "motorized pen", "needle_length_mm": 4.0, "passes": 0},
        )
    assert set(caught.value.fields) == {"needle_length_mm", "passes"}
    with pytest.raises(EntryError, match="cannot be shown"):
        entered(PatientEntry, {"code": "P\x00"})
    assert entered(PatientEntry, {"code": "  P-1 "}).code == "P-1"


def test_what_is_not_there_is_said(records: Records) -> None:
    with pytest.raises(NotInRecordsError, match="No patient has the code P-9"):
        records.patients.find("P-9")
    for action in (records.patients.record, records.patients.delete):
        with pytest.raises(NotInRecordsError, match="This patient"):
            action(7)


def test_the_list_sorts_numbers_by_value_and_finds_parts(records: Records) -> None:
    for code in ("P-10", "P-2", "q_1", "Q%1"):
        clinic.patient(records, code)
    assert codes(records.patients.page()) == ["P-2", "P-10", "Q%1", "q_1"]
    assert codes(records.patients.page(descending=True))[:2] == ["q_1", "Q%1"]
    assert codes(records.patients.page("p-")) == ["P-2", "P-10"]
    assert codes(records.patients.page("_")) == ["q_1"]  # no wildcard
    assert codes(records.patients.page("%")) == ["Q%1"]
    part = records.patients.page(offset=1, limit=2)
    assert (codes(part), part.total) == (["P-10", "Q%1"], 4)


def test_the_list_sorts_by_visits_and_puts_those_without_last(records: Records) -> None:
    for code, days in (("A", [0, 100]), ("B", []), ("C", [50, 60, 70])):
        added = clinic.patient(records, code)
        for day in days:
            clinic.visit(records, added.id, [], clinic.BASELINE + timedelta(days=day))
    by_day = records.patients.page(sorting="last visit", descending=True)
    assert codes(by_day) == ["A", "C", "B"]
    assert by_day.rows[0].last_visit_on == clinic.BASELINE + timedelta(days=100)
    assert codes(records.patients.page(sorting="last visit")) == ["C", "A", "B"]
    assert [
        (row.code, row.visits) for row in records.patients.page(sorting="visits", descending=True).rows
    ] == [
        ("C", 3),
        ("A", 2),
        ("B", 0),
    ]


def test_a_line_shows_the_curve_of_the_view_with_most_visits(
    records: Records, scorer: InstrumentScorer, tmp_path: Path
) -> None:
    added = clinic.patient(records)
    records.care.add_treatment(added.id, TreatmentEntry(on=clinic.BASELINE, device="motorized pen"))
    days: Sequence[tuple[int, int]] = [(0, 6), (5, 5), (42, 2)]
    for day, scars in days:
        path = clinic.photograph(tmp_path, 0, scars)
        clinic.visit(records, added.id, [path], clinic.BASELINE + timedelta(days=day))
    (row,) = records.patients.page().rows
    assert (row.visits, row.waiting, row.spark, row.burden_um) == (3, 3, (), None)
    records.queue.work_off(scorer, limit=3)
    (row,) = records.patients.page().rows
    assert row.spark_view == "left cheek"
    assert [point.on for point in row.spark] == [clinic.BASELINE, clinic.BASELINE + timedelta(days=42)]
    burdens = [point.burden_um or 0 for point in row.spark]
    assert burdens[0] > burdens[1] > 0
    assert (row.burden_um, row.waiting, row.not_scored) == (burdens[1], 0, 0)


def test_a_consent_is_in_force_until_it_is_withdrawn(records: Records) -> None:
    added = clinic.patient(records, consents=False)
    first = records.patients.consent(added.id, ConsentEntry(purpose="training", given_on=clinic.BASELINE))
    assert records.patients.record(added.id).consents_to("training")
    assert not records.patients.record(added.id).consents_to("assessment")
    with pytest.raises(EntryError, match="before the consent was given"):
        records.patients.withdraw(first.id, date(2020, 1, 1))
    withdrawn = records.patients.withdraw(first.id, clinic.BASELINE)
    assert withdrawn.withdrawn_on == clinic.BASELINE
    record = records.patients.record(added.id)
    assert not record.consents_to("training")
    assert record.consents == (withdrawn,)
