"""Errors and confidence learnt from residuals and lesions whose law is known."""

import numpy as np
import pytest

pytest.importorskip("torch", reason="the training extra is not installed")

from inference.measure.interval import Figure, interval_of, residual_bounds
from training.calibrate.confidence import (
    Labelled,
    confidence_figures,
    expected_calibration_error,
    fit_confidence,
)
from training.calibrate.errors import (
    Residuals,
    cross_validated_coverage,
    fit_error,
    fit_errors,
    quantile_regression,
    stack_residuals,
)
from training.calibrate.tiles import folds_of


def burdens(skins: int, seed: int) -> Residuals:
    """Two tiles a skin, a third of them clear; the network errs by a factor that is common to a skin."""
    rng = np.random.default_rng(seed)
    true = np.repeat(np.where(rng.random(skins) < 0.3, 0, rng.lognormal(2.5, 1, skins)), 2)
    common = np.repeat(rng.normal(0, 0.35, skins), 2)
    false = np.where(rng.random(2 * skins) < 0.4, rng.exponential(1, 2 * skins), 0)
    seen = true * np.exp(common + rng.normal(0, 0.25, 2 * skins)) + false
    return Residuals(seen, true, tuple(str(k // 2) for k in range(2 * skins)))


def test_intervals_of_burden_hold_fresh_truths() -> None:
    held = []
    for seed in range(4):
        error, fresh = fit_error(burdens(80, seed), 1.0), burdens(400, 100 + seed)
        assert error is not None
        for value, true in zip(fresh.seen.tolist(), fresh.true.tolist(), strict=True):
            interval = interval_of(Figure(value, 1.0, error), 0.0)
            assert interval is not None
            held.append(interval.low <= true <= interval.high)
        assert interval_of(Figure(0.0, 1.0, error), 0.0).high > 0  # type: ignore[union-attr]
    assert 0.93 < np.mean(held) < 0.985
    assert cross_validated_coverage(burdens(80, 0), 1.0) == pytest.approx(0.95, abs=0.035)


def test_a_stated_deviation_is_scaled_to_the_truth() -> None:
    """A network that states half of its deviation gets intervals of about 2 x 1.96 of what it states."""
    rng = np.random.default_rng(3)
    sd, seen = rng.uniform(0.5, 2, 600), rng.uniform(5, 30, 600)
    residuals = Residuals(seen, seen + 2 * sd * rng.normal(size=600), tuple(map(str, range(600))), sd)
    error = fit_error(residuals, None)
    assert error is not None
    assert error.by_sd
    low, high = residual_bounds(error, 15.0, 1.0)
    assert (low, high) == (pytest.approx(-3.92, rel=0.25), pytest.approx(3.92, rel=0.25))


def test_few_residuals_say_nothing() -> None:
    few = Residuals(np.ones(8), np.ones(8), tuple("abcdefgh"))
    assert fit_error(few, None) is None
    assert fit_errors({"scars.burden_um": few}) == ({}, {})
    one_skin = Residuals(np.ones(50), np.ones(50), ("a",) * 50)
    assert fit_error(one_skin, 1.0) is None


def test_a_figure_that_is_always_right_has_no_error() -> None:
    sure = Residuals(np.arange(40.0), np.arange(40.0), tuple(map(str, range(40))))
    error = fit_error(sure, None)
    assert error is not None
    assert residual_bounds(error, 7.0) == (pytest.approx(0, abs=0.002), pytest.approx(0, abs=0.002))
    assert cross_validated_coverage(sure, None) == 1.0


def test_quantile_lines_leave_their_share_below() -> None:
    rng = np.random.default_rng(0)
    x = rng.uniform(0, 1, 400)
    y = 3 * x + (1 + x) * rng.normal(size=400)
    basis = np.stack([1 - x, x], axis=1)
    assert np.mean(y < basis @ quantile_regression(basis, y, 0.9)) == pytest.approx(0.9, abs=0.01)


def test_rows_become_residuals_by_figure() -> None:
    stacked = stack_residuals(
        [("a", 1.0, 2.0, None, "s"), ("b", 3.0, 4.0, 0.5, "s"), ("a", 5.0, 6.0, None, "t")]
    )
    assert stacked["a"].seen.tolist() == [1, 5]
    assert stacked["a"].group == ("s", "t")
    assert stacked["a"].sd is None
    assert stacked["b"].sd is not None
    assert stacked["b"].sd.tolist() == [0.5]


def test_one_skin_is_in_one_fold() -> None:
    groups = [str(k // 2) for k in range(60)]
    folds = folds_of(groups)
    assert all(folds[2 * k] == folds[2 * k + 1] for k in range(30))
    assert np.bincount(folds).tolist() == [12] * 5


def lesions(count: int, seed: int = 0) -> Labelled:
    """Overconfident by a factor of two in the logit, narrow lesions false more often."""
    rng = np.random.default_rng(seed)
    logit, width = rng.uniform(0, 4, count), rng.lognormal(0.7, 0.5, count)
    chance = 1 / (1 + np.exp(-(0.5 * logit - 1 + np.log(width))))
    true = rng.random(count) < chance
    return Labelled((), 1 / (1 + np.exp(-logit)), width, true, tuple(str(k // 10) for k in range(count)))


def test_confidence_finds_the_law_it_was_drawn_from() -> None:
    known = fit_confidence(lesions(6000))
    assert known is not None
    assert known.by_logit == pytest.approx(0.5, abs=0.08)
    assert known.intercept == pytest.approx(-1, abs=0.15)
    assert known.by_log_diameter == pytest.approx(1, abs=0.15)
    figures = confidence_figures(lesions(2000))
    assert figures is not None
    assert figures["ece_after"] < 0.05 < figures["ece_before"]


def test_confidence_is_not_fitted_to_a_handful_or_to_one_kind() -> None:
    assert fit_confidence(lesions(30)) is None
    labelled = lesions(500)
    sure = Labelled((), labelled.probability, labelled.diameter_mm, np.ones(500, bool), labelled.group)
    assert fit_confidence(sure) is None
    assert confidence_figures(sure) is None
    few = Labelled(
        (), labelled.probability, labelled.diameter_mm, labelled.true, ("a", "b", "c", "d", "e") * 100
    )
    assert fit_confidence(few) is None, "five skins"


def test_expected_calibration_error_by_hand() -> None:
    chance = np.array([0.95, 0.95, 0.15, 0.15])
    true = np.array([True, False, False, False])
    assert expected_calibration_error(chance, true) == pytest.approx((2 * 0.45 + 2 * 0.15) / 4)
