"""Flat marks, pores and wrinkles as the network marks them, and packed into one picture."""

import numpy as np
from numpy.typing import NDArray

from inference.network.maps import Maps

#: Kinds of marks, in the order of their bits.
MARKS = ("red", "brown", "pores", "wrinkles")


def marked(maps: Maps, name: str, threshold: float | None) -> NDArray[np.bool_] | None:
    """(h, w) bool, where one kind of mark is seen; None where the model says too little about it."""
    return None if threshold is None else maps.surface_map(name) > threshold


def pack_marks(marks: dict[str, NDArray[np.bool_] | None], shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """(h, w) uint8: bit k for the k-th of red, brown, pores, wrinkles, bit k + 4 wherever that kind is known."""
    packed = np.zeros(shape, np.uint8)
    for bit, name in enumerate(MARKS):
        mark = marks[name]
        if mark is not None:
            packed |= (mark.astype(np.uint8) << bit) | np.uint8(1 << (bit + len(MARKS)))
    return packed


def unpack_mark(marks: NDArray[np.uint8], name: str) -> NDArray[np.bool_] | None:
    """(h, w) bool, one kind of mark out of `pack_marks`; None where it is not known."""
    bit = MARKS.index(name)
    known = (marks >> (bit + len(MARKS))) & 1 > 0
    return (marks >> bit) & 1 > 0 if known.any() else None
