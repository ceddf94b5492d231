"""95 % intervals of a change, and the chances of what it may be, from its least detectable change."""

import math

#: Quantile of the standard normal distribution that leaves 2.5 % on either side.
NORMAL_95 = 1.96


def change_bounds(
    change: float, mdc95: float | None, relative_sd: float
) -> tuple[float | None, float | None]:
    """Bounds of a change in its own unit; None where its error is unknown.

    relative_sd: standard error of the change by its value, from the scale or from how much of it is seen. Neither error
    knows of the other, so their reaches add in quadrature. Such an error stretches or shrinks a change and never turns
    it round: the end next to 0 of a change beyond its mdc95 is put together from logarithms, and stays on its side.
    """
    if mdc95 is None:
        return None, None
    by_value = NORMAL_95 * relative_sd
    reach = math.hypot(mdc95, by_value * change)
    least = abs(change) - mdc95
    if least <= 0:
        return change - reach, change + reach
    near = abs(change) * math.exp(-math.hypot(math.log(abs(change) / least), by_value))
    return (near, change + reach) if change > 0 else (change - reach, -near)


def percent_bounds(
    change: float, level: float, mdc95: float | None, relative_sd: float = 0.0
) -> tuple[float | None, float | None]:
    """Bounds of 100 (after / before - 1), from the interval of q = (after - before) / (after + before).

    level: mean of both visits. relative_sd: of the change, as in `change_bounds`; a scale moves no percent.
    q treats the visits alike and its interval excludes 0 exactly where |change| > mdc95;
    (1 + q) / (1 - q) is the ratio of the visits, which no error of an interval in per cent of a small `before` blows
    up unseen: an end at or beyond |q| = 1 is -100 % below and None, which is open, above.
    """
    if mdc95 is None or level <= 0:
        return None, None
    low, high = change_bounds(change / (2 * level), mdc95 / (2 * level), relative_sd)
    assert low is not None
    assert high is not None
    return (
        percent_of(low) if low > -1 else -100.0,
        percent_of(high) if high < 1 else None,
    )


def percent_of(q: float) -> float:
    """Percent change of the symmetric relative change q = (after - before) / (after + before), -1 <= q < 1."""
    return 200 * q / (1 - q)


def q_of(percent: float) -> float:
    """Symmetric relative change of a percent change of -100 or more: the inverse of `percent_of`."""
    return percent / (200 + percent)


def normal_below(x: float, mean: float, sd: float) -> float:
    """Chance that a normal variable lies below x; a step where it has no spread."""
    if sd <= 0:
        return 0.5 if x == mean else float(x > mean)
    return 0.5 * math.erfc((mean - x) / (sd * math.sqrt(2)))
