"""What a person says about the photographs of a series: their days, and how long after a treatment they were taken."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from inference.change.series import Visit
from inference.errors import CicatrixError
from inference.report.words import day_words
from inference.web.samples import LEAST_VISITS

MOST_VISITS = 24


class VisitError(CicatrixError):
    """What was said about the visits cannot be used."""


class Said(BaseModel):
    """What was typed beside one photograph, empty where nothing was."""

    model_config = ConfigDict(extra="forbid")

    day: date | Annotated[str, Field(max_length=0)] = ""
    treated: Annotated[str, Field(max_length=8)] = ""


_SAID = TypeAdapter(dict[str, Said])


@dataclass(frozen=True, slots=True)
class UploadedVisit:
    """A photograph and when it was taken."""

    path: Path
    visit: Visit


def key_of(path: Path) -> str:
    """Names an upload on the page: Gradio keeps every file in a folder named by its content."""
    return path.parent.name[:24]


def uploaded_visits(paths: Sequence[Path], said: str | None) -> list[UploadedVisit]:
    """The photographs in the order of their days. said: JSON of the page, `Said` by `key_of`.

    Raises VisitError where a day is missing, doubled or no day at all, or there are too few or too many visits.
    """
    if not paths:
        raise VisitError(
            "Drop the photographs of three or more visits of one region, one photograph a visit."
        )
    if len(paths) < LEAST_VISITS:
        raise VisitError(
            f"A series needs {LEAST_VISITS} photographs or more. Two are compared on the page Compare."
        )
    if len(paths) > MOST_VISITS:
        raise VisitError(f"At most {MOST_VISITS} photographs at once: choose the visits that matter.")
    try:
        entries = _SAID.validate_json(said or "{}")
    except ValidationError as error:
        raise VisitError("A day is not written as a day: choose it from the calendar.") from error
    dated: list[tuple[date, Path, float | None]] = []
    for path in paths:
        entry = entries.get(key_of(path), Said())
        if not isinstance(entry.day, date):
            raise VisitError(f"{path.name}: on which day was it taken? Choose the day beside the photograph.")
        dated.append((entry.day, path, _days(entry.treated, path.name)))
    dated.sort(key=lambda item: item[0])
    days = [day for day, _, _ in dated]
    if len(set(days)) < len(days):
        twice = next(day for day, later in pairwise(days) if day == later)
        raise VisitError(f"Two photographs are of {day_words(twice)}: keep one photograph a day.")
    return [
        UploadedVisit(path, Visit(day_words(day), float((day - days[0]).days), treated))
        for day, path, treated in dated
    ]


def _days(text: str, name: str) -> float | None:
    typed = text.strip()
    if not typed:
        return None
    if not typed.isdecimal():
        raise VisitError(f"{name}: “{typed}” is no number of days since a treatment; leave it empty if none.")
    return float(typed)
