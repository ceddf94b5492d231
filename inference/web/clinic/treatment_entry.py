"""What the forms of the treatment page say, as entries of the records."""

from collections.abc import Mapping
from datetime import date
from typing import Any, TypeVar, get_args

from inference.records.entries import (
    AdverseEventEntry,
    ChecklistEntry,
    Entry,
    PlanEntry,
    TreatmentEntry,
    entered,
)
from inference.records.errors import EntryError
from inference.records.terms import ChecklistItem
from inference.web.clinic.deed import Deed
from inference.web.clinic.words import Catalogue

AnyEntry = TypeVar("AnyEntry", bound=Entry)
CHECKLIST: tuple[ChecklistItem, ...] = get_args(ChecklistItem)
_TREATMENT = (
    *("on", "device", "device_name", "needle_length_mm", "passes", "area", "area_cm2", "energy"),
    *("anaesthetic", "agent_note", "operator", "note"),
)


def treatment_entry(deed: Deed, words: Catalogue) -> TreatmentEntry | None:
    """The treatment; None where none was given that day. Raises EntryError."""
    if not deed.text("device"):
        return None
    values = deed.known(*_TREATMENT)
    values["agents"] = deed.values.get("agents[]", [])
    if "energy" in values:
        values["energy_unit"] = deed.text("energy_unit")
    return _entered(TreatmentEntry, values, words)


def checklist_entry(deed: Deed, on: date, treatment_id: int | None = None) -> ChecklistEntry | None:
    """The answers that were given; None where there is none."""
    answers = {
        item: said == "yes" for item in CHECKLIST if (said := deed.text(f"answer.{item}")) in ("yes", "no")
    }
    note = deed.text("answers_note")
    if not answers and not note:
        return None
    return entered(
        ChecklistEntry,
        {
            "on": on,
            "answers": answers,
            "note": note,
            "answered_by": deed.text("answered_by"),
            "treatment_id": treatment_id,
        },
    )


def event_entry(deed: Deed, words: Catalogue) -> AdverseEventEntry:
    """An adverse event. Raises EntryError."""
    values = deed.known("kind", "starts_on", "ends_on", "treatment_id", "note")
    return _entered(AdverseEventEntry, values, words)


def plan_entry(deed: Deed, words: Catalogue) -> PlanEntry:
    """A planned series; without upkeep where its field is empty. Raises EntryError."""
    values = deed.known("starts_on", "treatments", "weeks_apart", "note")
    return _entered(PlanEntry, {**values, "upkeep_months": deed.text("upkeep_months") or None}, words)


def day_said(deed: Deed, name: str, today: date, words: Catalogue) -> date:
    """A day that is not to come. Raises EntryError."""
    try:
        on = date.fromisoformat(deed.text(name))
    except ValueError:
        raise EntryError({name: words["wrong.day"]}) from None
    if on > today:
        raise EntryError({name: words["wrong.future"]})
    return on


def _entered(kind: type[AnyEntry], values: Mapping[str, Any], words: Catalogue) -> AnyEntry:
    """The entry; what is wrong in the page's language where it has words for the field."""
    try:
        return entered(kind, values)
    except EntryError as error:
        raise EntryError(
            {name: words.texts.get(f"wrong.{name}", text) for name, text in error.fields.items()}
        ) from error
