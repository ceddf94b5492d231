"""The little curve beside a patient in the list, as an inline SVG with its words."""

from collections.abc import Sequence

from markupsafe import Markup, escape

from inference.records.facts import SparkPoint
from inference.web.clinic.words import Catalogue

#: In the drawing's own units, which are pixels where it is shown.
WIDTH, HEIGHT, _EDGE = 132, 34, 5
#: Blue and vermilion that colour-blind readers tell apart (Okabe & Ito 2008); the shape says the same as the colour.
_LINE, _BETTER, _WORSE = "#8793a0", "#0072b2", "#c14f00"


def spark_svg(points: Sequence[SparkPoint], view: str, words: Catalogue) -> Markup:
    """Burden in percent of the first visit. Hollow points lie within the measurement error of the first, full ones
    beyond it: a disc is better, a square worse. From 0, as a cut axis makes a small change look large."""
    known = [point for point in points if point.percent is not None]
    if not known:
        return Markup("")
    top = max(_share(point) for point in known) or 1.0
    start, span = known[0].on, max(1, (known[-1].on - known[0].on).days)
    places = [
        (
            _EDGE + (WIDTH - 2 * _EDGE) * (point.on - start).days / span,
            HEIGHT - _EDGE - (HEIGHT - 2 * _EDGE) * _share(point) / top,
        )
        for point in known
    ]
    line = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
    marks = "".join(_mark(point, x, y) for point, (x, y) in zip(known, places, strict=True))
    said = escape(_said(known, view, words))
    return Markup(
        f'<svg class="cx-spark" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img" '
        f'aria-label="{said}"><title>{said}</title>'
        f'<path d="M{_EDGE} {HEIGHT - 1.5}H{WIDTH - _EDGE}" stroke="#dfe4ea"/>'
        f'<path d="M{line}" fill="none" stroke="{_LINE}" stroke-width="1.5"/>{marks}</svg>'
    )


def _mark(point: SparkPoint, x: float, y: float) -> str:
    if point.verdict == "improved":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.6" fill="{_BETTER}"/>'
    if point.verdict == "worse":
        return f'<rect x="{x - 3.4:.1f}" y="{y - 3.4:.1f}" width="6.8" height="6.8" fill="{_WORSE}"/>'
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.8" fill="#fff" stroke="{_LINE}" stroke-width="1.5"/>'


def _share(point: SparkPoint) -> float:
    return max(0.0, 1 + (point.percent or 0.0) / 100)


def _said(known: Sequence[SparkPoint], view: str, words: Catalogue) -> str:
    first, last = known[0], known[-1]
    if first is last:
        return words.say("spark.one", view=view, day=words.day(first.on))
    return words.say(
        "spark.many",
        view=view,
        start=words.day(first.on),
        change=f"{words.signed(last.percent)} %",
        end=words.day(last.on),
        verdict=words[f"verdict.{last.verdict or 'unknown'}"],
    )
