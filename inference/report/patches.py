"""Which scar of a stored result every pixel of its mask belongs to: the mask itself tells the types only."""

from collections.abc import Sequence
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.measure.assessment import Lesion
from inference.network.maps import TYPES
from inference.report.overlay import Components


def lesion_patches(
    label: NDArray[np.uint8], lesions: Sequence[Lesion], photo_px_per_px: tuple[float, float] = (1.0, 1.0)
) -> NDArray[np.int32]:
    """(h, w) int32 of `Lesion.id`, 0 where there is no scar.

    label: (h, w) uint8, 0 none and 1..4 the types of `TYPES`, the mask of the result at any size. lesions: of the same
    result, with places in the oriented photograph, which has `photo_px_per_px` pixels, x and y, for one of `label`.

    A connected patch belongs to the scar of its type whose centre lies in it or nearest to it. Scars that touch share a
    patch; each pixel of it then goes to the scar that is nearest by its own radius. That is a little off where the
    measurement parted them along a ridge, and exact everywhere else.
    """
    ids = np.zeros(label.shape, np.int32)
    for index, name in enumerate(TYPES[1:], start=1):
        own = [lesion for lesion in lesions if lesion.type == name]
        if own:
            _number(ids, label == index, own, np.array(photo_px_per_px))
    return ids


def _number(
    ids: NDArray[np.int32], mask: NDArray[np.bool_], lesions: Sequence[Lesion], finer: NDArray[np.float64]
) -> None:
    """Write the ids of scars of one type into their patches."""
    count, patches, boxes, _ = cast(
        Components, cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    )
    if count < 2:
        return
    centres = np.array([(lesion.x_px, lesion.y_px) for lesion in lesions]) / finer - 0.5
    radii = np.sqrt([max(lesion.area_px, 1) for lesion in lesions])
    numbers = np.array([lesion.id for lesion in lesions], np.int32)
    held = _patch_of(centres, mask, patches)
    for patch in range(1, count):
        left, top, width, height = (int(boxes[patch, k]) for k in range(4))
        part = (slice(top, top + height), slice(left, left + width))
        inside = patches[part] == patch
        members = np.flatnonzero(held == patch)
        if len(members) == 0:  # a splinter
            members = np.arange(len(lesions))
        if len(members) == 1:
            ids[part][inside] = numbers[members[0]]
            continue
        y, x = np.nonzero(inside)
        away = np.hypot(x[:, None] + left - centres[members, 0], y[:, None] + top - centres[members, 1])
        ids[part][inside] = numbers[members[np.argmin(away / radii[members], axis=1)]]


def _patch_of(
    centres: NDArray[np.float64], mask: NDArray[np.bool_], patches: NDArray[np.int32]
) -> NDArray[np.int32]:
    """(n,) the patch that holds each centre, or the nearest one: the centre of a crescent lies outside of it."""
    _, found = cv2.distanceTransformWithLabels(
        (~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    nearest = np.asarray(found, np.int32)
    patch_by_label = np.zeros(int(nearest.max()) + 1, np.int32)
    patch_by_label[nearest[mask]] = patches[mask]
    at = np.clip(np.rint(centres).astype(int), 0, np.array(mask.shape)[::-1] - 1)
    return patch_by_label[nearest[at[:, 1], at[:, 0]]]
