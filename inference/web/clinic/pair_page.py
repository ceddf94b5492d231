"""Two photographs of a patient's view, compared: the compare page's result, from the records."""

from collections.abc import Sequence

import gradio as gr
from gradio.components import Component

from inference.web.clinic.clinic import Clinic
from inference.web.clinic.route import Route
from inference.web.clinic.router import Page
from inference.web.intake import piece
from inference.web.running import Updates


class PairPage(Page):
    """Any two visits of one view."""

    name = "pair"

    def __init__(self, clinic: Clinic) -> None:
        self._clinic = clinic
        with gr.Column(elem_id="cx-pair-page"):
            self._result = piece("", elem_id="cx-pair")

    @property
    def outputs(self) -> Sequence[Component]:
        """The result."""
        return [self._result]

    def show(self, route: Route, request: gr.Request) -> Updates:
        """The comparison of the route's two photographs."""
        return {self._result: ""}
