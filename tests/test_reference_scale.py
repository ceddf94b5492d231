"""Scale from cards and chart in rendered photographs, whose truth is the camera they were rendered with."""

import math
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from inference.photo.read import read_photo
from inference.reference.chart import PATCH_MM, find_chart, may_hold_chart
from inference.reference.colorchecker import linear_patches
from inference.reference.find import PAPER_REFLECTANCE, find_references
from inference.reference.layout import Card, face_card, strip
from inference.reference.markers import MIN_MARKER_PX, find_cards
from inference.reference.plane import fit_plane
from inference.reference.raster import draw_card
from inference.reference.reference import ScaleReading
from training.evaluate.scale import CONDITIONS, Condition, run_condition
from training.evaluate.scene import Camera, Pose, chart_picture, paste, photograph, skin_canvas, to_linear

DATA = Path(__file__).resolve().parents[1] / ".." / "shared" / "data"
Picture = NDArray[np.uint8]


def with_card(card: Card, marker_px: float, turn_deg: float = 0, tilt_deg: float = 0) -> tuple[Picture, Pose]:
    rng = np.random.default_rng(3)
    px_per_mm = marker_px / card.markers[0].size_mm
    side = round(1.5 * card.width_mm * px_per_mm)
    pose = Pose(px_per_mm, card.centre_mm, (side / 2, side / 2), tilt_deg, 40, turn_deg)
    picture = to_linear(draw_card(card, 16)) * PAPER_REFLECTANCE
    scene = paste(skin_canvas((side, side), rng), picture, 16, pose)
    return photograph(scene, Camera(gains=(0.8, 0.7, 0.6)), rng), pose


def with_chart(turn_deg: float = 0, patch_px: int = 36) -> tuple[Picture, Pose]:
    rng = np.random.default_rng(4)
    picture = chart_picture(40)
    height, width = picture.shape[:2]
    pose = Pose(patch_px / 40, (width / 2, height / 2), (330, 330), 12, 20, turn_deg, 900)
    scene = paste(skin_canvas((660, 660), rng), picture, 1, pose)
    return photograph(scene, Camera(gains=(0.9, 0.75, 0.55)), rng), pose


@pytest.mark.parametrize(
    "condition",
    [
        *(Condition("strip", px) for px in (32, 48, 96)),
        *(Condition("strip", 96, tilt) for tilt in (20, 30)),
        *(Condition("card", px) for px in (24, 48)),
        Condition("card", 48, 30),
    ],
    ids=lambda condition: condition.name,
)
def test_error_is_under_one_per_cent_and_the_stated_one_covers_it(condition: Condition) -> None:
    assert condition in CONDITIONS
    trials = run_condition(condition, 6, seed=7)
    found = [trial for trial in trials if trial is not None]
    assert len(found) >= 5
    assert max(abs(trial.error) for trial in found) < 0.01
    assert all(abs(trial.error) <= 1.96 * trial.stated_sd for trial in found)


def test_strip_bent_over_a_cheek_is_covered_by_its_stated_error() -> None:
    bent = next(condition for condition in CONDITIONS if condition.bend_radius_mm == 80)
    found = [trial for trial in run_condition(bent, 5, seed=7) if trial is not None]
    assert len(found) >= 4
    assert all(abs(trial.error) <= 1.96 * trial.stated_sd for trial in found)


def test_corner_noise_gives_the_spread_that_is_stated() -> None:
    """Corners moved by a known noise: the errors' spread must be the stated one, neither less nor far less."""
    card = strip(2)
    corners = np.array([corner for marker in card.markers for corner in marker.corners_mm])
    middles = np.repeat(corners.reshape(-1, 4, 2).mean(axis=1), 4, axis=0)
    homography = np.array([[9, 2, 100], [-2, 8.5, 60], [4e-4, 2e-4, 1]])
    places = np.column_stack([corners, np.ones(8)]) @ homography.T
    true_px = places[:, :2] / places[:, 2:]
    rng = np.random.default_rng(5)
    at_mm = np.array(card.centre_mm)
    exact = fit_plane(corners, middles, true_px, 0.05, at_mm)
    assert exact is not None
    at = at_mm @ homography[2, :2] + 1
    # The area that a homography gives to a small square is its determinant by the third power of its denominator.
    assert exact.mm_per_px == pytest.approx(math.sqrt(at**3 / np.linalg.det(homography)), rel=1e-6)
    planes = [
        fit_plane(corners, middles, true_px + 0.2 * rng.standard_normal((8, 2)), 0.05, at_mm)
        for _ in range(300)
    ]
    scores = [math.log(p.mm_per_px / exact.mm_per_px) / p.log_scale_sd for p in planes if p is not None]
    assert len(scores) == 300
    # Student's t with 8 degrees of freedom has a standard deviation of 1.15.
    assert 0.85 < float(np.std(scores)) < 1.35


@given(st.floats(-1.5, 1.5))
@settings(deadline=None, max_examples=20)
def test_ink_and_blur_that_move_all_edges_alike_leave_the_scale(spread_px: float) -> None:
    card = face_card()
    corners = np.array([corner for marker in card.markers for corner in marker.corners_mm])
    middles = np.repeat(corners.reshape(-1, 4, 2).mean(axis=1), 4, axis=0)
    seen = 8 * (corners + np.sign(corners - middles) * spread_px / 8)
    plane = fit_plane(corners, middles, seen, 0.05, np.array(card.centre_mm))
    assert plane is not None
    assert plane.mm_per_px == pytest.approx(1 / 8, rel=1e-3)


@pytest.mark.parametrize("card", [strip(5), face_card()], ids=lambda card: card.kind)
def test_scale_stays_under_quarter_turns_and_is_refused_when_mirrored(card: Card) -> None:
    rgb, pose = with_card(card, 60, turn_deg=25)
    for turn in range(4):
        found = find_cards(np.ascontiguousarray(np.rot90(rgb, turn)))
        assert len(found) == 1
        assert found[0].card == card
        assert found[0].scale.mm_per_px == pytest.approx(pose.mm_per_px, rel=0.003)
    assert find_cards(np.ascontiguousarray(rgb[:, ::-1])) == ()


def test_scale_follows_the_photograph_s_size() -> None:
    rgb, pose = with_card(strip(1), 60)
    for zoom in (0.6, 2.5, 6.0):
        other = np.asarray(cv2.resize(rgb, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA), np.uint8)
        found = find_cards(other)
        exact = other.shape[1] / rgb.shape[1]
        assert found[0].scale.mm_per_px == pytest.approx(pose.mm_per_px / exact, rel=0.005)


def test_half_a_strip_or_markers_too_small_give_nothing() -> None:
    rgb, _ = with_card(strip(1), 60)
    assert find_cards(np.ascontiguousarray(rgb[:, : rgb.shape[1] // 2])) == ()
    small, _ = with_card(strip(1), 0.7 * MIN_MARKER_PX)
    assert find_cards(small) == ()


def test_markers_of_one_card_that_are_not_in_one_plane_are_refused() -> None:
    """A strip cut in two and laid down anew has both ids but not its size."""
    rgb, _ = with_card(strip(1), 60)
    middle = rgb.shape[1] // 2
    turned = np.rot90(rgb[:, middle:], 2)
    assert find_cards(np.ascontiguousarray(np.concatenate([rgb[:, :middle], turned], axis=1))) == ()


def test_outline_holds_the_card() -> None:
    card = face_card()
    rgb, pose = with_card(card, 48, turn_deg=30)
    outline = find_references(rgb).outlines_px[0]
    area_mm2 = cv2.contourArea(outline) * pose.mm_per_px**2
    assert area_mm2 == pytest.approx(card.width_mm * card.height_mm, rel=0.01)


@pytest.mark.parametrize("turn_deg", [0, 90, 180, 270, 35])
def test_chart_gives_the_scale_of_the_size_that_it_is_said_to_have(turn_deg: float) -> None:
    rgb, pose = with_chart(turn_deg)
    found = find_chart(rgb)
    assert found is not None
    # chart_picture has 40 px by patch and Pose takes them for millimetres, as a Classic has.
    scale = found.scale("classic")
    assert abs(math.log(scale.mm_per_px / pose.mm_per_px)) < 1.96 * scale.relative_sd
    ratio = PATCH_MM["passport"][0] / PATCH_MM["classic"][0]
    assert found.scale("passport").mm_per_px == pytest.approx(ratio * scale.mm_per_px)
    assert found.scale("passport").relative_sd > scale.relative_sd


def test_chart_of_unknown_size_gives_no_scale_unless_a_rough_one_tells() -> None:
    rgb, pose = with_chart()
    alone = find_references(rgb)
    assert alone.scale is None
    assert alone.colour is not None
    assert len(alone.outlines_px) == 1
    rough = find_references(rgb, rough=ScaleReading(pose.mm_per_px * 1.08, 0.06, "face"))
    assert rough.scale is not None
    assert rough.scale.mm_per_px == pytest.approx(pose.mm_per_px, rel=0.02)
    useless = find_references(rgb, rough=ScaleReading(pose.mm_per_px, 0.5, "usual framing"))
    assert useless.scale is None


def test_mirrored_chart_is_refused() -> None:
    rgb, _ = with_chart()
    assert may_hold_chart(rgb)
    assert find_chart(np.ascontiguousarray(rgb[:, ::-1])) is None


def test_chart_with_other_colours_is_refused() -> None:
    picture = chart_picture(40)
    rng = np.random.default_rng(6)
    for colour in (linear_patches() + 0).clip(0, 1).astype(np.float32):
        picture[(picture == colour).all(axis=2)] = rng.uniform(0.05, 0.9, 3)
    pose = Pose(0.9, (picture.shape[1] / 2, picture.shape[0] / 2), (330, 330))
    rgb = photograph(paste(skin_canvas((660, 660), rng), picture, 1, pose), Camera(), rng)
    assert find_chart(rgb) is None


@pytest.mark.skipif(not DATA.is_dir(), reason="the real photographs are not beside the project")
def test_nothing_is_found_on_real_photographs_without_sheet_or_chart() -> None:
    """A sample; `cicatrix-train evaluate scale --faces ../shared/data` takes them all."""
    paths = [*sorted(DATA.glob("london/*/*.jpg"))[::20], *sorted(DATA.glob("acne_scars/*/*.jpg"))[::4]]
    paths += sorted(DATA.glob("one_person_zoom/*.jpg"))
    assert paths
    for path in paths:
        references = find_references(read_photo(path).rgb, "classic")
        assert references.scale is None, path.name
        assert references.colour is None, path.name
        assert references.outlines_px == (), path.name
