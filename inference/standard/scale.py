"""Which of the scales that a photograph offers to believe, and whether they contradict each other."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from inference.photo.photo import QualityIssue, Scale

#: Two readings contradict each other when they differ by more than this many of their joint standard errors.
_CONFLICT_SDS = 1.96


@dataclass(frozen=True, slots=True)
class SettledScale:
    """The scale to measure with, every reading from the surest to the least sure, and what to say about them."""

    scale: Scale
    readings: tuple[Scale, ...]
    issue: QualityIssue | None


def settle(readings: Sequence[Scale]) -> SettledScale:
    """The reading with the smallest standard error; of equal ones the first.

    That puts a printed marker before a chart, a typed value, the irises and the pupils, in the order of their
    errors, and the usual framing last. A typed value wins against a face because a ruler is better than the
    average iris, and because whoever types it means it.

    Raises ValueError without any reading.
    """
    ordered = tuple(sorted(readings, key=lambda reading: reading.relative_sd))
    if not ordered:
        raise ValueError("a photograph has at least its assumed scale")
    best = ordered[0]
    against = [
        reading for reading in ordered[1:] if reading.source != "assumed" and contradicts(best, reading)
    ]
    return SettledScale(best, ordered, _conflict(best, against[0]) if against else None)


def contradicts(one: Scale, other: Scale) -> bool:
    """Whether two scales differ by more than chance allows, at the 5 % level."""
    joint = math.hypot(one.relative_sd, other.relative_sd)
    return abs(math.log(one.mm_per_px / other.mm_per_px)) > _CONFLICT_SDS * joint


def _conflict(best: Scale, other: Scale) -> QualityIssue:
    difference = abs(math.expm1(abs(math.log(best.mm_per_px / other.mm_per_px))))
    limit = math.expm1(_CONFLICT_SDS * math.hypot(best.relative_sd, other.relative_sd))
    return QualityIssue(
        "scale_conflict",
        "warning",
        f"Two scales disagree by {difference:.0%}: {best.mm_per_px:.3g} mm per pixel ({best.method}) is used, not "
        f"{other.mm_per_px:.3g} ({other.method}). Check which is right.",
        round(difference, 4),
        round(limit, 4),
    )
