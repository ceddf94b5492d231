"""One patient: what changed, the timeline, the visits, and everything that can be done with them."""

# Gradio is typed in part.
# pyright: reportUnknownMemberType=false

from collections.abc import Mapping, Sequence

import gradio as gr
from gradio.components import Component

from inference.records.entries import ConsentEntry, PatientEntry, entered
from inference.records.errors import EntryError
from inference.web.clinic.clinic import Clinic
from inference.web.clinic.deed import Answer, Deed
from inference.web.clinic.desk import Desk
from inference.web.clinic.patient_view import (
    render_patient_head,
    render_patient_live,
    render_patient_side,
)
from inference.web.clinic.route import Route
from inference.web.clinic.router import Doing, Page
from inference.web.clinic.words import words
from inference.web.intake import piece
from inference.web.running import Updates


class PatientPage(Page):
    """The clinic's main page. What changes while photographs are measured is a piece of its own, so that nothing is
    lost that somebody types meanwhile."""

    name = "patient"

    def __init__(self, clinic: Clinic) -> None:
        self._clinic = clinic
        self._desk = Desk(clinic)
        with gr.Column(elem_id="cx-patient-page"):
            self._head = piece("", elem_id="cx-patient-head")
            self._live = piece("", elem_id="cx-patient-live")
            self._side = piece("", elem_id="cx-patient-side")

    @property
    def outputs(self) -> Sequence[Component]:
        """All of it."""
        return [self._head, self._live, self._side]

    def deeds(self) -> Mapping[str, Doing]:
        """Consents, changes of the record, its end, and its papers."""
        return {
            **self._desk.deeds(),
            "consent.add": self._consent,
            "consent.withdraw": self._withdraw,
            "patient.change": self._change,
            "patient.delete": self._delete,
            "photograph.ask": self._ask,
        }

    def show(self, route: Route, request: gr.Request) -> Updates:
        """The patient that the route names."""
        said, today, records = words(request), self._clinic.today(), self._clinic.records
        record = records.patients.record(route.patient or 0, today)
        live = {self._live: render_patient_live(record, records, said, today)}
        if route.renew:
            return live
        head, side = render_patient_head(record, said), render_patient_side(record, records, said, today)
        return {**live, self._head: head, self._side: side}

    def _consent(self, deed: Deed, request: gr.Request) -> Answer:
        entry = entered(ConsentEntry, {"given_on": "", **deed.known("purpose", "given_on")})
        self._clinic.records.patients.consent(_patient(deed), entry)
        return _stay(deed, words(request)["consent.kept"])

    def _withdraw(self, deed: Deed, request: gr.Request) -> Answer:
        on = deed.day("withdrawn_on")
        withdrawn = self._clinic.records.patients.withdraw(deed.number("consent"), on)
        if withdrawn.purpose == "assessment":
            self._clinic.drafts.forget(_patient(deed))
        return _stay(deed, words(request)["consent.is_withdrawn"])

    def _change(self, deed: Deed, request: gr.Request) -> Answer:
        patients = self._clinic.records.patients
        now = patients.record(_patient(deed)).patient
        values = {"code": "", "name": now.name, **deed.known("code", "note")}
        patients.change(now.id, entered(PatientEntry, values))
        return _stay(deed, words(request)["patient.changed"])

    def _delete(self, deed: Deed, request: gr.Request) -> Answer:
        """Only with the code typed once more: this cannot be taken back."""
        said, patients = words(request), self._clinic.records.patients
        patient = patients.record(_patient(deed)).patient
        if deed.text("typed").casefold() != patient.code.casefold():
            raise EntryError({"typed": said.say("patient.type_code", code=patient.code)})
        patients.delete(patient.id)
        self._clinic.drafts.forget(patient.id)
        return Answer(said=said.say("patient.deleted", code=patient.code), go=Route(page="patients"))

    def _ask(self, deed: Deed, request: gr.Request) -> Answer:
        self._clinic.records.queue.ask(deed.number("photograph"))
        self._clinic.worker.wake()
        return _stay(deed, words(request)["timeline.asked"])


def _patient(deed: Deed) -> int:
    """Of the page on which the form stood. 0 is nobody."""
    return deed.route.patient or 0


def _stay(deed: Deed, said: str) -> Answer:
    return Answer(said=said, go=Route(page="patient", patient=deed.route.patient))
