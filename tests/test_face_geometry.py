"""Crops, pose, limbus, scale and regions of faces, on geometry that arithmetic knows."""

import math

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from inference.face.face import Expression, Face, Iris, Pose
from inference.face.frames import Frame, Pyramid
from inference.face.limbus import measure_limbus
from inference.face.pose import MEAN_FACE, pose_of
from inference.face.regions import REGIONS
from inference.face.scale import (
    IRIS_OVERSIZE,
    iris_measuring_sd,
    iris_scale,
    pupil_measuring_sd,
    pupil_scale,
)


def turned_mesh(yaw_deg: float, pitch_deg: float, roll_deg: float) -> NDArray[np.float32]:
    """A mesh whose stable points are the mean face, nodded, then turned, then tilted."""
    yaw, pitch, roll = (math.radians(v) for v in (yaw_deg, pitch_deg, roll_deg))
    # x right, y down, z away: a nose that goes up has less y, one that goes right has more x.
    nod = [[1, 0, 0], [0, math.cos(pitch), math.sin(pitch)], [0, -math.sin(pitch), math.cos(pitch)]]
    turn = [[math.cos(yaw), 0, -math.sin(yaw)], [0, 1, 0], [math.sin(yaw), 0, math.cos(yaw)]]
    tilt = [[math.cos(roll), -math.sin(roll), 0], [math.sin(roll), math.cos(roll), 0], [0, 0, 1]]
    points = np.zeros((468, 3))
    points[list(MEAN_FACE)] = np.array(list(MEAN_FACE.values())) @ (np.array(tilt) @ turn @ nod).T
    return (200 * points + (500, 400, 0)).astype(np.float32)


def face(yaw_deg: float = 0.0, iris_px: float = 40.0, pupils_px: float = 210.0) -> Face:
    irises = (Iris(100, 100, iris_px, 0.6), Iris(100 + pupils_px, 100, iris_px, 0.6))
    still = Expression(mouth_open=0.0, eye_open=0.4, smile=0.8)
    return Face(turned_mesh(yaw_deg, 0, 0), 1.0, Pose(yaw_deg, 0, 0), still, pupils_px, irises)


@given(st.floats(-60, 60), st.floats(-40, 40), st.floats(-170, 170))
def test_pose_of_a_turned_mesh_is_recovered(yaw: float, pitch: float, roll: float) -> None:
    pose = pose_of(turned_mesh(yaw, pitch, roll))
    assert pose.yaw_deg == pytest.approx(yaw, abs=0.01)
    assert pose.pitch_deg == pytest.approx(pitch, abs=0.01)
    assert pose.roll_deg == pytest.approx(roll, abs=0.01)


def test_signs_of_the_pose_are_those_of_the_nose() -> None:
    nose, between = 4, 6
    right, up = turned_mesh(30, 0, 0), turned_mesh(0, 30, 0)
    straight = turned_mesh(0, 0, 0)
    assert right[nose, 0] - right[between, 0] > 20
    assert up[nose, 1] - up[between, 1] < straight[nose, 1] - straight[between, 1] - 20
    clockwise = turned_mesh(0, 0, 30)
    assert clockwise[263, 1] > clockwise[33, 1] + 50


@given(st.floats(50, 400), st.floats(50, 300), st.floats(20, 500), st.floats(-180, 180), st.booleans())
def test_a_frames_centre_and_corners_go_where_they_should(
    x: float, y: float, side: float, angle: float, mirrored: bool
) -> None:
    frame = Frame(x, y, side, angle, mirrored)
    size = 64
    middle, right, down = frame.to_photo(
        np.array([[31.5, 31.5], [63.5, 31.5], [31.5, 63.5]], np.float32), size
    )
    assert middle == pytest.approx([x, y], abs=1e-3)
    along = np.array([math.cos(math.radians(angle)), math.sin(math.radians(angle))]) * side / 2
    assert right - middle == pytest.approx(-along if mirrored else along, abs=side * 1e-4)
    assert down - middle == pytest.approx([-along[1], along[0]], abs=side * 1e-4)


@pytest.mark.parametrize("side_px", [50.0, 100.0, 400.0, 1500.0])
@pytest.mark.parametrize("angle_deg", [0.0, 25.0])
@pytest.mark.parametrize("mirrored", [False, True])
def test_a_crop_shows_the_photograph_where_its_points_say(
    side_px: float, angle_deg: float, mirrored: bool
) -> None:
    frame, place = Frame(800, 600, side_px, angle_deg, mirrored), np.array([[20.3, 41.7]], np.float32)
    x, y = frame.to_photo(place, 64)[0]
    width = 3 * max(side_px / 64, 1.0)
    across = np.exp(-(((np.arange(1600) - x) / width) ** 2) / 2)
    down = np.exp(-(((np.arange(1200) - y) / width) ** 2) / 2)
    blob = np.round(250 * np.outer(down, across)).astype(np.uint8)
    crop = Pyramid(np.dstack([blob] * 3)).crop(frame, 64)[..., 0].astype(float)
    weight = np.maximum(crop - 10, 0)
    rows, cols = np.mgrid[:64, :64]
    centre = np.array([(weight * cols).sum(), (weight * rows).sum()]) / weight.sum()
    assert centre == pytest.approx(place[0], abs=0.05)


def drawn_eye(diameter_px: float, lids: float = 0.0) -> NDArray[np.uint8]:
    """A dark disc on white around (150.3, 149.6), its edge soft; lids cover that share at top and bottom."""
    fine = 4
    picture = np.full((300 * fine, 300 * fine, 3), (205, 200, 195), np.uint8)
    centre = (round((150.3 + 0.5) * fine), round((149.6 + 0.5) * fine))
    cv2.circle(picture, centre, round(diameter_px / 2 * fine), (80, 60, 50), -1)
    cv2.circle(picture, centre, round(diameter_px / 6 * fine), (10, 10, 10), -1)
    covered = round(diameter_px * lids * fine)
    top, bottom = centre[1] - round(diameter_px / 2 * fine), centre[1] + round(diameter_px / 2 * fine)
    picture[: top + covered] = picture[bottom - covered :] = (190, 150, 130)
    small = cv2.resize(picture, (300, 300), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(small, (0, 0), 0.02 * diameter_px), np.uint8)


@pytest.mark.parametrize("diameter_px", [14.0, 30.0, 60.0, 140.0])
@pytest.mark.parametrize("lids", [0.0, 0.15])
@pytest.mark.parametrize("start", [0.88, 1.0, 1.12])
def test_limbus_measures_a_drawn_iris(diameter_px: float, lids: float, start: float) -> None:
    pyramid = Pyramid(drawn_eye(diameter_px, lids))
    shift = 0.05 * diameter_px
    edge = measure_limbus(pyramid, 150.3 + shift, 149.6, start * diameter_px, 3.0)
    assert edge is not None
    assert edge.diameter_px == pytest.approx(diameter_px, abs=2.5 * edge.diameter_sd_px)
    assert edge.diameter_sd_px < max(0.04 * diameter_px, 0.6)
    assert math.hypot(edge.x_px - 150.3, edge.y_px - 149.6) < 0.03 * diameter_px + 0.2


def test_no_limbus_where_there_is_no_iris() -> None:
    rng = np.random.default_rng(3)
    plain = np.full((200, 200, 3), 150, np.uint8)
    noise = rng.integers(140, 160, (200, 200, 3)).astype(np.uint8)
    one_edge = plain.copy()
    one_edge[:, 115:] = 230
    for rgb in (plain, noise, one_edge):
        assert measure_limbus(Pyramid(rgb), 100, 100, 40, 0) is None


def test_scales_of_a_face_that_looks_at_the_camera() -> None:
    seen = face(iris_px=40 * IRIS_OVERSIZE, pupils_px=210)
    iris, pupils = iris_scale(seen), pupil_scale(seen)
    assert iris is not None
    assert pupils is not None
    assert iris[0] == pytest.approx(11.7 / 40)
    assert pupils[0] == pytest.approx(63 * 0.985 / 210)
    assert iris[1] > 0.5 / 11.7
    assert pupils[1] > 3.6 / 63


@given(st.floats(1, 34), st.floats(1, 34))
def test_scale_errors_grow_with_yaw_on_both_sides(yaw: float, other: float) -> None:
    near, far = sorted((yaw, other))
    assert pupil_measuring_sd(face(far)) >= pupil_measuring_sd(face(-near))
    assert iris_measuring_sd(face(far)) >= iris_measuring_sd(face(-near))
    assert pupil_scale(face(yaw)) == pupil_scale(face(-yaw))


def test_no_scale_from_a_face_turned_away_or_closed_eyes() -> None:
    assert iris_scale(face(yaw_deg=40)) is None
    assert pupil_scale(face(yaw_deg=-40)) is None
    seen = face()
    closed = Face(seen.points_px, 1.0, seen.pose, seen.expression, seen.pupil_distance_px, None)
    assert iris_scale(closed) is None
    given_pupils, without = pupil_scale(seen), pupil_scale(closed)
    assert given_pupils is not None
    assert without is not None
    assert without[1] > given_pupils[1]


def test_irises_that_differ_widen_the_error() -> None:
    irises = (Iris(100, 100, 38, 0.1), Iris(310, 100, 41, 0.1))
    seen = face()
    unequal = Face(seen.points_px, 1.0, seen.pose, seen.expression, 210, irises)
    assert iris_measuring_sd(unequal) == pytest.approx(1.5 / 39.5, rel=0.01)


def test_paired_regions_name_the_same_number_of_points() -> None:
    for name, corners in REGIONS.items():
        assert len(set(corners)) == len(corners)
        if name.startswith("left_"):
            assert len(corners) == len(REGIONS[name.replace("left_", "right_")])
