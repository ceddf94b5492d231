"""The clinician's say about one photograph: types corrected, scars deleted and drawn, own values of scales."""

# Gradio is typed in part.
# pyright: reportUnknownMemberType=false

import json
from collections.abc import Mapping, Sequence
from typing import Any

import gradio as gr
from gradio.components import Component
from pydantic import ValidationError

from inference.measure.assessment import ScaleValue
from inference.network.maps import TYPES
from inference.records.entries import CorrectionEntry, GradeEntry, entered
from inference.records.errors import EntryError, NotInRecordsError
from inference.records.facts import PatientRecord, Photograph, Visit
from inference.records.labels import label_archive
from inference.records.terms import CLINICIAN_SCALES
from inference.web.clinic.clinic import Clinic
from inference.web.clinic.deed import Answer, Deed
from inference.web.clinic.kept_pictures import shown
from inference.web.clinic.route import Route
from inference.web.clinic.router import Doing, Page
from inference.web.clinic.scars_view import counts, shapes_of
from inference.web.clinic.words import Catalogue, words
from inference.web.intake import piece
from inference.web.running import Updates
from inference.web.view import render


class ScarsPage(Page):
    """The model's scars over the photograph, and the clinician's beside them."""

    name = "scars"

    def __init__(self, clinic: Clinic) -> None:
        self._clinic = clinic
        with gr.Column(elem_id="cx-scars-page"):
            self._head = piece("", elem_id="cx-scars-head")
            self._board = piece("", elem_id="cx-scars-board")
            self._beside = piece("", elem_id="cx-scars-beside")

    @property
    def outputs(self) -> Sequence[Component]:
        """All pieces."""
        return [self._head, self._board, self._beside]

    def deeds(self) -> Mapping[str, Doing]:
        """Corrections, values, and the labels that come of them."""
        return {
            "scars.retype": self._retype,
            "scars.delete": self._delete,
            "scars.draw": self._draw,
            "scars.accept": self._accept,
            "scars.undo": self._undo,
            "scars.grade": self._grade,
            "scars.grade.delete": self._delete_grade,
            "scars.labels": self._labels,
        }

    def show(self, route: Route, request: gr.Request) -> Updates:
        """The photograph of the route."""
        said, records = words(request), self._clinic.records
        record, visit, photograph = self._found(route)
        shapes = shapes_of(records, photograph)
        corrections = records.opinions.corrections(photograph.id)
        title = said.say("scars.title", view=said.term(photograph.view.name), day=said.day(visit.on))
        return {
            self._head: render("clinic/head.html", patient=record.patient, title=title),
            self._board: render(
                "clinic/scars_board.html",
                picture=shown(records, photograph),
                shapes=[(shape, self._name(number, shape, said)) for number, shape in enumerate(shapes, 1)],
                counts=counts(shapes),
                corrected=any(shape.say != "model" for shape in shapes),
                figures=photograph.figures,
                words=said,
            ),
            self._beside: render(
                "clinic/scars_beside.html",
                photograph=photograph,
                keep=f"{record.patient.id}/{photograph.id}",
                types=TYPES[1:],
                corrections=[(one, _what(one, said)) for one in reversed(corrections)],
                accepted=any(one.kind == "accept" and one.withdrawn_at is None for one in corrections),
                scales=self._scales(photograph, said),
                grades=[
                    one
                    for one in record.grades
                    if one.visit_id == visit.id and one.view in (None, photograph.view)
                ],
                people=records.settings().raters,
                trains=record.consents_to("training"),
                words=said,
            ),
        }

    def _name(self, number: int, shape: Any, said: Catalogue) -> str:
        """What a shape is called where it is chosen, and where it is read out."""
        parts = [said.say("scars.scar", number=number), said.term(shape.type)]
        if shape.diameter_mm is not None:
            parts.append(said.say("scars.wide", mm=said.number(shape.diameter_mm, 1)))
        if shape.depth_um is not None:
            parts.append(said.say("scars.deep", um=said.number(shape.depth_um)))
        if shape.correction is not None:
            parts.append(_what(shape.correction, said))
        return ", ".join(parts)

    def _scales(self, photograph: Photograph, said: Catalogue) -> list[dict[str, Any]]:
        figures = photograph.figures
        known = {} if figures is None else self._clinic.records.results.assessment(figures.id).scales
        return [
            {
                "name": name,
                "label": said[f"scale.{name}"],
                "range": f"{lowest:g}–{highest:g}",
                "lowest": lowest,
                "highest": highest,
                "step": step,
                "model": _value(known.get(name), said),
            }
            for name, (lowest, highest, step) in CLINICIAN_SCALES.items()
        ]

    def _retype(self, deed: Deed, request: gr.Request) -> Answer:
        return self._of_lesion(deed, "retype", {"scar_type": deed.text("scar_type") or None}, request)

    def _delete(self, deed: Deed, request: gr.Request) -> Answer:
        return self._of_lesion(deed, "delete", {}, request)

    def _of_lesion(self, deed: Deed, kind: str, values: dict[str, Any], request: gr.Request) -> Answer:
        about = {"kind": kind, **deed.known("assessment_id", "lesion_id", "author"), **values}
        return self._correct(deed, about, request)

    def _draw(self, deed: Deed, request: gr.Request) -> Answer:
        try:
            outline = json.loads(deed.text("outline") or "null")
        except json.JSONDecodeError:
            outline = None
        about = {
            "kind": "draw",
            "outline": outline,
            **deed.known("author"),
            "scar_type": deed.text("scar_type") or None,
        }
        return self._correct(deed, about, request)

    def _accept(self, deed: Deed, request: gr.Request) -> Answer:
        return self._correct(deed, {"kind": "accept", **deed.known("assessment_id", "author")}, request)

    def _correct(self, deed: Deed, values: dict[str, Any], request: gr.Request) -> Answer:
        _, _, photograph = self._found(deed.route)
        self._clinic.records.opinions.correct(photograph.id, entered(CorrectionEntry, values))
        return Answer(said=words(request)["scars.corrected"], go=deed.route)

    def _undo(self, deed: Deed, request: gr.Request) -> Answer:
        _, _, photograph = self._found(deed.route)
        key = deed.number("correction")
        if all(one.id != key for one in self._clinic.records.opinions.corrections(photograph.id)):
            raise NotInRecordsError("This correction is not, or no longer, in the records.")
        self._clinic.records.opinions.take_back(key)
        return Answer(said=words(request)["scars.taken_back"], go=deed.route)

    def _grade(self, deed: Deed, request: gr.Request) -> Answer:
        """Keep every value that was entered; where one cannot be kept, none is."""
        said = words(request)
        _, visit, photograph = self._found(deed.route)
        grades: list[GradeEntry] = []
        wrong: dict[str, str] = {}
        for name, (lowest, highest, step) in CLINICIAN_SCALES.items():
            text = deed.text(name).replace(",", ".")
            if not text:
                continue
            try:
                grade = GradeEntry(scale=name, value=float(text), author=deed.text("author"))
                if (grade.value - lowest) % step:
                    raise ValueError
                grades.append(grade)
            except (ValidationError, ValueError):
                wrong[name] = said.say("scars.wrong_value", low=lowest, high=highest, step=step)
        if wrong or not grades:
            raise EntryError(wrong or {"": said["scars.no_value"]})
        for grade in grades:
            self._clinic.records.opinions.grade(visit.id, grade, photograph.view.id)
        return Answer(said=said["saved"], go=deed.route)

    def _delete_grade(self, deed: Deed, request: gr.Request) -> Answer:
        record, _, _ = self._found(deed.route)
        key = deed.number("grade")
        if all(one.id != key for one in record.grades):
            raise NotInRecordsError("This value is not, or no longer, in the records.")
        self._clinic.records.opinions.delete_grade(key)
        return Answer(said=words(request)["scars.value_deleted"], go=deed.route)

    def _labels(self, deed: Deed, request: gr.Request) -> Answer:
        """The labels of all photographs of this patient, kept until the consent to training is withdrawn."""
        record, _, _ = self._found(deed.route)
        records, patient = self._clinic.records, record.patient.id
        archive = label_archive(records, patient)
        name = f"cicatrix-labels-{self._clinic.today()}.zip"
        document = records.documents.keep(patient, "export", name, "application/zip", archive, "training")
        return Answer(said=words(request)["scars.labels_made"], document=document.id)

    def _found(self, route: Route) -> tuple[PatientRecord, Visit, Photograph]:
        """Raises NotInRecordsError for a photograph that is not this patient's."""
        record = self._clinic.records.patients.record(route.patient or 0, self._clinic.today())
        for visit in record.visits:
            for photograph in visit.photographs:
                if photograph.id == route.photograph:
                    return record, visit, photograph
        raise NotInRecordsError("This photograph is not, or no longer, in the records: load the page again.")


def _what(correction: Any, said: Catalogue) -> str:
    """What a correction says, and whose it is."""
    author = correction.author or said["scars.somebody"]
    kind = "" if correction.scar_type is None else said.term(correction.scar_type)
    return said.say(f"scars.did.{correction.kind}", author=author, type=kind)


def _value(scale: ScaleValue | None, said: Catalogue) -> str:
    """The model's value with its 95 % interval; an en dash where it has none."""
    if scale is None or (scale.value is None and scale.low is None):
        return "–"
    interval = (
        ""
        if scale.low is None or scale.high is None
        else f"{said.number(scale.low)}–{said.number(scale.high)}"
    )
    if scale.value is None:
        return interval
    return f"{said.number(scale.value)} ({interval})" if interval else said.number(scale.value)
