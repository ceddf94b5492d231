"""Figures and grades as the text of table rows."""

from collections.abc import Iterable
from dataclasses import dataclass

from inference.change.comparison import Comparison, LesionChange, Metric, Verdict
from inference.change.series import Track
from inference.measure.assessment import Assessment, RegionFigures, ScaleValue, ScarType
from inference.report import words

#: How many times its measurement error a change may be before its mark leaves the little gauge.
_GAUGE_REACH = 3.0
_PERCENT = words.Figure("", "%", 0)


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One line of the table of figures, as text.

    `name` is the metric's in the result files. `verdict` colours the change and `error` is the change that could be
    chance; `gauge` is where the change lies between -1 and 1 when one third is the measurement error, None where that
    is unknown. `interval` is the 95 % interval of the change. `note` says what keeps the figure from being taken at
    its word.
    """

    name: str
    label: str
    before: str
    after: str
    change: str
    percent: str
    interval: str
    error: str
    gauge: float | None
    verdict: str
    main: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class GradeRow:
    """One clinical scale of both photographs, as text."""

    label: str
    values: tuple[str, ...]
    method: str


def figure_row(metric: Metric) -> FigureRow:
    """A metric in the words, units and digits of the page."""
    figure = words.figure_of(metric.name, metric.unit)
    percent = metric.change_percent
    return FigureRow(
        name=metric.name,
        label=f"{figure.label}, {figure.unit}" if figure.unit else figure.label,
        before=words.number(metric.before, figure),
        after=words.number(metric.after, figure),
        change=words.signed(metric.change, figure),
        percent="" if percent is None else f"{words.signed(percent, _PERCENT)} %",
        interval=_interval(metric, figure),
        error=words.NOT_KNOWN if metric.mdc95 is None else f"± {words.number(metric.mdc95, figure)}",
        gauge=_gauge(metric),
        verdict=metric.verdict.split()[0],
        main=figure.main,
        note=metric.note or "",
    )


def figure_rows(metrics: Iterable[Metric]) -> list[FigureRow]:
    """The metrics that are known for at least one photograph, in the page's order."""
    order = {name: place for place, name in enumerate(words.FIGURES)}
    known = [metric for metric in metrics if metric.before is not None or metric.after is not None]
    return [figure_row(metric) for metric in sorted(known, key=lambda m: order.get(m.name, len(order)))]


def _interval(metric: Metric, figure: words.Figure) -> str:
    if metric.change_low is None or metric.change_high is None:
        return ""
    return f"{words.signed(metric.change_low, figure)} to {words.signed(metric.change_high, figure)}"


def _gauge(metric: Metric) -> float | None:
    if not metric.mdc95 or metric.change is None:
        return None
    return max(-1.0, min(1.0, metric.change / metric.mdc95 / _GAUGE_REACH))


def assessment_rows(assessment: Assessment) -> list[FigureRow]:
    """The figures of one photograph that are known, in the page's order."""
    groups = {"scars": assessment.scars, "texture": assessment.texture, "pigment": assessment.pigment}
    metrics: list[Metric] = []
    for name, figure in words.FIGURES.items():
        group, _, field = name.partition(".")
        value = getattr(groups[group], field)
        metrics.append(Metric(name, figure.unit, value, None, None, None, None, "unknown"))
    return figure_rows(metrics)


def grade_rows(*scales: dict[str, ScaleValue]) -> list[GradeRow]:
    """The grades that are known for at least one photograph."""
    rows: list[GradeRow] = []
    for name in dict.fromkeys([*words.GRADES, *(name for group in scales for name in group)]):
        values = [group.get(name) for group in scales]
        if any(value is not None and _known(value) for value in values):
            method = next(value.method for value in values if value is not None)
            label = words.GRADES.get(name, name.replace("_", " "))
            rows.append(GradeRow(label, tuple(map(_grade, values)), method))
    return rows


def _known(value: ScaleValue) -> bool:
    return value.value is not None or value.low is not None


def _grade(value: ScaleValue | None) -> str:
    """Value and 95 % interval, as in 17 (14–20); an interval alone where no single value is known."""
    if value is None or not _known(value):
        return "–"
    interval = "" if value.low is None or value.high is None else f"{value.low:.0f}–{value.high:.0f}"
    if value.value is None:
        return interval
    return f"{value.value:.0f} ({interval})" if interval else f"{value.value:.0f}"


@dataclass(frozen=True, slots=True)
class RegionRow:
    """One region, as text: a value for each photograph, an en dash where it is not seen there."""

    name: str
    area_cm2: tuple[str, ...]
    scars: tuple[str, ...]
    burden_um: tuple[str, ...]


def region_rows(*assessments: Assessment) -> list[RegionRow]:
    """The regions in which anything was assessed, in the order of the first photograph."""
    names = dict.fromkeys(name for one in assessments for name in one.regions)
    return [_region_row(name, [one.regions.get(name) for one in assessments]) for name in names]


def _region_row(name: str, regions: list[RegionFigures | None]) -> RegionRow:
    area, count, burden = (words.Figure("", "", decimals) for decimals in (1, 0, 0))
    return RegionRow(
        name.replace("_", " "),
        tuple(words.number(one.skin.area_cm2 if one else None, area) for one in regions),
        tuple(words.number(one.scars.count if one else None, count) for one in regions),
        tuple(words.number(one.scars.burden_um if one else None, burden) for one in regions),
    )


def legend(*assessments: Assessment) -> list[tuple[ScarType, str]]:
    """The scar types that occur, so that every colour in the picture is named and no other."""
    found = {lesion.type for assessment in assessments for lesion in assessment.lesions}
    return [(kind, name) for kind, name in words.SCAR_NAMES.items() if kind in found]


def fates(change: LesionChange) -> list[tuple[int, str]]:
    """How many scars met each fate. Where none could be called better or worse, the words claim no more."""
    if not change.improved and not change.worse:
        return [
            (len(change.unchanged), "found in both"),
            (len(change.resolved), "no longer found"),
            (len(change.new), "new"),
        ]
    fates = ("resolved", "improved", "unchanged", "worse", "new")
    return [(len(getattr(change, fate)), fate) for fate in fates]


def improvement(comparison: Comparison) -> list[tuple[str, str]]:
    """Quartile and GAIS estimate, where a measurement error allows them."""
    overall = comparison.overall
    lines: list[tuple[str, str]] = []
    if overall.quartile is not None:
        lines.append(("Improvement, in quarters", words.QUARTILES[overall.quartile]))
    if overall.gais_estimate is not None:
        lines.append(("GAIS (1–5)", f"{overall.gais_estimate}, {words.GAIS[overall.gais_estimate]}"))
    return lines


def series_verdict(burden: Track) -> Verdict:
    """Of a series, by its burden: that of the first visit from which change beyond error lasts."""
    if burden.trend is None:
        return "unknown"
    if burden.trend.first_beyond is None:
        return "within measurement error"
    return burden.since_baseline[burden.trend.first_beyond] or "unknown"


def findings(comparison: Comparison) -> list[str]:
    """What was found in order about the pair."""
    registration = comparison.registration
    found: list[str] = []
    if registration.usable and registration.residual_mm is not None:
        found.append(f"aligned to {max(registration.residual_mm, 0.01):.2f} mm")
    if registration.usable and registration.overlap_fraction is not None:
        found.append(f"{registration.overlap_fraction:.0%} overlap".replace("%", " %"))
    if comparison.before.scale.source == comparison.after.scale.source != "assumed":
        found.append(words.SCALE_SOURCES[comparison.before.scale.source])
    return found
