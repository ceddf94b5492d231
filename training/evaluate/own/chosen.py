"""Which photographs of a set are evaluated, and whether a bundle may be judged by them."""

from dataclasses import dataclass
from pathlib import Path

from data.checking.folds import read_folds
from data.errors import DatasetError, LeakError
from data.labelled import LabelledSet
from data.manifest import ManifestRow, Split
from inference.network.bundle import Bundle
from training.evaluate.own.labels import has_labels
from training.photos.seen import fingerprint_of, seen_by


@dataclass(frozen=True, slots=True)
class Side:
    """What is asked for: one fold, one split, or with neither everything. folds: the table of folds."""

    folds: Path | None = None
    fold: int | None = None
    split: Split | None = None

    def __str__(self) -> str:
        if self.fold is not None:
            return f"fold {self.fold}"
        return f"split {self.split}" if self.split else "all photographs"


@dataclass(frozen=True, slots=True)
class Chosen:
    """photos: by id, with any label. unlabelled: how many of the side have none."""

    photos: dict[str, ManifestRow]
    unlabelled: int


def choose(labelled: LabelledSet, side: Side) -> Chosen:
    """Raises DatasetError where the side holds no labelled photograph, or is not asked for as it must be."""
    if (side.folds is None) != (side.fold is None) or (side.fold is not None and side.split is not None):
        raise DatasetError(
            "Ask for --folds FILE together with --fold NUMBER, or for --split, or for neither."
        )
    photos = {photo: row for photo, row in labelled.photos.items() if side.split in (None, row.split)}
    if side.folds is not None:
        fold = read_folds(side.folds).fold
        photos = {photo: row for photo, row in photos.items() if fold.get(photo) == side.fold}
    told = has_labels(labelled)
    chosen = {photo: row for photo, row in photos.items() if photo in told}
    if not chosen:
        raise DatasetError(
            f"No labelled photograph is in {side}: `cicatrix-train split` writes folds and splits, "
            "`cicatrix-train check` says what is labelled."
        )
    return Chosen(chosen, len(photos) - len(chosen))


def refuse_seen(labelled: LabelledSet, photos: dict[str, ManifestRow], bundle: Bundle) -> list[str]:
    """Raises LeakError where the bundle was trained on one of the photographs; returns what else is to be said.

    Known by the bytes of the files: a copy that was saved again is not recognized (`cicatrix-train check` finds such).
    """
    name = f"{bundle.description.name} {bundle.description.version}"
    seen = seen_by(bundle.description)
    if not (seen.trained or seen.tuned):
        return [] if seen.is_known else [_untold(name)]
    prints = {photo: fingerprint_of(labelled.folder / row.image) for photo, row in photos.items()}
    trained = sorted(photo for photo, one in prints.items() if one in seen.trained)
    if trained:
        raise LeakError(
            f"{name} was trained on {len(trained)} of these {len(prints)} photographs ({', '.join(trained[:5])}): what "
            "it says of them proves nothing. Ask for the fold or split that was kept out of its training, with --folds "
            "and --fold, or with --split test."
        )
    notes = [] if seen.is_known else [_untold(name)]
    tuned = sum(one in seen.tuned for one in prints.values())
    if tuned:
        notes.append(
            f"{name} was stopped or calibrated by {tuned} of these {len(prints)} photographs, so its figures are a "
            "little too good. Photographs that had no part in it (--split test, another clinic's) are the proof."
        )
    return notes


def _untold(name: str) -> str:
    return (
        f"{name} does not say which labelled photographs it was trained on: if any of these were among them, its "
        "figures are worth nothing. Train and export it again to have them named."
    )
