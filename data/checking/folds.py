"""folds.csv: which part of a k-fold cross-validation a photograph belongs to. Written once, and reused.

Columns: photo_id, group_id, fold (0, 1, ...). A group is what must stay together: a patient's photographs and
near-duplicates of them.
"""

import csv
import io
import os
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from data.checking.duplicates import groups_of
from data.errors import DatasetError, LeakError
from data.manifest import ManifestRow

FOLDS = "folds.csv"
_COLUMNS = ("photo_id", "group_id", "fold")


@dataclass(frozen=True, slots=True)
class Folds:
    """fold, group: by photo id. count: folds there are."""

    fold: dict[str, int]
    group: dict[str, str]
    count: int


def together(rows: Sequence[ManifestRow], likenesses: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The group of each photograph: photographs of one patient, and pairs that look alike, belong together."""
    photos = list(dict.fromkeys(row.photo_id for row in rows))
    first: dict[str, str] = {}
    pairs = [(first.setdefault(row.patient_id, row.photo_id), row.photo_id) for row in rows]
    return groups_of(photos, [*pairs, *likenesses])


def draw_folds(group: Mapping[str, str], classes: Mapping[str, str], count: int, seed: int) -> Folds:
    """Folds of whole groups with classes spread evenly (scikit-learn's StratifiedGroupKFold).

    classes: of each photograph. Raises DatasetError where there are fewer groups than folds.
    """
    from sklearn.model_selection import (
        StratifiedGroupKFold,
    )  # a second to import, and few commands draw folds

    if count < 2 or len(set(group.values())) < count:
        raise DatasetError(
            f"{len(set(group.values()))} patients or groups cannot fill {count} folds: ask for fewer."
        )
    photos = sorted(group)  # the manifest's order has no say
    folds: dict[str, int] = {}
    splitter = StratifiedGroupKFold(count, shuffle=True, random_state=seed)
    labels = np.array([classes[photo] for photo in photos])
    groups = np.array([group[photo] for photo in photos])
    if max(Counter(labels.tolist()).values()) < count:  # too few of every class to be spread
        labels[:] = ""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a class with fewer photographs than folds
        for number, (_, held_out) in enumerate(splitter.split(np.zeros(len(photos)), labels, groups)):
            folds.update((photos[index], number) for index in held_out)
    return Folds({photo: folds[photo] for photo in group}, dict(group), count)


def extend_folds(folds: Folds, group: Mapping[str, str], classes: Mapping[str, str]) -> Folds:
    """The same folds with photographs that came later; nobody who has a fold moves.

    A new photograph joins the fold of its group, a new group the fold with the fewest photographs of its class.
    Raises LeakError where a group has come to lie in two folds, as a new photograph may show that two were one.
    """
    check_folds(folds, group)
    chosen = {photo: fold for photo, fold in folds.fold.items() if photo in group}
    of_group = {group[photo]: fold for photo, fold in chosen.items()}
    for photo in group:
        if photo in chosen:
            continue
        if group[photo] not in of_group:
            alike = Counter(fold for other, fold in chosen.items() if classes[other] == classes[photo])
            sizes = Counter(chosen.values())
            of_group[group[photo]] = min(range(folds.count), key=lambda k: (alike[k], sizes[k], k))
        chosen[photo] = of_group[group[photo]]
    return Folds({photo: chosen[photo] for photo in group}, dict(group), folds.count)


def check_folds(folds: Folds, group: Mapping[str, str]) -> None:
    """Raises LeakError where photographs that belong together lie in different folds."""
    seen: dict[str, tuple[str, int]] = {}
    for photo, fold in folds.fold.items():
        if photo not in group:
            continue
        other, known = seen.setdefault(group[photo], (photo, fold))
        if known != fold:
            raise LeakError(
                f"{other} and {photo} belong together, by patient or because they look alike, but {FOLDS} has them "
                f"in folds {known} and {fold}: remove {FOLDS} and draw the folds anew."
            )


def read_folds(path: Path) -> Folds:
    """Raises DatasetError, with the line, for what is not as this module says."""
    try:
        reader = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""))
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"{path.name} cannot be read ({error}).") from error
    fold: dict[str, int] = {}
    group: dict[str, str] = {}
    for cells in reader:
        try:
            photo, number = cells["photo_id"], int(cells["fold"])
            if photo in fold or number < 0:
                raise ValueError("each photograph has one fold, from 0")
            fold[photo], group[photo] = number, cells["group_id"]
        except (KeyError, TypeError, ValueError) as error:
            raise DatasetError(
                f"{path.name} line {reader.line_num}: {', '.join(_COLUMNS)} ({error})."
            ) from error
    if not fold:
        raise DatasetError(f"{path.name} is empty: remove it and draw the folds anew.")
    return Folds(fold, group, max(fold.values()) + 1)


def write_folds(path: Path, folds: Folds) -> None:
    """Write folds.csv in one step."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows((photo, folds.group[photo], fold) for photo, fold in folds.fold.items())
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.write_text(text.getvalue(), encoding="utf-8", newline="")
    part.replace(path)
