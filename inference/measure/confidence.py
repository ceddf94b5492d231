"""From the mean scar probability inside an outline to the chance that the lesion is a scar."""

import numpy as np
from numpy.typing import NDArray

from inference.network.bundle import ConfidenceMap

#: Probabilities are kept this far from 0 and 1, where their logarithm of odds has no end.
_EDGE = 1e-4


def confidence_terms(
    probability: NDArray[np.floating], diameter_mm: NDArray[np.floating]
) -> NDArray[np.float64]:
    """(n, 3) what `ConfidenceMap` weighs: 1, logit of the probability, ln of the diameter."""
    p = np.clip(np.asarray(probability, np.float64), _EDGE, 1 - _EDGE)
    width = np.log(np.maximum(np.asarray(diameter_mm, np.float64), 1e-3))
    return np.stack([np.ones_like(p), np.log(p / (1 - p)), width], axis=1)


def calibrated(
    probability: NDArray[np.float64], diameter_mm: NDArray[np.float64], known: ConfidenceMap | None
) -> NDArray[np.float64]:
    """(n,) chance of being a scar; without a map the probability as it is."""
    if known is None:
        return probability
    weights = np.array([known.intercept, known.by_logit, known.by_log_diameter])
    return 1 / (1 + np.exp(-confidence_terms(probability, diameter_mm) @ weights))
