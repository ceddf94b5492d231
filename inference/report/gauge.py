"""A change beside its measurement error, small enough for a table's cell, as SVG."""

from inference.change.comparison import Metric, Verdict
from inference.report.document import Drawing

_WIDTH, _HEIGHT = 150.0, 20.0
#: The least that half a gauge holds, in measurement errors; it holds more where the interval reaches further.
_REACH = 2.5
_BAND, _AXIS = "#dde3ea", "#8793a0"
_COLOURS: dict[Verdict, str] = {
    "improved": "#00664b",
    "worse": "#a03c00",
    "within measurement error": "#4f5b69",
    "unknown": "#4f5b69",
}


def change_gauge(metric: Metric) -> Drawing | None:
    """The grey band holds what error alone may make (mdc95), the bar is the 95 % interval, the dot the change.

    Falls lie to the left. None where the error or the change is unknown.
    """
    if not metric.mdc95 or metric.change is None:
        return None
    middle, colour = _HEIGHT / 2, _COLOURS[metric.verdict]
    ends = [end for end in (metric.change_low, metric.change_high) if end is not None]
    reach = max(_REACH * metric.mdc95, *(abs(end) for end in (metric.change, *ends)))

    def x(change: float) -> float:
        return _WIDTH / 2 + (_WIDTH / 2 - 5) * change / reach

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}" width="{_WIDTH:g}" '
        f'height="{_HEIGHT:g}">',
        f'<rect x="{x(-metric.mdc95):.1f}" y="2" width="{x(metric.mdc95) - x(-metric.mdc95):.1f}" '
        f'height="{_HEIGHT - 4:g}" fill="{_BAND}"/>',
        f'<path d="M{_WIDTH / 2:g} 1V{_HEIGHT - 1:g}" stroke="{_AXIS}" stroke-width="1"/>',
    ]
    if len(ends) == 2:
        bar = f"M{x(ends[0]):.1f} {middle:g}H{x(ends[1]):.1f}"
        parts.append(f'<path d="{bar}" stroke="{colour}" stroke-width="2.2"/>')
    parts.append(f'<circle cx="{x(metric.change):.1f}" cy="{middle:g}" r="4" fill="{colour}"/></svg>')
    return Drawing("".join(parts), _WIDTH, _HEIGHT, f"change against its measurement error: {metric.verdict}")
