"""Due days, outcome windows, and what is too early, on days counted by hand."""

from datetime import date
from itertools import pairwise

import pytest

from inference.records.timing import (
    agenda,
    days_since_treatment,
    outcome_windows,
    schedule,
    too_early,
)

TREATMENTS = [date(2026, 3, 4), date(2026, 4, 1), date(2026, 4, 29)]


@pytest.mark.parametrize(
    ("on", "after", "days"),
    [
        (date(2026, 3, 3), False, None),
        (date(2026, 3, 4), False, None),  # photographed before the first treatment of the same day
        (date(2026, 3, 4), True, 0),
        (date(2026, 4, 1), False, 28),
        (date(2026, 4, 1), True, 0),
        (date(2026, 4, 6), False, 5),
        (date(2026, 7, 29), False, 91),
    ],
)
def test_days_since_the_last_treatment_before_the_photographs(
    on: date, after: bool, days: int | None
) -> None:
    assert days_since_treatment(on, reversed(TREATMENTS), after_treatment=after) == days


@pytest.mark.parametrize(("days", "early"), [(None, False), (0, True), (13, True), (14, False), (90, False)])
def test_the_first_fortnight_is_too_early(days: int | None, early: bool) -> None:
    assert too_early(days) is early


def test_a_plan_counts_weeks_from_its_start() -> None:
    rows = schedule(date(2026, 3, 4), treatments=4, weeks_apart=4, done=[])
    assert [row.due_on for row in rows] == [
        date(2026, 3, 4),
        date(2026, 4, 1),
        date(2026, 4, 29),
        date(2026, 5, 27),
    ]
    assert [row.number for row in rows] == [1, 2, 3, 4]
    assert not any(row.done_on for row in rows)


def test_a_late_treatment_moves_those_to_come() -> None:
    rows = schedule(date(2026, 3, 4), 4, 4, done=[date(2026, 4, 11), date(2026, 3, 4), date(2025, 1, 1)])
    assert [row.done_on for row in rows] == [date(2026, 3, 4), date(2026, 4, 11), None, None]
    assert [row.due_on for row in rows] == [
        date(2026, 3, 4),
        date(2026, 4, 1),
        date(2026, 5, 9),
        date(2026, 6, 6),
    ]


def test_more_treatments_than_planned_do_not_lengthen_the_plan() -> None:
    rows = schedule(date(2026, 3, 4), 2, 4, done=TREATMENTS)
    assert [row.done_on for row in rows] == TREATMENTS[:2]


def test_outcome_windows_end_with_the_month_and_hold_the_nearest_visit() -> None:
    visits = [date(2026, 9, 20), date(2026, 9, 26), date(2026, 12, 5), date(2026, 9, 5)]
    one, three, six = outcome_windows(date(2026, 8, 31), visits)
    assert (one.months, one.due_on, one.seen_on) == (1, date(2026, 9, 30), date(2026, 9, 26))
    assert (three.due_on, three.seen_on) == (date(2026, 11, 30), date(2026, 12, 5))
    assert (six.due_on, six.seen_on) == (date(2027, 2, 28), None)


@pytest.mark.parametrize("day", range(1, 32))
def test_no_window_opens_too_early_or_overlaps(day: int) -> None:
    last = date(2027, 1, day)
    windows = outcome_windows(last)
    assert not too_early((windows[0].opens_on - last).days)
    for before, after in pairwise(windows):
        assert before.closes_on < after.opens_on
    assert all(window.opens_on < window.due_on < window.closes_on for window in windows)


def test_only_the_next_treatment_is_due_while_the_plan_runs() -> None:
    planned = schedule(date(2026, 3, 4), 4, 4, done=TREATMENTS[:2])
    today = date(2026, 4, 22)
    (due,) = agenda(today, planned, outcome_windows(TREATMENTS[1]), TREATMENTS[1], 12)
    assert (due.what, due.number, due.on) == ("treatment", 3, date(2026, 4, 29))
    assert due.is_due(today)
    assert due.overdue_days(today) == -7
    assert not due.is_due(date(2026, 4, 21))
    assert due.overdue_days(date(2026, 5, 4)) == 5


def test_outcomes_and_upkeep_follow_the_last_treatment() -> None:
    planned = schedule(date(2026, 3, 4), 3, 4, done=TREATMENTS)
    today = date(2026, 8, 1)  # the window of one month has been photographed, that of three is open
    windows = outcome_windows(TREATMENTS[-1], [date(2026, 5, 30)])
    rows = agenda(today, planned, windows, TREATMENTS[-1], 12)
    assert [(row.what, row.number, row.on, row.is_due(today)) for row in rows] == [
        ("outcome", 3, date(2026, 7, 29), True),
        ("outcome", 6, date(2026, 10, 29), False),
        ("upkeep", 12, date(2027, 4, 29), False),
    ]
    later = agenda(date(2026, 9, 3), planned, windows, TREATMENTS[-1], None)
    assert [(row.what, row.number) for row in later] == [("outcome", 6)]


def test_nothing_is_due_without_plan_or_treatment() -> None:
    assert agenda(date(2026, 1, 1), (), (), None, None) == ()
