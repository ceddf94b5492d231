"""Visits with their photographs, treatments and what is still to come, in the order of their days."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from inference.records.facts import PatientRecord, Photograph, Treatment, Visit
from inference.records.records import Records
from inference.web.clinic.kept_pictures import thumbnail
from inference.web.clinic.words import Catalogue
from inference.web.drawing import Picture


@dataclass(frozen=True, slots=True)
class PhotoOnPage:
    """One photograph. picked: chosen at first for the comparison. scars: how many, or that none can be counted."""

    id: int
    view_id: int
    view: str
    picture: Picture
    state: str
    why_not: str
    scars: str
    picked: bool


@dataclass(frozen=True, slots=True)
class VisitOnPage:
    """One visit. what: as in "before the 2nd treatment". early: why it is not judged, empty where it is. treated: the
    treatments of the same day."""

    on: date
    id: int
    day: str
    what: str
    early: str
    note: str
    photographs: tuple[PhotoOnPage, ...]
    treated: tuple["MarkOnPage", ...]
    kind: Literal["visit"] = "visit"


@dataclass(frozen=True, slots=True)
class MarkOnPage:
    """A treatment, or something to come: a planned treatment, an outcome to be photographed, upkeep.

    state: done, planned, open (its days have come) or late.
    """

    on: date
    day: str
    title: str
    detail: str
    state: str
    treatment: int | None = None
    kind: Literal["mark"] = "mark"


def timeline_of(
    record: PatientRecord,
    records: Records,
    words: Catalogue,
    today: date,
    picked: Iterable[int],
) -> list[VisitOnPage | MarkOnPage]:
    """All of it by day; on one day visits come before treatments, as photographs are usually taken before."""
    chosen = set(picked)
    visits = [_visit(visit, record, records, words, chosen) for visit in record.visits]
    marks = [*_treatments(record, words), *_planned(record, words, today), *_windows(record, words, today)]
    order = {"visit": 0, "mark": 1}
    return sorted([*visits, *marks], key=lambda one: (one.on, order[one.kind]))


def _visit(
    visit: Visit, record: PatientRecord, records: Records, words: Catalogue, chosen: set[int]
) -> VisitOnPage:
    first = next((one for one in record.visits if one.photographs), None)
    early = ""
    if visit.too_early and visit.days_since_treatment is not None:
        key = "timeline.early_counted" if visit.counted else "timeline.early"
        early = words.count(key, visit.days_since_treatment)
    return VisitOnPage(
        on=visit.on,
        id=visit.id,
        day=words.day(visit.on),
        what=words["timeline.baseline"] if first and first.id == visit.id else _when(visit, record, words),
        early=early,
        note=visit.note,
        photographs=tuple(_photo(one, records, words, one.id in chosen) for one in visit.photographs),
        treated=tuple(_treatment(one, words) for one in record.treatments if one.on == visit.on),
    )


def _when(visit: Visit, record: PatientRecord, words: Catalogue) -> str:
    """Before which treatment, or how long after the last one."""
    same = next((one for one in record.treatments if one.on == visit.on), None)
    if same is not None and not visit.after_treatment:
        return words.say("timeline.before", nth=words.nth(same.number))
    window = next((one for one in record.windows if one.seen_on == visit.on), None)
    if window is not None:
        return words.count("timeline.outcome", window.months)
    since = visit.days_since_treatment
    return "" if since is None else words.count("timeline.after", since)


def _photo(photograph: Photograph, records: Records, words: Catalogue, picked: bool) -> PhotoOnPage:
    figures = photograph.figures
    if figures is not None and not figures.usable:
        scars = words["timeline.unusable"]
    elif figures is None or figures.scar_count is None:
        scars = words["timeline.scars"]
    else:
        scars = words.count("timeline.found", figures.scar_count)
    return PhotoOnPage(
        id=photograph.id,
        view_id=photograph.view.id,
        view=words.term(photograph.view.name),
        picture=thumbnail(records, photograph),
        state=photograph.state,
        why_not=photograph.why_not or "",
        scars=scars,
        picked=picked,
    )


def treatment_detail(treatment: Treatment, words: Catalogue) -> str:
    """As in "motorized pen, 1.5 mm"."""
    return ", ".join(filter(None, (words.term(treatment.device), _needle(treatment, words))))


def _needle(treatment: Treatment, words: Catalogue) -> str:
    length_mm = treatment.needle_length_mm
    if length_mm is None:
        return ""
    decimals = next(k for k in (0, 1, 2) if k == 2 or round(length_mm, k) == length_mm)
    return f"{words.number(length_mm, decimals)}\N{NO-BREAK SPACE}mm"


def _treatment(one: Treatment, words: Catalogue) -> MarkOnPage:
    needle = _needle(one, words) or words.term(one.device)
    return MarkOnPage(
        on=one.on,
        day=words.day(one.on),
        title=words.say("timeline.treatment", nth=words.nth(one.number), what=needle),
        detail=treatment_detail(one, words),
        state="done",
        treatment=one.id,
    )


def _treatments(record: PatientRecord, words: Catalogue) -> list[MarkOnPage]:
    """Those of days without a visit."""
    seen = {visit.on for visit in record.visits}
    return [_treatment(one, words) for one in record.treatments if one.on not in seen]


def _planned(record: PatientRecord, words: Catalogue, today: date) -> list[MarkOnPage]:
    done = len(record.treatments)
    coming = [row for row in record.schedule if row.done_on is None]
    return [
        MarkOnPage(
            on=row.due_on,
            day=words.day(row.due_on),
            title=words.say("due.treatment", nth=words.nth(done + k)),
            detail=words["timeline.overdue" if row.due_on < today else "timeline.planned"],
            state="late" if row.due_on < today else "planned",
        )
        for k, row in enumerate(coming, start=1)
    ]


def _windows(record: PatientRecord, words: Catalogue, today: date) -> list[MarkOnPage]:
    """Outcomes still to be photographed, and the upkeep; not while treatments are still to come."""
    if any(row.done_on is None for row in record.schedule):
        return []
    marks: list[MarkOnPage] = []
    for window in record.windows:
        if window.seen_on is not None or window.closes_on < today:
            continue
        state = "open" if window.opens_on <= today else "planned"
        marks.append(
            MarkOnPage(
                on=window.due_on,
                day=words.say(
                    "timeline.from_to",
                    start=words.day(window.opens_on, year=False),
                    end=words.day(window.closes_on),
                ),
                title=words.count("due.outcome", window.months),
                detail=words[f"timeline.{state}"],
                state=state,
            )
        )
    for due in record.due:
        if due.what == "upkeep":
            late = due.overdue_days(today) > 0
            marks.append(
                MarkOnPage(
                    on=due.on,
                    day=words.day(due.on),
                    title=words["due.upkeep"],
                    detail=words["timeline.overdue" if late else "timeline.planned"],
                    state="late" if late else "planned",
                )
            )
    return marks
