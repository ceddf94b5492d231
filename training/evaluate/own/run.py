"""Every photograph of a set through one bundle or two, and what they leave: sums, facts, the worst pictures."""

import heapq
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from tqdm import tqdm

from data.errors import DatasetError
from data.labelled import LabelledSet
from data.manifest import ManifestRow
from inference.check import Instruments
from inference.errors import PhotoError
from inference.network.bundle import Bundle
from inference.network.session import Network
from training.evaluate.own.figures import ANY_SCAR, dice, f1, recall
from training.evaluate.own.held import Sums, held
from training.evaluate.own.labels import Asked, Labels, Said, asked_of
from training.evaluate.own.machine import Machine, look
from training.evaluate.own.pictures import SideBySide, side_by_side
from training.evaluate.own.raters import rater_sums
from training.evaluate.own.results import UNKNOWN, PhotoFacts, tone
from training.evaluate.own.sums import Figure, Parts, Record, Values, rows_of, value_of

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Bad:
    """A photograph that went badly. rater: whose label is drawn."""

    facts: PhotoFacts
    rater: str
    drawn: SideBySide


@dataclass(slots=True)
class Seen:
    """What is left of the photographs. failed: reason by photograph. unasked: scales that the product does not give."""

    new: list[Record] = field(default_factory=list)
    old: list[Record] = field(default_factory=list)
    facts: list[PhotoFacts] = field(default_factory=list)
    worst: list[Bad] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    not_given: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Measure:
    """How it is looked at. all_marked: boxes and points stand for all scars of their photographs. mm_per_px: of
    photographs whose manifest says none; None leaves it to the product. worst: pictures to keep."""

    all_marked: bool = False
    mm_per_px: float | None = None
    worst: int = 12
    threads: int = 1


def run(
    labelled: LabelledSet,
    photos: dict[str, ManifestRow],
    bundles: Sequence[Bundle],
    measure: Measure,
) -> Seen:
    """One photograph after the other; none is kept. bundles: the one in question and, where asked for, the other.

    A photograph that cannot be read, or whose mask does not fit it, is named in `failed`. Raises BundleError.
    """
    instruments = [Instruments(Network(bundle, measure.threads)) for bundle in bundles]
    labels, asked = Labels(labelled, measure.all_marked), asked_of(labelled)
    seen, worst = Seen(), _Worst(measure.worst)
    for photo_id, row in tqdm(photos.items(), desc="photographs", unit="photo"):
        path, scale = labelled.folder / row.image, row.mm_per_px or measure.mm_per_px
        try:
            _one(row, path, scale, instruments, labels, asked, seen, worst)
        except (PhotoError, DatasetError) as error:
            _log.warning("%s left out: %s", photo_id, error)
            seen.failed[photo_id] = str(error)
    seen.worst = worst.sorted()
    return seen


def _one(
    row: ManifestRow,
    path: Path,
    scale: float | None,
    instruments: Sequence[Instruments],
    labels: Labels,
    asked: Asked,
    seen: Seen,
    worst: "_Worst",
) -> None:
    machines = [look(path, one, scale) for one in instruments]
    photo = machines[0].assessment.photo
    said = labels.of(row.photo_id, (photo.height_px, photo.width_px))
    sums = held(said, machines[0], asked)
    seen.new.append(Record(row.photo_id, row.patient_id, sums | rater_sums(said, machines[0], asked)))
    if len(machines) > 1:
        seen.old.append(Record(row.photo_id, row.patient_id, held(said, machines[1], asked)))
    facts = facts_of(row, machines[0], sums)
    seen.facts.append(facts)
    seen.not_given |= {scale for one in said for scale in one.grades} - set(machines[0].assessment.scales)
    drawn = next((one for one in said if one.scars is not None), None)
    if drawn is not None:
        worst.offer(facts, lambda: _bad(facts, drawn, machines[0], asked))


def _bad(facts: PhotoFacts, said: Said, machine: Machine, asked: Asked) -> Bad:
    return Bad(facts, said.rater, side_by_side(said, machine, asked))


def facts_of(row: ManifestRow, machine: Machine, sums: Sums) -> PhotoFacts:
    """device: the manifest's, else the camera that the file names."""
    assessment = machine.assessment
    lesions = sums.get("lesions", {})
    record = Record(row.photo_id, row.patient_id, sums)

    def of(group: str, function: Callable[[Parts], Values]) -> float | None:
        return value_of(rows_of([record], group), Figure(group, group, group, function))

    ita_deg = assessment.pigment.ita_deg
    return PhotoFacts(
        photo_id=row.photo_id,
        patient_id=row.patient_id,
        device=row.device or assessment.photo.provenance.camera or UNKNOWN,
        skin_tone=tone(ita_deg),
        ita_deg=ita_deg,
        mm_per_px=assessment.scale.mm_per_px,
        scale_source=assessment.scale.source,
        usable=assessment.quality.usable,
        f1=of("lesions", f1),
        dice=of(f"dice, {ANY_SCAR}", dice),
        recall=of("marked", recall),
        found=lesions.get("found"),
        missed=lesions.get("missed"),
        false=lesions.get("false"),
        specks=sums.get("specks", {}).get("n"),
    )


class _Worst:
    """Keeps the pictures of so many photographs, worst by F1, then by Dice, then by the number of mistakes."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._heap: list[tuple[tuple[float, float, float], int, Bad]] = []
        self._number = count()

    def offer(self, facts: PhotoFacts, draw: Callable[[], Bad]) -> None:
        """Draws the photograph only where it is among the worst so far; one on which nothing can go wrong is not."""
        if facts.f1 is None and facts.dice is None and facts.recall is None:
            return
        score = facts.f1 if facts.f1 is not None else facts.recall
        mistakes = (facts.missed or 0.0) + (facts.false or 0.0)
        goodness = (2.0 if score is None else score, 2.0 if facts.dice is None else facts.dice, -mistakes)
        key = (-goodness[0], -goodness[1], -goodness[2])
        if self._most and (len(self._heap) < self._most or key > self._heap[0][0]):
            push = heapq.heappush if len(self._heap) < self._most else heapq.heapreplace
            push(self._heap, (key, next(self._number), draw()))

    def sorted(self) -> list[Bad]:
        """The worst first."""
        return [bad for _, _, bad in sorted(self._heap, key=lambda kept: kept[0], reverse=True)]
