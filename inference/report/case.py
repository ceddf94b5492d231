"""What surrounds the results of one patient: who, when, what was done. The clinic knows it, no photograph tells it."""

import datetime
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ConfigDict, TypeAdapter, ValidationError

from inference.errors import CicatrixError

#: A misspelt field must not be lost without a word.
_STRICT = ConfigDict(extra="forbid")


class CaseError(CicatrixError):
    """The file about the patient cannot be read."""


@dataclass(frozen=True, slots=True)
class CaseVisit:
    """One visit. file: name of its photograph, as the results give it. name: as the clinic calls it, "6 months"."""

    __pydantic_config__ = _STRICT

    file: str
    date: datetime.date | None = None
    name: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Treatment:
    """One session. kind: "microneedling", "laser"... device: "motorized pen", or the laser's name.

    area: of the skin that was treated, in words. agents: what was combined with it, as PRP or vitamin C.
    """

    __pydantic_config__ = _STRICT

    date: datetime.date
    kind: str
    device: str | None = None
    needle_mm: float | None = None
    passes: int | None = None
    area: str | None = None
    energy: str | None = None
    anaesthetic: str | None = None
    agents: tuple[str, ...] = ()
    operator: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class AdverseEvent:
    """kind: "redness", "infection"... end: None while it lasts, or where nobody wrote it down."""

    __pydantic_config__ = _STRICT

    kind: str
    onset: datetime.date
    end: datetime.date | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """Something written down by hand."""

    __pydantic_config__ = _STRICT

    text: str
    date: datetime.date | None = None
    author: str | None = None


@dataclass(frozen=True, slots=True)
class OwnGrade:
    """A clinician's own value of a clinical scale for the photograph `file`; scale: by its name in the results."""

    __pydantic_config__ = _STRICT

    file: str
    scale: str
    value: float
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """All of it. patient_code: a code, not a name, unless the clinic has chosen otherwise. region: as "left cheek"."""

    __pydantic_config__ = _STRICT

    patient_code: str | None = None
    region: str | None = None
    visits: tuple[CaseVisit, ...] = ()
    treatments: tuple[Treatment, ...] = ()
    adverse_events: tuple[AdverseEvent, ...] = ()
    notes: tuple[Note, ...] = ()
    own_grades: tuple[OwnGrade, ...] = ()
    clinic: str | None = None
    clinician: str | None = None

    def visit(self, file: str) -> CaseVisit:
        """The visit of a photograph; one of which nothing more is known where the case does not name it."""
        return next((visit for visit in self.visits if visit.file == file), CaseVisit(file))

    def check(self, files: Sequence[str]) -> None:
        """Raises CaseError where two photographs of the results have one name, which the case says something about."""
        named = {visit.file for visit in self.visits} | {grade.file for grade in self.own_grades}
        unclear = sorted({file for file in files if files.count(file) > 1} & named)
        if unclear:
            raise CaseError(
                f"Two photographs are called {unclear[0]}: give each its own name and compare them again."
            )


def read_case(path: Path) -> Case:
    """Read a case from JSON with the fields of `Case`. Raises CaseError naming each field that does not fit."""
    try:
        return TypeAdapter(Case).validate_python(json.loads(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise CaseError(f"{path.name} does not describe a case ({problems}).") from error
    except (OSError, ValueError) as error:
        raise CaseError(f"{path.name} cannot be read ({error}): save it as JSON in UTF-8.") from error
