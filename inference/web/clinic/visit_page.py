"""Entering a visit: photographs are dropped, recognized and confirmed, and the visit is saved whole."""

# Gradio is typed in part.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.components import Component

from inference.check import NOTHING_SAID
from inference.errors import CicatrixError, PhotoError
from inference.photo.read import read_photo
from inference.records.entries import VisitEntry
from inference.records.errors import EntryError
from inference.records.facts import PatientRecord, Visit
from inference.web.clinic.clinic import Clinic
from inference.web.clinic.deed import Answer, Deed
from inference.web.clinic.drafts import Place, Upload, seen
from inference.web.clinic.recognize import Earlier, Recognizer, day_of
from inference.web.clinic.route import Route, RouteError
from inference.web.clinic.router import Doing, Page
from inference.web.clinic.visit_entry import photograph_entries, visit_entry
from inference.web.clinic.visit_view import render_cards, render_form, render_head, render_kept
from inference.web.clinic.words import Catalogue, words
from inference.web.drawing import jpeg_picture
from inference.web.intake import QUIET, drop_many, hidden, piece
from inference.web.look import fitness
from inference.web.running import Updates
from inference.web.view import render

_log = logging.getLogger(__name__)
#: Long side of the pictures on the cards: twice that at which they are shown.
_PREVIEW_PX = 560


class VisitPage(Page):
    """A new visit, or one to which more is added."""

    name = "visit"

    def __init__(self, clinic: Clinic) -> None:
        self._clinic = clinic
        self._drafts = clinic.drafts
        self._recognizer = Recognizer(clinic.instruments)
        #: What each tab shows, so that what is found out late is not shown beside another patient.
        self._places: dict[str, Place] = {}
        with gr.Column(elem_id="cx-visit-page"):
            self._head = piece("", elem_id="cx-visit-head")
            with gr.Column(elem_classes="cx-slot", elem_id="cx-slot-visit"):
                self._drop = drop_many("Photographs", "cx-drop-visit")
                self._empty = piece("", elem_id="cx-empty-visit")
                self._cards = piece("", elem_id="cx-visit-cards")
            self._kept = piece("", elem_id="cx-visit-kept")
            self._form = piece("", elem_id="cx-visit-form")
            self._let_go = hidden("cx-visit-let-go")
        look: dict[str, Any] = {"concurrency_id": "recognize", "concurrency_limit": 1, **QUIET}
        self._drop.change(self._take, self._drop, [self._drop, self._cards], **look)
        self._let_go.change(self._remove, self._let_go, self._cards, queue=False, **QUIET)

    @property
    def outputs(self) -> Sequence[Component]:
        """All pieces; the drop zone only passes files on."""
        return [self._head, self._empty, self._cards, self._kept, self._form]

    def deeds(self) -> Mapping[str, Doing]:
        """Saving, and what can be done with photographs that were saved before."""
        return {
            "visit.save": self._save,
            "visit.delete": self._delete,
            "photograph.again": self._score_again,
            "photograph.view": self._change_view,
            "photograph.delete": self._delete_photograph,
        }

    def show(self, route: Route, request: gr.Request) -> Updates:
        """The visit of the route, with the photographs that were dropped for it before."""
        said = words(request)
        record, visit = self._found(route)
        kept = {self._kept: render_kept(self._clinic.records, record, visit, said)}
        if route.renew:
            return kept
        place = _place(route, request)
        self._places[place.session] = place
        return {
            **kept,
            self._head: render_head(record, visit, said),
            self._empty: render("clinic/visit_empty.html", words=said),
            self._cards: render_cards(self._drafts.uploads(place), record, said),
            self._form: render_form(record, visit, self._clinic.today(), said),
        }

    def leave(self, request: gr.Request) -> None:
        """The tab was closed: what was dropped in it goes."""
        self._places.pop(str(request.session_hash), None)
        self._drafts.leave(str(request.session_hash))

    def _take(self, paths: list[str] | None, request: gr.Request) -> Iterator[Updates]:
        """Take the files over and look at each; the drop zone is empty again at once."""
        place = self._places.get(str(request.session_hash))
        if not paths or place is None:  # the zone has just been emptied, by us
            yield {self._cards: gr.skip()}
            return
        said = words(request)
        record = self._clinic.records.patients.record(place.patient, self._clinic.today())
        uploads = [Path(path) for path in paths]
        folder = self._clinic.upload_folder.resolve()
        self._drafts.take(place, [path for path in uploads if path.resolve().is_relative_to(folder)])
        yield {self._drop: None, self._cards: render_cards(self._drafts.uploads(place), record, said)}
        for upload in self._drafts.uploads(place):
            if upload.is_looked_at:
                continue
            for step in self._look(upload, record, said):
                self._drafts.note(place, step)
                if self._places.get(place.session) == place:
                    yield {self._cards: render_cards(self._drafts.uploads(place), record, said)}

    def _look(self, upload: Upload, record: PatientRecord, said: Catalogue) -> Iterator[Upload]:
        """The upload with its picture, then with its view and verdict, or with what is wrong."""
        try:
            photo = read_photo(upload.path)
            upload = replace(upload, preview=jpeg_picture(photo.rgb, _PREVIEW_PX), day=day_of(photo))
            yield upload
            checked = self._recognizer.check(photo, NOTHING_SAID)
            guess = self._recognizer.view_of(checked, self._earlier(record), upload.name)
            yield seen(upload, checked, guess, fitness(checked.quality))
        except PhotoError as error:
            yield replace(upload, problem=str(error))
        except CicatrixError as error:
            yield replace(upload, problem=str(error))
        except Exception:
            _log.exception("looking at a photograph failed")
            yield replace(upload, problem=said["visit.look_failed"])

    def _earlier(self, record: PatientRecord) -> list[Earlier]:
        """The newest photograph of every view."""
        newest = {
            one.view.id: Earlier(
                one.view.name, visit.on, self._clinic.records.visits.file(one.sha256), NOTHING_SAID
            )
            for visit in record.visits
            for one in visit.photographs
        }
        return list(newest.values())

    def _remove(self, text: str | None, request: gr.Request) -> str | Any:
        """text: JSON with the key of a photograph that is not wanted, and a number that makes every wish a new one."""
        place = self._places.get(str(request.session_hash))
        if not text or place is None:
            return gr.skip()
        self._drafts.remove(place, [str(json.loads(text)["key"])])
        record = self._clinic.records.patients.record(place.patient, self._clinic.today())
        return render_cards(self._drafts.uploads(place), record, words(request))

    def _save(self, deed: Deed, request: gr.Request) -> Answer:
        """Keep the visit, whole or not at all; what was dropped and typed is let go only then."""
        said, place = words(request), _place(deed.route, request)
        record, visit = self._found(deed.route)
        uploads = self._drafts.uploads(place)
        entry = visit_entry(deed)
        photographs = photograph_entries(uploads, deed, entry.on, said)
        self._refuse(record, visit, entry, len(uploads), said)
        if visit is None:
            self._clinic.records.visits.save(place.patient, entry, photographs)
        else:
            self._clinic.records.visits.add_photographs(visit.id, photographs)
            self._clinic.records.visits.change(visit.id, entry)
        self._drafts.remove(place, [upload.key for upload in uploads])
        self._clinic.worker.wake()
        text = said.say("visit.saved", day=said.day(entry.on))
        return Answer(said=text, go=Route(page="patient", patient=place.patient))

    def _refuse(
        self, record: PatientRecord, visit: Visit | None, entry: VisitEntry, count: int, said: Catalogue
    ) -> None:
        """Raises EntryError for a visit with nothing in it, in the future, or on a day that has one."""
        if visit is None and not count and not entry.note:
            raise EntryError({"": said["visit.nothing"]})
        if entry.on > self._clinic.today():
            raise EntryError({"on": said["visit.future"]})
        if any(other.on == entry.on and other is not visit for other in record.visits):
            raise EntryError({"on": said["visit.same_day"]})

    def _delete(self, deed: Deed, request: gr.Request) -> Answer:
        record, visit = self._found(deed.route)
        if visit is None:
            raise RouteError(words(request)["went_wrong"])
        self._clinic.records.visits.delete(visit.id)
        return Answer(
            said=words(request)["visit.deleted"], go=Route(page="patient", patient=record.patient.id)
        )

    def _score_again(self, deed: Deed, request: gr.Request) -> Answer:
        self._clinic.records.queue.ask(deed.number("photograph"))
        self._clinic.worker.wake()
        return Answer(said=words(request)["visit.asked_again"], go=deed.route)

    def _change_view(self, deed: Deed, request: gr.Request) -> Answer:
        self._clinic.records.visits.change_view(deed.number("photograph"), deed.text("view"))
        return Answer(said=words(request)["saved"], go=deed.route)

    def _delete_photograph(self, deed: Deed, request: gr.Request) -> Answer:
        self._clinic.records.visits.delete_photograph(deed.number("photograph"))
        return Answer(said=words(request)["visit.photograph_deleted"], go=deed.route)

    def _found(self, route: Route) -> tuple[PatientRecord, Visit | None]:
        """Raises NotInRecordsError for a patient, RouteError for a visit of another."""
        record = self._clinic.records.patients.record(route.patient or 0, self._clinic.today())
        if route.visit is None:
            return record, None
        visit = next((one for one in record.visits if one.id == route.visit), None)
        if visit is None:
            raise RouteError("This visit is not, or no longer, in the records: go back to the patient.")
        return record, visit


def _place(route: Route, request: gr.Request) -> Place:
    return Place(str(request.session_hash), route.patient or 0, route.visit)
