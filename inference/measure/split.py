"""Merged scars -> single scars: basins of a saliency map, joined again where no clear neck parts them."""

import numpy as np
from numpy.typing import NDArray

#: Two basins stay apart when the saddle between them is below this share of the lower peak. With saliency as
#: the distance to the outline, two equal discs part once their centres are 1.6 radii apart.
NECK_RATIO = 0.6


def split_merged(
    mask: NDArray[np.bool_], saliency: NDArray[np.float32], neck_ratio: float = NECK_RATIO
) -> NDArray[np.int32]:
    """Label single objects in `mask`.

    mask: (h, w) bool. saliency: (h, w) float32, positive inside, highest in the middle of each object.
    Returns (h, w) int32, 0 outside and 1..n inside.

    Every pixel climbs to its highest neighbour (8-connected), which gives one basin a summit; basins are then
    joined in the order of their saddles while the saddle is at least `neck_ratio` of the lower of the two
    peaks. This is persistence clustering (Chazal, Guibas, Oudot, Skraba, J ACM 2013;60:41) with the ratio of
    heights in place of their difference, so that small and large scars are treated alike.
    """
    labels = np.zeros(mask.shape, np.int32)
    padded = np.pad(mask, 1)
    pixels = np.flatnonzero(padded)
    if pixels.size == 0:
        return labels
    heights = np.where(padded, np.pad(saliency, 1), -np.inf).ravel()
    row = padded.shape[1]
    rank = np.full(padded.size, -1, np.int32)
    rank[pixels] = np.arange(pixels.size, dtype=np.int32)
    summits, basin = _climb(pixels, heights, rank, row)
    joined = _join(heights[pixels[summits]], *_saddles(pixels, heights, rank, basin, row), neck_ratio)
    labels[mask] = joined[basin] + 1
    return labels


def _climb(
    pixels: NDArray[np.intp], heights: NDArray[np.float32], rank: NDArray[np.int32], row: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """(k,) ranks of the summits, and (n,) which of them each pixel reaches by steepest ascent."""
    steps = np.array([0, -row - 1, -row, -row + 1, -1, 1, row - 1, row, row + 1])
    best = np.argmax(heights[pixels + steps[:, None]], axis=0)  # ties keep the first, the pixel itself
    target = rank[pixels + steps[best]]
    while True:  # pointer jumping: each turn doubles the length of the path walked
        further = target[target]
        if np.array_equal(further, target):
            break
        target = further
    summits = np.flatnonzero(target == np.arange(target.size))
    number = np.zeros(target.size, np.int32)
    number[summits] = np.arange(summits.size)
    return summits.astype(np.int32), number[target]


def _saddles(
    pixels: NDArray[np.intp],
    heights: NDArray[np.float32],
    rank: NDArray[np.int32],
    basin: NDArray[np.int32],
    row: int,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """(m, 2) pairs of touching basins and (m,) the highest saddle of each, from high to low."""
    firsts: list[NDArray[np.intp]] = []
    seconds: list[NDArray[np.intp]] = []
    for step in (1, row - 1, row, row + 1):
        neighbour = rank[pixels + step]
        here = np.flatnonzero(neighbour >= 0)
        there = neighbour[here]
        border = basin[here] != basin[there]
        firsts.append(here[border])
        seconds.append(there[border].astype(np.intp))
    one, two = np.concatenate(firsts), np.concatenate(seconds)
    saddle = np.minimum(heights[pixels[one]], heights[pixels[two]]).astype(np.float64)
    order = np.argsort(-saddle, kind="stable")
    ends = np.sort(np.stack([basin[one], basin[two]], axis=1), axis=1)[order].astype(np.int64)
    _, first = np.unique(ends[:, 0] * (int(basin.max()) + 1) + ends[:, 1], return_index=True)
    kept = np.sort(first)
    return ends[kept], saddle[order][kept]


def _join(
    peaks: NDArray[np.floating],
    ends: NDArray[np.int64],
    saddle: NDArray[np.float64],
    neck_ratio: float,
) -> NDArray[np.int32]:
    """(basins,) int32: the object of each basin, 0..k-1. A union-find over saddles from high to low."""
    parent = list(range(len(peaks)))
    height = peaks.tolist()

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for (one, two), level in zip(ends.tolist(), saddle.tolist(), strict=True):
        a, b = root(one), root(two)
        if a == b or level < neck_ratio * min(height[a], height[b]):
            continue
        low, high = (a, b) if height[a] < height[b] else (b, a)
        parent[low] = high
    _, objects = np.unique([root(node) for node in range(len(peaks))], return_inverse=True)
    return objects.astype(np.int32)
