"""Pairs that are no pair, which must be refused, and true pairs, which must not be."""

import logging
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inference.change.identity import is_mirrored
from inference.change.register import align
from inference.face.find import FaceFinder
from inference.measure.assessment import Evidence
from training.evaluate.change.known import evidence_of, known_pairs
from training.render.canvas import Canvas, load_canvas, person_number

log = logging.getLogger(__name__)

#: A cheek's close-up, by the distance of the pupils from their middle: outer, inner, upper and lower edge.
CHEEK = (0.95, 0.25, 0.3, 1.15)
#: Points of the `.tem` files on the pupils, the one at smaller x first.
PUPILS = (0, 1)


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """A pair and what is true of it. kind: in words. same: whether both show the same skin the right way round."""

    kind: str
    same: bool
    before: Evidence
    after: Evidence
    mirrored: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What `align` said of a pair; named: a mirrored one was named so."""

    kind: str
    same: bool
    refused: bool
    reason: str | None
    named: bool | None = None


def wrong_and_right_pairs(faces: Path | None, pairs: int, patients: int, seed: int) -> Iterator[Asked]:
    """Wrong and true pairs of rendered skin, and of the London faces where `faces` is given, `pairs` of each kind."""
    yield from _rendered(patients, seed)
    if faces is not None:
        yield from _london(faces / "london", pairs, seed)


def _rendered(patients: int, seed: int) -> Iterator[Asked]:
    previous: Evidence | None = None
    for pair in known_pairs(seed, patients, None):
        yield Asked(f"rendered close-ups, {pair.kind.split(', ')[1]}", True, pair.before, pair.after)
        if pair.name.endswith(".1"):
            if previous is not None:
                yield Asked("rendered close-ups, two people", False, previous, pair.after)
            yield Asked("rendered close-ups, mirrored", False, pair.before, flipped(pair.after), True)
            previous = pair.before


def _london(folder: Path, count: int, seed: int) -> Iterator[Asked]:
    files = sorted((folder / "neutral").glob("*.jpg"))
    finder = FaceFinder() if FaceFinder.available() else None
    order = np.random.default_rng(seed).permutation(len(files))[:count]
    canvases: dict[int, Canvas] = {}
    shots: dict[int, Evidence] = {}
    for k in order.tolist():
        canvas = load_canvas(files[k])
        smiling = load_canvas(folder / "smiling" / files[k].name)
        one, two = (seen(c.rgb, c.label == 1, c.px_per_mm, finder) for c in (canvas, smiling))
        yield Asked("London, neutral and smiling", True, one, two)
        turned = seen(two.rgb[:, ::-1], two.skin[:, ::-1], smiling.px_per_mm, finder)
        yield Asked("London, smiling mirrored", False, one, turned, True)
        yield from _cheeks(canvas, smiling)
        for other in list(shots)[-1:]:
            if person_number(files[other]) != person_number(files[k]):
                yield Asked("London, two people", False, shots[other], two)
                yield Asked("London cheeks, two people", False, cheek(canvases[other], 1), cheek(smiling, 1))
        canvases, shots = {k: canvas}, {k: one}


def _cheeks(neutral: Canvas, smiling: Canvas) -> Iterator[Asked]:
    left, right = cheek(neutral, -1), cheek(neutral, 1)
    yield Asked("London cheeks, neutral and smiling", True, left, cheek(smiling, -1))
    yield Asked("London cheeks, left and right", False, left, right)
    yield Asked("London cheeks, left and right mirrored", False, left, flipped(right))
    yield Asked("London cheeks, smiling mirrored", False, left, flipped(cheek(smiling, -1)), True)


def seen(
    rgb: NDArray[np.uint8], skin: NDArray[np.bool_], px_per_mm: float, finder: FaceFinder | None
) -> Evidence:
    """A photograph with its skin and its face."""
    whole = np.ascontiguousarray(rgb)
    evidence = evidence_of(whole, np.ascontiguousarray(skin), px_per_mm)
    return evidence if finder is None else replace(evidence, face=finder.find(whole))


def cheek(canvas: Canvas, side: int) -> Evidence:
    """The close-up of one cheek, at the left (-1) or right (1) of the picture. Raises ValueError without points."""
    if canvas.points is None:
        raise ValueError(f"{canvas.name} has no points")
    one, two = (canvas.points[k] for k in PUPILS)
    middle, unit = (one + two) / 2, float(np.hypot(*(two - one)))
    outer, inner, upper, lower = CHEEK
    x0, x1 = sorted((middle[0] + side * outer * unit, middle[0] + side * inner * unit))
    y0, y1 = middle[1] + upper * unit, middle[1] + lower * unit
    part = (slice(max(round(y0), 0), round(y1)), slice(max(round(x0), 0), round(x1)))
    rgb, skin = (np.ascontiguousarray(plane[part]) for plane in (canvas.rgb, canvas.label == 1))
    return evidence_of(rgb, skin, canvas.px_per_mm)


def flipped(evidence: Evidence) -> Evidence:
    """Left and right exchanged, without the face that was found before."""
    rgb, skin = (np.ascontiguousarray(plane[:, ::-1]) for plane in (evidence.rgb, evidence.skin))
    return replace(evidence, rgb=rgb, skin=skin, face=None)


def judge_pairs(pairs: Iterable[Asked]) -> list[Answer]:
    """What is said of each pair, logged as it is said."""
    answers: list[Answer] = []
    for pair in pairs:
        reason = align(pair.before, pair.after).reason
        named = is_mirrored(pair.before, pair.after) if pair.mirrored and reason is not None else None
        answers.append(Answer(pair.kind, pair.same, reason is not None, reason, named))
        log.info("%s: %s", pair.kind, reason or "aligned")
    return answers


def report(answers: Sequence[Answer]) -> list[str]:
    """Lines to print: share refused by kind, and the reasons."""
    kinds: dict[tuple[bool, str], list[Answer]] = defaultdict(list)
    for answer in answers:
        kinds[answer.same, answer.kind].append(answer)
    width = max(len(kind) for _, kind in kinds)
    lines: list[str] = []
    for same, title in ((False, "wrong pairs, to be refused"), (True, "true pairs, not to be refused")):
        lines += ["", f"{title:{width}}{'pairs':>7}{'refused':>9}{'share':>8}"]
        of_all = [a for a in answers if a.same == same]
        rows = [(kind, group) for (key, kind), group in kinds.items() if key == same]
        lines += [_row(kind, group, width) for kind, group in [*rows, ("all", of_all)] if group]
    mirrored = [a.named for a in answers if a.named is not None]
    if mirrored:
        lines += [
            "",
            f"mirrored pairs that were refused and named as mirrored: {sum(mirrored)} of {len(mirrored)}",
        ]
    reasons = Counter((a.same, a.reason) for a in answers if a.refused)
    lines += [
        f"{count:4d} {'true' if same else 'wrong'}: {reason}"
        for (same, reason), count in reasons.most_common()
    ]
    return lines[1:]


def _row(kind: str, group: Sequence[Answer], width: int) -> str:
    refused = sum(a.refused for a in group)
    return f"{kind:{width}}{len(group):7d}{refused:9d}{refused / len(group):8.1%}"
