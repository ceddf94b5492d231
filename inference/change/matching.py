"""Which scar of the first visit is which of the second."""

from collections.abc import Callable
from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy import optimize  # pyright: ignore[reportMissingTypeStubs]

from inference.change.common import CommonSkin, Seen
from inference.change.comparison import LesionChange

#: Scars farther apart than this are not the same; human raters are matched within 3 mm too (Kang 2016).
MATCH_RADIUS_MM = 3.0

_assign = cast(
    Callable[[NDArray[np.float64]], tuple[NDArray[np.intp], NDArray[np.intp]]],
    optimize.linear_sum_assignment,  # pyright: ignore[reportUnknownMemberType]
)


def match_lesions(skin: CommonSkin) -> LesionChange:
    """Sort the scars of both visits that lie on the common skin; scars elsewhere are in none of the lists.

    One to one by least total distance of the centroids, within 3 mm. `resolved` and `new` are scars that only
    one visit shows: no partner, and no scar of the other visit on their footprint (a scar that merely split
    or merged is not new). Without a measurement error for single scars no matched scar can be called better
    or worse, so all of them, and the split and merged ones, are `unchanged`.
    """
    ids_b, places_b = _centroids(skin.before, skin.mm_per_px)
    ids_a, places_a = _centroids(skin.after, skin.mm_per_px)
    matched_b, matched_a = _matched(places_b, places_a)
    lost = _alone(ids_b, matched_b, skin.before.lesion_id, skin.after.lesion_id)
    new = _alone(ids_a, matched_a, skin.after.lesion_id, skin.before.lesion_id)
    kept = tuple(lesion for lesion in ids_b if lesion not in lost)
    return LesionChange(resolved=lost, improved=(), unchanged=kept, worse=(), new=new)


def _centroids(seen: Seen, mm_per_px: float) -> tuple[list[int], NDArray[np.float64]]:
    """Ids and (n, 2) centroids in mm, in the common frame."""
    ids = [lesion.id for lesion in seen.scars.lesions]
    row, column = np.nonzero(seen.lesion_id)
    group = seen.lesion_id[row, column]
    count = max(ids, default=0) + 1
    size = np.maximum(np.bincount(group, minlength=count), 1)
    x, y = (np.bincount(group, place, minlength=count) / size for place in (column, row))
    return ids, np.column_stack([x, y])[ids].reshape(-1, 2) * mm_per_px


def _matched(
    before: NDArray[np.float64], after: NDArray[np.float64]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which of (n, 2) and of (m, 2) have a partner."""
    found_b, found_a = np.zeros(len(before), np.bool_), np.zeros(len(after), np.bool_)
    if len(before) and len(after):
        step = before[:, np.newaxis] - after
        distance = np.hypot(step[..., 0], step[..., 1])
        # Far pairs all cost the same, so that they never pull near pairs apart.
        rows, columns = _assign(np.where(distance <= MATCH_RADIUS_MM, distance, 1e3))
        near = distance[rows, columns] <= MATCH_RADIUS_MM
        found_b[rows[near]], found_a[columns[near]] = True, True
    return found_b, found_a


def _alone(
    ids: list[int], matched: NDArray[np.bool_], own: NDArray[np.int32], other: NDArray[np.int32]
) -> tuple[int, ...]:
    """Ids without a partner whose footprint holds no scar of the other visit."""
    touched = set(np.unique(own[other > 0]).tolist())
    return tuple(k for k, has in zip(ids, matched.tolist(), strict=True) if not has and k not in touched)
