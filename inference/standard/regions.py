"""Which part of the picture is to be assessed, and what its parts are called.

In a close-up that is the whole picture. A face brings its own regions and leaves out eyes, brows, lips and
nostrils. Regions that the user draws come before both.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.face.face import Face
from inference.face.regions import excluded_map, region_map
from inference.reference.reference import References

#: Region index of pixels that belong to no named region.
NO_REGION = 0
#: The face reaches this far beyond its outermost points, by the distance between the pupils: 5 mm of 63 mm. The
#: points end short of the ears and of the hairline.
_FACE_MARGIN = 0.08
#: Sub-pixel bits that OpenCV's polygon filling takes.
_SHIFT = 4


@dataclass(frozen=True, slots=True)
class DrawnRegion:
    """A part of the photograph that the user outlined; corners as fractions 0..1 of its width and height."""

    name: str
    polygon: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """The part of a working picture to be assessed, whatever is skin of it.

    assessable: (h, w) bool. index: (h, w) uint8, 0 no named region, k the region `names[k - 1]`.
    """

    assessable: NDArray[np.bool_]
    index: NDArray[np.uint8]
    names: tuple[str, ...]


def ground_of(
    shape: tuple[int, int],
    photo_px_per_px: tuple[float, float],
    face: Face | None = None,
    references: References | None = None,
    drawn: tuple[DrawnRegion, ...] = (),
) -> Ground:
    """What to assess of a working picture of `shape` (h, w); photo_px_per_px: (x, y)."""
    assessable, index, names = np.ones(shape, np.bool_), np.zeros(shape, np.uint8), tuple[str, ...]()
    if face is not None:
        index, names = region_map(face, shape, photo_px_per_px[0])
        # The forehead's region reaches higher than the points do.
        assessable = _face_area(face, shape, photo_px_per_px) | (index > NO_REGION)
        assessable &= ~excluded_map(face, shape, photo_px_per_px[0])
    if drawn:
        index, names = _drawn_index(drawn, shape), tuple(region.name for region in drawn)
        # What the user outlined holds even beyond the face's outline, but not on eyes, lips and brows.
        inside = index > NO_REGION
        assessable = inside if face is None else inside & ~excluded_map(face, shape, photo_px_per_px[0])
    if references is not None and references.outlines_px:
        assessable &= ~_filled(references.outlines_px, shape, photo_px_per_px)
    return Ground(assessable, np.where(assessable, index, NO_REGION).astype(np.uint8), names)


def _face_area(face: Face, shape: tuple[int, int], photo_px_per_px: tuple[float, float]) -> NDArray[np.bool_]:
    """(h, w) bool: the face with a margin; hair, ears, neck and background are left out."""
    hull = cv2.convexHull(np.ascontiguousarray(face.points_px[:, :2]))[:, 0]
    margin_px = _FACE_MARGIN * face.pupil_distance_px / photo_px_per_px[0]
    side = 2 * max(1, round(margin_px)) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    inside = _filled([hull.astype(np.float32)], shape, photo_px_per_px).astype(np.uint8)
    return np.asarray(cv2.dilate(inside, disc)) > 0


def _filled(
    outlines: list[NDArray[np.float32]] | tuple[NDArray[np.float32], ...],
    shape: tuple[int, int],
    photo_px_per_px: tuple[float, float],
) -> NDArray[np.bool_]:
    """(h, w) bool inside polygons that are given in pixels of the photograph."""
    mask = np.zeros(shape, np.uint8)
    for outline in outlines:
        _fill(mask, (outline + 0.5) / np.asarray(photo_px_per_px) - 0.5, 1)
    return mask > 0


def _drawn_index(drawn: tuple[DrawnRegion, ...], shape: tuple[int, int]) -> NDArray[np.uint8]:
    """Where regions overlap the later one holds."""
    index = np.zeros(shape, np.uint8)
    for number, region in enumerate(drawn, start=1):
        corners = np.asarray(region.polygon, np.float64) * (shape[1], shape[0]) - 0.5
        _fill(index, corners, number)
    return index


def _fill(mask: NDArray[np.uint8], corners_px: NDArray[np.floating], value: int) -> None:
    fixed = np.round(np.clip(corners_px, -1e4, 1e5) * 2**_SHIFT).astype(np.int32)
    cv2.fillPoly(mask, [fixed], value, shift=_SHIFT)
