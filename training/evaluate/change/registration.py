"""Registration error in millimetres on pairs of exactly known map, ours beside other ways."""

import logging
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from inference.change.field import at
from inference.change.register import Alignment, align
from training.evaluate.change.known_maps import KnownPair
from training.evaluate.change.peers import PEERS, Peer, first_guess

log = logging.getLogger(__name__)

OURS = "cicatrix"
#: Points of each pair that enter the pooled percentiles, so that a pair with much skin counts no more than another.
POINTS_OF_A_PAIR = 200
#: Bounds of the confidence between which the error is told apart.
CONFIDENCE_BOUNDS = (0.0, 0.3, 0.5, 0.7, 1.01)


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """One way on one pair. error_mm: (n,) at the pair's points, None where it gave no map; reason: why.

    seconds: wall time, that of peers without our first guess. residual_mm: what ours says itself. confidence: (n,)
    ours at the points, None for others.
    """

    way: str
    pair: str
    kind: str
    turn_deg: float
    moves: bool
    error_mm: NDArray[np.float64] | None
    seconds: float
    reason: str | None = None
    residual_mm: float | None = None
    confidence: NDArray[np.float64] | None = None


def measure_pair(pair: KnownPair, peers: dict[str, Peer]) -> list[Result]:
    """Ours and the peers on one pair."""
    start = time.perf_counter()
    alignment = align(pair.before, pair.after)
    seconds = time.perf_counter() - start
    results = [_ours(pair, alignment, seconds)]
    guess = first_guess(pair.before, pair.after) if peers else None
    for name, peer in peers.items():
        start = time.perf_counter()
        mapping = peer(pair.before, pair.after, guess)
        error = None if mapping is None else error_mm(pair, mapping(pair.points))
        results.append(_result(name, pair, error, time.perf_counter() - start))
    return results


def error_mm(pair: KnownPair, found: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) distance of found places in after from the true ones."""
    return np.hypot(*(found - pair.truth).T) * pair.after.mm_per_px


def _ours(pair: KnownPair, alignment: Alignment, seconds: float) -> Result:
    if alignment.map_xy is None or alignment.confidence is None:
        return _result(OURS, pair, None, seconds, alignment.reason)
    error = error_mm(pair, at(alignment.map_xy, pair.points))
    confidence = at(alignment.confidence[..., None].repeat(2, axis=2), pair.points)[:, 0]
    residual = alignment.registration.residual_mm
    return _result(OURS, pair, error, seconds, None, residual, confidence)


def _result(
    way: str,
    pair: KnownPair,
    error: NDArray[np.float64] | None,
    seconds: float,
    reason: str | None = None,
    residual_mm: float | None = None,
    confidence: NDArray[np.float64] | None = None,
) -> Result:
    facts = (way, pair.name, pair.kind, pair.turn_deg, pair.moves)
    return Result(*facts, error, seconds, reason, residual_mm, confidence)


def measure_pairs(pairs: Iterable[KnownPair], peers_every: int) -> list[Result]:
    """All pairs, each logged as it is done; the peers on every so many-th of them, on none for 0."""
    results: list[Result] = []
    for k, pair in enumerate(pairs):
        found = measure_pair(pair, PEERS if peers_every and k % peers_every == 0 else {})
        results += found
        own = found[0]
        told = own.reason if own.error_mm is None else f"{np.median(own.error_mm):.3f} mm"
        log.info("%s, %s, %g degrees: %s, %.1f s", pair.name, pair.kind, pair.turn_deg, told, own.seconds)
    return results


def report(results: Sequence[Result]) -> list[str]:
    """Lines to print: all ways overall, ours by kind, ours by its own confidence, and why pairs were refused."""
    ways = list(dict.fromkeys(r.way for r in results))
    ours = [r for r in results if r.way == OURS]
    lines = [f"{len(ours)} pairs; errors in mm on points of common skin", ""]
    rows = [(way, [r for r in results if r.way == way]) for way in ways]
    shared = {r.pair for r in results if r.way != OURS}
    if 0 < len(shared) < len(ours):
        rows.insert(1, (f"{OURS}, pairs of the peers", [r for r in ours if r.pair in shared]))
    lines += _table("way", rows)
    if shared:
        lines += ["", *_table("pairs of the peers, by light", list(_by_light(results, shared)))]
    lines += ["", *_table(f"{OURS}, by kind", list(_groups(ours)))]
    lines += ["", *_by_confidence(ours)]
    refused = Counter(r.reason for r in ours if r.error_mm is None)
    lines += [f"refused {count}: {reason}" for reason, count in refused.items()]
    return lines


def _by_light(results: Sequence[Result], pairs: set[str]) -> Iterable[tuple[str, list[Result]]]:
    """Every way in the same and in another light: what compares brightness stands or falls with it."""
    for light in ("same light", "other light"):
        for way in dict.fromkeys(r.way for r in results):
            group = [r for r in results if r.way == way and r.pair in pairs and r.kind.endswith(light)]
            if group:
                yield f"{light}, {way}", group


def _groups(ours: Sequence[Result]) -> Iterable[tuple[str, list[Result]]]:
    for kind in sorted({r.kind for r in ours}):
        yield kind, [r for r in ours if r.kind == kind]
    for degrees in sorted({r.turn_deg for r in ours}):
        yield f"turned up to {degrees:g} degrees", [r for r in ours if r.turn_deg == degrees]
    for moves in (False, True):
        group = [r for r in ours if r.moves == moves]
        if group:
            yield "with expression" if moves else "without expression", group


def _table(head: str, groups: Sequence[tuple[str, list[Result]]]) -> list[str]:
    width = max(len(head), *(len(name) for name, _ in groups))
    titles = f"{'pairs':>6}{'no map':>8}{'median':>8}{'p90':>8}{'worst pair':>12}{'seconds':>9}"
    return [f"{head:{width}}{titles}", *(f"{name:{width}}{_figures(group)}" for name, group in groups)]


def _figures(group: Sequence[Result]) -> str:
    errors = [r.error_mm for r in group if r.error_mm is not None]
    seconds = np.median([r.seconds for r in group])
    counts = f"{len(group):6d}{len(group) - len(errors):8d}"
    if not errors:
        return f"{counts}{'–':>8}{'–':>8}{'–':>12}{seconds:9.2f}"
    median, high = np.percentile(pooled(errors), (50, 90))
    worst = max(float(np.median(error)) for error in errors)
    return f"{counts}{median:8.3f}{high:8.3f}{worst:12.3f}{seconds:9.2f}"


def pooled(errors: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """The same number of points of each pair, spread evenly over its points."""
    picks = [np.linspace(0, len(e) - 1, min(POINTS_OF_A_PAIR, len(e))).astype(int) for e in errors]
    return np.concatenate([e[pick] for e, pick in zip(errors, picks, strict=True)])


def _by_confidence(ours: Sequence[Result]) -> list[str]:
    known = [r for r in ours if r.error_mm is not None and r.confidence is not None]
    if not known:
        return []
    error = np.concatenate([r.error_mm for r in known if r.error_mm is not None])
    confidence = np.concatenate([r.confidence for r in known if r.confidence is not None])
    lines = [f"{'confidence':14}{'points':>8}{'median':>8}{'p90':>8}"]
    for low, high in pairwise(CONFIDENCE_BOUNDS):
        part = error[(confidence >= low) & (confidence < high)]
        if part.size:
            median, p90 = np.percentile(part, (50, 90))
            lines.append(f"{low:.1f} to {min(high, 1.0):.1f}    {part.size:8d}{median:8.3f}{p90:8.3f}")
    return lines
