"""Which photographs a bundle has seen: short fingerprints of their files, so that an evaluation can refuse them.

A fingerprint is the first 12 hexadecimal digits of the SHA-256 of a file's bytes. It shows nobody and names nobody, yet
tells whoever holds a photograph that it was trained on: share bundles as you would share that fact.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.splits import file_sha256
from inference.network.bundle import ModelDescription

#: 48 bits: among 50,000 photographs that were seen and 5,000 that are asked about, one in a million of a mistake.
_DIGITS = 12


@dataclass(frozen=True, slots=True)
class SeenPhotos:
    """Fingerprints. trained: learnt from, in this bundle's run or in those of the bundles that it started from.
    tuned: they decided when to stop, or chose thresholds. is_known: False where labelled photographs were used, but the
    bundle does not say which, as bundles before fingerprints do not."""

    trained: frozenset[str]
    tuned: frozenset[str]
    is_known: bool


def fingerprint_of(path: Path) -> str:
    """Raises DatasetError where the file cannot be opened."""
    return file_sha256(path)[:_DIGITS]


def fingerprints(paths: Iterable[Path]) -> list[str]:
    """Sorted, each once."""
    return sorted({fingerprint_of(path) for path in paths})


def seen_by(description: ModelDescription) -> SeenPhotos:
    """What a bundle says of itself."""
    return _seen(description.training, description.metrics.get("calibration"))


def parent_facts(description: ModelDescription) -> dict[str, Any]:
    """What the description of a bundle that started from this one keeps of its photographs; empty where it had none."""
    seen = seen_by(description)
    if seen.is_known and not (seen.trained or seen.tuned):
        return {}
    told = {"train": sorted(seen.trained), "validation": sorted(seen.tuned)}
    return {"photos": {"fingerprints": told if seen.is_known else None}}


def _seen(training: Mapping[str, Any], calibration: Mapping[str, Any] | None) -> SeenPhotos:
    trained: set[str] = set()
    tuned: set[str] = set()
    known = True
    for photos in (training.get("photos"), (training.get("parent") or {}).get("photos")):
        if photos is None:
            continue
        told = photos.get("fingerprints")
        known = known and told is not None
        trained |= set((told or {}).get("train", ()))
        tuned |= set((told or {}).get("validation", ()))
    if calibration and "photographs" in calibration:
        known = known and "fingerprints" in calibration
        tuned |= set(calibration.get("fingerprints", ()))
    return SeenPhotos(frozenset(trained), frozenset(tuned - trained), known)
