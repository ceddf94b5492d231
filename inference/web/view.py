"""Results as pieces of page: what is shown is chosen here, how it looks is in templates/ and static/."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from numpy.typing import NDArray

from inference.change.comparison import Comparison
from inference.measure.assessment import Assessment, Evidence, ScarType
from inference.report import words
from inference.report.overlay import DEEPER_COLOUR, FILLED_COLOUR, FULL_UM, QUIET_UM, change_layer
from inference.report.pictures import Shown, changed_most
from inference.report.rows import (
    assessment_rows,
    fates,
    figure_rows,
    findings,
    grade_rows,
    improvement,
    legend,
    region_rows,
)
from inference.web.drawing import Picture, jpeg_picture, png_picture, svg_outlines

_TEMPLATES = Path(__file__).parent / "templates"
#: Side of a close look at one scar: twice the size at which it is shown.
CLOSE_LOOK_PX = 160


def render_comparison(
    comparison: Comparison, shown: Shown, titles: tuple[str, str] = ("Before", "After")
) -> str:
    """The comparison as HTML on one line, with the pictures `shown`, as `display_pair` makes them.

    Both assessments carry evidence, as `compare` returns them.
    """
    before, after = comparison.before, comparison.after
    rows = figure_rows(comparison.metrics)
    return render(
        "comparison.html",
        pictures=_pair_pictures(comparison, shown),
        closest=_close_looks(comparison, shown),
        titles=titles,
        legend=legend(before, after),
        change_scale=_change_scale(),
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
        improvement=improvement(comparison),
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
        outlines=svg_outlines(_evidence(assessment).label, "only"),
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


def render_header(model_name: str) -> str:
    """The bar on top."""
    return render("header.html", model_name=model_name)


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


@dataclass(frozen=True, slots=True)
class Pair:
    """What the picture card shows. `change` is None where the two photographs could not be laid over."""

    before: Picture
    after: Picture
    before_outlines: Markup
    after_outlines: Markup
    change: Picture | None


def _pair_pictures(comparison: Comparison, shown: Shown) -> Pair:
    pair = comparison.pair
    before_label = _evidence(comparison.before).label if pair is None else pair.before_label
    after_label = _evidence(comparison.after).label if pair is None else pair.after_label
    return Pair(
        before=jpeg_picture(shown[0]),
        after=jpeg_picture(shown[1]),
        before_outlines=svg_outlines(before_label, "before"),
        after_outlines=svg_outlines(after_label, "after"),
        change=None if pair is None else png_picture(change_layer(pair)),
    )


@dataclass(frozen=True, slots=True)
class CloseLook:
    """One scar before and after, and how its relief changed, in words."""

    type: ScarType
    before: Picture
    after: Picture
    text: str


def _close_looks(comparison: Comparison, shown: Shown) -> list[CloseLook]:
    if not comparison.comparable.usable:
        return []
    return [
        CloseLook(
            type=scar.type,
            before=jpeg_picture(scar.before, CLOSE_LOOK_PX),
            after=jpeg_picture(scar.after, CLOSE_LOOK_PX),
            text=f"{abs(scar.change_um):.0f} µm {'shallower' if scar.change_um > 0 else 'deeper'}",
        )
        for scar in changed_most(comparison, shown)
    ]


def _evidence(assessment: Assessment) -> Evidence:
    if assessment.evidence is None:
        raise ValueError("an assessment without pictures cannot be shown: score the photograph again")
    return assessment.evidence


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


def _change_scale() -> dict[str, str]:
    """Ends of the change map's legend."""
    return {
        "deeper": DEEPER_COLOUR,
        "filled": FILLED_COLOUR,
        "quiet": f"{QUIET_UM:.0f}",
        "full": f"{FULL_UM:.0f}",
    }
