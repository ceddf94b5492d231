"""A figure over the visits of a series as one SVG: intervals, the band of measurement error, what does not count."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from html import escape

from inference.change.series import SeenVisit, Track
from inference.change.trend import mdc95

_LEFT, _RIGHT, _TOP = 64, 24, 40
#: Rows of names below, and about how wide a letter is.
_NAME_ROWS, _LETTER_PX = 3, 7.2
_NORMAL_95 = 1.96
#: Blue that colour-blind readers tell from grey and vermilion as well (Okabe & Ito 2008).
_INK, _SOFT, _BAND, _GRID, _LINE, _ODD = "#1b2430", "#4f5b69", "#e9edf2", "#dfe4ea", "#0072B2", "#a03c00"
#: Lines of the scale, about so many.
_STEPS = 5


@dataclass(frozen=True, slots=True)
class ChartSize:
    """Of the drawing, in its own units, which are pixels where it is shown in full."""

    width: int = 860
    height: int = 400


WIDE = ChartSize()
#: For telephones: the same lettering on less room.
NARROW = ChartSize(420, 360)


@dataclass(frozen=True, slots=True)
class _Frame:
    """From days and values to places in the drawing."""

    size: ChartSize
    days: float
    low: float
    high: float
    name_rows: int = 1

    def x(self, day: float) -> float:
        return _LEFT + 20 + (self.size.width - _LEFT - _RIGHT - 40) * day / max(self.days, 1e-9)

    def y(self, value: float) -> float:
        return _TOP + (self.base - _TOP) * (self.high - value) / (self.high - self.low)

    @property
    def base(self) -> int:
        """Where the drawing ends and the names begin."""
        return self.size.height - 24 - 18 * self.name_rows

    @property
    def right(self) -> int:
        return self.size.width - _RIGHT


def track_chart(track: Track, visits: Sequence[SeenVisit], title: str, size: ChartSize = WIDE) -> str:
    """SVG text. The grey band holds what error alone may make of the baseline (its mdc95); bars are 95 % intervals;
    full points lie beyond the error of the baseline, hollow ones within; grey ones do not count, crossed ones do
    not fit their neighbours. Without known errors there are hollow points only."""
    frame = _frame(track, visits, size)
    names = _placed_names(visits, frame)
    frame = replace(frame, name_rows=1 + max(row for row, *_ in names))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size.width} {size.height}" width="{size.width}" '
        f'height="{size.height}" font-family="sans-serif" font-size="13" role="img">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{size.width}" height="{size.height}" fill="#fff"/>',
        *_band(track, frame),
        *_scale(frame),
        *_line(track, visits, frame),
        *_points(track, visits, frame),
        *_findings(track, visits, frame),
        *_names(names, frame),
        f'<text x="{_LEFT}" y="22" fill="{_INK}" font-weight="bold">{escape(title)}</text>',
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _frame(track: Track, visits: Sequence[SeenVisit], size: ChartSize) -> _Frame:
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
    low = (
        0.0
        if min((value for value in track.values if value is not None), default=0.0) >= 0
        else min(low, 0.0)
    )
    room = 0.06 * (high - low) or 1.0
    return _Frame(size, visits[-1].days, low if low == 0 else low - room, high + room)


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
    width = frame.right - _LEFT
    yield f'<rect x="{_LEFT}" y="{top:.1f}" width="{width}" height="{bottom - top:.1f}" fill="{_BAND}"/>'
    text = "within measurement error of the baseline"
    yield f'<text x="{frame.right - 8}" y="{top + 17:.1f}" fill="{_SOFT}" text-anchor="end">{text}</text>'


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


def _line(track: Track, visits: Sequence[SeenVisit], frame: _Frame) -> Iterator[str]:
    misfits = track.trend.misfits if track.trend is not None else ()
    places = [
        f"{frame.x(visit.days):.1f} {frame.y(value):.1f}"
        for k, (visit, value) in enumerate(zip(visits, track.values, strict=True))
        if visit.counted and value is not None and k not in misfits
    ]
    if len(places) > 1:
        yield f'<path d="M{"L".join(places)}" fill="none" stroke="{_LINE}" stroke-width="2"/>'


def _points(track: Track, visits: Sequence[SeenVisit], frame: _Frame) -> Iterator[str]:
    misfits = track.trend.misfits if track.trend is not None else ()
    for k, (visit, value, error) in enumerate(zip(visits, track.values, track.sem, strict=True)):
        if value is None:
            continue
        x, y = frame.x(visit.days), frame.y(value)
        colour = _SOFT if not visit.counted else _ODD if k in misfits else _LINE
        ends_y = y + 12
        if error is not None:
            ends = frame.y(value + _NORMAL_95 * error), frame.y(max(value - _NORMAL_95 * error, frame.low))
            ends_y = ends[1]
            yield f'<path d="M{x:.1f} {ends[0]:.1f}V{ends[1]:.1f}" stroke="{colour}" stroke-width="2"/>'
        fill = _fill(track, visit, k, colour)
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5.5" fill="{fill}" stroke="{colour}" stroke-width="2">'
        note = "" if visit.why_not is None else f" ({visit.why_not})"
        yield f"<title>{escape(visit.label)}: {value:.3g} {escape(track.unit)}{escape(note)}</title></circle>"
        if k in misfits:
            cross = f"M{x - 9:.1f} {y - 9:.1f}l18 18m0 -18l-18 18"
            yield f'<path d="{cross}" stroke="{colour}" stroke-width="1.5"/>'
            words = (
                f'x="{x:.1f}" y="{min(ends_y, frame.base - 4) + 16:.1f}" fill="{colour}" text-anchor="middle"'
            )
            yield f"<text {words}>does not fit</text>"


def _fill(track: Track, visit: SeenVisit, place: int, colour: str) -> str:
    """Full beyond the error of the baseline."""
    if not visit.counted:
        return _BAND
    return colour if track.since_baseline[place] in ("improved", "worse") else "#fff"


def _findings(track: Track, visits: Sequence[SeenVisit], frame: _Frame) -> Iterator[str]:
    """What the trend says, written where it happened."""
    trend = track.trend
    if trend is None:
        return
    base = frame.base
    if trend.first_beyond is not None:
        x = frame.x(visits[trend.first_beyond].days)
        yield f'<path d="M{x:.1f} {_TOP}V{base}" stroke="{_LINE}" stroke-dasharray="2 4"/>'
        anchor, shift = ("end", -6) if x > frame.size.width / 2 else ("start", 6)
        words = f'x="{x + shift:.1f}" y="{base - 8}" fill="{_LINE}" text-anchor="{anchor}"'
        yield f"<text {words}>first beyond error</text>"
    if trend.plateau_from is not None:
        left, right = frame.x(visits[trend.plateau_from].days), frame.x(visits[-1].days)
        yield f'<path d="M{left:.1f} {base - 30}v6H{right:.1f}v-6" fill="none" stroke="{_SOFT}"/>'
        words = f'x="{right:.1f}" y="{base - 36}" fill="{_SOFT}" text-anchor="end"'
        yield f"<text {words}>no further change beyond error</text>"


def _placed_names(visits: Sequence[SeenVisit], frame: _Frame) -> list[tuple[int, float, str, str, str]]:
    """Row, x, anchor, colour and name of each visit, in the first of three rows that has room; none without room."""
    narrow = frame.size.width < WIDE.width
    taken = [-math.inf] * _NAME_ROWS
    placed: list[tuple[int, float, str, str, str]] = []
    for k, visit in enumerate(visits):
        name = visit.label + ("" if visit.counted or narrow else " (not counted)")
        x, width = frame.x(visit.days), _LETTER_PX * len(name)
        anchor, share = (
            ("start", 0.0) if k == 0 else ("end", 1.0) if k == len(visits) - 1 else ("middle", 0.5)
        )
        left = x - share * width
        row = next((row for row, end in enumerate(taken) if left > end + _LETTER_PX), None)
        if row is not None:
            taken[row] = left + width
            placed.append((row, x, anchor, _INK if visit.counted else _SOFT, name))
    return placed


def _names(names: Sequence[tuple[int, float, str, str, str]], frame: _Frame) -> Iterator[str]:
    for row, x, anchor, colour, name in names:
        y = frame.base + 24 + 18 * row
        yield f'<text x="{x:.1f}" y="{y}" fill="{colour}" text-anchor="{anchor}">{escape(name)}</text>'
