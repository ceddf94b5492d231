"""Assessed skin: what the network says, settled by the photograph's own skin colour."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from inference.measure.skin import refine_skin, skin_colour
from inference.photo.colour import LINEAR_OF_LEVEL

MM_PER_PX = 0.2
SIDE_PX = 240
#: Linear light of a lit cheek, and of lips on it: green lower by a third, as blood takes it.
SKIN = np.array([0.50, 0.30, 0.22])
LIPS = SKIN * [0.9, 0.6, 0.9]


def cheek(seed: int = 0) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Linear light of plain skin with grain, and a network that is sure of it."""
    grain = np.random.default_rng(seed).normal(0, 0.03, (SIDE_PX, SIDE_PX, 1))
    return SKIN * np.exp(grain), np.full((SIDE_PX, SIDE_PX), 0.97, np.float32)


def encode(light: NDArray[np.float64]) -> NDArray[np.uint8]:
    return np.searchsorted(LINEAR_OF_LEVEL, light.clip(0, 1)).clip(0, 255).astype(np.uint8)


def disc(area_mm2: float, at: tuple[int, int] = (120, 120)) -> NDArray[np.bool_]:
    mask = np.zeros((SIDE_PX, SIDE_PX), np.uint8)
    cv2.circle(mask, at, round((area_mm2 / np.pi) ** 0.5 / MM_PER_PX), 1, -1)
    return mask > 0


def refined(light: NDArray[np.float64], probability: NDArray[np.float32]) -> NDArray[np.bool_]:
    return refine_skin(encode(light), probability, MM_PER_PX)


def core(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Away from the blurred border."""
    return cv2.erode(mask.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0


@pytest.mark.parametrize(
    ("area_mm2", "probability", "is_skin"),
    [(250, 0.45, False), (250, 0.97, True), (25, 0.60, True)],
    ids=["lips", "inflamed cheek that the network is sure of", "inflamed spot"],
)
def test_red_places(area_mm2: float, probability: float, is_skin: bool) -> None:
    light, chance = cheek()
    red = disc(area_mm2)
    light[red], chance[red] = LIPS, probability
    skin = refined(light, chance)
    assert skin[core(red)].mean() == (1 if is_skin else 0)
    assert skin[~disc(1.6 * area_mm2)].all()


def test_half_doubted_lipstick_goes_whole() -> None:
    light, chance = cheek()
    lips = disc(250)
    light[lips] = LIPS * [1.0, 0.7, 0.9]
    chance[lips] = 0.8
    chance[lips & (np.arange(SIDE_PX) < 120)] = 0.3
    assert not refined(light, chance)[core(lips)].any()


def test_smooth_skin_that_the_network_doubts_comes_back() -> None:
    light, chance = cheek()
    chance[:80] = 0.15
    assert refined(light, chance).all()


def test_other_colours_and_hair_do_not() -> None:
    light, chance = cheek()
    light[:80, :120], chance[:80] = [0.5, 0.5, 0.5], 0.15
    light[:80, 120:] = SKIN * 0.2
    assert not refined(light, chance)[:70].any()


def test_expected_skin_needs_its_colour() -> None:
    light, chance = cheek()
    chance[:80] = 0.03
    light[:80, :120] = [0.5, 0.5, 0.5]
    expected = np.ones(chance.shape, bool)
    assert not refined(light, chance)[:70].any()
    skin = refine_skin(encode(light), chance, MM_PER_PX, expected=expected)
    assert skin[:70, 130:].all()
    assert not skin[:70, :110].any()


@pytest.mark.parametrize(
    ("area_mm2", "light_factor", "probability", "filled"),
    [(3, 0.1, 0.05, True), (20, 0.1, 0.42, True), (60, 0.1, 0.3, False), (100, 1.6, 0.1, True)],
    ids=["mole", "deep pit", "nostril", "shine"],
)
def test_holes(area_mm2: float, light_factor: float, probability: float, filled: bool) -> None:
    light, chance = cheek()
    hole = disc(area_mm2)
    light[hole] = light[hole] * light_factor + (0.15 if light_factor > 1 else 0)
    chance[hole] = probability
    assert refined(light, chance)[core(hole) if area_mm2 > 10 else hole].all() == filled


def test_specks_off_the_skin_go() -> None:
    light, chance = cheek()
    light[150:], chance[150:] = [0.3, 0.3, 0.3], 0.01
    speck = disc(20, (120, 200))
    chance[speck] = 0.95
    skin = refined(light, chance)
    assert not skin[160:].any()
    assert skin[:145].all()


@settings(max_examples=20, deadline=None)
@given(
    exposure=st.floats(0.4, 1.3),
    cast=st.tuples(st.floats(0.8, 1.25), st.floats(0.8, 1.25)),
    seed=st.integers(0, 99),
)
def test_exposure_and_cast_change_nothing(exposure: float, cast: tuple[float, float], seed: int) -> None:
    light, chance = cheek(seed)
    lips = disc(250)
    light[lips], chance[lips] = LIPS, 0.4
    chance[:60] = 0.2
    cast_light = light * exposure * [cast[0], 1.0, cast[1]]
    same = refined(light, chance) == refined(cast_light, chance)
    # Rounding to 8 bits may move the border of the lips by a pixel.
    assert same.mean() > 0.995


def test_without_sure_skin_only_the_probability_counts() -> None:
    light, chance = cheek()
    chance[:] = 0.7
    chance[:80] = 0.2
    light[100:140, 100:140] = LIPS
    assert skin_colour(encode(light), chance, MM_PER_PX) is None
    skin = refined(light, chance)
    assert not skin[:75].any()
    assert skin[85:].all()


def test_no_skin_at_all() -> None:
    light, chance = cheek()
    assert not refined(light, np.full_like(chance, 0.01)).any()


def test_expected_skin_stands_in_for_sure_skin() -> None:
    light, chance = cheek()
    chance[:] = 0.1
    light[:, :60] = [0.5, 0.5, 0.5]
    expected = np.zeros(chance.shape, bool)
    expected[40:200, 40:200] = True
    skin = refine_skin(encode(light), chance, MM_PER_PX, expected=expected)
    assert skin[50:190, 70:190].all()
    assert not skin[:, :50].any()


def test_expected_skin_wins_over_a_wall_that_the_network_believes() -> None:
    light, chance = cheek()
    wall = np.s_[:, :140]
    light[wall], chance[wall] = [0.5, 0.42, 0.3], 0.98
    light[:, 140:], chance[:, 140:] = light[:, 140:] * 0.5, 0.2
    expected = np.zeros(chance.shape, bool)
    expected[:, 150:] = True
    skin = refine_skin(encode(light), chance, MM_PER_PX, expected=expected)
    assert skin[5:-5, 155:-5].all()
