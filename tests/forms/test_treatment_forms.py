"""Treatments, the questions before them, adverse events and hints."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from house import House

from inference.records.entries import VisitEntry
from inference.records.errors import EntryError
from tests.records import clinic as entries
from tests.web_clinic import TODAY

PEN = {
    "on": str(TODAY),
    "device": "radiofrequency",
    "needle_length_mm": "1.5",
    "passes": "4",
    "area": "left cheek",
    "energy": "20",
    "energy_unit": "mJ",
    "anaesthetic": "topical",
    "agents[]": ["vitamin C", "minoxidil"],
    "operator": "R. Klein",
    "answer.herpes": "yes",
    "answer.age under 22": "no",
    "answered_by": "Dr. Berger",
}


def test_a_treatment_is_kept_with_the_answers_before_it(house: House) -> None:
    house.do("treatment.save", PEN, page="treatment")
    record = house.record()
    (treatment,) = record.treatments
    assert (treatment.device, treatment.needle_length_mm, treatment.energy) == ("radiofrequency", 1.5, 20)
    assert treatment.agents == ("vitamin C", "minoxidil")
    assert record.checklists[0].treatment_id == treatment.id
    assert record.checklists[0].answers == {"herpes": True, "age under 22": False}
    shown = house.show("treatment")
    assert "2 of 9 questions answered" in shown
    assert "yes: Herpes" in shown
    changed = {**PEN, "device": "peel", "needle_length_mm": "", "answer.herpes": "no"}
    house.do("treatment.save", changed, page="treatment", treatment=treatment.id)
    record = house.record()
    assert (record.treatments[0].device, record.treatments[0].needle_length_mm) == ("peel", None)
    assert record.checklists[0].answers["herpes"] is False
    house.do("treatment.delete", {}, page="treatment", treatment=treatment.id)
    assert house.record().treatments == ()


def test_answers_alone_are_kept_where_nobody_was_treated(house: House) -> None:
    with pytest.raises(EntryError, match="Choose a device"):
        house.do("treatment.save", {"on": str(TODAY)}, page="treatment")
    house.do("treatment.save", {**PEN, "device": ""}, page="treatment")
    record = house.record()
    assert record.treatments == ()
    assert record.checklists[0].treatment_id is None
    house.do("checklist.delete", {"checklist": str(record.checklists[0].id)}, page="treatment")
    assert house.record().checklists == ()


def test_what_cannot_be_is_refused_beside_its_input(house: House) -> None:
    german = house.request("de-AT,de;q=0.9")
    for name, value in (
        ("needle_length_mm", "9"),
        ("passes", "0"),
        ("on", "2027-01-01"),
        ("on", ""),
        ("energy", "-1"),
    ):
        for request, words in (
            (None, r"still to come|Enter a day|Needles|Passes|energy"),
            (german, r"kommt erst|Geben Sie|Nadeln|Durchgänge|Energie"),
        ):
            with pytest.raises(EntryError, match=words) as refused:
                house.do("treatment.save", {**PEN, name: value}, request, page="treatment")
            assert list(refused.value.fields) == [name]
    assert house.record().treatments == ()


def test_events_and_the_plan(house: House) -> None:
    house.do("plan.save", {"starts_on": str(TODAY), "treatments": "3", "weeks_apart": "6"}, page="treatment")
    assert [row.due_on for row in house.record().schedule][1] == TODAY + timedelta(weeks=6)
    house.do("treatment.save", PEN, page="treatment")
    treatment = house.record().treatments[0]
    said = {"kind": "bruising", "starts_on": str(TODAY), "treatment_id": str(treatment.id), "note": "cheek"}
    house.do("event.save", said, page="treatment")
    (event,) = house.record().adverse_events
    with pytest.raises(EntryError, match="ends before it starts"):
        house.do("event.end", {"event": str(event.id), "ends_on": "2026-10-01"}, page="treatment")
    house.do("event.end", {"event": str(event.id), "ends_on": str(TODAY)}, page="treatment")
    assert house.record().adverse_events[0].ends_on == TODAY
    assert "after treatment 1" in house.show("treatment")
    house.do("event.delete", {"event": str(event.id)}, page="treatment")
    house.do("plan.end", {}, page="treatment")
    assert (house.record().adverse_events, house.record().plan) == ((), None)


def test_photographs_give_hints_and_no_answers(house: House, tmp_path: Path) -> None:
    house.consent()
    house.visit(tmp_path)
    shown = house.show("treatment")
    assert re.search(r"left cheek: (no raised scar|\d+ raised scars?) found", shown)
    assert "does not tell acne from other redness" in shown
    assert 'value="yes" checked' not in shown
    assert 'value="no" checked' not in shown


def test_pigment_that_changed_beyond_error_is_offered_as_an_event(house: House, tmp_path: Path) -> None:
    """The comparison's own verdict decides: a change within error gives no hint."""
    from sqlalchemy import update

    from inference.records.tables import ComparisonRow
    from inference.web.clinic.hints import pigment_hints

    house.consent()
    house.visit(tmp_path, TODAY - timedelta(days=60))
    later = entries.photograph(tmp_path, 0, scars=1)
    house.records.visits.save(house.patient, VisitEntry(on=TODAY), [entries.entry(later)])
    house.records.queue.work_off(house.scorer)
    (compared,) = house.record().comparisons
    result = house.records.results.comparison_json(compared.before_id, compared.after_id)
    for verdict, expected in (("within measurement error", 0), ("worse", 1)):
        for metric in result["metrics"]:
            if metric["name"] == "pigment.melanin_index":
                metric |= {"before": 40.0, "after": 46.0, "mdc95": 3.0, "verdict": verdict}
            elif metric["name"].startswith("pigment."):
                metric["verdict"] = "unknown"
        with house.records._store.database.write() as session:
            session.execute(update(ComparisonRow).values(result=result))
        assert len(pigment_hints(house.records, house.record())) == expected
    shown = house.show("treatment")
    assert "melanin index went from 40.0" in shown
    assert "beyond its measurement error of 3.0" in shown
    assert "pigment change" in shown
