"""Photographs of a folder per class, and which of them are the same photograph."""

import logging
from dataclasses import dataclass
from pathlib import Path

from data.errors import DatasetError
from inference.errors import PhotoError
from inference.photo.read import read_photo
from inference.quality.fingerprint import SAME_DISTANCE, distance, fingerprint

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Example:
    """One photograph. label: number of its class. group: near-duplicates share it."""

    path: Path
    label: int
    group: int


def read_folders(root: Path) -> tuple[tuple[str, ...], list[Example]]:
    """Class names and photographs of `root`/<class>/<photograph>; what is no photograph is named and left out.

    Raises DatasetError with fewer than two classes of two photographs, and where a photograph stands in two classes:
    its class would be known from its copy.
    """
    names = tuple(sorted(path.name for path in root.iterdir() if path.is_dir())) if root.is_dir() else ()
    found: list[tuple[Path, int, str]] = []
    for label, name in enumerate(names):
        for path in sorted((root / name).iterdir()):
            try:
                found.append((path, label, fingerprint(read_photo(path).rgb)))
            except PhotoError as error:
                log.warning("%s left out: %s", path.name, error)
    counts = [sum(label == k for _, label, _ in found) for k in range(len(names))]
    if len(names) < 2 or min(counts) < 2:
        raise DatasetError(f"{root} must hold two folders or more, named by class, with photographs in each.")
    groups = groups_of([code for *_, code in found])
    examples = [Example(path, label, group) for (path, label, _), group in zip(found, groups, strict=True)]
    for one in examples:
        for other in examples:
            if one.group == other.group and one.label < other.label:
                raise DatasetError(
                    f"{one.path.parent.name}/{one.path.name} and {other.path.parent.name}/{other.path.name} are the "
                    "same photograph in two classes: keep one."
                )
    return names, examples


def groups_of(codes: list[str]) -> list[int]:
    """Number of the group of every fingerprint: photographs that are alike, by whatever chain, share one."""
    group = list(range(len(codes)))
    for later in range(len(codes)):
        for earlier in range(later):
            if distance(codes[earlier], codes[later]) <= SAME_DISTANCE and group[earlier] != group[later]:
                old, new = group[later], group[earlier]
                group = [new if one == old else one for one in group]
    return group
