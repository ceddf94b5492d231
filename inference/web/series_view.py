"""A series as a piece of page: the finding, its charts, its visits to choose two of, and every scar over time."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from inference.batch.series import CHARTS, MeasuredSeries
from inference.change.comparison import Comparison, Verdict
from inference.change.metrics import BURDEN
from inference.change.series import Series, Track
from inference.change.trend import SLOPE_DAYS, Trend, mdc95
from inference.measure.assessment import ScarType
from inference.report import words
from inference.report.chart import track_chart
from inference.report.contact_sheet import change_words, depth_words
from inference.report.rows import series_verdict
from inference.report.scar_rows import scar_rows
from inference.web import texts
from inference.web.drawing import Picture, jpeg_picture
from inference.web.pair import GROUPS, SCAR_QUALITY
from inference.web.view import render

_THUMBNAIL_PX = 320
#: Width and height of charts where there is room, and on a telephone.
_WINDOW, _TELEPHONE = (860, 400), (420, 360)
#: So many scars stand on the page at once, the others unfold; series.css counts with the same number.
FEW_ROWS = 6


@dataclass(frozen=True, slots=True)
class ChartOnPage:
    """One figure over time, for a wide and for a narrow window."""

    name: str
    label: str
    wide: Markup
    narrow: Markup


@dataclass(frozen=True, slots=True)
class VisitOnPage:
    """One visit as it can be chosen. note: why it is not counted or does not fit; empty where it does."""

    place: int
    label: str
    when: str
    picture: Picture
    note: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class VisitRow:
    """One visit against the baseline and against the visit before, as text."""

    label: str
    value: str
    change: str
    error: str
    verdict: str
    since_last: str
    counted: bool


def render_series(measured: MeasuredSeries) -> str:
    """The series as HTML on one line."""
    series, first = measured.series, measured.visits[0].assessment
    burden = next(track for track in series.tracks if track.name == BURDEN)
    return render(
        "series.html",
        badge=_badge(series, burden),
        finding=series_verdict(burden),
        statement=words.bound(series.statement),
        charts=_charts(series),
        visits=_visits(measured, burden),
        rows=_rows(series, burden),
        facts=_trend_words(series, burden.trend),
        fates=_fates(measured.to_baseline),
        scars=_scars(measured),
        few=FEW_ROWS,
        unit=burden.unit,
        model=f"{first.model.name} {first.model.version}",
        scale=words.scale_words(first.scale),
    )


def _badge(series: Series, burden: Track) -> str:
    trend, finding = burden.trend, series_verdict(burden)
    if trend is None or trend.first_beyond is None:
        return texts.SERIES_VERDICTS[finding]
    return texts.SERIES_VERDICTS[finding].format(series.visits[trend.first_beyond].label)


def _charts(series: Series) -> list[ChartOnPage]:
    charts: list[ChartOnPage] = []
    for track in series.tracks:
        if track.name in CHARTS and sum(value is not None for value in track.values) > 1:
            name, label = CHARTS[track.name]
            wide, narrow = (
                Markup(" ".join(track_chart(track, series.visits, label, size=size).splitlines()))
                for size in (_WINDOW, _TELEPHONE)
            )
            charts.append(ChartOnPage(name, label.split(",")[0], wide, narrow))
    return charts


def _visits(measured: MeasuredSeries, burden: Track) -> list[VisitOnPage]:
    misfits = burden.trend.misfits if burden.trend is not None else ()
    found: list[VisitOnPage] = []
    for k, (seen, one) in enumerate(zip(measured.series.visits, measured.visits, strict=True)):
        note = f"Not counted: {seen.why_not}" if seen.why_not else ""
        if k in misfits:
            note = texts.MISFIT + _perhaps(measured.to_baseline[k - 1])
        found.append(
            VisitOnPage(
                k, seen.label, _when(seen.days), jpeg_picture(one.picture, _THUMBNAIL_PX), note,
                k in (0, len(measured.visits) - 1),
            )
        )  # fmt: skip
    return found


def _perhaps(pair: Comparison) -> str:
    """What may be behind a visit that does not fit: the gravest thing that limits its pair with the baseline."""
    warnings = [issue.message for issue in pair.comparable.issues if issue.severity == "warning"]
    return f" Perhaps because: {warnings[0]}" if warnings else ""


@dataclass(frozen=True, slots=True)
class ScarRowOnPage:
    """One scar at all visits in one picture. group: better, worse or same, for its colour."""

    type: ScarType
    picture: Picture
    verdict: str
    group: str
    depths: str
    change: str


def _scars(measured: MeasuredSeries) -> list[ScarRowOnPage]:
    return [
        ScarRowOnPage(
            type=row.type,
            picture=jpeg_picture(row.picture, quality=SCAR_QUALITY),
            verdict=words.SHORT_LESION_VERDICTS[row.verdict],
            group=GROUPS.get(row.verdict, "same"),
            depths=depth_words(row.depths_um),
            change=change_words(row.change_um, row.error_um),
        )
        for row in scar_rows(measured.to_baseline, [one.picture for one in measured.visits])
    ]


def _when(days: float) -> str:
    return "baseline" if days == 0 else f"day {days:.0f}"


def _rows(series: Series, burden: Track) -> list[VisitRow]:
    figure = words.FIGURES[BURDEN]
    rows: list[VisitRow] = []
    start, first_error = burden.values[0], burden.sem[0]
    for k, visit in enumerate(series.visits):
        value, error = burden.values[k], burden.sem[k]
        change = None if value is None or start is None or k == 0 else value - start
        known = change is not None and error is not None and first_error is not None
        rows.append(
            VisitRow(
                visit.label,
                words.number(value, figure),
                "" if k == 0 else words.signed(change, figure),
                f"± {words.number(mdc95(first_error, error), figure)}"
                if known and error and first_error
                else "",
                (burden.since_baseline[k] or "unknown").split()[0],
                "" if k == 0 else _since_last(burden.since_last[k]),
                visit.counted,
            )
        )
    return rows


def _since_last(verdict: Verdict | None) -> str:
    return "–" if verdict in (None, "unknown") else words.SHORT_VERDICTS[verdict]


def _trend_words(series: Series, trend: Trend | None) -> list[tuple[str, str]]:
    """What the trend says, line by line; nothing where no error is known."""
    if trend is None:
        return []
    figure = words.FIGURES[BURDEN]
    label = {k: visit.label for k, visit in enumerate(series.visits)}
    lines: list[tuple[str, str]] = []
    if trend.slope is not None:
        value, low, high = (
            words.signed(one, figure) for one in (trend.slope.value, trend.slope.low, trend.slope.high)
        )
        lines.append((f"Change in {SLOPE_DAYS:.0f} days", f"{value} µm ({low} to {high})"))
    lines.append(
        ("First visit beyond error", "none" if trend.first_beyond is None else label[trend.first_beyond])
    )
    lines.append(("Plateau from", "none" if trend.plateau_from is None else label[trend.plateau_from]))
    lines.append(("Visits that do not fit", ", ".join(label[k] for k in trend.misfits) or "none"))
    return lines


def _fates(to_baseline: Sequence[Comparison]) -> list[tuple[str, ...]]:
    """How many scars of the baseline met each fate, by visit; an en dash where the two cannot be compared."""
    fates = ("resolved", "improved", "unchanged", "worse", "new", "not_seen")
    return [
        (
            fate.replace("_", " "),
            *(
                str(len(getattr(pair.lesions, fate))) if pair.comparable.usable else "–"
                for pair in to_baseline
            ),
        )
        for fate in fates
    ]
