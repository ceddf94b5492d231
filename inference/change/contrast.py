"""The second witness of healing: how strongly scars shade, by how strongly the skin around them does.

Relief that fills up shades less. `cicatrix-train evaluate change figures` prints how well it repeats beside the relief.
"""

import math

import numpy as np
from numpy.typing import NDArray

from inference.change.detail import LEAST_UNAFFECTED_MM2, PairDetail, Plane, band, held

#: Detail of these Gaussian sd (mm): the walls of scars. Broader bands follow the form of the face instead, and finer
#: ones follow pores.
BANDS_MM = ((0.35, 1.0),)
#: Contrast beyond the unaffected skin's is held above this share of it: less is not told from none.
_LEAST_BEYOND = 0.1


def log_contrast_ratios(detail: PairDetail) -> tuple[float | None, ...]:
    """ln(after / before) of the scars' contrast in each of `BANDS_MM`; None where there is too little skin or scar.

    The contrast of a visit is sqrt(mean square inside the footprint, weighted by depth, - that of unaffected skin) by
    the root mean square of unaffected skin: its texture and noise lie inside the scars too, and a stronger or a more
    raking light raises both.
    """
    pixel_mm2 = detail.mm_per_px**2
    if (
        np.count_nonzero(detail.unaffected) * pixel_mm2 < LEAST_UNAFFECTED_MM2
        or np.count_nonzero(detail.footprint) < 16
    ):
        return (None,) * len(BANDS_MM)
    ratios: list[float] = []
    for sd_mm in BANDS_MM:
        before, after = (
            _contrast(band(light, detail.common, detail.mm_per_px, sd_mm), detail)
            for light in (detail.before, detail.after)
        )
        ratios.append(math.log(after / before))
    return tuple(ratios)


def _contrast(shading: Plane, detail: PairDetail) -> float:
    inside = _mean_square(shading[detail.footprint], detail.weight[detail.footprint])
    outside = _mean_square(shading[detail.unaffected])
    return math.sqrt(max(inside / outside - 1, _LEAST_BEYOND**2))


def _mean_square(values: NDArray[np.float32], weights: NDArray[np.float32] | None = None) -> float:
    """Of values held to a multiple of their own spread: a common limit would cut off the scars themselves."""
    squares = held(values).astype(np.float64) ** 2
    return float(np.average(squares, weights=weights)) + 1e-12
