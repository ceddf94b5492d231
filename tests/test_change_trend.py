"""Trends of one figure over visits, against lines and steps whose answer is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.change.trend import SLOPE_DAYS, Point, mdc95, trend_of


def series(
    *values: float, sem: float = 1.0, every: float = 30.0, uncounted: tuple[int, ...] = ()
) -> list[Point]:
    return [Point(k * every, value, sem, k not in uncounted) for k, value in enumerate(values)]


def test_a_line_gives_its_slope_and_the_interval_of_least_squares() -> None:
    points = series(40, 36, 32, 28, 24)
    slope = trend_of(points).slope
    assert slope is not None
    assert slope.value == pytest.approx(-4)
    # Least squares with known errors: sd = sem / sqrt(sum (x - mean)^2), here sum = 10.
    assert slope.high - slope.value == pytest.approx(1.96 / np.sqrt(10))


def test_one_bad_visit_hardly_moves_the_slope_and_is_named() -> None:
    found = trend_of(series(40, 40, 60, 40, 40))
    assert found.misfits == (2,)
    assert found.slope is not None
    assert found.slope.value == pytest.approx(0)
    assert found.first_beyond is None


def test_a_step_that_stays_is_a_change_and_no_misfit() -> None:
    found = trend_of(series(40, 40, 30, 30, 30))
    assert found.misfits == ()
    assert found.first_beyond == 2
    assert found.plateau_from == 2


def test_a_change_that_goes_back_was_none_to_rely_on() -> None:
    found = trend_of(series(40, 39, 30, 39, 40, sem=2.0))
    assert found.first_beyond is None


def test_still_moving_has_no_plateau() -> None:
    found = trend_of(series(40, 34, 28, 22))
    assert (found.first_beyond, found.plateau_from) == (1, None)


def test_a_slow_change_that_is_seen_at_the_last_visit_has_no_plateau_before_it() -> None:
    found = trend_of(series(40, 37, 35.5, 34.5, 33.5, sem=2.0))
    assert (found.first_beyond, found.plateau_from) == (4, None)


def test_a_visit_that_does_not_count_is_left_out() -> None:
    kept = trend_of(series(40, 70, 35, 30, uncounted=(1,)))
    without = trend_of([point for k, point in enumerate(series(40, 70, 35, 30)) if k != 1])
    assert kept.slope == without.slope
    assert kept.first_beyond == 2
    assert kept.misfits == ()


def test_two_visits_have_a_difference_and_no_slope() -> None:
    found = trend_of(series(40, 30))
    assert found.slope is None
    assert found.first_beyond == 1


def test_scatter_beyond_the_stated_errors_widens_the_interval() -> None:
    quiet, loud = (trend_of(series(40, 40 - a, 40, 40 - a, 40)).slope for a in (0.1, 3.0))
    assert quiet is not None
    assert loud is not None
    assert loud.high - loud.low > 1.3 * (quiet.high - quiet.low)


def test_equal_errors_give_the_usual_least_change() -> None:
    assert mdc95(2.0, 2.0) == pytest.approx(1.96 * np.sqrt(2) * 2)


@pytest.mark.parametrize("bad", [[Point(0, 1, 1), Point(0, 2, 1)], [Point(0, 1, 0.0)]])
def test_days_must_rise_and_errors_be_known(bad: list[Point]) -> None:
    with pytest.raises(ValueError, match=r"order of their days|standard error"):
        trend_of(bad)


@given(
    values=st.lists(st.floats(0, 100), min_size=3, max_size=7),
    factor=st.floats(0.1, 10),
    lift=st.floats(-50, 50),
)
def test_units_do_not_matter(values: list[float], factor: float, lift: float) -> None:
    one = trend_of(series(*values, sem=2.0))
    other = trend_of(
        [Point(p.days, factor * p.value + lift, factor * p.sem) for p in series(*values, sem=2.0)]
    )
    assert one.slope is not None
    assert other.slope is not None
    assert other.slope.value == pytest.approx(factor * one.slope.value, abs=1e-3 * factor)


def test_false_alarms_of_an_unchanged_series_are_as_rare_as_stated() -> None:
    """Of 400 unchanged pairs of visits about one in twenty lies beyond the error: 20 expected, sd 4.4."""
    rng = np.random.default_rng(5)
    alarms = sum(
        trend_of([Point(0, float(a), 1.0), Point(SLOPE_DAYS, float(b), 1.0)]).first_beyond is not None
        for a, b in rng.normal(40, 1.0, (400, 2))
    )
    assert 7 <= alarms <= 33
