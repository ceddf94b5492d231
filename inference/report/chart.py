"""A figure over the visits of a series as one SVG: intervals, the band of measurement error, what does not count."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from inference.change.series import SeenVisit, Track
from inference.change.trend import mdc95

#: Printed reports carry this family inside; a page takes what it has.
CHART_FAMILY = "Open Sans"
#: Width and height in the drawing's own units, which are pixels where it is shown in full.
Size = tuple[int, int]
#: Of a chart over the whole page and over half of it; their text comes out alike.
WIDE: Size = (960, 364)
NARROW: Size = (470, 310)
_LEFT, _RIGHT, _TOP = 64, 24, 28
#: Below the drawing: rows of the visits' names, each so high, and one row that tells the signs.
_NAME_ROWS, _ROW, _MARGIN, _LEGEND = 3, 18, 24, 26
#: Width of a letter of the names and of the legend, on the average; narrower charts have the visits' names and no more.
_LETTER, _LETTER_SMALL, _ROOM_FOR_WORDS = 7.2, 6.45, 640
_TRIANGLE = 12
_NORMAL_95 = 1.96
#: Blue that colour-blind readers tell from grey and vermilion as well (Okabe & Ito 2008).
_INK, _SOFT, _BAND, _GRID, _LINE, _ODD = "#1b2430", "#4f5b69", "#e9edf2", "#dfe4ea", "#0072B2", "#a03c00"
_TREATED = "#D55E00"
#: Lines of the scale, about so many.
_STEPS = 5


@dataclass(frozen=True, slots=True)
class ChartWords:
    """What is written in a chart beside names and figures."""

    within: str = "within measurement error of the baseline"
    treatment: str = "treatment"
    not_counted: str = "not counted"
    first_beyond: str = "first beyond error"
    plateau: str = "no further change beyond error"


ENGLISH = ChartWords()


@dataclass(frozen=True, slots=True)
class _Name:
    """Name of a visit below the drawing. start, end: the room it takes."""

    row: int
    x: float
    anchor: str
    start: float
    end: float
    colour: str
    text: str


@dataclass(frozen=True, slots=True)
class _Frame:
    """From days and values to places in the drawing. base: where the drawing ends and the names begin."""

    size: Size
    base: int
    days: float
    low: float
    high: float

    @property
    def right(self) -> int:
        return self.size[0] - _RIGHT

    def x(self, day: float) -> float:
        return _place(day, self.days, self.size)

    def y(self, value: float) -> float:
        return _TOP + (self.base - _TOP) * (self.high - value) / (self.high - self.low)


def track_chart(
    track: Track,
    visits: Sequence[SeenVisit],
    title: str,
    treatment_days: Sequence[float] = (),
    size: Size = WIDE,
    words: ChartWords = ENGLISH,
) -> str:
    """SVG text. The grey band holds what error alone may make of the baseline (its mdc95); bars are 95 % intervals;
    full points lie beyond the error of the baseline, hollow ones within; grey ones do not count, crossed ones do
    not fit their neighbours. Without known errors there are hollow points only. treatment_days: since the baseline,
    marked on the scale of time."""
    names = _placed_names(visits, size, words)
    frame = _frame(track, visits, size, 1 + max(name.row for name in names), bool(treatment_days))
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
        *_findings(track, visits, frame, _TRIANGLE if treatment_days else 0, words),
        *_names(names, frame),
        *_legend(bool(treatment_days), _band_ends(track) is not None, frame, words),
        f'<text x="{_LEFT}" y="16" fill="{_INK}" font-weight="bold">{escape(title)}</text>',
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _place(day: float, days: float, size: Size) -> float:
    return _LEFT + 20 + (size[0] - _LEFT - _RIGHT - 40) * day / max(days, 1e-9)


def _frame(track: Track, visits: Sequence[SeenVisit], size: Size, name_rows: int, treated: bool) -> _Frame:
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
    least = min((value for value in track.values if value is not None), default=0.0)
    low = 0.0 if least >= 0 else min(low, 0.0)
    room = 0.06 * (high - low) or 1.0
    base = size[1] - _MARGIN - _ROW * name_rows - (_LEGEND if band is not None or treated else 0)
    return _Frame(size, base, visits[-1].days, low if low == 0 else low - room, high + room)


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
    for day in (day for day in days if 0 <= day <= frame.days):
        x = frame.x(day)
        yield f'<path d="M{x - 7:.1f} {frame.base}H{x + 7:.1f}L{x:.1f} {frame.base - _TRIANGLE}Z" fill="{_TREATED}"/>'


def _legend(treated: bool, band: bool, frame: _Frame, words: ChartWords) -> Iterator[str]:
    """Below the names, as anywhere else it would lie over a figure."""
    x, y = _LEFT, frame.size[1] - 10
    if band:
        yield f'<rect x="{x}" y="{y - 11}" width="22" height="13" fill="{_BAND}" stroke="{_GRID}"/>'
        yield f'<text x="{x + 30}" y="{y}" fill="{_SOFT}">{escape(words.within)}</text>'
        x += 46 + _LETTER_SMALL * len(words.within)
    if treated:
        yield f'<path d="M{x} {y}H{x + 14}L{x + 7} {y - 12}Z" fill="{_TREATED}"/>'
        yield f'<text x="{x + 22}" y="{y}" fill="{_SOFT}">{escape(words.treatment)}</text>'


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


def _findings(
    track: Track, visits: Sequence[SeenVisit], frame: _Frame, lift: int, words: ChartWords
) -> Iterator[str]:
    """What the trend says, written where it happened, so much above the scale of time."""
    trend = track.trend
    if trend is None:
        return
    base = frame.base - lift
    if trend.first_beyond is not None:
        x = frame.x(visits[trend.first_beyond].days)
        yield f'<path d="M{x:.1f} {_TOP}V{frame.base}" stroke="{_LINE}" stroke-dasharray="2 4"/>'
        anchor, shift = ("end", -6) if x > frame.size[0] / 2 else ("start", 6)
        place = f'x="{x + shift:.1f}" y="{base - 8}" fill="{_LINE}" text-anchor="{anchor}"'
        yield f"<text {place}>{escape(words.first_beyond)}</text>"
    if trend.plateau_from is not None:
        left, right = frame.x(visits[trend.plateau_from].days), frame.x(visits[-1].days)
        yield f'<path d="M{left:.1f} {base - 30}v6H{right:.1f}v-6" fill="none" stroke="{_SOFT}"/>'
        place = f'x="{right:.1f}" y="{base - 36}" fill="{_SOFT}" text-anchor="end"'
        yield f"<text {place}>{escape(words.plateau)}</text>"


def _placed_names(visits: Sequence[SeenVisit], size: Size, words: ChartWords) -> list[_Name]:
    """The first and the last, and of the others those that have room in one of three rows."""
    last, placed = len(visits) - 1, list[_Name]()
    for k in dict.fromkeys((0, last, *range(1, last))):
        visit = visits[k]
        why = f" ({words.not_counted})" if not visit.counted and size[0] >= _ROOM_FOR_WORDS else ""
        text = visit.label + why
        x, width = _place(visit.days, visits[last].days, size), _LETTER * len(text)
        anchor, share = ("start", 0.0) if k == 0 else ("end", 1.0) if k == last else ("middle", 0.5)
        start, end = x - share * width, x + (1 - share) * width
        row = next((row for row in range(_NAME_ROWS) if _is_free(placed, row, start, end)), None)
        if row is not None and (k in (0, last) or end <= size[0]):
            placed.append(_Name(row, x, anchor, start, end, _INK if visit.counted else _SOFT, text))
    return placed


def _is_free(placed: Sequence[_Name], row: int, start: float, end: float) -> bool:
    return all(end + _LETTER < name.start or name.end + _LETTER < start for name in placed if name.row == row)


def _names(names: Sequence[_Name], frame: _Frame) -> Iterator[str]:
    for name in names:
        y = frame.base + _MARGIN + _ROW * name.row
        place = f'x="{name.x:.1f}" y="{y}" fill="{name.colour}" text-anchor="{name.anchor}"'
        yield f"<text {place}>{escape(name.text)}</text>"
