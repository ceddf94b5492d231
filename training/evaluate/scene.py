"""Rendered photographs of a card with exactly known geometry, light and colours."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.photo.colour import LINEAR_OF_LEVEL
from inference.reference.chart import patch_corners
from inference.reference.colorchecker import linear_patches

Floats = NDArray[np.float32]
SUPERSAMPLING = 2


@dataclass(frozen=True, slots=True)
class Pose:
    """A pinhole camera over a card whose middle `centre_mm` appears at `centre_px`.

    px_per_mm: there, across the line of sight. tilt_deg about an axis in the card at tilt_axis_deg; turn_deg in the
    picture. distance_mm: of the camera. bend_radius_mm: of the cylinder, along the card's y, that the card lies
    on; None is flat.
    """

    px_per_mm: float
    centre_mm: tuple[float, float]
    centre_px: tuple[float, float]
    tilt_deg: float = 0
    tilt_axis_deg: float = 0
    turn_deg: float = 0
    distance_mm: float = 300
    bend_radius_mm: float | None = None

    @property
    def mm_per_px(self) -> float:
        """The truth at the card's middle: root of the area of one px on the card's (tangent) plane."""
        return 1 / (self.px_per_mm * math.sqrt(math.cos(math.radians(self.tilt_deg))))

    @property
    def rotation(self) -> NDArray[np.float64]:
        """(3, 3), card to camera; the camera looks along z."""
        axis = math.radians(self.tilt_axis_deg)
        tilt = np.array([math.cos(axis), math.sin(axis), 0]) * math.radians(self.tilt_deg)
        turn = np.array([0, 0, math.radians(self.turn_deg)])
        return np.asarray(cv2.Rodrigues(turn)[0] @ cv2.Rodrigues(tilt)[0], np.float64)

    def card_mm(self, columns: NDArray[np.floating], rows: NDArray[np.floating]) -> NDArray[np.float64]:
        """(n,) px -> (n, 2) mm on the card that they see, off the card where they miss it."""
        focal = self.px_per_mm * self.distance_mm
        rays = np.stack([(columns - self.centre_px[0]) / focal, (rows - self.centre_px[1]) / focal], axis=-1)
        direction = np.concatenate([rays, np.ones_like(rays[..., :1])], axis=-1) @ self.rotation
        origin = np.array([0, 0, -self.distance_mm]) @ self.rotation
        if self.bend_radius_mm is None:
            along = -origin[2] / direction[..., 2]
            met = origin + along[..., None] * direction
            return met[..., :2] + self.centre_mm
        return self._on_cylinder(origin, direction)

    def _on_cylinder(
        self, origin: NDArray[np.float64], direction: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """The nearer meeting with a cylinder that touches the card's plane at its middle and bends away behind."""
        radius = float(self.bend_radius_mm or math.inf)
        x, z = origin[0], origin[2] - radius
        a = direction[..., 0] ** 2 + direction[..., 2] ** 2
        half = x * direction[..., 0] + z * direction[..., 2]
        root = np.sqrt(np.maximum(half**2 - a * (x * x + z * z - radius**2), 0))
        met = origin + ((-half - root) / a)[..., None] * direction
        angle = np.arctan2(met[..., 0], radius - met[..., 2])
        return np.stack([radius * angle + self.centre_mm[0], met[..., 1] + self.centre_mm[1]], axis=-1)


def paste(canvas: Floats, picture: Floats, picture_px_per_mm: float, pose: Pose) -> Floats:
    """The scene: linear canvas (h, w, 3) with the linear card `picture` on it, both 0..1, every px an area mean."""
    height, width = canvas.shape[:2]
    reach = 1.3 * pose.px_per_mm * float(np.hypot(*picture.shape[:2])) / picture_px_per_mm / 2 + 4
    left, top = (max(0, math.floor(middle - reach)) for middle in pose.centre_px)
    right, bottom = (
        min(end, math.ceil(c + reach)) for end, c in zip((width, height), pose.centre_px, strict=True)
    )
    fine = (np.arange(max(right - left, bottom - top) * SUPERSAMPLING) + 0.5) / SUPERSAMPLING - 0.5
    columns, rows = np.meshgrid(
        fine[: (right - left) * SUPERSAMPLING] + left, fine[: (bottom - top) * SUPERSAMPLING] + top
    )
    at = (pose.card_mm(columns, rows) * picture_px_per_mm - 0.5).astype(np.float32)
    covered = np.dstack([picture, np.ones(picture.shape[:2], np.float32)])
    seen = cv2.remap(covered, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    seen = cv2.resize(seen, (right - left, bottom - top), interpolation=cv2.INTER_AREA)
    scene = canvas.copy()
    part = scene[top:bottom, left:right]
    part[:] = seen[..., :3] + part * (1 - seen[..., 3:])
    return scene


@dataclass(frozen=True, slots=True)
class Camera:
    """What happens between light and file. gains: of R, G, B in linear light; crosstalk: the share of each channel
    that is the mean of all three. noise: standard deviation of the read noise in linear light; shot noise has it at
    full white, too. shading: light falls off by so much across the picture.
    """

    blur_px: float = 0.8
    gains: tuple[float, float, float] = (1, 1, 1)
    crosstalk: float = 0
    noise: float = 0.004
    shading: float = 0.0
    jpeg_quality: int = 90

    @property
    def matrix(self) -> Floats:
        """(3, 3) float32: what linear sRGB, as a row, is multiplied with."""
        mixed = (1 - self.crosstalk) * np.eye(3) + self.crosstalk / 3
        return (mixed * np.asarray(self.gains)).astype(np.float32)


def photograph(scene: Floats, camera: Camera, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Linear scene (h, w, 3) 0..1 -> uint8 sRGB as read back from a JPEG."""
    light = cv2.GaussianBlur(scene, (0, 0), camera.blur_px) if camera.blur_px > 0 else scene
    fall = 1 - camera.shading * np.linspace(0, 1, scene.shape[1], dtype=np.float32)
    light = light * fall[:, None] @ camera.matrix
    spread = camera.noise * np.sqrt(1 + np.maximum(light, 0))
    light = np.clip(light + spread * rng.standard_normal(light.shape, np.float32), 0, 1)
    encoded = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    bgr = np.round(encoded[..., ::-1] * 255).astype(np.uint8)
    _, file = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, camera.jpeg_quality])
    return np.asarray(cv2.imdecode(file, cv2.IMREAD_COLOR)[..., ::-1], np.uint8).copy()


def skin_canvas(size: tuple[int, int], rng: np.random.Generator) -> Floats:
    """(height, width, 3) linear skin colour with texture of several sizes."""
    width, height = size
    tone = LINEAR_OF_LEVEL[np.array([[205, 160, 138], [176, 128, 105], [120, 84, 66]][int(rng.integers(3))])]
    texture = np.zeros((height, width), np.float32)
    for cell in (3, 12, 50):
        coarse = rng.standard_normal((height // cell + 2, width // cell + 2), np.float32)
        texture += 0.05 * cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(tone * (1 + texture[..., None]), 0, 1).astype(np.float32)


def chart_picture(px_by_side: int) -> Floats:
    """The 24-patch chart in linear light with its dark frame, patches of px_by_side. Cyan is cut to sRGB."""
    rim = 0.4 * px_by_side
    corners = np.round(patch_corners() * px_by_side + rim).astype(int)
    right, bottom = corners.reshape(-1, 2).max(axis=0) + round(0.1 * px_by_side + rim)
    picture = np.full((bottom, right, 3), 0.03, np.float32)
    for quad, colour in zip(corners, np.clip(linear_patches(), 0, 1), strict=True):
        picture[quad[0, 1] : quad[2, 1], quad[0, 0] : quad[2, 0]] = colour
    return picture


def to_linear(rgb: NDArray[np.uint8]) -> Floats:
    return LINEAR_OF_LEVEL[rgb]
