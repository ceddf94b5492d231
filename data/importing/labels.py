"""What every reader of a format yields: one photograph as one rater labelled it, in that tool's own names.

Coordinates are pixels of the picture the tool showed, x to the right and y down; 0, 0 is the corner of the first pixel,
not its middle. `place` says where in which file something stands, for messages.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from data.errors import DatasetError


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """Pixels of one class. mask: (h, w) bool; its first pixel is column `left`, row `top` of the picture."""

    name: str
    mask: NDArray[np.bool_]
    left: int
    top: int
    place: str


@dataclass(frozen=True, slots=True, eq=False)
class LabelMap:
    """A whole mask. values: (H, W) uint8, indices into `names`, or 255 where nobody has labelled.

    clear: one without any scar says that there are none, and not that nobody looked.
    """

    values: NDArray[np.uint8]
    names: tuple[str, ...]
    place: str
    clear: bool = False


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of one class by its edges."""

    name: str
    x0_px: float
    y0_px: float
    x1_px: float
    y1_px: float
    place: str


@dataclass(frozen=True, slots=True)
class Point:
    """The middle of something of one class."""

    name: str
    x_px: float
    y_px: float
    place: str


@dataclass(frozen=True, slots=True)
class ImageType:
    """A class that the photograph as a whole was given."""

    name: str
    place: str


@dataclass(frozen=True, slots=True, eq=False)
class PhotoLabels:
    """key: path of the photograph below the folder of photographs, with forward slashes. size_px: width and height of
    the picture the tool showed, where it says so. grades: by scale. facts: other columns of the manifest, as text.
    photo_id: None takes the key without its ending.
    """

    photo: Path
    key: str
    place: str
    rater: str | None = None
    size_px: tuple[int, int] | None = None
    regions: tuple[Region, ...] = ()
    label_map: LabelMap | None = None
    boxes: tuple[Box, ...] = ()
    points: tuple[Point, ...] = ()
    types: tuple[ImageType, ...] = ()
    grades: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    facts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    photo_id: str | None = None


#: Lines of a refusal that are printed; the rest is counted.
_SHOWN = 40


class Problems:
    """Everything that was not understood, gathered so that one run names it all."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._unknown: dict[str, list[str]] = {}

    def add(self, place: str, message: str) -> None:
        """One thing that is wrong, and where."""
        self._lines.append(f"{place}: {message}")

    def unknown_class(self, name: str, place: str) -> None:
        """A class name that the table does not know."""
        self._unknown.setdefault(name, []).append(place)

    def raise_any(self) -> None:
        """Raises DatasetError with all lines, when there are any."""
        lines = list(self._lines)
        for name, places in self._unknown.items():
            more = f" and {len(places) - 3} more places" if len(places) > 3 else ""
            lines.append(f"{', '.join(places[:3])}{more}: no class {name!r} in the table of classes")
        if not lines:
            return
        rest = [f"and {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else []
        raise DatasetError(
            "\n".join(["Nothing was imported. Not understood:", *lines[:_SHOWN], *rest])
            + "\nCorrect these, or map class names with --table, and import again."
        )
