"""Millimetres from a face: the iris, and the distance between the pupils.

Both hold in the plane of the eyes. Cheeks, forehead and chin lie nearly in it; `PLANE_SD` is for the rest.
"""

import math

from inference.face.face import Face

#: Horizontal diameter of the iris, white to white, mean and sd of adults, mm (Ruefer et al., Cornea 2005;24:259-261:
#: 11.71, 0.42; 0.5 to cover other populations).
IRIS_MM, IRIS_SD_MM = 11.7, 0.5
#: Distance between the pupils of adults, mm, eyes on a far point (Dodgson, Proc SPIE 2004;5291:36-46).
PUPILS_MM, PUPILS_SD_MM = 63.0, 3.6
#: The measured circle by the hand-placed one: it lies on the steepest place of the edge, a little outside of where
#: people put it. Printed as "iris by hand" by `cicatrix-train evaluate faces`, mean of the London and Canada faces.
IRIS_OVERSIZE = 1.02
#: Eyes that look at a camera converge: by r / d, with the pupil at r = 10.5 mm from the eye's centre of rotation
#: (Atchison & Smith, Optics of the Human Eye, 2000) and the camera at d. For 0.4 m to 2 m that is 0.026 to 0.005;
#: mean and sd here are a convention of ours.
CONVERGENCE, CONVERGENCE_SD = 0.015, 0.01
#: Skin up to 10 mm before or behind the eyes at half a metre; a convention of ours.
PLANE_SD = 0.02
#: Error of the head's yaw, degrees; a convention of ours. On the London faces the yaw has an sd of 2.2 to 2.4 degrees,
#: with what people really turned (`cicatrix-train evaluate faces`).
YAW_SD_DEG = 4.0
#: Beyond this yaw neither scale is given; one eye is too oblique then.
MAX_YAW_DEG = 35.0


def iris_scale(face: Face) -> tuple[float, float] | None:
    """(mm_per_px, relative standard error) from the irises' diameters; None where they were not measured.

    Where the eyes look to is not known: irises turned with the head are foreshortened by cos(yaw), irises turned to
    the camera are not. The middle of the two is taken, their difference is part of the error.
    """
    if face.irises is None or abs(face.pose.yaw_deg) > MAX_YAW_DEG:
        return None
    diameter_px = sum(iris.diameter_px for iris in face.irises) / 2 / IRIS_OVERSIZE
    cos = math.cos(math.radians(face.pose.yaw_deg))
    return (
        IRIS_MM * (1 + cos) / 2 / diameter_px,
        math.hypot(IRIS_SD_MM / IRIS_MM, iris_measuring_sd(face), PLANE_SD),
    )


def pupil_scale(face: Face) -> tuple[float, float] | None:
    """(mm_per_px, relative standard error) from the distance between the pupils; None on faces turned far away.

    The distance is foreshortened by cos(yaw), so its error grows with tan(yaw) times the error of the yaw.
    """
    if face.pupil_distance_px <= 0 or abs(face.pose.yaw_deg) > MAX_YAW_DEG:
        return None
    distance_mm = PUPILS_MM * (1 - CONVERGENCE) * math.cos(math.radians(face.pose.yaw_deg))
    return (
        distance_mm / face.pupil_distance_px,
        math.hypot(PUPILS_SD_MM / PUPILS_MM, pupil_measuring_sd(face), PLANE_SD),
    )


def iris_measuring_sd(face: Face) -> float:
    """Relative error of the irises' mean diameter in this photograph, without what differs between people."""
    if face.irises is None:
        return math.inf
    first, second = face.irises
    total_px = first.diameter_px + second.diameter_px
    noise = math.hypot(first.diameter_sd_px, second.diameter_sd_px) / total_px
    # Standard error of a mean of two: half their difference.
    apart = abs(first.diameter_px - second.diameter_px) / total_px
    foreshortening = (1 - math.cos(math.radians(face.pose.yaw_deg))) / math.sqrt(12)
    return math.hypot(max(noise, apart), foreshortening)


def pupil_measuring_sd(face: Face) -> float:
    """Relative error of the distance between the pupils in this photograph, without what differs between people."""
    # Placing: a fiftieth of an iris for each measured pupil, five times that where only the network saw them; an iris
    # is 0.19 of the distance.
    placing = math.sqrt(2) * 0.19 * (0.02 if face.irises else 0.1)
    turning = math.tan(math.radians(abs(face.pose.yaw_deg))) * math.radians(YAW_SD_DEG)
    return math.hypot(placing, turning, CONVERGENCE_SD)
