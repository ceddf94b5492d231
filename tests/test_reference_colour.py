"""Correction of colours: a cast made by a known matrix in linear light is undone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.photo.ciede import ciede2000, lab_of_linear
from inference.reference.colorchecker import (
    BRADFORD,
    LAB_D50,
    WHITE_D50,
    WHITE_D65,
    linear_patches,
)
from inference.reference.correction import MIN_PATCHES, Samples, correct, fit_correction, sample_patches
from training.evaluate.scale import CONDITIONS, Condition, run_condition

ALL = np.ones(24, bool)


def samples(matrix: np.ndarray, offset: float = 0, noise: float = 0, seed: int = 0) -> Samples:
    rng = np.random.default_rng(seed)
    seen = linear_patches() @ matrix + offset
    return Samples(seen * (1 + noise * rng.standard_normal(seen.shape)), ALL)


@given(st.lists(st.floats(0.3, 1.2), min_size=3, max_size=3), st.floats(0, 0.3), st.floats(0, 0.01))
@settings(deadline=None, max_examples=40)
def test_any_cast_in_linear_light_is_undone_exactly(gains: list[float], mix: float, flare: float) -> None:
    matrix = ((1 - mix) * np.eye(3) + mix / 3) * np.array(gains)
    reading = fit_correction(samples(matrix, flare), linear_patches(), "chart")
    assert reading is not None
    assert reading.residual_de00 < 1e-4
    colours = np.random.default_rng(1).uniform(0.02, 0.9, (50, 3))
    np.testing.assert_allclose(correct(colours @ matrix + flare, reading), colours, atol=1e-4)


def test_residual_is_what_noise_of_one_per_cent_does_to_colours() -> None:
    noisy = [
        fit_correction(samples(np.eye(3), 0, 0.01, seed), linear_patches(), "chart") for seed in range(20)
    ]
    residuals = [reading.residual_de00 for reading in noisy if reading is not None]
    true = lab_of_linear(linear_patches())
    alone = [
        ciede2000(lab_of_linear(samples(np.eye(3), 0, 0.01, seed).linear), true).mean() for seed in range(20)
    ]
    # Leaving out adds the error of the fit: with 20 of 24 values by channel free, about a fifth.
    assert np.mean(alone) < np.mean(residuals) < 1.6 * np.mean(alone)


def test_left_out_residual_is_that_of_fits_without_each_patch() -> None:
    """The hat matrix must give what 24 fits of 23 patches give."""
    taken = samples(np.diag([0.8, 0.7, 0.5]), 0.002, 0.03)
    reading = fit_correction(taken, linear_patches(), "chart")
    assert reading is not None
    apart = []
    for index in range(24):
        rest = Samples(taken.linear, np.arange(24) != index)
        without = fit_correction(rest, linear_patches(), "chart")
        assert without is not None
        seen = taken.linear[index] @ without.matrix[:3] + without.matrix[3]
        apart.append(ciede2000(lab_of_linear(seen), lab_of_linear(linear_patches()[index])))
    assert reading.residual_de00 == pytest.approx(np.mean(apart), rel=1e-6)
    assert reading.worst_de00 == pytest.approx(np.max(apart), rel=1e-6)


def test_too_few_patches_or_wrong_colours_give_no_correction() -> None:
    good = samples(np.eye(3))
    usable = np.arange(24) < MIN_PATCHES - 1
    assert fit_correction(Samples(good.linear, usable), linear_patches(), "chart") is None
    shuffled = Samples(good.linear[np.random.default_rng(2).permutation(24)], ALL)
    assert fit_correction(shuffled, linear_patches(), "chart") is None


def test_published_colours_survive_the_way_to_srgb() -> None:
    """Neutral patches stay neutral through the adaptation, and the D50 white becomes the D65 white."""
    adapt = np.linalg.inv(BRADFORD) @ np.diag((BRADFORD @ WHITE_D65) / (BRADFORD @ WHITE_D50)) @ BRADFORD
    np.testing.assert_allclose(adapt @ WHITE_D50, WHITE_D65, atol=1e-12)
    # Published pair of whites: ICC gives this matrix's inverse rounded to 7 digits (D65 to D50).
    published = [
        [1.0478112, 0.0228866, -0.0501270],
        [0.0295424, 0.9904844, -0.0170491],
        [-0.0092345, 0.0150436, 0.7521316],
    ]
    np.testing.assert_allclose(np.linalg.inv(adapt), published, atol=1e-4)
    lab = lab_of_linear(linear_patches())
    np.testing.assert_allclose(lab[18:, 0], LAB_D50[18:, 0], atol=0.1)
    np.testing.assert_allclose(lab[19:, 1:], LAB_D50[19:, 1:], atol=0.4)


def test_patches_that_are_clipped_small_or_outside_are_left_out() -> None:
    rgb = np.full((100, 200, 3), 120, np.uint8)
    rgb[:, 60:120] = (120, 255, 120)
    rgb[:, 120:160] = (120, 0, 120)
    square = np.array([[0, 0], [1, 0], [1, 1], [0, 1.0]])
    quads = np.array(
        [
            square * 40 + 10,
            square * 40 + (70, 10),
            square * 30 + (125, 10),
            square * 3 + (5, 60),
            square * 40 + (180, 10),
        ]
    )
    taken = sample_patches(rgb, quads)
    assert taken.usable.tolist() == [True, False, False, False, False]
    assert taken.linear[0] == pytest.approx([0.1878] * 3, abs=1e-3)


def test_specks_in_a_patch_do_not_count() -> None:
    rgb = np.full((60, 60, 3), 120, np.uint8)
    rgb[20:40:3, 20:40:3] = 255
    quad = np.array([[[10, 10], [50, 10], [50, 50], [10, 50.0]]])
    assert sample_patches(rgb, quad).linear[0] == pytest.approx([0.1878] * 3, abs=1e-3)


@pytest.mark.parametrize(
    "condition", [Condition("strip", 96), Condition("card", 48), Condition("chart", 50)], ids=lambda c: c.name
)
def test_skin_beside_the_patches_comes_out_right(condition: Condition) -> None:
    """The camera's cast, crosstalk and exposure are undone on the skin, which the fit has never seen."""
    assert condition in CONDITIONS
    found = [trial for trial in run_condition(condition, 4, seed=9) if trial is not None]
    assert len(found) >= 3
    for trial in found:
        assert trial.residual_de00 is not None
        assert trial.skin_de00 is not None
        assert trial.residual_de00 < 2
        before, after = trial.skin_de00
        assert after < 1.5 < before
