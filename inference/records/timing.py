"""When things are due and when a photograph may be judged: pure functions of days.

Protocol figures are the usual ones of trials of microneedling (three to six treatments, weeks apart, outcome one,
three and six months after the last, upkeep about once a year); the widths of the windows are this project's convention.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from dateutil.relativedelta import relativedelta

from inference.change.series import TOO_EARLY_DAYS

#: Months after the last treatment, with the days before and after that still belong to that outcome.
OUTCOME_WINDOWS = ((1, 14, 21), (3, 28, 35), (6, 42, 90))
#: The list of patients asks for these of everybody at once.
_LATER = {months: relativedelta(months=months) for months, _, _ in OUTCOME_WINDOWS}
#: Something is shown as due from so many days before its day.
NOTICE_DAYS = 7


@dataclass(frozen=True, slots=True)
class PlannedTreatment:
    """One treatment of a plan. done_on: None while it is to come; `due_on` then follows the one before it."""

    number: int
    due_on: date
    done_on: date | None


@dataclass(frozen=True, slots=True)
class OutcomeWindow:
    """Days in which a photograph shows the outcome, so many months after the last treatment.

    seen_on: the day of the visit nearest to `due_on` within the window; None where there is none.
    """

    months: int
    opens_on: date
    due_on: date
    closes_on: date
    seen_on: date | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """Something still to be done, on day `on`; it is shown as due from `since`.

    number: of the treatment, or months after the last one.
    """

    what: Literal["treatment", "outcome", "upkeep"]
    number: int
    since: date
    on: date

    def is_due(self, today: date) -> bool:
        """Whether its time has come."""
        return self.since <= today

    def overdue_days(self, today: date) -> int:
        """Days past its day; below 0 before it."""
        return (today - self.on).days


def days_since_treatment(
    on: date, treatments: Iterable[date], *, after_treatment: bool = False
) -> int | None:
    """Days from the last treatment before the photographs of `on`; None where there was none.

    Photographs of a treatment's own day are taken before it, as nearly all protocols do, unless `after_treatment`.
    """
    past = [day for day in treatments if day < on or (after_treatment and day == on)]
    return (on - max(past)).days if past else None


def too_early(days: int | None) -> bool:
    """Whether swelling and redness of a treatment so many days ago keep a photograph from being judged."""
    return days is not None and days < TOO_EARLY_DAYS


def schedule(
    starts_on: date, treatments: int, weeks_apart: int, done: Iterable[date]
) -> tuple[PlannedTreatment, ...]:
    """All treatments of a plan: those done since `starts_on` by their days, then those to come.

    A treatment to come is due `weeks_apart` after the one before it was done or is due, so that a late treatment moves
    the rest. Treatments beyond the plan are not listed.
    """
    days = sorted(day for day in done if day >= starts_on)[:treatments]
    rows: list[PlannedTreatment] = []
    due_on = starts_on
    for number in range(1, treatments + 1):
        done_on = days[number - 1] if number <= len(days) else None
        rows.append(PlannedTreatment(number, due_on, done_on))
        due_on = (done_on or due_on) + timedelta(weeks=weeks_apart)
    return tuple(rows)


def outcome_windows(last_treatment: date, visits: Sequence[date] = ()) -> tuple[OutcomeWindow, ...]:
    """The windows one, three and six months after the last treatment, with the visits that fall into them."""
    windows: list[OutcomeWindow] = []
    for months, before, after in OUTCOME_WINDOWS:
        due_on = last_treatment + _LATER[months]
        opens_on, closes_on = due_on - timedelta(days=before), due_on + timedelta(days=after)
        inside = [day for day in visits if opens_on <= day <= closes_on]
        seen_on = min(inside, key=lambda day: (abs((day - due_on).days), day), default=None)
        windows.append(OutcomeWindow(months, opens_on, due_on, closes_on, seen_on))
    return tuple(windows)


def agenda(
    today: date,
    planned: Sequence[PlannedTreatment],
    windows: Sequence[OutcomeWindow],
    last_treatment: date | None,
    upkeep_months: int | None,
) -> tuple[Due, ...]:
    """What is still to be done, soonest first; what is due now is `Due.is_due`.

    While treatments of the plan are to come, only the next of them is named. Then come the outcomes that nobody has
    photographed and whose window is not yet closed, and the upkeep.
    """
    notice = timedelta(days=NOTICE_DAYS)
    coming = next((row for row in planned if row.done_on is None), None)
    if coming is not None:
        return (Due("treatment", coming.number, coming.due_on - notice, coming.due_on),)
    rows = [
        Due("outcome", window.months, window.opens_on, window.due_on)
        for window in windows
        if window.seen_on is None and window.closes_on >= today
    ]
    if last_treatment is not None and upkeep_months is not None:
        on = last_treatment + relativedelta(months=upkeep_months)
        rows.append(Due("upkeep", upkeep_months, on - notice, on))
    return tuple(sorted(rows, key=lambda row: row.on))
