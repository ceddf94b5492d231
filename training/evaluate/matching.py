"""Which measured lesion is which true scar."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment


def match(
    seen_mm: NDArray[np.float64], truth_mm: NDArray[np.float64], reach_mm: float
) -> list[tuple[int, int]]:
    """One-to-one pairs (seen, truth) within `reach_mm`: as many as possible, then as close as possible.

    seen_mm: (n, 2), truth_mm: (m, 2) centres in millimetres.
    """
    if not len(seen_mm) or not len(truth_mm):
        return []
    distance = np.linalg.norm(seen_mm[:, None] - truth_mm[None], axis=2)
    # A pair out of reach costs more than all pairs within reach together, so it never displaces one.
    cost = np.where(distance <= reach_mm, distance, reach_mm * (1 + min(distance.shape)))
    pairs = zip(*linear_sum_assignment(cost), strict=True)
    return [(int(i), int(j)) for i, j in pairs if distance[i, j] <= reach_mm]
