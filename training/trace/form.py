"""The cheek as a curved patch, laid out without stretching, and where its places fall in a pinhole camera."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Cheek:
    """A patch of a ring: bent with `radius_u_mm` sideways and `radius_v_mm` up and down; its top touches z = 0 at
    skin place (0, 0), z points out of the skin, x right, y up. Lengths on the skin are true along v and within 4 %
    along u up to 30 mm from the centre with the radii that are drawn."""

    radius_u_mm: float
    radius_v_mm: float

    def points(self, u_mm: Field, v_mm: Field, height_um: Field) -> Field:
        """(..., 3) places in mm of skin coordinates and heights along the normal."""
        a, b = u_mm / self.radius_u_mm, v_mm / self.radius_v_mm
        out = self.radius_u_mm - self.radius_v_mm * (1 - np.cos(b))
        base = np.stack(
            (out * np.sin(a), self.radius_v_mm * np.sin(b), out * np.cos(a) - self.radius_u_mm), axis=-1
        )
        return base + self.normals(u_mm, v_mm) * (height_um / 1000)[..., None]

    def normals(self, u_mm: Field, v_mm: Field) -> Field:
        """(..., 3) unit normals of the smooth form."""
        a, b = u_mm / self.radius_u_mm, v_mm / self.radius_v_mm
        return np.stack((np.cos(b) * np.sin(a), np.sin(b), np.cos(b) * np.cos(a)), axis=-1)


@dataclass(frozen=True, slots=True)
class Camera:
    """A pinhole that looks at a skin place from `distance_mm`.

    yaw_deg, pitch_deg: away from the normal at (0, 0). roll_deg: about its axis. aim_mm: the point (x, y, 0) in the
    picture's middle. px_per_mm: of a plane through that point across the axis. size_px: of the square picture.
    """

    distance_mm: float
    px_per_mm: float
    size_px: int
    yaw_deg: float = 0.0
    pitch_deg: float = 0.0
    roll_deg: float = 0.0
    aim_mm: tuple[float, float] = (0.0, 0.0)

    @property
    def fov_deg(self) -> float:
        """Whole angle of view across the picture."""
        return float(2 * np.degrees(np.arctan(self.size_px / 2 / (self.px_per_mm * self.distance_mm))))

    def axes(self) -> tuple[Field, Field, Field]:
        """Unit vectors: right, up, forward."""
        yaw, pitch, roll = np.radians((self.yaw_deg, self.pitch_deg, self.roll_deg))
        back = np.array((np.cos(pitch) * np.sin(yaw), np.sin(pitch), np.cos(pitch) * np.cos(yaw)))
        right = np.cross((0.0, 1.0, 0.0), back)
        right /= np.linalg.norm(right)
        up = np.cross(back, right)
        turned = np.cos(roll) * right + np.sin(roll) * up
        return turned, np.cross(back, turned), -back

    @property
    def target(self) -> Field:
        """(3,) mm, the point in the picture's middle."""
        return np.array((*self.aim_mm, 0.0))

    @property
    def origin(self) -> Field:
        """(3,) mm, the pinhole."""
        return self.target - self.distance_mm * self.axes()[2]

    def project(self, points: Field) -> Field:
        """(..., 2) x and y in pixels; pixel i covers i to i + 1, y runs down."""
        right, up, forward = self.axes()
        seen = points - self.origin
        scale = self.px_per_mm * self.distance_mm / (seen @ forward)
        return np.stack(
            (self.size_px / 2 + scale * (seen @ right), self.size_px / 2 - scale * (seen @ up)), axis=-1
        )


def grid(side_mm: float, step_mm: float) -> tuple[Field, Field]:
    """(n, n) u and v of a square of skin around (0, 0); v falls with the row, as in a picture."""
    count = round(side_mm / step_mm) + 1
    line = (np.arange(count) - (count - 1) / 2) * step_mm
    u_mm, v_mm = np.meshgrid(line, -line)
    return u_mm, v_mm


def triangles(count: int) -> NDArray[np.uint32]:
    """(2 (count - 1)^2, 3) vertex numbers of a count x count grid's triangles, turned towards +z."""
    at = np.arange(count * count, dtype=np.uint32).reshape(count, count)
    a, b, c, d = at[:-1, :-1].ravel(), at[:-1, 1:].ravel(), at[1:, :-1].ravel(), at[1:, 1:].ravel()
    return np.concatenate((np.stack((a, c, b), 1), np.stack((b, c, d), 1)))
