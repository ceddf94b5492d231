"""What became of each scar: its depth, area and redness at both visits, measured in the same place."""

import math

import numpy as np
from numpy.typing import NDArray

from inference.change.common import CommonSkin, Seen
from inference.change.comparison import LesionChange, LesionKind, LesionTrace, LesionVerdict
from inference.change.error import PairError, Sem
from inference.change.matching import LesionGroup, group_lesions
from inference.measure.lesions import DEPTH_QUANTILE
from inference.measure.pigment import CLIPPED_HIGH, CLIPPED_LOW, REFLECTANCE_FLOOR
from inference.measure.rim import (
    RIM_GAP_MM,
    RIM_REACH_MM,
    Surroundings,
    group_quantile,
    rim_heights_um,
    surroundings,
)
from inference.photo.colour import LINEAR_OF_LEVEL
from inference.reference.correction import correct

#: Names of the errors of single scars in a bundle.
LESION_DEPTH, LESION_AREA = "lesions.depth_um", "lesions.area_mm2"
Values = NDArray[np.float64]


def lesion_change(skin: CommonSkin, error: PairError) -> LesionChange:
    """Every scar of the common skin with its figures and its verdict, and all scars sorted by it.

    A scar that only one visit shows is resolved or new only if its depth changed beyond error; where no error is known
    it is called so because its outline came or went, and matched scars are all `unchanged`.
    """
    groups = group_lesions(skin)
    traces = _traces(skin, groups, error)
    grouped_b = {one for group in groups for one in group.before_ids}
    grouped_a = {one for group in groups for one in group.after_ids}

    def of(*verdicts: LesionVerdict) -> tuple[int, ...]:
        return tuple(sorted(one for trace in traces if trace.verdict in verdicts for one in trace.before_ids))

    return LesionChange(
        resolved=of("resolved"),
        improved=of("improved"),
        unchanged=of("unchanged", "unknown"),
        worse=of("worse"),
        new=tuple(sorted(one for trace in traces if trace.verdict == "new" for one in trace.after_ids)),
        not_seen=tuple(one.id for one in skin.before.assessment.lesions if one.id not in grouped_b),
        not_seen_before=tuple(one.id for one in skin.after.assessment.lesions if one.id not in grouped_a),
        traces=traces,
    )


def _traces(skin: CommonSkin, groups: tuple[LesionGroup, ...], error: PairError) -> tuple[LesionTrace, ...]:
    number_b = _numbered(skin.before.lesion_id, [group.before_ids for group in groups])
    number_a = _numbered(skin.after.lesion_id, [group.after_ids for group in groups])
    union = np.where(number_b > 0, number_b, number_a)
    count, around = len(groups), surroundings(union)
    sign = np.array([1.0, *(_sign(group, skin) for group in groups)])
    depths = [_depths_um(seen, union, around, skin, sign) for seen in (skin.before, skin.after)]
    redness = [_erythema_deltas(seen, union, around, skin, count) for seen in (skin.before, skin.after)]
    areas = [
        np.bincount(number.ravel(), minlength=count + 1) * skin.mm_per_px**2
        for number in (number_b, number_a)
    ]
    covered = np.bincount(union.ravel(), minlength=count + 1) * skin.mm_per_px**2
    places = _middles(union, count)
    traces: list[LesionTrace] = []
    for k, group in enumerate(groups, start=1):
        depth_b, depth_a = (_known(depth[k]) for depth in depths)
        area_b, area_a = (float(area[k]) for area in areas)
        union_mm2 = float(covered[k])
        depth_sem = Sem(None)
        if depth_b is not None and depth_a is not None:
            depth_sem = error.of(LESION_DEPTH, (depth_b + depth_a) / 2, True, union_mm2 / 100)
        area_sem = error.of(LESION_AREA, (area_b + area_a) / 2, False, union_mm2 / 100)
        x, y = _in_photo(places[k], skin.before)
        traces.append(
            LesionTrace(
                id=k, kind=_kind(group), before_ids=group.before_ids, after_ids=group.after_ids, x_px=x, y_px=y,
                depth_before_um=depth_b, depth_after_um=depth_a, depth_mdc95_um=depth_sem.mdc95,
                area_before_mm2=area_b, area_after_mm2=area_a, union_mm2=union_mm2, area_mdc95_mm2=area_sem.mdc95,
                erythema_delta_before=_known(redness[0][k]), erythema_delta_after=_known(redness[1][k]),
                verdict=_verdict(group, depth_b, depth_a, depth_sem.mdc95), note=depth_sem.why,
            )
        )  # fmt: skip
    return tuple(traces)


def _numbered(lesion_id: NDArray[np.int32], members: list[tuple[int, ...]]) -> NDArray[np.int32]:
    """(h, w) int32: ids replaced by the number of their group, 1.. in the order of `members`; 0 for the others."""
    number = np.zeros(int(lesion_id.max(initial=0)) + 1, np.int32)
    for k, ids in enumerate(members, start=1):
        for one in ids:
            if one < len(number):
                number[one] = k
    return number[lesion_id]


def _sign(group: LesionGroup, skin: CommonSkin) -> float:
    """-1 for scars that stand out, whose height counts as their depth."""
    sides = (skin.before, group.before_ids), (skin.after, group.after_ids)
    types = [seen.assessment.lesions[one - 1].type for seen, ids in sides for one in ids]
    return -1.0 if all(kind == "raised" for kind in types) else 1.0


def _depths_um(
    seen: Seen, union: NDArray[np.int32], around: Surroundings, skin: CommonSkin, sign: Values
) -> Values:
    """(groups + 1,) depth of the floor below the skin around, as of single photographs; NaN where none is seen."""
    rims = rim_heights_um(seen.relief_um, around, skin.common, len(sign) - 1, skin.mm_per_px)
    inside = union > 0
    group = union[inside]
    depth = (rims[group] - seen.relief_um[inside]) * sign[group]
    return group_quantile(depth, group, len(sign) - 1, DEPTH_QUANTILE)[0]


def _erythema_deltas(
    seen: Seen, union: NDArray[np.int32], around: Surroundings, skin: CommonSkin, count: int
) -> Values:
    """(count + 1,) erythema index 100 log10(R / G) of the mean light inside less that of the rim; NaN if unknown."""
    distance_mm = around.distance_px * skin.mm_per_px
    reach_mm = max(RIM_REACH_MM, RIM_GAP_MM + 2 * skin.mm_per_px)
    within = ((seen.rgb >= CLIPPED_LOW) & (seen.rgb < CLIPPED_HIGH)).all(axis=2) & skin.common
    index: list[Values] = []
    for mask in (union > 0, (distance_mm > RIM_GAP_MM) & (distance_mm <= reach_mm)):
        used = mask & within
        light = LINEAR_OF_LEVEL[seen.rgb[used]]
        light = light if seen.colour is None else correct(light, seen.colour)
        size = np.bincount(around.nearest[used], minlength=count + 1)
        red, green = (
            np.maximum(
                np.bincount(around.nearest[used], light[:, k], count + 1) / np.maximum(size, 1),
                REFLECTANCE_FLOOR,
            )
            for k in (0, 1)
        )
        index.append(np.where(size > 0, 100 * np.log10(red / green), np.nan))
    return index[0] - index[1]


def _middles(union: NDArray[np.int32], count: int) -> Values:
    """(count + 1, 2) x, y of each group's middle in working pixels."""
    row, column = np.nonzero(union)
    group = union[row, column]
    size = np.maximum(np.bincount(group, minlength=count + 1), 1)
    return np.stack([np.bincount(group, place, count + 1) / size for place in (column, row)], axis=1)


def _in_photo(place: Values, before: Seen) -> tuple[float, float]:
    """Working pixel of before -> pixel of its oriented photograph, rounded to 0.1."""
    evidence = before.assessment.evidence
    scale = (1.0, 1.0) if evidence is None else evidence.photo_px_per_px
    x, y = ((float(place[k]) + 0.5) * scale[k] - 0.5 for k in (0, 1))  # pixel centres, not corners
    return round(x, 1), round(y, 1)


def _kind(group: LesionGroup) -> LesionKind:
    before, after = len(group.before_ids), len(group.after_ids)
    if not after:
        return "before only"
    if not before:
        return "after only"
    if before == after == 1:
        return "single"
    return "split" if before == 1 else "merged" if after == 1 else "regrouped"


def _verdict(
    group: LesionGroup, depth_before: float | None, depth_after: float | None, mdc95: float | None
) -> LesionVerdict:
    if depth_before is None or depth_after is None or mdc95 is None:
        return "resolved" if not group.after_ids else "new" if not group.before_ids else "unknown"
    change = depth_after - depth_before
    if abs(change) <= mdc95:
        return "unchanged"
    if change < 0:
        return "resolved" if not group.after_ids else "improved" if group.before_ids else "unchanged"
    return "worse" if group.before_ids else "new"


def _known(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
