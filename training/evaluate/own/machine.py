"""What a bundle says about a photograph, as `cicatrix score` measures it, with the marks below its threshold too."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inference.check import CheckOptions, Instruments, check_photo
from inference.measure.assessment import Assessment, Evidence
from inference.measure.lesions import find_scars
from inference.network.maps import TYPES
from inference.report.files import scar_mask
from inference.score import measure


@dataclass(frozen=True, slots=True)
class Mark:
    """A scar that the machine marks. x_px, y_px: its middle in the upright photograph. id: of its outline in the
    evidence; None for one that is not sure enough to be reported."""

    x_px: float
    y_px: float
    type: str
    confidence: float
    id: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Machine:
    """One bundle on one photograph.

    label: (H, W) uint8, 0..4 of `TYPES`, at the photograph's size. marks: as reported. faint: those and the ones that
    are not reported because they are not sure enough. scarred: (h, w) float32, probability of any scar on the working
    picture, and `assessment.evidence.skin` where it was looked at.
    """

    assessment: Assessment
    label: NDArray[np.uint8]
    marks: tuple[Mark, ...]
    faint: tuple[Mark, ...]
    scarred: NDArray[np.float32]

    @property
    def evidence(self) -> Evidence:
        """The pictures behind the numbers."""
        assert self.assessment.evidence is not None
        return self.assessment.evidence

    @property
    def mm_per_px(self) -> float:
        """Of the upright photograph."""
        return self.assessment.scale.mm_per_px

    @property
    def type(self) -> str | None:
        """Of the photograph as a whole: the type whose outlines cover most; none where nothing is marked, None without
        skin."""
        if not self.evidence.skin.any():
            return None
        areas = {name: one.area_mm2 or 0.0 for name, one in self.assessment.scars.by_type.items()}
        largest = max(areas, key=lambda name: areas[name])
        return largest if areas[largest] > 0 else TYPES[0]


def look(path: Path, instruments: Instruments, mm_per_px: float | None) -> Machine:
    """Measure one photograph. Raises PhotoError, BundleError."""
    checked = check_photo(path, instruments, CheckOptions(mm_per_px))
    assessment = measure(checked, instruments)
    evidence = assessment.evidence
    assert evidence is not None
    thresholds = instruments.network.bundle.description.thresholds
    every = find_scars(
        checked.maps,
        evidence.skin,
        thresholds.model_copy(update={"min_confidence": 0.0}),
        evidence.photo_px_per_px,
    )
    return Machine(
        assessment,
        scar_mask(evidence, assessment.photo.width_px, assessment.photo.height_px),
        tuple(Mark(one.x_px, one.y_px, one.type, one.confidence, one.id) for one in assessment.lesions),
        tuple(Mark(one.x_px, one.y_px, one.type, one.confidence) for one in every.lesions),
        np.asarray(1.0 - checked.maps.type_map("none"), np.float32),
    )
