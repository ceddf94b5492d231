"""A change beside its measurement error, small enough for a table's cell, as SVG."""

from inference.change.comparison import Metric, Verdict
from inference.report.document import Drawing

_WIDTH, _HEIGHT = 150.0, 20.0
#: How many times its measurement error a change may be before it lies on the rim.
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
    unit = (_WIDTH / 2 - 5) / _REACH / metric.mdc95

    def x(change: float) -> float:
        return min(max(_WIDTH / 2 + unit * change, 5.0), _WIDTH - 5.0)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}" width="{_WIDTH:g}" '
        f'height="{_HEIGHT:g}">',
        f'<rect x="{x(-metric.mdc95):.1f}" y="2" width="{x(metric.mdc95) - x(-metric.mdc95):.1f}" '
        f'height="{_HEIGHT - 4:g}" fill="{_BAND}"/>',
        f'<path d="M{_WIDTH / 2:g} 1V{_HEIGHT - 1:g}" stroke="{_AXIS}" stroke-width="1"/>',
    ]
    if metric.change_low is not None and metric.change_high is not None:
        ends = x(metric.change_low), x(metric.change_high)
        parts.append(
            f'<path d="M{ends[0]:.1f} {middle:g}H{ends[1]:.1f}" stroke="{colour}" stroke-width="2.2"/>'
        )
    parts.append(f'<circle cx="{x(metric.change):.1f}" cy="{middle:g}" r="4" fill="{colour}"/></svg>')
    return Drawing("".join(parts), _WIDTH, _HEIGHT, f"change against its measurement error: {metric.verdict}")
