"""LabelMe: one JSON a photograph, a folder of them. Shapes are drawn as LabelMe's own `shape_to_mask` does.

https://github.com/wkentaro/labelme. A flag that is set is a type of the photograph.
"""

import base64
import binascii
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from data.errors import DatasetError
from data.importing.files import read_json, spell
from data.importing.labels import ImageType, PhotoLabels, Point, Problems, Region
from data.importing.photographs import Photographs
from data.importing.regions import cropped, pillow_region


class _Shape(BaseModel):
    model_config = ConfigDict(extra="ignore")

    label: str
    points: tuple[tuple[float, float], ...]
    shape_type: str | None = "polygon"
    mask: str | None = None


class _File(BaseModel):
    model_config = ConfigDict(extra="ignore", populate_by_name=True)

    shapes: tuple[dict[str, Any], ...]
    flags: dict[str, bool] | None = None
    path: str = Field(alias="imagePath")
    height: int | None = Field(default=None, alias="imageHeight")
    width: int | None = Field(default=None, alias="imageWidth")


def read_labelme(source: Path, photos: Photographs, problems: Problems) -> Iterator[PhotoLabels]:
    """One `PhotoLabels` a file. Raises DatasetError where there is none."""
    files = sorted(source.rglob("*.json")) if source.is_dir() else [source]
    if not files:
        raise DatasetError(f"{source.name} holds no LabelMe files (*.json).")
    for path in files:
        try:
            content = _File.model_validate(read_json(path))
        except ValidationError as error:
            problems.add(path.name, spell(error))
            continue
        file = photos.find(content.path, f"{path.name} imagePath", problems)
        if file is None:
            continue
        if content.width is None or content.height is None:
            problems.add(path.name, "imageWidth or imageHeight is missing: save it again in LabelMe")
            continue
        size = content.width, content.height
        regions: list[Region] = []
        points: list[Point] = []
        for index, entry in enumerate(content.shapes):
            _add(entry, f"{path.name} shapes[{index}]", size, regions, points, problems)
        flags = (name for name, is_set in (content.flags or {}).items() if is_set)
        types = tuple(ImageType(name, f"{path.name} flags") for name in flags)
        yield PhotoLabels(
            *(file.path, file.key, path.name, None, size, tuple(regions)), points=tuple(points), types=types
        )


def _add(
    entry: dict[str, Any],
    place: str,
    size: tuple[int, int],
    regions: list[Region],
    points: list[Point],
    problems: Problems,
) -> None:
    try:
        shape = _Shape.model_validate(entry)
        kind = shape.shape_type or "polygon"
        if kind in ("point", "points"):
            points += [Point(shape.label, x, y, place) for x, y in shape.points]
        elif kind == "mask":
            regions.append(_mask_region(shape, place))
        else:
            regions.append(pillow_region(shape.label, kind, shape.points, *size, place))
    except ValidationError as error:
        problems.add(place, spell(error))
    except ValueError as error:
        problems.add(place, str(error))


def _mask_region(shape: _Shape, place: str) -> Region:
    """A mask is a PNG in base64 whose first pixel lies at the first point."""
    try:
        content = base64.b64decode(shape.mask or "", validate=True)
        mask = np.asarray(Image.open(io.BytesIO(content), formats=["PNG"]).convert("L")) > 0
    except (binascii.Error, OSError, SyntaxError) as error:
        raise ValueError(f"its mask cannot be read ({error})") from error
    left, top = (int(value) for value in shape.points[0])
    return cropped(shape.label, mask, place, left, top)
