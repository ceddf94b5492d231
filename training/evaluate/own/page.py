"""The evaluation as one HTML file: tables, curves and pictures inside, no script, nothing fetched."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from inference.report.templates_in import templates_in
from training.evaluate.own.charts import COLOURS, Axis, Line, chart
from training.evaluate.own.curves import Bin, Froc
from training.evaluate.own.pictures import LEGEND
from training.evaluate.own.report import Report, facts
from training.evaluate.own.run import Bad
from training.evaluate.own.tables import FIGURES, FROC, number, tables

_TEMPLATES = Path(__file__).parent / "templates"
_STYLE = Path(__file__).parents[3] / "inference" / "report" / "templates" / "report.css"
#: Tables that the curves follow.
_BEFORE_CURVES = (FIGURES, FROC)
_SHARE = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
#: What is drawn, the axis across, and the words below.
_RELIABILITY = (
    (
        "pixels",
        "probability of a scar",
        "Reliability of pixels on labelled skin: of those with a probability, how many are labelled as scars.",
    ),
    (
        "confidence",
        "confidence",
        "Reliability of marks: of those with a confidence, how many hit a labelled scar.",
    ),
)
_FALSE_MARKS = (0.0, 2.0, 4.0, 6.0, 8.0, 10.0)


@dataclass(frozen=True, slots=True)
class _Drawing:
    svg: Markup
    caption: str


@dataclass(frozen=True, slots=True)
class _Shown:
    title: str
    line: str
    pictures: tuple[str, str]


def page(report: Report, worst: Sequence[Bad]) -> str:
    """It holds photographs of patients, so it belongs where they are kept."""
    names = [str(one) for one in (report.bundle, report.against) if one is not None]
    told = tables(report)
    return templates_in(_TEMPLATES).get_template("labels.html").render(
        style=_STYLE.read_text(encoding="utf-8"),
        title=report.title,
        facts=facts(report),
        notes=report.notes,
        tables=told,
        curves_after=max((k for k, one in enumerate(told, start=1) if one.title in _BEFORE_CURVES), default=0),
        charts=_charts(report, names),
        lines=list(zip(names, COLOURS, strict=False)),
        worst=[_shown(one) for one in worst],
        legend=LEGEND,
        bundle=str(report.bundle),
    )  # fmt: skip


def _charts(report: Report, names: Sequence[str]) -> list[_Drawing]:
    sides = [one for one in (report.new, report.old) if one is not None]
    drawn: list[_Drawing] = []
    frocs = [(name, one.froc) for name, one in zip(names, sides, strict=True) if one.froc is not None]
    if frocs:
        lines = [Line(name, _froc_points(one)) for name, one in frocs]
        axes = Axis("false marks a photograph", _FALSE_MARKS), Axis("share of scars found", _SHARE)
        drawn.append(_Drawing(Markup(chart(lines, *axes, stepped=True)), "FROC: scars found as the confidence asked of "
                     "a mark is lowered, until the network outlines no more."))  # fmt: skip
    for what, across, caption in _RELIABILITY:
        bins = [(name, getattr(one, what)) for name, one in zip(names, sides, strict=True)]
        if any(of_bundle for _, of_bundle in bins):
            reliability = [_reliability(name, one) for name, one in bins]
            axes = Axis(across, _SHARE), Axis("share labelled as scars", _SHARE)
            drawn.append(_Drawing(Markup(chart(reliability, *axes, diagonal=True)), caption))
    return drawn


def _froc_points(froc: Froc) -> tuple[tuple[float, float], ...]:
    """From the left edge on; steps, as nothing is measured between thresholds."""
    return ((0.0, 0.0), *((false, found) for _, false, _, found in froc.points))


def _reliability(name: str, bins: Sequence[Bin]) -> Line:
    most = max((one.n for one in bins), default=1.0)
    dots = tuple(2.5 + 4.0 * (one.n / most) ** 0.25 for one in bins)
    return Line(name, tuple((one.said, one.true) for one in bins), dots)


def _shown(bad: Bad) -> _Shown:
    of, drawn = bad.facts, bad.drawn
    false = "" if drawn.false is None else f", {drawn.false} false"
    scores = [
        f"{name} {number(value)}"
        for name, value in (("F1", of.f1), ("recall", of.recall), ("Dice", of.dice))
        if value is not None
    ]
    counts = f"by {bad.rater}: {drawn.found} found, {drawn.missed} missed{false}"
    return _Shown(of.photo_id, " · ".join((*scores, counts)), (_uri(drawn.label), _uri(drawn.machine)))


def _uri(jpeg: bytes) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode("ascii")
