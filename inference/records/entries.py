"""What is typed into the records, checked. `entered` turns the form's values into an entry or says what is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from inference.check import NOTHING_SAID, CheckOptions
from inference.measure.assessment import ScarType
from inference.records.errors import EntryError
from inference.records.terms import (
    CLINICIAN_SCALES,
    NEEDLE_LENGTH_MM,
    NEEDLING,
    AdverseEventKind,
    Agent,
    Anaesthetic,
    ChecklistItem,
    CorrectionKind,
    Device,
    EnergyUnit,
    Purpose,
)


def _plain(text: str) -> str:
    if not text.replace("\n", "").replace("\t", "").isprintable():
        raise ValueError("holds characters that cannot be shown")
    return text


Line = Annotated[str, Field(max_length=200), AfterValidator(_plain)]
Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_plain)]
Code = Annotated[str, Field(min_length=1, max_length=40), AfterValidator(_plain)]
Note = Annotated[str, Field(max_length=10_000), AfterValidator(_plain)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Fraction = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
NeedleLength = Annotated[float, Field(ge=NEEDLE_LENGTH_MM[0], le=NEEDLE_LENGTH_MM[1], allow_inf_nan=False)]


class Entry(BaseModel):
    """Base of all entries; texts are stripped."""

    model_config = ConfigDict(frozen=True, extra="forbid", from_attributes=True, str_strip_whitespace=True)


AnyEntry = TypeVar("AnyEntry", bound=Entry)


def entered(kind: type[AnyEntry], values: Mapping[str, Any]) -> AnyEntry:
    """An entry from a form's values. Raises EntryError with what is wrong by field."""
    try:
        return kind.model_validate(dict(values))
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        raise EntryError(
            {".".join(map(str, d["loc"])): _reason(d["type"], d["msg"]) for d in details}
        ) from error


#: What to do, where the library's own words would not tell a clinician.
_REASONS = {
    "string_too_short": "fill this in",
    "missing": "fill this in",
    "date_from_datetime_parsing": "enter a day",
    "date_parsing": "enter a day",
    "literal_error": "choose one of those that are offered",
    "float_parsing": "enter a number",
    "int_parsing": "enter a whole number",
}


def _reason(kind: str, message: str) -> str:
    return _REASONS.get(kind, message.removeprefix("Value error, "))


class PatientEntry(Entry):
    """A patient. code: unique in the clinic, without regard to case. name: only where the clinic keeps names."""

    code: Code
    name: Name | None = None
    note: Note = ""


class ConsentEntry(Entry):
    """What a patient agrees to."""

    purpose: Purpose
    given_on: date
    note: Note = ""


class VisitEntry(Entry):
    """A day on which photographs are taken.

    after_treatment: they were taken after a treatment of the same day; otherwise before it, as is usual.
    count_anyway: the user insists that the visit counts, however early after a treatment.
    """

    on: date
    note: Note = ""
    after_treatment: bool = False
    count_anyway: bool = False


@dataclass(frozen=True, slots=True)
class PhotographEntry:
    """A photograph to be kept: a readable file, which is copied and stays where it is.

    view: name of the view, made for this patient where it is new. options: scale, drawn regions and colour chart, as
    the user said; scoring goes by them.
    """

    path: Path
    view: str
    options: CheckOptions = NOTHING_SAID


class TreatmentEntry(Entry):
    """A treatment.

    device: kind; device_name: maker and model. needle_length_mm: only for devices with needles. area: which part of
    the skin; area_cm2: its size where known. energy in `energy_unit`. agents: combined with it, with `agent_note` for
    doses and others.
    """

    on: date
    device: Device
    device_name: Line = ""
    needle_length_mm: NeedleLength | None = None
    passes: Annotated[int, Field(ge=1, le=50)] | None = None
    area: Line = ""
    area_cm2: Positive | None = None
    energy: Positive | None = None
    energy_unit: EnergyUnit | None = None
    anaesthetic: Anaesthetic | None = None
    agents: tuple[Agent, ...] = ()
    agent_note: Line = ""
    operator: Line = ""
    note: Note = ""

    @model_validator(mode="after")
    def _agrees(self) -> "TreatmentEntry":
        if self.needle_length_mm is not None and self.device not in NEEDLING:
            raise ValueError(f"a needle length does not fit the device {self.device}: leave it empty")
        if (self.energy is None) != (self.energy_unit is None):
            raise ValueError("an energy needs its unit, and a unit its energy: give both or neither")
        return self


class ChecklistEntry(Entry):
    """The questions before a treatment. answers: yes is true; a question without an answer is missing."""

    treatment_id: int | None = None
    on: date
    answered_by: Line = ""
    answers: dict[ChecklistItem, bool] = Field(default_factory=dict[ChecklistItem, bool])
    note: Note = ""


class AdverseEventEntry(Entry):
    """Something unwanted. treatment_id: the treatment that it followed. ends_on: None while it lasts."""

    treatment_id: int | None = None
    kind: AdverseEventKind
    starts_on: date
    ends_on: date | None = None
    note: Note = ""

    @model_validator(mode="after")
    def _in_order(self) -> "AdverseEventEntry":
        if self.ends_on is not None and self.ends_on < self.starts_on:
            raise ValueError("it ends before it starts: check both days")
        return self


class PlanEntry(Entry):
    """A planned series: so many treatments from `starts_on`, weeks apart, then upkeep after so many months."""

    starts_on: date
    treatments: Annotated[int, Field(ge=1, le=12)] = 4
    weeks_apart: Annotated[int, Field(ge=1, le=26)] = 4
    upkeep_months: Annotated[int, Field(ge=1, le=60)] | None = 12
    note: Note = ""


class CorrectionEntry(Entry):
    """What a clinician says of one scar.

    retype: the scar `lesion_id` of the result `assessment_id` is of `scar_type`. delete: it is no scar. draw: a scar
    of `scar_type` lies inside `outline`, corners as fractions of the upright photograph's width and height. accept:
    all scars of the result `assessment_id` were looked at, and those that are not corrected are right.
    """

    kind: CorrectionKind
    assessment_id: int | None = None
    lesion_id: int | None = None
    scar_type: ScarType | None = None
    outline: Annotated[tuple[tuple[Fraction, Fraction], ...], Field(min_length=3, max_length=500)] | None = (
        None
    )
    author: Line = ""
    note: Note = ""

    @model_validator(mode="after")
    def _complete(self) -> "CorrectionEntry":
        of_lesion = self.assessment_id is not None and self.lesion_id is not None
        if self.kind in ("retype", "delete") and not of_lesion:
            raise ValueError("name the result and the scar that is meant")
        if self.kind == "accept" and (self.assessment_id is None or self.lesion_id is not None):
            raise ValueError("name the result that was gone through, and no single scar of it")
        if self.kind in ("retype", "draw") and self.scar_type is None:
            raise ValueError("choose a type of scar")
        if (self.kind == "draw") != (self.outline is not None):
            raise ValueError("an outline belongs to a drawn scar, and a drawn scar has one")
        return self


class GradeEntry(Entry):
    """A clinician's own value of a scale, by its name in the result files, as goodman_baron_quantitative.

    Values of `CLINICIAN_SCALES` stay within the published range; of another scale any value is kept.
    """

    scale: Name
    value: Finite
    author: Line = ""
    note: Note = ""

    @model_validator(mode="after")
    def _in_range(self) -> "GradeEntry":
        lowest, highest, _ = CLINICIAN_SCALES.get(self.scale, (self.value, self.value, 0))
        if not lowest <= self.value <= highest:
            raise ValueError(f"{self.scale} runs from {lowest:g} to {highest:g}")
        return self


class TreatmentDefaults(Entry):
    """What is proposed for a new treatment; nothing of it has to be."""

    device: Device | None = None
    device_name: Line = ""
    needle_length_mm: NeedleLength | None = None
    passes: Annotated[int, Field(ge=1, le=50)] | None = None
    area: Line = ""
    anaesthetic: Anaesthetic | None = None
    operator: Line = ""
