"""How alike the light of two visits is, read off drawn dimples whose depth and light are known."""

import math
from dataclasses import replace

import cv2
import numpy as np
import pytest
from drawn_maps import MODEL, THRESHOLDS, Pit, draw_maps, photo_of
from numpy.typing import NDArray
from test_change_lesions import framed

from inference.change.detail import PairDetail, _unlike_waves, detail_of, unlike_light  # pyright: ignore[reportPrivateUsage]
from inference.measure.assess import assess
from inference.measure.assessment import Assessment

MM_PER_PX = 0.1
PITS = [Pit(x, y, 1.6, 300, "rolling", "cap") for x in (10, 22, 34, 46, 57) for y in (8, 20, 32, 42)]
LEFT, TOP = (0.5, 0.1), (0.1, 0.5)


def skin_relief(seed: int) -> NDArray[np.float32]:
    """Micro-relief of unaffected skin, um: fine and broad, the same at every visit of a seed."""
    rng = np.random.default_rng(seed)
    fine, broad = (
        cv2.GaussianBlur(rng.normal(0, 1, (480, 640)).astype(np.float32), (0, 0), sd) * sd for sd in (4, 12)
    )
    return (22 * fine + 45 * broad).astype(np.float32)


def shaded(relief_um: NDArray[np.float32], light: tuple[float, float], seed: int) -> NDArray[np.uint8]:
    """Lambertian picture of small slopes: light 1 + l . slope, with the sensor's noise."""
    smooth = cv2.GaussianBlur(relief_um, (0, 0), 3)
    slope = np.stack([cv2.Sobel(smooth, cv2.CV_32F, *step, scale=1 / 8) for step in ((1, 0), (0, 1))])
    light_map = 0.3 * np.clip(1 + np.tensordot(light, slope / (1000 * MM_PER_PX), 1), 0.1, 3)
    light_map = light_map + np.random.default_rng(seed).normal(0, 0.001, light_map.shape)
    srgb = 255 * (1.055 * np.clip(light_map, 0.0031, 1) ** (1 / 2.4) - 0.055)
    return np.repeat(np.rint(srgb).astype(np.uint8)[..., None], 3, axis=2)


def visit(left: float, light: tuple[float, float], blur_px: float = 0.0, seed: int = 0) -> Assessment:
    """The same skin with `left` of its scars' depth left; outlines stay."""
    maps = draw_maps(PITS)
    rgb = shaded(skin_relief(7) + left * maps.relief_um, light, seed)
    if blur_px:
        rgb = np.asarray(cv2.GaussianBlur(rgb, (0, 0), blur_px), np.uint8)
    maps = replace(maps, rgb=rgb, relief_um=left * maps.relief_um)
    return assess(photo_of(maps), maps, MODEL, THRESHOLDS)


def detail(before: Assessment, after: Assessment) -> PairDetail:
    return detail_of(framed(before, after))


def unlike(before: Assessment, after: Assessment) -> float:
    told = unlike_light(detail(before, after))
    assert told is not None
    return told


def test_the_same_light_is_told_whatever_its_strength_and_however_much_healed() -> None:
    before = visit(1.0, LEFT)
    assert unlike(before, visit(1.0, LEFT, seed=1)) == pytest.approx(0, abs=0.01)
    stronger = (LEFT[0] * 1.5, LEFT[1] * 1.5)
    assert unlike(before, visit(1.0, stronger, seed=1)) == pytest.approx(0, abs=0.01)
    for left in (0.8, 0.5, 0.3):
        assert unlike(before, visit(left, LEFT, seed=1)) == pytest.approx(0, abs=0.05), (
            "healing is no other light"
        )


def test_a_lamp_that_moved_is_noticed_the_more_the_farther() -> None:
    before = visit(1.0, LEFT)
    angle = math.atan2(LEFT[1], LEFT[0])
    turned = [
        unlike(before, visit(1.0, (math.hypot(*LEFT) * math.cos(a), math.hypot(*LEFT) * math.sin(a)), seed=1))
        for a in (angle + math.radians(8), angle + math.radians(30), angle + math.radians(90))
    ]
    assert turned == sorted(turned)
    assert turned[0] < 0.05
    assert turned[2] > 0.7
    assert unlike(before, visit(1.0, (-LEFT[0], -LEFT[1]), seed=1)) > 1, "from the other side"


def test_a_scar_that_healed_and_one_that_did_not_are_no_other_light() -> None:
    maps = draw_maps(PITS)
    half = maps.relief_um.copy()
    half[:, : half.shape[1] // 2] *= 0.3
    rgb = shaded(skin_relief(7) + half, LEFT, 1)
    after = assess(photo_of(maps), replace(maps, rgb=rgb, relief_um=half), MODEL, THRESHOLDS)
    assert unlike(visit(1.0, LEFT), after) == pytest.approx(0, abs=0.05)


def test_exchanging_the_visits_changes_nothing() -> None:
    one, other = visit(1.0, LEFT), visit(0.6, TOP, 1.5)
    assert unlike(one, other) == pytest.approx(unlike(other, one), abs=1e-6)


def test_a_blunter_picture_is_noticed_and_no_other_light() -> None:
    blunt = detail(visit(1.0, LEFT), visit(1.0, LEFT, 2.5, seed=1))
    assert blunt.focus is not None
    assert blunt.focus < 0.8
    assert unlike_light(blunt) == pytest.approx(0, abs=0.05)


def test_skin_without_scars_is_asked_itself_and_scars_need_no_skin_around() -> None:
    clear = replace(draw_maps([]), rgb=shaded(skin_relief(7), LEFT, 0))
    one = assess(photo_of(clear), clear, MODEL, THRESHOLDS)
    assert unlike(one, one) == pytest.approx(0, abs=1e-6)
    full = replace(draw_maps([Pit(32, 24, 60, 300, "rolling")]), rgb=clear.rgb)
    all_scar = assess(photo_of(full), full, MODEL, THRESHOLDS)
    assert unlike(all_scar, all_scar) == pytest.approx(0, abs=1e-6)


def test_wide_shallow_scars_that_nobody_outlined_may_heal_in_the_same_light() -> None:
    """Waves of the skin that went, while the outlined scars still shade as they did."""
    maps, rng = draw_maps(PITS), np.random.default_rng(3)
    waves = cv2.GaussianBlur(rng.normal(0, 1, (480, 640)).astype(np.float32), (0, 0), 20) * 2500

    def seen(share: float, seed: int) -> Assessment:
        rgb = shaded(skin_relief(7) + maps.relief_um + share * waves, LEFT, seed)
        return assess(photo_of(maps), replace(maps, rgb=rgb), MODEL, THRESHOLDS)

    pair = detail(seen(1.0, 0), seen(0.0, 1))
    told, alone = unlike_light(pair), _unlike_waves(pair)
    assert told is not None
    assert alone is not None
    assert told < 0.05 < alone
