"""Whether the scars of two visits are matched rightly, where the renderer says which is which."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.change.comparison import LesionTrace
from inference.measure.assessment import Assessment
from training.dataset import SampleFolder
from training.evaluate.matching import match
from training.evaluate.rendered import tell_apart

#: The true place of one scar in two views, brought into one frame, differs by rounding alone.
_SAME_MM = 0.5


@dataclass(frozen=True, slots=True)
class MatchedScars:
    """True scars that both views show.

    right: linked as one. unlinked: found at both visits but not linked. unfound: not found at both. wrong: links of
    two different true scars.
    """

    right: int
    wrong: int
    unlinked: int
    unfound: int


def matched_scars(
    samples: SampleFolder,
    views: tuple[int, int],
    seen: tuple[Assessment, Assessment],
    traces: Sequence[LesionTrace],
    least_mm: float,
) -> MatchedScars:
    """Links of a pair against the truth. Scars under `least_mm` are not asked for."""
    lines = [samples.samples[view] for view in views]
    partners = _partners(lines[0], lines[1])
    true_of = [_true_of(samples, view, one, least_mm) for view, one in zip(views, seen, strict=True)]
    linked: set[tuple[int, int]] = set()
    wrong = 0
    for trace in traces:
        first = {true_of[0][one] for one in trace.before_ids if one in true_of[0]}
        second = {true_of[1][one] for one in trace.after_ids if one in true_of[1]}
        if not first or not second:
            continue
        good = {(one, partners[one]) for one in first if partners.get(one) in second}
        linked |= good
        wrong += not good
    found = {
        (one, other)
        for one, other in partners.items()
        if one in true_of[0].values() and other in true_of[1].values()
    }
    asked = [
        one
        for one in partners
        if lines[0]["scars"][one]["width_mm"] >= least_mm and _is_atrophic(lines[0], one)
    ]
    return MatchedScars(
        len(linked), wrong, len(found - linked), sum((one, partners[one]) not in found for one in asked)
    )


def _is_atrophic(line: dict[str, Any], index: int) -> bool:
    return line["scars"][index]["type"] != "raised"


def _true_of(samples: SampleFolder, view: int, seen: Assessment, least_mm: float) -> dict[int, int]:
    """Place in the line's list of scars by lesion id, for lesions that are true scars."""
    line = samples.samples[view]
    told = tell_apart(line, samples.tile(view).types, seen.lesions, least_mm)
    places = {id(scar): k for k, scar in enumerate(line["scars"])}
    return {lesion.id: places[id(scar)] for lesion, scar in told.pairs}


def _partners(before: dict[str, Any], after: dict[str, Any]) -> dict[int, int]:
    """Places of the same true scar in both lines; scars that one view does not show are left out."""
    first, second = (_places(line) for line in (before, after))
    onto = np.vstack([np.asarray(after["affine"], np.float64), [0, 0, 1]]) @ np.linalg.inv(
        np.vstack([np.asarray(before["affine"], np.float64), [0, 0, 1]])
    )
    # The renderer states scars by corners, affines by centres of pixels.
    moved = (first - 0.5) @ onto[:2, :2].T + onto[:2, 2] + 0.5
    scale = after["px_per_mm"]
    return dict(match(moved / scale, second / scale, _SAME_MM))


def _places(line: dict[str, Any]) -> NDArray[np.float64]:
    return np.array([(scar["x_px"], scar["y_px"]) for scar in line["scars"]], np.float64).reshape(-1, 2)
