"""COCO's instances JSON: polygons, run lengths (compressed or not), and boxes where an annotation has nothing else.

https://cocodataset.org/#format-data; outlines are drawn by pycocotools.
"""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from data.importing.files import read_json, spell
from data.importing.labels import Box, PhotoLabels, Problems, Region
from data.importing.photographs import Photographs
from data.importing.regions import coco_region


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore")


class _Image(_Part):
    id: int | str
    file_name: str
    width: int
    height: int


class _Annotation(_Part):
    image_id: int | str
    category_id: int | str
    segmentation: Any = None
    bbox: tuple[float, float, float, float] | None = None


class _Category(_Part):
    id: int | str
    name: str


def read_coco(source: Path, photos: Photographs, problems: Problems) -> Iterator[PhotoLabels]:
    """One `PhotoLabels` an image of the file, those without annotations too."""
    content = read_json(source)
    tables = content if isinstance(content, dict) else {}
    images = _parts(tables, "images", _Image, source, problems)
    categories = {one.id: one.name for _, one in _parts(tables, "categories", _Category, source, problems)}
    by_image: dict[int | str, list[tuple[str, _Annotation]]] = defaultdict(list)
    for place, annotation in _parts(tables, "annotations", _Annotation, source, problems):
        by_image[annotation.image_id].append((place, annotation))
    for place, image in images:
        file = photos.find(image.file_name, place, problems)
        marked = by_image.pop(image.id, [])
        if file is None:
            continue
        regions, boxes = _marks(marked, image, categories, problems)
        size = image.width, image.height
        yield PhotoLabels(file.path, file.key, place, None, size, tuple(regions), boxes=tuple(boxes))
    for left in by_image.values():
        problems.add(
            left[0][0], f"{len(left)} annotations of image_id {left[0][1].image_id}, which is no image"
        )


def _marks(
    marked: list[tuple[str, _Annotation]],
    image: _Image,
    categories: dict[int | str, str],
    problems: Problems,
) -> tuple[list[Region], list[Box]]:
    regions: list[Region] = []
    boxes: list[Box] = []
    for place, annotation in marked:
        name = categories.get(annotation.category_id)
        if name is None:
            problems.add(place, f"category_id {annotation.category_id} is no category")
        elif annotation.segmentation:
            try:
                regions.append(coco_region(name, annotation.segmentation, image.width, image.height, place))
            except ValueError as error:
                problems.add(place, str(error))
        elif annotation.bbox:
            x, y, width, height = annotation.bbox
            boxes.append(Box(name, x, y, x + width, y + height, place))
        else:
            problems.add(place, "neither segmentation nor bbox")
    return regions, boxes


def _parts(
    tables: dict[str, Any], name: str, kind: type[Any], source: Path, problems: Problems
) -> list[tuple[str, Any]]:
    """The entries of one list with their places; those that do not fit are noted."""
    entries = tables.get(name)
    if not isinstance(entries, list):
        problems.add(source.name, f"no list {name}: is it COCO?")
        return []
    found: list[tuple[str, Any]] = []
    for index, entry in enumerate(entries):
        place = f"{source.name} {name}[{index}]"
        try:
            found.append((place, kind.model_validate(entry)))
        except ValidationError as error:
            problems.add(place, spell(error))
    return found
