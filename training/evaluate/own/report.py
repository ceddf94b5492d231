"""One evaluation as a whole, and as it is stored."""

from dataclasses import asdict, dataclass
from typing import Any

from training.evaluate.own.closeness import Compared
from training.evaluate.own.figures import REACH_MM
from training.evaluate.own.labels import SPECK_MM
from training.evaluate.own.paired import Tested
from training.evaluate.own.results import Group, OfBundle, PhotoFacts


@dataclass(frozen=True, slots=True)
class BundleFacts:
    """Which bundle; sha256 of model.onnx."""

    name: str
    version: str
    sha256: str

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


@dataclass(frozen=True, slots=True)
class Report:
    """Everything. old, against: None where one bundle was evaluated by itself. notes: what must be read first.

    failed: reason by photograph. not_given: scales that raters graded and the product does not give.
    """

    dataset: str
    side: str
    patients: int
    unlabelled: int
    draws: int
    bundle: BundleFacts
    against: BundleFacts | None
    notes: tuple[str, ...]
    new: OfBundle
    old: OfBundle | None
    tests: tuple[Tested, ...]
    groups: tuple[Group, ...]
    raters: tuple[Compared, ...]
    photographs: tuple[PhotoFacts, ...]
    failed: dict[str, str]
    not_given: tuple[str, ...]

    @property
    def title(self) -> str:
        """What was evaluated on what."""
        return f"{self.bundle} on {self.dataset}, {self.side}"


def facts(report: Report) -> str:
    """One sentence: how many photographs, of whom, measured at which scale."""
    sources = sorted({one.scale_source for one in report.photographs})
    scale = ", ".join(f"{sum(p.scale_source == s for p in report.photographs)} {s}" for s in sources)
    unfit = sum(not one.usable for one in report.photographs)
    poor = (
        f" {unfit} are not fit to be measured by the product's own checks, and count all the same."
        if unfit
        else ""
    )
    bare = f" {report.unlabelled} without labels are left out." if report.unlabelled else ""
    specks = sum(one.specks or 0.0 for one in report.photographs)
    narrow = (
        f" {specks:.0f} patches under {SPECK_MM:g} mm are taken for slips of the brush."
        if specks >= 0.5
        else ""
    )
    return (
        f"{len(report.photographs)} photographs of {report.patients} patients. Scale: {scale}.{poor}{bare} "
        f"Scars count as found within {REACH_MM:g} mm at that scale.{narrow}"
    )


def as_dict(report: Report) -> dict[str, Any]:
    """labels.json. Lengths, areas and grades are in the unit that stands beside each figure; shares run from 0 to 1."""
    content = asdict(report)
    for test, stored in zip(report.tests, content["tests"], strict=True):
        stored["sentence"] = test.sentence
    content["units"] = {
        "mm_per_px": "mm per pixel of the upright photograph",
        "ita_deg": "degrees",
        "reach_mm": REACH_MM,
        "froc.points": [
            "confidence",
            "false marks a photograph",
            "false marks per cm2",
            "share of scars found",
        ],
        "reliability": "said: mean probability, true: share, n: pixels of the working picture, or marks",
    }
    return {"schema_version": "1.0", **content}
