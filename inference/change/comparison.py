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

    note: what keeps the figure from being taken at its word, None where nothing does. sem: standard error of
    measurement of one visit under the conditions of this pair; mdc95 = 1.96 sqrt(2) sem. change_low..change_high: 95 %
    interval of the change, with the scale's error. percent_low..percent_high: of the change in percent, which one
    scale for both visits does not move; None at an end that the error leaves open, as above a burden that may be 0.
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
    sem: float | None = None
    change_low: float | None = None
    change_high: float | None = None
    percent_low: float | None = None
    percent_high: float | None = None


LesionVerdict = Literal["resolved", "improved", "unchanged", "worse", "new", "unknown"]
LesionKind = Literal["single", "merged", "split", "regrouped", "before only", "after only"]


@dataclass(frozen=True, slots=True)
class LesionTrace:
    """One place of scarring at both visits: a scar, or scars that merged or split.

    id: number of the trace. before_ids, after_ids: of the scars that belong to it. x_px, y_px: middle of the union of
    its outlines in the before photograph. depth_um: below the skin around it (height above it for raised scars), both
    visits inside that union. area_mm2: of the outlines of each visit; union_mm2: of both together. erythema_delta:
    erythema index inside the union less that of the same skin around it. mdc95: least detectable change of depth and
    of area; None where unknown, with `note` why. verdict: from the depth; resolved and new also say that only one
    visit shows an outline. unknown: no error is known.
    """

    id: int
    kind: LesionKind
    before_ids: tuple[int, ...]
    after_ids: tuple[int, ...]
    x_px: float
    y_px: float
    depth_before_um: float | None
    depth_after_um: float | None
    depth_mdc95_um: float | None
    area_before_mm2: float
    area_after_mm2: float
    union_mm2: float
    area_mdc95_mm2: float | None
    erythema_delta_before: float | None
    erythema_delta_after: float | None
    verdict: LesionVerdict
    note: str | None = None


@dataclass(frozen=True, slots=True)
class LesionChange:
    """Lesion ids by what became of them: ids of `before`, except `new` and `not_seen_before`, which are of `after`.

    not_seen: scars of before whose place the after photograph does not show, never called resolved; not_seen_before:
    the other way round. traces: every place of scarring with its figures.
    """

    resolved: tuple[int, ...]
    improved: tuple[int, ...]
    unchanged: tuple[int, ...]
    worse: tuple[int, ...]
    new: tuple[int, ...]
    not_seen: tuple[int, ...] = ()
    not_seen_before: tuple[int, ...] = ()
    traces: tuple[LesionTrace, ...] = ()


@dataclass(frozen=True, slots=True)
class Overall:
    """The finding in one sentence; quartile 0..4 and GAIS 1..5 are None where no measurement error is known.

    percent, percent_low, percent_high: change of the scar burden, the principal outcome, with its 95 % interval.
    quartile_probability, gais_probability: chance of each class by its name, "0".."4" and "1".."5"; they sum to 1.
    responder: improved beyond the mdc95; None where that is unknown.
    """

    verdict: Verdict
    quartile: int | None
    gais_estimate: int | None
    statement: str
    percent: float | None = None
    percent_low: float | None = None
    percent_high: float | None = None
    quartile_probability: dict[str, float] | None = None
    gais_probability: dict[str, float] | None = None
    responder: bool | None = None


@dataclass(frozen=True, slots=True, eq=False)
class AlignedPair:
    """The pictures behind the comparison, in the before picture's working frame; never written to JSON.

    before_rgb, after_rgb: (h, w, 3) uint8 sRGB; after is warped onto before, its light left as it was.
    before_label, after_label: (h, w) uint8 labels 0..4.
    common: (h, w) bool, skin seen in both.
    relief_change_um: (h, w) float32, after minus before; positive means filled up.
    map_xy: (h, w, 2) float32, where each pixel lies in the after picture's working pixels, so that the
        photograph itself can be laid over at a finer resolution; None where that is not known.
    confidence: (h, w) float32, 0..1, how far the pictures bear out the map at each pixel, as `Alignment` has it; None
        where that is not known.
    """

    before_rgb: NDArray[np.uint8]
    after_rgb: NDArray[np.uint8]
    before_label: NDArray[np.uint8]
    after_label: NDArray[np.uint8]
    common: NDArray[np.bool_]
    relief_change_um: NDArray[np.float32]
    mm_per_px: float
    map_xy: NDArray[np.float32] | None = None
    confidence: NDArray[np.float32] | None = None


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
