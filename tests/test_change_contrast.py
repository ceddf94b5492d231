"""The shading of drawn dimples whose depth is known, under one light and under two."""

import math
from dataclasses import replace

import cv2
import numpy as np
import pytest
from drawn_maps import MODEL, THRESHOLDS, Pit, draw_maps, photo_of
from numpy.typing import NDArray
from test_change_lesions import framed

from inference.change.contrast import log_contrast_ratios
from inference.change.detail import PairDetail, detail_of, unlike_light
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


def walls(before: Assessment, after: Assessment) -> float:
    ratio = log_contrast_ratios(detail(before, after))[0]
    assert ratio is not None
    return ratio


def test_unchanged_dimples_shade_alike_and_healed_ones_less() -> None:
    before = visit(1.0, LEFT)
    assert walls(before, visit(1.0, LEFT, seed=1)) == pytest.approx(0, abs=0.02)
    for left in (0.8, 0.5):
        assert walls(before, visit(left, LEFT, seed=1)) == pytest.approx(math.log(left), abs=0.2)
    stronger = (LEFT[0] * 1.5, LEFT[1] * 1.5)
    assert walls(before, visit(1.0, stronger, seed=1)) == pytest.approx(0, abs=0.08), (
        "stronger light is no change"
    )


def test_another_light_moves_it_little_and_is_noticed() -> None:
    before = visit(1.0, LEFT)
    other, own = visit(1.0, TOP, seed=1), visit(1.0, LEFT, seed=1)
    assert abs(walls(before, other)) < 0.2
    assert walls(before, visit(0.5, TOP, seed=1)) < math.log(0.5) + 0.3
    unlike = [unlike_light(detail(before, after)) for after in (own, other, visit(0.3, LEFT, seed=1))]
    assert unlike[0] == pytest.approx(0, abs=0.02)
    assert unlike[1] is not None
    assert unlike[1] > 0.3
    assert unlike[2] == pytest.approx(0, abs=0.05), "healing is no other light"


def test_exchanging_the_visits_changes_the_sign_alone() -> None:
    one, other = visit(1.0, LEFT), visit(0.6, TOP, 1.5)
    forth, back = (log_contrast_ratios(detail(*pair)) for pair in ((one, other), (other, one)))
    assert forth == pytest.approx([-(ratio or 0) for ratio in back], abs=1e-5)
    assert unlike_light(detail(one, other)) == pytest.approx(unlike_light(detail(other, one)), abs=1e-6)


def test_a_blunter_picture_is_not_taken_for_healing() -> None:
    blunt = detail(visit(1.0, LEFT), visit(1.0, LEFT, 2.5, seed=1))
    assert blunt.focus is not None
    assert blunt.focus < 0.8
    assert log_contrast_ratios(blunt)[0] == pytest.approx(0, abs=0.06)


def test_skin_without_scars_or_with_nothing_else_says_nothing() -> None:
    clear = draw_maps([])
    one = assess(photo_of(clear), clear, MODEL, THRESHOLDS)
    assert log_contrast_ratios(detail(one, one)) == (None,)
    full = draw_maps([Pit(32, 24, 60, 300, "rolling")])
    all_scar = assess(photo_of(full), full, MODEL, THRESHOLDS)
    assert log_contrast_ratios(detail(all_scar, all_scar)) == (None,)
    assert unlike_light(detail(all_scar, all_scar)) == pytest.approx(0, abs=1e-6)
