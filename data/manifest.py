"""manifest.csv: one row a photograph, or one row a photograph and rater.

Columns: photo_id, patient_id, image are required; series_id, session_index, days_from_baseline, view, mask,
mm_per_px, rater_id, split, days_since_treatment, device may be missing or empty; any column named grade_<scale> holds
a figure of that scale.
Paths are relative to the manifest's folder, with forward slashes. An empty cell means unknown.
"""

import csv
import io
import os
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from data.errors import DatasetError

Split = Literal["train", "validation", "test"]
GRADE_PREFIX = "grade_"
#: Begins the id of a patient whom nobody named.
UNKNOWN_PATIENT = "unknown-"


def _inside(path: str) -> str:
    parts = PurePosixPath(path)
    if parts.is_absolute() or ".." in parts.parts or "\\" in path or ":" in path:
        raise ValueError("must be a path inside the manifest's folder, with forward slashes")
    return path


def _png(path: str) -> str:
    if PurePosixPath(path).suffix.lower() != ".png":
        raise ValueError("masks must be PNG files; JPEG changes labels")
    return path


Id = Annotated[str, Field(min_length=1)]
PathInside = Annotated[str, Field(min_length=1), AfterValidator(_inside)]
Finite = Annotated[float, Field(allow_inf_nan=False)]


class ManifestRow(BaseModel):
    """One photograph, as one rater graded it where there are grades.

    mm_per_px: of the upright photograph. session_index counts visits from 0. device: camera, in your own words;
    figures are broken down by it. grades: by scale, such as `goodman_baron_quantitative`, in that scale's points.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    photo_id: Id
    patient_id: Id
    series_id: Id | None = None
    session_index: Annotated[int, Field(ge=0)] | None = None
    days_from_baseline: int | None = None
    view: Id | None = None
    image: PathInside
    mask: Annotated[PathInside, AfterValidator(_png)] | None = None
    mm_per_px: Annotated[Finite, Field(gt=0)] | None = None
    rater_id: Id | None = None
    split: Split | None = None
    days_since_treatment: Annotated[int, Field(ge=0)] | None = None
    device: Id | None = None
    grades: dict[str, Finite] = Field(default_factory=dict)


#: Columns in the order they are written; grade columns follow.
COLUMNS: tuple[str, ...] = tuple(name for name in ManifestRow.model_fields if name != "grades")
#: Those that hold numbers.
NUMBERS = ("session_index", "days_from_baseline", "mm_per_px", "days_since_treatment")
#: What every row of a photograph must agree on; raters differ in their masks and grades only.
_PHOTO_FACTS = tuple(name for name in COLUMNS if name not in ("mask", "rater_id"))


def read_manifest(path: Path) -> list[ManifestRow]:
    """Read and check a manifest. Raises DatasetError naming the file, the line and the column."""
    try:
        text = path.read_text(encoding="utf-8-sig")  # spreadsheets put a byte order mark in front
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"{path.name} cannot be read ({error}): save it as CSV in UTF-8.") from error
    reader = csv.DictReader(io.StringIO(text, newline=""))
    missing = {"photo_id", "patient_id", "image"} - set(reader.fieldnames or ())
    if missing:
        raise DatasetError(f"{path.name} lacks the columns {sorted(missing)}; separate columns by commas.")
    rows = [_row(cells, f"{path.name} line {reader.line_num}") for cells in reader]
    check_rows(rows)
    return rows


def _row(cells: dict[str, str | None], place: str) -> ManifestRow:
    if None in cells or None in cells.values():
        raise DatasetError(f"{place}: not as many cells as the first line has columns.")
    known = {name: cell.strip() for name, cell in cells.items() if cell and cell.strip()}
    grades = {n.removeprefix(GRADE_PREFIX): known.pop(n) for n in list(known) if n.startswith(GRADE_PREFIX)}
    try:
        return ManifestRow.model_validate({**known, "grades": grades})
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise DatasetError(f"{place}: {problems}") from error


def check_rows(rows: Iterable[ManifestRow]) -> None:
    """Raise DatasetError where rows contradict each other."""
    first: dict[str, ManifestRow] = {}
    owner: dict[str, str] = {}
    seen: set[tuple[str, str | None]] = set()
    for row in rows:
        earlier = first.setdefault(row.photo_id, row)
        different = [name for name in _PHOTO_FACTS if getattr(row, name) != getattr(earlier, name)]
        if different:
            raise DatasetError(f"The rows of photo {row.photo_id} disagree on {', '.join(different)}.")
        if (row.photo_id, row.rater_id) in seen:
            raise DatasetError(f"Photo {row.photo_id} has two rows of rater {row.rater_id}: keep one.")
        seen.add((row.photo_id, row.rater_id))
        if owner.setdefault(row.image, row.photo_id) != row.photo_id:
            raise DatasetError(f"{row.image} belongs to photos {owner[row.image]} and {row.photo_id}.")


def write_manifest(path: Path, rows: Sequence[ManifestRow]) -> None:
    """Write a manifest in one step. Raises DatasetError where rows contradict each other."""
    check_rows(rows)
    scales = sorted({scale for row in rows for scale in row.grades})
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*COLUMNS, *(GRADE_PREFIX + scale for scale in scales)])
    for row in rows:
        cells = [getattr(row, name) for name in COLUMNS] + [row.grades.get(scale) for scale in scales]
        writer.writerow(["" if cell is None else cell for cell in cells])
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.write_text(text.getvalue(), encoding="utf-8", newline="")
    part.replace(path)
