"""Two photographs of a patient's view, compared: the compare page's result, from the records."""

# Gradio is typed in part.
# pyright: reportUnknownMemberType=false

from collections.abc import Sequence

import gradio as gr
from gradio.components import Component

from inference.errors import CicatrixError
from inference.records.errors import NotInRecordsError
from inference.records.facts import PatientRecord, Photograph, Visit
from inference.web.clinic.clinic import Clinic
from inference.web.clinic.finding import change_sentence
from inference.web.clinic.kept_pictures import thumbnail
from inference.web.clinic.route import Route
from inference.web.clinic.router import Page
from inference.web.clinic.words import Catalogue, words
from inference.web.intake import piece
from inference.web.running import Updates
from inference.web.service import Service
from inference.web.view import render, render_message

_Seen = tuple[Visit, Photograph]


class PairPage(Page):
    """Any two visits of one view. The page says at once what the records know, and then measures the pictures."""

    name = "pair"

    def __init__(self, clinic: Clinic) -> None:
        self._clinic = clinic
        self._service = Service(clinic.instruments, clinic.upload_folder)
        with gr.Column(elem_id="cx-pair-page"):
            self._head = piece("", elem_id="cx-pair-head")
            self._result = piece("", elem_id="cx-pair")

    @property
    def outputs(self) -> Sequence[Component]:
        """Which two, and the result."""
        return [self._head, self._result]

    def show(self, route: Route, request: gr.Request) -> Updates:
        """At first which two and what is known of them; when it is asked for again, their comparison."""
        said = words(request)
        record = self._clinic.records.patients.record(route.patient or 0, self._clinic.today())
        pair = sorted(
            (_seen(record, one) for one in (route.photograph, route.other)), key=lambda seen: seen[0].on
        )
        if route.renew:
            return {self._result: self._compare(pair, said)}
        head = render(
            "clinic/pair_head.html",
            words=said,
            patient=record.patient,
            view=said.term(pair[1][1].view.name),
            days=[said.day(visit.on) for visit, _ in pair],
            early=[said.day(visit.on) for visit, _ in pair if visit.too_early],
            photographs=[photograph.id for _, photograph in pair],
        )
        return {self._head: head, self._result: self._waiting(record, pair, said)}

    def _waiting(self, record: PatientRecord, pair: Sequence[_Seen], said: Catalogue) -> str:
        """Both photographs, small, and what the records know of them, until the pictures are made."""
        ids = tuple(photograph.id for _, photograph in pair)
        kept = next((one for one in record.comparisons if (one.before_id, one.after_id) == ids), None)
        return render(
            "clinic/pair_waiting.html",
            words=said,
            sentence="" if kept is None else change_sentence(kept, pair[0][0].on, pair[1][0].on, said),
            pictures=[thumbnail(self._clinic.records, photograph) for _, photograph in pair],
        )

    def _compare(self, pair: Sequence[_Seen], said: Catalogue) -> str:
        queue = self._clinic.records.queue
        sources = [queue.source(photograph.id) for _, photograph in pair]
        titles = said.day(pair[0][0].on), said.day(pair[1][0].on)
        try:
            with self._clinic.measuring:
                return self._service.compare(
                    (sources[0].path, sources[1].path),
                    (sources[0].options, sources[1].options),
                    titles,
                    "pair",
                )
        except CicatrixError as error:
            text = str(error)
            for source, title in zip(
                sources, titles, strict=True
            ):  # the files' own names mean nothing to a reader
                text = text.replace(source.path.name, title)
            return render_message(said["pair.failed"], text)


def _seen(record: PatientRecord, photograph_id: int | None) -> _Seen:
    """Raises NotInRecordsError for a photograph that is not this patient's."""
    for visit in record.visits:
        for photograph in visit.photographs:
            if photograph.id == photograph_id:
                return visit, photograph
    raise NotInRecordsError(
        "This photograph is not, or no longer, in the records: load the patient's page again."
    )
