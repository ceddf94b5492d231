"""How the figures of a report came about, and what limits them."""

from collections.abc import Callable, Sequence

from inference.change.comparison import Comparison
from inference.measure.assessment import Assessment
from inference.photo.photo import QualityIssue
from inference.report import words
from inference.report.document import Block, Facts

_SEVERITY = {"reject": "Not usable", "warning": "Mind", "note": "Note"}
_ERROR = (
    "The error of each figure (SEM) was learnt from pairs of photographs of unchanged skin and adjusted to this pair's "
    "light, sharpness, resolution and area. A change is called only beyond MDC95 = 1.96 × √2 × SEM, with a factor that "
    "keeps 95 % of unchanged pairs within it. Where no error is known, no verdict is given."
)
_ADAPTED = (
    "Clinical scales are adapted to photographs: they are estimated from counts, types and depths of the outlined "
    "scars on the skin that was photographed."
)
_COLOURS = {
    "chart": "corrected by a 24-patch chart, mean error {:.1f} ΔE00",
    "sheet": "made alike by the printed sheet, mean error {:.1f} ΔE00",
    "none": "as the camera made them; absolute colour figures are uncalibrated",
}


def method_blocks(titled: Sequence[tuple[str, Assessment]], comparisons: Sequence[Comparison]) -> list[Block]:
    """Methods for the photographs, each under its title, and for the comparisons with the first of them."""
    first = titled[0][1]
    rows: list[tuple[str, str]] = [
        ("Intended use", words.NOTE),
        ("Scales", _ADAPTED),
        ("Measurement error", _ERROR),
    ]
    models = dict.fromkeys(f"{a.model.name} {a.model.version}, SHA-256 {a.model.sha256}" for _, a in titled)
    rows.append(("Model", "; ".join(models)))
    rows += [("Length scale" + when, text) for when, text in _shared(titled, _scale)]
    rows += [("Colours" + when, text) for when, text in _shared(titled, _colours)]
    rows.append(("Alignment", _alignment([title for title, _ in titled[1:]], comparisons)))
    methods = {
        words.GRADES.get(name, name): value.method for name, value in first.scales.items() if value.method
    }
    return [
        Facts("Methods", tuple(rows)),
        Facts("Quality of the photographs", tuple(_quality(titled, comparisons))),
        Facts("How each scale is adapted", tuple(methods.items())),
        Facts("Photographs", tuple((title, _photograph(one)) for title, one in titled)),
    ]


def _shared(
    titled: Sequence[tuple[str, Assessment]], say: Callable[[Assessment], str]
) -> list[tuple[str, str]]:
    """What holds for all photographs once, what differs for each."""
    said = [(title, say(one)) for title, one in titled]
    if len({text for _, text in said}) == 1:
        return [("", said[0][1])]
    return [(f", {title}", text) for title, text in said]


def _scale(one: Assessment) -> str:
    area = "" if one.skin.area_cm2 is None else f"; {one.skin.area_cm2:.0f} cm² of skin assessed"
    return words.bound(words.scale_words(one.scale) + area)


def _colours(one: Assessment) -> str:
    return _COLOURS[one.pigment.calibration].format(one.pigment.calibration_de00 or float("nan"))


def _alignment(titles: Sequence[str], comparisons: Sequence[Comparison]) -> str:
    """How the photographs were laid over the first, and how well."""
    said: list[str] = []
    for title, comparison in zip(titles, comparisons, strict=True):
        found = comparison.registration
        if not found.usable or found.residual_mm is None or found.overlap_fraction is None:
            said.append(f"{title}: could not be laid over")
            continue
        overlap = words.bound(f"{100 * found.overlap_fraction:.0f} %")
        said.append(f"{title}: to {max(found.residual_mm, 0.01):.2f} mm, {overlap} overlap")
    methods = "; ".join(dict.fromkeys(comparison.registration.method for comparison in comparisons))
    return f"{methods}. {'; '.join(said)}."


def _quality(
    titled: Sequence[tuple[str, Assessment]], comparisons: Sequence[Comparison]
) -> list[tuple[str, str]]:
    """What was found about each photograph and each pair; said once where it is the same."""
    found: dict[str, list[str]] = {}
    for title, one in titled:
        text = f"{one.quality.score:.0f} of 100. {_issues(one.quality.issues)}".strip()
        found.setdefault(text, []).append(title)
    of_pairs: dict[str, list[str]] = {}
    for (title, _), comparison in zip(titled[1:], comparisons, strict=True):
        single = {issue.code for one in (comparison.before, comparison.after) for issue in one.quality.issues}
        own = [issue for issue in comparison.comparable.issues if issue.code not in single]
        if own:
            of_pairs.setdefault(_issues(own), []).append(title)
    rows = [(", ".join(titles), text) for text, titles in found.items()]
    return rows + [(f"{', '.join(titles)} against the first", text) for text, titles in of_pairs.items()]


def _issues(issues: Sequence[QualityIssue]) -> str:
    ordered = sorted(issues, key=lambda issue: words.SEVERITIES.index(issue.severity))
    return " ".join(f"{_SEVERITY[issue.severity]}: {issue.message}" for issue in ordered)


def _photograph(one: Assessment) -> str:
    photo = one.photo
    taken = words.taken_words(photo.provenance)
    size = f"{photo.width_px} × {photo.height_px} pixels"
    return ", ".join(filter(None, (photo.file, taken, size, f"SHA-256 {photo.sha256}")))
