"""The second witness of healing: how strongly scars shade, by how strongly the skin around them does.

Relief that fills up shades less. On path-traced skin of known relief the contrast inside one common footprint,
divided by that of the unaffected skin, repeated to 2-3 % under the same rig and to 17-21 % under any other light.
"""

import math

import numpy as np
from numpy.typing import NDArray

from inference.change.detail import LEAST_UNAFFECTED_MM2, Mask, PairDetail, band

#: Detail of these Gaussian sd (mm): walls and small pits, broad scars. Octaves about the scars' own sizes.
BANDS_MM = ((0.35, 1.0), (1.0, 2.8))
#: Contrast beyond the unaffected skin's is held above this share of it: less is not told from none.
_LEAST_BEYOND = 0.1
#: Values beyond this many standard deviations (by the median absolute deviation) are hairs and glints, not relief.
_STRONGEST = 5.0


def log_contrast_ratios(detail: PairDetail) -> tuple[float | None, ...]:
    """ln(after / before) of the scars' contrast in each of `BANDS_MM`; None where there is too little skin or scar.

    The contrast of a visit is sqrt(mean square inside the footprint - that of unaffected skin) by the root mean
    square of unaffected skin: its texture and noise lie inside the scars too, and a stronger or a more raking light
    raises both.
    """
    pixel_mm2 = detail.mm_per_px**2
    if (
        np.count_nonzero(detail.unaffected) * pixel_mm2 < LEAST_UNAFFECTED_MM2
        or np.count_nonzero(detail.footprint) < 16
    ):
        return (None,) * len(BANDS_MM)
    ratios: list[float] = []
    for fine_mm, coarse_mm in BANDS_MM:
        before, after = (
            _contrast(band(light, detail, fine_mm, coarse_mm), detail.footprint, detail.unaffected)
            for light in (detail.before, detail.after)
        )
        ratios.append(math.log(after / before))
    return tuple(ratios)


def _contrast(detail: NDArray[np.float32], footprint: Mask, unaffected: Mask) -> float:
    limit = _STRONGEST * 1.4826 * float(np.median(np.abs(detail[footprint | unaffected])))
    inside, outside = (
        float(np.mean(np.clip(detail[mask], -limit, limit).astype(np.float64) ** 2)) + 1e-12
        for mask in (footprint, unaffected)
    )
    return math.sqrt(max(inside / outside - 1, _LEAST_BEYOND**2))
