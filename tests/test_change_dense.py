"""The dense part of the registration: fields, patches, marks of the same skin, confidence."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from test_change_register import SIZE, as_evidence, moved, skin_picture, turned

from inference.change.field import LEAST_AREA, area_change, at, enlarged, smooth_field, unfolded
from inference.change.identity import is_mirrored
from inference.change.marks import Agreement
from inference.change.patches import find_again
from inference.change.register import OTHER_SKIN, align
from inference.face.face import Expression, Face, Pose

SHAPE = (90, 120)


def grid(step: int = 10) -> NDArray[np.float64]:
    row, column = np.mgrid[step // 2 : SHAPE[0] : step, step // 2 : SHAPE[1] : step]
    return np.column_stack([column.ravel(), row.ravel()]).astype(np.float64)


def test_a_plane_of_shifts_is_kept_exactly_enough() -> None:
    places = grid()
    slope = np.array([[0.02, -0.01], [0.03, 0.01]])
    shifts = (places - (60, 45)) @ slope.T + (1.5, -2)
    field = smooth_field(places, shifts, np.full(len(places), 100.0), SHAPE, 12.0)
    row, column = np.mgrid[: SHAPE[0], : SHAPE[1]]
    true = np.stack([column - 60.0, row - 45.0], axis=-1) @ slope.T + (1.5, -2)
    assert np.abs(field - true).max() < 0.05


def test_wrong_shifts_have_no_say() -> None:
    rng = np.random.default_rng(3)
    places = grid(6)
    shifts = np.full((len(places), 2), 2.0) + rng.normal(0, 0.1, (len(places), 2))
    wrong = rng.random(len(places)) < 0.25
    shifts[wrong] = rng.uniform(-15, 15, (np.count_nonzero(wrong), 2))
    field = smooth_field(places, shifts, np.ones(len(places)), SHAPE, 15.0)
    assert np.abs(field - 2).max() < 0.5


def test_without_any_place_nothing_moves() -> None:
    nothing = smooth_field(np.zeros((0, 2)), np.zeros((0, 2)), np.zeros(0), SHAPE, 10.0)
    assert not nothing.any()
    alone = smooth_field(np.array([[10.0, 10.0]]), np.array([[3.0, 0.0]]), np.ones(1), SHAPE, 8.0)
    assert alone[10, 10, 0] > 2
    assert abs(alone[80, 110, 0]) < 0.1


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0, 40), st.floats(2, 20), st.integers(0, 60))
def test_no_field_folds(seed: int, size: float, sd_px: float, count: int) -> None:
    """Whatever shifts are asked for, crossing ones too."""
    rng = np.random.default_rng(seed)
    places = rng.uniform(0, 1, (count, 2)) * (SHAPE[1] - 1, SHAPE[0] - 1)
    shifts = rng.normal(0, size, (count, 2))
    field = smooth_field(places, shifts, rng.uniform(0, 4, count), SHAPE, sd_px)
    assert area_change(field).min() >= LEAST_AREA
    assert np.isfinite(field).all()


def test_a_folding_field_is_unfolded_and_a_sound_one_left_alone() -> None:
    row, column = np.mgrid[: SHAPE[0], : SHAPE[1]].astype(np.float32)
    folds = np.stack([-1.8 * (column - 60), np.zeros_like(row)], axis=-1)  # a mirror image about the middle
    assert area_change(folds).min() < 0
    assert area_change(unfolded(folds, 5.0)).min() >= LEAST_AREA
    sound = np.stack([0.2 * np.sin(column / 9), 0.1 * row], axis=-1).astype(np.float32)
    assert unfolded(sound, 5.0) is sound


def test_a_field_is_read_between_its_points() -> None:
    coarse = np.stack(np.meshgrid(np.arange(13.0), np.arange(10.0)), axis=-1) * 10
    large = enlarged(coarse, SHAPE, 10.0)
    places = np.array([[3.3, 40.7], [100.0, 80.0]])
    # OpenCV looks between pixels in steps of 1/32, here of 10 px in the second case.
    assert at(large, places) == pytest.approx(places, abs=0.05)
    assert at(coarse, places, 10.0) == pytest.approx(places, abs=0.4)


def test_patches_are_found_to_parts_of_a_pixel() -> None:
    picture = np.clip(255 * skin_picture(20, (200, 240)), 0, 255).astype(np.uint8)
    shift = np.array([[1, 0, 2.5], [0, 1, -1.25]])
    other = cv2.warpAffine(
        picture, shift, (240, 200), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101
    )
    places = np.array([[60, 60], [120, 100], [180, 140], [3, 3]], np.intp)
    peaks = find_again(picture, other, places, 12, 6)
    assert peaks.shift_px[:3] == pytest.approx(np.array([[2.5, -1.25]] * 3), abs=0.15)
    assert peaks.height[:3].min() > 0.9
    nothing = find_again(np.full_like(picture, 90), other, places, 12, 6)
    assert not nothing.height.any()


def test_marks_at_their_place_by_chance_are_no_agreement() -> None:
    assert not Agreement(100, 0.02, 0.012, None, 0).same_skin
    assert not Agreement(100, 0.08, 0.012, 0.5, 10).same_skin
    assert Agreement(100, 0.5, 0.01, 0.5, 40).same_skin
    assert not Agreement(5, 1.0, 0.0, 0.1, 5).same_skin  # too few to tell
    assert Agreement(10, 0.0, 0.0, None, 0).beyond_chance == 0


def bent(light: NDArray[np.float32], seed: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The skin moved by three smooth bumps, and (h, w, 2) where each of its pixels was."""
    rng = np.random.default_rng(seed)
    row, column = np.mgrid[: SIZE[0], : SIZE[1]].astype(np.float32)
    where = np.stack([column, row], axis=-1)
    for _ in range(3):
        x, y, sd = rng.uniform(100, 600), rng.uniform(100, 450), rng.uniform(60, 110)
        fall = np.exp(-((column - x) ** 2 + (row - y) ** 2) / (2 * sd**2))
        where += np.asarray(fall[..., None] * rng.uniform(-9, 9, 2), np.float32)
    return cv2.remap(light, where, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101), where


@pytest.mark.parametrize("seed", [0, 1])
def test_moved_skin_is_followed_everywhere_and_the_map_never_folds(seed: int) -> None:
    light = skin_picture(30 + seed)
    before, where = bent(light, seed)
    alignment = align(as_evidence(before), as_evidence(0.7 * light))
    assert alignment.map_xy is not None
    assert alignment.common is not None
    off = np.hypot(*np.moveaxis(alignment.map_xy - where, -1, 0))[alignment.common]
    assert np.median(off) < 0.4
    assert np.percentile(off, 90) < 1.2
    row, column = np.mgrid[: SIZE[0], : SIZE[1]].astype(np.float32)
    change = area_change(alignment.map_xy - np.stack([column, row], axis=-1))
    assert change[alignment.common].min() > 0


def test_confidence_is_low_where_the_second_shows_other_detail() -> None:
    light = skin_picture(40)
    other = moved(light, turned(3))
    other[:, 450:] = skin_picture(41)[:, 450:]
    alignment = align(as_evidence(light), as_evidence(other))
    assert alignment.confidence is not None
    assert alignment.common is not None
    assert alignment.confidence.dtype == np.float32
    assert alignment.confidence.min() >= 0
    assert alignment.confidence.max() <= 1
    assert np.median(alignment.confidence[60:-60, 60:380]) > 0.7
    assert np.median(alignment.confidence[60:-60, 520:-40]) < 0.25
    assert not alignment.confidence[~alignment.common].any()


@pytest.mark.parametrize(("turn_deg", "size"), [(90.0, 1.0), (180.0, 0.8), (30.0, 1.25)])
def test_turning_the_second_picture_changes_nothing_but_the_map(turn_deg: float, size: float) -> None:
    light = skin_picture(50)
    matrix = turned(turn_deg, size)
    plain = moved(light, turned(4))
    one = align(as_evidence(light), as_evidence(plain))
    two = align(as_evidence(light), as_evidence(moved(plain, matrix)))
    assert one.map_xy is not None
    assert two.map_xy is not None
    assert one.common is not None
    assert two.common is not None
    both = one.common & two.common
    both[:60], both[-60:], both[:, :60], both[:, -60:] = False, False, False, False
    row, column = np.nonzero(both)
    through = np.column_stack([one.map_xy[row, column], np.ones(len(row))]) @ matrix.T
    assert np.median(np.hypot(*(through[:, :2] - two.map_xy[row, column]).T)) < 0.4


def face_at(shift: tuple[float, float]) -> Face:
    """Points of a face that lie in the same places of any picture, but for a shift."""
    points = np.random.default_rng(0).uniform(60, 490, (468, 3)) + np.array([*shift, 0])
    return Face(points.astype(np.float32), 1.0, Pose(0, 0, 0), Expression(0, 1, 1), 200.0, None)


def test_faces_lead_where_features_do_not_and_skin_decides() -> None:
    """Two skins under the same points of a face are refused for their detail, not for want of matches."""
    one, two = (replace(as_evidence(skin_picture(k)), face=face_at((0, 0))) for k in (60, 61))
    alignment = align(one, two)
    assert alignment.reason == OTHER_SKIN
    assert alignment.matrix is None
    assert alignment.registration.residual_mm is None
    assert align(one, replace(one, face=face_at((4, 3)))).reason is None


def test_a_mirrored_picture_is_refused_and_known_for_it() -> None:
    light = skin_picture(70)
    before, after = as_evidence(light), as_evidence(np.ascontiguousarray(moved(light, turned(3))[:, ::-1]))
    assert align(before, after).reason is not None
    assert is_mirrored(before, after)
    assert not is_mirrored(before, as_evidence(skin_picture(71)))
