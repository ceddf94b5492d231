"""The face mesh: 468 points on an upright crop (Kartynnik et al., arXiv 1907.06724)."""

import math

import numpy as np
from numpy.typing import NDArray

from inference.face.detect import Detection
from inference.face.frames import Frame, Pyramid
from inference.face.models import MESH, Runner

#: The crop's side by the face's box, MediaPipe's convention.
CROP_BY_BOX = 1.5
#: Outer corners of the eyes; the line between them is made level.
OUTER_CORNERS = (33, 263)


def frame_of_detection(found: Detection) -> Frame:
    """The crop that MediaPipe takes around a detected face."""
    (x0, y0), (x1, y1) = found.key_points_px[:2]
    left, top, right, bottom = found.box_px
    angle_deg = math.degrees(math.atan2(y1 - y0, x1 - x0))
    return Frame(float(left + right) / 2, float(top + bottom) / 2, found.side_px * CROP_BY_BOX, angle_deg)


def frame_of_points(points_px: NDArray[np.float32]) -> Frame:
    """The crop around a face's own points, upright with the line between the eyes."""
    across = points_px[OUTER_CORNERS[1], :2] - points_px[OUTER_CORNERS[0], :2]
    angle = math.atan2(across[1], across[0])
    turn = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    upright = points_px[:, :2] @ turn.T
    low, high = upright.min(axis=0), upright.max(axis=0)
    x_px, y_px = turn.T @ ((low + high) / 2)
    side_px = float((high - low).max()) * CROP_BY_BOX
    return Frame(float(x_px), float(y_px), side_px, math.degrees(angle))


def mesh(pyramid: Pyramid, frame: Frame, runner: Runner) -> tuple[NDArray[np.float32], float]:
    """(468, 3) float32 points on the photograph and the presence of a face, 0..1."""
    points, presence = runner.run(pyramid.crop(frame, MESH.side_px))
    on_photo = frame.to_photo(points.reshape(-1, 3), MESH.side_px)
    return on_photo, 1 / (1 + math.exp(-float(np.clip(presence[0], -80, 80))))
