"""Training, validation and test sets that share no person and no picture."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import get_args

from data.errors import DatasetError, LeakError
from data.manifest import ManifestRow, Split

SPLITS: tuple[Split, ...] = get_args(Split)


def assign_splits(
    rows: Sequence[ManifestRow], *, fractions: Mapping[Split, float], seed: int
) -> list[ManifestRow]:
    """The rows with `split` set, all rows of a patient alike.

    A patient's split follows from the seed and the patient's id alone, so new patients move nobody. Fractions
    are therefore met on average: few patients may miss them by a few. They must sum to 1.
    Raises DatasetError for fractions that do not.
    """
    if any(part < 0 for part in fractions.values()) or abs(sum(fractions.values()) - 1) > 1e-9:
        raise DatasetError(f"Fractions {dict(fractions)} must be 0 or more and sum to 1.")
    return [row.model_copy(update={"split": _drawn(row.patient_id, fractions, seed)}) for row in rows]


def _drawn(patient_id: str, fractions: Mapping[Split, float], seed: int) -> Split:
    digest = hashlib.sha256(f"{seed}:{patient_id}".encode()).digest()
    place = int.from_bytes(digest[:8], "big") / 2**64
    offered: list[Split] = [split for split in SPLITS if fractions.get(split, 0) > 0]
    for split in offered:
        place -= fractions[split]
        if place < 0:
            return split
    return offered[-1]  # the fractions' rounding left a gap at the end


def check_splits(rows: Iterable[ManifestRow], folder: Path | None = None) -> None:
    """Raise LeakError when a patient, or a picture, is in more than one split.

    With the manifest's `folder`, pictures are compared by their bytes too, which finds copies under another
    name or another patient; a photograph that is missing raises DatasetError.
    """
    rows = list(rows)
    _refuse_shared("patient", ((row.patient_id, row) for row in rows))
    _refuse_shared("picture", ((row.image, row) for row in rows))
    if folder is not None:
        _refuse_shared("picture content", ((file_sha256(folder / row.image), row) for row in rows))


def _refuse_shared(kind: str, keyed: Iterable[tuple[str, ManifestRow]]) -> None:
    groups: dict[str, list[ManifestRow]] = defaultdict(list)
    for key, row in keyed:
        if row.split is not None:
            groups[key].append(row)
    leaks = [group for group in groups.values() if len({row.split for row in group}) > 1]
    if leaks:
        shown = "; ".join(
            ", ".join(f"{row.photo_id} of patient {row.patient_id} in {row.split}" for row in group[:4])
            for group in leaks[:3]
        )
        raise LeakError(
            f"{len(leaks)} cases of one {kind} in several splits ({shown}): assign whole patients with "
            "assign_splits, and give copies of a picture one patient_id."
        )


def file_sha256(path: Path) -> str:
    """Of a file's bytes, in hexadecimal; a file that has not changed is read once.

    Raises DatasetError where it cannot be opened.
    """
    try:
        facts = path.stat()
        return _sha256(path.resolve(), facts.st_size, facts.st_mtime_ns)
    except OSError as error:
        raise DatasetError(f"{path.name} cannot be opened ({error.strerror}): check the manifest.") from error


@cache
def _sha256(path: Path, size: int, changed_ns: int) -> str:
    del size, changed_ns  # they tell one state of a file from another
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
