"""What an uncertain scale does to lengths, areas and depths."""

import math
from collections.abc import Mapping

from inference.measure.assessment import Interval

_NORMAL_95 = 1.96


def scale_interval(value: float | None, power: float, relative_sd: float) -> Interval | None:
    """95 % interval of a figure that grows as mm_per_px to the `power`, from the scale's error alone.

    power: 1 for lengths, heights and depths, 2 for areas, 3 for volumes, -2 for counts by area. Depths are among
    the lengths because the network reads slopes, which have no scale, and heights are slopes times widths. The
    error of the scale is taken as log-normal, so that no bound falls below 0. None for what is unknown.
    """
    if value is None:
        return None
    reach = math.exp(_NORMAL_95 * abs(power) * relative_sd)
    low, high = sorted((value / reach, value * reach))
    return Interval(low, high)


def scale_intervals(
    figures: Mapping[str, tuple[float | None, float]], relative_sd: float
) -> dict[str, Interval]:
    """Intervals by name, of figures given as value and power; unknown ones are left out."""
    found = {name: scale_interval(value, power, relative_sd) for name, (value, power) in figures.items()}
    return {name: interval for name, interval in found.items() if interval is not None}
