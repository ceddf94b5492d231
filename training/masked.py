"""Means over what is labelled."""

from torch import Tensor


def masked_mean(values: Tensor, weights: Tensor) -> Tensor:
    """Weighted mean; 0 where the weights sum to 0. Both of one shape, weights >= 0."""
    return (values * weights).sum() / weights.sum().clamp_min(1e-6)
