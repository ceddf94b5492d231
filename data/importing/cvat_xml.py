"""CVAT's "CVAT for images 1.1" (annotations.xml, or the ZIP that holds it): polygons, masks, boxes, points, tags.

https://docs.cvat.ai/docs/manual/advanced/xml_format/. Shapes are drawn in the order of z_order, as CVAT does.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from data.errors import DatasetError
from data.importing.files import opened_folder, read_xml
from data.importing.labels import Box, ImageType, PhotoLabels, Point, Problems, Region
from data.importing.photographs import Photographs
from data.importing.regions import polygon_region, run_lengths_region

_FRAME = ("left", "top", "width", "height")
_EDGES = ("xtl", "ytl", "xbr", "ybr")


def read_cvat_xml(source: Path, photos: Photographs, problems: Problems) -> Iterator[PhotoLabels]:
    """One `PhotoLabels` an image of the file. Raises DatasetError for a file of another kind."""
    if source.suffix.lower() == ".xml":
        yield from _images(source, photos, problems)
        return
    with opened_folder(source) as folder:
        files = sorted(folder.rglob("*.xml"))
        if not files:
            raise DatasetError(f"{source.name} holds no annotations.xml: export 'CVAT for images 1.1'.")
        for path in files:
            yield from _images(path, photos, problems)


def _images(path: Path, photos: Photographs, problems: Problems) -> Iterator[PhotoLabels]:
    root = read_xml(path)
    if root.tag != "annotations":
        raise DatasetError(
            f"{path.name} begins with <{root.tag}>, not <annotations>: export 'CVAT for images 1.1'."
        )
    for track in root.iterfind("track"):
        problems.add(
            f"{path.name} line {track.sourceline}", "a track of a video: export 'CVAT for images 1.1'"
        )
    for image in root.iterfind("image"):
        place = f"{path.name} line {image.sourceline}"
        try:
            called, size = image.attrib["name"], (int(image.attrib["width"]), int(image.attrib["height"]))
        except (KeyError, ValueError) as error:
            problems.add(place, f"an image needs name, width and height ({error})")
            continue
        file = photos.find(called, place, problems)
        if file is not None:
            yield _labels(image, path.name, PhotoLabels(file.path, file.key, place, None, size), problems)


def _labels(image: Any, file: str, empty: PhotoLabels, problems: Problems) -> PhotoLabels:
    assert empty.size_px is not None
    regions: list[Region] = []
    boxes: list[Box] = []
    points: list[Point] = []
    types: list[ImageType] = []
    for shape in sorted(image.iterchildren("*"), key=_order):
        place = f"{file} line {shape.sourceline}"
        try:
            name = shape.attrib["label"]
            match shape.tag:
                case "polygon":
                    regions.append(polygon_region(name, _corners(shape), *empty.size_px, place))
                case "mask":
                    counts = [int(count) for count in shape.attrib["rle"].split(",")]
                    left, top, width, height = (int(shape.attrib[key]) for key in _FRAME)
                    regions.append(run_lengths_region(name, counts, left, top, width, height, place))
                case "box":
                    if float(shape.attrib.get("rotation", 0)):
                        raise ValueError("it is turned: draw it as a polygon")
                    x0, y0, x1, y1 = (float(shape.attrib[key]) for key in _EDGES)
                    boxes.append(Box(name, x0, y0, x1, y1, place))
                case "points":
                    points += [Point(name, x, y, place) for x, y in _corners(shape)]
                case "tag":
                    types.append(ImageType(name, place))
                case _:
                    raise ValueError("only polygon, mask, box, points and tag are understood")
        except (KeyError, ValueError) as error:
            problems.add(place, f"<{shape.tag}> {error}")
    return PhotoLabels(
        *(empty.photo, empty.key, empty.place, None, empty.size_px, tuple(regions)),
        boxes=tuple(boxes),
        points=tuple(points),
        types=tuple(types),
    )


def _order(shape: Any) -> int:
    value = shape.attrib.get("z_order", "0")
    return int(value) if value.lstrip("-").isdigit() else 0


def _corners(shape: Any) -> list[tuple[float, float]]:
    """Of `x,y;x,y`."""
    pairs = [pair.split(",") for pair in shape.attrib["points"].split(";") if pair]
    return [(float(x), float(y)) for x, y in pairs]
