"""The measurement error of change: what a bundle knows of pairs, and what follows from it."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from inference.change.believed import believed, reliability
from inference.change.burden import corrected_um
from inference.change.error import MDC95_BY_SEM, PairConditions, PairError
from inference.change.interval import change_bounds, normal_below, percent_bounds, percent_of, q_of
from inference.change.metrics import BURDEN, KINDS, metric_of
from inference.change.statement import class_chances, gais_of, overall_of, quartile_of
from inference.network.repeatability import HealingShown, RepeatError, Slope

KIND = KINDS[0]
#: sem = 10 % of (level + 1) in the same light, and as the root of its unlikeness grows to `HARDEST` times that.
ERROR = RepeatError(
    intercept=math.log(0.1) - 0.5 * math.log(0.001),
    floor=1.0,
    conditions={"ln_unlike_light": Slope(slope=0.5, low=math.log(0.001), high=math.log(0.501))},
)
HARDEST = math.sqrt(501)


def pair_error(unlike: float | None = 0.0, error: RepeatError = ERROR) -> PairError:
    return PairError({KIND.name: error}, PairConditions(unlike, 6.0, 50.0, 0.9))


def test_the_error_follows_level_and_light() -> None:
    assert pair_error().of(BURDEN, 19.0, True).value == pytest.approx(2.0)
    assert pair_error().of(BURDEN, 19.0, True).mdc95 == pytest.approx(1.96 * math.sqrt(2) * 2.0)
    assert pair_error(0.5).of(BURDEN, 19.0, True).value == pytest.approx(2.0 * HARDEST)
    assert pair_error(0.6).of(BURDEN, 19.0, True).value == pytest.approx(2.0 * HARDEST), "held to the range"


def test_depth_is_unknown_in_light_that_calibration_never_saw_while_counts_stay() -> None:
    depth = pair_error(0.8).of(BURDEN, 19.0, True)
    assert depth.value is None
    assert "light" in (depth.why or "")
    assert pair_error(0.8).of(BURDEN, 19.0, False).value == pytest.approx(2.0 * HARDEST)
    unseen = pair_error(None)
    assert unseen.of(BURDEN, 19.0, True).value is None
    assert unseen.of(BURDEN, 19.0, False).value == pytest.approx(2.0 * HARDEST), "the worse end"


def test_pictures_far_coarser_than_calibration_have_no_error() -> None:
    finest = RepeatError(
        intercept=0,
        floor=None,
        conditions={"ln_px_per_mm": Slope(slope=-1, low=math.log(6), high=math.log(6.4))},
    )
    known = {KIND.name: finest}
    assert PairError(known, PairConditions(0, 4.1, 50, 1)).of(BURDEN, 1, False).value == pytest.approx(1 / 6)
    assert PairError(known, PairConditions(0, 3.9, 50, 1)).of(BURDEN, 1, False).value is None
    assert PairError(known, PairConditions(0, 20, 50, 1)).of(BURDEN, 1, False).value == pytest.approx(1 / 6.4)


def test_nothing_is_known_without_calibration() -> None:
    metric = metric_of(KIND, (10.0, 5.0), PairError({}, None))
    assert (metric.sem, metric.mdc95, metric.change_low, metric.percent_low) == (None, None, None, None)
    assert (metric.verdict, metric.note) == ("unknown", None)


figures = st.floats(0, 1000)


@settings(deadline=None)
@given(figures, figures)
def test_the_verdict_is_that_of_the_contract(before: float, after: float) -> None:
    """And every interval excludes 0 exactly where it is one."""
    metric = metric_of(KIND, (before, after), pair_error())
    assert metric.mdc95 is not None
    beyond = abs(after - before) > metric.mdc95
    assert metric.verdict == (
        ("improved" if after < before else "worse") if beyond else "within measurement error"
    )
    assert metric.change_low is not None
    assert metric.change_high is not None
    if abs(abs(after - before) - metric.mdc95) > 1e-6:
        assert beyond == (metric.change_low > 0 or metric.change_high < 0)
        if metric.percent_low is not None:
            open_end = math.inf if metric.percent_high is None else metric.percent_high
            assert beyond == (metric.percent_low > 0 or open_end < 0)


@settings(deadline=None)
@given(figures, figures)
def test_exchanging_the_visits_exchanges_what_is_said(before: float, after: float) -> None:
    one, other = (metric_of(KIND, pair, pair_error()) for pair in ((before, after), (after, before)))
    assert one.mdc95 == other.mdc95
    opposite = {"improved": "worse", "worse": "improved"}
    assert other.verdict == opposite.get(one.verdict, one.verdict)
    low, high = percent_bounds(after - before, (before + after) / 2, one.mdc95)
    back = percent_bounds(before - after, (before + after) / 2, one.mdc95)
    if low is not None and low > -99.9 and back[1] is not None:
        assert (1 + low / 100) * (1 + back[1] / 100) == pytest.approx(1)
    assert (high is None) == (back[0] is None or back[0] == -100)


def test_the_scale_widens_a_change_but_no_percent() -> None:
    sure = metric_of(KIND, (40.0, 20.0), pair_error())
    unsure = metric_of(KIND, (40.0, 20.0), pair_error(), relative_sd=0.1)
    assert unsure.change_low is not None
    assert unsure.change_high is not None
    mdc95 = sure.mdc95 or 0
    assert unsure.change_low + 20 == pytest.approx(-math.hypot(mdc95, 1.96 * 0.1 * 20))
    near = math.hypot(math.log(20 / (20 - mdc95)), 1.96 * 0.1)
    assert unsure.change_high == pytest.approx(-20 * math.exp(-near))
    assert (sure.percent_low, sure.percent_high) == (unsure.percent_low, unsure.percent_high)
    assert sure.verdict == unsure.verdict
    assert change_bounds(1.0, None, 0.1) == (None, None)


def test_a_share_of_healing_that_differs_widens_changes_and_percents_but_no_verdict() -> None:
    known, conditions = {KIND.name: ERROR}, PairConditions(0.0, 6.0, 50.0, 0.9)
    sure, unsure = (
        metric_of(
            KIND,
            (40.0, 20.0),
            PairError(known, conditions, HealingShown(share=1, floor_um=1, relative_sd=sd)),
        )
        for sd in (0.0, 0.2)
    )
    scaled = metric_of(KIND, (40.0, 20.0), PairError(known, conditions), relative_sd=0.2)
    assert (unsure.change_low, unsure.change_high) == (scaled.change_low, scaled.change_high)
    assert (sure.verdict, sure.mdc95) == (unsure.verdict, unsure.mdc95)
    assert (unsure.percent_low or 0) < (sure.percent_low or 0) < (sure.percent_high or 0)
    assert (sure.percent_high or 0) < (unsure.percent_high or 0) < 0, "improved stays improved"
    sure_chances, unsure_chances = class_chances(sure), class_chances(unsure)
    assert sure_chances is not None
    assert unsure_chances is not None
    assert unsure_chances[0]["4"] > sure_chances[0]["4"], "it may as well have healed more"
    assert sum(unsure_chances[0].values()) == pytest.approx(1)


@settings(deadline=None)
@given(st.floats(0.1, 100), st.floats(0, 0.99), st.floats(0, 1))
def test_no_scale_turns_a_change_round(change: float, share: float, relative_sd: float) -> None:
    low, high = change_bounds(change, share * change, relative_sd)
    assert low is not None
    assert high is not None
    assert 0 < low <= change * (1 - share) + 1e-9
    assert high >= change * (1 + share) - 1e-9
    assert change_bounds(-change, share * change, relative_sd) == (pytest.approx(-high), pytest.approx(-low))
    unsure = change_bounds(change, 1.01 * change, relative_sd)
    assert (unsure[0] or 0) < 0 < (unsure[1] or 0)


@settings(deadline=None)
@given(st.floats(-99, 900))
def test_percent_and_its_symmetric_form_are_inverse(percent: float) -> None:
    assert percent_of(q_of(percent)) == pytest.approx(percent, abs=1e-6)


HALF = HealingShown(share=0.5, floor_um=1.0)
SPREAD = HealingShown(share=1.0, floor_um=1.0, spread=0.5)


@settings(deadline=None)
@given(figures, figures)
def test_burden_is_corrected_alike_for_both_visits(before: float, after: float) -> None:
    one, other = corrected_um((before, after), HALF), corrected_um((after, before), HALF)
    assert one == (pytest.approx(other[1], abs=1e-9), pytest.approx(other[0], abs=1e-9))


def test_burden_is_corrected_by_what_is_shown_of_a_change() -> None:
    before, after = corrected_um((39.0, 19.0), HALF)
    assert before is not None
    assert after is not None
    assert math.log((after + 1) / (before + 1)) == pytest.approx(2 * math.log(0.5)), "half of it was seen"
    assert (after + 1) * (before + 1) == pytest.approx(40 * 20), "the level is the relief's"
    assert corrected_um((39.0, 19.0), HealingShown(share=1, floor_um=1)) == pytest.approx((39.0, 19.0))


def test_nothing_is_corrected_without_knowledge_or_change() -> None:
    assert corrected_um((30.0, 20.0), None) == (30.0, 20.0)
    assert corrected_um((None, None), HALF) == (None, None)
    assert corrected_um((30.0, 30.0), HALF) == (30.0, 30.0)
    assert corrected_um((0.0, 0.0), HALF) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("before", "after"), [(40, 20), (40, 39), (40, 5), (20, 40), (40, 30), (0, 0), (40, 0)]
)
def test_chances_of_the_classes_agree_with_monte_carlo(before: float, after: float) -> None:
    metric = metric_of(KIND, (before, after), pair_error())
    chances = class_chances(metric)
    assert chances is not None
    quartiles, grades = chances
    assert sum(quartiles.values()) == pytest.approx(1)
    assert sum(grades.values()) == pytest.approx(1)
    level = (before + after) / 2
    if not level:
        assert (quartiles["0"], grades["4"]) == (1, 1)
        return
    rng = np.random.default_rng(0)
    assert metric.mdc95 is not None
    least = metric.mdc95 / (2 * level)
    drawn = (after - before) / (2 * level) + least / 1.96 * rng.normal(size=20_000)
    improvement = [-percent_of(min(q, 0.999)) for q in drawn.tolist()]
    beyond = (np.abs(drawn) > least).tolist()
    for of, chance in ((quartile_of, quartiles), (gais_of, grades)):
        classes = [of(percent, known) for percent, known in zip(improvement, beyond, strict=True)]
        for name, share in chance.items():
            assert np.mean(np.equal(classes, int(name))) == pytest.approx(share, abs=0.012)


@settings(deadline=None)
@given(figures, figures)
def test_the_reported_class_never_contradicts_the_verdict(before: float, after: float) -> None:
    overall = overall_of((metric_of(KIND, (before, after), pair_error()),), None)
    assert overall.verdict != "unknown"
    assert overall.quartile is not None
    assert overall.gais_estimate is not None
    assert (overall.quartile > 0) == (overall.verdict == "improved") == overall.responder
    assert (overall.gais_estimate == 5) == (overall.verdict == "worse")
    assert (overall.gais_estimate == 4) == (overall.verdict == "within measurement error")


def test_the_sentence_states_the_interval() -> None:
    overall = overall_of((metric_of(KIND, (40.0, 20.0), pair_error()),), None)
    low, high = overall.percent_low, overall.percent_high
    assert low is not None
    assert high is not None
    assert (
        f"50 % lower (40 to 20 µm), 95 % interval {-high:.0f} to {-low:.0f} % lower, beyond"
        in overall.statement
    )
    within = overall_of((metric_of(KIND, (40.0, 39.0), pair_error()),), None)
    assert "% lower to" in within.statement
    assert "within the measurement error" in within.statement
    unknown = overall_of((metric_of(KIND, (40.0, 20.0), pair_error(0.9)),), None)
    assert (unknown.verdict, unknown.quartile, unknown.responder) == ("unknown", None, None)
    assert "is unknown: the light differs more" in unknown.statement


def test_normal_chances() -> None:
    assert normal_below(1.96, 0, 1) == pytest.approx(0.975, abs=1e-4)
    assert [normal_below(x, 0, 0) for x in (-1, 0, 1)] == [0, 0.5, 1]
    assert all(b > a for a, b in pairwise(normal_below(x, 0, 2) for x in (-3, -1, 0, 2)))


def test_descriptions_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValidationError, match="range"):
        Slope(slope=0, low=1, high=0)
    with pytest.raises(ValidationError, match="share"):
        HealingShown(share=0, floor_um=1)
    with pytest.raises(ValidationError):
        RepeatError(intercept=math.nan, floor=None, conditions={})
    assert pytest.approx(2.7719, abs=1e-4) == MDC95_BY_SEM


def test_a_change_is_believed_as_far_as_the_pair_can_be_relied_on() -> None:
    assert reliability(0.0, 0.5) == 1
    assert reliability(0.5 / math.sqrt(2), 0.5) == pytest.approx(0.5), "as much error as truth"
    assert believed(10.0, 6.0, 2.0, 1.0) == (10.0, 6.0, 2.0)
    assert believed(12.0, 4.0, 2.0, 0.5) == pytest.approx((10.0, 6.0, 2.0 * math.sqrt(0.5))), (
        "about the same mean"
    )


@given(
    before=st.floats(0, 100), after=st.floats(0, 100), relative=st.floats(0, 300), spread=st.floats(0.1, 1),
)  # fmt: skip
def test_belief_keeps_mean_side_and_symmetry(
    before: float, after: float, relative: float, spread: float
) -> None:
    sem, share = relative * (before + after) / 2, reliability(relative, spread)
    assert 0 <= share <= 1
    one, other, left = believed(before, after, sem, share)
    assert one + other == pytest.approx(before + after)
    assert (other - one) * (after - before) >= 0
    assert abs(other - one) <= abs(after - before) + 1e-9
    assert 0 <= left <= sem
    assert believed(after, before, sem, share)[:2] == pytest.approx((other, one))


def test_the_estimate_errs_less_than_the_measured_change_and_its_interval_holds() -> None:
    rng = np.random.default_rng(3)
    true = rng.normal(0, 0.5 * 20, 4000)
    measured = true + rng.normal(0, math.sqrt(2) * 6, 4000)
    share = reliability(6 / 20, 0.5)
    estimates = [believed(20 - m / 2, 20 + m / 2, 6.0, share) for m in measured.tolist()]
    change = np.array([after - before for before, after, _ in estimates])
    assert np.abs(change - true).mean() < 0.9 * np.abs(measured - true).mean()
    held = np.abs(change - true) <= MDC95_BY_SEM * estimates[0][2]
    assert held.mean() == pytest.approx(0.95, abs=0.01)


def test_the_same_rig_is_taken_at_its_word() -> None:
    known = {KIND.name: ERROR}
    alike, unlike = (PairError(known, PairConditions(u, 6.0, 50.0, 0.9), SPREAD) for u in (0.0, 0.5))
    assert alike.believed(BURDEN, 20.0) == 1
    sem = unlike.of(BURDEN, 20.0, True).value
    assert sem is not None
    added = math.sqrt(sem**2 - 2.1**2) / 20
    assert unlike.believed(BURDEN, 20.0) == pytest.approx(0.25 / (0.25 + 2 * added**2))
    assert PairError(known, PairConditions(0.5, 6.0, 50.0, 0.9)).believed(BURDEN, 20.0) == 1, (
        "a bundle without spread"
    )


def test_only_the_burden_is_drawn_towards_none() -> None:
    known = {kind.name: ERROR for kind in KINDS}
    error = PairError(known, PairConditions(0.5, 6.0, 50.0, 0.9), SPREAD)
    plain = PairError(known, PairConditions(0.5, 6.0, 50.0, 0.9))
    for kind in KINDS:
        one, other = metric_of(kind, (20.0, 10.0), error), metric_of(kind, (20.0, 10.0), plain)
        assert (one == other) == (not kind.burden)
    drawn, measured = metric_of(KIND, (20.0, 10.0), error), metric_of(KIND, (20.0, 10.0), plain)
    assert drawn.change is not None
    assert measured.change is not None
    assert measured.change < drawn.change < 0
    assert "measured 20 to 10" in (drawn.note or ""), "what was seen is not hidden"
