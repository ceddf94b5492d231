"""Boxes as detectors are trained on: Pascal VOC, YOLO, and the regions.json that `evaluate real` reads.

VOC: a folder of XML, edges as written. YOLO: a folder of text files beside the names in data.yaml, obj.names or
classes.txt; lines `class x y width height` are boxes, `class x y x y x y ...` outlines, as fractions of the picture.
regions.json: boxes as fractions of the longer side, `scar` of unknown type and `clear`, `clear_skin` without scars.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from data.errors import DatasetError
from data.importing.files import read_json, read_xml
from data.importing.labels import Box, PhotoLabels, Problems, Region
from data.importing.photographs import PhotoFile, Photographs
from data.importing.regions import polygon_region
from data.importing.table import SCAR_WORD
from inference.errors import PhotoError
from inference.photo.read import read_photo

_NAME_FILES = ("obj.names", "classes.txt", "data.yaml", "data.yml")
_VOC_EDGES = ("xmin", "ymin", "xmax", "ymax")
#: Text files of a YOLO set that are lists of photographs.
_LISTS = ("train.txt", "val.txt", "test.txt", "valid.txt")


def read_voc(source: Path, photos: Photographs, problems: Problems) -> Iterator[PhotoLabels]:
    """One `PhotoLabels` an XML file."""
    for path in sorted(source.rglob("*.xml")):
        root = read_xml(path)
        if root.tag != "annotation":
            problems.add(
                f"{path.name} line {root.sourceline}", f"<{root.tag}> is not Pascal VOC's <annotation>"
            )
            continue
        file = photos.find(root.findtext("filename") or path.stem + ".jpg", path.name, problems)
        if file is None:
            continue
        boxes: list[Box] = []
        for found in root.iterfind("object"):
            place = f"{path.name} line {found.sourceline}"
            try:
                x0, y0, x1, y1 = (float(found.findtext(f"bndbox/{key}")) for key in _VOC_EDGES)
                boxes.append(Box(found.findtext("name") or "", x0, y0, x1, y1, place))
            except (TypeError, ValueError):
                problems.add(place, "an object needs name and bndbox with xmin, ymin, xmax, ymax")
        yield PhotoLabels(file.path, file.key, path.name, None, _voc_size(root), boxes=tuple(boxes))


def _voc_size(root: Any) -> tuple[int, int] | None:
    """None where the file does not say, or says 0 as some tools do."""
    texts = [root.findtext(f"size/{key}") or "0" for key in ("width", "height")]
    sides = [int(text) if text.isdigit() else 0 for text in texts]
    return (sides[0], sides[1]) if all(sides) else None


def read_yolo(source: Path, photos: Photographs, problems: Problems) -> Iterator[PhotoLabels]:
    """One `PhotoLabels` a text file. Raises DatasetError where no file names the classes."""
    names = _yolo_names(source)
    for path in sorted(source.rglob("*.txt")):
        if path.name in (*_NAME_FILES, *_LISTS):
            continue
        file = photos.find(
            path.with_suffix(".jpg").relative_to(source).as_posix(), path.name, problems, by_stem=True
        )
        if file is not None:
            yield from _yolo_labels(path, file, names, problems)


def _yolo_names(source: Path) -> list[str]:
    for name in _NAME_FILES:
        path = next((p for p in (source / name, source.parent / name) if p.is_file()), None)
        if path is None:
            continue
        text = path.read_text(encoding="utf-8-sig")
        if path.suffix not in (".yaml", ".yml"):
            return [line.strip() for line in text.splitlines() if line.strip()]
        try:
            listed = yaml.safe_load(text)["names"]
        except (yaml.YAMLError, KeyError, TypeError) as error:
            raise DatasetError(f"{path.name} has no list names ({error}).") from error
        return (
            [str(listed[key]) for key in sorted(listed)]
            if isinstance(listed, dict)
            else [str(x) for x in listed]
        )
    raise DatasetError(f"{source.name} names no classes: put one of {', '.join(_NAME_FILES)} there.")


def _yolo_labels(path: Path, file: PhotoFile, names: list[str], problems: Problems) -> Iterator[PhotoLabels]:
    try:
        photo = read_photo(file.path)
    except PhotoError as error:
        problems.add(path.name, str(error))
        return
    width, height = photo.width_px, photo.height_px
    boxes: list[Box] = []
    regions: list[Region] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        place = f"{path.name} line {number}"
        try:
            which, *values = (float(word) for word in line.split())
            name = names[int(which)] if which >= 0 else None
            if name is None or (len(values) != 4 and (len(values) < 6 or len(values) % 2)):
                raise ValueError("a class and x y width height, or three corners and more")
            if len(values) == 4:
                x, y, w, h = values
                edges = ((x - w / 2) * width, (y - h / 2) * height, (x + w / 2) * width, (y + h / 2) * height)
                boxes.append(Box(name, *edges, place))
            else:
                corners = [(x * width, y * height) for x, y in zip(values[::2], values[1::2], strict=True)]
                regions.append(polygon_region(name, corners, width, height, place))
        except (ValueError, IndexError) as error:
            problems.add(place, f"{line.strip()[:60]!r} is not understood ({error})")
    yield PhotoLabels(
        *(file.path, file.key, path.name, None, (width, height), tuple(regions)), boxes=tuple(boxes)
    )


def read_regions(source: Path, photos: Photographs, problems: Problems) -> Iterator[PhotoLabels]:
    """One `PhotoLabels` a photograph of regions.json."""
    content = read_json(source)
    listed = content.get("photos") if isinstance(content, dict) else None
    if not isinstance(listed, dict):
        raise DatasetError(f"{source.name} is no regions.json: it has no table photos.")
    kinds = {"scar": SCAR_WORD, "clear": "none", "clear_skin": "none"}
    for called, drawn in listed.items():
        place = f"{source.name} photos[{called!r}]"
        file = photos.find(called, place, problems)
        if file is None:
            continue
        try:
            photo = read_photo(file.path)
            side = max(photo.width_px, photo.height_px)
            boxes: list[Box] = []
            for kind, ours in kinds.items():
                for k, edges in enumerate(drawn.get(kind, ())):
                    x0, y0, x1, y1 = (float(edge) * side for edge in edges)
                    boxes.append(Box(ours, x0, y0, x1, y1, f"{place}.{kind}[{k}]"))
        except (PhotoError, TypeError, ValueError, AttributeError) as error:
            problems.add(place, str(error))
            continue
        yield PhotoLabels(file.path, file.key, place, None, boxes=tuple(boxes))
