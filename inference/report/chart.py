"""A figure over the visits of a series as one SVG: intervals, the band of measurement error, what does not count."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from inference.change.series import SeenVisit, Track
from inference.change.trend import mdc95

#: Printed reports carry this family inside; a page takes what it has.
CHART_FAMILY = "Open Sans"
Size = tuple[int, int]
#: Width and height of a chart over the whole page and over half of it; their text comes out alike.
WIDE: Size = (960, 364)
NARROW: Size = (470, 310)
#: Margins: left for figures, bottom for the visits' names.
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 24, 28, 86
_NORMAL_95 = 1.96
#: Blue that colour-blind readers tell from grey as well (Okabe & Ito 2008).
_INK, _SOFT, _BAND, _GRID, _LINE = "#1b2430", "#4f5b69", "#e9edf2", "#dfe4ea", "#0072B2"
_TREATED = "#D55E00"
#: Width of a letter of the names, on the average.
_LETTER = 7.0
#: Lines of the scale, about so many.
_STEPS = 5


@dataclass(frozen=True, slots=True)
class _Frame:
    """From days and values to places in the drawing."""

    days: float
    low: float
    high: float
    size: Size

    @property
    def right(self) -> int:
        return self.size[0] - _RIGHT

    def x(self, day: float) -> float:
        return _LEFT + 20 + (self.right - _LEFT - 40) * day / max(self.days, 1e-9)

    @property
    def bottom(self) -> int:
        return self.size[1] - _BOTTOM

    def y(self, value: float) -> float:
        return _TOP + (self.bottom - _TOP) * (self.high - value) / (self.high - self.low)


def track_chart(
    track: Track,
    visits: Sequence[SeenVisit],
    title: str,
    treatment_days: Sequence[float] = (),
    size: Size = WIDE,
) -> str:
    """SVG text. The grey band holds what error alone may make of the baseline (its mdc95); bars are 95 % intervals;
    hollow grey rings are visits that do not count. Without known errors there are points only. treatment_days: since
    the baseline, marked on the scale of time."""
    frame = _frame(track, visits, size)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size[0]} {size[1]}" width="{size[0]}" '
        f'height="{size[1]}" font-family="{CHART_FAMILY}, sans-serif" font-size="13" role="img">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{size[0]}" height="{size[1]}" fill="#fff"/>',
        *_band(track, frame),
        *_scale(frame),
        *_treatments(treatment_days, frame),
        *_line(track, visits, frame),
        *_points(track, visits, frame),
        *_names(visits, frame),
        *_legend(bool(treatment_days), _band_ends(track) is not None, frame),
        f'<text x="{_LEFT}" y="16" fill="{_INK}" font-weight="bold">{escape(title)}</text>',
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _frame(track: Track, visits: Sequence[SeenVisit], size: Size) -> _Frame:
    ends = [
        value + sign * _NORMAL_95 * (error or 0.0)
        for value, error in zip(track.values, track.sem, strict=True)
        if value is not None
        for sign in (-1, 1)
    ]
    band = _band_ends(track)
    ends += list(band or ())
    low, high = min(ends, default=0.0), max(ends, default=1.0)
    # From 0 where it can be: a cut axis makes a small change look large.
    low = min(low, 0.0)
    room = 0.06 * (high - low) or 1.0
    return _Frame(visits[-1].days, low if low == 0 else low - room, high + room, size)


def _band_ends(track: Track) -> tuple[float, float] | None:
    start, error = track.values[0], track.sem[0]
    if start is None or error is None:
        return None
    reach = mdc95(error, error)
    return max(start - reach, 0.0) if start >= 0 else start - reach, start + reach


def _band(track: Track, frame: _Frame) -> Iterator[str]:
    ends = _band_ends(track)
    if ends is None:
        return
    top, bottom = frame.y(ends[1]), frame.y(ends[0])
    yield f'<rect x="{_LEFT}" y="{top:.1f}" width="{frame.right - _LEFT}" height="{bottom - top:.1f}" fill="{_BAND}"/>'


def _scale(frame: _Frame) -> Iterator[str]:
    step = _round_step((frame.high - frame.low) / _STEPS)
    k = int(frame.low // step) + (frame.low % step > 0)
    while k * step <= frame.high:
        y = frame.y(k * step)
        yield f'<path d="M{_LEFT} {y:.1f}H{frame.right}" stroke="{_GRID}"/>'
        yield f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" fill="{_SOFT}" text-anchor="end">{k * step:g}</text>'
        k += 1


def _round_step(about: float) -> float:
    """1, 2 or 5 times a power of ten, the next one up."""
    power = 1.0
    while power * 10 <= about:
        power *= 10
    while power > about:
        power /= 10
    return next(power * m for m in (1, 2, 5, 10) if power * m >= about)


def _treatments(days: Sequence[float], frame: _Frame) -> Iterator[str]:
    """Triangles that point at the day, drawn as shapes: many fonts lack the sign."""
    bottom = frame.bottom
    for day in (day for day in days if 0 <= day <= frame.days):
        x = frame.x(day)
        yield f'<path d="M{x - 7:.1f} {bottom}H{x + 7:.1f}L{x:.1f} {bottom - 12}Z" fill="{_TREATED}"/>'


def _legend(treated: bool, band: bool, frame: _Frame) -> Iterator[str]:
    """Below the names, as anywhere else it would lie over a figure."""
    x, y = _LEFT, frame.size[1] - 10
    if band:
        yield f'<rect x="{x}" y="{y - 11}" width="22" height="13" fill="{_BAND}" stroke="{_GRID}"/>'
        yield f'<text x="{x + 30}" y="{y}" fill="{_SOFT}">within measurement error of the baseline</text>'
        x += 304
    if treated:
        yield f'<path d="M{x} {y}H{x + 14}L{x + 7} {y - 12}Z" fill="{_TREATED}"/>'
        yield f'<text x="{x + 22}" y="{y}" fill="{_SOFT}">treatment</text>'


def _line(track: Track, visits: Sequence[SeenVisit], frame: _Frame) -> Iterator[str]:
    places = [
        f"{frame.x(visit.days):.1f} {frame.y(value):.1f}"
        for visit, value in zip(visits, track.values, strict=True)
        if visit.counted and value is not None
    ]
    if len(places) > 1:
        yield f'<path d="M{"L".join(places)}" fill="none" stroke="{_LINE}" stroke-width="2"/>'


def _points(track: Track, visits: Sequence[SeenVisit], frame: _Frame) -> Iterator[str]:
    for visit, value, error in zip(visits, track.values, track.sem, strict=True):
        if value is None:
            continue
        x, y, colour = frame.x(visit.days), frame.y(value), _LINE if visit.counted else _SOFT
        if error is not None:
            ends = frame.y(value + _NORMAL_95 * error), frame.y(max(value - _NORMAL_95 * error, frame.low))
            yield f'<path d="M{x:.1f} {ends[0]:.1f}V{ends[1]:.1f}" stroke="{colour}" stroke-width="2"/>'
        fill = "#fff" if visit.counted else _BAND
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5.5" fill="{fill}" stroke="{colour}" stroke-width="2">'
        note = "" if visit.why_not is None else f" ({visit.why_not})"
        yield f"<title>{escape(visit.label)}: {value:.3g} {escape(track.unit)}{escape(note)}</title></circle>"


def _names(visits: Sequence[SeenVisit], frame: _Frame) -> Iterator[str]:
    """Names below the visits, in two rows; one for which there is no room is left out, but never the first or last."""
    last = len(visits) - 1
    names = [visit.label + ("" if visit.counted else " (not counted)") for visit in visits]
    end = frame.x(visits[last].days)
    taken = [float(_LEFT), float(_LEFT)]
    for k, (visit, name) in enumerate(zip(visits, names, strict=True)):
        x, row, width = frame.x(visit.days), k % 2, _LETTER * len(name)
        start = x if k == 0 else x - width if k == last else x - width / 2
        limit = end - _LETTER * len(names[last]) if row == last % 2 and k != last else float(frame.size[0])
        if k not in (0, last) and (start < taken[row] or start + width > limit):
            continue
        taken[row] = start + width + _LETTER
        anchor = "start" if k == 0 else "end" if k == last else "middle"
        colour = _INK if visit.counted else _SOFT
        place = f'x="{x:.1f}" y="{frame.bottom + 24 + 18 * row}"'
        yield f'<text {place} fill="{colour}" text-anchor="{anchor}">{escape(name)}</text>'
