"""What the clinic decides, and where everything is."""

# Gradio is typed in part.
# pyright: reportUnknownMemberType=false

from collections.abc import Mapping, Sequence
from typing import Any, get_args

import gradio as gr
from gradio.components import Component

from inference.records.entries import TreatmentDefaults, entered
from inference.records.errors import EntryError
from inference.records.facts import ClinicSettings
from inference.records.terms import NEEDLE_LENGTH_MM, NEEDLING, Anaesthetic, Device
from inference.web.clinic.clinic import Clinic
from inference.web.clinic.deed import Answer, Deed
from inference.web.clinic.route import Route
from inference.web.clinic.router import Doing, Page
from inference.web.clinic.treatment_entry import plan_entry
from inference.web.clinic.words import LANGUAGE_COOKIE, LANGUAGES, Catalogue, catalogue, words
from inference.web.intake import piece
from inference.web.running import Updates
from inference.web.view import render

_MOST_RATERS = 40
_PROPOSED = ("device", "device_name", "needle_length_mm", "passes", "area", "anaesthetic", "operator")


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

    def deeds(self) -> Mapping[str, Doing]:
        """What can be decided."""
        return {
            "settings.clinic": self._decide_clinic,
            "settings.treatment": self._decide_treatment,
            "settings.names": self._decide_names,
            "settings.rescore": self._rescore,
        }

    def show(self, route: Route, request: gr.Request) -> Updates:
        """What is decided now."""
        said, records = words(request), self._clinic.records
        bundle = self._clinic.instruments.network.bundle
        folder, database = records.place
        html = render(
            "clinic/settings.html",
            settings=records.settings(),
            folder=folder,
            database=database,
            model=bundle.description,
            model_sha256=bundle.sha256,
            waiting=records.queue.waiting(),
            outdated=records.queue.outdated(bundle.sha256, bundle.description.version),
            languages=[(code, catalogue(code)["language"]) for code in LANGUAGES],
            chosen=request.cookies.get(LANGUAGE_COOKIE, ""),
            cookie=LANGUAGE_COOKIE,
            devices=get_args(Device),
            needling=NEEDLING,
            needle=NEEDLE_LENGTH_MM,
            anaesthetics=get_args(Anaesthetic),
            proposed=_filled(records.settings().treatment),
            words=said,
        )
        return {self._form: html}

    def _decide_clinic(self, deed: Deed, request: gr.Request) -> Answer:
        said = words(request)
        lines = str(deed.values.get("raters", "")).splitlines()
        raters = tuple(dict.fromkeys(line.strip() for line in lines if line.strip()))
        if len(raters) > _MOST_RATERS or any(len(name) > 200 for name in raters):
            raise EntryError({"raters": said.say("settings.too_many", most=_MOST_RATERS)})
        numbers = {**deed.known("treatments", "weeks_apart"), "upkeep_months": deed.text("upkeep_months")}
        plan = plan_entry(
            deed.model_copy(update={"values": {**numbers, "starts_on": str(self._clinic.today())}}), said
        )
        return self._decide(
            {
                "clinic_name": deed.text("clinic_name")[:200],
                "raters": raters,
                "treatments": plan.treatments,
                "weeks_apart": plan.weeks_apart,
                "upkeep_months": plan.upkeep_months,
            },
            said,
        )

    def _decide_treatment(self, deed: Deed, request: gr.Request) -> Answer:
        said = words(request)
        try:
            proposed = entered(TreatmentDefaults, deed.known(*_PROPOSED))
        except EntryError as error:
            fields = {name: said.texts.get(f"wrong.{name}", text) for name, text in error.fields.items()}
            raise EntryError(fields) from error
        return self._decide({"treatment": proposed}, said)

    def _decide_names(self, deed: Deed, request: gr.Request) -> Answer:
        """On, or off with all names erased for good."""
        said = words(request)
        on = deed.text("names") == "on"
        answer = self._decide({"keep_names": on}, said)
        if not on:
            self._clinic.records.patients.forget_names()
        return answer.model_copy(update={"said": said["settings.names_on" if on else "settings.names_off"]})

    def _rescore(self, deed: Deed, request: gr.Request) -> Answer:
        """New results are added; the earlier ones stay."""
        bundle = self._clinic.instruments.network.bundle
        count = self._clinic.records.queue.ask_outdated(bundle.sha256, bundle.description.version)
        self._clinic.worker.wake()
        return Answer(said=words(request).count("settings.rescoring", count), go=Route(page="settings"))

    def _decide(self, changes: dict[str, Any], said: Catalogue) -> Answer:
        records = self._clinic.records
        decided = records.settings().model_copy(update=changes)
        records.decide(ClinicSettings.model_validate(decided.model_dump()))
        return Answer(said=said["saved"], go=Route(page="settings"))


def _filled(proposed: TreatmentDefaults) -> dict[str, Any]:
    """Values of the fields, "" where there is none."""
    return {name: "" if value is None else value for name, value in proposed.model_dump().items()}
