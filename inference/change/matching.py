"""Which scar of the first visit is which of the second."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy import optimize  # pyright: ignore[reportMissingTypeStubs]

from inference.change.common import CommonSkin, Seen

#: Scars farther apart than this are not the same; human raters are matched within 3 mm too (Kang 2016).
MATCH_RADIUS_MM = 3.0

_assign = cast(
    Callable[[NDArray[np.float64]], tuple[NDArray[np.intp], NDArray[np.intp]]],
    optimize.linear_sum_assignment,  # pyright: ignore[reportUnknownMemberType]
)


@dataclass(frozen=True, slots=True)
class LesionGroup:
    """Scars of both visits that are one place of scarring. One side may be empty, not both."""

    before_ids: tuple[int, ...]
    after_ids: tuple[int, ...]


def group_lesions(skin: CommonSkin) -> tuple[LesionGroup, ...]:
    """Which scars of the common skin belong together; scars elsewhere are in no group.

    One to one by least total distance of the centroids, within 3 mm. A scar without a partner that lies on scars of the
    other visit, be it by a single pixel, has merged with or split from them: it joins the one that it shares most skin
    with. A group of one visit alone is a scar that the other does not show.
    """
    ids_b, places_b = _centroids(skin.before, skin.mm_per_px)
    ids_a, places_a = _centroids(skin.after, skin.mm_per_px)
    rows, columns = _matched(places_b, places_a)
    links = [(ids_b[row], ids_a[column]) for row, column in zip(rows, columns, strict=True)]
    shared = _shared_px(skin)
    links += [
        (lesion, other)
        for lesion in set(ids_b) - {one for one, _ in links}
        if (other := _most_shared(shared[lesion])) is not None
    ]
    links += [
        (other, lesion)
        for lesion in set(ids_a) - {one for _, one in links}
        if (other := _most_shared(shared[:, lesion])) is not None
    ]
    return _connected(ids_b, ids_a, links)


def _shared_px(skin: CommonSkin) -> NDArray[np.int64]:
    """(ids before + 1, ids after + 1) pixels that each pair of scars shares; row and column 0 are unused."""
    before, after = skin.before.lesion_id.ravel(), skin.after.lesion_id.ravel()
    ids = (visit.assessment.lesions for visit in (skin.before, skin.after))
    shape = tuple(max((lesion.id for lesion in lesions), default=0) + 1 for lesions in ids)
    both = (before > 0) & (after > 0)
    counts = np.bincount(before[both] * shape[1] + after[both], minlength=shape[0] * shape[1])
    return counts.reshape(shape)


def _most_shared(counts: NDArray[np.int64]) -> int | None:
    """Id of the other visit's scar with most pixels in common; None where there is none."""
    return int(np.argmax(counts)) if counts.any() else None


def _connected(ids_b: list[int], ids_a: list[int], links: list[tuple[int, int]]) -> tuple[LesionGroup, ...]:
    """Groups joined by links, in the order of the first visit's ids, then of those that only the second has."""
    visits = [*((0, one) for one in ids_b), *((1, one) for one in ids_a)]
    visits += [member for one, other in links for member in ((0, one), (1, other))]
    group = {member: {member} for member in visits}
    for one, other in links:
        joined = group[0, one] | group[1, other]
        group.update(dict.fromkeys(joined, joined))
    distinct = {frozenset(members): None for members in (group[member] for member in visits)}
    return tuple(
        LesionGroup(
            tuple(sorted(one for visit, one in members if visit == 0)),
            tuple(sorted(one for visit, one in members if visit == 1)),
        )
        for members in distinct
    )


def _centroids(seen: Seen, mm_per_px: float) -> tuple[list[int], NDArray[np.float64]]:
    """Ids and (n, 2) centroids in mm, in the common frame."""
    ids = [lesion.id for lesion in seen.scars.lesions]
    row, column = np.nonzero(seen.lesion_id)
    group = seen.lesion_id[row, column]
    count = max(ids, default=0) + 1
    size = np.maximum(np.bincount(group, minlength=count), 1)
    x, y = (np.bincount(group, place, minlength=count) / size for place in (column, row))
    return ids, np.column_stack([x, y])[ids].reshape(-1, 2) * mm_per_px


def _matched(before: NDArray[np.float64], after: NDArray[np.float64]) -> tuple[list[int], list[int]]:
    """Rows of (n, 2) and of (m, 2) that are partners."""
    if not len(before) or not len(after):
        return [], []
    step = before[:, np.newaxis] - after
    distance = np.hypot(step[..., 0], step[..., 1])
    # Far pairs all cost the same, so that they never pull near pairs apart.
    rows, columns = _assign(np.where(distance <= MATCH_RADIUS_MM, distance, 1e3))
    near = distance[rows, columns] <= MATCH_RADIUS_MM
    return rows[near].tolist(), columns[near].tolist()
