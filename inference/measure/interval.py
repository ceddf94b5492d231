"""95 % intervals of what is measured: an uncertain scale, and the network's own error where its bundle knows it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from inference.measure.assessment import Interval, ScaleValue
from inference.network.bundle import FigureError

_NORMAL_95 = 1.96
#: Error of a figure whose network states a standard deviation that nobody has checked yet: taken at its word.
STATED = FigureError(at=(0.0,), low=(-_NORMAL_95,), high=(_NORMAL_95,), log_floor=0.0, by_sd=True)
#: Parts what a scale is from where its interval comes from, in `ScaleValue.method`.
INTERVAL_FROM = "; interval from "

Errors = Mapping[str, FigureError]


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure that grows as mm_per_px to the `power`, with the network's error of it where that is known.

    power: 1 for lengths, heights and depths, 2 for areas, 3 for volumes, -2 for counts by area. Depths are among the
    lengths because the network reads slopes, which have no scale, and heights are slopes times widths.
    error: of logarithms. unit: the value divided by it is what `error` is about, as in volume = burden x skin.
    sd: what the network states for it.
    """

    value: float | None
    power: float
    error: FigureError | None = None
    unit: float = 1.0
    sd: float | None = None


def residual_bounds(error: FigureError, value: float, sd: float | None = None) -> tuple[float, float]:
    """Bounds of the residual of a reported value, stretched to hold 0: a value lies within its own interval."""
    at, here = np.array(error.at), value
    stated = 1.0 if sd is None else sd
    if error.log_floor is not None:
        floor = max(error.log_floor, 1e-12)
        at, here, stated = np.log(at + floor), math.log(value + floor), stated / (value + floor)
    low, high = (float(np.interp(here, at, bound)) for bound in (error.low, error.high))
    reach = stated if error.by_sd else 1.0
    return min(low * reach, 0.0), max(high * reach, 0.0)


def interval_of(figure: Figure, relative_sd: float) -> Interval | None:
    """95 % interval from the error of the scale and the network's own. None for what is unknown.

    relative_sd: standard error of mm_per_px by its value. It is taken as log-normal, so that no bound falls below 0.
    The two errors know nothing of each other: their reaches add in quadrature, on the logarithm.
    """
    if figure.value is None:
        return None
    reach = _NORMAL_95 * abs(figure.power) * relative_sd
    if figure.error is None:
        return Interval(*sorted((figure.value / math.exp(reach), figure.value * math.exp(reach))))
    value = figure.value / figure.unit
    floor = figure.error.log_floor or 0.0
    if value + floor <= 0:
        return None  # nothing can be said on a logarithm
    sd = None if figure.sd is None else figure.sd / figure.unit
    below, above = residual_bounds(figure.error, value, sd)
    reach *= value / (value + floor)  # d ln(x + c) = x / (x + c) d ln x
    low = (value + floor) * math.exp(-math.hypot(below, reach)) - floor
    high = (value + floor) * math.exp(math.hypot(above, reach)) - floor
    return Interval(max(low, 0.0) * figure.unit, high * figure.unit)


def intervals_of(figures: Mapping[str, Figure], relative_sd: float) -> dict[str, Interval]:
    """Intervals by name; unknown figures are left out."""
    found = {name: interval_of(figure, relative_sd) for name, figure in figures.items()}
    return {name: interval for name, interval in found.items() if interval is not None}


def scale_intervals(
    figures: Mapping[str, tuple[float | None, float]], relative_sd: float
) -> dict[str, Interval]:
    """Intervals by name, of figures given as value and power, from the scale's error alone."""
    return intervals_of({name: Figure(*figure) for name, figure in figures.items()}, relative_sd)


def widened(
    scale: ScaleValue,
    error: FigureError | None,
    highest: float,
    step: float | None = None,
    still: ScaleValue | None = None,
    sd: float | None = None,
) -> ScaleValue:
    """A clinical scale of range 0..`highest` with the interval of the network's own residuals in place of `scale`'s.

    step: the scale takes multiples of it only, so bounds are drawn in to them, which loses no possible grade.
    still: `scale` if mm_per_px had no error; what that error adds to the interval is added here in quadrature.
    Without `error` nothing changes.
    """
    if error is None or scale.value is None or scale.low is None or scale.high is None:
        return scale
    below, above = residual_bounds(error, scale.value, sd)
    if still is not None and still.low is not None and still.high is not None:
        below = math.hypot(below, _added(scale.value - scale.low, scale.value - still.low))
        above = math.hypot(above, _added(scale.high - scale.value, still.high - scale.value))
    low, high = max(scale.value - abs(below), 0.0), min(scale.value + above, highest)
    if step is not None:
        low, high = math.ceil(low / step - 1e-9) * step, math.floor(high / step + 1e-9) * step
    about = scale.method.partition(INTERVAL_FROM)[0]
    method = about + INTERVAL_FROM + "the network's errors on rendered skin kept out of training"
    return ScaleValue(scale.value, min(low, scale.value), max(high, scale.value), method)


def _added(reach: float, still_reach: float) -> float:
    return math.sqrt(max(reach**2 - still_reach**2, 0.0))
