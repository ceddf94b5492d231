"""Photographs that show the same picture: saved again, resized, brightened, mirrored or turned.

Perceptual hash of 256 bits by the library ImageHash (Zauner, "Implementation and benchmarking of perceptual image hash
functions", thesis, FH Hagenberg 2010), taken of all eight mirrored and turned views of one picture. What the
limit lets through was tried on real photographs: `docs/labels.md`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import cv2
import imagehash
import numpy as np
from numpy.typing import NDArray
from PIL import Image

#: Hashes at most this far apart, of 256 bits, are taken as one picture.
SAME_BITS = 40
_HASH_SIDE = 16
#: The hash looks at 64 x 64 pixels; this is enough to shrink from.
_THUMBNAIL_PX = 256

Codes = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Likeness:
    """Two photographs by id, and how many of 256 bits of their hashes differ."""

    one: str
    other: str
    bits: int


def codes_of(rgb: NDArray[np.uint8]) -> Codes:
    """(8, 4) uint64: the 256 bits of a (H, W, 3) uint8 sRGB picture as it is, and of its other views."""
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    size = (_THUMBNAIL_PX, _THUMBNAIL_PX)
    small = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)
    views = [np.rot90(face, quarters) for face in (small, small[:, ::-1]) for quarters in range(4)]
    return np.stack([_code(view) for view in views])


def _code(grey: NDArray[np.uint8]) -> Codes:
    bits = imagehash.phash(Image.fromarray(np.ascontiguousarray(grey)), hash_size=_HASH_SIDE).hash
    return np.packbits(bits.ravel()).view(np.uint64)


def likenesses(codes: Mapping[str, Codes]) -> list[Likeness]:
    """All pairs within `SAME_BITS`, by photo id, in the order of `codes`. Every pair is looked at."""
    names = list(codes)
    if len(names) < 2:
        return []
    stored = np.stack([codes[name] for name in names])
    plain = stored[:, 0]
    found: list[Likeness] = []
    for later in range(1, len(names)):
        apart = np.bitwise_count(plain[:later, np.newaxis] ^ stored[later]).sum(axis=2).min(axis=1)
        found += [
            Likeness(names[first], names[later], int(apart[first]))
            for first in np.flatnonzero(apart <= SAME_BITS)
        ]
    return found


def groups_of(ids: Sequence[str], pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The first id of the group that each id belongs to, where `pairs` belong together."""
    leader = {name: name for name in ids}

    def lead(name: str) -> str:
        while leader[name] != name:
            leader[name] = leader[leader[name]]
            name = leader[name]
        return name

    order = {name: place for place, name in enumerate(ids)}
    for one, other in pairs:
        first, second = sorted((lead(one), lead(other)), key=order.__getitem__)
        leader[second] = first
    return {name: lead(name) for name in ids}
