"""The whole assessment of one photograph from drawn maps."""

import math
from dataclasses import replace

import numpy as np
import pytest
from drawn_maps import MODEL, THRESHOLDS, Pit, draw_maps, photo_of

from inference.measure.assess import assess
from inference.measure.marks import pack_marks, unpack_mark
from inference.measure.site import whole_picture
from inference.network.maps import SURFACE
from inference.photo.photo import Photo, Scale

PITS = [Pit(15, 12, 0.8, 600, "icepick"), Pit(40, 20, 1.8, 300), Pit(30, 36, 3.0, 250, "rolling", "cap")]


def test_an_assessment_holds_what_was_drawn() -> None:
    maps = draw_maps(PITS)
    result = assess(photo_of(maps), maps, MODEL, THRESHOLDS)
    assert [lesion.type for lesion in result.lesions] == ["icepick", "boxcar", "rolling"]
    assert result.skin.area_cm2 == pytest.approx(48 * 64 / 100)
    assert result.skin.area_px == 480 * 640
    assert result.scars.burden_um == pytest.approx(
        math.pi * (0.64 * 600 + 3.24 * 300 + 9 * 250 / 2) / (48 * 64), rel=0.02
    )
    assert result.scales["ecca_atrophic"].value == 15 + 20 + 25
    assert result.scales["goodman_baron_quantitative"].value == 3 + 2 + 1
    assert result.scales["severity_network"].value == 12
    assert result.texture.roughness_sa_um == 20
    assert result.evidence is not None
    assert result.evidence.label.max() == 3
    assert set(np.unique(result.evidence.lesion_id)) == {0, 1, 2, 3}


def test_the_same_maps_give_the_same_assessment() -> None:
    maps = draw_maps(PITS)
    assert assess(photo_of(maps), maps, MODEL, THRESHOLDS) == assess(photo_of(maps), maps, MODEL, THRESHOLDS)


def test_lesions_are_placed_in_the_photograph_not_in_the_working_picture() -> None:
    maps = draw_maps(PITS)
    large = Photo("x.jpg", "0" * 64, np.zeros((960, 1280, 3), np.uint8), Scale(0.05, "given", 0.03))
    result = assess(large, maps, MODEL, THRESHOLDS)
    assert (result.lesions[0].x_px, result.lesions[0].y_px) == pytest.approx((299.5, 239.5), abs=0.3)
    assert result.lesions[0].area_mm2 == pytest.approx(math.pi * 0.64, rel=0.05)
    assert result.lesions[0].area_px == pytest.approx(result.lesions[0].area_mm2 / 0.05**2, rel=0.01)


def test_no_skin_at_all_is_unknown_not_zero() -> None:
    maps = draw_maps(PITS)
    maps.surface[:] = 0
    result = assess(photo_of(maps), maps, MODEL, THRESHOLDS)
    assert result.scars.count == 0
    assert result.scars.burden_um is None
    assert result.pigment.ita_deg is None
    assert all(value.value is None for value in result.scales.values())


def test_marks_come_back_out_of_their_bits() -> None:
    maps = draw_maps([])
    for k, name in enumerate(("red", "brown", "pores", "wrinkles")):
        maps.surface[SURFACE.index(name), 10 * k : 10 * k + 20] = 0.9
    masks = {name: maps.surface_map(name) > 0.5 for name in ("red", "brown", "pores", "wrinkles")}
    packed = pack_marks(dict(masks), maps.relief_um.shape)
    for name in ("red", "brown", "pores", "wrinkles"):
        assert np.array_equal(unpack_mark(packed, name), maps.surface_map(name) > 0.5)


def test_a_mark_without_threshold_stays_unknown() -> None:
    thresholds = THRESHOLDS.model_copy(update={"red": None, "wrinkles": None})
    maps = draw_maps(PITS)
    result = assess(photo_of(maps), maps, MODEL, thresholds)
    assert result.pigment.redness_spot_fraction is None
    assert result.texture.wrinkle_length_mm_per_cm2 is None
    assert result.pigment.pigment_spot_fraction == 0.0
    assert result.evidence is not None
    assert result.evidence.marks is not None
    assert unpack_mark(result.evidence.marks, "red") is None
    assert unpack_mark(result.evidence.marks, "brown") is not None


def test_a_picture_of_a_few_pixels_is_measured_without_error() -> None:
    maps = draw_maps([], size_px=(3, 2))
    result = assess(photo_of(maps), maps, MODEL, THRESHOLDS)
    assert result.scars.count == 0
    tiny = replace(maps, types=np.full((5, 3, 2), 0.2, np.float32))
    assert assess(photo_of(tiny), tiny, MODEL, THRESHOLDS).lesions == ()


def test_regions_hold_their_own_scars_and_skin() -> None:
    maps = draw_maps(PITS)
    index = np.ones(maps.rgb.shape[:2], np.uint8)
    index[:, 320:] = 2
    index[:50] = 0
    site = replace(whole_picture(maps, THRESHOLDS), index=index, names=("left", "right", "nowhere"))
    result = assess(photo_of(maps), maps, MODEL, THRESHOLDS, site)
    assert [lesion.region for lesion in result.lesions] == ["left", "right", "left"]
    assert set(result.regions) == {"left", "right"}
    left, right = result.regions["left"], result.regions["right"]
    assert (left.scars.count, right.scars.count) == (2, 1)
    assert right.skin.area_cm2 == pytest.approx((48 - 5) * 32 / 100)
    assert right.scars.burden_um == pytest.approx(math.pi * 3.24 * 300 / (43 * 32), rel=0.02)
    assert left.scales["ecca_atrophic"].value == 15 + 25
    assert left.texture.roughness_sa_um is None
    assert result.scars.count == 3


def test_the_error_of_the_scale_is_in_every_length_area_and_volume() -> None:
    """With a standard error of 10 %: lengths and depths by exp(0.196), areas twice, volumes three times as much."""
    maps = draw_maps(PITS)
    result = assess(photo_of(maps, 0.1), maps, MODEL, THRESHOLDS)
    figures = {
        ("burden_um", 1): result.scars,
        ("area_mm2", 2): result.scars,
        ("density_per_cm2", 2): result.scars,
        ("volume_mm3", 3): result.scars,
        ("area_cm2", 2): result.skin,
        ("depth_um", 1): result.lesions[1],
        ("diameter_mm", 1): result.lesions[1],
    }
    for (name, power), group in figures.items():
        value, interval = getattr(group, name), group.intervals[name]
        assert interval.high / value == pytest.approx(math.exp(0.196 * power))
        assert value / interval.low == pytest.approx(math.exp(0.196 * power))
