"""The sample patient: rendered skin over five visits, so that pages show something from the first minute."""

import logging
from datetime import date, timedelta
from pathlib import Path
from typing import get_args

from data.manifest import ManifestRow, read_manifest
from inference.check import CheckOptions
from inference.errors import CicatrixError
from inference.records.entries import (
    AdverseEventEntry,
    ChecklistEntry,
    ConsentEntry,
    PatientEntry,
    PhotographEntry,
    PlanEntry,
    TreatmentEntry,
    VisitEntry,
)
from inference.records.facts import Patient
from inference.records.records import Records
from inference.records.terms import ChecklistItem

_log = logging.getLogger(__name__)
SAMPLE_CODE = "SAMPLE-1"
_NOTE = "Rendered skin, not a person. Delete this patient when it is no longer needed."
#: Days between the last visit of the sample and today.
_SINCE_LAST_DAYS = 14


def give_sample(records: Records, folder: Path, today: date | None = None) -> Patient | None:
    """Put the sample patient into the records, once; its photographs then wait to be scored.

    folder: of the sample series with its manifest. Returns None where the sample was given before, or is not there.
    """
    settings = records.settings()
    if settings.sample_given:
        return None
    try:
        rows = [row for row in read_manifest(folder / "manifest.csv") if row.days_from_baseline is not None]
        patient = _put(records, folder, rows, today or date.today())
    except (CicatrixError, OSError) as error:
        _log.warning("no sample patient: %s", error)
        return None
    records.decide(settings.model_copy(update={"sample_given": True}))
    return patient


def _put(records: Records, folder: Path, rows: list[ManifestRow], today: date) -> Patient:
    """Visits as the manifest says, with a treatment after each but the last."""
    days = sorted({row.days_from_baseline or 0 for row in rows})
    baseline = today - timedelta(days=days[-1] + _SINCE_LAST_DAYS)
    on = {day: baseline + timedelta(days=day) for day in days}
    patient = records.patients.add(PatientEntry(code=SAMPLE_CODE, note=_NOTE))
    records.patients.consent(patient.id, ConsentEntry(purpose="assessment", given_on=baseline))
    weeks_apart = max(1, (days[1] - days[0]) // 7) if len(days) > 1 else 4
    plan = PlanEntry(starts_on=baseline, treatments=max(1, len(days) - 1), weeks_apart=weeks_apart)
    records.care.plan(patient.id, plan)
    for day in days:
        photographs = [_photograph(folder, row) for row in rows if row.days_from_baseline == day]
        records.visits.save(patient.id, VisitEntry(on=on[day]), photographs)
    for day in days[:-1]:
        _treat(records, patient.id, on[day], first=day == days[0])
    return patient


def _photograph(folder: Path, row: ManifestRow) -> PhotographEntry:
    return PhotographEntry(folder / row.image, row.view or "left cheek", CheckOptions(row.mm_per_px))


def _treat(records: Records, patient_id: int, on: date, *, first: bool) -> None:
    answers: dict[ChecklistItem, bool] = dict.fromkeys(get_args(ChecklistItem), False)
    treatment = records.care.treat(
        patient_id,
        TreatmentEntry(
            on=on,
            device="motorized pen",
            needle_length_mm=1.5 if first else 2.0,
            passes=6,
            area="left cheek",
            anaesthetic="topical",
            agents=("hyaluronic acid",),
        ),
        ChecklistEntry(on=on, answers=answers),
    )
    if first:
        redness = AdverseEventEntry(
            treatment_id=treatment.id, kind="redness", starts_on=on, ends_on=on + timedelta(days=3)
        )
        records.care.add_event(patient_id, redness)
