"""Treatments, checklists, events, plans, the clinician's say and documents, on both databases."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import clinic
import pytest
from pydantic import ValidationError
from sqlalchemy.exc import IntegrityError

from inference.records.entries import (
    AdverseEventEntry,
    ChecklistEntry,
    ConsentEntry,
    CorrectionEntry,
    GradeEntry,
    PlanEntry,
    TreatmentEntry,
)
from inference.records.errors import ConsentError, EntryError, NotInRecordsError
from inference.records.records import Records
from inference.records.scorer import InstrumentScorer
from inference.records.tables import TreatmentRow

PEN = TreatmentEntry(
    on=clinic.BASELINE,
    device="motorized pen",
    device_name="Pen 4",
    needle_length_mm=1.5,
    passes=6,
    area="both cheeks",
    area_cm2=120.0,
    anaesthetic="topical",
    agents=("platelet-rich plasma", "hyaluronic acid"),
    operator="Dr. B",
    note="well tolerated",
)


def test_a_treatment_is_kept_as_it_was_entered_and_numbered_by_date(records: Records) -> None:
    added = clinic.patient(records)
    second = records.care.add_treatment(added.id, PEN)
    assert second.number == 1
    earlier = TreatmentEntry(
        on=clinic.BASELINE - timedelta(days=28),
        device="radiofrequency",
        needle_length_mm=3.5,
        energy=40,
        energy_unit="mJ",
    )
    assert records.care.add_treatment(added.id, earlier).number == 1
    first, again = records.patients.record(added.id).treatments
    assert (again.number, TreatmentEntry.model_validate(again.model_dump(exclude={"id", "number"}))) == (
        2,
        PEN,
    )
    assert (first.energy, first.energy_unit) == (40, "mJ")
    changed = records.care.change_treatment(second.id, PEN.model_copy(update={"passes": 8}))
    assert (changed.id, changed.number, changed.passes) == (second.id, 2, 8)
    records.care.delete_treatment(first.id)
    assert [one.number for one in records.patients.record(added.id).treatments] == [1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"needle_length_mm": 0.2}, "needle_length_mm"),
        ({"needle_length_mm": 3.6}, "needle_length_mm"),
        ({"device": "peel"}, "does not fit the device peel"),
        ({"energy": 40.0}, "needs its unit"),
        ({"passes": 0}, "passes"),
        ({"area_cm2": float("nan")}, "area_cm2"),
    ],
)
def test_a_treatment_that_cannot_be_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        TreatmentEntry.model_validate({**PEN.model_dump(), **change})


def test_the_database_refuses_it_too(records: Records) -> None:
    added = clinic.patient(records)
    with pytest.raises(IntegrityError), records._store.database.write() as session:
        session.add(
            TreatmentRow(patient_id=added.id, on=clinic.BASELINE, device="roller", needle_length_mm=9.0)
        )


def test_checklist_and_event_belong_to_a_treatment_of_the_same_patient(records: Records) -> None:
    added, other = clinic.patient(records, "P-1"), clinic.patient(records, "P-2")
    treatment = records.care.add_treatment(added.id, PEN)
    checklist = ChecklistEntry(
        on=clinic.BASELINE, answered_by="Dr. B", answers={"herpes": True, "keloid tendency": False}
    )
    kept = records.care.add_checklist(added.id, checklist)
    assert kept.answers == {"herpes": True, "keloid tendency": False}
    named = checklist.model_copy(update={"treatment_id": treatment.id})
    assert records.care.change_checklist(kept.id, named).treatment_id == treatment.id
    with pytest.raises(EntryError, match="another patient"):
        records.care.add_checklist(other.id, named)
    lasting = AdverseEventEntry(treatment_id=treatment.id, kind="redness", starts_on=clinic.BASELINE)
    event = records.care.add_event(added.id, lasting)
    assert event.ends_on is None
    over = lasting.model_copy(update={"ends_on": clinic.BASELINE + timedelta(days=3)})
    assert records.care.change_event(event.id, over).ends_on == date(2026, 3, 7)
    records.care.delete_treatment(treatment.id)
    record = records.patients.record(added.id)
    assert [one.treatment_id for one in (*record.checklists, *record.adverse_events)] == [None, None]
    records.care.delete_event(event.id)
    assert records.patients.record(added.id).adverse_events == ()


def test_an_event_ends_after_it_starts() -> None:
    with pytest.raises(ValidationError, match="ends before it starts"):
        AdverseEventEntry(kind="bruising", starts_on=date(2026, 3, 4), ends_on=date(2026, 3, 3))


def test_a_new_plan_ends_the_one_before(records: Records) -> None:
    added = clinic.patient(records)
    records.care.plan(added.id, PlanEntry(starts_on=clinic.BASELINE, treatments=3))
    records.care.add_treatment(added.id, PEN)
    record = records.patients.record(added.id, today=clinic.BASELINE + timedelta(days=27))
    assert [row.done_on for row in record.schedule] == [clinic.BASELINE, None, None]
    (due,) = record.due
    assert (due.number, due.on) == (2, date(2026, 4, 1))
    plan = records.care.plan(added.id, PlanEntry(starts_on=date(2026, 6, 1), treatments=1))
    assert records.patients.record(added.id).plan == plan
    records.care.end_plan(added.id, date(2026, 6, 2))
    record = records.patients.record(added.id, today=date(2026, 6, 2))
    assert (record.plan, record.schedule) == (None, ())
    assert [(one.what, one.number) for one in record.due] == [("outcome", 3), ("outcome", 6)]


def test_a_clinicians_say_stands_beside_the_result(
    records: Records, scorer: InstrumentScorer, tmp_path: Path
) -> None:
    added = clinic.patient(records)
    one = clinic.visit(records, added.id, [clinic.photograph(tmp_path, 0)]).photographs[0]
    two = clinic.visit(records, added.id, [clinic.photograph(tmp_path, 1)]).photographs[0]
    records.queue.work_off(scorer, limit=2)
    figures = records.results.of(one.id)[-1]
    before = records.results.json(figures.id)
    retype = CorrectionEntry(
        kind="retype", assessment_id=figures.id, lesion_id=1, scar_type="rolling", author="Dr. B"
    )
    first = records.opinions.correct(one.id, retype)
    outline = ((0.1, 0.1), (0.2, 0.1), (0.2, 0.25))
    second = records.opinions.correct(
        one.id, CorrectionEntry(kind="draw", scar_type="icepick", outline=outline)
    )
    assert second.outline == outline
    assert records.opinions.corrections(one.id) == (first, second)
    assert records.opinions.take_back(first.id).withdrawn_at is not None
    with pytest.raises(EntryError, match="another photograph"):
        records.opinions.correct(two.id, retype)
    with pytest.raises(EntryError, match="no scar 99"):
        records.opinions.correct(one.id, retype.model_copy(update={"lesion_id": 99}))
    accepted = CorrectionEntry(kind="accept", assessment_id=figures.id, author="Dr. B")
    assert records.opinions.correct(one.id, accepted).lesion_id is None
    assert records.results.json(figures.id) == before
    grade = GradeEntry(scale="goodman_baron_quantitative", value=14, author="Dr. B")
    kept = records.opinions.grade(one.visit_id, grade, one.view.id)
    whole = records.opinions.grade(one.visit_id, grade)
    assert (kept.view, whole.view) == (one.view, None)
    assert records.patients.record(added.id).grades == (kept, whole)
    records.opinions.delete_grade(kept.id)
    assert records.patients.record(added.id).grades == (whole,)


@pytest.mark.parametrize(
    "values",
    [
        {"kind": "retype", "scar_type": "rolling"},
        {"kind": "retype", "assessment_id": 1, "lesion_id": 1},
        {"kind": "draw", "scar_type": "rolling"},
        {"kind": "delete", "assessment_id": 1, "lesion_id": 1, "outline": ((0, 0), (0, 1), (1, 1))},
        {"kind": "draw", "scar_type": "rolling", "outline": ((0, 0), (0, 1), (1, 1.5))},
        {"kind": "accept"},
        {"kind": "accept", "assessment_id": 1, "lesion_id": 1},
    ],
)
def test_a_correction_that_says_nothing_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CorrectionEntry.model_validate(values)


def test_a_document_is_kept_for_what_the_patient_agreed_to(records: Records) -> None:
    added = clinic.patient(records)
    report = records.documents.keep(added.id, "report", "series.pdf", "application/pdf", b"%PDF-")
    assert records.documents.path(report.id).read_bytes() == b"%PDF-"
    with pytest.raises(ConsentError, match="not agreed to training"):
        records.documents.keep(added.id, "export", "labels.zip", "application/zip", b"PK", "training")
    records.patients.consent(added.id, ConsentEntry(purpose="training", given_on=clinic.BASELINE))
    labels = records.documents.keep(added.id, "export", "labels.zip", "application/zip", b"PK", "training")
    assert records.documents.of(added.id) == (report, labels)
    records.documents.delete(report.id)
    with pytest.raises(NotInRecordsError):
        records.documents.path(report.id)
    assert list(records._store.files.kept()) == [labels.sha256]


@pytest.mark.parametrize(("scale", "value"), [("gais", 0), ("scar_s_face", 6), ("ecca_atrophic", 181)])
def test_a_value_beyond_its_published_scale_is_refused(scale: str, value: float) -> None:
    with pytest.raises(ValidationError, match="runs from"):
        GradeEntry(scale=scale, value=value)


def test_a_treatment_and_the_answers_before_it_are_kept_together(records: Records) -> None:
    added = clinic.patient(records)
    answers = ChecklistEntry(on=PEN.on, answers={"herpes": False}, answered_by="Dr. B")
    treatment = records.care.treat(added.id, PEN, answers)
    (checklist,) = records.patients.record(added.id).checklists
    assert (checklist.treatment_id, checklist.answers) == (treatment.id, {"herpes": False})
    with pytest.raises(NotInRecordsError):
        records.care.treat(added.id + 99, PEN, answers)
    records.care.delete_checklist(checklist.id)
    assert records.patients.record(added.id).checklists == ()
    assert len(records.patients.record(added.id).treatments) == 1
