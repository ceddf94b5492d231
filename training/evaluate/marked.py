"""Real photographs measured once, for their boxes and for their points."""

from dataclasses import dataclass
from pathlib import Path

from inference.check import Instruments
from inference.measure.assessment import Assessment
from training.evaluate import points
from training.evaluate.real import PhotoLook, evaluate_photos


@dataclass(frozen=True, slots=True)
class MarkedPhotos:
    """looks: of every photograph. found: lesions of those that somebody marked, by name. known: who marked what."""

    looks: list[PhotoLook]
    found: dict[str, tuple[points.Mark, ...]]
    known: points.Points


def look_at_marked(photos: Path, instruments: Instruments) -> MarkedPhotos:
    """All photographs of a folder with regions.json. Raises FileNotFoundError, BundleError."""
    known = points.read_points()
    wanted = {name for marked in known.passes for name in marked.photos}
    found: dict[str, tuple[points.Mark, ...]] = {}

    def keep(name: str, assessment: Assessment) -> None:
        if name in wanted:
            found[name] = points.marks_of(assessment)

    return MarkedPhotos(evaluate_photos(photos, instruments, keep), found, known)
