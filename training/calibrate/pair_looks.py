"""Pairs of one skin as the product sees them, reduced to the figures that calibration and evaluation need."""

import hashlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any, Literal, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.change.burden import Burdens
from inference.change.checks import judge_pair
from inference.change.common import CommonSkin, footprint_burdens_um, share_frame
from inference.change.comparison import LesionTrace
from inference.change.detail import detail_of
from inference.change.error import NO_ERROR, PairConditions, conditions_of
from inference.change.lesion_change import lesion_change
from inference.change.metrics import common_metrics
from inference.change.register import align
from inference.check import CheckOptions, Instruments, check
from inference.measure.assessment import Assessment
from inference.score import measure, score_photo
from inference.standard.standardize import standardize
from training.dataset import UNKNOWN_RELIEF_UM, SampleFolder
from training.evaluate.change.matched import MatchedScars, matched_scars
from training.evaluate.rendered import tile_photo
from training.render.canvas import HELD_OUT_EVERY, person_number

Source = Literal["rendered", "faces"]
#: Less true burden than this at either visit is no depth whose ratio could be asked for. Ours.
LEAST_TRUE_UM = 1.0
#: Label of a scar that the photograph does not show; see `training.render.picture`.
_NOT_SHOWN = 255


@dataclass(frozen=True, slots=True)
class LesionLook:
    """One place of scarring of a pair: depth and area before and after, and the skin that its outlines cover."""

    depth_um: tuple[float, float] | None
    area_mm2: tuple[float, float]
    union_cm2: float


@dataclass(frozen=True, slots=True)
class PairLook:
    """One pair that the product compares.

    group: skin or person; pairs of one group are not independent. unchanged: nothing changed but the photograph.
    same_rig: light and camera of both are the same but for ordinary jitter; False for faces, where nobody says so.
    true_um: burden of the true relief on the common skin, None where it is not known. relief_um: burden of both visits
    by the network's relief. values: every figure that both visits have, uncorrected. matched: scars of both visits
    against the truth, where it is known.
    """

    group: str
    source: Source
    unchanged: bool
    same_rig: bool
    true_um: tuple[float, float] | None
    relief_um: Burdens
    conditions: PairConditions
    area_mm2: float
    values: dict[str, tuple[float, float]]
    lesions: tuple[LesionLook, ...]
    matched: MatchedScars | None = None

    @property
    def true_log_ratio(self) -> float | None:
        """ln(after / before) of the true burden: 0 for unchanged skin, None where either is next to nothing."""
        if self.true_um is None or min(self.true_um) < LEAST_TRUE_UM:
            return None
        return 0.0 if self.unchanged else math.log(self.true_um[1] / self.true_um[0])


@dataclass(frozen=True, slots=True)
class Refused:
    """A pair that the product does not compare, by the code of its gravest issue."""

    group: str
    code: str


@dataclass(frozen=True, slots=True, eq=False)
class Framed:
    """A pair in one frame, before it is reduced."""

    skin: CommonSkin
    traces: tuple[LesionTrace, ...]
    look: PairLook


def look_at_pair(
    before: Assessment, after: Assessment, group: str, source: Source, unchanged: bool, same_rig: bool
) -> Framed | Refused:
    """The figures of one pair, by the product's own steps. Both assessments carry their evidence."""
    assert before.evidence is not None
    assert after.evidence is not None
    evidence = before.evidence, after.evidence
    alignment = align(*evidence)
    skin = share_frame(before, after, evidence, alignment)
    comparable = judge_pair(before, after, evidence, alignment, skin)
    if skin is None or not comparable.usable:
        return Refused(group, comparable.issues[0].code)
    relief_um = footprint_burdens_um(skin)
    metrics = common_metrics(skin, relief_um, NO_ERROR)
    values = {
        metric.name: (metric.before, metric.after)
        for metric in metrics
        if metric.before is not None and metric.after is not None
    }
    conditions = conditions_of(skin, detail_of(skin))
    traces = lesion_change(skin, NO_ERROR).traces
    look = PairLook(
        group,
        source,
        unchanged,
        same_rig,
        None,
        relief_um,
        conditions,
        skin.area_mm2,
        values,
        _lesions(traces),
    )
    return Framed(skin, traces, look)


def _lesions(traces: Sequence[LesionTrace]) -> tuple[LesionLook, ...]:
    looks: list[LesionLook] = []
    for trace in traces:
        depths = trace.depth_before_um, trace.depth_after_um
        known = None if depths[0] is None or depths[1] is None else (depths[0], depths[1])
        looks.append(LesionLook(known, (trace.area_before_mm2, trace.area_after_mm2), trace.union_mm2 / 100))
    return tuple(looks)


def skins_of(samples: SampleFolder, limit: int | None = None) -> list[list[int]]:
    """Rows of all views of each of the first `limit` skins of a folder that was rendered with several views."""
    skins: dict[Any, list[int]] = {}
    for index, line in enumerate(samples.samples):
        skins.setdefault(line.get("group", ("alone", index)), []).append(index)
    return list(skins.values())[:limit]


def look_at_skin(
    samples: SampleFolder, views: Sequence[int], instruments: Instruments, name: str
) -> Iterator[PairLook | Refused]:
    """All pairs of views of one skin of the folder `name`. Views of the same state of healing show unchanged skin."""
    seen = {view: _assessed(samples, view, instruments) for view in views}
    group = f"{name} {samples.samples[views[0]].get('group', views[0])}"
    least_mm = instruments.network.bundle.description.thresholds.min_diameter_mm
    for one, other in combinations(views, 2):
        yield rendered_look(samples, (one, other), (seen[one], seen[other]), group, least_mm)


def _assessed(samples: SampleFolder, index: int, instruments: Instruments) -> Assessment:
    photo = tile_photo(samples, index)
    # Tiles are no files; without a checksum of its own each would count as a copy of the other.
    photo = replace(photo, sha256=hashlib.sha256(photo.rgb.tobytes()).hexdigest())
    return measure(check(standardize(photo, instruments.finder), instruments.network), instruments)


def rendered_look(
    samples: SampleFolder,
    views: tuple[int, int],
    seen: tuple[Assessment, Assessment],
    group: str,
    least_mm: float,
) -> PairLook | Refused:
    """One pair of views with its truth. views: indices of samples; seen: their assessments. least_mm: of scars."""
    first, second = (samples.samples[view] for view in views)
    found = look_at_pair(
        *seen, group, "rendered", first["depth_left"] == second["depth_left"], same_rig_of(first, second)
    )
    if isinstance(found, Refused):
        return found
    return replace(
        found.look,
        true_um=true_burdens_um(samples, views, found.skin.common),
        matched=matched_scars(samples, views, seen, found.traces, least_mm),
    )


def same_rig_of(first: dict[str, Any], second: dict[str, Any]) -> bool:
    """Whether both views have the group's own light and camera. Two others share none."""
    return bool(first["same_rig"] and second["same_rig"])


def true_burdens_um(
    samples: SampleFolder, views: tuple[int, int], common: NDArray[np.bool_]
) -> tuple[float, float] | None:
    """Mean true depth of both views over the common skin, of scars that at least one of them shows.

    common: (h, w) bool in the first view's working frame. Views lie by the affines that the renderer stored. A scar
    that neither view shows (labelled 255) has no change that could be measured. None where no relief is known there.
    """
    first, second = (samples.tile(view) for view in views)
    affine_b, affine_a = (_affine(samples, view) for view in views)
    height, width = first.types.shape
    to_first = (affine_a @ np.linalg.inv(affine_b))[:2]

    def carried(layer: NDArray[Any], outside: int) -> NDArray[Any]:
        return cv2.warpAffine(
            layer, to_first, (width, height), flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_CONSTANT, borderValue=outside,
        )  # fmt: skip

    relief = first.relief_um, carried(second.relief_um, int(UNKNOWN_RELIEF_UM))
    types = first.types, carried(second.types, _NOT_SHOWN)
    where = cv2.resize(common.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST_EXACT) > 0
    where &= (relief[0] != UNKNOWN_RELIEF_UM) & (relief[1] != UNKNOWN_RELIEF_UM)
    if not where.any():
        return None
    unseen = np.isin(types[0], (0, _NOT_SHOWN)) & np.isin(types[1], (0, _NOT_SHOWN))
    unseen &= (types[0] == _NOT_SHOWN) | (types[1] == _NOT_SHOWN)
    shown, area_px = where & ~unseen, int(np.count_nonzero(where))
    before, after = (
        float(np.maximum(-heights[shown].astype(np.float64), 0).sum()) / area_px for heights in relief
    )
    return before, after


def _affine(samples: SampleFolder, view: int) -> NDArray[np.float64]:
    return np.vstack([np.asarray(samples.samples[view]["affine"], np.float64), [0, 0, 1]])


def smile_pairs(root: Path, held_out: bool | None) -> list[tuple[Path, Path]]:
    """Neutral and smiling photographs of each London person: those kept out of training, the others, or all (None)."""
    pairs = []
    smiling = {person_number(path): path for path in (root / "london" / "smiling").glob("*.jpg")}
    for neutral in sorted((root / "london" / "neutral").glob("*.jpg")):
        person = person_number(neutral)
        wanted = held_out is None or (person % HELD_OUT_EVERY == 0) == held_out
        if wanted and person in smiling:
            pairs.append((neutral, smiling[person]))
    return pairs


class Person(NamedTuple):
    """Two photographs of skin that cannot have changed. name: of the person, None to take it from the file.

    mm_per_px: of both photographs, None where it is not known.
    """

    first: Path
    second: Path
    name: str | None = None
    mm_per_px: tuple[float | None, float | None] = (None, None)


def look_at_person(person: Person, instruments: Instruments) -> PairLook | Refused:
    """A person photographed twice in the same hour: their scars cannot have changed."""
    paths = person.first, person.second
    first, second = (
        score_photo(path, instruments, CheckOptions(mm_per_px=scale))
        for path, scale in zip(paths, person.mm_per_px, strict=True)
    )
    group = f"person {person.name or person_number(person.first)}"
    found = look_at_pair(first, second, group, "faces", unchanged=True, same_rig=False)
    return found if isinstance(found, Refused) else found.look
