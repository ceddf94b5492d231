"""What is known of every photograph of a data set, read from its manifest and the tables beside it.

manifest.csv     one row a photograph, or a photograph and rater: mask, grades (`data.manifest`); classes.json names
                 the indices of the masks
boxes.csv, points.csv, types.csv    what is no mask (`data.sidecars`)
folds.csv        parts for cross-validation (`data.checking.folds`)

Any of the tables may be missing, and a photograph may be missing from any of them: it then has no label of that kind.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from data.checking.folds import read_folds
from data.errors import DatasetError
from data.manifest import ManifestRow, read_manifest
from data.masks import SCAR_CLASSES, Classes, read_classes
from data.sidecars import BOXES, POINTS, read_sidecars
from data.sidecars import TYPES as TYPES_TABLE
from data.splits import assign_splits, check_splits
from inference.network.maps import SURFACE, TYPES

#: Classes of a label besides the types: a scar of a type that nobody told, and skin or background without any.
SCAR = "scar"
CLEAR = ("none", "clear", "clear_skin", "background")
#: Number of `SCAR` among the labels of boxes and points; 0..4 are `TYPES`.
ANY_SCAR = len(TYPES)
#: Share of the patients kept for validation where neither folds nor splits say who.
VALIDATION_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class LabelledPhoto:
    """One photograph and all that is known of it; empty where nothing is.

    masks: one a rater. boxes: (class, x0, y0, x1, y1), points: (class, x, y), pixels of the upright photograph, class
    0 none, 1..4 of `TYPES`, `ANY_SCAR` a scar of unknown type. types: numbers of the types that it shows. grades:
    (scale, rater, value).
    """

    photo_id: str
    patient_id: str
    image: Path
    mm_per_px: float | None
    masks: tuple[Path, ...] = ()
    boxes: tuple[tuple[int, float, float, float, float], ...] = ()
    points: tuple[tuple[int, float, float], ...] = ()
    types: tuple[int, ...] = ()
    grades: tuple[tuple[str, str, float], ...] = ()

    @property
    def is_local(self) -> bool:
        """Whether something is known of places in it, so that crops of it teach something."""
        return bool(self.masks or self.boxes or self.points)


@dataclass(frozen=True, slots=True)
class LabelledPhotos:
    """Photographs to learn from and to stop by; they share no patient. classes: of the masks, None without any."""

    train: tuple[LabelledPhoto, ...]
    validation: tuple[LabelledPhoto, ...]
    classes: Classes | None = field(default=None)


def read_labels(manifest: Path, folds: Path | None = None, fold: int = 0) -> LabelledPhotos:
    """All photographs of a manifest that have any label.

    Those of `fold` in the table `folds` are kept for validation; without it those whose split is validation, and
    where no row has a split, a fifth of the patients. Rows of the split test are left out.
    Raises DatasetError for tables that are not as they must be, LeakError for patients on both sides.
    """
    root, rows = manifest.parent, read_manifest(manifest)
    rows = sides_of(rows, folds, fold)
    check_splits(rows, root)
    classes = read_classes(root / "classes.json") if any(row.mask for row in rows) else None
    if classes is not None:
        class_places(classes)
    known = _with_tables(_photos(root, rows), root)
    split = {row.photo_id: row.split for row in rows}
    sides: dict[str, tuple[LabelledPhoto, ...]] = {
        side: tuple(
            photo
            for photo in known
            if split[photo.photo_id] == side and (photo.is_local or photo.types or photo.grades)
        )
        for side in ("train", "validation")
    }
    if not sides["train"]:
        raise DatasetError(f"{manifest.name}: no photograph to train on has a label; import labels first.")
    return LabelledPhotos(sides["train"], sides["validation"], classes)


def sides_of(rows: list[ManifestRow], folds: Path | None, fold: int) -> list[ManifestRow]:
    """The rows with their split, as `read_labels` describes it. Raises DatasetError for folds that do not fit."""
    if folds is not None:
        of = read_folds(folds).fold
        missing = sorted({row.photo_id for row in rows} - of.keys())
        if missing or fold not in of.values():
            raise DatasetError(
                f"{folds.name} has no fold {fold}, or lacks photographs ({', '.join(missing[:5]) or 'none'}): "
                "write the folds again for this manifest."
            )
        sides = {name: "validation" if number == fold else "train" for name, number in of.items()}
        return [row.model_copy(update={"split": sides[row.photo_id]}) for row in rows]
    if any(row.split for row in rows):
        return rows
    share = VALIDATION_SHARE
    return assign_splits(rows, fractions={"train": 1 - share, "validation": share}, seed=0)


def _photos(root: Path, rows: Sequence[ManifestRow]) -> dict[str, LabelledPhoto]:
    found: dict[str, LabelledPhoto] = {}
    for row in rows:
        known = found.get(row.photo_id) or LabelledPhoto(
            row.photo_id, row.patient_id, root / row.image, row.mm_per_px
        )
        masks = (*known.masks, root / row.mask) if row.mask else known.masks
        grades = tuple((scale, row.rater_id or "", value) for scale, value in row.grades.items())
        found[row.photo_id] = replace(known, masks=masks, grades=(*known.grades, *grades))
    return found


def _with_tables(photos: dict[str, LabelledPhoto], root: Path) -> list[LabelledPhoto]:
    named = root / "classes.json"
    tables = read_sidecars(root, read_classes(named) if named.exists() else SCAR_CLASSES, photos)
    for box in tables.boxes:
        one = photos[box.photo_id]
        drawn = (_number(box.type, BOXES), box.x0_px, box.y0_px, box.x1_px, box.y1_px)
        photos[box.photo_id] = replace(one, boxes=(*one.boxes, drawn))
    for point in tables.points:
        one = photos[point.photo_id]
        marked = (_number(point.type, POINTS), point.x_px, point.y_px)
        photos[point.photo_id] = replace(one, points=(*one.points, marked))
    for shown in tables.types:
        one, number = photos[shown.photo_id], _number(shown.type, TYPES_TABLE)
        # That it shows some scar tells nothing of the type, and is no presence of a type.
        if number < ANY_SCAR:
            photos[shown.photo_id] = replace(one, types=tuple(sorted({*one.types, number})))
    return list(photos.values())


def _number(name: str | None, table: str) -> int:
    if name in CLEAR:
        return 0
    if name in (SCAR, None):
        return ANY_SCAR
    if name not in TYPES:
        raise DatasetError(
            f"{table} names the class {name!r}: known are {', '.join((*TYPES[1:], SCAR, *CLEAR))}. "
            "Map it to one of these when importing."
        )
    return TYPES.index(name)


def class_places(classes: Classes) -> dict[int, tuple[str, int]]:
    """What each index of a mask is: ("types", 0..4), ("untyped", 1) or ("surface", bit).

    Raises DatasetError for a class that this network does not have.
    """
    places: dict[int, tuple[str, int]] = {0: ("types", 0)}
    for index, name in enumerate(classes.names[1:], start=1):
        if name in SURFACE:
            places[index] = ("surface", SURFACE.index(name))
        else:
            number = _number(name, "classes.json")
            places[index] = ("untyped", 1) if number == ANY_SCAR else ("types", number)
    return places
