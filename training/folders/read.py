"""Photographs of a folder per class, and which of them are the same photograph."""

import logging
from dataclasses import dataclass
from pathlib import Path

from data.checking.duplicates import Codes, codes_of, groups_of, likenesses
from data.errors import DatasetError
from inference.errors import PhotoError
from inference.photo.read import read_photo

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
    found: list[tuple[Path, int, Codes]] = []
    for label, name in enumerate(names):
        for path in sorted((root / name).iterdir()):
            try:
                found.append((path, label, codes_of(read_photo(path).rgb)))
            except PhotoError as error:
                log.warning("%s left out: %s", path.name, error)
    counts = [sum(label == k for _, label, _ in found) for k in range(len(names))]
    if len(names) < 2 or min(counts) < 2:
        raise DatasetError(f"{root} must hold two folders or more, named by class, with photographs in each.")
    groups = _numbered({str(path): codes for path, _, codes in found})
    examples = [Example(path, label, group) for (path, label, _), group in zip(found, groups, strict=True)]
    for one in examples:
        for other in examples:
            if one.group == other.group and one.label < other.label:
                raise DatasetError(
                    f"{one.path.parent.name}/{one.path.name} and {other.path.parent.name}/{other.path.name} are the "
                    "same photograph in two classes: keep one."
                )
    return names, examples


def _numbered(codes: dict[str, Codes]) -> list[int]:
    """Number of the group of every photograph: those that are alike, by whatever chain, share one."""
    leaders = groups_of(list(codes), [(found.one, found.other) for found in likenesses(codes)])
    number = {leader: place for place, leader in enumerate(dict.fromkeys(leaders.values()))}
    return [number[leader] for leader in leaders.values()]
