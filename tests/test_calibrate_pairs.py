"""Repeatability and weights learnt from pairs whose law is known."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("torch", reason="the training extra is not installed")

from inference.change.error import PairConditions, PairError
from inference.change.interval import change_bounds
from inference.network.repeatability import RepeatError
from training.calibrate.healing_error import needed_relative_sd
from training.calibrate.healing_shown import fit_shown
from training.calibrate.pair_looks import PairLook
from training.calibrate.pairs import HEALED, learn, null_pairs
from training.calibrate.repeatability import NullPairs, conformal_factor, learn_error, misses_of


def drawn(count: int, seed: int, tails: bool = False) -> NullPairs:
    """sem = 30 % of (level + 2) by the root of how unlike the light is; four pairs a skin."""
    rng = np.random.default_rng(seed)
    level, unlike = rng.lognormal(2.5, 1, count), np.exp(rng.uniform(-5, -0.7, count))
    noise = rng.standard_t(4, count) if tails else rng.normal(size=count)
    change = math.sqrt(2) * 0.3 * (level + 2) * np.sqrt(unlike + 0.001) * noise
    conditions = tuple(
        PairConditions(u, px, area, focus)
        for u, px, area, focus in zip(
            unlike.tolist(), rng.uniform(4, 6.4, count), rng.uniform(5, 60, count), rng.uniform(0.7, 1, count),
            strict=True,
        )
    )  # fmt: skip
    group = tuple(str(k // 4) for k in range(count))
    return NullPairs(level - change / 2, level + change / 2, conditions, group, ("rendered",) * count)


def fit_repeat_error(pairs: NullPairs, relative: bool) -> RepeatError | None:
    found = learn_error(pairs, relative)
    return None if found is None else found.error


def coverage(pairs: NullPairs, relative: bool) -> float | None:
    found = learn_error(pairs, relative)
    return None if found is None else found.coverage


def test_a_known_error_is_recovered() -> None:
    error = fit_repeat_error(drawn(800, 0), relative=True)
    assert error is not None
    assert error.conditions["ln_unlike_light"].slope == pytest.approx(0.5, abs=0.09)
    assert error.factor == pytest.approx(1.15, abs=0.2), "a t is wider at its core than a normal"
    for level, unlike in ((5.0, 0.1), (30.0, 0.4)):
        sem = PairError({"it": error}, PairConditions(unlike, 5.2, 30, 0.85)).of("it", level, True).value
        assert sem == pytest.approx(0.3 * (level + 2) * math.sqrt(unlike + 0.001), rel=0.25)
    others = ("ln_px_per_mm", "ln_area_cm2", "blur")
    assert all(abs(error.conditions[name].slope) < 0.6 for name in others)


@pytest.mark.parametrize("tails", [False, True])
def test_the_mdc_holds_95_percent_of_fresh_pairs(tails: bool) -> None:
    held = []
    for seed in range(4):
        error, fresh = (
            fit_repeat_error(drawn(240, seed, tails), relative=True),
            drawn(1000, 100 + seed, tails),
        )
        assert error is not None
        for level, change, conditions in zip(fresh.level, fresh.change, fresh.conditions, strict=True):
            mdc95 = PairError({"it": error}, conditions).of("it", float(level), True).mdc95
            held.append(mdc95 is not None and abs(float(change)) <= mdc95)
    assert 0.935 < np.mean(held) < 0.985
    assert coverage(drawn(240, 0, tails), relative=True) == pytest.approx(0.955, abs=0.03)


def test_plain_units_have_no_level() -> None:
    rng = np.random.default_rng(1)
    base = drawn(400, 1)
    before = rng.normal(40, 10, 400)
    pairs = NullPairs(
        before, before + math.sqrt(2) * 3 * rng.normal(size=400), base.conditions, base.group, base.source
    )
    error = fit_repeat_error(pairs, relative=False)
    assert error is not None
    assert error.floor is None
    sem = [
        PairError({"it": error}, PairConditions(0.2, 5, 30, 0.9)).of("it", level, False).value
        for level in (0, 90)
    ]
    assert sem[0] == sem[1] == pytest.approx(3, rel=0.2)


def test_too_few_pairs_or_none_that_differ_claim_nothing() -> None:
    assert fit_repeat_error(drawn(36, 0), relative=True) is None
    assert coverage(drawn(36, 0), relative=True) is None
    still = drawn(200, 0)
    assert (
        fit_repeat_error(NullPairs(*(still.level,) * 2, still.conditions, still.group, still.source), True)
        is None
    )


def test_the_source_that_errs_more_decides() -> None:
    misses = np.concatenate([np.linspace(0, 1, 100), np.linspace(0, 3, 100)])
    source = ("rendered",) * 100 + ("faces",) * 100
    assert conformal_factor(misses, source) == pytest.approx(3 * 95 / 99, abs=0.04)
    assert conformal_factor(misses[:100], source[:100]) == pytest.approx(0.96, abs=0.02)
    assert conformal_factor(np.concatenate([misses[:100], [9.0]]), (*source[:100], "faces")) < 1


def test_misses_are_those_of_the_product() -> None:
    pairs = drawn(200, 5)
    error = fit_repeat_error(pairs, relative=True)
    assert error is not None
    for k, miss in enumerate(misses_of(pairs, error)[:40]):
        mdc95 = PairError({"it": error}, pairs.conditions[k]).of("it", float(pairs.level[k]), True).mdc95
        assert mdc95 is not None
        assert miss == pytest.approx(abs(float(pairs.change[k])) / mdc95)


def looks(count: int, seed: int) -> list[PairLook]:
    """Relief shows two thirds of the logarithm, with noise that grows with the light; four pairs a skin."""
    rng = np.random.default_rng(seed)
    found = []
    for k in range(count):
        healed = k % 2 == 1
        true = math.log(rng.uniform(0.3, 1)) if healed else 0.0
        unlike = float(np.exp(rng.uniform(-5, -1)))
        level = float(rng.lognormal(3, 0.5))
        after = (level + 1) * math.exp(true / 1.5 + 0.2 * unlike**0.35 * rng.normal()) - 1
        relief_um = level, max(after, 0.0)
        conditions = PairConditions(unlike, 6.0, 40.0, 0.95)
        values, true_um = {"scars.burden_um": relief_um}, (50.0, 50.0 * math.exp(true))
        found.append(
            PairLook(
                str(k // 4), "rendered", not healed, unlike < 0.02, true_um, relief_um, conditions, 4000.0,
                values, (),
            )
        )  # fmt: skip
    return found


def test_the_share_of_a_change_that_is_shown_is_recovered() -> None:
    shown = fit_shown(looks(400, 0))
    assert shown is not None
    assert shown.share == pytest.approx(2 / 3, abs=0.03)
    assert 20 < shown.pairs < 100, "those of the same rig"
    assert shown.spread == pytest.approx(0.554, abs=0.03), (
        "root mean square of 2 (1 - r) / (1 + r), r in 0.3..1"
    )
    assert fit_shown(looks(20, 0)) is None
    assert fit_shown([look for look in looks(200, 0) if look.unchanged]) is None


@settings(deadline=None)
@given(st.floats(-0.9, 0.9), st.floats(0.01, 0.5), st.floats(-0.9, 0.9))
def test_the_needed_error_is_the_least_whose_interval_holds_the_truth(
    seen: float, mdc95: float, true: float
) -> None:
    needed = needed_relative_sd(seen, mdc95, true)
    if math.isinf(needed) or needed > 20:
        return
    low, high = change_bounds(seen, mdc95, needed * (1 + 1e-6) + 1e-9)
    assert low is not None
    assert high is not None
    assert low - 1e-9 <= true <= high + 1e-9
    if needed > 1e-3:
        low, high = change_bounds(seen, mdc95, needed * 0.999)
        assert not (low or 0) <= true <= (high or 0)


def test_intervals_hold_the_truth_of_healed_pairs() -> None:
    """The share of healing that is seen differs from skin to skin by a fifth (sd): that is what is learnt."""
    rng = np.random.default_rng(3)
    known = []
    for look in looks(800, 4):
        share = math.exp(0.2 * rng.normal())
        before, after = look.relief_um
        assert before is not None
        assert after is not None
        after = (before + 1) * ((after + 1) / (before + 1)) ** (1 if look.unchanged else share) - 1
        known.append(replace(look, relief_um=(before, max(after, 0.0))))
    shown, _, facts = learn(known)
    assert shown is not None
    assert 0.1 < shown.relative_sd < 0.35
    healed = facts[HEALED]
    assert healed["before"] < healed["coverage"]
    assert healed["coverage"] == pytest.approx(0.95, abs=0.03)


def test_what_is_learnt_of_pairs() -> None:
    known = looks(400, 0)
    shown, errors, facts = learn(known)
    assert shown is not None
    sem = PairError({"it": errors["scars.burden_um"]}, PairConditions(0.05, 6, 40, 0.95)).of("it", 20.0, True)
    noise = 0.2 * 0.05**0.35 * 1.5 / math.sqrt(2)
    assert sem.value == pytest.approx(21 * noise, rel=0.3), "of what is corrected"
    assert facts["scars.burden_um"]["coverage"] == pytest.approx(0.95, abs=0.04)
    assert errors["scars.volume_mm3"].pairs == 200
    assert set(null_pairs(known)) == {
        "scars.burden_um",
        "scars.volume_mm3",
        "lesions.depth_um",
        "lesions.area_mm2",
    }
