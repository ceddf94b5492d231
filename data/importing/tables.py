"""CSV files: boxes, points, grades of several raters, and facts about photographs.

    boxes     photo, x0_px, y0_px, x1_px, y1_px (or x_px, y_px, width_px, height_px)[, type][, rater]
    points    photo, x_px, y_px[, type][, rater]
    grades    photo[, rater], grade_<scale>...      or photo[, rater], scale, value: a line a grade
    facts     photo, and any of patient_id, series_id, session_index, days_from_baseline, view, mm_per_px, split...

`photo` is a file's name, or its path below the folder of photographs. Without a type a box or point is a scar of
unknown type. Other columns are named in [columns] of the table, or mapped to `drop` there.
"""

from collections.abc import Iterator
from pathlib import Path

from data.errors import DatasetError
from data.importing.files import Line, read_lines
from data.importing.labels import Box, PhotoLabels, Point, Problems
from data.importing.photographs import PhotoFile, Photographs
from data.importing.table import DROP_WORD, SCAR_WORD, Table
from data.manifest import COLUMNS, GRADE_PREFIX

PHOTO, RATER, TYPE = "photo", "rater", "type"
_EDGES = ("x0_px", "y0_px", "x1_px", "y1_px")
_SIDES = ("x_px", "y_px", "width_px", "height_px")
#: What a photograph's row of the manifest may be told besides its labels.
FACTS = tuple(name for name in COLUMNS if name not in ("photo_id", "image", "mask", "rater_id"))


def read_boxes_csv(
    source: Path, photos: Photographs, table: Table, problems: Problems
) -> Iterator[PhotoLabels]:
    """One `PhotoLabels` a box."""
    for line, file in _lines(source, photos, table, (*_EDGES, *_SIDES), problems):
        edges = _numbers(line, _EDGES if _EDGES[0] in line.cells else _SIDES, problems)
        if edges is None:
            continue
        x0, y0, x1, y1 = edges
        if _EDGES[0] not in line.cells:
            x1, y1 = x0 + x1, y0 + y1
        box = Box(line.cells.get(TYPE, SCAR_WORD), x0, y0, x1, y1, line.place)
        yield PhotoLabels(file.path, file.key, line.place, line.cells.get(RATER), boxes=(box,))


def read_points_csv(
    source: Path, photos: Photographs, table: Table, problems: Problems
) -> Iterator[PhotoLabels]:
    """One `PhotoLabels` a point."""
    for line, file in _lines(source, photos, table, ("x_px", "y_px"), problems):
        middle = _numbers(line, ("x_px", "y_px"), problems)
        if middle is not None:
            x, y = middle
            point = Point(line.cells.get(TYPE, SCAR_WORD), x, y, line.place)
            yield PhotoLabels(file.path, file.key, line.place, line.cells.get(RATER), points=(point,))


def read_grades_csv(
    source: Path, photos: Photographs, table: Table, problems: Problems
) -> Iterator[PhotoLabels]:
    """One `PhotoLabels` a line. An empty cell is a grade that was not given."""
    for line, file in _lines(source, photos, table, ("scale", "value", *FACTS), problems, grades=True):
        facts = {name: value for name, value in line.cells.items() if name in FACTS}
        names = [name for name in line.cells if name.startswith(GRADE_PREFIX)]
        values = _numbers(line, tuple(names), problems)
        if values is None:
            continue
        grades = {name.removeprefix(GRADE_PREFIX): value for name, value in zip(names, values, strict=True)}
        if "scale" in line.cells:
            value = _numbers(line, ("value",), problems)
            if value is None:
                continue
            scale = table.column(line.cells["scale"]).removeprefix(GRADE_PREFIX)
            grades[scale] = value[0]
        rater = line.cells.get(RATER)
        yield PhotoLabels(file.path, file.key, line.place, rater, grades=grades, facts=facts)


def read_facts(
    source: Path, photos: Photographs, table: Table, problems: Problems
) -> dict[Path, dict[str, str]]:
    """Columns of the manifest by photograph."""
    facts: dict[Path, dict[str, str]] = {}
    for line, file in _lines(source, photos, table, FACTS, problems):
        if file.path in facts:
            problems.add(line.place, f"a second line for {file.key}")
        facts[file.path] = {name: value for name, value in line.cells.items() if name in FACTS}
    return facts


def _lines(
    source: Path,
    photos: Photographs,
    table: Table,
    known: tuple[str, ...],
    problems: Problems,
    grades: bool = False,
) -> Iterator[tuple[Line, PhotoFile]]:
    """Lines with their photograph. Columns that are not understood are noted once."""
    files: dict[str, PhotoFile | None] = {}
    unknown: set[str] = set()
    for line in read_lines(source, table):
        called = line.cells.get(PHOTO)
        if called is None:
            raise DatasetError(f"{line.place}: no cell {PHOTO}; name its column in [columns] of --table.")
        for name in set(line.cells) - {PHOTO, RATER, TYPE, DROP_WORD, *known} - unknown:
            if not (grades and name.startswith(GRADE_PREFIX)):
                unknown.add(name)
                problems.add(
                    line.place, f"the column {name!r} is not understood: map it in [columns] of --table"
                )
        if called not in files:
            by_stem = Path(called).suffix == ""
            files[called] = photos.find(called, line.place, problems, by_stem=by_stem)
        file = files[called]
        if file is not None:
            yield line, file


def _numbers(line: Line, names: tuple[str, ...], problems: Problems) -> tuple[float, ...] | None:
    """The cells as numbers, a comma taken for a point; None, and a problem noted, where one is missing or none."""
    try:
        return tuple(float(line.cells[name].replace(",", ".")) for name in names)
    except KeyError as error:
        problems.add(line.place, f"no cell {error}")
    except ValueError as error:
        problems.add(line.place, str(error))
    return None
