"""Finds the face of a photograph, if there is a whole one, and measures it."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.face.detect import Detection, detect
from inference.face.face import Expression, Face
from inference.face.frames import Pyramid
from inference.face.iris import CONTOURS, LIDS, Eye, both_irises, look_at_eyes
from inference.face.mesh import frame_of_detection, frame_of_points, mesh
from inference.face.models import DETECTOR, IRIS, MESH, Runner, model_folder, models_installed
from inference.face.pose import pose_of

# A false face is worse than none: its polygons would name a cheek a brow. Limits of ours, between what `cicatrix-train
# evaluate faces` prints as the worst of whole faces and what it finds in close-ups and cut faces.
#: Least presence by the mesh, on both passes.
MIN_PRESENCE = 0.9
#: Median way of the mesh's points from the first crop to the one around its own points, by the distance of the eyes.
MAX_DRIFT = 0.06
#: Largest distance of the detector's eyes, nose and mouth from the mesh's, by the distance of the eyes.
MAX_DISAGREEMENT = 0.25
#: Least way of eyes, nose and mouth from the picture's border, by the distance of the eyes.
MIN_MARGIN = 0.25
#: Share of the mesh's points that must lie in the photograph.
MIN_INSIDE = 0.75
#: Least distance between the eyes, pixels of the photograph; nothing can be said about skin on a smaller face.
MIN_EYES_PX = 32.0
#: Candidates looked at.
MAX_CANDIDATES = 4

#: Eyes, nose tip and middle of the mouth, as means of mesh points, in the order of the detector's key points.
_FEATURES = ((33, 133), (263, 362), (1, 1), (13, 14))
_UPPER_LIP, _LOWER_LIP, _MOUTH_CORNERS = 13, 14, (61, 291)


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A mesh laid on what may be a face, and how well it sits there.

    points_px: (468, 3) float32 after one refinement. presence: 0..1, the lower one of both passes. eyes_px: distance
    between the middles of the eyes. drift, disagreement, margin, inside: as the limits above.
    """

    points_px: NDArray[np.float32]
    presence: float
    eyes_px: float
    drift: float
    disagreement: float
    margin: float
    inside: float

    @property
    def is_face(self) -> bool:
        """Whether this is a whole face, beyond doubt."""
        return (
            self.presence >= MIN_PRESENCE
            and self.eyes_px >= MIN_EYES_PX
            and self.drift <= MAX_DRIFT
            and self.disagreement <= MAX_DISAGREEMENT
            and self.margin >= MIN_MARGIN
            and self.inside >= MIN_INSIDE
        )


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
        pyramid = Pyramid(rgb)
        faces = [one for one in self.candidates(pyramid) if one.is_face]
        return _measure(pyramid, faces[0], len(faces), self._runners[2]) if faces else None

    def candidates(self, pyramid: Pyramid) -> list[Candidate]:
        """What may be faces, the largest first, to see by how much each passes or fails."""
        if self._runners is None:
            return []
        detector, mesher, _ = self._runners
        return [_candidate(pyramid, one, mesher) for one in detect(pyramid, detector)[:MAX_CANDIDATES]]


def _candidate(pyramid: Pyramid, found: Detection, runner: Runner) -> Candidate:
    first, presence_first = mesh(pyramid, frame_of_detection(found), runner)
    points, presence = mesh(pyramid, frame_of_points(first), runner)
    features = np.array([points[list(pair), :2].mean(axis=0) for pair in _FEATURES])
    eyes_px = max(math.dist(features[0], features[1]), 1e-6)
    away = np.hypot(*(features - found.key_points_px[:4]).T)
    last = np.array([pyramid.shape_px[1] - 1, pyramid.shape_px[0] - 1])
    flat = points[:, :2]
    return Candidate(
        points_px=points,
        presence=min(presence, presence_first),
        eyes_px=eyes_px,
        drift=float(np.median(np.hypot(*(points - first)[:, :2].T))) / eyes_px,
        disagreement=float(away.max()) / eyes_px,
        margin=float(np.minimum(features, last - features).min()) / eyes_px,
        inside=float(((flat >= 0) & (flat <= last)).all(axis=1).mean()),
    )


def _measure(pyramid: Pyramid, found: Candidate, count: int, iris: Runner) -> Face:
    eyes = look_at_eyes(pyramid, found.points_px, iris)
    points_px = found.points_px.copy()
    for eye, contour in zip(eyes, CONTOURS, strict=True):
        points_px[list(contour[:LIDS]), :2] = eye.contour_px[:LIDS]
    irises = both_irises(*eyes)
    pupils = [(i.x_px, i.y_px) for i in irises] if irises else [eye.centre_px for eye in eyes]
    pupil_distance_px = math.dist(*pupils)
    return Face(
        points_px=points_px,
        presence=found.presence,
        pose=pose_of(points_px),
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
