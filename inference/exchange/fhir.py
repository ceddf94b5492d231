"""Results as a FHIR R4 bundle: measurements, photographs, treatments and the report that holds them together.

Built with the R4B models of fhir.resources (FHIR 4.3.0); its main models are R5, which has no Media any more. The
resources used here are the same in R4 (4.0.1). Patients are known by their code only.
"""

import uuid
from collections.abc import Sequence
from typing import Any

from fhir.resources.R4B.bundle import Bundle

from inference.exchange.fhir_parts import (
    adverse_event,
    device,
    diagnostic_report,
    media,
    observation,
    patient,
    procedure,
)
from inference.exchange.visits import VisitResult
from inference.report.case import Case
from inference.report.document import Picture

#: Where the identifiers of resources are derived from, so that a second export names the same things alike.
_SPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:cicatrix:fhir")


def fhir_bundle(
    visits: Sequence[VisitResult],
    case: Case,
    statement: str,
    pictures: dict[str, Picture] | None = None,
    report_pdf: bytes | None = None,
) -> str:
    """The bundle as JSON, checked by the models. Unknown figures are left out.

    statement: the finding in one sentence. pictures: what is shown of a photograph, by its SHA-256; without it, a
    photograph is only named. report_pdf: goes into the report. Raises ValueError where a resource breaks FHIR.
    """
    entries = _Entries(case.patient_code or "unknown")
    person = entries.add("patient", patient(case))
    models = {
        model: entries.add(f"device {model.sha256}", device(model))
        for model in dict.fromkeys(visit.assessment.model for visit in visits)
    }
    shown: list[str] = []
    measured: list[str] = []
    for visit in visits:
        sha256 = visit.assessment.photo.sha256
        picture = (pictures or {}).get(sha256)
        photo = entries.add(f"media {visit.label} {sha256}", media(visit, case, person, picture))
        shown.append(photo)
        references = person, models[visit.assessment.model], photo
        for reading in visit.readings():
            if reading.value is not None:
                key = f"observation {visit.label} {sha256} {reading.basis} {reading.region} {reading.metric}"
                measured.append(entries.add(key, observation(visit, reading, case, references)))
    for k, treatment in enumerate(case.treatments):
        entries.add(f"procedure {k} {treatment.date}", procedure(treatment, case, person))
    for k, event in enumerate(case.adverse_events):
        entries.add(f"adverse event {k} {event.onset}", adverse_event(event, person))
    entries.add("report", diagnostic_report(visits, case, statement, person, measured, shown, report_pdf))
    bundle: Any = Bundle.model_validate(
        {"resourceType": "Bundle", "type": "collection", "entry": entries.all}
    )
    return bundle.model_dump_json(indent=1)


class _Entries:
    """Entries of the bundle under identifiers of their own."""

    def __init__(self, patient_code: str) -> None:
        self.all: list[dict[str, Any]] = []
        self._patient_code = patient_code

    def add(self, key: str, resource: dict[str, Any]) -> str:
        """Returns what other resources refer to it by."""
        url = f"urn:uuid:{uuid.uuid5(_SPACE, f'{self._patient_code} {key}')}"
        self.all.append({"fullUrl": url, "resource": resource})
        return url
