"""Burden of one skin photographed again: how far it moves when nothing changed, and whether it follows healing.

Lines of samples.jsonl that show one skin share `group`. `depth_left` says how far its relief was flattened (1 is not
at all), `view` numbers the photographs, the first of them unhealed and in the group's own light, and `same_rig` says
that the light is that one with ordinary jitter only.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.measure.assessment import Assessment
from training.dataset import UNKNOWN_RELIEF_UM, Tile
from training.evaluate.statistics import (
    Interval,
    bootstrap,
    correlation,
    mean,
    median,
    slope,
    within_subject_cv,
    within_subject_sd,
)

#: Skin with less true burden has none to repeat: its coefficient of variation is noise over noise. Ours.
LEAST_BURDEN_UM = 1.0


@dataclass(frozen=True, slots=True)
class ViewBurden:
    """Burden of one photograph, micrometres: reported with its interval, and true on the same skin.

    seen_um, true_um: None without skin, or without known relief on it. group: None for a tile on its own.
    """

    group: str | None
    view: int
    same_rig: bool
    depth_left: float
    seen_um: float | None
    low_um: float | None
    high_um: float | None
    true_um: float | None


def view_burden(line: dict[str, Any], tile: Tile, measured: Assessment) -> ViewBurden:
    """Of one tile; the truth is the mean depth of its relief over the skin that was assessed."""
    interval = measured.scars.intervals.get("burden_um")
    group = line.get("group")
    view = int(line.get("view") or 0)
    return ViewBurden(
        group=None if group is None else str(group),
        view=view,
        same_rig=bool(line.get("same_rig", view == 0)),
        depth_left=_depth_left(line),
        seen_um=measured.scars.burden_um,
        low_um=None if interval is None else interval.low,
        high_um=None if interval is None else interval.high,
        true_um=true_burden_um(tile, measured),
    )


def _depth_left(line: dict[str, Any]) -> float:
    """Alike for all views of one state. Without the field the share of the burden that is left stands for it."""
    left = line.get("depth_left")
    return round(1.0 - float(line.get("healed_share") or 0.0) if left is None else float(left), 3)


def true_burden_um(tile: Tile, measured: Assessment) -> float | None:
    """Mean depth of the tile's true relief over the skin that was assessed; None where none of it is known."""
    assert measured.evidence is not None
    height, width = tile.relief_um.shape
    skin = cv2.resize(
        measured.evidence.skin.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST_EXACT
    )
    on = (skin > 0) & (tile.relief_um != UNKNOWN_RELIEF_UM)
    return float(np.maximum(-tile.relief_um[on].astype(np.float64), 0).mean()) if on.any() else None


@dataclass(frozen=True, slots=True)
class Repeats:
    """One relief: the views of one group at one state of healing. own: the group's own light. any_light: its first
    view in its own light together with those in other lights."""

    own: tuple[ViewBurden, ...]
    any_light: tuple[ViewBurden, ...]


def repeats_of(views: Sequence[ViewBurden]) -> list[list[Repeats]]:
    """By group, the unit of the bootstrap, every relief that has enough true burden."""
    reliefs: dict[str, dict[float, list[ViewBurden]]] = defaultdict(lambda: defaultdict(list))
    for view in views:
        if view.group is not None and view.seen_um is not None and view.true_um is not None:
            reliefs[view.group][view.depth_left].append(view)
    groups: list[list[Repeats]] = []
    for by_share in reliefs.values():
        found = [_repeats(together) for together in by_share.values()]
        kept = [repeats for repeats in found if repeats is not None]
        if kept:
            groups.append(kept)
    return groups


def _repeats(views: list[ViewBurden]) -> Repeats | None:
    if np.mean([view.true_um for view in views]) < LEAST_BURDEN_UM:
        return None
    views = sorted(views, key=lambda view: view.view)
    own = tuple(view for view in views if view.same_rig)
    return Repeats(own, (*own[:1], *(view for view in views if not view.same_rig)))


def repeatability(groups: Sequence[Sequence[Repeats]], light: str) -> dict[str, Interval]:
    """cv: within-subject coefficient of variation. covered: share of changes (true change 0) that the intervals
    hold. light: "own" or "any_light". Bootstrap over groups."""
    having = [series for group in groups if (series := [v for r in group if len(v := getattr(r, light)) > 1])]

    def cv(drawn: Sequence[list[tuple[ViewBurden, ...]]]) -> float | None:
        return within_subject_cv([[v.seen_um or 0.0 for v in views] for group in drawn for views in group])

    def covered(drawn: Sequence[list[tuple[ViewBurden, ...]]]) -> float | None:
        pairs = (pair for group in drawn for views in group for pair in combinations(views, 2))
        known = [inside for one, other in pairs if (inside := change_covered(one, other)) is not None]
        return mean(known)

    return {"cv": bootstrap(having, cv), "covered": bootstrap(having, covered)}


def change_covered(one: ViewBurden, other: ViewBurden) -> bool | None:
    """Whether the interval of the difference holds 0. Half widths are added in quadrature, as errors of two
    photographs that know nothing of each other; None where no interval is reported."""
    if one.seen_um is None or other.seen_um is None:
        return None
    if one.low_um is None or one.high_um is None or other.low_um is None or other.high_um is None:
        return None
    low, high = (one, other) if one.seen_um <= other.seen_um else (other, one)
    reach = math.hypot(
        (low.high_um or 0.0) - (low.seen_um or 0.0), (high.seen_um or 0.0) - (high.low_um or 0.0)
    )
    return (high.seen_um or 0.0) - (low.seen_um or 0.0) <= reach


def follows_changes(views: Sequence[ViewBurden], same_rig: bool) -> dict[str, Interval]:
    """slope and r of the change of burden since the group's first view against the true change, over all groups.

    Unlike `follows_healing` it takes groups of two states. Views of unchanged relief take part: for them both
    should be 0. Groups are left out that lack an unhealed first view or never heal. Bootstrap over groups.
    """
    groups: dict[str, list[ViewBurden]] = defaultdict(list)
    for view in views:
        if view.group is not None and view.seen_um is not None and view.true_um is not None:
            groups[view.group].append(view)
    changes = [found for group in groups.values() if len(found := _changes(group, same_rig))]

    def over(statistic: Callable[..., float | None]) -> Interval:
        return bootstrap(changes, lambda drawn: statistic(*np.concatenate(drawn).T) if drawn else None)

    return {"slope": over(slope), "r": over(correlation)}


def _changes(group: list[ViewBurden], same_rig: bool) -> NDArray[np.float64]:
    """(n, 2) true and reported changes since the first view; (0, 2) when no view is healed."""
    group = sorted(group, key=lambda view: view.view)
    first, later = group[0], [view for view in group[1:] if view.same_rig == same_rig]
    if first.view or all(view.depth_left == first.depth_left for view in later):
        return np.zeros((0, 2))
    true = [(view.true_um or 0.0) - (first.true_um or 0.0) for view in later]
    seen = [(view.seen_um or 0.0) - (first.seen_um or 0.0) for view in later]
    return np.array([true, seen], np.float64).T


def follows_healing(views: Sequence[ViewBurden], same_rig: bool) -> dict[str, Interval]:
    """slope and r of reported against true burden within a group over its states of healing; the median of groups.

    same_rig: views in the group's own light, else those in other lights. Groups that show fewer than three states
    are left out. Bootstrap over groups.
    """
    groups: dict[str, list[tuple[float, float]]] = defaultdict(list)
    states: dict[str, set[float]] = defaultdict(set)
    for view in views:
        if view.group is None or view.seen_um is None or view.true_um is None or view.same_rig != same_rig:
            continue
        groups[view.group].append((view.true_um, view.seen_um))
        states[view.group].add(view.depth_left)
    series = [np.array(pairs) for group, pairs in groups.items() if len(states[group]) >= 3]

    def over(statistic: Callable[..., float | None]) -> Interval:
        per_group = [value for pairs in series if (value := statistic(*pairs.T)) is not None]
        return bootstrap(per_group, median)

    # A group whose reported burden never moves has no r; it followed nothing.
    return {"slope": over(slope), "r": over(lambda x, y: correlation(x, y) or 0.0)}


def clear_repeatability(burdens: Sequence[Sequence[float]]) -> Interval:
    """Within-person standard deviation of burden in micrometres; one sequence a person, bootstrap over people."""
    people = [list(values) for values in burdens if len(values) > 1]
    return bootstrap(people, within_subject_sd)
