"""Statistics, goals and rows of the evaluation's table, on numbers solved by hand."""

import math

import pytest

pytest.importorskip("torch", reason="the training extra is not installed")

from training.evaluate.goals import Goal, Row, not_run
from training.evaluate.statistics import (
    Interval,
    auc,
    bootstrap_strata,
    slope,
    within_subject_cv,
    within_subject_sd,
)
from training.evaluate.table import as_markdown, as_text, summary


def row(value: float | None, goal: Goal | None, unit: str = "") -> Row:
    return Row("figure", "where", Interval(value, 0.1, 0.2, 7), goal, unit)


def test_within_subject_sd_is_the_root_mean_variance() -> None:
    # Variances of (1, 3) and (5, 5) are 2 and 0; the third subject was seen once.
    assert within_subject_sd([[1, 3], [5, 5], [9]]) == pytest.approx(1.0)
    assert within_subject_sd([[9]]) is None


def test_within_subject_cv_is_relative_to_each_mean() -> None:
    # sd/mean squared: 2/4 = 0.5 for (1, 3), 0 for (5, 5); nothing is known of a mean of 0.
    assert within_subject_cv([[1, 3], [5, 5], [0, 0]]) == pytest.approx(0.5)
    assert within_subject_cv([[10, 30], [50, 50]]) == pytest.approx(0.5)
    assert within_subject_cv([[0, 0]]) is None


def test_slope_is_that_of_the_least_squares_line() -> None:
    assert slope([0, 1, 2], [1, 3, 5]) == pytest.approx(2.0)
    assert slope([0, 1, 2], [0, 0, 3]) == pytest.approx(1.5)
    assert slope([1, 1, 1], [0, 1, 2]) is None
    assert slope([0, 1], [0, 1]) is None


def test_strata_keep_their_sizes() -> None:
    sizes: set[tuple[int, int]] = set()

    def figure(strata: list[list[float]]) -> float | None:
        sizes.add((len(strata[0]), len(strata[1])))
        return auc(*strata)

    found = bootstrap_strata([[2.0, 3.0, 4.0], [0.0, 1.0]], figure, draws=20)
    assert found == Interval(1.0, 1.0, 1.0, 5)
    assert sizes == {(3, 2)}
    assert bootstrap_strata([[1.0], [0.0]], figure, draws=20) == Interval(1.0, None, None, 2)


def test_goals_count_their_bounds_as_reached() -> None:
    assert row(0.98, Goal(least=0.98)).verdict == "yes"
    assert row(0.979, Goal(least=0.98)).verdict == "no"
    assert row(0.02, Goal(most=0.02)).verdict == "yes"
    assert row(0.98, Goal(0.93, 0.97)).verdict == "no"
    assert row(None, Goal(least=1)).verdict == "unknown"
    assert row(1.0, None).verdict == "–"
    assert not_run("figure", "where", Goal(least=1)).verdict == "not run"


def test_shares_stand_in_per_cent_and_goals_in_the_same_unit() -> None:
    _, _, value, goal, met = row(0.153, Goal(0.93, 0.97), "%").texts()
    assert (value, goal, met) == ("15.3 % (10.0 to 20.0), 7 photographs", "93 to 97 %", "no")
    _, _, value, goal, met = row(0.0004, Goal(most=0.001), "%").texts()
    assert (value, goal, met) == ("0.04 % (10.0 to 20.0), 7 photographs", "0.1 % or less", "yes")
    assert row(241.3, Goal(most=250), "ms").texts()[2:4] == (
        "241 ms (0.100 to 0.200), 7 photographs",
        "250 ms or less",
    )


def test_the_table_has_a_line_for_every_row_and_counts_goals() -> None:
    rows = [
        row(1.0, Goal(least=0.5)),
        row(0.1, Goal(least=0.5)),
        row(0.1, None),
        not_run("a|b", "", Goal(least=1)),
    ]
    assert len(as_text(rows).splitlines()) == 5
    lines = as_markdown(rows).splitlines()
    assert len(lines) == 6
    assert {line.replace("\\|", "").count("|") for line in lines} == {6}
    assert summary(rows) == "1 goals met, 1 not met, 1 not run or unknown"
    assert not math.isnan(row(1.0, None).facts()["value"]["value"])
