"""The list of patients: searched, sorted, a page at a time; and a new patient."""

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


class PatientsPage(Page):
    """The page that the app starts with."""

    name = "patients"

    def __init__(self, clinic: Clinic) -> None:
        self._clinic = clinic
        with gr.Column(elem_id="cx-patients-page"):
            self._list = piece("", elem_id="cx-patients")

    @property
    def outputs(self) -> Sequence[Component]:
        """The list."""
        return [self._list]

    def show(self, route: Route, request: gr.Request) -> Updates:
        """The part of the list that the route asks for."""
        page = self._clinic.records.patients.page(route.search, offset=route.start)
        return {self._list: render("clinic/patients.html", rows=page.rows, words=words(request))}
