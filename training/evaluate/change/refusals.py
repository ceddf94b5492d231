"""Pairs that are no pair, which must be refused, and true pairs, which must not be."""

import logging
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.change.identity import is_mirrored
from inference.change.register import align
from inference.face.find import FaceFinder
from inference.face.regions import excluded_map
from inference.measure.assessment import Evidence
from training.evaluate.change.known_maps import evidence_of, known_pairs
from training.render.canvas import PUPIL_DISTANCE_MM

log = logging.getLogger(__name__)

#: A cheek's close-up, by the distance of the pupils from their middle: outer, inner, upper and lower edge.
CHEEK = (0.95, 0.25, 0.3, 1.15)
#: Mesh points at the corners of both eyes.
EYE_CORNERS = (33, 133, 362, 263)


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
    finder = FaceFinder()
    files = sorted((folder / "neutral").glob("*.jpg"))
    previous: tuple[Evidence, Evidence] | None = None
    for k in np.random.default_rng(seed).permutation(len(files))[:count].tolist():
        rgb = [_read(path) for path in (files[k], folder / "smiling" / files[k].name)]
        found = [seen(picture, finder) for picture in (*rgb, np.ascontiguousarray(rgb[1][:, ::-1]))]
        one, two, turned = found
        if one is None or two is None or turned is None:
            log.warning("%s: no face was found", files[k].name)
            continue
        yield Asked("London, neutral and smiling", True, one, two)
        yield Asked("London, smiling mirrored", False, one, turned, True)
        yield from _cheeks(one, two)
        if previous is not None:
            yield Asked("London, two people", False, previous[0], two)
            yield Asked("London cheeks, two people", False, cheek(previous[0], 1), cheek(two, 1))
        previous = one, two


def _cheeks(neutral: Evidence, smiling: Evidence) -> Iterator[Asked]:
    left, right = cheek(neutral, -1), cheek(neutral, 1)
    yield Asked("London cheeks, neutral and smiling", True, left, cheek(smiling, -1))
    yield Asked("London cheeks, left and right", False, left, right)
    yield Asked("London cheeks, left and right mirrored", False, left, flipped(right))
    yield Asked("London cheeks, smiling mirrored", False, left, flipped(cheek(smiling, -1)), True)


def _read(path: Path) -> NDArray[np.uint8]:
    return np.ascontiguousarray(np.asarray(cv2.imread(str(path), cv2.IMREAD_COLOR))[..., ::-1], np.uint8)


def seen(rgb: NDArray[np.uint8], finder: FaceFinder) -> Evidence | None:
    """A photograph with its face and the skin within it; None without a face. Its scale is that of mean pupils."""
    face = finder.find(rgb)
    if face is None:
        return None
    skin = np.zeros(rgb.shape[:2], np.uint8)
    outline = cv2.convexHull(np.ascontiguousarray(face.points_px[:, :2]))
    cv2.fillConvexPoly(skin, np.rint(outline).astype(np.int32), 1)
    inside = (skin > 0) & ~excluded_map(face, rgb.shape[:2], 1.0)
    return replace(evidence_of(rgb, inside, face.pupil_distance_px / PUPIL_DISTANCE_MM), face=face)


def cheek(evidence: Evidence, side: int) -> Evidence:
    """The close-up of one cheek, at the left (-1) or right (1) of the picture. Raises ValueError without a face."""
    if evidence.face is None:
        raise ValueError("a cheek is found by the face")
    eyes = evidence.face.points_px[list(EYE_CORNERS), :2]
    middle, unit = eyes.mean(axis=0), evidence.face.pupil_distance_px
    outer, inner, upper, lower = CHEEK
    x0, x1 = sorted((middle[0] + side * outer * unit, middle[0] + side * inner * unit))
    y0, y1 = middle[1] + upper * unit, middle[1] + lower * unit
    part = (slice(max(round(y0), 0), round(y1)), slice(max(round(x0), 0), round(x1)))
    rgb, skin = np.ascontiguousarray(evidence.rgb[part]), np.ascontiguousarray(evidence.skin[part])
    return evidence_of(rgb, skin, 1 / evidence.mm_per_px)


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
