"""One patient as pieces of page: the head, what changes by itself, and what stands beside it."""

from dataclasses import dataclass
from datetime import date
from typing import get_args

from inference.records.facts import AdverseEvent, Consent, Document, PatientRecord
from inference.records.records import Records
from inference.records.terms import ChecklistItem
from inference.web.clinic.finding import findings_of
from inference.web.clinic.patients_view import due_class, due_words
from inference.web.clinic.timeline import timeline_of, treatment_detail
from inference.web.clinic.words import Catalogue
from inference.web.view import render

#: Seconds until what is being measured is looked at again.
RENEW_S = 4


@dataclass(frozen=True, slots=True)
class Fact:
    """A line with what belongs to it in small print."""

    title: str
    detail: str
    tone: str = ""
    treatment: int | None = None


@dataclass(frozen=True, slots=True)
class ConsentOnPage:
    """One consent. withdrawn: since when; empty while it holds."""

    id: int
    purpose: str
    given: str
    given_on: str
    withdrawn: str
    what_goes: str


@dataclass(frozen=True, slots=True)
class PaperOnPage:
    """A report or export that is kept."""

    id: int
    name: str
    made: str


def render_patient_head(record: PatientRecord, words: Catalogue) -> str:
    """Who it is, and what can be begun."""
    return render(
        "clinic/patient_head.html", words=words, patient=record.patient, facts=_facts(record, words)
    )


def render_patient_live(record: PatientRecord, records: Records, words: Catalogue, today: date) -> str:
    """What changed, and the timeline: all that changes while photographs are being measured."""
    findings = findings_of(record, records, words)
    pair = next((finding.pair for finding in findings if finding.pair is not None), ())
    photographs = [one for visit in record.visits for one in visit.photographs]
    return render(
        "clinic/patient_live.html",
        words=words,
        patient=record.patient,
        findings=findings,
        columns=timeline_of(record, records, words, today, pair),
        many_views=len({one.view.id for one in photographs}) > 1,
        waiting=sum(one.state == "waiting" for one in photographs),
        renew=RENEW_S if any(finding.waiting for finding in findings) else 0,
        may_keep=record.consents_to("assessment"),
    )


def render_patient_side(record: PatientRecord, records: Records, words: Catalogue, today: date) -> str:
    """What is next, what was done and went wrong, consents, files, and the end of the record."""
    return render(
        "clinic/patient_side.html",
        words=words,
        patient=record.patient,
        due=[Fact(due_words(one, words), words.day(one.on), due_class(one, today)) for one in record.due],
        treatments=[
            Fact(
                words.say("due.treatment", nth=words.nth(one.number)),
                f"{words.day(one.on)} · {treatment_detail(one, words)}",
                treatment=one.id,
            )
            for one in reversed(record.treatments)
        ],
        events=[_event(one, record, words) for one in reversed(record.adverse_events)],
        checklist=_checklist(record, words),
        notes=[Fact(visit.note, words.day(visit.on)) for visit in reversed(record.visits) if visit.note],
        consents=[_consent(one, words) for one in record.consents],
        purposes=[purpose for purpose in _PURPOSES if not record.consents_to(purpose)],
        views=[view for view in record.views if _seen(record, view.id) > 1],
        papers=[_paper(one, words) for one in reversed(record.documents)],
        today=today.isoformat(),
    )


_PURPOSES = ("assessment", "training", "teaching", "publication")


def _seen(record: PatientRecord, view_id: int) -> int:
    """At how many visits; whether they have been measured by then shows when a report is asked for."""
    return sum(any(one.view.id == view_id for one in visit.photographs) for visit in record.visits)


def _facts(record: PatientRecord, words: Catalogue) -> str:
    """The line beside the code, as in "left cheek · motorized pen · 4 treatments · consent 4 Mar 2026"."""
    views = ", ".join(words.term(view.name) for view in record.views[:4])
    devices = ", ".join(dict.fromkeys(words.term(one.device) for one in record.treatments))
    parts = [record.patient.name or "", views, devices]
    if record.plan is not None:
        plan = record.plan
        parts.append(words.say("patient.plan", n=plan.treatments, weeks=plan.weeks_apart))
    elif record.treatments:
        parts.append(words.count("patient.treatments", len(record.treatments)))
    given = [one.given_on for one in record.consents if one.purpose == "assessment" and not one.withdrawn_on]
    parts.append(
        words.say("patient.consent", day=words.day(given[-1])) if given else words["patient.no_consent"]
    )
    return " · ".join(filter(None, parts))


def _event(event: AdverseEvent, record: PatientRecord, words: Catalogue) -> Fact:
    after = next((one for one in record.treatments if one.id == event.treatment_id), None)
    if event.ends_on is None:
        when = words.say("patient.since", day=words.day(event.starts_on))
    else:
        days = (event.ends_on - event.starts_on).days + 1
        when = f"{words.day(event.starts_on)} · {words.count('patient.days', days)}"
    if after is not None:
        when = f"{when} · {words.say('patient.after', nth=words.nth(after.number))}"
    return Fact(words.term(event.kind), when, "now" if event.ends_on is None else "")


def _checklist(record: PatientRecord, words: Catalogue) -> Fact | None:
    """The newest answers: how many, and which of them were yes."""
    if not record.checklists:
        return None
    newest = record.checklists[-1]
    yes = [words.term(item) for item in get_args(ChecklistItem) if newest.answers.get(item)]
    answered = words.say(
        "patient.answered", n=len(newest.answers), of=len(get_args(ChecklistItem)), day=words.day(newest.on)
    )
    said = words.say("patient.yes_to", items=", ".join(yes)) if yes else words["patient.no_yes"]
    return Fact(said, answered, "now" if yes else "")


def _consent(consent: Consent, words: Catalogue) -> ConsentOnPage:
    return ConsentOnPage(
        id=consent.id,
        purpose=words.term(consent.purpose),
        given=words.say("consent.since", day=words.day(consent.given_on)),
        given_on=consent.given_on.isoformat(),
        withdrawn=""
        if consent.withdrawn_on is None
        else words.say("consent.withdrawn", day=words.day(consent.withdrawn_on)),
        what_goes=words["consent.goes" if consent.purpose == "assessment" else "consent.goes_other"],
    )


def _paper(document: Document, words: Catalogue) -> PaperOnPage:
    return PaperOnPage(document.id, document.name, words.day(document.made_at.date()))
