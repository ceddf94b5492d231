"""An ECCA-like score without bands, so that fewer scars always score less.

ECCA's semi-quantitative score is 0, 1, 2 or 3 by bands of the count (Dreno et al. 2007, see `scales`), and a face that
goes from 18 to 13 boxcar scars keeps its score. Here the step is replaced by a curve through the middle of every band.
"""

import math

import numpy as np
from numpy.typing import NDArray

from inference.measure.adapt import ScarSample
from inference.measure.assessment import ScaleValue
from inference.measure.interval import INTERVAL_FROM
from inference.measure.scales import ECCA_ATROPHIC_MAX, ECCA_WEIGHTS

#: Count and score. Few (1-4 scars) is reached at its geometric middle, 2, and limited (5-20) at 10. Many (over 20) has
#: no upper end: it is given the width of the band before, a factor of 4, whose middle is at 42. Beyond it stays 3, so
#: that the range of the atrophic items remains 0 to 180.
ANCHORS: tuple[tuple[float, float], ...] = ((0.0, 0.0), (2.0, 1.0), (10.0, 2.0), (42.0, 3.0))
#: The three atrophic items in the order of SCAR_TYPES.
_WEIGHTS = np.array([ECCA_WEIGHTS[item] for item in ("v_shaped", "u_shaped", "m_shaped")], np.float64)


def continuous_band(count: NDArray[np.floating]) -> NDArray[np.float64]:
    """ECCA's 0..3 for an expected count: linear in ln(1 + count) between `ANCHORS`, monotone and continuous.

    The bands widen by a constant factor, so a logarithm makes the pieces of nearly equal slope (0.91, 0.77, 0.73).
    """
    at, score = np.array(ANCHORS).T
    return np.asarray(np.interp(np.log1p(np.maximum(count, 0.0)), np.log1p(at), score), np.float64)


def ecca_continuous_of(counts: NDArray[np.floating]) -> float:
    """Points 0..180 of (3,) expected counts of icepick, boxcar and rolling scars."""
    return float(continuous_band(counts) @ _WEIGHTS)


def ecca_continuous_from(scars: ScarSample) -> ScaleValue:
    """Points from the expected count of every type: the sum over scars of confidence times type probability.

    The interval without errors of the network: every scar is there, and of a type, by a chance of its own, so a count
    has the variance sum p (1 - p); reaches of the items add in quadrature.
    """
    sure = np.array([lesion.confidence for lesion in scars.lesions], np.float64).reshape(-1, 1)
    present = sure * scars.type_probability[:, :3].astype(np.float64)
    count, sd = present.sum(axis=0), np.sqrt((present * (1 - present)).sum(axis=0))
    value = ecca_continuous_of(count)
    below, above = (
        math.hypot(*((continuous_band(count + z * sd) - continuous_band(count)) * _WEIGHTS).tolist())
        for z in (-1.96, 1.96)
    )
    method = (
        "adaptation: ECCA's weights times a curve through the middle of its bands of the expected count of icepick, "
        f"boxcar and rolling scars on the photographed skin{INTERVAL_FROM}detection and type"
    )
    return ScaleValue(value, max(value - below, 0.0), min(value + above, float(ECCA_ATROPHIC_MAX)), method)
