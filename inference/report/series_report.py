"""The report of a whole series of visits, as a document."""

from dataclasses import replace
from datetime import date

from inference.change.metrics import BURDEN
from inference.change.series import Series, Track
from inference.report import words
from inference.report.case import Case
from inference.report.chart import NARROW, WIDE, track_chart
from inference.report.comparison_report import finding, stored_picture
from inference.report.document import (
    TONES,
    Block,
    Cell,
    Chart,
    Document,
    Drawing,
    Facts,
    Finding,
    Picture,
    Pictures,
    Table,
    Toned,
)
from inference.report.methods import method_blocks
from inference.report.read import StoredComparison, StoredSeries
from inference.report.rows import series_verdict
from inference.report.sections import (
    case_blocks,
    figure_table,
    grade_table,
    improvement_facts,
    lesion_table,
    named_legend,
    own_judgement,
    region_table,
    span,
    visit_title,
)

#: Figures with charts, in their order.
_SHOWN = (BURDEN, "scars.count", "scars.area_fraction", "texture.roughness_sa_um", "pigment.erythema_index")
#: More pictures in a row than this are too small to judge skin by.
_COLUMNS = 5
_NORMAL_95 = 1.96


def series_document(stored: StoredSeries, case: Case, made: date) -> Document:
    """Pictures of all visits, finding, charts, figures, scars, treatments, the clinician's judgement and methods.

    Figures before and after are those of the baseline and the last visit that counts. Raises ResultFileError when a
    picture is missing.
    """
    titles = _titles(stored.series, case)
    last = _last_counted(stored)
    charts = _charts(stored.series, case)
    blocks: list[Block | None] = [_visits(stored, titles), _finding(stored), *charts[:1]]
    blocks += [_visit_table(stored.series, titles), *charts[1:], _trend(stored.series)]
    if last is not None:
        blocks += _latest(stored, last, case, titles)
    blocks += [*case_blocks(case), own_judgement(case)]
    assessments = [
        stored.comparisons[0].comparison.before,
        *(one.comparison.after for one in stored.comparisons),
    ]
    short = [title.split(" · ")[0] for title in titles]
    blocks += method_blocks(
        list(zip(short, assessments, strict=True)), [one.comparison for one in stored.comparisons]
    )
    code = case.patient_code or stored.patient_id or ""
    return Document(
        title="Series of visits",
        subtitle=" · ".join(filter(None, (code, case.region or stored.view, span(titles[0], titles[-1])))),
        clinic=case.clinic or "",
        made=words.day_words(made),
        foot=" · ".join(filter(None, (code, "Series", words.day_words(made)))),
        blocks=tuple(block for block in blocks if block is not None),
    )


def _titles(series: Series, case: Case) -> list[str]:
    return [
        visit_title(case, visit.file, visit.label)
        + ("" if case.visit(visit.file).date else f" · day {visit.days:.0f}")
        for visit in series.visits
    ]


def _last_counted(stored: StoredSeries) -> StoredComparison | None:
    """The comparison of the baseline with the last visit that draws conclusions."""
    counted = [
        pair
        for visit, pair in zip(stored.series.visits[1:], stored.comparisons, strict=True)
        if visit.counted
    ]
    return counted[-1] if counted else None


def _visits(stored: StoredSeries, titles: list[str]) -> Pictures:
    pairs, visits = stored.comparisons, stored.series.visits
    frames = [(pairs[0], "before_outlines"), *((pair, "after_outlines") for pair in pairs)]
    items: list[Picture] = []
    for (pair, name), title, visit in zip(frames, titles, visits, strict=True):
        plain = name if name in pair.pictures else name.removesuffix("_outlines")
        picture = stored_picture(pair, plain, title)
        note = "" if visit.counted else f"Not counted: {visit.why_not}"
        items.append(Picture(picture.content, picture.width_px, picture.height_px, title, note))
    both = [pairs[0].comparison.before, *(pair.comparison.after for pair in pairs)]
    columns = 2 if len(items) <= 4 else 3 if len(items) <= 6 else 5
    return Pictures(tuple(items), columns, 58.0, legend=named_legend(*both))


def _finding(stored: StoredSeries) -> Finding:
    burden = next(track for track in stored.series.tracks if track.name == BURDEN)
    verdict = series_verdict(burden)
    return Finding(words.VERDICTS[verdict], TONES[verdict], words.bound(stored.series.statement))


def _charts(series: Series, case: Case) -> list[Block]:
    """The principal outcome over the page, the others beside each other."""
    start = case.visit(series.visits[0].file).date
    days = [] if start is None else [(one.date - start).days for one in case.treatments]
    named = [replace(visit, label=case.visit(visit.file).name or visit.label) for visit in series.visits]
    drawn: list[Drawing] = []
    for track in _shown(series):
        if track.values[0] is not None:
            title, size = _measure(track), NARROW if drawn else WIDE
            svg = track_chart(_in_shown_unit(track), named, title, days, size)
            drawn.append(Drawing(svg, *size, f"{title}, over the visits"))
    return [
        Chart(drawings, columns)
        for drawings, columns in ((tuple(drawn[:1]), 1), (tuple(drawn[1:]), 2))
        if drawings
    ]


def _shown(series: Series) -> list[Track]:
    by_name = {track.name: track for track in series.tracks}
    return [by_name[name] for name in _SHOWN]


def _in_shown_unit(track: Track) -> Track:
    """Shares become percent, as the title says."""
    factor = words.figure_of(track.name, track.unit).factor
    values, sem = (
        tuple(None if one is None else one * factor for one in some) for some in (track.values, track.sem)
    )
    return replace(track, values=values, sem=sem)


def _measure(track: Track) -> str:
    """As in "Scar burden, µm"."""
    figure = words.figure_of(track.name, track.unit)
    return f"{figure.label}, {figure.unit}" if figure.unit else figure.label


def _visit_table(series: Series, titles: list[str]) -> Table:
    """A row a visit, so that a series may be long."""
    tracks = [
        track
        for name in _SHOWN
        for track in series.tracks
        if track.name == name and track.values[0] is not None
    ]
    rows: list[tuple[Cell, ...]] = []
    for k, (visit, title) in enumerate(zip(series.visits, titles, strict=True)):
        label = title if visit.counted else f"{title} (not counted)"
        rows.append((label, *(_at(track, k, visit.counted) for track in tracks)))
    head = ("Visit", *map(_measure, tracks))
    shares = (0.27, *(0.73 / len(tracks) for _ in tracks))
    notes = (
        "Values on the baseline's level, ± 95 % measurement error of one visit. Improved and worse: against the "
        "baseline, beyond measurement error.",
    )
    return Table("Visits", head, tuple(rows), shares, notes)


def _at(track: Track, k: int, counted: bool) -> Cell:
    value, sem, verdict = track.values[k], track.sem[k], track.since_baseline[k]
    figure = words.figure_of(track.name, track.unit)
    text = words.number(value, figure)
    if value is not None and sem is not None:
        text += f" ± {words.number(_NORMAL_95 * sem, figure)}"
    if counted and verdict in ("improved", "worse"):
        return Toned(f"{text}, {verdict}", TONES[verdict])
    return text


def _trend(series: Series) -> Facts | None:
    rows: list[tuple[str, str]] = []
    for track in _shown(series):
        slope = None if track.trend is None else track.trend.slope
        if slope is not None:
            figure = words.figure_of(track.name, track.unit)
            ends = f"{words.signed(slope.low, figure)} to {words.signed(slope.high, figure)}"
            rows.append(
                (figure.label, f"{words.signed(slope.value, figure)} {figure.unit} in 30 days ({ends})")
            )
    return Facts("Trend with 95 % interval", tuple(rows)) if rows else None


def _latest(
    stored: StoredSeries, last: StoredComparison, case: Case, titles: list[str]
) -> list[Block | None]:
    """The last visit that counts against the baseline."""
    comparison = last.comparison
    before, after = comparison.before, comparison.after
    names = [title.split(" · ")[0] for title in titles]
    short = names[0], names[stored.comparisons.index(last) + 1]
    many = len(titles) > _COLUMNS
    return [
        finding(comparison, title=f"{short[1]} against {short[0]}"),
        figure_table(comparison.metrics, "", main=True),
        lesion_table([last] if many else stored.comparisons, last, short if many else names),
        improvement_facts(comparison),
        grade_table(case, before, after, titles=short),
        figure_table(comparison.metrics, "Further figures", main=False),
        region_table(before, after, titles=short),
    ]
