"""Means over what is labelled, in all processes of a run together.

With several processes every sum goes over all of them, so that a run of two processes learns what one process with both
their batches would: a mean of the means of two unlike parts is another mean.
"""

from typing import Any

import torch
from torch import Tensor, distributed


class _SumOfAll(torch.autograd.Function):
    """Sum over processes. Its gradient is summed as well: DistributedDataParallel divides it by their number again."""

    @staticmethod
    def forward(ctx: Any, value: Tensor) -> Tensor:
        total = value.clone()
        distributed.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        total = gradients[0].clone()
        distributed.all_reduce(total)
        return total


def over_all(value: Tensor) -> Tensor:
    """The sum of a value over all processes of the run; itself where there is one. Every process must ask.

    Without gradients nothing is learnt: a validation is one process's own.
    """
    if not torch.is_grad_enabled() or not (distributed.is_available() and distributed.is_initialized()):
        return value
    return _SumOfAll.apply(value)


def masked_mean(values: Tensor, weights: Tensor) -> Tensor:
    """Weighted mean; 0 where the weights sum to 0. Both of one shape, weights >= 0."""
    return over_all((values * weights).sum()) / over_all(weights.sum()).clamp_min(1e-6)
