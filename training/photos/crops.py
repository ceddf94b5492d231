"""Square crops of labelled photographs, and whole ones, with everything known of them at the network's stride."""

import math

import cv2
import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray

from inference.network.maps import SURFACE
from training.dataset import UNLABELLED, Batch
from training.photos.labels import LabelledPhoto
from training.photos.scales import GradeScales
from training.photos.shelf import Loaded

#: Labels of this kind kept of one picture; a step has a fixed size, and so many say enough.
MOST_BOXES, MOST_POINTS = 48, 128
#: A box that a crop cuts says nothing any more unless this share of it is left.
LEAST_LEFT = 0.7
#: So far around a scar there is skin. Ours.
_SKIN_REACH_MM = 1.5


def crop(
    loaded: Loaded, side: int, zoom: float, stride: int, rng: Generator, turn: tuple[bool, int] = (False, 0)
) -> Batch:
    """A square of `side` px of the photograph enlarged by `zoom`, half of the time about something labelled."""
    height, width = loaded.rgb.shape[:2]
    reach = side / zoom
    middle = _place(loaded, rng) if rng.random() < 0.5 else None
    starts = []
    for length, at in zip((width, height), middle or (None, None), strict=True):
        room = max(0.0, length - reach)
        start = rng.uniform(0, room) if at is None else at - rng.uniform(0.15, 0.85) * reach
        starts.append(float(np.clip(start, 0, room)))
    return _view(loaded, (starts[0], starts[1]), side, zoom, stride, rng, turn)


def whole(
    loaded: Loaded, side: int, stride: int, rng: Generator, turn: tuple[bool, int] = (False, 0)
) -> Batch:
    """All of the photograph in the upper left of a square of `side` px, the rest mirrored and not labelled."""
    return _view(loaded, (0.0, 0.0), side, side / max(loaded.rgb.shape[:2]), stride, rng, turn)


def _place(loaded: Loaded, rng: Generator) -> tuple[float, float] | None:
    """x and y of something labelled: a box, a point, or a scar of one of the mask's types, all types alike."""
    kinds = [kind for kind in ("masks", "boxes", "points") if len(getattr(loaded, kind))]
    kind = kinds[int(rng.integers(len(kinds)))] if kinds else None
    if kind == "boxes":
        _, x0, y0, x1, y1 = loaded.boxes[int(rng.integers(len(loaded.boxes)))]
        return float((x0 + x1) / 2), float((y0 + y1) / 2)
    if kind == "points":
        _, x, y = loaded.points[int(rng.integers(len(loaded.points)))]
        return float(x), float(y)
    if kind == "masks":
        mask = loaded.masks[int(rng.integers(len(loaded.masks)))]
        small = mask["types"][::4, ::4]
        present = [value for value in range(1, 5) if (small == value).any()]
        if present:
            rows, columns = np.nonzero(small == present[int(rng.integers(len(present)))])
            k = int(rng.integers(len(rows)))
            return 4.0 * float(columns[k]), 4.0 * float(rows[k])
    return None


def _view(
    loaded: Loaded,
    start: tuple[float, float],
    side: int,
    zoom: float,
    stride: int,
    rng: Generator,
    turn: tuple[bool, int],
) -> Batch:
    """The square that begins at `start` (x, y), enlarged by `zoom`, mirrored and turned, labels and all."""
    height, width = loaded.rgb.shape[:2]
    left, top = round(start[0]), round(start[1])
    reach = max(1, round(side / zoom))
    right, bottom = min(width, left + reach), min(height, top + reach)
    window = np.s_[top:bottom, left:right]
    size = max(1, min(side, round((right - left) * zoom))), max(1, min(side, round((bottom - top) * zoom)))
    kernel = cv2.INTER_AREA if zoom < 1 else cv2.INTER_CUBIC
    image = cv2.resize(np.ascontiguousarray(loaded.rgb[window]), size, interpolation=kernel)
    missing = side - size[1], side - size[0]
    image = cv2.copyMakeBorder(image, 0, missing[0], 0, missing[1], cv2.BORDER_REFLECT_101)
    mask = loaded.masks[int(rng.integers(len(loaded.masks)))] if loaded.masks else None
    maps = _small_maps(mask, window, size, side // stride, stride)
    boxes, points = loaded.boxes.copy(), loaded.points.copy()
    boxes[:, 1:] = (boxes[:, 1:] - np.array([left, top, left, top])) * zoom / stride
    points[:, 1:] = (points[:, 1:] - np.array([left, top])) * zoom / stride
    _clear_boxes(maps["types"], boxes)
    if loaded.is_complete:
        _clear_outside(maps, boxes)
    _tell_skin(maps, _SKIN_REACH_MM * loaded.px_per_mm * zoom / stride, loaded.is_close_up)
    sample: Batch = {"image": _turned(np.asarray(image, np.uint8), turn)}
    sample |= {name: _turned(value, turn) for name, value in maps.items()}
    sample["relief_um"] = torch.full((side // stride,) * 2, math.nan)
    sample["severity"] = sample["roughness_sa_um"] = torch.tensor(math.nan)
    sample["pair"] = torch.tensor(-1)
    sample["boxes"] = _kept_boxes(boxes, size, stride, side // stride, turn, rng)
    sample["points"] = _kept_points(points, size, stride, side // stride, turn, rng)
    return sample | nothing_of_the_whole()


def nothing_of_the_whole() -> Batch:
    """Types and grades of a picture of which nothing of the kind is known."""
    return {
        "shown": torch.zeros(4),
        "scale": torch.tensor(-1),
        "level": torch.tensor(0),
        "rater": torch.tensor(-1),
    }


def of_the_whole(photo: LabelledPhoto, scales: GradeScales, rng: Generator) -> Batch:
    """What is known of a photograph as a whole; of several grades one is drawn, so that every rater is heard."""
    found = nothing_of_the_whole()
    for number in photo.types:
        if number > 0:
            found["shown"][number - 1] = 1.0
    if photo.grades:
        scale, rater, value = photo.grades[int(rng.integers(len(photo.grades)))]
        if scale == scales.SEVERITY:
            found["severity"] = torch.tensor(value, dtype=torch.float32)
        elif scale in scales.names:
            found["scale"] = torch.tensor(scales.names.index(scale))
            found["level"] = torch.tensor(scales.level(scale, value))
            found["rater"] = torch.tensor(scales.rater(rater))
    return found


def without_weak(sample: Batch) -> Batch:
    """A rendered sample with the fields that photographs have, all saying that nothing is known."""
    side = sample["types"].shape[-1]
    nothing = torch.zeros((side, side), dtype=torch.uint8)
    return {
        **sample,
        "untyped": nothing,
        "inside": nothing,
        "boxes": torch.full((MOST_BOXES, 5), -1.0),
        "points": torch.full((MOST_POINTS, 3), -1.0),
        **nothing_of_the_whole(),
    }


def _small_maps(
    mask: dict[str, NDArray[np.uint8]] | None,
    window: tuple[slice, slice],
    size: tuple[int, int],
    small: int,
    stride: int,
) -> dict[str, NDArray[np.uint8]]:
    """Labels at the network's stride; what lies beside the photograph is unknown."""
    reach = max(1, size[0] // stride), max(1, size[1] // stride)
    blank = {"types": UNLABELLED, "untyped": 0, "surface": 0, "surface_known": 0}
    maps = {name: np.full((small, small), value, np.uint8) for name, value in blank.items()}
    maps["inside"] = np.zeros((small, small), np.uint8)
    maps["inside"][: reach[1], : reach[0]] = 1
    for name, part in (mask or {}).items():
        cut = np.ascontiguousarray(part[window])
        maps[name][: reach[1], : reach[0]] = cv2.resize(cut, reach, interpolation=cv2.INTER_NEAREST_EXACT)
    return maps


def _clear_boxes(types: NDArray[np.uint8], boxes: NDArray[np.float64]) -> None:
    """Boxes of no scar say of every pixel in them that it is none, where no mask says otherwise."""
    height, width = types.shape
    for _, x0, y0, x1, y1 in boxes[boxes[:, 0] == 0]:
        part = types[
            max(0, math.ceil(y0)) : max(0, min(height, int(y1))),
            max(0, math.ceil(x0)) : max(0, min(width, int(x1))),
        ]
        part[part == UNLABELLED] = 0


def _clear_outside(maps: dict[str, NDArray[np.uint8]], boxes: NDArray[np.float64]) -> None:
    """Outside all boxes of scars there is none, where no mask says otherwise."""
    free = (maps["types"] == UNLABELLED) & (maps["untyped"] == 0) & (maps["inside"] == 1)
    for number, x0, y0, x1, y1 in boxes:
        if number > 0:
            free[max(0, int(y0)) : max(0, math.ceil(y1)), max(0, int(x0)) : max(0, math.ceil(x1))] = False
    maps["types"][free] = 0


def _tell_skin(maps: dict[str, NDArray[np.uint8]], reach_px: float, is_close_up: bool) -> None:
    """Scars lie on skin, and so does what is close by: known where a mask marks one, without anybody labelling skin."""
    labelled = (maps["types"] != UNLABELLED) | (maps["untyped"] == 1)
    scar = labelled & (maps["types"] != 0)
    side = 2 * max(1, round(reach_px)) + 1
    near = cv2.dilate(scar.astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))) > 0
    skin = (near | labelled if is_close_up else near) & (maps["inside"] == 1)
    bit = np.uint8(1 << SURFACE.index("skin"))
    maps["surface"][skin] |= bit
    maps["surface_known"][skin] |= bit


def _kept_boxes(
    boxes: NDArray[np.float64],
    size: tuple[int, int],
    stride: int,
    small: int,
    turn: tuple[bool, int],
    rng: Generator,
) -> torch.Tensor:
    """(MOST_BOXES, 5) class and corners in pixels of the maps, -1 for none; boxes that the crop cuts are left out."""
    scars = boxes[boxes[:, 0] > 0]
    area = (scars[:, 3] - scars[:, 1]) * (scars[:, 4] - scars[:, 2])
    clipped = scars.copy()
    clipped[:, 1::2] = np.clip(clipped[:, 1::2], 0, size[0] / stride)
    clipped[:, 2::2] = np.clip(clipped[:, 2::2], 0, size[1] / stride)
    left = (clipped[:, 3] - clipped[:, 1]) * (clipped[:, 4] - clipped[:, 2])
    clipped = clipped[left >= LEAST_LEFT * np.maximum(area, 1e-9)]
    clipped = rng.permutation(clipped)[:MOST_BOXES]
    one, other = (_turned_points(clipped[:, at], small, turn) for at in ([1, 2], [3, 4]))
    kept = torch.full((MOST_BOXES, 5), -1.0)
    kept[: len(clipped), 0] = torch.from_numpy(clipped[:, 0])
    kept[: len(clipped), 1:3] = torch.from_numpy(np.minimum(one, other))
    kept[: len(clipped), 3:5] = torch.from_numpy(np.maximum(one, other))
    return kept


def _kept_points(
    points: NDArray[np.float64],
    size: tuple[int, int],
    stride: int,
    small: int,
    turn: tuple[bool, int],
    rng: Generator,
) -> torch.Tensor:
    """(MOST_POINTS, 3) class, x, y in pixels of the maps; -1 for none."""
    within = (points[:, 1:] >= 0).all(1) & (points[:, 1:] < np.array(size) / stride).all(1)
    drawn = rng.permutation(points[within])[:MOST_POINTS]
    kept = torch.full((MOST_POINTS, 3), -1.0)
    kept[: len(drawn), 0] = torch.from_numpy(drawn[:, 0])
    kept[: len(drawn), 1:] = torch.from_numpy(_turned_points(drawn[:, 1:], small, turn))
    return kept


def _turned(array: NDArray[np.uint8], turn: tuple[bool, int]) -> torch.Tensor:
    mirror, quarters = turn
    moved = np.rot90(array[:, ::-1] if mirror else array, quarters)
    return torch.from_numpy(np.ascontiguousarray(moved))


def _turned_points(points: NDArray[np.float64], side: int, turn: tuple[bool, int]) -> NDArray[np.float64]:
    """(n, 2) x and y as `_turned` moves pixels of a square of `side`; coordinates count from the corner."""
    mirror, quarters = turn
    x, y = points[:, 0].copy(), points[:, 1].copy()
    if mirror:
        x = side - x
    for _ in range(quarters):
        x, y = y, side - x
    return np.stack((x, y), axis=1)
