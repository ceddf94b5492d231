"""The resources of a FHIR bundle, each as plain JSON values. Field names are FHIR's."""

import base64
from collections.abc import Sequence
from datetime import date
from typing import Any

from inference.change.comparison import Metric
from inference.exchange.visits import Reading, VisitResult
from inference.measure.assessment import ModelFacts
from inference.report import words
from inference.report.case import AdverseEvent, Case, Treatment
from inference.report.document import Picture

Json = dict[str, Any]
_UCUM = "http://unitsofmeasure.org"
#: Codes of this program; `docs/exchange.md` lists them. No terminology has codes for these figures.
METRIC_SYSTEM = "urn:cicatrix:metric"
_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
_INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
#: Units as UCUM writes them; braces hold what UCUM leaves to the reader.
UCUM: dict[str, str] = {
    "µm": "um", "mm²": "mm2", "mm³": "mm3", "cm²": "cm2", "1/cm²": "/cm2", "mm/cm²": "mm/cm2", "°": "deg", "": "1",
    "points": "{score}", "ΔE00": "{deltaE00}",
}  # fmt: skip
#: Better and worse, of HL7's ObservationInterpretation.
_DIRECTION = {"improved": ("B", "Better"), "worse": ("W", "Worse")}


def patient(case: Case) -> Json:
    """By code only; a name is never exported."""
    identifier = [{"value": case.patient_code}] if case.patient_code else None
    return _known({"resourceType": "Patient", "identifier": identifier, "active": True})


def device(model: ModelFacts) -> Json:
    """The model that measured, with its hash."""
    return {
        "resourceType": "Device",
        "identifier": [{"system": "urn:cicatrix:model-sha256", "value": model.sha256}],
        "status": "active",
        "type": {"text": "Software that measures scars and skin texture on photographs; not for diagnosis"},
        "deviceName": [{"name": f"cicatrix {model.name}", "type": "model-name"}],
        "version": [{"value": model.version}],
    }


def media(visit: VisitResult, case: Case, person: str, picture: Picture | None) -> Json:
    """A photograph: by its hash, and as it is shown where a picture is given."""
    photo = visit.assessment.photo
    content: Json = {
        "title": photo.file,
        "contentType": "image/jpeg" if picture else _content_type(photo.file),
    }
    if picture is not None:
        content["data"] = _base64(picture.content)
    return _known(
        {
            "resourceType": "Media",
            "identifier": [{"system": "urn:cicatrix:photo-sha256", "value": photo.sha256}],
            "status": "completed",
            "type": {"text": "clinical photograph"},
            "subject": {"reference": person},
            "createdDateTime": _day(visit.date),
            "bodySite": _body_site(case.region),
            "height": picture.height_px if picture else photo.height_px,
            "width": picture.width_px if picture else photo.width_px,
            "content": content,
            "note": [{"text": issue.message} for issue in visit.assessment.quality.issues],
        }
    )


def observation(visit: VisitResult, reading: Reading, case: Case, references: tuple[str, str, str]) -> Json:
    """One figure with its error. references: patient, model, photograph.

    Preliminary, as no authorized person has verified it.
    """
    person, model, photo = references
    figure = words.figure_of(reading.metric, reading.unit)
    change = None
    if reading.basis == "series":
        change = next((metric for metric in visit.changes if metric.name == reading.metric), None)
    return _known(
        {
            "resourceType": "Observation",
            "status": "preliminary",
            "category": [{"coding": [{"system": _CATEGORY, "code": "imaging"}]}],
            "code": {
                "coding": [{"system": METRIC_SYSTEM, "code": reading.metric, "display": figure.label}],
                "text": figure.label,
            },
            "subject": {"reference": person},
            "effectiveDateTime": _day(visit.date),
            "valueQuantity": quantity(reading.value, reading.unit),
            "interpretation": _interpretation(visit, change),
            "bodySite": _body_site(reading.region or case.region),
            "method": {"text": _method(visit, reading)},
            "device": {"reference": model},
            "derivedFrom": [{"reference": photo}],
            "component": _components(reading, change),
            "note": _notes(visit, change),
        }
    )


def _method(visit: VisitResult, reading: Reading) -> str:
    basis = {
        "series": "photo-based, on the skin and level of the baseline",
        "photograph": "photo-based, on this photograph alone",
    }[reading.basis]
    group, _, name = reading.metric.partition(".")
    adapted = visit.assessment.scales.get(name) if group == "scales" else None
    how = f"; {adapted.method}" if adapted and adapted.method else ""
    return f"{basis}{how}; {words.scale_words(visit.assessment.scale)}"


def _components(reading: Reading, change: Metric | None) -> list[Json]:
    """Standard error and interval of the value, and the change since the baseline with its own."""
    named: list[tuple[str, str, float | None]] = [
        ("sem", "Standard error of measurement", reading.sem),
        ("low", "Lower end of the 95 % interval", reading.low),
        ("high", "Upper end of the 95 % interval", reading.high),
    ]
    if change is not None:
        named += [
            ("change", "Change since baseline", change.change),
            ("change-low", "Change, lower end of the 95 % interval", change.change_low),
            ("change-high", "Change, upper end of the 95 % interval", change.change_high),
            ("mdc95", "Smallest detectable change (MDC95)", change.mdc95),
        ]
    return [
        {
            "code": {"coding": [{"system": METRIC_SYSTEM, "code": code}], "text": text},
            "valueQuantity": quantity(value, reading.unit),
        }
        for code, text, value in named
        if value is not None
    ]


def _interpretation(visit: VisitResult, change: Metric | None) -> list[Json] | None:
    """Better or worse only beyond measurement error, and never from a visit that does not count."""
    if change is None or not visit.counted:
        return None
    direction = _DIRECTION.get(change.verdict)
    text = words.VERDICTS[change.verdict]
    if direction is None:
        return [{"text": text}]
    code, display = direction
    return [{"coding": [{"system": _INTERPRETATION, "code": code, "display": display}], "text": text}]


def _notes(visit: VisitResult, change: Metric | None) -> list[Json] | None:
    said = [change.note if change else None, None if visit.counted else "This visit draws no conclusion."]
    return [{"text": text} for text in said if text] or None


def quantity(value: float | None, unit: str) -> Json | None:
    """A value with its UCUM unit; None for the unknown."""
    if value is None:
        return None
    return {"value": value, "unit": unit or "1", "system": _UCUM, "code": UCUM[unit]}


def procedure(treatment: Treatment, case: Case, person: str) -> Json:
    """One session."""
    details = (
        ("needle", None if treatment.needle_mm is None else f"{treatment.needle_mm:g} mm"),
        ("passes", None if treatment.passes is None else str(treatment.passes)),
        ("energy", treatment.energy),
        ("anaesthetic", treatment.anaesthetic),
        ("combined with", ", ".join(treatment.agents) or None),
        ("operator", treatment.operator),
    )
    notes = [f"{name}: {text}" for name, text in details if text] + (
        [treatment.note] if treatment.note else []
    )
    return _known(
        {
            "resourceType": "Procedure",
            "status": "completed",
            "code": {"text": ", ".join(filter(None, (treatment.kind, treatment.device)))},
            "subject": {"reference": person},
            "performedDateTime": _day(treatment.date),
            "bodySite": None if (site := _body_site(treatment.area or case.region)) is None else [site],
            "note": [{"text": text} for text in notes] or None,
        }
    )


def adverse_event(event: AdverseEvent, person: str) -> Json:
    """What was seen after a treatment. R4 has no end of an event: it is said in its words."""
    end = f", until {event.end.isoformat()}" if event.end else ""
    note = f"; {event.note}" if event.note else ""
    return {
        "resourceType": "AdverseEvent",
        "actuality": "actual",
        "event": {"text": f"{event.kind}{end}{note}"},
        "subject": {"reference": person},
        "date": _day(event.onset),
    }


def diagnostic_report(
    visits: Sequence[VisitResult],
    case: Case,
    statement: str,
    person: str,
    measured: Sequence[str],
    shown: Sequence[str],
    report_pdf: bytes | None,
) -> Json:
    """What holds the rest together; preliminary until a clinician signs."""
    days = sorted(visit.date for visit in visits if visit.date is not None)
    pdf = (
        {"contentType": "application/pdf", "title": "Report", "data": _base64(report_pdf)}
        if report_pdf
        else None
    )
    return _known(
        {
            "resourceType": "DiagnosticReport",
            "status": "preliminary",
            "code": {"text": "Photo-based outcome assessment of atrophic acne scars and skin texture"},
            "subject": {"reference": person},
            "effectivePeriod": {"start": _day(days[0]), "end": _day(days[-1])} if days else None,
            "result": [{"reference": url} for url in measured],
            "media": [{"link": {"reference": url}} for url in shown],
            "conclusion": f"{statement} {words.NOTE}",
            "presentedForm": None if pdf is None else [pdf],
        }
    )


def _body_site(region: str | None) -> Json | None:
    return None if region is None else {"text": region.replace("_", " ")}


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _content_type(file: str) -> str:
    ending = file.rpartition(".")[2].lower()
    known = {
        "jpg": "jpeg",
        "jpeg": "jpeg",
        "png": "png",
        "tif": "tiff",
        "tiff": "tiff",
        "webp": "webp",
        "heic": "heic",
    }
    return "application/dicom" if ending == "dcm" else f"image/{known.get(ending, 'jpeg')}"


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _known(resource: Json) -> Json:
    """FHIR has no null: what is not known is left out."""
    return {name: value for name, value in resource.items() if value is not None and value != []}
