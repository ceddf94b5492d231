"""What changed in one view of a patient: the sentence, its verdict, and figures over time as charts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from markupsafe import Markup

from inference.change.comparison import Verdict
from inference.change.metrics import BURDEN
from inference.change.series import FigureSeries, Track
from inference.records.errors import NotInRecordsError
from inference.records.facts import PatientRecord, Photograph, StoredComparison, View, Visit
from inference.records.records import Records
from inference.records.series import ViewFigures
from inference.report.chart import ChartWords, track_chart
from inference.report.rows import series_verdict
from inference.report.words import bound, figure_of
from inference.web.clinic.words import Catalogue

#: Figures with a chart, in their order.
CHARTS = (
    BURDEN,
    "scars.count",
    "scars.area_fraction",
    "texture.roughness_sa_um",
    "pigment.erythema_index",
    "pigment.melanin_index",
)
#: Width and height of charts where there is room, and on a telephone.
_WINDOW, _TELEPHONE = (900, 380), (420, 360)


@dataclass(frozen=True, slots=True)
class ChartOnPage:
    """One figure over time, for a wide and for a narrow window."""

    name: str
    label: str
    wide: Markup
    narrow: Markup


@dataclass(frozen=True, slots=True)
class Finding:
    """What changed in one view.

    verdict: class of its colour. sentence: since the baseline, and whether beyond error; detail: the lasting trend.
    pair: the photographs that the sentence is about. waiting: whether more is to come by itself.
    """

    view: View
    verdict: str
    badge: str
    sentence: str
    detail: str
    charts: tuple[ChartOnPage, ...]
    pair: tuple[int, int] | None
    waiting: bool


def findings_of(record: PatientRecord, records: Records, words: Catalogue) -> list[Finding]:
    """One for every view that has a photograph, the one with the most visits first."""
    by_view: dict[int, list[tuple[Visit, Photograph]]] = {}
    for visit in record.visits:
        for photograph in visit.photographs:
            by_view.setdefault(photograph.view.id, []).append((visit, photograph))
    views = sorted(
        (view for view in record.views if view.id in by_view), key=lambda view: -len(by_view[view.id])
    )
    return [_finding(view, by_view[view.id], record, records, words) for view in views]


def _finding(
    view: View,
    seen: Sequence[tuple[Visit, Photograph]],
    record: PatientRecord,
    records: Records,
    words: Catalogue,
) -> Finding:
    waiting = [photograph for _, photograph in seen if photograph.state == "waiting"]
    scored = [(visit, photograph) for visit, photograph in seen if photograph.state == "scored"]
    try:
        figures = records.results.figures(view.id)
    except NotInRecordsError:
        failed = records.queue.why_not_compared(view.id)
        return _without_series(view, scored, len(waiting), failed, words)
    return _with_series(view, figures, record, bool(waiting), words)


def _without_series(
    view: View,
    scored: Sequence[tuple[Visit, Photograph]],
    waiting: int,
    failed: Sequence[str],
    words: Catalogue,
) -> Finding:
    """Fewer than two visits are measured, or not yet compared, or a comparison failed."""
    days = {visit.on for visit, _ in scored}
    comparing = len(days) > 1 and not failed
    if failed:
        badge, sentence = words["finding.none"], words["finding.not_compared"]
    elif waiting:
        badge, sentence = words["finding.measuring"], words.count("finding.waiting", waiting)
    elif comparing:
        badge, sentence = words["finding.measuring"], words["finding.comparing"]
    elif scored:
        visit, photograph = scored[-1]
        badge, sentence = words["finding.baseline"], _baseline(visit, photograph, words)
    else:
        badge, sentence = words["finding.none"], words["finding.not_scored"]
    detail = failed[0] if failed else ""
    return Finding(view, "unknown", badge, sentence, detail, (), None, bool(waiting) or comparing)


def _baseline(visit: Visit, photograph: Photograph, words: Catalogue) -> str:
    figures = photograph.figures
    count = None if figures is None else figures.scar_count
    if count is None:
        return words.say("finding.first_alone", day=words.day(visit.on))
    return words.say("finding.first", day=words.day(visit.on), count=count)


def _with_series(
    view: View, figures: ViewFigures, record: PatientRecord, waiting: bool, words: Catalogue
) -> Finding:
    series = figures.series
    burden = series.track(BURDEN)
    days = [date.fromisoformat(visit.label) for visit in series.visits]
    counted = [k for k, visit in enumerate(series.visits) if visit.counted and k]
    if not counted:
        return Finding(
            view,
            "unknown",
            words["finding.too_early"],
            words["finding.none_counts"],
            "",
            _charts(series, record, days, words),
            None,
            waiting,
        )
    last = counted[-1]
    pair = figures.photographs[0], figures.photographs[last]
    stored = next(one for one in record.comparisons if (one.before_id, one.after_id) == pair)
    verdict = series_verdict(burden)
    return Finding(
        view,
        verdict.split()[0],
        _badge(verdict, burden, days, words),
        change_sentence(stored, days[0], days[last], words),
        _detail(burden, days, words),
        _charts(series, record, days, words),
        pair,
        waiting,
    )


def _badge(verdict: Verdict, burden: Track, days: Sequence[date], words: Catalogue) -> str:
    first = None if burden.trend is None else burden.trend.first_beyond
    since = "" if first is None else words.day(days[first])
    return words.say(f"finding.badge.{verdict}", since=since)


def change_sentence(change: StoredComparison, before: date, after: date, words: Catalogue) -> str:
    """What the later photograph says of the earlier one, with its 95 % interval and its verdict."""
    start, now = words.day(before), words.day(after)
    percent, low, high = change.percent, change.percent_low, change.percent_high
    if percent is None:
        return words.say("finding.no_percent", start=start, now=now)
    rounded = round(abs(percent))
    key = "finding.same" if rounded == 0 else "finding.lower" if percent < 0 else "finding.higher"
    said = words.say(key, start=start, now=now, percent=rounded)
    interval = ""
    if low is not None and high is not None:
        interval = words.say("finding.interval", low=words.signed(low), high=words.signed(high))
    return bound(f"{said}{interval}: {words[f'verdict.{change.verdict}']}.")


def _detail(burden: Track, days: Sequence[date], words: Catalogue) -> str:
    trend = burden.trend
    if trend is None:
        return words["finding.no_trend"]
    if trend.plateau_from is not None:
        return words.say("finding.plateau", since=words.day(days[trend.plateau_from]))
    misfits = ", ".join(words.day(days[k]) for k in trend.misfits)
    return words.say("finding.misfits", days=misfits) if misfits else ""


def _charts(
    series: FigureSeries, record: PatientRecord, days: Sequence[date], words: Catalogue
) -> tuple[ChartOnPage, ...]:
    visits = [
        replace(visit, label=words.day(day, year=day.year != days[0].year or day == days[0]))
        for visit, day in zip(series.visits, days, strict=True)
    ]
    treated = [(treatment.on - days[0]).days for treatment in record.treatments]
    said = ChartWords(**{name: words[f"chart.{name}"] for name in ChartWords.__dataclass_fields__})
    charts: list[ChartOnPage] = []
    for name in CHARTS:
        track = _in_shown_unit(series.track(name))
        if sum(value is not None for value in track.values) < 2:
            continue
        unit = figure_of(name, track.unit).unit
        label = words[f"figure.{name}"]
        title = f"{label}, {unit}" if unit else label
        wide, narrow = (
            Markup(" ".join(track_chart(track, visits, title, treated, size, said).splitlines()))
            for size in (_WINDOW, _TELEPHONE)
        )
        charts.append(ChartOnPage(name.replace(".", "-"), label, wide, narrow))
    return tuple(charts)


def _in_shown_unit(track: Track) -> Track:
    """Shares become percent."""
    factor = figure_of(track.name, track.unit).factor
    values, sem = (
        tuple(None if one is None else one * factor for one in some) for some in (track.values, track.sem)
    )
    return replace(track, values=values, sem=sem)
