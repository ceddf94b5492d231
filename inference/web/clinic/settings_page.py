"""What the clinic decides."""

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


class SettingsPage(Page):
    """The clinic's settings."""

    name = "settings"

    def __init__(self, clinic: Clinic) -> None:
        self._clinic = clinic
        with gr.Column(elem_id="cx-settings-page"):
            self._form = piece("", elem_id="cx-settings")

    @property
    def outputs(self) -> Sequence[Component]:
        """The form."""
        return [self._form]

    def show(self, route: Route, request: gr.Request) -> Updates:
        """What is decided now."""
        return {self._form: render("clinic/settings.html", words=words(request))}
