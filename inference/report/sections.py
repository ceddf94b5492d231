"""Sections that the report of a comparison and that of a series have in common."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from inference.change.comparison import Comparison, Metric
from inference.measure.assessment import Assessment
from inference.report import words
from inference.report.case import Case, Treatment
from inference.report.document import TONES, Block, Cell, Facts, Form, Pictures, Table, Toned
from inference.report.gauge import change_gauge
from inference.report.looks import Look, beside, looks
from inference.report.overlay import COLOURS
from inference.report.read import StoredComparison
from inference.report.rows import fates, figure_rows, grade_rows, improvement, legend, region_rows

_FIGURE_SHARES = (0.24, 0.07, 0.07, 0.08, 0.15, 0.175, 0.085, 0.13)
_LOOKS_NOTE = (
    "Depth below the skin around it, inside the outlines of both visits, as measured; it counts as changed only "
    "beyond its own error."
)
_GAUGE_NOTE = (
    "Grey band: what measurement error alone may make, ± MDC95. Dot and bar: the change with its 95 % interval; "
    "a fall lies to the left."
)
_NO_ERROR = "Smallest detectable change (MDC95): not yet known, so no figure is called better or worse."


def named_legend(*assessments: Assessment) -> tuple[tuple[str, str], ...]:
    """Colour and name of the scar types that occur."""
    return tuple((COLOURS[kind], name) for kind, name in legend(*assessments))


def visit_title(case: Case, file: str, fallback: str) -> str:
    """As in "6 months · 2 Oct 2026"."""
    visit = case.visit(file)
    parts = (visit.name or fallback, words.day_words(visit.date) if visit.date else "")
    return " · ".join(part for part in parts if part)


def figure_table(metrics: Iterable[Metric], title: str, main: bool) -> Table | None:
    """Figures before and after with change, interval, error and verdict; None where none is known.

    main: those that lead, else the others.
    """
    known = {metric.name: metric for metric in metrics}
    rows = [row for row in figure_rows(known.values()) if row.main is main]
    if not rows:
        return None
    notes = list(dict.fromkeys(row.note for row in rows if row.note))
    cells: list[tuple[Cell, ...]] = []
    for row in rows:
        metric = known[row.name]
        label = row.label + (" " + "*" * (notes.index(row.note) + 1) if row.note else "")
        verdict = Toned(words.SHORT_VERDICTS[metric.verdict], TONES[metric.verdict])
        gauge: Cell = change_gauge(metric) or ""
        cells.append(
            (label, row.before, row.after, row.change, row.interval or "–", gauge, row.error, verdict)
        )
    small = [f"{'*' * k} {note[0].upper()}{note[1:]}." for k, note in enumerate(notes, start=1)]
    small.append(_GAUGE_NOTE if any(known[row.name].mdc95 for row in rows) else _NO_ERROR)
    head = ("Measure", "Before", "After", "Change", "95 % interval", "", "MDC95", "Verdict")
    return Table(title, head, tuple(cells), _FIGURE_SHARES, tuple(small), words=(5, 7))


def lesion_pairs(stored: StoredComparison) -> Pictures:
    """What became of the scars, and those that changed most, before and after side by side."""
    found = looks([stored], stored, 6)
    items = tuple(replace(beside(look.pictures), text=_said(look)) for look in found)
    return Pictures(items, 3, 27.0, _fates(stored.comparison), note=_LOOKS_NOTE if items else "")


def lesion_table(
    stored: Sequence[StoredComparison], judged: StoredComparison, titles: Sequence[str]
) -> Block | None:
    """What became of the scars in `judged`, and those that changed most over the baseline and all `stored`."""
    rows = tuple((_said(look), *look.pictures) for look in looks(stored, judged, 4))
    if not rows:
        return Pictures((), 1, 0, _fates(judged.comparison))
    shares = (0.2, *(0.8 / len(titles) for _ in titles))
    return Table(
        _fates(judged.comparison), ("", *titles), rows, shares, (_LOOKS_NOTE,), tuple(range(1, len(shares)))
    )


def _fates(comparison: Comparison) -> str:
    counts = " · ".join(f"{count} {fate}" for count, fate in fates(comparison.lesions))
    not_seen = len(comparison.lesions.not_seen)
    return f"Scars: {counts}" + (f" · {not_seen} not in both pictures" if not_seen else "")


def _said(look: Look) -> str:
    """Type, depths and verdict of one place."""
    trace = look.trace
    depths = f"{trace.depth_before_um:.0f} to {trace.depth_after_um:.0f} µm deep"
    return words.bound(
        f"{look.type[0].upper()}{look.type[1:]}, {depths}: {words.LESION_VERDICTS[trace.verdict]}"
    )


def span(first: str, last: str) -> str:
    """From one visit's title to another's: their days where both are known, else their names."""
    parts = first.split(" · "), last.split(" · ")
    return " to ".join(part[-1] if len(part) > 1 else part[0].lower() for part in parts)


def grade_table(case: Case, *assessments: Assessment, titles: Sequence[str]) -> Table | None:
    """Adapted scales with their 95 % intervals, and a clinician's own values beside them."""
    shares = (0.4, *(0.6 / len(titles) for _ in titles))
    rows: list[tuple[Cell, ...]] = [
        (row.label, *row.values) for row in grade_rows(*(one.scales for one in assessments))
    ]
    own = {(grade.scale, grade.file): grade for grade in case.own_grades}
    for scale in dict.fromkeys(grade.scale for grade in case.own_grades):
        values = [own.get((scale, one.photo.file)) for one in assessments]
        by = next((grade.by for grade in values if grade is not None and grade.by), None)
        label = f"{words.GRADES.get(scale, scale.replace('_', ' '))}, by {by or 'the clinician'}"
        rows.append((label, *("–" if grade is None else f"{grade.value:g}" for grade in values)))
    if not rows:
        return None
    notes = ("Adapted to photographs, with 95 % interval. They are not the clinician's own grade.",)
    return Table("Clinical scales, adapted", ("Scale", *titles), tuple(rows), shares, notes)


def improvement_facts(comparison: Comparison) -> Facts | None:
    """Quartile and GAIS with the chance of their class, where a measurement error allows them."""
    overall = comparison.overall
    chances = (
        (overall.quartile_probability or {}).get(str(overall.quartile)),
        (overall.gais_probability or {}).get(str(overall.gais_estimate)),
    )
    rows = [
        (label, text if chance is None else f"{text} (chance {100 * chance:.0f} %)")
        for (label, text), chance in zip(improvement(comparison), chances, strict=False)
    ]
    return Facts("Improvement", tuple(rows)) if rows else None


def region_table(*assessments: Assessment, titles: Sequence[str]) -> Table | None:
    """Area, count and burden by region of the face, or by outlined part."""
    rows: list[tuple[Cell, ...]] = [
        (row.name, *row.area_cm2, *row.scars, *row.burden_um) for row in region_rows(*assessments)
    ]
    if not rows:
        return None
    head = ("Region", *(f"{what}, {t.lower()}" for what in ("cm²", "scars", "burden µm") for t in titles))
    return Table("Regions", head, tuple(rows), (0.25, *(0.75 / (len(head) - 1) for _ in head[1:])))


def case_blocks(case: Case) -> list[Block]:
    """Treatments, adverse events and notes; a section without an entry is left out."""
    blocks: list[Block] = []
    if case.treatments:
        head = ("Date", "Treatment", "Needle", "Passes", "Combined with", "Remarks")
        rows = tuple(_treatment_row(one) for one in sorted(case.treatments, key=lambda one: one.date))
        shares = (0.13, 0.25, 0.1, 0.09, 0.18, 0.25)
        blocks.append(Table("Treatments", head, rows, shares, words=(1, 4, 5)))
    if case.adverse_events:
        events = tuple(
            (
                f"{event.kind[:1].upper()}{event.kind[1:]}",
                f"{words.day_words(event.onset)} to {words.day_words(event.end) if event.end else 'not recorded'}"
                + (f". {event.note}" if event.note else ""),
            )
            for event in sorted(case.adverse_events, key=lambda event: event.onset)
        )
        blocks.append(Facts("Adverse events", events))
    visit_notes = [(visit.name or visit.file, visit.note) for visit in case.visits if visit.note]
    notes = [
        (" · ".join(filter(None, (words.day_words(n.date) if n.date else "", n.author))) or "Note", n.text)
        for n in case.notes
    ]
    if visit_notes or notes:
        blocks.append(Facts("Notes", (*visit_notes, *notes)))
    return blocks


def _treatment_row(one: Treatment) -> tuple[Cell, ...]:
    remarks = filter(None, (one.area, one.energy, one.anaesthetic, one.operator, one.note))
    return (
        words.day_words(one.date),
        ", ".join(filter(None, (one.kind, one.device))),
        "–" if one.needle_mm is None else words.bound(f"{one.needle_mm:g} mm"),
        "–" if one.passes is None else str(one.passes),
        ", ".join(one.agents) or "–",
        "; ".join(remarks) or "–",
    )


def own_judgement(case: Case) -> Form:
    """Room for what only the clinician can say."""
    return Form(
        "Clinician's own judgement",
        (
            (("Goodman–Baron grade, before", ""), ("after", ""), ("Improvement, in quarters", "")),
            (("Other scale", ""), ("before", ""), ("after", "")),
            (("Remarks", ""),),
            (("Name", case.clinician or ""), ("Date", ""), ("Signature", "")),
        ),
        "The figures above support this judgement and do not replace it.",
    )
