"""The report of one comparison, as a document."""

from datetime import date

from inference.change.comparison import Comparison
from inference.report import words
from inference.report.case import Case
from inference.report.document import TONES, Block, Document, Finding, Picture, Pictures
from inference.report.files import encode_jpeg
from inference.report.methods import method_blocks
from inference.report.read import StoredComparison, load_picture
from inference.report.sections import (
    case_blocks,
    figure_table,
    grade_table,
    improvement_facts,
    lesion_pairs,
    named_legend,
    own_judgement,
    region_table,
    span,
    visit_title,
)


def comparison_document(stored: StoredComparison, case: Case, made: date) -> Document:
    """Pictures, finding, figures, scars, grades, treatments, the clinician's judgement and methods, in this order.

    Raises ResultFileError when a picture of the comparison is missing.
    """
    comparison = stored.comparison
    before, after = comparison.before, comparison.after
    titles = visit_title(case, before.photo.file, "Before"), visit_title(case, after.photo.file, "After")
    short = tuple(title.split(" · ")[0] for title in titles)
    blocks: list[Block | None] = [_pair(stored, titles), finding(comparison)]
    if comparison.comparable.usable:
        blocks += [
            figure_table(comparison.metrics, "Main figures", main=True),
            _map(stored),
            lesion_pairs(stored),
            improvement_facts(comparison),
            grade_table(case, before, after, titles=short),
            figure_table(comparison.metrics, "Further figures", main=False),
            region_table(before, after, titles=short),
        ]
    blocks += [*case_blocks(case), own_judgement(case)]
    blocks += method_blocks([(short[0], before), (short[1], after)], [comparison])
    code = case.patient_code or ""
    known = all(case.visit(one.photo.file).date for one in (before, after))
    when = span(*titles) if known else f"{before.photo.file} to {after.photo.file}"
    return Document(
        title="Comparison of two photographs",
        subtitle=" · ".join(filter(None, (code, case.region, when))),
        clinic=case.clinic or "",
        made=words.day_words(made),
        foot=" · ".join(filter(None, (code, "Comparison", words.day_words(made)))),
        blocks=tuple(block for block in blocks if block is not None),
    )


def finding(comparison: Comparison, title: str = "") -> Finding:
    """The sentence of a pair, the main one of its report where it has no title; where it cannot be compared, why."""
    if not comparison.comparable.usable:
        why = " ".join(issue.message for issue in comparison.comparable.issues if issue.severity == "reject")
        return Finding("These two cannot be compared", "reject", f"{words.WITHHELD} {why}".strip(), title)
    verdict = comparison.overall.verdict
    return Finding(words.VERDICTS[verdict], TONES[verdict], words.bound(comparison.overall.statement), title)


def _pair(stored: StoredComparison, titles: tuple[str, str]) -> Pictures:
    """The photographs, and the same with their scars outlined: below them, or beside them where they stand upright."""
    rows = [("before", "after"), ("before_outlines", "after_outlines")]
    upright = stored.comparison.before.photo.height_px > stored.comparison.before.photo.width_px
    items = [
        stored_picture(stored, name, title if row == 0 or upright else "")
        for row, names in enumerate(rows)
        for name, title in zip(names, titles, strict=True)
        if name in stored.pictures
    ]
    both = stored.comparison.before, stored.comparison.after
    legend = named_legend(*both) if len(items) > 2 else ()
    return Pictures(
        tuple(items), 4 if upright and len(items) > 2 else 2, 80.0 if upright else 58.0, legend=legend
    )


def _map(stored: StoredComparison) -> Pictures | None:
    """Which scars changed, on the second photograph; its legend is in the picture. None where it was not stored."""
    if "change_map" not in stored.pictures:
        return None
    return Pictures((stored_picture(stored, "change_map", "Where scars changed"),), 1, 120.0)


def stored_picture(stored: StoredComparison, name: str, title: str) -> Picture:
    """A picture of a stored comparison under its title, as JPEG. Raises ResultFileError when it is missing."""
    rgb = load_picture(stored, name)
    return Picture(encode_jpeg(rgb), rgb.shape[1], rgb.shape[0], title)
