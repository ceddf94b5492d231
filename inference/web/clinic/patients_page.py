"""The list of patients: searched, sorted, a page at a time; a new patient, and one from an archive."""

# Gradio is typed in part.
# pyright: reportUnknownMemberType=false

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import gradio as gr
from gradio.components import Component

from inference.errors import CicatrixError
from inference.records.entries import ConsentEntry, PatientEntry, entered
from inference.web.clinic.clinic import Clinic
from inference.web.clinic.deed import Answer, Deed
from inference.web.clinic.patients_view import LINES, render_patients, render_patients_head, sort_of
from inference.web.clinic.route import Route
from inference.web.clinic.router import Doing, Page
from inference.web.clinic.words import words
from inference.web.intake import QUIET, hidden, piece, uploaded_path
from inference.web.running import Updates
from inference.web.view import render

_log = logging.getLogger(__name__)


class PatientsPage(Page):
    """The page that the app starts with."""

    name = "patients"

    def __init__(self, clinic: Clinic) -> None:
        self._clinic = clinic
        with gr.Column(elem_id="cx-patients-page"):
            self._head = piece("", elem_id="cx-patients-head")
            self._list = piece("", elem_id="cx-patients")
            self._archive = _drop()
            self._code = hidden("cx-import-code")
            self._imported = piece("", elem_id="cx-imported")
        self._archive.upload(
            self._import, [self._archive, self._code], [self._imported, self._archive], **QUIET
        )

    @property
    def outputs(self) -> Sequence[Component]:
        """What stands above the list, and the list."""
        return [self._head, self._list]

    def deeds(self) -> Mapping[str, Doing]:
        """A new patient."""
        return {"patient.add": self._add}

    def show(self, route: Route, request: gr.Request) -> Updates:
        """The part of the list that the route asks for. Whoever searches keeps what is above it."""
        said, today = words(request), self._clinic.today()
        settings = self._clinic.records.settings()
        sort = sort_of(route.sort)
        page = self._clinic.records.patients.page(
            route.search,
            sort.by,
            descending=sort.descending,
            offset=route.start,
            limit=LINES,
            today=today,
        )
        shown = {self._list: render_patients(page, route, settings, said, today)}
        return shown if route.renew else {**shown, self._head: render_patients_head(settings, said, today)}

    def _add(self, deed: Deed, request: gr.Request) -> Answer:
        """A patient with the consents ticked; everything is checked before anything is kept."""
        patient = entered(PatientEntry, {"code": "", **deed.known("code", "name", "note")})
        ticked = deed.values.get("purposes[]", [])
        consents = [
            entered(ConsentEntry, {"purpose": purpose, "given_on": deed.text("given_on")})
            for purpose in ticked
        ]
        added = self._clinic.records.patients.add(patient)
        for consent in consents:
            self._clinic.records.patients.consent(added.id, consent)
        return Answer(
            said=words(request).say("patients.added", code=added.code),
            go=Route(page="patient", patient=added.id),
        )

    def _import(self, path: str | None, code: str | None, request: gr.Request) -> Iterator[Updates]:
        """A patient from an uploaded archive; the upload is deleted whatever comes of it."""
        if not path:
            return
        try:
            patient = self._clinic.records.carry.read(Path(path), (code or "").strip())
            self._clinic.worker.wake()
            answer = Answer(
                said=words(request).say("patients.added", code=patient.code),
                go=Route(page="patient", patient=patient.id),
            )
        except CicatrixError as error:
            answer = Answer.of_error(error)
            answer = answer.model_copy(update={"error": answer.error or "; ".join(answer.fields.values())})
        except Exception:
            _log.exception("an archive could not be imported")
            answer = Answer(error=words(request)["went_wrong"])
        finally:
            Path(path).unlink(missing_ok=True)
        yield {
            self._imported: render("clinic/answer.html", answer=answer.model_dump_json(), n=time.time_ns()),
            self._archive: None,
        }


def _drop() -> gr.File:
    """Takes an archive and hands over its path; the page shows a button of its own instead."""
    drop = gr.File(file_count="single", type="filepath", elem_id="cx-import-drop", show_label=False)
    drop.preprocess = uploaded_path  # pyright: ignore[reportAttributeAccessIssue]
    return drop
