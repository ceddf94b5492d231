"""What leaves this room: two assessments set against each other. Field names are the result file's contract."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from inference.measure.assessment import Assessment
from inference.photo.photo import QualityIssue

Verdict = Literal["improved", "worse", "within measurement error", "unknown"]


@dataclass(frozen=True, slots=True)
class Comparable:
    """Whether the two photographs may be compared, and what limits it."""

    usable: bool
    issues: tuple[QualityIssue, ...]


@dataclass(frozen=True, slots=True)
class Registration:
    """How the after picture was laid over the before picture. Residuals are medians over held-out features."""

    method: str
    usable: bool
    residual_px: float | None
    residual_mm: float | None
    overlap_fraction: float | None


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure before and after. `name` joins group and field, as in scars.burden_um.

    note: what keeps the figure from being taken at its word, None where nothing does.
    """

    name: str
    unit: str
    before: float | None
    after: float | None
    change: float | None
    change_percent: float | None
    mdc95: float | None
    verdict: Verdict
    note: str | None = None


@dataclass(frozen=True, slots=True)
class LesionChange:
    """Lesion ids by what became of them: ids of `before`, except `new`, which are ids of `after`."""

    resolved: tuple[int, ...]
    improved: tuple[int, ...]
    unchanged: tuple[int, ...]
    worse: tuple[int, ...]
    new: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Overall:
    """The finding in one sentence; quartile 0..4 and GAIS 1..5 are None where no measurement error is known."""

    verdict: Verdict
    quartile: int | None
    gais_estimate: int | None
    statement: str


@dataclass(frozen=True, slots=True, eq=False)
class AlignedPair:
    """The pictures behind the comparison, in the before picture's working frame; never written to JSON.

    before_rgb, after_rgb: (h, w, 3) uint8 sRGB; after is warped onto before, its light left as it was.
    before_label, after_label: (h, w) uint8 labels 0..4.
    common: (h, w) bool, skin seen in both.
    relief_change_um: (h, w) float32, after minus before; positive means filled up.
    map_xy: (h, w, 2) float32, where each pixel lies in the after picture's working pixels, so that the
        photograph itself can be laid over at a finer resolution; None where that is not known.
    """

    before_rgb: NDArray[np.uint8]
    after_rgb: NDArray[np.uint8]
    before_label: NDArray[np.uint8]
    after_label: NDArray[np.uint8]
    common: NDArray[np.bool_]
    relief_change_um: NDArray[np.float32]
    mm_per_px: float
    map_xy: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Result of comparing two photographs."""

    schema_version: str
    before: Assessment
    after: Assessment
    comparable: Comparable
    registration: Registration
    metrics: tuple[Metric, ...]
    lesions: LesionChange
    overall: Overall
    pair: AlignedPair | None = field(default=None, repr=False, compare=False)
