"""One photograph's regions -> its indexed mask, in our classes and upright."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from data.importing.labels import LabelMap, PhotoLabels, Problems, Region
from data.importing.table import DROP_WORD, WORDS, Names
from data.masks import IGNORE

Overlap = Literal["unlabelled", "last"]
#: Values of a label map whose class is dropped or unknown, while it is read.
_BACKGROUND = 0


@dataclass(frozen=True, slots=True)
class Drawing:
    """How masks are drawn.

    overlap: pixels that two classes claim become 255, or belong to the one drawn last. partial: not all scars of a
    photograph were marked, so what lies outside is 255 and not 0.
    """

    overlap: Overlap = "unlabelled"
    partial: bool = False


def draw_mask(
    labels: PhotoLabels, size_px: tuple[int, int], names: Names, drawing: Drawing, problems: Problems
) -> NDArray[np.uint8] | None:
    """(H, W) uint8 of the picture the tool showed, `size_px` wide and high; None where nothing was marked.

    Classes that the table does not know are noted.
    """
    ground = IGNORE if drawing.partial else _BACKGROUND
    if labels.label_map is not None:
        mask = _translated(labels.label_map, names, problems)
        return np.where(mask == _BACKGROUND, ground, mask).astype(np.uint8)
    kept = list(_kept(labels.regions, names, problems))
    if not kept:
        return None
    width_px, height_px = size_px
    mask = np.full((height_px, width_px), ground, np.uint8)
    claimed = np.full((height_px, width_px), -1, np.int16)
    for index, region in kept:
        rows = slice(max(region.top, 0), max(region.top + region.mask.shape[0], 0))
        columns = slice(max(region.left, 0), max(region.left + region.mask.shape[1], 0))
        inside = region.mask[max(-region.top, 0) :, max(-region.left, 0) :]
        inside = inside[: max(height_px - rows.start, 0), : max(width_px - columns.start, 0)]
        before, part = claimed[rows, columns], mask[rows, columns]
        clash = inside & (before >= 0) & (before != index)
        part[inside] = index
        if drawing.overlap == "unlabelled":
            part[clash] = IGNORE
        before[inside] = np.where(clash[inside] & (drawing.overlap == "unlabelled"), IGNORE, index)
    return mask


def _kept(regions: Iterable[Region], names: Names, problems: Problems) -> Iterable[tuple[int, Region]]:
    """Regions with our index; `ignore` and scars of unknown type are 255."""
    for region in regions:
        ours = names.ours(region.name)
        if ours is None:
            problems.unknown_class(region.name, region.place)
        elif ours != DROP_WORD:
            yield IGNORE if ours in WORDS else names.classes.names.index(ours), region


def _translated(label_map: LabelMap, names: Names, problems: Problems) -> NDArray[np.uint8]:
    """Their indices -> ours; only names that occur must be known."""
    lookup = np.full(256, IGNORE, np.uint8)
    for index in np.unique(label_map.values):
        if index == IGNORE:
            continue
        if index >= len(label_map.names):
            problems.add(label_map.place, f"the value {index} has no name")
            continue
        ours = names.ours(label_map.names[index])
        if ours is None:
            problems.unknown_class(label_map.names[index], label_map.place)
        elif ours == DROP_WORD:
            lookup[index] = _BACKGROUND
        elif ours not in WORDS:
            lookup[index] = names.classes.names.index(ours)
    return lookup[label_map.values]
