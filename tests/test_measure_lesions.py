"""Scars in drawn relief, against volumes, areas and depths known by arithmetic."""

import math
import time
from dataclasses import replace

import numpy as np
import pytest
from drawn_maps import THRESHOLDS, Form, Pit, draw_maps
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.measure.confidence import calibrated
from inference.measure.lesions import FoundScars, find_scars, summarise
from inference.measure.site import skin_mask
from inference.network.bundle import ConfidenceMap
from inference.network.maps import SURFACE, TYPES, Maps


def found_in(maps: Maps, factor: tuple[float, float] = (1.0, 1.0)) -> FoundScars:
    return find_scars(maps, skin_mask(maps, THRESHOLDS), THRESHOLDS, factor)


@pytest.mark.parametrize(
    ("form", "volume_share", "depth_share"),
    [("flat", 1.0, 1.0), ("cap", 1 / 2, 0.9), ("cone", 1 / 3, 1 - math.sqrt(0.1))],
)
def test_volume_and_depth_of_ideal_pits(form: Form, volume_share: float, depth_share: float) -> None:
    """Volume of a cylinder, a paraboloid and a cone of one base: pi r2 d times 1, 1/2, 1/3."""
    maps = draw_maps([Pit(30, 20, 3.0, 400, form=form)], mm_per_px=0.05, size_px=(800, 1200))
    found = found_in(maps)
    scars = summarise(found, skin_mask(maps, THRESHOLDS), maps.mm_per_px)
    assert scars.volume_mm3 == pytest.approx(math.pi * 9 * 0.4 * volume_share, rel=0.01)
    assert scars.burden_um == pytest.approx(math.pi * 9 * 400 * volume_share / (40 * 60), rel=0.01)
    assert found.lesions[0].depth_um == pytest.approx(400 * depth_share, rel=0.02)


def test_burden_as_an_expectation_is_probability_times_depth() -> None:
    """A pit 400 um deep, p(scar) 0.995 drawn inside and 0.005 outside, where nothing lies deeper than the surface."""
    maps = draw_maps([Pit(30, 20, 3.0, 400)], mm_per_px=0.05, size_px=(800, 1200))
    skin = skin_mask(maps, THRESHOLDS)
    inside = maps.relief_um < -200
    p = float(maps.types[1:4].sum(axis=0)[inside].mean())
    plain = math.pi * 9 * 400 / (40 * 60)
    for gain in (1.0, 2.0):
        thresholds = THRESHOLDS.model_copy(update={"burden_gain": gain})
        scars = summarise(find_scars(maps, skin, thresholds, (1.0, 1.0)), skin, maps.mm_per_px)
        assert scars.burden_um == pytest.approx(gain * p * plain, rel=0.01)
    assert p > 0.9


def test_faint_scarring_without_an_outline_has_a_burden() -> None:
    maps = draw_maps([Pit(30, 20, 3.0, 400)])
    skin = skin_mask(maps, THRESHOLDS)
    strict = THRESHOLDS.model_copy(update={"scar": 0.999, "burden_gain": 1.0})
    scars = summarise(find_scars(maps, skin, strict, (1.0, 1.0)), skin, maps.mm_per_px)
    assert scars.count == 0
    assert (scars.burden_um or 0) > 1


def test_area_diameter_place_and_type() -> None:
    maps = draw_maps([Pit(12, 30, 1.5, 300, "icepick"), Pit(40, 10, 2.5, 300, "rolling")])
    rolling, icepick = found_in(maps, (2.0, 2.0)).lesions
    assert (rolling.id, rolling.type, icepick.id, icepick.type) == (1, "rolling", 2, "icepick")
    assert rolling.area_mm2 == pytest.approx(math.pi * 2.5**2, rel=0.01)
    assert rolling.diameter_mm == pytest.approx(5.0, rel=0.01)
    assert rolling.area_px == pytest.approx(4 * rolling.area_mm2 / 0.01, abs=4)
    # 40 mm lies at the corner of working pixel 400, which is the corner of photo pixel 800, centre -0.5.
    assert (rolling.x_px, rolling.y_px) == pytest.approx((799.5, 199.5), abs=0.2)
    assert icepick.confidence == pytest.approx(0.995, abs=0.01)


def test_summary_adds_up() -> None:
    pits = [Pit(10, 10, 1.0, 500, "icepick"), Pit(30, 10, 2.0, 300), Pit(50, 30, 3.0, -200, "raised")]
    maps = draw_maps(pits)
    maps.relief_um[maps.types[TYPES.index("raised")] > 0.5] = 200
    scars = summarise(found_in(maps), skin_mask(maps, THRESHOLDS), maps.mm_per_px)
    assert scars.count == 3
    assert scars.density_per_cm2 == pytest.approx(3 / (48 * 64 / 100))
    assert scars.area_fraction == pytest.approx(math.pi * 14 / (48 * 64), rel=0.01)
    assert scars.volume_mm3 == pytest.approx(math.pi * (0.5 + 4 * 0.3), rel=0.02)  # raised scars add no depth
    assert scars.by_type["raised"].mean_depth_um == pytest.approx(-200)
    assert scars.by_type["rolling"].count == 0
    assert scars.by_type["rolling"].mean_depth_um is None
    per_type = [t.area_mm2 * t.mean_depth_um for t in scars.by_type.values() if t.count and t.area_mm2]
    assert sum(v for v in per_type if v > 0) / 1000 == pytest.approx(scars.volume_mm3)


def test_depth_is_measured_from_the_rim() -> None:
    maps = draw_maps([Pit(30, 20, 2.0, 300)])
    tilted = maps.relief_um + 150 + np.linspace(-60, 60, 640, dtype=np.float32)
    scars = found_in(replace(maps, relief_um=tilted))
    assert scars.lesions[0].depth_um == pytest.approx(300, abs=12)
    assert scars.mean_depth_um[0] == pytest.approx(300, abs=3)


def test_a_depression_never_has_negative_volume() -> None:
    maps = draw_maps([Pit(30, 20, 2.0, -50)])
    hill = replace(maps, relief_um=np.where(maps.types[2] > 0.5, 50, 0).astype(np.float32))
    assert found_in(hill).mean_depth_um.tolist() == [0.0]


def test_merged_scars_are_parted_and_single_ones_are_not() -> None:
    merged = draw_maps([Pit(20, 20, 3, 300, form="cap"), Pit(25.1, 20, 3, 300, form="cap")])
    assert len(found_in(merged).lesions) == 2
    noise = np.random.default_rng(1).normal(0, 15, (480, 640)).astype(np.float32)
    single = draw_maps([Pit(20, 20, 4, 300)])
    assert len(found_in(replace(single, relief_um=single.relief_um + noise)).lesions) == 1
    overlapping = draw_maps([Pit(20, 20, 3, 300), Pit(22, 20, 3, 300)])
    assert len(found_in(overlapping).lesions) == 1


def test_small_unsure_and_off_skin_objects_are_dropped() -> None:
    small = draw_maps([Pit(20, 20, 0.25, 300)])
    assert found_in(small).lesions == ()
    strict = THRESHOLDS.model_copy(update={"min_confidence": 0.9})
    unsure = draw_maps([Pit(20, 20, 2, 300)], sureness=0.6)
    assert len(find_scars(unsure, skin_mask(unsure, THRESHOLDS), strict, (1, 1)).lesions) == 0
    off = draw_maps([Pit(20, 20, 2, 300)])
    off.surface[SURFACE.index("skin"), :, :320] = 0.1
    assert found_in(off).lesions == ()
    assert not found_in(off).label.any()


def test_holes_are_part_of_the_scar() -> None:
    maps = draw_maps([Pit(20, 20, 3, 300)])
    maps.types[0, 195:205, 195:205] = 0.99
    maps.types[1:, 195:205, 195:205] = 0.0
    assert found_in(maps).lesions[0].area_mm2 == pytest.approx(math.pi * 9, rel=0.01)


def test_without_skin_nothing_is_known() -> None:
    maps = draw_maps([Pit(20, 20, 2, 300)])
    maps.surface[:] = 0
    scars = summarise(found_in(maps), skin_mask(maps, THRESHOLDS), maps.mm_per_px)
    assert scars.count == 0
    assert (scars.area_fraction, scars.burden_um, scars.volume_mm3) == (None, None, None)
    assert scars.by_type["icepick"].area_mm2 is None


def test_clear_skin_has_a_burden_of_zero() -> None:
    maps = draw_maps([])
    scars = summarise(found_in(maps), skin_mask(maps, THRESHOLDS), maps.mm_per_px)
    assert (scars.count, scars.burden_um, scars.area_fraction) == (0, 0.0, 0.0)


PITS = st.lists(
    st.builds(
        Pit,
        x_mm=st.integers(6, 42).map(float),
        y_mm=st.integers(6, 42).map(float),
        radius_mm=st.floats(0.8, 2.2),
        depth_um=st.floats(80, 900),
        type=st.sampled_from(["icepick", "boxcar", "rolling"]),
        form=st.sampled_from(["flat", "cap", "cone"]),
    ),
    min_size=1,
    max_size=4,
)


def well_apart(pits: list[Pit]) -> list[Pit]:
    kept: list[Pit] = []
    for pit in pits:
        if all(math.hypot(pit.x_mm - k.x_mm, pit.y_mm - k.y_mm) > 8 for k in kept):
            kept.append(pit)
    return kept


@settings(max_examples=8, deadline=None)
@given(PITS, st.sampled_from([1, 2, 3]), st.booleans())
def test_turning_and_flipping_changes_no_figure(pits: list[Pit], turns: int, flip: bool) -> None:
    maps = draw_maps(well_apart(pits), size_px=(480, 480))

    def moved(array: np.ndarray) -> np.ndarray:
        turned = np.rot90(array, turns, axes=(-2, -1))
        return np.ascontiguousarray(turned[..., ::-1] if flip else turned)

    other = replace(
        maps, types=moved(maps.types), surface=moved(maps.surface), relief_um=moved(maps.relief_um)
    )
    one = summarise(found_in(maps), skin_mask(maps, THRESHOLDS), 0.1)
    two = summarise(found_in(other), skin_mask(other, THRESHOLDS), 0.1)
    assert two.count == one.count
    assert two.burden_um == pytest.approx(one.burden_um)
    assert {k: v.count for k, v in two.by_type.items()} == {k: v.count for k, v in one.by_type.items()}


@settings(max_examples=5, deadline=None)
@given(PITS, st.sampled_from([0.06, 0.08, 0.16]))
def test_resolution_changes_figures_little(pits: list[Pit], mm_per_px: float) -> None:
    pits = well_apart(pits)

    def measured(step: float) -> tuple[int, float]:
        side = round(48 / step)
        maps = draw_maps(pits, size_px=(side, side), mm_per_px=step)
        scars = summarise(found_in(maps), skin_mask(maps, THRESHOLDS), step)
        return scars.count, scars.volume_mm3 or 0.0

    count, volume = measured(mm_per_px)
    fine_count, fine_volume = measured(0.1)
    assert count == fine_count
    assert volume == pytest.approx(fine_volume, rel=0.12)


def test_two_hundred_scars_are_measured_in_a_moment() -> None:
    rng = np.random.default_rng(4)
    pits = [
        Pit(5 + 9 * (k % 20), 5 + 13 * (k // 20), rng.uniform(0.6, 3), rng.uniform(100, 600), form="cap")
        for k in range(200)
    ]
    maps = draw_maps(pits, size_px=(960, 1280), mm_per_px=0.15)
    times: list[float] = []
    for _ in range(3):
        start = time.process_time()
        found = found_in(maps)
        times.append(time.process_time() - start)
    assert len(found.lesions) == 200
    assert min(times) < 0.4  # well under 0.1 s on an idle core; the rest is room for a busy machine


def test_confidence_is_calibrated_before_scars_are_dropped_for_it() -> None:
    maps = draw_maps([Pit(10, 10, 1.0, 300), Pit(30, 10, 3.0, 300)], sureness=0.8)
    known = ConfidenceMap(intercept=-4.0, by_logit=1.0, by_log_diameter=1.0)
    thresholds = THRESHOLDS.model_copy(update={"confidence": known})
    found = find_scars(maps, skin_mask(maps, thresholds), thresholds, (1, 1))
    (lesion,) = found.lesions  # the narrow one has fallen under one half
    assert lesion.diameter_mm == pytest.approx(6, rel=0.02)
    logit = math.log(lesion.confidence / (1 - lesion.confidence))
    assert logit == pytest.approx(math.log(0.95 / 0.05) - 4 + math.log(lesion.diameter_mm), abs=0.05)


def test_the_identity_and_no_map_leave_confidence_as_it_is() -> None:
    p, width = np.array([0.2, 0.5, 0.97]), np.array([1.0, 2.0, 8.0])
    identity = ConfidenceMap(intercept=0, by_logit=1, by_log_diameter=0)
    assert calibrated(p, width, None) == pytest.approx(p)
    assert calibrated(p, width, identity) == pytest.approx(p)
    assert np.isfinite(calibrated(np.array([0.0, 1.0]), np.array([0.0, 1.0]), identity)).all()
