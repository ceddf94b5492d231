"""The analysis of a blinded reading as a document, or as JSON."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path

from inference.reading.agreement import Estimate, Limits
from inference.reading.analysis import FIGURES, Agreement, Analysis, ReaderFigures, WithModel
from inference.reading.errors import ReadingError
from inference.reading.scales import SCALES
from inference.report.document import Block, Document, Facts, Table
from inference.report.files import write_json
from inference.report.make import write_report

#: Scales as they are called in a report.
NAMES = {
    "gais": "GAIS, 1 very much improved to 5 worse",
    "quartile": "Quartiles of improvement, 0 none or worse to 4 (76–100 %)",
    "goodman_baron": "Goodman and Baron, qualitative, 0 to 4",
    "scar_s": "SCAR-S, 0 to 5",
}
_METHOD = (
    (
        "Reading",
        "Every reader saw all pairs in an order and on sides of their own, drawn by the design's seed. Names, dates "
        "and the model's results were hidden. {asked}",
    ),
    (
        "Figures",
        "ICC(2,1) is the absolute agreement and ICC(3,1) the consistency of single ratings (Shrout and Fleiss 1979); "
        "kappa has quadratic weights (Cohen 1968), between readers it is the mean over all pairs of readers. "
        "Brackets: 95 % intervals, by 1000 bootstrap draws of whole pairs; of shares by Wilson's method. With few "
        "pairs those of the bootstrap are too narrow.",
    ),
    (
        "Pairs",
        "Between readers, and against the model, each pair of two visits counts once, at its first showing, where "
        "all whom a figure is about have judged it. A dash: cannot be known, as with fewer than three pairs or where "
        "all ratings are the same.",
    ),
)
_ASKED = {
    "side": "They were asked which side is better and by how much; the direction was worked out afterwards.",
    "grade": "They graded each photograph by itself, two beside each other.",
}


def write_analysis(analysis: Analysis, path: Path, made: date) -> None:
    """Write it as .html, .pdf or .json, by the ending. Raises ReadingError for another one."""
    match path.suffix.lower():
        case ".json":
            write_json(path, asdict(analysis))
        case ".html" | ".pdf":
            write_report(analysis_document(analysis, made), path)
        case _:
            raise ReadingError(f"{path.name}: name the analysis with the ending .html, .pdf or .json.")


def analysis_document(analysis: Analysis, made: date) -> Document:
    """Readers, agreement, nulls and sides, and the model where it was asked."""
    blocks: list[Block] = [
        _facts(analysis),
        _readers(analysis.readers),
        _agreement(analysis),
        _blinding(analysis),
    ]
    if analysis.model is not None:
        blocks.append(_model(analysis, analysis.model))
    asked = _ASKED[SCALES[analysis.scale].asks]
    blocks.append(
        Facts("How this was worked out", tuple((name, text.format(asked=asked)) for name, text in _METHOD))
    )
    return Document(
        title="Blinded reading",
        subtitle=analysis.title or NAMES[analysis.scale],
        clinic="",
        made=f"{made:%d %b %Y}".lstrip("0"),
        foot=f"Design {analysis.key[:12]}",
        blocks=tuple(blocks),
    )


def _facts(analysis: Analysis) -> Facts:
    rows = [
        ("Scale", NAMES[analysis.scale]),
        ("Pairs of two visits", f"{analysis.pairs}, of which {analysis.repeated} shown twice"),
        ("Pairs without change", f"{analysis.nulls}, of one visit or of one photograph"),
    ]
    return Facts("Design", tuple(rows))


def _readers(readers: Sequence[ReaderFigures]) -> Table:
    rows = tuple(
        (
            one.reader,
            f"{one.done} of {one.total}",
            str(one.later_better),
            str(one.no_change),
            str(one.earlier_better),
            str(one.not_judged),
            "–" if one.seconds is None else f"{one.seconds:.0f} s",
        )
        for one in readers
    )
    head = ("Reader", "Read", "Later better", "No change", "Earlier better", "Not judged", "Time a pair")
    notes = ("Better and no change: of pairs of two visits at their first showing. Time: median.",)
    return Table("What readers saw", head, rows, (0.22, 0.13, 0.13, 0.13, 0.13, 0.13, 0.13), notes)


def _agreement(analysis: Analysis) -> Table:
    rows = [(f"{one.reader}, with themselves", *_row(one.intra)) for one in analysis.readers]
    if analysis.inter is not None:
        rows.append(("Between readers", *_row(analysis.inter)))
    head = ("", *(name for name, _ in FIGURES), "Pairs")
    return Table("Agreement", head, tuple(rows), (0.24, 0.18, 0.18, 0.18, 0.14, 0.08))


def _row(agreement: Agreement) -> tuple[str, ...]:
    figures = [figure(agreement) for _, figure in FIGURES]
    return (
        *(_figure(one) for one in figures[:-1]),
        _percent(figures[-1], interval=False),
        str(agreement.exact.n),
    )


def _blinding(analysis: Analysis) -> Table:
    rows = [
        (one.reader, _percent(one.nulls), str(one.nulls.n), _signed(one.side)) for one in analysis.readers
    ]
    if len(rows) > 1:
        every = analysis.all_nulls
        rows.append(("All readers", _percent(every), str(every.n), _signed(analysis.all_sides)))
    head = ("Reader", "Called changed though nothing had", "Such pairs read", "Leans to the right by")
    notes = (
        "Leaning: mean steps by which the right side was called better, below zero the left. Sides were drawn by "
        "chance, so an interval without 0 speaks for a bias.",
    )
    return Table("Pairs without change, and sides", head, tuple(rows), (0.25, 0.3, 0.17, 0.28), notes)


def _model(analysis: Analysis, model: Sequence[WithModel]) -> Table:
    rows = tuple(
        (
            one.reader,
            _figure(one.weighted_kappa),
            _figure(one.spearman),
            _signed(one.difference.mean),
            _span(one.difference),
            str(max(one.weighted_kappa.n, one.spearman.n)),
        )
        for one in model
    )
    head = ("Reader", "Weighted kappa", "Spearman", "Reader less model", "95 % of differences", "Pairs")
    notes = (
        f"The model knows {analysis.model_pairs} of {analysis.pairs} pairs. Kappa and difference: of the class or "
        "grade, the model's being an adaptation of the scale to photographs. Spearman: steps of improvement against "
        "the fall of the scar burden in percent.",
    )
    return Table("Agreement with the model", head, rows, (0.17, 0.19, 0.19, 0.21, 0.17, 0.07), notes)


def _figure(one: Estimate) -> str:
    if one.value is None:
        return "–"
    interval = "" if one.low is None or one.high is None else f" ({_number(one.low)} to {_number(one.high)})"
    return f"{_number(one.value)}{interval}"


def _signed(one: Estimate) -> str:
    if one.value is None:
        return "–"
    text = _figure(one)
    return f"+{text}" if one.value >= 0.005 else text


def _percent(one: Estimate, *, interval: bool = True) -> str:
    if one.value is None:
        return "–"
    known = interval and one.low is not None and one.high is not None
    span = f" ({100 * (one.low or 0):.0f} to {100 * (one.high or 0):.0f})" if known else ""
    return f"{100 * one.value:.0f}{span} %"


def _span(limits: Limits) -> str:
    if limits.low is None or limits.high is None:
        return "–"
    return f"{_number(limits.low)} to {_number(limits.high)}"


def _number(value: float) -> str:
    text = f"{value:.2f}".replace("-", "−")
    return text.removeprefix("−") if not any(digit in text for digit in "123456789") else text
