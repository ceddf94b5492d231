"""Scars of two visits on drawn labels: which belong together, and what became of them."""

import math
from dataclasses import replace

import numpy as np
import pytest
from drawn_maps import MODEL, THRESHOLDS, Pit, draw_maps, photo_of

from inference.change.common import CommonSkin, share_frame
from inference.change.comparison import LesionTrace, Registration
from inference.change.error import MDC95_BY_SEM, NO_ERROR, PairConditions, PairError
from inference.change.lesion_change import LESION_DEPTH, lesion_change
from inference.change.matching import group_lesions
from inference.change.register import Alignment
from inference.measure.assess import assess
from inference.measure.assessment import Assessment
from inference.network.maps import Maps
from inference.network.repeatability import RepeatError

DEEP = Pit(30, 24, 2.0, 300)
SIZE = (480, 640)


def visit(pits: list[Pit], maps: Maps | None = None) -> Assessment:
    maps = draw_maps(pits) if maps is None else maps
    return assess(photo_of(maps), maps, MODEL, THRESHOLDS)


def framed(before: Assessment, after: Assessment, common: np.ndarray | None = None) -> CommonSkin:
    """Both visits in one frame without any registration: drawings lie on each other."""
    x, y = np.meshgrid(np.arange(SIZE[1], dtype=np.float32), np.arange(SIZE[0], dtype=np.float32))
    common = np.ones(SIZE, np.bool_) if common is None else common
    alignment = Alignment(Registration("drawn", True, 0, 0, 1), None, np.stack([x, y], axis=-1), common)
    assert before.evidence is not None
    assert after.evidence is not None
    skin = share_frame(before, after, (before.evidence, after.evidence), alignment)
    assert skin is not None
    return skin


def of_mdc95(depth_um: float) -> PairError:
    error = RepeatError(intercept=math.log(depth_um / MDC95_BY_SEM), floor=None, conditions={})
    return PairError({LESION_DEPTH: error}, PairConditions(0.1, 10, 20, 1))


def only(traces: tuple[LesionTrace, ...]) -> LesionTrace:
    assert len(traces) == 1
    return traces[0]


@pytest.mark.parametrize(
    ("depth_um", "verdict"), [(200, "improved"), (290, "unchanged"), (400, "worse"), (260, "unchanged")]
)
def test_a_scar_is_judged_by_its_own_error(depth_um: float, verdict: str) -> None:
    trace = only(
        lesion_change(framed(visit([DEEP]), visit([replace(DEEP, depth_um=depth_um)])), of_mdc95(50)).traces
    )
    assert (trace.kind, trace.verdict) == ("single", verdict)
    assert trace.depth_before_um == pytest.approx(300, rel=0.01)
    assert trace.depth_after_um == pytest.approx(depth_um, rel=0.01)
    assert trace.depth_mdc95_um == pytest.approx(50)
    assert trace.area_before_mm2 == pytest.approx(math.pi * 4, rel=0.03)
    assert (trace.x_px, trace.y_px) == (pytest.approx(299.5, abs=1), pytest.approx(239.5, abs=1))


def test_without_a_known_error_nothing_is_claimed_of_matched_scars() -> None:
    found = lesion_change(framed(visit([DEEP]), visit([replace(DEEP, depth_um=60)])), NO_ERROR)
    assert (found.improved, found.unchanged) == ((), (1,))
    assert only(found.traces).verdict == "unknown"
    assert only(found.traces).depth_mdc95_um is None


def test_an_outline_that_goes_is_resolved_only_if_the_depth_went_too() -> None:
    """The same relief, but the second visit draws no outline round it."""
    maps = draw_maps([DEEP])
    types = draw_maps([]).types
    unmarked = visit([], replace(maps, types=types))
    assert unmarked.scars.count == 0
    still = lesion_change(framed(visit([DEEP]), unmarked), of_mdc95(50))
    assert (still.resolved, still.unchanged, only(still.traces).kind) == ((), (1,), "before only")
    gone = lesion_change(framed(visit([DEEP]), visit([])), of_mdc95(50))
    assert (gone.resolved, gone.unchanged) == ((1,), ())
    assert only(gone.traces).depth_after_um == pytest.approx(0, abs=1)
    came = lesion_change(framed(visit([]), visit([DEEP])), of_mdc95(50))
    assert (came.new, came.resolved) == ((1,), ())
    seen = lesion_change(framed(unmarked, visit([DEEP])), of_mdc95(50))
    assert seen.new == ()
    assert only(seen.traces).verdict == "unchanged"


def test_a_scar_that_splits_is_one_group_and_so_is_the_merger() -> None:
    whole = [Pit(30, 24, 4.0, 300, "rolling")]
    parts = [Pit(28, 24, 1.4, 100, "rolling"), Pit(32, 24, 1.4, 100, "rolling")]
    split = lesion_change(framed(visit(whole), visit(parts)), of_mdc95(50))
    trace = only(split.traces)
    assert (trace.kind, trace.before_ids, trace.after_ids) == ("split", (1,), (1, 2))
    assert trace.verdict == "improved"
    assert trace.area_after_mm2 == pytest.approx(2 * math.pi * 1.96, rel=0.05)
    assert trace.union_mm2 == pytest.approx(math.pi * 16, rel=0.03)
    merged = lesion_change(framed(visit(parts), visit(whole)), of_mdc95(50))
    assert (only(merged.traces).kind, merged.worse) == ("merged", (1, 2))


def test_scars_outside_the_common_skin_are_not_seen() -> None:
    edge, other = Pit(4, 24, 1.5, 300), Pit(60, 24, 1.5, 300)
    common = np.ones(SIZE, np.bool_)
    common[:, :100] = False
    common[:, 560:] = False
    found = lesion_change(framed(visit([DEEP, edge]), visit([DEEP, other]), common), of_mdc95(50))
    assert len(found.not_seen) == len(found.not_seen_before) == 1
    assert found.resolved == found.new == ()
    assert len(found.unchanged) == 1
    lists = found.resolved + found.improved + found.unchanged + found.worse
    assert set(found.not_seen).isdisjoint(lists)
    assert sorted(lists + found.not_seen) == [1, 2]


def test_groups_are_the_same_whichever_visit_comes_first() -> None:
    rng = np.random.default_rng(4)
    first = [Pit(*rng.uniform((4, 4), (60, 44)), rng.uniform(0.8, 2.5), 300) for _ in range(25)]
    second = [replace(pit, x_mm=pit.x_mm + rng.normal(0, 0.6)) for pit in first[3:]]
    one = framed(visit(first), visit(second))
    other = framed(visit(second), visit(first))
    forth = {(group.before_ids, group.after_ids) for group in group_lesions(one)}
    back = {(group.after_ids, group.before_ids) for group in group_lesions(other)}
    assert forth == back
    assert sorted(i for b, _ in forth for i in b) == [lesion.id for lesion in one.before.scars.lesions]


def test_redness_is_told_against_the_same_skin_around() -> None:
    maps = draw_maps([DEEP])
    inside = maps.types[2] > 0.5
    red = maps.rgb.copy()
    red[inside] = (205, 140, 130)
    trace = only(lesion_change(framed(visit([], maps), visit([], replace(maps, rgb=red))), NO_ERROR).traces)
    assert trace.erythema_delta_before == pytest.approx(0, abs=1e-6)
    linear = ((140 / 255 + 0.055) / 1.055) ** 2.4, ((160 / 255 + 0.055) / 1.055) ** 2.4
    assert trace.erythema_delta_after == pytest.approx(100 * math.log10(linear[1] / linear[0]), rel=1e-3)


def test_raised_scars_improve_as_their_height_falls() -> None:
    high = Pit(30, 24, 2.0, -300, "raised")
    maps, flat = draw_maps([high]), draw_maps([replace(high, depth_um=-120)])
    bump = np.where(maps.types[4] > 0.5, np.float32(300), np.float32(0))
    trace = only(
        lesion_change(
            framed(
                visit([], replace(maps, relief_um=bump)),
                visit([], replace(flat, relief_um=bump * np.float32(0.4))),
            ),
            of_mdc95(50),
        ).traces
    )
    assert (trace.depth_before_um, trace.depth_after_um) == (pytest.approx(300), pytest.approx(120))
    assert trace.verdict == "improved"
