"""Boxes, points and types of one photograph -> rows of the sidecars, upright and in our classes."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from pydantic import ValidationError

from data.importing.labels import Box, ImageType, PhotoLabels, Point, Problems
from data.importing.table import DROP_WORD, IGNORE_WORD, SCAR_WORD, Names
from data.importing.upright import upright_point
from data.sidecars import BoxRow, PointRow, TypeRow

#: Width and height of the picture that labels were made on, and its EXIF orientation.
Turn = tuple[tuple[int, int], int]
Mark = TypeVar("Mark", Box, Point, ImageType)


def boxes_of(
    labels: PhotoLabels, photo_id: str, rater: str | None, turn: Turn, names: Names, problems: Problems
) -> tuple[BoxRow, ...]:
    """Boxes, cut at the edge of the photograph."""
    size, orientation = turn
    rows: list[BoxRow] = []
    for ours, box in _named(labels.boxes, names, problems):
        corners = [_held(x, y, size) for x, y in ((box.x0_px, box.y0_px), (box.x1_px, box.y1_px))]
        (x0, y0), (x1, y1) = (upright_point(x, y, size, orientation) for x, y in corners)
        edges = {"x0_px": min(x0, x1), "y0_px": min(y0, y1), "x1_px": max(x0, x1), "y1_px": max(y0, y1)}
        try:
            rows.append(BoxRow(photo_id=photo_id, rater_id=rater, type=ours, **edges))
        except ValidationError:
            problems.add(box.place, "the box is empty or lies outside the photograph")
    return tuple(rows)


def points_of(
    labels: PhotoLabels, photo_id: str, rater: str | None, turn: Turn, names: Names, problems: Problems
) -> tuple[PointRow, ...]:
    """Points; one outside the photograph is noted."""
    size, orientation = turn
    rows: list[PointRow] = []
    for ours, point in _named(labels.points, names, problems):
        if not (0 <= point.x_px <= size[0] and 0 <= point.y_px <= size[1]):
            problems.add(point.place, "the point lies outside the photograph")
            continue
        x, y = upright_point(point.x_px, point.y_px, size, orientation)
        rows.append(PointRow(photo_id=photo_id, rater_id=rater, type=ours, x_px=x, y_px=y))
    return tuple(rows)


def types_of(
    labels: PhotoLabels, photo_id: str, rater: str | None, names: Names, problems: Problems
) -> tuple[TypeRow, ...]:
    """What the photograph as a whole shows."""
    rows: list[TypeRow] = []
    for ours, found in _named(labels.types, names, problems):
        if ours is None:
            problems.add(found.place, f"{found.name} is no type: a photograph needs one, or leave it out")
        else:
            rows.append(TypeRow(photo_id=photo_id, rater_id=rater, type=ours))
    return tuple(rows)


def _named(marks: Iterable[Mark], names: Names, problems: Problems) -> Iterator[tuple[str | None, Mark]]:
    """Marks with our class, None for a scar of unknown type; those to be ignored are left out."""
    for mark in marks:
        ours = names.ours(mark.name)
        if ours is None:
            problems.unknown_class(mark.name, mark.place)
        elif ours not in (IGNORE_WORD, DROP_WORD):
            yield (None if ours == SCAR_WORD else ours), mark


def _held(x: float, y: float, size: tuple[int, int]) -> tuple[float, float]:
    return min(max(x, 0.0), float(size[0])), min(max(y, 0.0), float(size[1]))
