"""What forms of the pages ask of reports and exports: making, handing out, deleting."""

import base64
import re
from collections.abc import Mapping

import gradio as gr

from inference.records.facts import Document
from inference.web.clinic.clinic import Clinic
from inference.web.clinic.deed import Answer, Deed
from inference.web.clinic.papers import FORMATS, PaperError, Papers
from inference.web.clinic.route import Route
from inference.web.clinic.router import Doing
from inference.web.clinic.words import words

#: Documents travel in parts inside the page, so that no address hands them out and no copy of them is left behind.
_PART_BYTES = 3_000_000
_PAIR = re.compile(r"pair-(\d+)-(\d+)")
_SERIES = re.compile(r"series-(\d+)")


class Desk:
    """Papers, as the pages ask for them."""

    def __init__(self, clinic: Clinic) -> None:
        self._records = clinic.records
        self._papers = Papers(clinic)

    def deeds(self) -> Mapping[str, Doing]:
        """By the name in a form's `data-do`."""
        return {"paper.make": self._make, "paper.delete": self._delete, "document.part": self._part}

    def _make(self, deed: Deed, request: gr.Request) -> Answer:
        document = self._made(deed.route.patient or 0, deed.text("what"), deed.text("format"))
        said = words(request).say("papers.made", name=document.name)
        stay = deed.route if deed.route.page == "patient" else None
        return Answer(said=said, document=document.id, go=stay)

    def _made(self, patient_id: int, what: str, form: str) -> Document:
        if what == "patient":
            return self._papers.archive(patient_id)
        if form not in FORMATS:
            raise PaperError("This format is not known: choose one of the list.")
        if what == "all":
            return self._papers.table(patient_id, form)
        if series := _SERIES.fullmatch(what):
            return self._papers.series(patient_id, int(series[1]), form)
        if pair := _PAIR.fullmatch(what):
            return self._papers.pair(patient_id, int(pair[1]), int(pair[2]), form)
        raise PaperError("There is nothing to make a report of yet: two visits must have been measured.")

    def _delete(self, deed: Deed, request: gr.Request) -> Answer:
        self._records.documents.delete(deed.number("document"))
        return Answer(
            said=words(request)["papers.deleted"], go=Route(page="patient", patient=deed.route.patient)
        )

    def _part(self, deed: Deed, request: gr.Request) -> Answer:
        """A part of a kept document from `offset` on, with its name and media type in `said`."""
        document = self._records.documents.get(deed.number("document"))
        start = deed.number("offset")
        with self._records.documents.path(document.id).open("rb") as file:
            file.seek(start)
            content = file.read(_PART_BYTES)
            more = bool(file.read(1))
        return Answer(
            said=f"{document.media_type} {document.name}",
            part=base64.b64encode(content).decode("ascii"),
            more=more,
        )
