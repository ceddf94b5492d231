"""Regions of a face as polygons, and what on a face is not assessed: eyes, brows, lips, nostrils.

Left and right are the person's own: in the picture the person's right cheek lies at smaller x. Neighbours share their
border points, so regions do not overlap in a face that looks at the camera.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.face.face import Face

#: Corners of the regions that lie on the middle line, as points of the mesh.
_MIDDLE = {
    "forehead": (
        *(8, 55, 107, 66, 105, 63, 68, 54, 103, 67, 109, 10),
        *(338, 297, 332, 284, 298, 293, 334, 296, 336, 285),
    ),
    "nose": (
        *(8, 193, 245, 188, 114, 217, 126, 209, 49, 129, 98, 97, 2),
        *(326, 327, 358, 279, 429, 355, 437, 343, 412, 465, 417),
    ),
    "perioral": (
        *(2, 97, 98, 129, 203, 206, 216, 212, 202, 204, 182, 83, 18),
        *(313, 406, 424, 422, 432, 436, 426, 423, 358, 327, 326),
    ),
    "chin": (
        *(18, 83, 182, 204, 211, 170, 149, 176, 148, 152),
        *(377, 400, 378, 395, 431, 424, 406, 313),
    ),
}
#: Corners of the paired ones on the person's right side and on the left.
_PAIRED = {
    "temple": (
        (54, 68, 63, 70, 46, 124, 35, 143, 34, 127, 162, 21),
        (284, 298, 293, 300, 276, 353, 265, 372, 264, 356, 389, 251),
    ),
    "cheek": (
        (
            *(127, 34, 143, 35, 31, 228, 229, 230, 231, 232, 128, 114, 217, 126, 209),
            *(49, 129, 203, 206, 216, 212, 214, 192, 58, 132, 93, 234),
        ),
        (
            *(356, 264, 372, 265, 261, 448, 449, 450, 451, 452, 357, 343, 437, 355, 429),
            *(279, 358, 423, 426, 436, 432, 434, 416, 288, 361, 323, 454),
        ),
    ),
    "jaw": (
        (58, 172, 136, 150, 149, 170, 211, 204, 202, 212, 214, 192),
        (288, 397, 365, 379, 378, 395, 431, 424, 422, 432, 434, 416),
    ),
}
REGIONS: dict[str, tuple[int, ...]] = {
    "forehead": _MIDDLE["forehead"],
    "left_temple": _PAIRED["temple"][1],
    "right_temple": _PAIRED["temple"][0],
    "left_cheek": _PAIRED["cheek"][1],
    "right_cheek": _PAIRED["cheek"][0],
    "nose": _MIDDLE["nose"],
    "perioral": _MIDDLE["perioral"],
    "chin": _MIDDLE["chin"],
    "left_jaw": _PAIRED["jaw"][1],
    "right_jaw": _PAIRED["jaw"][0],
}
#: What is left out: points whose hull is taken, and the margin around it by the distance of the pupils. Margins are a
#: convention of ours: lashes, brow hair and the mesh's own error (`cicatrix-train evaluate faces`).
_EYE = (
    (113, 225, 224, 223, 222, 221, 189, 243, 112, 26, 22, 23, 24, 110, 25, 130, 226),
    (342, 445, 444, 443, 442, 441, 413, 463, 341, 256, 252, 253, 254, 339, 255, 359, 446),
)
_BROW = (
    (70, 63, 105, 66, 107, 55, 65, 52, 53, 46),
    (300, 293, 334, 296, 336, 285, 295, 282, 283, 276),
)
_LIPS = (
    *(61, 185, 40, 39, 37, 0, 267, 269, 270, 409),
    *(291, 375, 321, 405, 314, 17, 84, 181, 91, 146),
)
_NOSTRIL = (
    (79, 44, 238, 20, 242, 99, 60, 240, 59, 166),
    (309, 274, 458, 250, 462, 328, 290, 460, 289, 392),
)
EXCLUDED: tuple[tuple[tuple[int, ...], float], ...] = (
    *((points, 0.03) for points in _EYE),
    (_LIPS, 0.05),
    *((points, 0.03) for points in _NOSTRIL),
)
BROW_MARGIN = 0.05
#: Brows reach farther out than the mesh does: by the distance of the pupils, along the brow; a convention of ours.
BROW_TAIL = 0.06
#: Foreheads reach higher: the upper edge is lifted by this share of the way from between the brows (point 9) to the
#: mesh's top (point 10), less at its sides. Hair below it is left to the network's skin output. A convention of ours.
FOREHEAD_LIFT = 0.45
_LIFTED = {103: 0.5, 67: 0.85, 109: 1.0, 10: 1.0, 338: 1.0, 297: 0.85, 332: 0.5}
_BY_THE_EARS = (127, 234, 356, 454)
#: Regions turned farther from the camera than 80 degrees are left out; a convention of ours. The jaw of a face
#: that looks at the camera is turned by some 70 degrees.
MIN_FACING = 0.17


def face_regions(face: Face) -> dict[str, NDArray[np.float32]]:
    """(n, 2) float32 polygons in photograph pixels by name, those turned away from the camera left out."""
    seen = {name: face.points_px[list(corners)] for name, corners in REGIONS.items()}
    shown = {name: points for name, points in seen.items() if _facing(points, face) >= MIN_FACING}
    polygons = {name: points[:, :2].copy() for name, points in shown.items()}
    if "forehead" in polygons:
        up = FOREHEAD_LIFT * (face.points_px[10, :2] - face.points_px[9, :2])
        share = [_LIFTED.get(corner, 0.0) for corner in REGIONS["forehead"]]
        polygons["forehead"] += np.array(share, np.float32)[:, np.newaxis] * up
    return polygons


def excluded_areas(face: Face) -> tuple[NDArray[np.float32], ...]:
    """(n, 2) float32 convex polygons in photograph pixels: both eyes with their lids, lips, nostrils, both brows."""
    unit_px = face.pupil_distance_px
    areas = [_hull(face.points_px[list(points), :2], margin * unit_px) for points, margin in EXCLUDED]
    brows = [_hull(_with_tail(face, brow), BROW_MARGIN * unit_px) for brow in _BROW]
    return (*areas, *brows)


def _with_tail(face: Face, brow: tuple[int, ...]) -> NDArray[np.float32]:
    """(n, 2) points of a brow and its end farther out."""
    points = face.points_px[list(brow), :2]
    # In the order of _BROW: the tail's upper point first and its lower one last, two places on along the brow.
    tail, before = points[[0, -1]], points[[2, -3]]
    along = tail.mean(axis=0) - before.mean(axis=0)
    length = max(float(np.hypot(*along)), 1e-6)
    return np.vstack([points, tail + along * (BROW_TAIL * face.pupil_distance_px / length)])


def region_map(
    face: Face, shape_px: tuple[int, int], px_per_px: float
) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """Regions on a working picture: (h, w) uint8 and the names; value i stands for names[i - 1], 0 for none.

    Excluded areas are 0. shape_px: height and width of the working picture. px_per_px: photograph pixels per
    pixel of it, along both axes.
    """
    regions = face_regions(face)
    painted = np.zeros(shape_px, np.uint8)
    for index, polygon in enumerate(regions.values(), start=1):
        _paint(painted, polygon, px_per_px, index)
    for polygon in excluded_areas(face):
        _paint(painted, polygon, px_per_px, 0)
    return painted, tuple(regions)


def excluded_map(face: Face, shape_px: tuple[int, int], px_per_px: float) -> NDArray[np.bool_]:
    """(h, w) bool, true in the excluded areas of a working picture; arguments as for `region_map`."""
    painted = np.zeros(shape_px, np.uint8)
    for polygon in excluded_areas(face):
        _paint(painted, polygon, px_per_px, 1)
    return painted > 0


def _facing(points_px: NDArray[np.float32], face: Face) -> float:
    """Cosine of the angle between the camera and a region's mean normal; negative when seen from behind.

    The normal of a polygon that is not flat after Newell (Sutherland, Sproull & Schumacker 1974), pointing away from
    the middle between the ears.
    """
    middle = points_px.mean(axis=0)
    offsets = (points_px - middle).astype(np.float64)
    normal = np.cross(offsets, np.roll(offsets, -1, axis=0)).sum(axis=0)
    outwards = middle - face.points_px[list(_BY_THE_EARS)].mean(axis=0)
    length = float(np.linalg.norm(normal))
    return -float(normal[2]) / max(length, 1e-9) * (1.0 if normal @ outwards > 0 else -1.0)


def _hull(points_px: NDArray[np.float32], margin_px: float) -> NDArray[np.float32]:
    """Convex hull of the points, widened by a margin."""
    turns = np.linspace(0, 2 * np.pi, 16, endpoint=False)
    ring = margin_px * np.column_stack([np.cos(turns), np.sin(turns)])
    widened = (points_px[:, np.newaxis] + ring).reshape(-1, 2).astype(np.float32)
    return np.asarray(cv2.convexHull(widened), np.float32).reshape(-1, 2)


def _paint(target: NDArray[np.uint8], polygon_px: NDArray[np.float32], px_per_px: float, value: int) -> None:
    """Fills a polygon of the photograph on a working picture; pixel centres lie at whole numbers in both."""
    # OpenCV takes polygons in sixteenths of a pixel, as whole numbers.
    sixteenths = np.round(((polygon_px + 0.5) / px_per_px - 0.5) * 16).astype(np.int32)
    cv2.fillPoly(target, [sixteenths], value, lineType=cv2.LINE_8, shift=4)
