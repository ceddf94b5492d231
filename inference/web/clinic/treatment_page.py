"""A treatment with the questions before it; what went wrong after treatments, and the planned series."""

# Gradio is typed in part.
# pyright: reportUnknownMemberType=false

from collections.abc import Mapping, Sequence

import gradio as gr
from gradio.components import Component

from inference.records.entries import AdverseEventEntry, ChecklistEntry, entered
from inference.records.errors import EntryError, NotInRecordsError
from inference.records.facts import AdverseEvent, PatientRecord, Treatment
from inference.web.clinic.clinic import Clinic
from inference.web.clinic.deed import Answer, Deed
from inference.web.clinic.hints import pigment_hints, skin_hints
from inference.web.clinic.route import Route
from inference.web.clinic.router import Doing, Page
from inference.web.clinic.treatment_entry import (
    checklist_entry,
    day_said,
    event_entry,
    plan_entry,
    treatment_entry,
)
from inference.web.clinic.treatment_view import render_beside, render_treatment
from inference.web.clinic.words import words
from inference.web.intake import piece
from inference.web.running import Updates
from inference.web.view import render


class TreatmentPage(Page):
    """What is done to a patient."""

    name = "treatment"

    def __init__(self, clinic: Clinic) -> None:
        self._clinic = clinic
        with gr.Column(elem_id="cx-treatment-page"):
            self._head = piece("", elem_id="cx-treatment-head")
            self._form = piece("", elem_id="cx-treatment-form")
            self._beside = piece("", elem_id="cx-treatment-beside")

    @property
    def outputs(self) -> Sequence[Component]:
        """All pieces."""
        return [self._head, self._form, self._beside]

    def deeds(self) -> Mapping[str, Doing]:
        """What can be entered, corrected and deleted."""
        return {
            "treatment.save": self._save,
            "treatment.delete": self._delete,
            "checklist.delete": self._delete_checklist,
            "event.save": self._save_event,
            "event.end": self._end_event,
            "event.delete": self._delete_event,
            "plan.save": self._plan,
            "plan.end": self._end_plan,
        }

    def show(self, route: Route, request: gr.Request) -> Updates:
        """A new treatment, or that of the route."""
        said, records = words(request), self._clinic.records
        record, treatment = self._found(route)
        settings, today = records.settings(), self._clinic.today().isoformat()
        title = (
            said["treatment.new"]
            if treatment is None
            else said.say("treatment.of", number=treatment.number, day=said.day(treatment.on))
        )
        hints = skin_hints(records, record)
        return {
            self._head: render("clinic/head.html", patient=record.patient, title=title),
            self._form: render_treatment(record, treatment, hints, settings, today, said),
            self._beside: render_beside(record, pigment_hints(records, record), settings, today, said),
        }

    def _save(self, deed: Deed, request: gr.Request) -> Answer:
        """Keep the treatment with its answers, or the answers alone where none was given."""
        said, care = words(request), self._clinic.records.care
        record, known = self._found(deed.route)
        on = day_said(deed, "on", self._clinic.today(), said)
        entry = treatment_entry(deed, said)
        answers = checklist_entry(deed, on)
        patient = record.patient.id
        if entry is None and answers is None:
            raise EntryError({"device": said["treatment.nothing"]})
        if known is not None:
            if entry is None:
                raise EntryError({"device": said["treatment.needs_device"]})
            care.change_treatment(known.id, entry)
            self._change_answers(record, known, checklist_entry(deed, on, known.id))
        elif entry is None:
            if answers is not None:
                care.add_checklist(patient, answers)
        elif answers is None:
            care.add_treatment(patient, entry)
        else:
            care.treat(patient, entry, answers)
        text = said["treatment.saved" if entry is not None else "treatment.answers_saved"]
        return Answer(said=text, go=Route(page="patient", patient=patient))

    def _change_answers(
        self, record: PatientRecord, treatment: Treatment, answers: ChecklistEntry | None
    ) -> None:
        care = self._clinic.records.care
        known = next((one for one in record.checklists if one.treatment_id == treatment.id), None)
        if answers is not None and known is not None:
            care.change_checklist(known.id, answers)
        elif answers is not None:
            care.add_checklist(record.patient.id, answers)
        elif known is not None:
            care.delete_checklist(known.id)

    def _delete(self, deed: Deed, request: gr.Request) -> Answer:
        _, treatment = self._found(deed.route)
        if treatment is None:
            raise NotInRecordsError(words(request)["went_wrong"])
        self._clinic.records.care.delete_treatment(treatment.id)
        text = words(request)["treatment.deleted"]
        return Answer(said=text, go=Route(page="patient", patient=deed.route.patient))

    def _delete_checklist(self, deed: Deed, request: gr.Request) -> Answer:
        self._clinic.records.care.delete_checklist(deed.number("checklist"))
        return self._done(deed, words(request)["treatment.answers_deleted"])

    def _save_event(self, deed: Deed, request: gr.Request) -> Answer:
        said = words(request)
        record, _ = self._found(deed.route)
        entry = event_entry(deed, said)
        if entry.starts_on > self._clinic.today():
            raise EntryError({"starts_on": said["wrong.future"]})
        self._clinic.records.care.add_event(record.patient.id, entry)
        return self._done(deed, said["event.saved"])

    def _end_event(self, deed: Deed, request: gr.Request) -> Answer:
        said = words(request)
        event = self._event(deed)
        ends_on = day_said(deed, "ends_on", self._clinic.today(), said)
        if ends_on < event.starts_on:
            raise EntryError({"ends_on": said["wrong.ends_on"]})
        known = {name: getattr(event, name) for name in AdverseEventEntry.model_fields}
        self._clinic.records.care.change_event(
            event.id, entered(AdverseEventEntry, {**known, "ends_on": ends_on})
        )
        return self._done(deed, said["event.saved"])

    def _delete_event(self, deed: Deed, request: gr.Request) -> Answer:
        self._clinic.records.care.delete_event(self._event(deed).id)
        return self._done(deed, words(request)["event.deleted"])

    def _event(self, deed: Deed) -> AdverseEvent:
        record, _ = self._found(deed.route)
        key = deed.number("event")
        event = next((one for one in record.adverse_events if one.id == key), None)
        if event is None:
            raise NotInRecordsError("This event is not, or no longer, in the records: load the page again.")
        return event

    def _plan(self, deed: Deed, request: gr.Request) -> Answer:
        said = words(request)
        record, _ = self._found(deed.route)
        self._clinic.records.care.plan(record.patient.id, plan_entry(deed, said))
        return self._done(deed, said["plan.saved"])

    def _end_plan(self, deed: Deed, request: gr.Request) -> Answer:
        record, _ = self._found(deed.route)
        self._clinic.records.care.end_plan(record.patient.id, self._clinic.today())
        return self._done(deed, words(request)["plan.ended"])

    def _done(self, deed: Deed, text: str) -> Answer:
        """The page stays, whatever else is being typed into it."""
        return Answer(said=text, go=deed.route)

    def _found(self, route: Route) -> tuple[PatientRecord, Treatment | None]:
        """Raises NotInRecordsError for a patient, or for a treatment that is not this patient's."""
        record = self._clinic.records.patients.record(route.patient or 0, self._clinic.today())
        if route.treatment is None:
            return record, None
        treatment = next((one for one in record.treatments if one.id == route.treatment), None)
        if treatment is None:
            raise NotInRecordsError(
                "This treatment is not, or no longer, in the records: load the page again."
            )
        return record, treatment
