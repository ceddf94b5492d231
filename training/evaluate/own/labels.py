"""What each rater said about a photograph, ready to be held against what a machine said."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from data.errors import DatasetError
from data.labelled import LabelledSet
from data.manifest import ManifestRow
from data.masks import IGNORE, read_mask
from data.sidecars import BoxRow, PointRow, TypeRow
from inference.network.maps import TYPES
from training.photos.labels import CLEAR, SCAR, class_places
from training.photos.patches import patches_of

Row = TypeVar("Row", ManifestRow, BoxRow, PointRow, TypeRow)

#: A patch of a mask below this width is taken for a slip of the brush: it is not asked for, and a mark on it is no
#: mistake. The product reports no scar under 0.6 mm.
SPECK_MM = 0.5
#: Name of the only rater where nobody is named.
UNNAMED = "unnamed"


@dataclass(frozen=True, slots=True)
class Scar:
    """A scar that was labelled. x_px, y_px: its middle, 0, 0 the centre of the first pixel. type: None where untold.

    area_px: of its patch; None where nobody drew it.
    """

    x_px: float
    y_px: float
    type: str | None
    area_px: float | None = None

    def is_speck(self, mm_per_px: float) -> bool:
        """Whether it is narrower than `SPECK_MM` (circle of equal area)."""
        return self.area_px is not None and 2 * math.sqrt(self.area_px / math.pi) * mm_per_px < SPECK_MM


@dataclass(frozen=True, slots=True, eq=False)
class Mask:
    """types: (H, W) uint8, 0..4 of `TYPES`, 255 where nobody said. untyped: (H, W) bool, a scar of unknown type.
    number: (H, W) int32, 0 none, else 1 + the place in `Said.scars`."""

    types: NDArray[np.uint8]
    untyped: NDArray[np.bool_]
    number: NDArray[np.int32]

    @property
    def known(self) -> NDArray[np.bool_]:
        """(H, W) bool, where it is said whether there is a scar."""
        return (self.types != IGNORE) | self.untyped

    @property
    def scarred(self) -> NDArray[np.bool_]:
        """(H, W) bool, any scar."""
        return ((self.types != IGNORE) & (self.types > 0)) | self.untyped


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """One rater on one photograph.

    scars: single ones, None where no single scar was marked. is_complete: whether these are all scars of the labelled
    ground. scar_boxes, clear_boxes: (x0, y0, x1, y1) px. types: of the photograph as a whole.
    """

    rater: str
    mask: Mask | None
    scars: tuple[Scar, ...] | None
    is_complete: bool
    scar_boxes: tuple[tuple[float, float, float, float], ...]
    clear_boxes: tuple[tuple[float, float, float, float], ...]
    types: frozenset[str]
    grades: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the classes of a set ask for: types that it tells apart, and whether it has scars of unknown type."""

    types: frozenset[str]
    has_untyped: bool

    def excuses(self, type_: str) -> bool:
        """Whether a mark of this type is no mistake where no scar is labelled, as nobody was to label such."""
        return not self.has_untyped and type_ not in self.types


def asked_of(labelled: LabelledSet) -> Asked:
    """Classes of the masks; where there is none, of boxes and points, of which any may be of unknown type."""
    beside = (*labelled.sidecars.boxes, *labelled.sidecars.points)
    names = {*labelled.classes.names, *(row.type for row in beside if row.type is not None)}
    has_masks = any(row.mask is not None for row in labelled.rows)
    untold = not has_masks and any(row.type in (None, SCAR) for row in beside)
    return Asked(frozenset(names & set(TYPES)), SCAR in labelled.classes.names or untold)


def has_labels(labelled: LabelledSet) -> set[str]:
    """Photographs of which anything is known."""
    beside = labelled.sidecars
    named = {row.photo_id for row in (*beside.boxes, *beside.points, *beside.types)}
    return named | {row.photo_id for row in labelled.rows if row.mask is not None or row.grades}


class Labels:
    """The labels of a set by photograph and rater; masks are read when they are asked for and not kept.

    all_marked: whether boxes and points stand for all scars of their photographs, and each box for one scar.
    """

    def __init__(self, labelled: LabelledSet, all_marked: bool) -> None:
        self._labelled, self._all_marked = labelled, all_marked
        self._boxes = _by_photo(labelled.sidecars.boxes)
        self._points = _by_photo(labelled.sidecars.points)
        self._types = _by_photo(labelled.sidecars.types)
        self._rows = _by_photo(labelled.rows)
        has_masks = any(row.mask is not None for row in labelled.rows)
        self._places = class_places(labelled.classes) if has_masks else {}

    def of(self, photo_id: str, shape: tuple[int, int]) -> list[Said]:
        """Every rater on a photograph of `shape` (H, W). Raises DatasetError for a mask that does not fit it."""
        tables = (self._rows, self._boxes, self._points, self._types)
        raters = {row.rater_id for table in tables for row in table.get(photo_id, ())}
        said = [self._said(photo_id, rater, shape) for rater in sorted(raters, key=lambda name: name or "")]
        return [one for one in said if one is not None]

    def _said(self, photo_id: str, rater: str | None, shape: tuple[int, int]) -> Said | None:
        row = next((row for row in self._rows.get(photo_id, ()) if row.rater_id == rater), None)
        boxes = [box for box in self._boxes.get(photo_id, ()) if box.rater_id == rater]
        points = [point for point in self._points.get(photo_id, ()) if point.rater_id == rater]
        types = {one.type for one in self._types.get(photo_id, ()) if one.rater_id == rater}
        mask, scars = None, None
        if row is not None and row.mask is not None:
            mask, scars = self._mask(row.mask, shape)
        marked = [box for box in boxes if box.type not in CLEAR]
        if mask is None and points:
            found = (point for point in points if point.type not in CLEAR)
            scars = tuple(Scar(p.x_px - 0.5, p.y_px - 0.5, _typed(p.type)) for p in found)
        elif mask is None and boxes and self._all_marked:
            scars = tuple(_middle(box) for box in marked)
        if not (mask or boxes or points or types or (row and row.grades)):
            return None
        return Said(
            rater=rater or UNNAMED,
            mask=mask,
            scars=scars,
            is_complete=scars is not None and (mask is not None or self._all_marked),
            scar_boxes=tuple(_edges(box) for box in marked),
            clear_boxes=tuple(_edges(box) for box in boxes if box.type in CLEAR),
            types=frozenset(types & set(TYPES)),
            grades=row.grades if row else {},
        )

    def _mask(self, path: str, shape: tuple[int, int]) -> tuple[Mask | None, tuple[Scar, ...] | None]:
        """Classes of the surface say nothing of scars; a mask of nothing else is none."""
        label = read_mask(self._labelled.folder / path, self._labelled.classes)
        if label.shape != shape:
            raise DatasetError(
                f"{path} has {label.shape[1]} x {label.shape[0]} pixels, its upright photograph {shape[1]} x "
                f"{shape[0]}: export the mask at the photograph's size."
            )
        return scars_of_mask(label, self._places)


def scars_of_mask(
    label: NDArray[np.uint8], meanings: Mapping[int, tuple[str, int]]
) -> tuple[Mask | None, tuple[Scar, ...] | None]:
    """A mask, (H, W) uint8 indices, and its scars, one a connected patch of one class; None where it says nothing.

    meanings: as of `training.photos.labels.class_places`.
    """
    types = np.full_like(label, IGNORE)
    untyped = np.zeros(label.shape, np.bool_)
    for index, (kind, value) in meanings.items():
        if kind == "types":
            types[label == index] = value
        elif kind == "untyped":
            untyped |= label == index
    number = np.zeros(label.shape, np.int32)
    scars: list[Scar] = []
    layers = [(TYPES[k], types == k) for k in range(1, len(TYPES))] + [(None, untyped)]
    for name, layer in layers:
        if not layer.any():
            continue
        found = patches_of(layer)
        number[layer] = found.number[layer] + len(scars)
        places = zip(found.x_px, found.y_px, found.area_px, strict=True)
        scars += [Scar(float(x), float(y), name, float(area)) for x, y, area in places]
    mask = Mask(types, untyped, number)
    return (mask, tuple(scars)) if mask.known.any() else (None, None)


def _by_photo(rows: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.photo_id, []).append(row)
    return found


def _typed(name: str | None) -> str | None:
    return name if name in TYPES[1:] else None


def _edges(box: BoxRow) -> tuple[float, float, float, float]:
    return box.x0_px, box.y0_px, box.x1_px, box.y1_px


def _middle(box: BoxRow) -> Scar:
    return Scar((box.x0_px + box.x1_px) / 2 - 0.5, (box.y0_px + box.y1_px) / 2 - 0.5, _typed(box.type))
