"""The clinical scales of a rendered tile, by their formulas, from the scars that are truly there."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from inference.measure.adapt import goodman_baron_items
from inference.measure.assessment import Lesion
from inference.measure.continuous import ecca_continuous_of
from inference.measure.scales import EccaCounts, GoodmanBaronCounts, ecca, goodman_baron_quantitative

ECCA_ITEM = {"icepick": "v_shaped", "boxcar": "u_shaped", "rolling": "m_shaped"}


def true_scales(scars: Sequence[dict[str, float | str]]) -> dict[str, float]:
    """Goodman-Baron quantitative points and the atrophic ECCA, with bands and without, of the listed scars
    (type, width_mm, depth_um).

    Scars are put to items as in scoring, so that the grading head learns what `cicatrix score` reports. Every scar is
    there and of its type for certain.
    """
    items = Counter(goodman_baron_items([_as_lesion(scar) for scar in scars]))
    shapes = Counter(ECCA_ITEM[str(scar["type"])] for scar in scars if scar["type"] in ECCA_ITEM)
    counts = np.array([shapes[item] for item in ECCA_ITEM.values()], np.float64)
    return {
        "goodman_baron_quantitative": goodman_baron_quantitative(GoodmanBaronCounts(**items)),
        "ecca_atrophic": ecca(EccaCounts(**shapes)),
        "ecca_continuous": round(ecca_continuous_of(counts), 3),
    }


def _as_lesion(scar: dict[str, float | str]) -> Lesion:
    return Lesion(
        id=0,
        type=scar["type"],  # type: ignore[arg-type]
        x_px=0.0,
        y_px=0.0,
        area_px=0,
        area_mm2=0.0,
        diameter_mm=float(scar["width_mm"]),
        depth_um=float(scar["depth_um"]),
        confidence=1.0,
    )
