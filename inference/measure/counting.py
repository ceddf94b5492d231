"""Scores of a scale whose points depend on counts of uncertain scars: exact distributions, no sampling."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray


def count_distribution(present: NDArray[np.floating], limit: int) -> NDArray[np.float64]:
    """Distribution of the number of scars, each present with its own chance (Poisson-binomial).

    present: (n, ...) chances 0..1, one row per scar; further axes are separate problems.
    Returns (..., limit + 1) float64: chance of 0, 1, ..., and in the last place of `limit` or more.
    """
    shape = present.shape[1:]
    chance = np.zeros((*shape, limit + 1))
    chance[..., 0] = 1
    for row in present:
        p = np.asarray(row, np.float64)[..., np.newaxis]
        moved = chance * p
        last = moved[..., -1:].copy()  # "limit or more" stays there
        chance -= moved
        chance[..., 1:] += moved[..., :-1]
        chance[..., -1:] += last
    return chance


def band_distribution(counts: NDArray[np.float64], limits: Sequence[int]) -> NDArray[np.float64]:
    """(..., len(limits) + 1) chance that a count lies below the first limit, between each two, or beyond."""
    edges = (0, *limits, counts.shape[-1])
    return np.stack([counts[..., a:b].sum(axis=-1) for a, b in pairwise(edges)], axis=-1)


def score_distribution(bands: NDArray[np.float64], weights: Sequence[int]) -> NDArray[np.float64]:
    """(max + 1,) chance of each score, the sum over items of weight times band.

    bands: (items, b) chances of band 0..b-1. Items are taken as independent; they are a little less spread
    together than that, as one scar counts in one item only, so the interval errs on the wide side.
    """
    total = np.ones(1)
    for chances, weight in zip(bands, weights, strict=True):
        points = np.zeros(weight * (len(chances) - 1) + 1)
        points[::weight] = chances
        total = np.convolve(total, points)
    return total


def interval_95(chance: NDArray[np.float64]) -> tuple[int, int]:
    """2.5 % and 97.5 % points of a score with the given chances of 0, 1, 2, ..."""
    reached = np.cumsum(chance) / chance.sum()
    low, high = np.searchsorted(reached, [0.025 + 1e-12, 0.975 - 1e-12])
    return int(low), int(high)
