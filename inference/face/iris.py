"""The two eyes: lids, brows and irises (MediaPipe Iris, Ablavatski et al., arXiv 2006.11341)."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.face.face import Iris
from inference.face.frames import Frame, Pyramid
from inference.face.limbus import measure_limbus
from inference.face.models import IRIS, Runner

#: Outer and inner corner of the eye at smaller x and of the other one, as points of the mesh.
EYE_CORNERS = ((33, 133), (263, 362))
#: MediaPipe's convention: the crop's side by the eye's width.
CROP_BY_EYE = 2.3
# Conventions of ours.
#: Narrower gaps between the lids, by the eye's width, are closed or nearly so: the iris is not seen.
MIN_OPEN = 0.15
#: Smallest iris, in pixels of the photograph.
MIN_IRIS_PX = 10.0
#: Largest difference of the two irises by their mean; more than that, and one of them is not an iris.
MAX_DIFFERENCE = 0.08

#: Points of the mesh that the eye model finds too, in its own order, for the eye at smaller x: lower and upper lid,
#: three rings around them, the brow (mediapipe/graphs/iris_tracking/calculators).
_CONTOUR_LEFT = (
    *(33, 7, 163, 144, 145, 153, 154, 155, 133, 246, 161, 160, 159, 158, 157, 173),
    *(130, 25, 110, 24, 23, 22, 26, 112, 243, 247, 30, 29, 27, 28, 56, 190),
    *(226, 31, 228, 229, 230, 231, 232, 233, 244, 113, 225, 224, 223, 222, 221, 189),
    *(35, 124, 46, 53, 52, 65, 143, 111, 117, 118, 119, 120, 121, 128, 245),
    *(156, 70, 63, 105, 66, 107, 55, 193),
)
_CONTOUR_RIGHT = (
    *(263, 249, 390, 373, 374, 380, 381, 382, 362, 466, 388, 387, 386, 385, 384, 398),
    *(359, 255, 339, 254, 253, 252, 256, 341, 463, 467, 260, 259, 257, 258, 286, 414),
    *(446, 261, 448, 449, 450, 451, 452, 453, 464, 342, 445, 444, 443, 442, 441, 413),
    *(265, 353, 276, 283, 282, 295, 372, 340, 346, 347, 348, 349, 350, 357, 465),
    *(383, 300, 293, 334, 296, 336, 285, 417),
)
CONTOURS = (_CONTOUR_LEFT, _CONTOUR_RIGHT)
#: The first so many are the lids and the ring around them; there this model is nearer to the hand-placed points than
#: the mesh, on the brows it is farther off.
LIDS = 32
#: Within the model's contour: outer and inner corner, middle of the upper and of the lower lid.
_OUTER, _INNER, _UPPER, _LOWER = 0, 8, 12, 4


@dataclass(frozen=True, slots=True, eq=False)
class Eye:
    """What one eye looks like.

    contour_px: (71, 2) float32 on the photograph, in the order of `CONTOURS`. centre_px: (2,) float32, of the iris
    as the network sees it. opening: gap between the lids by the eye's width. iris: None where not seen well.
    """

    contour_px: NDArray[np.float32]
    centre_px: NDArray[np.float32]
    opening: float
    iris: Iris | None


def look_at_eyes(pyramid: Pyramid, points_px: NDArray[np.float32], runner: Runner) -> tuple[Eye, Eye]:
    """Both eyes of a face's mesh, the one at smaller x of an upright face first."""
    first, second = (_look(pyramid, points_px, side, runner) for side in (0, 1))
    return first, second


def both_irises(first: Eye, second: Eye) -> tuple[Iris, Iris] | None:
    """The irises where both were measured and agree."""
    a, b = first.iris, second.iris
    if a is None or b is None:
        return None
    apart = 2 * abs(a.diameter_px - b.diameter_px) / (a.diameter_px + b.diameter_px)
    return (a, b) if apart <= MAX_DIFFERENCE else None


def _look(pyramid: Pyramid, points_px: NDArray[np.float32], side: int, runner: Runner) -> Eye:
    outer, inner = EYE_CORNERS[side]
    frame = _frame(points_px[outer], points_px[inner], side)
    _, contour = _run(pyramid, frame, runner)
    # Once more around the corners that the eye model found: the mesh's are off by a tenth of the eye's width.
    frame = _frame(contour[_OUTER], contour[_INNER], side)
    iris, contour = _run(pyramid, frame, runner)
    width_px = math.dist(contour[_OUTER], contour[_INNER])
    opening = math.dist(contour[_UPPER], contour[_LOWER]) / max(width_px, 1e-6)
    return Eye(contour, iris[0], opening, _iris(pyramid, iris, opening, frame.angle_deg))


def _frame(outer: NDArray[np.float32], inner: NDArray[np.float32], side: int) -> Frame:
    """Crop level with the eye; the eye at larger x is mirrored, because the model knows only the other one."""
    left, right = (inner, outer) if side else (outer, inner)
    across = right[:2] - left[:2]
    x_px, y_px = (left[:2] + right[:2]) / 2
    angle_deg = math.degrees(math.atan2(across[1], across[0]))
    side_px = float(np.hypot(*across)) * CROP_BY_EYE
    return Frame(float(x_px), float(y_px), side_px, angle_deg, mirrored=bool(side))


def _run(pyramid: Pyramid, frame: Frame, runner: Runner) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(5, 2) iris: centre and four points of its edge; (71, 2) contour. Both on the photograph."""
    iris, contour = runner.run(pyramid.crop(frame, IRIS.side_px))
    iris, contour = (frame.to_photo(o.reshape(-1, 3)[:, :2], IRIS.side_px) for o in (iris, contour))
    return iris, contour


def _iris(pyramid: Pyramid, points_px: NDArray[np.float32], opening: float, angle_deg: float) -> Iris | None:
    diameter_px = math.dist(points_px[1], points_px[3])
    if opening < MIN_OPEN or diameter_px < MIN_IRIS_PX:
        return None
    middle = (points_px[1] + points_px[3]) / 2
    edge = measure_limbus(pyramid, float(middle[0]), float(middle[1]), diameter_px, angle_deg)
    if edge is None:
        return None
    return Iris(edge.x_px, edge.y_px, edge.diameter_px, edge.diameter_sd_px)
