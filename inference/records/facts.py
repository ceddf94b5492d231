"""What the records hand out: frozen, detached from the database, safe to keep and to send to another thread.

Ids are numbers of this database; they are never given twice. Dates are the clinic's calendar days, times are UTC.
None is unknown.
"""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from inference.records import entries
from inference.records.terms import DocumentKind, Purpose, ScoringState
from inference.records.timing import Due, OutcomeWindow, PlannedTreatment


class Fact(BaseModel):
    """Base of all that the records hand out."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


class Patient(Fact):
    """A patient. name: None unless the clinic keeps names."""

    id: int
    code: str
    name: str | None
    note: str
    created_at: datetime


class Consent(Fact):
    """What a patient has agreed to. It holds while `withdrawn_on` is None."""

    id: int
    purpose: Purpose
    given_on: date
    withdrawn_on: date | None
    note: str


class View(Fact):
    """A place and angle that is photographed again and again, as "left cheek": what a series goes by."""

    id: int
    name: str
    region: str | None


class Figures(Fact):
    """One result in short; the whole of it is `Assessments.result`.

    burden_um and its 95 % interval: mean scar depth over the assessed skin. mask_sha256: the mask of scar types, a
    file of the store (`FileStore.path`). usable, quality_score: fitness of the photograph.
    """

    id: int
    photograph_id: int
    made_at: datetime
    model_name: str
    model_version: str
    model_sha256: str
    burden_um: float | None
    burden_low_um: float | None
    burden_high_um: float | None
    scar_count: int | None
    skin_area_cm2: float | None
    usable: bool
    quality_score: float
    mask_sha256: str


class Photograph(Fact):
    """A photograph of a visit. sha256, thumbnail_sha256: files of the store (`FileStore.path`).

    format: as "JPEG" or "DICOM". taken_at: the camera's clock without a zone, as ISO 8601. state and why_not: whether
    it is scored, and why it is not. figures: of the newest result, also while it waits to be scored anew.
    """

    id: int
    visit_id: int
    view: View
    sha256: str
    thumbnail_sha256: str
    format: str | None
    width_px: int
    height_px: int
    taken_at: str | None
    state: ScoringState
    why_not: str | None
    figures: Figures | None


class Visit(Fact):
    """A day on which photographs were taken.

    days_since_treatment: since the last treatment before the photographs; None where there was none. too_early:
    within 14 days of it, too early to judge. counted: whether it has a part in trends: it is not too early, or the
    user insists.
    """

    id: int
    patient_id: int
    on: date
    note: str
    after_treatment: bool
    count_anyway: bool
    created_at: datetime
    days_since_treatment: int | None
    too_early: bool
    counted: bool
    photographs: tuple[Photograph, ...]


class Treatment(entries.TreatmentEntry, Fact):
    """A treatment. number: first, second ... of the patient, by date."""

    id: int
    number: int


class Checklist(entries.ChecklistEntry, Fact):
    """Answers to the questions before a treatment."""

    id: int


class AdverseEvent(entries.AdverseEventEntry, Fact):
    """Something unwanted after a treatment."""

    id: int


class Plan(entries.PlanEntry, Fact):
    """A planned series of treatments. ended_on: None for the plan that is in force."""

    id: int
    ended_on: date | None


class Correction(entries.CorrectionEntry, Fact):
    """What a clinician says of one scar, kept beside the model's result. withdrawn_at: when it was taken back."""

    id: int
    photograph_id: int
    made_at: datetime
    withdrawn_at: datetime | None


class Grade(entries.GradeEntry, Fact):
    """A clinician's own value of a clinical scale."""

    id: int
    visit_id: int
    view: View | None
    made_at: datetime


class Document(Fact):
    """A report, an export or a picture made of a patient's records: a file of the store, deleted with the patient."""

    id: int
    patient_id: int
    kind: DocumentKind
    purpose: Purpose | None
    name: str
    media_type: str
    sha256: str
    made_at: datetime


class StoredComparison(Fact):
    """What two photographs of a view say of change; the whole of it is `Assessments.comparison`."""

    id: int
    before_id: int
    after_id: int
    made_at: datetime
    model_sha256: str
    verdict: str
    percent: float | None
    percent_low: float | None
    percent_high: float | None


class Change(Fact):
    """How the burden changed between two photographs, in percent with its 95 % interval."""

    verdict: str
    percent: float | None
    percent_low: float | None
    percent_high: float | None


class SparkPoint(Fact):
    """One visit of the little curve in the list of patients. verdict, percent: of the change of burden since the first
    of them, 0 % there; None where the two have not been compared."""

    on: date
    burden_um: float | None
    verdict: str | None = None
    percent: float | None = None


class PatientRow(Fact):
    """A line of the list of patients.

    spark: burden of the newest results of the view with the most scored visits, oldest first, without visits too
    early to judge. change: from its first to its last; None while they have not been compared. due: the next thing to
    be done. waiting: photographs yet to be scored. not_scored: photographs whose scoring failed.
    """

    id: int
    code: str
    name: str | None
    visits: int
    last_visit_on: date | None
    burden_um: float | None
    spark_view: str | None
    spark: tuple[SparkPoint, ...]
    change: Change | None
    due: Due | None
    waiting: int
    not_scored: int


class PatientPage(Fact):
    """A part of the list. total: patients that fit the search."""

    rows: tuple[PatientRow, ...]
    total: int


class PatientRecord(Fact):
    """Everything of one patient but results and files; visits, treatments and events by date, oldest first."""

    patient: Patient
    consents: tuple[Consent, ...]
    views: tuple[View, ...]
    visits: tuple[Visit, ...]
    treatments: tuple[Treatment, ...]
    checklists: tuple[Checklist, ...]
    adverse_events: tuple[AdverseEvent, ...]
    grades: tuple[Grade, ...]
    comparisons: tuple[StoredComparison, ...]
    documents: tuple[Document, ...]
    plan: Plan | None
    schedule: tuple[PlannedTreatment, ...]
    windows: tuple[OutcomeWindow, ...]
    due: tuple[Due, ...]

    def consents_to(self, purpose: Purpose) -> bool:
        """Whether a consent for `purpose` is in force."""
        return any(consent.purpose == purpose and consent.withdrawn_on is None for consent in self.consents)


class ClinicSettings(Fact):
    """What the clinic has decided.

    keep_names: patients have names beside their codes; without it no name is kept or shown. treatments, weeks_apart
    and upkeep_months are proposed for a new plan, treatment for a new treatment, raters for whoever corrects or grades.
    sample_given: the sample patient was put in once, and does not come
    back after it was deleted.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    clinic_name: str = ""
    keep_names: bool = False
    language: Literal["en", "de"] = "en"
    treatments: Annotated[int, Field(ge=1, le=12)] = 4
    weeks_apart: Annotated[int, Field(ge=1, le=26)] = 4
    upkeep_months: Annotated[int, Field(ge=1, le=60)] | None = 12
    treatment: entries.TreatmentDefaults = entries.TreatmentDefaults()
    raters: Annotated[tuple[entries.Line, ...], Field(max_length=40)] = ()
    sample_given: bool = False
