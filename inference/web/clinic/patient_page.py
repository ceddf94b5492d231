"""One patient: what changed, the timeline, the visits, and everything that can be done with them."""

from collections.abc import Sequence

import gradio as gr
from gradio.components import Component

from inference.web.clinic.clinic import Clinic
from inference.web.clinic.route import Route
from inference.web.clinic.router import Page
from inference.web.clinic.words import words
from inference.web.intake import piece
from inference.web.running import Updates
from inference.web.view import render


class PatientPage(Page):
    """The clinic's main page."""

    name = "patient"

    def __init__(self, clinic: Clinic) -> None:
        self._clinic = clinic
        with gr.Column(elem_id="cx-patient-page"):
            self._live = piece("", elem_id="cx-patient-live")

    @property
    def outputs(self) -> Sequence[Component]:
        """All of it."""
        return [self._live]

    def show(self, route: Route, request: gr.Request) -> Updates:
        """The patient that the route names."""
        record = self._clinic.records.patients.record(route.patient or 0, self._clinic.today())
        return {self._live: render("clinic/patient.html", record=record, words=words(request))}
