"""What a person says about the photographs of a visit, checked; nothing is taken as confirmed that was not."""

from collections.abc import Mapping, Sequence
from datetime import date

from inference.check import CheckOptions
from inference.errors import CicatrixError
from inference.records.entries import PhotographEntry, VisitEntry, entered
from inference.records.errors import EntryError
from inference.web.clinic.deed import Deed
from inference.web.clinic.drafts import Upload
from inference.web.clinic.words import Catalogue
from inference.web.scale import parse_scale

#: The choice of a view that is not in the list.
OTHER = "*"


def visit_entry(deed: Deed) -> VisitEntry:
    """Day and note of the visit. Raises EntryError."""
    values: dict[str, object] = {
        **deed.known("on", "note"),
        "after_treatment": bool(deed.text("after_treatment")),
        "count_anyway": bool(deed.text("count_anyway")),
    }
    return entered(VisitEntry, values)


def photograph_entries(
    uploads: Sequence[Upload], deed: Deed, on: date, words: Catalogue
) -> list[PhotographEntry]:
    """The photographs with their confirmed views.

    Raises EntryError by input: for a view that is not chosen or not confirmed, and for a photograph that was taken on
    another day unless the person says that it belongs to this visit.
    """
    wrong: dict[str, str] = {}
    found: list[PhotographEntry] = []
    options = _options(deed, wrong)
    for upload in uploads:
        key = upload.key
        view = deed.text(f"view.{key}")
        view = deed.text(f"other.{key}") if view == OTHER else view
        if upload.problem:
            wrong[f"problem.{key}"] = words.say("visit.remove_first", file=upload.name)
        elif not view:
            wrong[f"view.{key}"] = words["visit.choose_view"]
        elif not deed.text(f"sure.{key}"):
            wrong[f"sure.{key}"] = words["visit.confirm_view"]
        elif upload.day not in (None, on) and not deed.text(f"day.{key}"):
            wrong[f"day.{key}"] = words["visit.other_day"]
        found.append(PhotographEntry(upload.path, view, options))
    if wrong:
        asked = any("." in name for name in wrong)
        raise EntryError(_in_order(wrong) | ({"": words["visit.not_yet"]} if asked else {}))
    return found


def _options(deed: Deed, wrong: dict[str, str]) -> CheckOptions:
    try:
        return CheckOptions(parse_scale(deed.text("mm_per_px")))
    except CicatrixError as error:
        wrong["mm_per_px"] = str(error)
        return CheckOptions()


def _in_order(wrong: Mapping[str, str]) -> dict[str, str]:
    """Photographs first, as they stand above the rest."""
    return dict(sorted(wrong.items(), key=lambda item: "." not in item[0]))


def usual_day(uploads: Sequence[Upload]) -> date | None:
    """The day of the photographs, where those that tell one agree."""
    days = {upload.day for upload in uploads if upload.day is not None}
    return days.pop() if len(days) == 1 else None
