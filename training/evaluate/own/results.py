"""All figures of an evaluation, made from the sums of its photographs."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from inference.network.maps import TYPES
from training.evaluate.own.closeness import Compared, compare_raters
from training.evaluate.own.curves import Bin, Froc, froc_of, reliability_of
from training.evaluate.own.figures import (
    ANY_SCAR,
    calibration_figures,
    count_figures,
    coverage_figures,
    dice_figures,
    grade_figures,
    lesion_figures,
    type_figures,
)
from training.evaluate.own.paired import Tested, corrected, difference
from training.evaluate.own.sums import Estimate, Figure, Record, estimate
from training.labels.tone import TONES, tone_of

#: Photographs below which a group's figures are marked as too few.
FEW = 5
UNKNOWN = "unknown"
#: Figures that are broken down by groups, besides the mean absolute error of each scale.
_MAIN = (
    f"dice, {ANY_SCAR}, pooled",
    "lesions, F1",
    "lesions, recall",
    "lesions, precision",
    "lesions, type accuracy",
    "count, all, bias",
    "count, all, mean absolute difference",
    "image type, accuracy",
    "pixels, ECE",
)
#: Figures whose intervals are asked for, besides those of the scales.
_INTERVALS = {"scars.area_fraction", "scars.density_per_cm2"}
#: Figures that two bundles are tested by, and whether more is better.
_TESTED = {
    "lesions, F1": True,
    f"dice, {ANY_SCAR}, pooled": True,
    "count, all, mean absolute difference": False,
}


@dataclass(frozen=True, slots=True)
class PhotoFacts:
    """One photograph: what it is, and how it went. f1, dice: of any scar; recall: where only some are
    labelled. specks: patches of the labels that are too narrow to be asked for."""

    photo_id: str
    patient_id: str
    device: str
    skin_tone: str
    ita_deg: float | None
    mm_per_px: float
    scale_source: str
    usable: bool
    f1: float | None
    dice: float | None
    recall: float | None
    found: float | None
    missed: float | None
    false: float | None
    specks: float | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """A figure with its name in plain words."""

    title: str
    estimate: Estimate


@dataclass(frozen=True, slots=True)
class OfBundle:
    """What was measured of one bundle. figures: by name. confusion: label -> machine -> photographs."""

    figures: dict[str, Told]
    froc: Froc | None
    pixels: tuple[Bin, ...]
    confidence: tuple[Bin, ...]
    confusion: dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True)
class Group:
    """Photographs of one skin tone or device. is_small: too few to be read as a result."""

    kind: str
    name: str
    photographs: int
    patients: int
    is_small: bool
    figures: dict[str, Told]


def figures_of(records: Sequence[Record]) -> list[Figure]:
    """All figures, those that nothing is known of too. Scales, types and intervals are those of the records."""
    groups = list(dict.fromkeys(group for record in records for group in record.sums))
    scales = sorted(group.removeprefix("grade, ") for group in groups if group.startswith("grade, "))
    covered = {group.removeprefix("coverage, ") for group in groups if group.startswith("coverage, ")}
    return [
        *dice_figures(),
        *lesion_figures(),
        *count_figures(),
        *(figure for scale in scales for figure in grade_figures(scale)),
        *type_figures(_commonest(records)),
        *calibration_figures(),
        *coverage_figures(sorted(covered | _INTERVALS)),
    ]


def _commonest(records: Sequence[Record]) -> str | None:
    totals: defaultdict[str, float] = defaultdict(float)
    for record in records:
        for part, value in record.sums.get("image type", {}).items():
            if part.startswith("label "):
                totals[part.removeprefix("label ")] += value
    return max(sorted(totals), key=lambda name: totals[name]) if totals else None


def of_bundle(records: Sequence[Record], draws: int) -> OfBundle:
    """Everything that is told of one bundle by itself."""
    return OfBundle(
        {one.name: Told(one.title, _estimate(records, one, draws)) for one in figures_of(records)},
        froc_of(records, draws),
        reliability_of(records, "pixels"),
        reliability_of(records, "confidence"),
        _confusion(records),
    )


def _estimate(records: Sequence[Record], figure: Figure, draws: int) -> Estimate:
    """As `estimate`; the number of scars of a type that nobody labelled or marked is no agreement on it."""
    if figure.group.startswith("count, "):
        known = [record.sums[figure.group] for record in records if figure.group in record.sums]
        if known and not any(parts["machine"] or parts["label"] for parts in known):
            return Estimate(
                None, photographs=len(known), unit=figure.unit, why="no such scar is labelled or marked"
            )
    return estimate(records, figure, draws)


def groups_of(records: Sequence[Record], facts: Sequence[PhotoFacts], draws: int) -> list[Group]:
    """By skin tone, lightest first, and by device; what is unknown is a group."""
    main = [one for one in figures_of(records) if one.name in _MAIN or one.name.endswith(", MAE")]
    tones = [*(name for name, _ in TONES), UNKNOWN]
    of_tone = {one.photo_id: one.skin_tone for one in facts}
    of_device = {one.photo_id: one.device for one in facts}
    return [
        _group(kind, name, [one for one in records if named[one.photo_id] == name], main, draws)
        for kind, named, order in (
            ("skin tone", of_tone, tones),
            ("device", of_device, sorted({*of_device.values()})),
        )
        for name in order
        if name in named.values()
    ]


def _group(kind: str, name: str, records: Sequence[Record], main: Sequence[Figure], draws: int) -> Group:
    figures = {one.name: Told(one.title, estimate(records, one, draws)) for one in main}
    patients = len({record.patient_id for record in records})
    return Group(kind, name, len(records), patients, len(records) < FEW, figures)


def tone(ita_deg: float | None) -> str:
    """Name of the skin tone, or unknown."""
    return UNKNOWN if ita_deg is None else tone_of(ita_deg)


def tests_of(new: Sequence[Record], old: Sequence[Record], draws: int) -> list[Tested]:
    """Both bundles on the same photographs. Figures of which nothing is known are not tested."""
    figures = [one for one in figures_of(new) if one.name in _TESTED or one.name.endswith(", MAE")]
    tests = [difference(new, old, one, draws, _TESTED.get(one.name, False)) for one in figures]
    return corrected([one for one in tests if one.difference.photographs])


def raters_of(records: Sequence[Record], draws: int) -> list[Compared]:
    """Each rater and the machine against the other raters."""
    return compare_raters(records, draws)


def _confusion(records: Sequence[Record]) -> dict[str, dict[str, float]]:
    found: defaultdict[str, dict[str, float]] = defaultdict(lambda: dict.fromkeys(TYPES, 0.0))
    for record in records:
        for part, value in record.sums.get("image type", {}).items():
            label, said, machine = part.partition(" said ")
            if said:
                found[label][machine] += value
    return {label: found[label] for label in TYPES if label in found}
