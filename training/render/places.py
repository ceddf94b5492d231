"""Where things may be put on skin."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Places:
    """Where things may be put: pixels (M, 2) as x, y in px, one for each `area_mm2 / M` of skin."""

    xy_px: NDArray[np.int64]
    px_per_mm: float
    area_cm2: float

    def draw(
        self, rng: np.random.Generator, count: int, weight: NDArray[np.float64] | None = None
    ) -> NDArray[np.float64]:
        """(count, 2) places in mm, weighted by `weight` (M,), scattered within their pixel grid cell."""
        if not len(self.xy_px) or not count:
            return np.zeros((0, 2))
        p = None if weight is None else weight / weight.sum()
        pick = rng.choice(len(self.xy_px), count, p=p)
        return (self.xy_px[pick] + rng.uniform(-2, 2, (count, 2))) / self.px_per_mm

    def near(
        self, rng: np.random.Generator, reach_mm: tuple[float, float], middles: int
    ) -> NDArray[np.float64]:
        """(M,) weights 0..1 heaped around so many random places, each with a Gaussian reach within the range."""
        weight = np.full(len(self.xy_px), 1e-9)
        for _ in range(middles if len(weight) else 0):
            middle = self.xy_px[int(rng.integers(len(weight)))]
            reach_px = rng.uniform(*reach_mm) * self.px_per_mm
            heap = np.exp(-0.5 * (np.hypot(*(self.xy_px - middle).T) / reach_px) ** 2)
            weight = np.maximum(weight, heap)
        return weight


def places_on(mask: NDArray[np.uint8], px_per_mm: float) -> Places:
    """Every fourth pixel of a mask as a place."""
    rows, cols = np.nonzero(mask[::4, ::4])
    return Places(np.column_stack([cols, rows]) * 4 + 2, px_per_mm, float(mask.sum()) / px_per_mm**2 / 100)
