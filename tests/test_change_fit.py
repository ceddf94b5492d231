"""Checks of a pair against differences whose size is known."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from drawn_maps import MODEL, THRESHOLDS, photo_of
from numpy.typing import NDArray
from test_change_compare import PITS, again, skin_of, visit

from inference.change.carry_scale import carried_scale, settle_scales
from inference.change.compare import compare
from inference.change.fit import Sight
from inference.change.identity import order_issue
from inference.change.limits import LIMITS, issue
from inference.change.pose import pose_issues
from inference.face.face import Expression, Face, Pose
from inference.measure.assess import assess
from inference.measure.assessment import Assessment
from inference.network.maps import Maps
from inference.photo.light import light_of
from inference.photo.photo import QualityIssue, Scale

SIZE = (480, 640)


def assessed(maps: Maps, scale: Scale | None = None) -> Assessment:
    photo = photo_of(maps, 0.01)
    if scale is not None:
        photo = replace(photo, scale=scale)
    return assess(photo, maps, MODEL, THRESHOLDS)


def pictured(rgb: NDArray[np.uint8], mm_per_px: float = 0.1) -> Maps:
    return replace(skin_of(PITS), rgb=rgb, mm_per_px=mm_per_px)


def warped(maps: Maps, matrix: NDArray[np.float64], size: tuple[int, int] = SIZE) -> Maps:
    """The camera moved; skin that comes in at the edge is mirrored."""

    def move(picture: NDArray[np.generic], kernel: int) -> NDArray[np.generic]:
        return cv2.warpAffine(
            picture, matrix[:2], size[::-1], flags=kernel, borderMode=cv2.BORDER_REFLECT_101
        )

    return replace(
        maps,
        rgb=move(maps.rgb, cv2.INTER_AREA),
        types=np.stack([move(plane, cv2.INTER_NEAREST) for plane in maps.types]),
        surface=np.stack([move(plane, cv2.INTER_NEAREST) for plane in maps.surface]),
        relief_um=move(maps.relief_um, cv2.INTER_LINEAR),
    )


def about_middle(turn_deg: float = 0, size: float = 1) -> NDArray[np.float64]:
    return cv2.getRotationMatrix2D((319.5, 239.5), -turn_deg, size)


def found(before: Assessment, after: Assessment) -> dict[str, QualityIssue]:
    return {one.code: one for one in compare(before, after).comparable.issues}


def test_every_limit_is_ordered_and_has_a_reason() -> None:
    for name, limit in LIMITS.items():
        bounds = [bound for bound in (limit.note, limit.warning, limit.reject) if bound is not None]
        assert bounds == sorted(bounds, reverse=limit.falls), name
        assert bounds
        assert len(limit.why) > 30
    assert issue("overlap", 0.95, "") is None
    severities = [getattr(issue("overlap", x, ""), "severity", None) for x in (0.85, 0.7, 0.4)]
    assert severities == ["note", "warning", "reject"]


@pytest.mark.parametrize("turn_deg", [-25.0, -14.0, 14.0, 25.0])
def test_a_turn_is_named_with_its_size_and_the_way_back(turn_deg: float) -> None:
    maps = skin_of(PITS)
    pose = found(assessed(maps), assessed(warped(maps, about_middle(turn_deg))))["pose"]
    assert pose.value == pytest.approx(abs(turn_deg), abs=0.5)
    assert pose.limit == 10
    back = "counter-clockwise" if turn_deg > 0 else "bring the skin clockwise"
    assert back in pose.message


def test_a_squeezed_picture_is_tilted_by_the_angle_of_its_cosine() -> None:
    maps = skin_of(PITS)
    squeeze = np.array([[np.cos(np.radians(30)), 0, 43], [0, 1, 0]])
    pose = found(assessed(maps), assessed(warped(maps, squeeze)))["pose"]
    assert pose.value == pytest.approx(30, abs=1.5)


def face(yaw_deg: float = 0, pitch_deg: float = 0, roll_deg: float = 0) -> Face:
    points = np.zeros((468, 3), np.float32)
    return Face(points, 1.0, Pose(yaw_deg, pitch_deg, roll_deg), Expression(0, 1, 1), 200.0, None)


@pytest.mark.parametrize(
    ("pose", "advice", "severity"),
    [
        ({"yaw_deg": 12}, "turn the head 12° towards the left of the picture", "warning"),
        ({"yaw_deg": -9}, "turn the head 9° towards the right of the picture", "warning"),
        ({"pitch_deg": 10}, "lower the chin by 10°", "warning"),
        ({"pitch_deg": -10}, "raise the chin by 10°", "warning"),
        ({"roll_deg": 11}, "tilt the head 11° counter-clockwise in the picture", "warning"),
        ({"yaw_deg": 40}, "turn the head 40° towards the left", "reject"),
    ],
)
def test_heads_are_turned_back(pose: dict[str, float], advice: str, severity: str) -> None:
    evidence = visit(PITS).evidence
    assert evidence is not None
    scale = Scale(0.1, "face", 0.05)
    one, two = (Sight(evidence, scale, (640, 480), one) for one in (face(), face(**pose)))
    (issue_found,) = pose_issues(one, two, None)
    assert advice in issue_found.message
    assert issue_found.severity == severity
    assert not list(pose_issues(one, Sight(evidence, scale, (640, 480), face(3, 3, 3)), None))


def test_a_map_of_the_wall_behind_the_head_is_refused() -> None:
    """The skin has not moved, but the face has, by a third of its pupils' distance."""
    first, second = visit(PITS), again(visit(PITS))
    assert first.evidence is not None
    points = np.random.default_rng(0).uniform(100, 400, (468, 3)).astype(np.float32)
    one = replace(face(), points_px=points)
    other = replace(face(), points_px=points + np.float32(200 / 3) * np.array([1, 0, 0], np.float32))
    before = replace(first, evidence=replace(first.evidence, face=one))
    still, gone = (replace(second, evidence=replace(first.evidence, face=f)) for f in (one, other))
    assert compare(before, still).comparable.usable
    refused = found(before, gone)["registration"]
    assert refused.severity == "reject"
    assert refused.value == pytest.approx(1 / 3, abs=0.01)
    assert "behind the head" in refused.message


def test_skin_that_stands_smaller_asks_to_come_closer() -> None:
    maps = skin_of(PITS)
    smaller = replace(warped(maps, about_middle(size=0.6)), mm_per_px=0.1 / 0.6)
    codes = found(assessed(maps), assessed(smaller))
    assert codes["distance"].value == pytest.approx(-np.log(0.6), abs=0.01)
    assert "come closer" in codes["distance"].message
    assert "scale" not in codes


@pytest.mark.parametrize(("gain", "way"), [(0.6, "more by about 0.7 stops"), (1.15, "")])
def test_exposure_in_stops(gain: float, way: str) -> None:
    maps = skin_of(PITS)
    levels = 255 * (gain * (np.arange(256) / 255) ** 2.2) ** (1 / 2.2)
    other = pictured(np.clip(levels, 0, 255).astype(np.uint8)[maps.rgb])
    codes = found(assessed(maps), assessed(other))
    if way:
        assert way in codes["exposure"].message
        assert codes["exposure"].severity == "warning"
    else:
        assert codes["exposure"].severity == "note"


def test_blur_is_named_and_the_sharper_one_told() -> None:
    maps = skin_of(PITS)
    soft = pictured(cv2.GaussianBlur(maps.rgb, (0, 0), 2.0))
    assert "second photograph is less sharp" in found(assessed(maps), assessed(soft))["focus"].message
    assert "first photograph is less sharp" in found(assessed(soft), assessed(maps))["focus"].message


def test_a_mirrored_photograph_is_told_from_another_skin() -> None:
    maps = skin_of(PITS)
    flipped = pictured(np.ascontiguousarray(maps.rgb[:, ::-1]))
    result = compare(assessed(maps), assessed(flipped))
    assert result.comparable.issues[0].code == "mirrored"
    assert "mirrored" in result.overall.statement
    other = found(assessed(maps), assessed(skin_of(PITS, seed=5)))
    assert "mirrored" not in other
    assert other["registration"].severity == "reject"


def test_one_file_twice_is_refused_before_any_figure() -> None:
    result = compare(visit(PITS), visit(PITS))
    assert result.comparable.issues[0].code == "duplicate"
    assert not result.comparable.usable
    assert all(metric.change is None for metric in result.metrics)
    assert result.pair is None
    assert "same file" in result.overall.statement


def test_dates_out_of_order() -> None:
    late, early = "2025-06-01T10:00:00", "2025-03-01T10:00:00"
    reversed_order = order_issue(late, early)
    assert reversed_order is not None
    assert "2025-03-01" in reversed_order.message
    assert order_issue(early, late) is order_issue(early, early) is None
    assert order_issue(None, early) is order_issue("yesterday", early) is None
    assert order_issue("2025-06-01T10:00:00+02:00", early) is not None  # a zone is ignored, not a crash


def relief_lit_from(degrees: float, seed: int = 0) -> NDArray[np.uint8]:
    """Random pits under one low lamp: brightness is the slope towards the lamp, by the law of the cosine.

    degrees: 0 right, 90 above.
    """
    rng = np.random.default_rng(seed)
    pits = np.zeros(SIZE, np.float32)
    rows, columns = rng.integers(0, SIZE[0], 900), rng.integers(0, SIZE[1], 900)
    np.add.at(pits, (rows, columns), rng.uniform(0.5, 1.5, 900).astype(np.float32))
    height = -cv2.GaussianBlur(pits, (0, 0), 5.0) * 100
    down, right = np.gradient(height)
    towards = -(right * np.cos(np.radians(degrees)) - down * np.sin(np.radians(degrees)))
    light = np.clip(0.35 * (1 + 1.2 * towards / np.abs(towards).max()), 0.01, 1)
    grain = rng.normal(0, 0.004, SIZE)
    shown = 255 * np.clip(light + grain, 0, 1)[..., None] ** (1 / 2.2) * (1.0, 0.85, 0.78)
    return np.clip(shown, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("degrees", [-150.0, -90.0, -35.0, 0.0, 60.0, 90.0, 135.0, 180.0])
def test_the_side_of_a_raking_lamp_is_read(degrees: float) -> None:
    light = light_of(relief_lit_from(degrees), np.ones(SIZE, np.bool_), 0.1)
    assert light.mode == "raking"
    assert light.direction_deg is not None
    assert abs((light.direction_deg - degrees + 180) % 360 - 180) < 8


def test_skin_without_relief_has_no_side() -> None:
    light = light_of(skin_of([]).rgb, np.ones(SIZE, np.bool_), 0.1)
    assert light.direction_deg is None
    assert light.mode in ("diffuse", "unknown")
    assert light_of(skin_of([]).rgb, np.ones(SIZE, np.bool_), 0.9).directionality is None
    assert light_of(skin_of([]).rgb, np.zeros(SIZE, np.bool_), 0.1).mode == "unknown"


def freckles() -> NDArray[np.float32]:
    """(h, w, 3) share of light that brown spots leave, least of blue."""
    rng = np.random.default_rng(1)
    cover = np.zeros(SIZE, np.float32)
    for _ in range(120):
        middle = int(rng.integers(SIZE[1])), int(rng.integers(SIZE[0]))
        cover = cv2.circle(cover, middle, int(rng.integers(2, 6)), 1.0, -1)
    soft = cv2.GaussianBlur(cover, (0, 0), 1.2)[..., None]
    return 1 - soft * np.array([0.25, 0.45, 0.55], np.float32)


def test_raking_and_even_light_are_not_mixed() -> None:
    """Spots of pigment carry the alignment; relief is lit in one picture only."""
    spots = skin_of([]).rgb.astype(np.float32) / 205 * freckles()
    raking = np.clip(relief_lit_from(20).astype(np.float32) * spots, 0, 255).astype(np.uint8)
    even = np.clip(170 * spots * (1, 0.85, 0.78), 0, 255).astype(np.uint8)
    shine = np.random.default_rng(0).random(SIZE) < 0.0008
    even[cv2.dilate(shine.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0] = 245
    result = compare(assessed(pictured(raking)), assessed(pictured(even)))
    if result.registration.usable:
        assert result.comparable.issues[0].code == "light_mode"
        assert "grazing" in result.overall.statement
        assert all(metric.change is None for metric in result.metrics)
    else:
        pytest.fail("the pair should align by its spots")


def test_a_mode_that_cannot_be_told_is_never_passed_over() -> None:
    """Soft light on matt skin and crossed polarizers look alike: without evidence of a change, a note asks."""
    first = assessed(skin_of(PITS))
    second = assessed(warped(skin_of(PITS), about_middle(1)))
    mode = found(first, second)["light_mode"]
    assert mode.severity == "note"
    assert "same lamps and filters" in mode.message


@pytest.mark.parametrize("size", [0.5, 0.8, 1.25])
def test_the_follow_up_takes_the_baselines_scale(size: float) -> None:
    """A resized and turned picture without a scale of its own: the truth is the baseline's scale by the size."""
    large = cv2.resize(skin_of(PITS).rgb, (1280, 960), interpolation=cv2.INTER_CUBIC)
    maps = pictured(np.asarray(large), 0.05)
    maps = replace(maps, **planes_of((960, 1280)))
    known = assessed(maps, Scale(0.05, "marker", 0.01, "printed sheet"))
    out = (round(960 * size), round(1280 * size))
    matrix = cv2.getRotationMatrix2D((639.5, 479.5), 6, size)
    matrix[:, 2] += ((out[1] - 1) / 2 - 639.5, (out[0] - 1) / 2 - 479.5)
    soft = cv2.GaussianBlur(large, (0, 0), 0.5 / size) if size < 1 else large
    rgb = cv2.warpAffine(soft, matrix, out[::-1], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    unknown_maps = replace(pictured(np.asarray(rgb), 0.09), **planes_of(out))
    unknown = assessed(unknown_maps, Scale(0.09, "assumed", 0.5))
    mine, taken = settle_scales(known, unknown)
    assert mine is None
    assert taken is not None
    assert taken.mm_per_px == pytest.approx(0.05 / size, rel=0.01)
    assert taken.source == "marker"
    assert 0.01 < taken.relative_sd < 0.03
    assert taken.method.startswith("carried over from the baseline by registration")
    other_way, nothing = settle_scales(unknown, known)
    assert nothing is None
    assert other_way is not None
    assert other_way.mm_per_px == pytest.approx(0.05 / size, rel=0.01)
    assert "follow-up" in other_way.method


def planes_of(shape: tuple[int, int]) -> dict[str, NDArray[np.float32]]:
    maps = skin_of(PITS)
    return {
        "types": np.stack([np.asarray(cv2.resize(p, shape[::-1])) for p in maps.types]),
        "surface": np.stack([np.asarray(cv2.resize(p, shape[::-1])) for p in maps.surface]),
        "relief_um": np.asarray(cv2.resize(maps.relief_um, shape[::-1])),
    }


def test_which_scale_gives_way() -> None:
    marker, iris = Scale(0.05, "marker", 0.01), Scale(0.06, "face", 0.05)
    typed, assumed = Scale(0.05, "given", 0.03), Scale(0.1, "assumed", 0.5)
    carried = carried_scale(marker, iris, 0.5, 0.006)
    assert carried is not None
    assert carried.mm_per_px == pytest.approx(0.1)
    assert carried.relative_sd == pytest.approx(np.hypot(0.01, 0.006))
    assert carried_scale(iris, marker, 1, 0.006) is None
    assert carried_scale(marker, typed, 1, 0.006) is None  # what was typed in stays
    assert carried_scale(typed, assumed, 1, 0.006) is not None
    assert carried_scale(assumed, assumed, 1, 0.006) is None
    assert carried_scale(marker, assumed, 1, 0.05) is None  # too unsure a registration


def test_scales_disagree_only_beyond_their_errors() -> None:
    maps = skin_of(PITS)
    turned = warped(maps, about_middle(3))
    before = assessed(maps, Scale(0.1, "marker", 0.01))
    wrong = Scale(0.11, "marker", 0.01)
    codes = found(before, assessed(replace(turned, mm_per_px=0.11), wrong))
    assert codes["scale"].value == pytest.approx(np.log(1.1), abs=0.01)
    unsure = replace(wrong, source="face", relative_sd=0.08)
    assert "scale" not in found(before, assessed(replace(turned, mm_per_px=0.11), unsure))
