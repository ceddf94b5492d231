"""Roughness, pores and wrinkles on surfaces known by arithmetic."""

import math

import cv2
import numpy as np
import pytest

from inference.measure.texture import (
    Surface,
    sa_um,
    sz_um,
    texture_of,
    without_form,
    wrinkle_depth_um,
    wrinkle_length_mm,
)
from inference.network.maps import Estimate

SIZE = (400, 500)
ALL = np.ones(SIZE, np.bool_)
NONE = np.zeros(SIZE, np.bool_)


def sinusoid(amplitude_um: float, period_px: float) -> np.ndarray:
    wave = amplitude_um * np.sin(2 * np.pi * (np.arange(SIZE[1]) + 0.5) / period_px)
    return np.broadcast_to(wave, SIZE).astype(np.float32)


def surface(relief: np.ndarray, **masks: np.ndarray) -> Surface:
    given = {"clear": ALL, "pores": NONE, "wrinkles": NONE, **masks}
    return Surface(relief_um=relief, mm_per_px=0.1, photo_mm_per_px=0.1, **given)


def test_sa_and_sz_of_a_sinusoid() -> None:
    wave = sinusoid(30, 10)
    assert sa_um(wave, ALL) == pytest.approx(2 * 30 / math.pi, rel=0.02)
    assert sz_um(wave, ALL, 0.1) == pytest.approx(60, rel=0.06)


def test_form_is_removed_and_roughness_stays() -> None:
    """A sinusoid of 40 mm is form: exp(-2 (pi sd / period)^2) of it is taken off. One of 1 mm is roughness."""
    slope = np.linspace(0, 2000, SIZE[0], dtype=np.float32)[:, None]
    flat = without_form(slope + sinusoid(500, 400) + sinusoid(30, 10), ALL, 0.1)
    middle = np.zeros(SIZE, np.bool_)
    middle[60:-60, 60:-60] = True
    left = 500 * (1 - math.exp(-2 * (math.pi * 1.25 / 40) ** 2))
    assert left < 10
    assert sa_um(flat, middle) == pytest.approx(2 * 30 / math.pi, rel=0.05)


def test_form_removal_looks_at_clear_skin_only() -> None:
    relief = np.zeros(SIZE, np.float32)
    clear = ALL.copy()
    clear[100:200, 100:200] = False
    relief[~clear] = -800
    assert np.abs(without_form(relief, clear, 0.1)).max() < 1


def test_sz_is_the_mean_over_squares() -> None:
    relief = np.zeros(SIZE, np.float32)
    relief[50, 50] = 100  # one spike in one of the 4 x 5 squares of 10 mm
    assert sz_um(relief, ALL, 0.1) == pytest.approx(100 / 20)
    assert sz_um(relief[:60, :60], ALL[:60, :60], 0.1) == pytest.approx(100)


@pytest.mark.parametrize("angle", [0, 17, 45, 70, 90])
def test_length_of_a_straight_line_at_any_angle(angle: float) -> None:
    c, s = 100 * math.cos(math.radians(angle)), 100 * math.sin(math.radians(angle))
    line = np.zeros(SIZE, np.uint8)
    cv2.line(line, (round(250 - c), round(200 - s)), (round(250 + c), round(200 + s)), 1, 5)
    assert wrinkle_length_mm(line > 0, 0.1) == pytest.approx(20, rel=0.05)


def test_length_of_a_ring_and_of_nothing() -> None:
    ring = cv2.circle(np.zeros(SIZE, np.uint8), (250, 200), 100, 1, 4)
    assert wrinkle_length_mm(ring > 0, 0.1) == pytest.approx(2 * math.pi * 10, rel=0.05)
    assert wrinkle_length_mm(NONE, 0.1) == 0
    speck = cv2.line(np.zeros(SIZE, np.uint8), (20, 20), (32, 20), 1, 2)
    assert wrinkle_length_mm(speck > 0, 0.1) == 0  # 1.3 mm is no wrinkle


def test_wrinkle_depth() -> None:
    groove = NONE.copy()
    groove[100:103, 50:450] = True
    relief = np.where(groove, -80, 0).astype(np.float32)
    assert wrinkle_depth_um(relief, groove, ALL) == pytest.approx(80)
    assert wrinkle_depth_um(relief, NONE, ALL) is None


def test_pores_are_counted_per_cm2_where_the_photograph_resolves_them() -> None:
    pores = NONE.copy()
    pores[10::20, 10::20] = True
    pores[10::20, 11::20] = True
    texture = texture_of(surface(sinusoid(30, 10), pores=pores), Estimate(19, 2))
    assert texture.pore_density_per_cm2 == pytest.approx(25)  # one in 2 x 2 mm
    assert texture.pore_area_fraction == pytest.approx(2 / 400)
    coarse = Surface(sinusoid(30, 10), ALL, pores, NONE, 0.1, photo_mm_per_px=0.11)
    assert texture_of(coarse, Estimate(19, 2)).pore_density_per_cm2 is None
    shrunk = Surface(sinusoid(30, 10), ALL, pores, NONE, 0.15, photo_mm_per_px=0.05)
    assert texture_of(shrunk, Estimate(19, 2)).pore_area_fraction is None


def test_relief_that_does_not_show_the_roughness_says_nothing_of_it() -> None:
    smooth = texture_of(surface(sinusoid(1, 10)), Estimate(19, 2))
    assert (smooth.roughness_sa_um, smooth.roughness_sz_um) == (19, None)
    rough = texture_of(surface(sinusoid(30, 10)), Estimate(19, 2))
    assert rough.roughness_sz_um == pytest.approx(60, rel=0.1)


def test_without_skin_everything_is_unknown() -> None:
    texture = texture_of(surface(sinusoid(30, 10), clear=NONE), Estimate(19, 2))
    assert (texture.roughness_sa_um, texture.wrinkle_length_mm_per_cm2, texture.pore_area_fraction) == (
        None,
    ) * 3
