"""Labelled photographs in memory: read once, held small, with their labels in their own pixels."""

from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from data.errors import DatasetError
from data.masks import Classes, read_mask
from inference.photo.read import read_photo
from training.dataset import UNLABELLED
from training.photos.labels import LabelledPhoto, class_places

#: Pixels are kept at up to this multiple of the network's reference scale: finer ones are never looked at.
_KEPT = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """A photograph in memory, held small, with its labels in its own pixels.

    rgb: (h, w, 3) uint8. masks: of every rater (h, w) uint8 maps: types, 0..4 or 255; untyped, 1 on scars of unknown
    type; surface and surface_known, bit sets. boxes: (n, 5), points: (n, 3) float, class first. is_assumed: whether
    px_per_mm is a guess. is_complete: whether the boxes hold every scar, so that outside them is none.
    is_close_up: whether all that is labelled is skin.
    """

    photo: LabelledPhoto
    rgb: NDArray[np.uint8]
    masks: tuple[dict[str, NDArray[np.uint8]], ...]
    boxes: NDArray[np.float64]
    points: NDArray[np.float64]
    px_per_mm: float
    is_assumed: bool
    is_complete: bool
    is_close_up: bool


class Shelf:
    """Photographs kept in memory up to `limit_mb`, the least recently used one given up first.

    The rest is as in `training.config.PhotosConfig`.
    """

    def __init__(
        self,
        classes: Classes | None,
        reference_px_per_mm: float,
        limit_mb: float = 600.0,
        boxes_complete: bool = False,
        close_ups: bool = False,
    ) -> None:
        self._classes, self._reference, self._limit = classes, reference_px_per_mm, limit_mb * 1e6
        self._complete, self._close_ups = boxes_complete, close_ups
        self._places = class_places(classes) if classes else {}
        self._held: OrderedDict[str, Loaded] = OrderedDict()
        self._bytes = 0

    def get(self, photo: LabelledPhoto) -> Loaded:
        """Raises PhotoError, DatasetError for a mask of another size."""
        found = self._held.pop(photo.photo_id, None)
        if found is None:
            found = self._load(photo)
            self._bytes += _size(found)
        self._held[photo.photo_id] = found
        while self._bytes > self._limit and len(self._held) > 1:
            self._bytes -= _size(self._held.popitem(last=False)[1])
        return found

    def _load(self, photo: LabelledPhoto) -> Loaded:
        seen = read_photo(photo.image, mm_per_px=photo.mm_per_px)
        px_per_mm = 1.0 / seen.scale.mm_per_px
        factor = min(1.0, _KEPT * self._reference / px_per_mm)
        size = max(32, round(seen.width_px * factor)), max(32, round(seen.height_px * factor))
        rgb = cv2.resize(seen.rgb, size, interpolation=cv2.INTER_AREA) if factor < 1 else seen.rgb
        share = rgb.shape[1] / seen.width_px
        boxes = np.array(photo.boxes, np.float64).reshape(-1, 5)
        points = np.array(photo.points, np.float64).reshape(-1, 3)
        boxes[:, 1:] *= share
        points[:, 1:] *= share
        masks = tuple(self._mask(path, seen.rgb.shape[:2], rgb.shape[1::-1]) for path in photo.masks)
        return Loaded(
            photo,
            np.ascontiguousarray(rgb),
            masks,
            boxes,
            points,
            px_per_mm * share,
            photo.mm_per_px is None,
            self._complete and len(boxes) > 0,
            self._close_ups,
        )

    def _mask(
        self, path: Path, shape: tuple[int, ...], size: tuple[int, int]
    ) -> dict[str, NDArray[np.uint8]]:
        assert self._classes is not None
        label = read_mask(path, self._classes)
        if label.shape != tuple(shape):
            raise DatasetError(
                f"{path.name} has {label.shape[1]} x {label.shape[0]} pixels, its upright photograph "
                f"{shape[1]} x {shape[0]}: export the mask at the photograph's size."
            )
        label = cv2.resize(label, size, interpolation=cv2.INTER_NEAREST_EXACT)
        return maps_of(np.asarray(label, np.uint8), self._places)


def _size(loaded: Loaded) -> int:
    return loaded.rgb.nbytes + sum(part.nbytes for mask in loaded.masks for part in mask.values())


def maps_of(label: NDArray[np.uint8], places: dict[int, tuple[str, int]]) -> dict[str, NDArray[np.uint8]]:
    """Index mask -> types, untyped, surface, surface_known. Of a surface class that the mask has, every labelled pixel
    is known; under a mark of the surface nothing is said of scars."""
    types = np.full_like(label, UNLABELLED)
    untyped, surface, known = np.zeros_like(label), np.zeros_like(label), np.zeros_like(label)
    for index, (kind, value) in places.items():
        here = label == index
        if kind == "types":
            types[here] = value
        elif kind == "untyped":
            untyped[here] = 1
        else:
            surface[here] |= np.uint8(1 << value)
            known[label != UNLABELLED] |= np.uint8(1 << value)
    return {"types": types, "untyped": untyped, "surface": surface, "surface_known": known}
