"""Finds the face of a photograph, if there is a whole one, and measures it."""

import math

import numpy as np
from numpy.typing import NDArray

from inference.face.detect import Detection, detect
from inference.face.face import Expression, Face
from inference.face.frames import Pyramid
from inference.face.iris import CONTOURS, LIDS, Eye, both_irises, look_at_eyes
from inference.face.mesh import frame_of_detection, frame_of_points, mesh
from inference.face.models import DETECTOR, IRIS, MESH, Runner, model_folder, models_installed
from inference.face.pose import pose_of

# A false face is worse than none: its polygons would name a cheek a brow. Limits of ours, far from both sides: on the
# London and Canada faces `cicatrix-train evaluate faces` prints the worst values, on close-ups the best ones.
#: Least presence by the mesh, on both passes.
MIN_PRESENCE = 0.9
#: Median way of the mesh's points from the first crop to the one around its own points, by the distance of the eyes.
MAX_DRIFT = 0.08
#: Largest distance of the detector's eyes, nose and mouth from the mesh's, by the distance of the eyes.
MAX_DISAGREEMENT = 0.3
#: Share of the mesh's points that must lie in the photograph.
MIN_INSIDE = 0.75
#: Least distance between the eyes, pixels of the photograph; nothing can be said about skin on a smaller face.
MIN_EYES_PX = 32.0
#: Candidates looked at.
MAX_CANDIDATES = 4

#: Eyes, nose tip and middle of the mouth, as means of mesh points, in the order of the detector's key points.
_KEY_POINTS = ((33, 133), (263, 362), (1, 1), (13, 14))
_UPPER_LIP, _LOWER_LIP, _MOUTH_CORNERS = 13, 14, (61, 291)


class FaceFinder:
    """MediaPipe's face models, ready to run; see `MODELS_MISSING` for what to say when `available()` is false.

    The nets are built at the first photograph and dropped when the object is pickled. Threads may share it. It uses
    as many cores as OpenCV is set to (cv2.setNumThreads).
    """

    def __init__(self) -> None:
        folder = model_folder()
        models = (DETECTOR, MESH, IRIS)
        self._runners = tuple(Runner(model, folder) for model in models) if folder else None

    @staticmethod
    def available() -> bool:
        """Whether the models are installed."""
        return models_installed()

    def find(self, rgb: NDArray[np.uint8]) -> Face | None:
        """The largest whole face of an upright (H, W, 3) uint8 sRGB photograph.

        None where there is none, as in close-ups, or where the models are not installed.
        """
        if self._runners is None:
            return None
        detector, mesher, iris = self._runners
        pyramid = Pyramid(rgb)
        candidates = detect(pyramid, detector)[:MAX_CANDIDATES]
        meshes = [found for one in candidates if (found := checked_mesh(pyramid, one, mesher))]
        if not meshes:
            return None
        points_px, presence = meshes[0]
        return _measure(pyramid, points_px, presence, len(meshes), iris)


def checked_mesh(
    pyramid: Pyramid, candidate: Detection, runner: Runner
) -> tuple[NDArray[np.float32], float] | None:
    """Points and presence of a candidate, after one refinement; None where it is no whole face."""
    first, presence_first = mesh(pyramid, frame_of_detection(candidate), runner)
    if presence_first < MIN_PRESENCE:
        return None
    points, presence = mesh(pyramid, frame_of_points(first), runner)
    if presence < MIN_PRESENCE or not plausible(points, first, candidate, pyramid.shape_px):
        return None
    return points, min(presence, presence_first)


def plausible(
    points_px: NDArray[np.float32],
    first_px: NDArray[np.float32],
    candidate: Detection,
    shape_px: tuple[int, int],
) -> bool:
    """Whether a refined mesh keeps to its first pass, to the detector and to the picture."""
    key = np.array([points_px[list(pair), :2].mean(axis=0) for pair in _KEY_POINTS])
    apart_px = math.dist(key[0], key[1])
    if apart_px < MIN_EYES_PX:
        return False
    drift = np.median(np.hypot(*(points_px - first_px)[:, :2].T)) / apart_px
    disagreement = np.hypot(*(key - candidate.key_points_px[:4]).T).max() / apart_px
    limit = np.array([shape_px[1], shape_px[0]])
    inside = ((points_px[:, :2] >= 0) & (points_px[:, :2] < limit)).all(axis=1).mean()
    features_inside = ((key >= 0) & (key < limit)).all()
    return bool(
        drift <= MAX_DRIFT and disagreement <= MAX_DISAGREEMENT and inside >= MIN_INSIDE and features_inside
    )


def _measure(
    pyramid: Pyramid, points_px: NDArray[np.float32], presence: float, count: int, iris: Runner
) -> Face:
    pose = pose_of(points_px)
    eyes = look_at_eyes(pyramid, points_px, iris)
    points_px = points_px.copy()
    for eye, contour in zip(eyes, CONTOURS, strict=True):
        points_px[list(contour[:LIDS]), :2] = eye.contour_px[:LIDS]
    irises = both_irises(*eyes)
    pupils = [(i.x_px, i.y_px) for i in irises] if irises else [eye.centre_px for eye in eyes]
    pupil_distance_px = math.dist(*pupils)
    return Face(
        points_px=points_px,
        presence=presence,
        pose=pose,
        expression=_expression(points_px, eyes, pupil_distance_px),
        pupil_distance_px=pupil_distance_px,
        irises=irises,
        count=count,
    )


def _expression(
    points_px: NDArray[np.float32], eyes: tuple[Eye, Eye], pupil_distance_px: float
) -> Expression:
    left, right = (points_px[i, :2] for i in _MOUTH_CORNERS)
    width_px = math.dist(left, right)
    gap_px = math.dist(points_px[_UPPER_LIP, :2], points_px[_LOWER_LIP, :2])
    return Expression(
        mouth_open=gap_px / max(width_px, 1e-6),
        eye_open=(eyes[0].opening + eyes[1].opening) / 2,
        smile=width_px / max(pupil_distance_px, 1e-6),
    )
