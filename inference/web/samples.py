"""Example pairs from the sample series that ships with the program."""

import csv
import logging
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

_log = logging.getLogger(__name__)
#: Fewer visits are a pair, and belong on the compare page.
LEAST_VISITS = 3


class _Visit(BaseModel):
    """One row of the sample manifest; further columns are left alone."""

    model_config = ConfigDict(extra="ignore")

    session_index: int
    days_from_baseline: int
    image: str
    mm_per_px: float | None = None


@dataclass(frozen=True, slots=True)
class SamplePhoto:
    """One visit of the sample patient. `title` is what a person would call it."""

    path: Path
    title: str
    mm_per_px: float | None
    days: int = 0


@dataclass(frozen=True, slots=True)
class SamplePair:
    """Two visits to compare with one click."""

    before: SamplePhoto
    after: SamplePhoto

    @property
    def title(self) -> str:
        return f"{self.before.title} and {self.after.title[0].lower()}{self.after.title[1:]}"


def sample_pairs(folder: Path) -> tuple[SamplePair, ...]:
    """Baseline with the last, the middle and the next visit; none where the samples are missing."""
    visits = _visits(folder / "manifest.csv")
    if len(visits) < 2:
        return ()
    others = dict.fromkeys((len(visits) - 1, len(visits) // 2, 1))
    return tuple(SamplePair(visits[0], visits[other]) for other in others if other > 0)


def sample_visits(folder: Path) -> tuple[SamplePhoto, ...]:
    """All visits of the sample series; none where there are fewer than three."""
    visits = _visits(folder / "manifest.csv")
    return tuple(visits) if len(visits) >= LEAST_VISITS else ()


def _visits(manifest: Path) -> list[SamplePhoto]:
    try:
        with manifest.open(encoding="utf-8", newline="") as file:
            rows = [
                _Visit.model_validate({k: v for k, v in row.items() if v != ""})
                for row in csv.DictReader(file)
            ]
    except (OSError, ValidationError) as error:
        _log.warning("no examples: %s cannot be read (%s)", manifest.name, type(error).__name__)
        return []
    rows.sort(key=lambda row: row.session_index)
    photos = [
        SamplePhoto(
            manifest.parent / row.image, _title(row.days_from_baseline), row.mm_per_px, row.days_from_baseline
        )
        for row in rows
    ]
    return [photo for photo in photos if photo.path.is_file()]


def _title(days: int) -> str:
    """A time since baseline in the unit a clinician would use."""
    if days <= 0:
        return "Baseline"
    if days < 56:
        weeks = max(1, round(days / 7))
        return f"{weeks} week{'s' if weeks > 1 else ''}"
    return f"{round(days / 30.4)} months"
