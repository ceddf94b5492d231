"""Photographs of a batch that show the same: copies under two names count twice in a study."""

from collections.abc import Mapping, Sequence

import numpy as np

from inference.quality.fingerprint import SAME_DISTANCE


def find_duplicates(fingerprints: Mapping[str, str]) -> list[tuple[str, str]]:
    """Pairs of photographs with nearly the same fingerprint, by name, each photograph with its first likeness.

    fingerprints: 64 bits in hexadecimal by name, in the order of the batch. Every pair is looked at: ten thousand
    photographs are compared in seconds.
    """
    names = list(fingerprints)
    codes = np.array([int(code, 16) for code in fingerprints.values()], np.uint64)
    found: list[tuple[str, str]] = []
    for later in range(1, len(names)):
        apart = np.bitwise_count(codes[:later] ^ codes[later])
        first = int(np.argmax(apart <= SAME_DISTANCE))
        if apart[first] <= SAME_DISTANCE:
            found.append((names[first], names[later]))
    return found


def fingerprints_of(rows: Sequence[Mapping[str, object]]) -> dict[str, str]:
    """Fingerprints by file, of the rows of a table of scores."""
    return {
        str(row["photo.file"]): str(row["photo.fingerprint"])
        for row in rows
        if row.get("photo.fingerprint") is not None
    }
