"""One figure over a series of visits: its slope, when it left the baseline's error, whether it still moves.

Everything here rests on the measurement error of every visit, which is known from the model's repeatability; a handful
of visits could not tell it themselves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

_NORMAL_95 = 1.96
#: Residuals beyond this many standard errors count as if they lay there: 95 % efficiency under normal errors (Huber,
#: Ann Math Stat 1964;35:73-101).
_HUBER = 1.345
#: Rounds of reweighting; a series of visits settles in a few.
_ROUNDS = 30
#: A visit this many standard errors off the line between its neighbours does not fit: once in 370 by chance.
_MISFIT = 3.0
#: Days that slopes are given for: the usual distance of two treatments. A convention.
SLOPE_DAYS = 30.0


@dataclass(frozen=True, slots=True)
class Point:
    """One visit's figure. days: since the baseline. sem: standard error of measurement, in the figure's unit.

    counted: false for a visit that is shown but draws no conclusion: unfit, or too early after a treatment.
    """

    days: float
    value: float
    sem: float
    counted: bool = True


@dataclass(frozen=True, slots=True)
class Slope:
    """Change in `SLOPE_DAYS` days with its 95 % interval, in the figure's unit."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Trend:
    """Numbers are places in the list of points; None where nothing can be said.

    first_beyond: the first counted visit whose difference from the baseline exceeds the error, and after which all
    counted visits do, to the same side. plateau_from: from this visit on, `first_beyond` or later and two visits or
    more, no two differ beyond error. misfits: visits off the line between their neighbours.
    """

    slope: Slope | None
    first_beyond: int | None
    plateau_from: int | None
    misfits: tuple[int, ...]


def trend_of(points: Sequence[Point]) -> Trend:
    """The trend of a series whose first point is the baseline.

    Raises ValueError unless days rise and every standard error is positive.
    """
    days = [point.days for point in points]
    if any(later <= earlier for earlier, later in pairwise(days)):
        raise ValueError("Visits must be in the order of their days, with one visit a day.")
    if any(point.sem <= 0 for point in points):
        raise ValueError("Every visit needs a standard error of measurement above 0.")
    counted = [k for k, point in enumerate(points) if point.counted]
    misfits = _misfits(points, counted)
    fitting = [k for k in counted if k not in misfits]
    beyond = _first_beyond(points, fitting)
    return Trend(_slope([points[k] for k in fitting]), beyond, _plateau(points, fitting, beyond), misfits)


def mdc95(one_sem: float, other_sem: float) -> float:
    """Least difference of two visits that error alone reaches once in twenty: 1.96 sqrt(sem1^2 + sem2^2).

    With equal errors 1.96 sqrt(2) sem (Weir, J Strength Cond Res 2005;19:231-240).
    """
    return _NORMAL_95 * float(np.hypot(one_sem, other_sem))


def _slope(points: Sequence[Point]) -> Slope | None:
    """Huber's line through the points by their standard errors; None with fewer than three.

    The interval grows by the root of the scatter over the stated errors, never shrinks: a series that scatters more
    than its errors say is known less well.
    """
    if len(points) < 3:
        return None
    x = np.array([point.days for point in points]) / SLOPE_DAYS
    y, sem = (np.array([getattr(point, name) for point in points]) for name in ("value", "sem"))
    design = np.column_stack([np.ones_like(x), x])
    weight = 1 / sem**2
    line = _least_squares(design, y, weight)
    for _ in range(_ROUNDS):
        off = np.abs(y - design @ line) / sem
        weight = np.minimum(1.0, _HUBER / np.maximum(off, 1e-12)) / sem**2
        line = _least_squares(design, y, weight)
    off = (y - design @ line) / sem
    excess = max(1.0, float(np.sqrt(np.minimum(off**2, _HUBER * np.abs(off)).sum() / (len(points) - 2))))
    sd = float(np.sqrt(np.linalg.inv(design.T @ (design * weight[:, None]))[1, 1])) * excess
    value = float(line[1])
    return Slope(value, value - _NORMAL_95 * sd, value + _NORMAL_95 * sd)


def _least_squares(
    design: NDArray[np.float64], y: NDArray[np.float64], weight: NDArray[np.float64]
) -> NDArray[np.float64]:
    root = np.sqrt(weight)
    return np.asarray(np.linalg.lstsq(design * root[:, None], y * root, rcond=None)[0], np.float64)


def _apart(one: Point, other: Point) -> int:
    """-1, 0 or 1: whether `other` lies below, within the error of, or above `one`."""
    step = other.value - one.value
    return 0 if abs(step) <= mdc95(one.sem, other.sem) else int(np.sign(step))


def _first_beyond(points: Sequence[Point], fitting: Sequence[int]) -> int | None:
    if not fitting or fitting[0] != 0:
        return None  # without a baseline that counts there is nothing to be beyond
    found: int | None = None
    side = 0
    for k in reversed(fitting[1:]):
        now = _apart(points[0], points[k])
        if now == 0 or (found is not None and now != side):
            break
        found, side = k, now
    return found


def _plateau(points: Sequence[Point], fitting: Sequence[int], beyond: int | None) -> int | None:
    if beyond is None:
        return None
    start: int | None = None
    for first in reversed([k for k in fitting if k >= beyond]):
        tail = [k for k in fitting if k >= first]
        if any(_apart(points[a], points[b]) for n, a in enumerate(tail) for b in tail[n + 1 :]):
            break
        start = first if len(tail) >= 2 else None
    return start


def _misfits(points: Sequence[Point], counted: Sequence[int]) -> tuple[int, ...]:
    """Visits between two others that lie far off the line between them, the worst first, until none is left.

    The baseline and the last visit have one neighbour: nothing tells a misfit from a change there. Of three visits
    nobody can say which of them is at fault.
    """
    left = list(counted)
    found: list[int] = []
    while len(left) > 3:
        off = [_off_line(*(points[j] for j in left[n - 1 : n + 2])) for n in range(1, len(left) - 1)]
        worst = int(np.argmax(off))
        # An outlier also bends the lines of its neighbours, less than its own: the worst is taken first.
        if off[worst] <= _MISFIT or not _agrees_without(points, left, worst + 1):
            break
        found.append(left.pop(worst + 1))
    return tuple(sorted(found))


def _off_line(before: Point, here: Point, after: Point) -> float:
    """Distance of `here` from the line between its neighbours, in standard errors of that distance."""
    share = (here.days - before.days) / (after.days - before.days)
    expected = (1 - share) * before.value + share * after.value
    sd = np.sqrt(here.sem**2 + ((1 - share) * before.sem) ** 2 + (share * after.sem) ** 2)
    return float(abs(here.value - expected) / sd)


def _agrees_without(points: Sequence[Point], left: Sequence[int], place: int) -> bool:
    """Whether what remains without this visit is on its lines: else the series bends, and nobody is at fault."""
    rest = [k for n, k in enumerate(left) if n != place]
    lines = [_off_line(*(points[j] for j in rest[n - 1 : n + 2])) for n in range(1, len(rest) - 1)]
    own = _off_line(*(points[j] for j in left[place - 1 : place + 2]))
    # A real step, held by the later visits, leaves its corner off the line between its neighbours as well.
    steps = _apart(points[left[place - 1]], points[left[place + 1]])
    return not steps and max(lines, default=0.0) < own
