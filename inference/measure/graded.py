"""All clinical scales of one piece of skin, with the network's own errors in their intervals where they are known."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from inference.measure.adapt import (
    ScarSample,
    ecca_atrophic_from,
    goodman_baron_from,
    goodman_baron_qualitative_from,
    scar_s_face_from,
    severity_from_network,
)
from inference.measure.assessment import ScaleValue
from inference.measure.continuous import ecca_continuous_from
from inference.measure.interval import Errors, widened
from inference.measure.scales import ECCA_ATROPHIC_MAX, GOODMAN_BARON_MAX
from inference.network.maps import Estimate

NO_SKIN = ScaleValue(None, None, None, "no skin was found in the photograph")
#: Highest grade of a scale and, of those that take whole steps only, the step.
SCAR_S_MAX, ECCA_STEP = 5, 5.0
_NAMES = (
    "ecca_atrophic",
    "ecca_continuous",
    "goodman_baron_quantitative",
    "goodman_baron_qualitative",
    "scar_s_face",
)


def unknown_scales() -> dict[str, ScaleValue]:
    """Where no skin is seen."""
    return dict.fromkeys(_NAMES, NO_SKIN)


def graded_scales(
    scars: ScarSample, distance_mm: NDArray[np.floating], flat_marks: float | None, errors: Errors
) -> dict[str, ScaleValue]:
    """The scales by name. distance_mm: (k,) of every pixel of the assessed skin to the nearest scar."""
    still = replace(scars, scale_relative_sd=0.0)
    quantitative = widened(
        goodman_baron_from(scars),
        errors.get("scales.goodman_baron_quantitative"),
        GOODMAN_BARON_MAX,
        1.0,
        goodman_baron_from(still),
    )
    values = (
        widened(ecca_atrophic_from(scars), errors.get("scales.ecca_atrophic"), ECCA_ATROPHIC_MAX, ECCA_STEP),
        widened(ecca_continuous_from(scars), errors.get("scales.ecca_continuous"), ECCA_ATROPHIC_MAX),
        quantitative,
        goodman_baron_qualitative_from(quantitative, flat_marks),
        widened(
            scar_s_face_from(scars, distance_mm),
            errors.get("scales.scar_s_face"),
            SCAR_S_MAX,
            1.0,
            scar_s_face_from(still, distance_mm),
        ),
    )
    return dict(zip(_NAMES, values, strict=True))


def network_severity(severity: Estimate, errors: Errors) -> ScaleValue:
    """The grading head's own grade."""
    scale = severity_from_network(severity)
    return widened(scale, errors.get("scales.severity_network"), GOODMAN_BARON_MAX, sd=severity.sd)
