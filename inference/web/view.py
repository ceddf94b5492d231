"""Results as pieces of page: what is shown is chosen here, how it looks is in templates/ and static/."""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from numpy.typing import NDArray

from inference.change.comparison import Comparison
from inference.measure.assessment import Assessment
from inference.report import words
from inference.report.pictures import PairPictures
from inference.report.rows import (
    assessment_rows,
    fates,
    figure_rows,
    findings,
    grade_rows,
    legend,
    region_rows,
)
from inference.web.chances import chances_of
from inference.web.drawing import jpeg_picture, svg_outlines
from inference.web.pair import evidence_of, pair_on_page, scars_on_page

_TEMPLATES = Path(__file__).parent / "templates"
#: So many scars stand on the page at once, the others unfold; page.css counts with the same number.
FEW_SCARS = 20


def render_comparison(
    comparison: Comparison,
    shown: PairPictures,
    titles: tuple[str, str] = ("Before", "After"),
    place: str = "compare",
) -> str:
    """The comparison as HTML on one line, with the pictures `shown`, as `pair_pictures` makes them.

    place: tells its switches and drawings apart from those of another comparison in the same document.

    Both assessments carry evidence, as `compare` returns them.
    """
    before, after = comparison.before, comparison.after
    rows = figure_rows(comparison.metrics)
    return render(
        "comparison.html",
        place=place,
        pictures=pair_on_page(comparison, shown, place),
        scars=scars_on_page(shown),
        few=FEW_SCARS,
        titles=titles,
        legend=legend(before, after),
        fates=fates(comparison.lesions),
        finding=comparison.overall.verdict.split()[0],
        statement=words.bound(comparison.overall.statement),
        usable=comparison.comparable.usable,
        withheld=words.WITHHELD,
        verdict=words.VERDICTS[comparison.overall.verdict],
        rows=rows,
        notes=list(dict.fromkeys(row.note for row in rows if row.note)),
        error_known=any(metric.mdc95 is not None for metric in comparison.metrics),
        grades=grade_rows(before.scales, after.scales),
        regions=region_rows(before, after),
        chances=chances_of(comparison),
        findings=findings(comparison),
        issues=sorted(comparison.comparable.issues, key=lambda issue: words.SEVERITIES.index(issue.severity)),
        facts=_facts(before, after),
    )


def render_assessment(assessment: Assessment, shown: NDArray[np.uint8]) -> str:
    """One photograph's assessment as HTML on one line, with the picture `shown`, as `display_picture` makes it.

    It carries evidence, as `assess` returns it.
    """
    return render(
        "assessment.html",
        picture=jpeg_picture(shown),
        outlines=svg_outlines(evidence_of(assessment).label, "only"),
        legend=legend(assessment),
        statement=_statement(assessment),
        usable=assessment.quality.usable,
        rows=assessment_rows(assessment),
        grades=grade_rows(assessment.scales),
        regions=region_rows(assessment),
        issues=sorted(assessment.quality.issues, key=lambda issue: words.SEVERITIES.index(issue.severity)),
        facts=_facts(assessment),
    )


def render_message(title: str, message: str) -> str:
    """A failure in words, with what to do about it."""
    return render("message.html", title=title, message=message)


def render_progress(text: str) -> str:
    """That work is going on."""
    return render("progress.html", text=text)


def render(template: str, **values: Any) -> str:
    """Gradio shows the page piece through a Markdown component, which leaves one line of HTML as it is."""
    html = _environment().get_template(template).render(note=words.NOTE, **values)
    return " ".join(line.strip() for line in html.splitlines() if line.strip())


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )


def _statement(assessment: Assessment) -> str:
    """The finding on one photograph in a sentence."""
    count = assessment.scars.count
    scars = {0: "No scar was found", 1: "One scar was found"}.get(count, f"{count} scars were found")
    area_cm2 = assessment.skin.area_cm2
    where = "" if area_cm2 is None else f" on {area_cm2:.0f} cm² of skin"
    burden_um = assessment.scars.burden_um
    burden = "" if burden_um is None or not count else f"; their burden is {burden_um:.0f} µm"
    return f"{scars}{where}{burden}."


def _facts(*assessments: Assessment) -> dict[str, str]:
    """Model, scale and camera, for the foot of the card; two scales or cameras only where they differ."""
    model = assessments[0].model
    return {
        "model": f"{model.name} {model.version} · {model.sha256[:8]}",
        "scale": _of_both([words.scale_words(one.scale) for one in assessments]),
        "taken": _of_both([words.taken_words(one.photo.provenance) for one in assessments]),
    }


def _of_both(words: list[str]) -> str:
    """What holds for both photographs once, what differs for each; empty where nothing is known."""
    if len(set(words)) == 1:
        return words[0]
    return "; ".join(f"{when} {word}" for when, word in zip(("before", "after"), words, strict=True) if word)
