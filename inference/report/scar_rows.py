"""Every scar of a series through all its visits, one row a scar."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.change.comparison import Comparison, LesionTrace, LesionVerdict
from inference.measure.assessment import ScarType
from inference.report.equalize import equalizer_of
from inference.report.laid import NOTHING_RGB, lay_over
from inference.report.scars import CLOSE_LOOK_PX, GAP_PX, CloseLooks, change_of, close_looks, scar_type

Rgb = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class ScarRow:
    """One place of scarring of the baseline at every visit, the baseline first.

    picture: (s, n s + gaps, 3) uint8 sRGB, a grey field where a visit does not show it. depths_um: None there as well.
    verdict, change_um, error_um: of the last visit that shows it, against the baseline.
    """

    type: ScarType
    picture: Rgb
    depths_um: tuple[float | None, ...]
    verdict: LesionVerdict
    change_um: float | None
    error_um: float | None


def scar_rows(to_baseline: Sequence[Comparison], pictures: Sequence[Rgb]) -> tuple[ScarRow, ...]:
    """The scars of the baseline that a later visit shows, the worst change first.

    to_baseline: of the baseline with every later visit. pictures: of all visits, the baseline first, of any size.
    """
    sights = [_sight(pair, pictures[0], later) for pair, later in zip(to_baseline, pictures[1:], strict=True)]
    rows: list[ScarRow] = []
    done: set[int] = set()
    for lesion in to_baseline[0].before.lesions:
        traces = [None if sight is None else sight.by_scar.get(lesion.id) for sight in sights]
        seen = [trace for trace in traces if trace is not None]
        if lesion.id in done or not seen:
            continue
        done.update(seen[-1].before_ids)  # scars that merged are one place
        rows.append(_row(traces, seen, sights, to_baseline))
    return tuple(sorted(rows, key=_goodness))


@dataclass(frozen=True, slots=True, eq=False)
class _Sight:
    """One pair: its traces by the baseline's scars, and what cuts them out of its pictures."""

    by_scar: dict[int, LesionTrace]
    looks: CloseLooks


def _sight(pair: Comparison, baseline: Rgb, later: Rgb) -> _Sight | None:
    """None where the two may not be compared."""
    if pair.pair is None or not pair.comparable.usable:
        return None
    looks = close_looks(pair, baseline, later, equalizer_of(pair.pair, *lay_over(pair, baseline, later)))
    by_scar = {one: trace for trace in pair.lesions.traces for one in trace.before_ids}
    return None if looks is None else _Sight(by_scar, looks)


def _goodness(row: ScarRow) -> float:
    return math.inf if row.change_um is None else -row.change_um / (row.error_um or 1.0)


def _row(
    traces: Sequence[LesionTrace | None],
    seen: Sequence[LesionTrace],
    sights: Sequence[_Sight | None],
    to_baseline: Sequence[Comparison],
) -> ScarRow:
    """All visits look at one square of skin, the widest that any pair needs."""
    last, widest = seen[-1], max(seen, key=lambda trace: trace.union_mm2)
    nothing = np.full((CLOSE_LOOK_PX, CLOSE_LOOK_PX, 3), NOTHING_RGB, np.uint8)
    first, later = nothing, list[Rgb]()
    for trace, sight in zip(traces, sights, strict=True):
        if trace is None or sight is None:
            later.append(nothing)
            continue
        look = sight.looks.at(widest.x_px, widest.y_px, widest.union_mm2)
        first = look[0] if first is nothing else first
        later.append(look[1])
    depths = (
        seen[0].depth_before_um,
        *(None if trace is None else trace.depth_after_um for trace in traces),
    )
    kind = scar_type(last, to_baseline[0])
    return ScarRow(
        kind, in_a_row([first, *later]), depths, last.verdict, change_of(last), last.depth_mdc95_um
    )


def in_a_row(looks: Sequence[Rgb]) -> Rgb:
    """Close looks side by side with white between them."""
    gap = np.full((CLOSE_LOOK_PX, GAP_PX, 3), 255, np.uint8)
    return np.concatenate([part for look in looks for part in (gap, look)][1:], axis=1)
