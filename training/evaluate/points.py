"""Single scars marked as points on real photographs, in two passes: how far the passes agree, and what is found.

`points.json` lies beside this module and says who marked it and how. Lengths are millimetres at the assumed scale of
110 mm along the longer side, whatever scale the product settles on, so that a wrong scale does not widen the reach.
Scars lie close together, and points thrown at random hit many of them: read every figure beside its chance level.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from inference.measure.assessment import Assessment, ScarType
from inference.photo.scale import ASSUMED_LONG_SIDE_MM
from training.evaluate.matching import match
from training.evaluate.statistics import Interval, bootstrap

#: Two centres this close are taken for the same scar, as on rendered tiles.
REACH_MM = 3.0
#: Random placements behind a chance level; its error is then far below the spread over photographs.
_CHANCE_DRAWS = 50

Box = tuple[float, float, float, float]


class Mark(NamedTuple):
    """One scar. x, y, diameter: fractions of the photograph's longer side, from its top left corner.

    sure: False where the marker doubted that it is a scar.
    """

    x: float
    y: float
    diameter: float
    type: ScarType
    sure: bool = True


class PhotoPoints(BaseModel):
    """One photograph in one pass. areas: where all scars that can be seen are marked, and nothing outside."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    areas: tuple[Box, ...] = Field(min_length=1)
    points: tuple[Mark, ...]


class Pass(BaseModel):
    """All photographs marked once, by path relative to the folder of photographs. how: who marked, when, on what."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    how: str = ""
    photos: dict[str, PhotoPoints]


class Points(BaseModel):
    """points.json."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    note: str
    passes: tuple[Pass, ...] = Field(min_length=1)

    def pairs(self) -> list[tuple[str, Pass, Pass]]:
        """Every two passes, with a name such as "passes_1_2"."""
        numbered = enumerate(self.passes, start=1)
        return [(f"passes_{i}_{j}", a, b) for (i, a), (j, b) in combinations(numbered, 2)]


@dataclass(frozen=True, slots=True)
class Counts:
    """One photograph: marks held against asked-for scars, one to one within the reach.

    found, missed: of the scars asked for. false: marks that hit nothing, not even a doubtful scar. type_right: of
    the found ones.
    """

    found: float
    missed: float
    false: float
    type_right: float = 0.0


def read_points(path: Path | None = None) -> Points:
    """The passes, from the file beside this module. Raises FileNotFoundError, pydantic.ValidationError."""
    path = path or Path(__file__).with_name("points.json")
    return Points.model_validate_json(path.read_text(encoding="utf-8"))


def count(
    seen: Sequence[Mark],
    truth: Sequence[Mark],
    areas: Sequence[Box],
    reach_mm: float = REACH_MM,
    ask_doubtful: bool = False,
) -> Counts:
    """Atrophic marks against atrophic truth, both only where their centres lie inside `areas`.

    ask_doubtful: whether scars of which the marker was not sure are asked for. If not, they are neither missed nor
    false when hit; a mark that reaches both goes to the sure one first.
    """
    seen, truth = _counted(seen, areas), _counted(truth, areas)
    asked = [mark for mark in truth if mark.sure or ask_doubtful]
    excused = [mark for mark in truth if not (mark.sure or ask_doubtful)]
    pairs = match(_centres_mm(seen), _centres_mm(asked), reach_mm)
    hits = {i for i, _ in pairs}
    stray = [mark for i, mark in enumerate(seen) if i not in hits]
    false = len(stray) - len(match(_centres_mm(stray), _centres_mm(excused), reach_mm))
    right = sum(seen[i].type == asked[j].type for i, j in pairs)
    return Counts(len(pairs), len(asked) - len(pairs), false, right)


def chance(
    seen: Sequence[Mark],
    truth: Sequence[Mark],
    areas: Sequence[Box],
    reach_mm: float = REACH_MM,
    ask_doubtful: bool = False,
    seed: int = 0,
) -> Counts:
    """What as many marks as `seen` reach on average when they are thrown evenly into `areas`."""
    rng = np.random.default_rng(seed)
    number = len(_counted(seen, areas))
    draws = [
        count(_thrown(number, areas, rng), truth, areas, reach_mm, ask_doubtful) for _ in range(_CHANCE_DRAWS)
    ]
    return Counts(*(float(np.mean([getattr(c, name) for c in draws])) for name in Counts.__slots__))


def common(first: Pass, second: Pass) -> list[tuple[str, PhotoPoints, PhotoPoints]]:
    """Photographs that both passes mark. Raises ValueError where their areas differ."""
    both = [(name, first.photos[name], second.photos[name]) for name in first.photos if name in second.photos]
    for name, one, other in both:
        if one.areas != other.areas:
            raise ValueError(f"{name}: the passes mark different areas. Give both the same areas.")
    return both


def agreement_figures(first: Pass, second: Pass) -> dict[str, Interval]:
    """How far the passes agree, pooled, with bootstrap intervals over photographs.

    f1: of all points. sure_found: sure points of either pass that have a point, sure or not, in the other. chance:
    the F1 of the second pass thrown at random. shift_mm: median distance between points held for the same scar.
    """
    both = common(first, second)
    figures: dict[str, Interval] = {}
    for reach_mm in (REACH_MM, REACH_MM / 2):
        end = f"_{reach_mm:g}mm"
        counts = [count(b.points, a.points, a.areas, reach_mm, True) for _, a, b in both]
        thrown = [chance(b.points, a.points, a.areas, reach_mm, True) for _, a, b in both]
        sure = [_sure_found(a, b, reach_mm) for _, a, b in both]
        figures |= {
            f"f1{end}": bootstrap(counts, f1),
            f"f1_chance{end}": bootstrap(thrown, f1),
            f"sure_found{end}": bootstrap(sure, recall),
            f"type_right{end}": bootstrap(counts, type_right),
        }
    shifts = [_shifts_mm(a, b) for _, a, b in both]
    figures["shift_mm"] = bootstrap(shifts, _median)
    return figures


def agreement_rows(first: Pass, second: Pass) -> list[str]:
    """A line for each photograph: points of each pass, F1 within the reach, and by chance."""
    rows: list[str] = []
    for name, a, b in common(first, second):
        counts = count(b.points, a.points, a.areas, ask_doubtful=True)
        thrown = chance(b.points, a.points, a.areas, ask_doubtful=True)
        values = (
            f"{value:.2f}" if value is not None else "unknown" for value in (f1([counts]), f1([thrown]))
        )
        number = f"{len(a.points):3d} and {len(b.points):3d} points"
        rows.append(f"{name:22} {number}  F1 {'  by chance '.join(values)}")
    return rows


def marks_of(assessment: Assessment) -> tuple[Mark, ...]:
    """The lesions of an assessment as marks."""
    photo = assessment.photo
    size_px = photo.width_px, photo.height_px
    return sum((marks_at([(one.x_px, one.y_px, one.type)], size_px) for one in assessment.lesions), ())


def marks_at(
    found_px: Sequence[tuple[float, float, ScarType]],
    size_px: tuple[int, int],
) -> tuple[Mark, ...]:
    """Found lesions (x, y, type) in pixels of the oriented photograph, size_px (width, height), as marks."""
    # Fraction 0 is the left edge of the first pixel, whose centre lies at 0 px.
    return tuple(
        Mark((x + 0.5) / max(size_px), (y + 0.5) / max(size_px), 0.0, kind) for x, y, kind in found_px
    )


def score_found(
    found: dict[str, tuple[Mark, ...]], marked: Pass, ask_doubtful: bool = False, reach_mm: float = REACH_MM
) -> list[Counts]:
    """Found lesions of every photograph against one pass. Raises KeyError for a photograph without an entry."""
    return [
        count(found[name], photo.points, photo.areas, reach_mm, ask_doubtful)
        for name, photo in marked.photos.items()
    ]


def found_figures(found: dict[str, tuple[Mark, ...]], points: Points) -> dict[str, Interval]:
    """F1 and its parts against each pass and their mean, with bootstrap intervals over photographs.

    all: doubtful scars are asked for like sure ones. sure: they are neither missed nor false.
    """
    figures: dict[str, Interval] = {}
    for asked, ask_doubtful in (("all", True), ("sure", False)):
        by_pass = [score_found(found, marked, ask_doubtful) for marked in points.passes]
        for number, (counts, marked) in enumerate(zip(by_pass, points.passes, strict=True), start=1):
            end = f"_{asked}_pass_{number}"
            parts = (("f1", f1), ("precision", precision), ("recall", recall), ("type_right", type_right))
            figures |= {name + end: bootstrap(counts, part) for name, part in parts}
            thrown = [
                chance(found[name], photo.points, photo.areas, ask_doubtful=ask_doubtful)
                for name, photo in marked.photos.items()
            ]
            figures[f"f1_chance{end}"] = bootstrap(thrown, f1)
        together = list(zip(*by_pass, strict=True))
        figures[f"f1_{asked}_mean"] = bootstrap(together, _mean_f1)
    return figures


def f1(counts: Sequence[Counts]) -> float | None:
    """2 found / (2 found + missed + false) of the pooled counts; None without any."""
    found = sum(c.found for c in counts)
    return _ratio(2 * found, 2 * found + sum(c.missed + c.false for c in counts))


def precision(counts: Sequence[Counts]) -> float | None:
    """Marks that hit a scar asked for, of those and the false ones."""
    found = sum(c.found for c in counts)
    return _ratio(found, found + sum(c.false for c in counts))


def recall(counts: Sequence[Counts]) -> float | None:
    """Scars found, of those asked for."""
    found = sum(c.found for c in counts)
    return _ratio(found, found + sum(c.missed for c in counts))


def type_right(counts: Sequence[Counts]) -> float | None:
    """Found scars that have the same type on both sides."""
    return _ratio(sum(c.type_right for c in counts), sum(c.found for c in counts))


def _mean_f1(together: Sequence[tuple[Counts, ...]]) -> float | None:
    values = [f1(counts) for counts in zip(*together, strict=True)]
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def _sure_found(first: PhotoPoints, second: PhotoPoints, reach_mm: float) -> Counts:
    one = count(second.points, first.points, first.areas, reach_mm)
    other = count(first.points, second.points, first.areas, reach_mm)
    return Counts(one.found + other.found, one.missed + other.missed, 0.0)


def _shifts_mm(first: PhotoPoints, second: PhotoPoints) -> NDArray[np.float64]:
    a, b = (_centres_mm(_counted(photo.points, first.areas)) for photo in (first, second))
    return np.array([float(np.linalg.norm(a[i] - b[j])) for i, j in match(a, b, REACH_MM)], np.float64)


def _median(shifts: Sequence[NDArray[np.float64]]) -> float | None:
    together = np.concatenate(list(shifts)) if shifts else np.zeros(0)
    return float(np.median(together)) if together.size else None


def _counted(marks: Sequence[Mark], areas: Sequence[Box]) -> list[Mark]:
    boxes = np.array(areas)
    inside = [((boxes[:, :2] <= m[:2]) & (m[:2] <= boxes[:, 2:])).all(axis=1).any() for m in marks]
    return [mark for mark, kept in zip(marks, inside, strict=True) if kept and mark.type != "raised"]


def _thrown(number: int, areas: Sequence[Box], rng: np.random.Generator) -> list[Mark]:
    """Marks evenly over the areas, which must not overlap. The type says nothing."""
    boxes = np.array(areas)
    sizes = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    chosen = boxes[rng.choice(len(boxes), number, p=sizes / sizes.sum())]
    places = rng.uniform(chosen[:, :2], chosen[:, 2:])
    return [Mark(float(x), float(y), 0.0, "boxcar") for x, y in places]


def _centres_mm(marks: Sequence[Mark]) -> NDArray[np.float64]:
    return np.array([(mark.x, mark.y) for mark in marks], np.float64).reshape(-1, 2) * ASSUMED_LONG_SIDE_MM


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None
