"""FROC and reliability out of the sums, for the table and the charts."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from training.evaluate.own.figures import BINS, FALSE_MARKS, FALSE_MARKS_CM2, LEVELS
from training.evaluate.own.sums import Estimate, Figure, Parts, Record, Values, estimate, rows_of

_WHY = "no photograph has all its scars labelled"


@dataclass(frozen=True, slots=True)
class Froc:
    """points: (confidence, false marks a photograph, false marks per cm², sensitivity), from sure to unsure.
    at: sensitivity with at most so many false marks a photograph; at_cm2: the same per cm²."""

    points: tuple[tuple[float, float, float | None, float], ...]
    at: dict[float, Estimate]
    at_cm2: dict[float, Estimate]


@dataclass(frozen=True, slots=True)
class Bin:
    """said: mean probability, true: share, of the n in this bin; pixels, or lesions."""

    said: float
    true: float
    n: float


def froc_of(records: Sequence[Record], draws: int) -> Froc | None:
    """None where no photograph has all its scars labelled."""
    rows = rows_of(records, "froc")
    if not len(rows.photos) or rows.parts(rows.photos.sum(axis=0))["scars"] == 0:
        return None
    sums = rows.parts(rows.photos.sum(axis=0))
    points: list[tuple[float, float, float | None, float]] = []
    for place in reversed(range(len(LEVELS))):
        false = float(sums[f"false {place}"])
        area = float(sums["area_cm2"])
        found = float(sums[f"found {place}"] / sums["scars"])
        points.append((LEVELS[place], false / float(sums["n"]), false / area if area else None, found))
    return Froc(
        tuple(points),
        {most: estimate(records, _at(most, "n"), draws) for most in FALSE_MARKS},
        {most: estimate(records, _at(most, "area_cm2"), draws) for most in FALSE_MARKS_CM2},
    )


def _at(most: float, whole: str) -> Figure:
    """The best sensitivity of all thresholds with at most so many false marks; nothing is drawn between thresholds."""

    def of(p: Parts) -> Values:
        false = np.stack([p[f"false {k}"] for k in range(len(LEVELS))])
        found = np.stack([p[f"found {k}"] for k in range(len(LEVELS))])
        allowed = false <= most * p[whole] + 1e-9
        scars = np.where(p["scars"] > 0, p["scars"], np.nan)
        best = np.where(allowed.any(axis=0), np.where(allowed, found, 0.0).max(axis=0), 0.0)
        return np.where(p[whole] > 0, best / scars, np.nan)

    return Figure(f"froc at {most:g} per {whole}", "", "froc", of, why=_WHY)


def reliability_of(records: Sequence[Record], group: str) -> tuple[Bin, ...]:
    """Bins that hold anything. group: "pixels" or "confidence"."""
    rows = rows_of(records, group)
    if not len(rows.photos):
        return ()
    sums = rows.parts(rows.photos.sum(axis=0))
    filled = [(float(sums[f"n {k}"]), k) for k in range(BINS)]
    return tuple(
        Bin(float(sums[f"said {k}"]) / n, float(sums[f"true {k}"]) / n, n) for n, k in filled if n > 0
    )
