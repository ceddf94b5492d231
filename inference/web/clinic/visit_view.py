"""The visit that is being entered, as pieces of page."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from inference.records.facts import PatientRecord, Visit
from inference.records.records import Records
from inference.records.terms import USUAL_VIEWS
from inference.web.clinic.drafts import Upload
from inference.web.clinic.kept_pictures import thumbnail
from inference.web.clinic.recognize import ViewGuess
from inference.web.clinic.visit_entry import OTHER, usual_day
from inference.web.clinic.words import Catalogue
from inference.web.view import render

#: Photographs' inputs belong to this form, wherever they stand on the page.
FORM_ID = "cx-visit-entry"


def render_head(record: PatientRecord, visit: Visit | None, words: Catalogue) -> str:
    """Whose visit it is, and what stands in the way of saving it."""
    return render(
        "clinic/visit_head.html",
        patient=record.patient,
        title=words["visit.new"] if visit is None else words.say("visit.of", day=words.day(visit.on)),
        consents=record.consents_to("assessment"),
        words=words,
    )


def render_cards(uploads: Sequence[Upload], record: PatientRecord, words: Catalogue) -> str:
    """The dropped photographs, each with what was recognized and what is to be confirmed; empty for none."""
    if not uploads:
        return ""
    day = usual_day(uploads)
    return render(
        "clinic/visit_cards.html",
        form=FORM_ID,
        cards=[_card(upload, words) for upload in uploads],
        own=[view.name for view in record.views],
        usual=[view for view in USUAL_VIEWS if view not in {known.name for known in record.views}],
        other=OTHER,
        day="" if day is None else day.isoformat(),
        looking=sum(not upload.is_looked_at for upload in uploads),
        words=words,
    )


def _card(upload: Upload, words: Catalogue) -> dict[str, Any]:
    guess = upload.guess or ViewGuess()
    return {
        "upload": upload,
        "day": "" if upload.day is None else upload.day.isoformat(),
        "day_words": None if upload.day is None else words.day(upload.day),
        "view": guess.view or "",
        "why": "" if upload.guess is None else why(upload.guess, words),
        "is_guess": guess.view is not None,
    }


def why(guess: ViewGuess, words: Catalogue) -> str:
    """Why the view is proposed, in a sentence."""
    match guess.why:
        case "face" if guess.view == "front":
            return words["visit.why.front"]
        case "face":
            return words.say("visit.why.face", degrees=words.number(abs(guess.yaw_deg or 0.0)))
        case "match":
            return words.say("visit.why.match", day=words.day(guess.on or date.min))
        case "name":
            return words.say("visit.why.name", word=guess.word)
        case "unknown":
            return words["visit.why.unknown"]


def render_form(record: PatientRecord, visit: Visit | None, today: date, words: Catalogue) -> str:
    """Day, note and the like. today: the day that is proposed until the photographs tell theirs."""
    before = [treatment.on for treatment in record.treatments]
    return render(
        "clinic/visit_form.html",
        form=FORM_ID,
        keep=f"visit/{record.patient.id}/{'new' if visit is None else visit.id}",
        visit=visit,
        on=(today if visit is None else visit.on).isoformat(),
        treated=None if not before else words.day(max(before)),
        words=words,
    )


def render_kept(records: Records, record: PatientRecord, visit: Visit | None, words: Catalogue) -> str:
    """The photographs that the visit already has, and where their scoring stands; empty for a new visit."""
    if visit is None or not visit.photographs:
        return ""
    return render(
        "clinic/visit_kept.html",
        photographs=[
            {"photograph": one, "picture": thumbnail(records, one), "patient": record.patient.id}
            for one in visit.photographs
        ],
        views=[view.name for view in record.views],
        usual=[view for view in USUAL_VIEWS if view not in {known.name for known in record.views}],
        words=words,
    )
