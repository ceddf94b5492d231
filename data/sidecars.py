"""Tables beside manifest.csv for labels that are no mask and no grade; each is missing where there are none.

    boxes.csv     photo_id, rater_id, type, x0_px, y0_px, x1_px, y1_px    edges of a rectangle
    points.csv    photo_id, rater_id, type, x_px, y_px                    the middle of a scar
    types.csv     photo_id, rater_id, type                                of the photograph as a whole

Pixels are those of the upright photograph, x to the right and y down; 0, 0 is the corner of the first pixel. type is a
class of classes.json; empty in boxes and points, it is a scar of unknown type, and `none` is skin or ground without
scars. An empty rater_id means unknown.
"""

import csv
import io
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from data.errors import DatasetError
from data.masks import Classes

Pixels = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Id = Annotated[str, Field(min_length=1)]


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    photo_id: Id
    rater_id: Id | None = None


class BoxRow(_Row):
    """A rectangle by its edges. type: None is a scar of unknown type."""

    type: Id | None = None
    x0_px: Pixels
    y0_px: Pixels
    x1_px: Pixels
    y1_px: Pixels

    @model_validator(mode="after")
    def _has_an_inside(self) -> Self:
        if self.x1_px <= self.x0_px or self.y1_px <= self.y0_px:
            raise ValueError("x1_px and y1_px must be larger than x0_px and y0_px")
        return self


class PointRow(_Row):
    """The middle of a scar. type: None is a scar of unknown type."""

    type: Id | None = None
    x_px: Pixels
    y_px: Pixels


class TypeRow(_Row):
    """What a photograph as a whole shows. One with several types has several rows."""

    type: Id


BOXES, POINTS, TYPES = "boxes.csv", "points.csv", "types.csv"
RowKind = TypeVar("RowKind", bound=_Row)


class Sidecars(BaseModel):
    """All three tables of a folder."""

    model_config = ConfigDict(frozen=True)

    boxes: tuple[BoxRow, ...] = ()
    points: tuple[PointRow, ...] = ()
    types: tuple[TypeRow, ...] = ()


def read_sidecars(folder: Path, classes: Classes, photo_ids: Iterable[str]) -> Sidecars:
    """The tables beside a manifest; those that are missing are empty.

    Raises DatasetError, with file and line, for a row that is not as this module says, of an unknown photograph or of
    no class.
    """
    known = set(photo_ids)
    return Sidecars(
        boxes=_read(folder / BOXES, BoxRow, classes, known),
        points=_read(folder / POINTS, PointRow, classes, known),
        types=_read(folder / TYPES, TypeRow, classes, known),
    )


def _read(path: Path, kind: type[RowKind], classes: Classes, known: set[str]) -> tuple[RowKind, ...]:
    if not path.exists():
        return ()
    try:
        reader = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""))
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"{path.name} cannot be read ({error}): save it as CSV in UTF-8.") from error
    rows: list[RowKind] = []
    for cells in reader:
        place = f"{path.name} line {reader.line_num}"
        try:
            row = kind.model_validate({name: cell for name, cell in cells.items() if cell})
        except ValidationError as error:
            problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
            raise DatasetError(f"{place}: {problems}") from error
        if row.photo_id not in known:
            raise DatasetError(f"{place}: photo {row.photo_id} is not in the manifest.")
        if getattr(row, "type", None) not in (None, *classes.names):
            raise DatasetError(f"{place}: {getattr(row, 'type', None)} is no class of classes.json.")
        rows.append(row)
    return tuple(rows)


def write_sidecars(folder: Path, sidecars: Sidecars) -> None:
    """Write the tables that have rows, each in one step, and remove those that have none."""
    _write(folder / BOXES, BoxRow, sidecars.boxes)
    _write(folder / POINTS, PointRow, sidecars.points)
    _write(folder / TYPES, TypeRow, sidecars.types)


def _write(path: Path, kind: type[_Row], rows: Sequence[_Row]) -> None:
    if not rows:
        path.unlink(missing_ok=True)
        return
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(kind.model_fields)
    for row in rows:
        cells = [getattr(row, name) for name in kind.model_fields]
        writer.writerow(["" if cell is None else _short(cell) for cell in cells])
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.write_text(text.getvalue(), encoding="utf-8", newline="")
    part.replace(path)


def _short(cell: object) -> object:
    """Hundredths of a pixel are enough."""
    return f"{cell:.2f}".rstrip("0").rstrip(".") if isinstance(cell, float) else cell
