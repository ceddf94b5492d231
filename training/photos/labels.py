"""What is known of every photograph of a data set, read from its manifest and the tables beside it.

manifest.csv     one row a photograph, or a photograph and rater: mask, grades (`data.manifest`); classes.json names
                 the indices of the masks
boxes.csv        photo_id, rater_id, type, x0_px, y0_px, x1_px, y1_px   edges, of the upright photograph
points.csv       photo_id, rater_id, type, x_px, y_px
types.csv        photo_id, rater_id, type    that the photograph as a whole shows
folds.csv        photo_id, fold

An empty type of a box or point is a scar of unknown type. Columns may be called class, x0, y0, x1, y1, x, y too.
Any of the tables may be missing, and a photograph may be missing from any of them: it then has no label of that kind.
"""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError

from data.errors import DatasetError
from data.manifest import ManifestRow, read_manifest
from data.masks import Classes, read_classes
from data.splits import assign_splits, check_splits
from inference.network.maps import SURFACE, TYPES

#: Classes of a label besides the types: a scar of a type that nobody told, and skin or background without any.
SCAR = "scar"
CLEAR = ("none", "clear", "clear_skin", "background")
#: Number of `SCAR` among the labels of boxes and points; 0..4 are `TYPES`.
ANY_SCAR = len(TYPES)
#: Share of the patients kept for validation where neither folds nor splits say who.
VALIDATION_SHARE = 0.2

Coordinate = Annotated[float, Field(allow_inf_nan=False)]


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    photo_id: Annotated[str, Field(min_length=1)]
    rater_id: str = ""


class BoxRow(_Row):
    """A line of boxes.csv."""

    name: str = Field(default="", validation_alias=AliasChoices("type", "class"))
    x0: Coordinate = Field(validation_alias=AliasChoices("x0_px", "x0"))
    y0: Coordinate = Field(validation_alias=AliasChoices("y0_px", "y0"))
    x1: Coordinate = Field(validation_alias=AliasChoices("x1_px", "x1"))
    y1: Coordinate = Field(validation_alias=AliasChoices("y1_px", "y1"))


class PointRow(_Row):
    """A line of points.csv."""

    name: str = Field(default="", validation_alias=AliasChoices("type", "class"))
    x: Coordinate = Field(validation_alias=AliasChoices("x_px", "x"))
    y: Coordinate = Field(validation_alias=AliasChoices("y_px", "y"))


class TypeRow(_Row):
    """A line of types.csv."""

    type: str


class FoldRow(BaseModel):
    """A line of folds.csv; the groups that it may name beside have been kept together when it was drawn."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    photo_id: Annotated[str, Field(min_length=1)]
    fold: Annotated[int, Field(ge=0)]


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
        of = {row.photo_id: row.fold for row in read_table(folds, FoldRow)}
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
    for box in _known(root / "boxes.csv", BoxRow, photos):
        one = photos[box.photo_id]
        if box.x1 <= box.x0 or box.y1 <= box.y0:
            raise DatasetError(
                f"boxes.csv: a box of {box.photo_id} has no area; x1 and y1 are its far corner."
            )
        drawn = (_number(box.name, "boxes.csv"), box.x0, box.y0, box.x1, box.y1)
        photos[box.photo_id] = replace(one, boxes=(*one.boxes, drawn))
    for point in _known(root / "points.csv", PointRow, photos):
        one = photos[point.photo_id]
        photos[point.photo_id] = replace(
            one, points=(*one.points, (_number(point.name, "points.csv"), point.x, point.y))
        )
    for shown in _known(root / "types.csv", TypeRow, photos):
        one, number = photos[shown.photo_id], _number(shown.type, "types.csv")
        if (
            number < ANY_SCAR
        ):  # that it shows some scar tells nothing of the type, and is no presence of a type
            photos[shown.photo_id] = replace(one, types=tuple(sorted({*one.types, number})))
    return list(photos.values())


def _number(name: str, table: str) -> int:
    if name in CLEAR:
        return 0
    if name in (SCAR, ""):
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


Line = TypeVar("Line", bound=BaseModel)


def _known(path: Path, kind: type[Line], photos: dict[str, LabelledPhoto]) -> Iterable[Line]:
    """The lines of a table that may be missing; a line of an unknown photograph is an error."""
    if not path.exists():
        return
    for line in read_table(path, kind):
        name = getattr(line, "photo_id")  # noqa: B009 - every kind of line has one
        if name not in photos:
            raise DatasetError(
                f"{path.name} names {name}, which the manifest does not have: import both anew."
            )
        yield line


def read_table(path: Path, kind: type[Line]) -> list[Line]:
    """All lines of a CSV file. Raises DatasetError naming the file and the line."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            cells = list(csv.DictReader(stream))
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"{path.name} cannot be read ({error}): save it as CSV in UTF-8.") from error
    lines = []
    for number, row in enumerate(cells, start=2):
        try:
            lines.append(kind.model_validate(row))
        except ValidationError as error:
            problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
            raise DatasetError(f"{path.name} line {number}: {problems}") from error
    return lines
