"""How well a pair's fit is judged: alarms on pairs that fit, and what is noticed where a known change was made."""

import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from inference.change.checks import judge_pair
from inference.change.common import share_frame
from inference.change.comparison import Comparable
from inference.change.fit import fit_of, sight_of
from inference.change.register import align
from inference.change.transforms import fit as fit_points
from inference.check import Instruments
from inference.face.find import FaceFinder
from inference.network.session import Network
from inference.photo.light import light_of
from training.evaluate.fit_pairs import (
    CHANGES,
    Shot,
    hand_points,
    moved,
    real_shot,
    rendered_pairs,
)

_TIMES = ("align_ms", "judge_ms")


@dataclass(frozen=True, slots=True)
class Judged:
    """One pair: its findings, the ratio of scales that registration found, and the time for both, milliseconds."""

    comparable: Comparable
    ratio: float | None
    align_ms: float
    judge_ms: float

    def codes(self, *severities: str) -> set[str]:
        """Codes of the findings of these severities; of all without any."""
        return {i.code for i in self.comparable.issues if not severities or i.severity in severities}


def judged(before: Shot, after: Shot) -> Judged:
    """The checks of one pair, as a comparison runs them."""
    one, two = before.assessment(), after.assessment()
    assert one.evidence is not None
    assert two.evidence is not None
    evidence = one.evidence, two.evidence
    start = time.perf_counter()
    alignment = align(*evidence)
    middle = time.perf_counter()
    comparable = judge_pair(one, two, evidence, alignment, share_frame(one, two, evidence, alignment))
    end = time.perf_counter()
    fit = fit_of(sight_of(one, evidence[0]), sight_of(two, evidence[1]), alignment)
    ratio = None if fit is None else fit.ratio
    refused = {i.code for i in comparable.issues if i.severity == "reject"}
    ratio = None if "registration" in refused else ratio
    return Judged(comparable, ratio, 1000 * (middle - start), 1000 * (end - middle))


def evaluate_fit(photos: Path, network: Network, people: int, changed: int, scenes: int) -> Iterator[str]:
    """Lines to print. photos: the folder with london/, one_person_lisa/ and one_person_zoom/."""
    if not FaceFinder.available():
        yield "without the face models: poses and scales are those of close-ups"
    instruments = Instruments(network)
    pairs = london_pairs(photos / "london", instruments, people)
    yield from _null_lines(pairs)
    yield from _changed_lines(pairs[:changed])
    yield from _rendered_lines(scenes)
    yield from _scale_lines([before for before, _ in pairs[:changed]], photos, instruments)


def london_pairs(folder: Path, instruments: Instruments, people: int) -> list[tuple[Shot, Shot]]:
    """Neutral and smiling of every so manieth person."""
    files = sorted((folder / "neutral").glob("*.jpg"))
    return [
        (real_shot(file, instruments), real_shot(folder / "smiling" / file.name, instruments))
        for file in files[:: max(1, len(files) // people)][:people]
    ]


def _null_lines(pairs: list[tuple[Shot, Shot]]) -> Iterator[str]:
    results = [judged(*pair) for pair in pairs]
    yield f"London, neutral against smiling, {len(pairs)} people: share of pairs with each finding"
    yield ""
    yield f"{'code':16}{'note':>8}{'warning':>9}{'reject':>8}"
    for code in sorted(set[str]().union(*(one.codes() for one in results))):
        shares = [
            np.mean([code in one.codes(level) for one in results]) for level in ("note", "warning", "reject")
        ]
        yield f"{code:16}{shares[0]:8.2f}{shares[1]:9.2f}{shares[2]:8.2f}"
    modes = Counter(light_of(s.rgb, s.skin, s.mm_per_px).mode for pair in pairs for s in pair)
    yield ""
    yield "light of these photographs: " + ", ".join(f"{mode} {n}" for mode, n in modes.items())
    others = [judged(one[0], two[1]) for one, two in pairwise(pairs)]
    yield f"two people: {sum(not one.comparable.usable for one in others)} of {len(others)} refused"
    align_ms, judge_ms = (np.median([getattr(one, name) for one in results]) for name in _TIMES)
    yield f"milliseconds, median: {align_ms:.0f} to align, {judge_ms:.0f} to judge"


def _changed_lines(pairs: list[tuple[Shot, Shot]]) -> Iterator[str]:
    yield ""
    yield f"The smiling photograph changed on purpose, {len(pairs)} people: share named by its code (as a warning)"
    yield ""
    for name, codes, strengths, change in CHANGES:
        shares: list[str] = []
        for strength in strengths:
            results = [judged(before, change(after, strength)) for before, after in pairs]
            named = np.mean([bool(one.codes() & set(codes)) for one in results])
            warned = np.mean([bool(one.codes("warning", "reject") & set(codes)) for one in results])
            shares.append(f"{strength:g}: {named:.2f} ({warned:.2f})")
        yield f"{name:32} {'  '.join(shares)}"


def _rendered_lines(scenes: int) -> Iterator[str]:
    found: dict[str, list[Judged]] = defaultdict(list)
    modes: dict[str, Counter[str]] = defaultdict(Counter)
    for seed in range(scenes):
        for name, before, after in rendered_pairs(9000 + seed):
            found[name].append(judged(before, after))
            modes[name].update([light_of(after.rgb, after.skin, after.mm_per_px).mode])
    yield ""
    heads = "share named, refused, let pass silently; mode of the second alone"
    yield f"Rendered skin in two lights, {scenes} people: {heads}"
    yield ""
    for name, results in found.items():
        named = np.mean([bool(one.codes("warning", "reject") & {"light", "light_mode"}) for one in results])
        refused = np.mean([not one.comparable.usable for one in results])
        silent = np.mean([one.comparable.usable and not one.codes("warning") for one in results])
        seen = ", ".join(f"{mode} {n}" for mode, n in modes[name].items())
        yield f"{name:34} {named:.2f} {refused:.2f} {silent:.2f}  {seen}"


def _scale_lines(shots: list[Shot], photos: Path, instruments: Instruments) -> Iterator[str]:
    yield ""
    yield "Scale carried over: error of the ratio that registration finds, percent (median, largest)"
    yield ""
    for size in (0.5, 0.8, 1.25):
        errors = _errors((shot, moved(shot, 7.0, size), size) for shot in shots)
        yield f"{f'turned by 7°, {size:g} of the size':34} {errors}"
    for name in ("one_person_lisa", "one_person_zoom"):
        files = sorted((photos / name).glob("*.jpg"))
        first, *others = (real_shot(file, instruments) for file in files)
        for file, shot in zip(files[1:], others, strict=True):
            truth = _hand_ratio(files[0], file)
            working = truth * shot.px_per_photo_px / first.px_per_photo_px
            errors = _errors([(first, shot, working)])
            yield f"{f'{files[0].stem} to {file.stem}, {truth:.2f} by hand':34} {errors}"


def _hand_ratio(before: Path, after: Path) -> float:
    """Size of the face in one photograph by that in another, from the hand-placed points of both."""
    matrix = fit_points("similarity", hand_points(before), hand_points(after))
    return float(np.hypot(matrix[0, 0], matrix[1, 0]))


def _errors(pairs: Iterable[tuple[Shot, Shot, float]]) -> str:
    errors: list[float] = []
    missed = 0
    for before, after, truth in pairs:
        ratio = judged(before, after).ratio
        if ratio is None:
            missed += 1
        else:
            errors.append(100 * abs(ratio / truth - 1))
    figures = f"{np.median(errors):.2f} {max(errors):.2f}" if errors else "not aligned"
    return figures + (f", {missed} not aligned" if missed and errors else "")
