"""Turn of the head from the mesh's own three-dimensional points."""

import math

import numpy as np
from numpy.typing import NDArray

from inference.face.face import Pose

#: Points that no expression moves much, of a face that looks straight into the camera: the mean of the meshes of the 80
#: neutral London faces, made symmetrical, the outer corners of the eyes 1 apart; x to the right of the picture, y down,
#: z away from the camera. Printed by `cicatrix-train evaluate faces FOLDER --mean-face`. So 0 degrees of pitch is the
#: London faces' usual way to hold the head.
MEAN_FACE: dict[int, tuple[float, float, float]] = {
    33: (-0.500, -0.105, -0.018),
    263: (0.500, -0.105, -0.018),
    133: (-0.202, -0.092, -0.082),
    362: (0.202, -0.092, -0.082),
    168: (0.000, -0.186, -0.272),
    6: (0.000, -0.096, -0.330),
    4: (0.000, 0.233, -0.571),
    2: (0.000, 0.396, -0.373),
    129: (-0.242, 0.303, -0.229),
    358: (0.242, 0.303, -0.229),
    10: (0.000, -0.728, -0.178),
    127: (-0.822, -0.041, 0.574),
    356: (0.822, -0.041, 0.574),
    234: (-0.813, 0.125, 0.616),
    454: (0.813, 0.125, 0.616),
}


def pose_of(points_px: NDArray[np.float32]) -> Pose:
    """Pose of a (468, 3) mesh, by a rigid fit of `MEAN_FACE` to it."""
    stable = points_px[list(MEAN_FACE)].astype(np.float64)
    turn, _ = rigid_fit(np.array(list(MEAN_FACE.values())), stable)
    # turn = Rz(roll) Ry(-yaw) Rx(-pitch): the head nods, then turns, then tilts in the picture.
    roll = math.atan2(turn[1, 0], turn[0, 0])
    yaw = math.asin(float(np.clip(turn[2, 0], -1, 1)))
    pitch = -math.atan2(turn[2, 1], turn[2, 2])
    return Pose(math.degrees(yaw), math.degrees(pitch), math.degrees(roll))


def rigid_fit(source: NDArray[np.float64], target: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """(3, 3) rotation and scale that bring (n, 3) `source` nearest to (n, 3) `target`, both centred.

    Umeyama, IEEE PAMI 1991;13:376-380.
    """
    a, b = source - source.mean(axis=0), target - target.mean(axis=0)
    u, stretch, vt = np.linalg.svd(b.T @ a)
    signs = np.array([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
    return (u * signs) @ vt, float((stretch * signs).sum() / (a * a).sum())
