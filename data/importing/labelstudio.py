"""Label Studio's JSON export: polygons, brush strokes, rectangles, key points, choices, numbers and ratings.

https://labelstud.io/guide/export; coordinates are percent of the image. Each annotator is a rater. A number or rating
is a grade when the table's [columns] names its control `grade_<scale>`.
"""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from data.errors import DatasetError
from data.importing.brush import decode_brush
from data.importing.files import read_json, spell
from data.importing.labels import Box, ImageType, PhotoLabels, Point, Problems, Region
from data.importing.photographs import ENDINGS, PhotoFile, Photographs
from data.importing.regions import cropped, polygon_region
from data.importing.table import DROP_WORD, Table
from data.manifest import GRADE_PREFIX


class _Result(BaseModel):
    model_config = ConfigDict(extra="ignore")

    type: str
    from_name: str = ""
    value: dict[str, Any]
    original_width: int | None = None
    original_height: int | None = None
    image_rotation: float = 0


class _Annotation(BaseModel):
    model_config = ConfigDict(extra="ignore")

    completed_by: int | str | dict[str, Any] | None = None
    was_cancelled: bool | None = False
    result: tuple[dict[str, Any], ...] = ()

    @property
    def rater(self) -> str | None:
        """The annotator's number where there is one, so that no address is kept."""
        by = self.completed_by
        known = by.get("id", by.get("email")) if isinstance(by, dict) else by
        return None if known is None else str(known)


class _Task(BaseModel):
    model_config = ConfigDict(extra="ignore")

    data: dict[str, Any]
    annotations: tuple[_Annotation, ...] = Field(...)


def read_labelstudio(
    source: Path, photos: Photographs, table: Table, problems: Problems
) -> Iterator[PhotoLabels]:
    """One `PhotoLabels` an annotation, and one without labels for a task nobody has annotated.

    Raises DatasetError for JSON-MIN, which leaves out what masks need.
    """
    content = read_json(source)
    if not isinstance(content, list):
        raise DatasetError(f"{source.name} is no list of tasks: export JSON from Label Studio.")
    for index, entry in enumerate(content):
        place = f"{source.name} [{index}]"
        try:
            task = _Task.model_validate(entry)
        except ValidationError as error:
            problems.add(place, f"{spell(error)} (export JSON, not JSON-MIN)")
            continue
        file = _photo(task, place, photos, problems)
        if file is None:
            continue
        done = [(k, one) for k, one in enumerate(task.annotations) if not one.was_cancelled]
        if not done:
            yield PhotoLabels(file.path, file.key, place)
        for k, annotation in done:
            yield _labels(annotation, f"{place}.annotations[{k}]", file, table, problems)


def _photo(task: _Task, place: str, photos: Photographs, problems: Problems) -> PhotoFile | None:
    texts = [value for value in task.data.values() if isinstance(value, str)]
    pictures = [text for text in texts if _ending(text) in ENDINGS]
    if len(pictures) != 1:
        problems.add(f"{place}.data", f"{len(pictures)} of its values are photographs, one is needed")
        return None
    return photos.find(pictures[0], f"{place}.data", problems)


def _ending(text: str) -> str:
    parts = urlsplit(text)
    return PurePosixPath(parts.query if "d=" in parts.query else parts.path).suffix.lower()


def _labels(
    annotation: _Annotation, place: str, file: PhotoFile, table: Table, problems: Problems
) -> PhotoLabels:
    marks: dict[type, list[Any]] = {Region: [], Box: [], Point: [], ImageType: []}
    grades: dict[str, float] = {}
    sizes: set[tuple[int, int]] = set()
    for index, entry in enumerate(annotation.result):
        where = f"{place}.result[{index}]"
        try:
            result = _Result.model_validate(entry)
            control = table.column(result.from_name)
            if control == DROP_WORD:
                continue
            if control.startswith(GRADE_PREFIX):
                grades[control.removeprefix(GRADE_PREFIX)] = _grade(result)
                continue
            for mark in _marks(result, where):
                marks[type(mark)].append(mark)
            if result.original_width and result.original_height:
                sizes.add((result.original_width, result.original_height))
        except ValidationError as error:
            problems.add(where, spell(error))
        except (KeyError, TypeError, ValueError) as error:
            problems.add(where, f"{error}")
    if len(sizes) > 1:
        problems.add(place, f"results of one image with sizes {sorted(sizes)}")
    return PhotoLabels(
        *(file.path, file.key, place, annotation.rater, next(iter(sizes), None), tuple(marks[Region])),
        boxes=tuple(marks[Box]),
        points=tuple(marks[Point]),
        types=tuple(marks[ImageType]),
        grades=grades,
    )


def _grade(result: _Result) -> float:
    value = result.value.get("number", result.value.get("rating"))
    if value is None and result.value.get("choices"):
        value = result.value["choices"][0]
    if value is None:
        raise ValueError(f"{result.from_name!r} is to be a grade and holds no number")
    return float(value)


def _marks(result: _Result, place: str) -> list[Region | Box | Point | ImageType]:
    """What one result marks. Raises KeyError, TypeError or ValueError for what cannot be understood."""
    value, kind = result.value, result.type.lower().removesuffix("labels")
    if kind == "choices":
        return [ImageType(str(choice), place) for choice in value["choices"]]
    if kind not in ("polygon", "brush", "rectangle", "keypoint"):
        raise ValueError(f"a {result.type} is not understood: map its control {result.from_name!r} to drop")
    if result.image_rotation or value.get("rotation"):
        raise ValueError("it was turned in Label Studio: draw it on the image as it is")
    names = value.get(f"{kind}labels") or value.get("labels") or ()
    if len(names) != 1:
        raise ValueError(f"it has {len(names)} labels, one is needed")
    width, height = int(result.original_width or 0), int(result.original_height or 0)
    if not (width and height):
        raise ValueError("original_width and original_height are missing")
    sides = np.array([width, height])
    match kind:
        case "polygon":
            corners = [
                tuple(corner) for corner in (np.asarray(value["points"], float) / 100 * sides).tolist()
            ]
            return [polygon_region(names[0], corners, width, height, place)]
        case "brush":
            return [cropped(names[0], decode_brush(value["rle"], width, height), place)]
        case "rectangle":
            x, y = np.array([value["x"], value["y"]]) / 100 * sides
            w, h = np.array([value["width"], value["height"]]) / 100 * sides
            return [Box(names[0], float(x), float(y), float(x + w), float(y + h), place)]
        case _:
            x, y = np.array([value["x"], value["y"]]) / 100 * sides
            return [Point(names[0], float(x), float(y), place)]
