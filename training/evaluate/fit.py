"""How well a pair's fit is judged: alarms on pairs that fit, and what is noticed where a known change was made."""

import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from inference.change.checks import judge_pair
from inference.change.common import share_frame
from inference.change.comparison import Comparable
from inference.change.fit import fit_of, sight_of
from inference.change.register import align
from inference.network.session import Network
from inference.photo.light import light_of
from training.evaluate.fit_pairs import CHANGES, Shot, moved, pupil_distance_px, real_shot, rendered_pairs


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
    return Judged(comparable, ratio, 1000 * (middle - start), 1000 * (end - middle))


def evaluate_fit(photos: Path, network: Network, people: int, changed: int, scenes: int) -> list[str]:
    """Lines to print. photos: the folder with london/, one_person_lisa/ and one_person_zoom/."""
    pairs = london_pairs(photos / "london", network, people)
    lines, nulls = _null_lines(pairs)
    lines += _changed_lines(pairs[:changed]) + _rendered_lines(scenes)
    lines += _scale_lines(pairs, photos, network)
    times = [(one.align_ms, one.judge_ms) for one in nulls]
    align_ms, judge_ms = np.median(times, axis=0)
    return [*lines, "", f"milliseconds, median: {align_ms:.0f} to align, {judge_ms:.0f} to judge"]


def london_pairs(folder: Path, network: Network, people: int) -> list[tuple[Shot, Shot]]:
    """Neutral and smiling of every so manieth person, both at the scale of the neutral one's pupils."""
    files = sorted((folder / "neutral").glob("*.jpg"))
    files = files[:: max(1, len(files) // people)][:people]
    return [
        (
            real_shot(file, file.with_suffix(".tem"), network),
            real_shot(folder / "smiling" / file.name, file.with_suffix(".tem"), network),
        )
        for file in files
    ]


def _null_lines(pairs: list[tuple[Shot, Shot]]) -> tuple[list[str], list[Judged]]:
    results = [judged(*pair) for pair in pairs]
    lines = [f"London, neutral against smiling, {len(pairs)} people: share of pairs with each finding", ""]
    lines.append(f"{'code':16}{'note':>8}{'warning':>9}{'reject':>8}")
    counts = Counter((i.code, i.severity) for one in results for i in one.comparable.issues)
    for code in sorted({code for code, _ in counts}):
        shares = [counts[code, level] / len(pairs) for level in ("note", "warning", "reject")]
        lines.append(f"{code:16}{shares[0]:8.2f}{shares[1]:9.2f}{shares[2]:8.2f}")
    modes = Counter(light_of(s.rgb, s.skin, s.mm_per_px).mode for pair in pairs for s in pair)
    lines += ["", "light of these photographs: " + ", ".join(f"{mode} {n}" for mode, n in modes.items())]
    others = [judged(one[0], two[1]) for one, two in pairwise(pairs)]
    refused = sum(not one.comparable.usable for one in others)
    return [*lines, f"two people: {refused} of {len(others)} refused"], results


def _changed_lines(pairs: list[tuple[Shot, Shot]]) -> list[str]:
    lines = [
        "",
        f"The smiling photograph changed on purpose, {len(pairs)} people: share named by its code",
        "",
    ]
    for name, codes, strengths, change in CHANGES:
        shares: list[str] = []
        for strength in strengths:
            found = [judged(before, change(after, strength)).codes() & set(codes) for before, after in pairs]
            shares.append(f"{strength:g}: {np.mean([bool(one) for one in found]):.2f}")
        lines.append(f"{name:32} {'  '.join(shares)}")
    return lines


def _rendered_lines(scenes: int) -> list[str]:
    found: dict[str, list[Judged]] = defaultdict(list)
    modes: dict[str, Counter[str]] = defaultdict(Counter)
    for seed in range(scenes):
        for name, before, after in rendered_pairs(9000 + seed):
            found[name].append(judged(before, after))
            modes[name].update([light_of(after.rgb, after.skin, after.mm_per_px).mode])
    lines = [
        "",
        f"Rendered skin in two lights, {scenes} people: share named, share refused, mode of the second",
        "",
    ]
    for name, results in found.items():
        named = np.mean([bool(one.codes("warning", "reject") & {"light", "light_mode"}) for one in results])
        refused = np.mean([not one.comparable.usable for one in results])
        seen = ", ".join(f"{mode} {n}" for mode, n in modes[name].items())
        lines.append(f"{name:34} {named:.2f} {refused:.2f}  {seen}")
    return lines


def _scale_lines(pairs: list[tuple[Shot, Shot]], photos: Path, network: Network) -> list[str]:
    lines = [
        "",
        "Scale carried over: error of the ratio that registration finds, percent (median, largest)",
        "",
    ]
    for size in (0.5, 0.8, 1.5):
        errors = _errors((before, moved(before, 7.0, size), size) for before, _ in pairs)
        lines.append(f"{f'turned by 7°, {size:g} of the size':34} {errors}")
    for name in ("one_person_lisa", "one_person_zoom"):
        files = sorted((photos / name).glob("*.jpg"))
        shots = [real_shot(file, file.with_suffix(".tem"), network) for file in files]
        for file, shot in zip(files[1:], shots[1:], strict=True):
            truth = pupil_distance_px(file.with_suffix(".tem")) / pupil_distance_px(
                files[0].with_suffix(".tem")
            )
            # Working pictures have the same scale by their pupils, so the truth between them is near 1.
            truth_working = shots[0].mm_per_px / shot.mm_per_px
            errors = _errors([(shots[0], shot, truth_working)])
            lines.append(f"{f'{files[0].stem} to {file.stem}, pupils x{truth:.2f}':34} {errors}")
    return lines


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
