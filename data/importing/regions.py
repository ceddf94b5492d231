"""Outlines and run lengths -> pixels, each as the tool that made them draws them."""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from pycocotools import mask as coco_mask

from data.importing.labels import Region


def cropped(name: str, mask: NDArray[np.bool_], place: str, left: int = 0, top: int = 0) -> Region:
    """The region of a (h, w) bool mask at column `left`, row `top`, without its empty margin."""
    x, y, width, height = cv2.boundingRect(mask.astype(np.uint8))
    return Region(name, mask[y : y + height, x : x + width].copy(), left + x, top + y, place)


def coco_region(name: str, segmentation: Any, width_px: int, height_px: int, place: str) -> Region:
    """Polygons [[x, y, x, y, ...], ...] or run lengths {counts, size}, compressed or not, drawn by pycocotools.

    Raises ValueError for what pycocotools cannot draw.
    """
    try:
        if isinstance(segmentation, dict):
            if list(segmentation["size"]) != [height_px, width_px]:
                raise ValueError(
                    f"its run lengths are of {segmentation['size']}, the image is {height_px} x {width_px}"
                )
            plain = isinstance(segmentation["counts"], list)
            if plain and sum(segmentation["counts"]) != height_px * width_px:
                raise ValueError("its run lengths do not add up to the image")
            runs: Any = segmentation
            if plain:
                runs = _run_lengths(segmentation, height_px, width_px)
        else:
            if not segmentation or any(len(part) < 6 or len(part) % 2 for part in segmentation):
                raise ValueError("a polygon needs three corners or more, each x and y")
            parts = [[float(value) for value in part] for part in segmentation]
            runs = coco_mask.merge(_run_lengths(parts, height_px, width_px))
        return cropped(name, np.asarray(coco_mask.decode(runs)) > 0, place)
    except (TypeError, KeyError, IndexError) as error:
        raise ValueError(f"its outline is neither polygons nor run lengths ({error})") from error


def _run_lengths(shape: Any, height_px: int, width_px: int) -> Any:
    """pycocotools' own compressed form; its stubs know neither plain run lengths nor several polygons."""
    return coco_mask.frPyObjects(shape, height_px, width_px)


def polygon_region(
    name: str, corners: Sequence[tuple[float, float]], width_px: int, height_px: int, place: str
) -> Region:
    """One polygon, drawn by pycocotools, as CVAT does. Raises ValueError for fewer than three corners."""
    flat = [value for corner in corners for value in corner]
    return coco_region(name, [flat], width_px, height_px, place)


def pillow_region(
    name: str, kind: str, corners: Sequence[tuple[float, float]], width_px: int, height_px: int, place: str
) -> Region:
    """A polygon, rectangle or circle as LabelMe's `shape_to_mask` draws it, with its outline.

    Raises ValueError for another kind or a wrong number of corners.
    """
    picture = Image.new("L", (width_px, height_px))
    draw = ImageDraw.Draw(picture)
    wanted = {"polygon": range(3, 1 << 20), "oriented_rectangle": (4,), "rectangle": (2,), "circle": (2,)}
    if kind not in wanted or len(corners) not in wanted[kind]:
        raise ValueError(f"a {kind} of {len(corners)} points cannot be drawn")
    if kind == "circle":
        (x, y), (edge_x, edge_y) = corners
        radius = float(np.hypot(edge_x - x, edge_y - y))
        draw.ellipse(((x - radius, y - radius), (x + radius, y + radius)), outline=1, fill=1)
    elif kind == "rectangle":
        low, high = np.min(corners, axis=0), np.max(corners, axis=0)
        draw.rectangle((tuple(low), tuple(high)), outline=1, fill=1)
    else:
        draw.polygon([tuple(corner) for corner in corners], outline=1, fill=1)
    return cropped(name, np.asarray(picture) > 0, place)


def run_lengths_region(
    name: str, counts: Sequence[int], left: int, top: int, width_px: int, height_px: int, place: str
) -> Region:
    """CVAT's run lengths: row by row inside a rectangle, unmarked and marked in turn, unmarked first.

    Raises ValueError when they do not fill the rectangle.
    """
    runs = np.asarray(counts, np.int64)
    if (runs < 0).any() or runs.sum() != width_px * height_px:
        raise ValueError(f"its run lengths do not fill {width_px} x {height_px} pixels")
    marked = np.arange(len(runs)) % 2 == 1
    return cropped(name, np.repeat(marked, runs).reshape(height_px, width_px), place, left, top)
