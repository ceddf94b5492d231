"""Real faces as canvases: where their skin is, and tiles cut from them at a wanted scale.

Face Research Lab London Set (DeBruine & Jones 2017, doi 10.6084/m9.figshare.5047666) and its Canada counterpart
(doi 10.6084/m9.figshare.4220517), both CC BY 4.0, with 189 hand-placed points per face in a `.tem` file.
"""

import logging
import math
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

log = logging.getLogger(__name__)

#: Mean distance between the pupils of adults, mm (Dodgson, Proc SPIE 2004;5291:36-46).
PUPIL_DISTANCE_MM = 63.0
#: Every fifth person is kept out of training, to count false marks on faces the network never saw.
HELD_OUT_EVERY = 5

_FACE = (*range(109, 112), *range(125, 134), 114, 113, 112, *range(144, 133, -1))
_HOLES = (
    (18, 19, 20, 21, 22, 28, 29, 30, 34, 35, 36, 37, 38),
    (23, 24, 25, 26, 27, 31, 32, 33, 39, 40, 41, 42, 43),
    (71, 72, 73, 74, 75, 76, 83, 84),
    (77, 78, 79, 80, 81, 82, 85, 86),
    tuple(range(87, 109)),
    (63, 65, 64, 170, 55, 172, 69, 70, 68, 180, 181, 179, 182),
)
_EARS = ((109, 110, 111, 115, 116, 117, 118, 119), (112, 113, 114, 120, 121, 122, 123, 124))
_JAW, _NECK_SIDES = tuple(range(126, 133)), (145, 157)


@dataclass(frozen=True)
class Canvas:
    """rgb: (H, W, 3) uint8 sRGB. label: (H, W) uint8, 1 skin of the face, 0 not skin, 2 unsure (ears, neck).
    smooth: (H, W) uint8, 1 where scars may be painted (skin without beard or stray hair)."""

    name: str
    rgb: NDArray[np.uint8]
    label: NDArray[np.uint8]
    smooth: NDArray[np.uint8]
    px_per_mm: float


def person_number(path: Path) -> int:
    """The number in a face's file name, the same for all photographs of one person."""
    return int("".join(c for c in path.stem if c.isdigit())[:3] or 0)


def find_faces(root: Path, held_out: bool) -> list[Path]:
    """Photographs with points below `root` (folders london, canada), of the training or of the held-out people."""
    found = [p for name in ("london", "canada") for p in sorted((root / name).rglob("*.jpg"))]
    return [
        p
        for p in found
        if p.with_suffix(".tem").exists() and (person_number(p) % HELD_OUT_EVERY == 0) == held_out
    ]


def load_canvas(path: Path) -> Canvas:
    """Read a face, cut to the head, and mark its skin from the points and its own colour."""
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    points = read_points(path.with_suffix(".tem"))
    low, high = points[:158].min(0), points[:158].max(0)
    margin = 0.18 * (high - low)
    x0, y0 = np.maximum(low - margin, 0).astype(int)
    x1, y1 = np.minimum(high + margin, [picture.shape[1], picture.shape[0]]).astype(int)
    rgb = np.ascontiguousarray(picture[y0:y1, x0:x1, ::-1])
    points = points - (x0, y0)
    px_per_mm = float(np.hypot(*(points[0] - points[1]))) / PUPIL_DISTANCE_MM
    label, smooth = _mark_skin(rgb, points, px_per_mm)
    return Canvas(f"{path.parent.name}/{path.stem}", rgb, label, smooth, px_per_mm)


def read_points(path: Path) -> NDArray[np.float64]:
    """(n, 2) hand-placed points of a `.tem` file, pixels of its photograph."""
    lines = path.read_text().split("\n")
    return np.array([[float(v) for v in line.split()[:2]] for line in lines[1 : int(lines[0]) + 1]])


def _mark_skin(
    rgb: NDArray[np.uint8], points: NDArray[np.float64], px_per_mm: float
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    face = np.zeros(rgb.shape[:2], np.uint8)
    cv2.fillPoly(face, [points[list(_FACE)].astype(np.int32)], 1)
    holes = np.zeros_like(face)
    for group in _HOLES:
        cv2.fillPoly(holes, [cv2.convexHull(points[list(group)].astype(np.int32))], 1)
    holes = cv2.dilate(holes, _disc(1.5 * px_per_mm))
    lab = cv2.cvtColor(cv2.GaussianBlur(rgb, (0, 0), 0.35 * px_per_mm), cv2.COLOR_RGB2LAB).astype(np.float32)
    cheeks = (face > 0) & (holes == 0)
    centre = np.median(lab[cheeks], axis=0)
    spread = 1.4826 * np.median(np.abs(lab[cheeks] - centre), axis=0) + np.array([6, 2, 2])
    distance = np.sqrt((((lab - centre) / spread) ** 2).sum(-1))
    around = cv2.GaussianBlur(lab[..., 0], (0, 0), 4 * px_per_mm)
    dark_hair = lab[..., 0] < around - 14
    skin = cheeks & (distance < 5.5) & ~dark_hair
    skin = cv2.morphologyEx(skin.astype(np.uint8), cv2.MORPH_OPEN, _disc(0.6 * px_per_mm))
    label = np.where(skin > 0, 1, 0).astype(np.uint8)
    label[(face > 0) & (holes == 0) & (skin == 0) & (distance < 4)] = 2
    label[(_ears_and_neck(points, rgb.shape[0], face.shape) > face) & (distance < 7)] = 2
    return label, _smooth_skin(rgb, skin, px_per_mm)


def _ears_and_neck(points: NDArray[np.float64], bottom_px: int, shape: tuple[int, int]) -> NDArray[np.uint8]:
    """Places that may be skin but that the points do not outline."""
    mask = np.zeros(shape, np.uint8)
    left, right = points[list(_NECK_SIDES), 0]
    neck = np.vstack([points[list(_JAW)], [[right, bottom_px], [left, bottom_px]]])
    for outline in (*(points[list(ear)] for ear in _EARS), neck):
        cv2.fillPoly(mask, [cv2.convexHull(outline.astype(np.int32))], 1)
    return mask


def _smooth_skin(rgb: NDArray[np.uint8], skin: NDArray[np.uint8], px_per_mm: float) -> NDArray[np.uint8]:
    """Skin away from beards and hair: its fine luminance contrast is not far above the face's usual one."""
    light = np.log(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32) + 8)
    fine = light - cv2.GaussianBlur(light, (0, 0), 0.8 * px_per_mm)
    busy = np.sqrt(cv2.GaussianBlur(fine * fine * skin, (0, 0), 2.5 * px_per_mm))
    limit = 2.2 * float(np.median(busy[skin > 0])) if skin.any() else 0.0
    keep = cv2.erode(skin, _disc(1.0 * px_per_mm)) * (busy < limit)
    return keep.astype(np.uint8)


def _disc(radius_px: float) -> NDArray[np.uint8]:
    r = max(1, round(radius_px))
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * r + 1, 2 * r + 1)), np.uint8)


@dataclass(frozen=True)
class Tile:
    """A square cut from a canvas, arrays as in `Canvas`; source_px_per_mm tells how sharp it can be."""

    rgb: NDArray[np.uint8]
    label: NDArray[np.uint8]
    smooth: NDArray[np.uint8]
    source_px_per_mm: float


def cut_tile(rng: np.random.Generator, canvas: Canvas, size_px: int, px_per_mm: float) -> Tile:
    """A turned, slightly foreshortened square at the wanted scale, mostly over the cheeks."""
    pool = canvas.smooth if rng.random() < 0.8 and canvas.smooth.any() else np.ones_like(canvas.smooth)
    rows, cols = np.nonzero(pool)
    pick = int(rng.integers(len(rows)))
    zoom = px_per_mm / canvas.px_per_mm
    squeeze = rng.uniform(0.7, 1.0) if rng.random() < 0.5 else 1.0
    angle = rng.normal(0, 0.25)
    c, s = math.cos(angle) * zoom, math.sin(angle) * zoom
    linear = np.array([[c * squeeze, -s], [s * squeeze, c]])
    if rng.random() < 0.5:
        linear[:, 0] *= -1
    shift = size_px / 2 - linear @ np.array([cols[pick], rows[pick]], float)
    matrix = np.column_stack([linear, shift])
    size = (size_px, size_px)
    rgb = cv2.warpAffine(canvas.rgb, matrix, size, flags=_kernel(zoom), borderMode=cv2.BORDER_REFLECT_101)
    label = cv2.warpAffine(
        canvas.label, matrix, size, flags=cv2.INTER_NEAREST, borderMode=cv2.BORDER_REFLECT_101
    )
    smooth = cv2.warpAffine(
        canvas.smooth, matrix, size, flags=cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT
    )
    return Tile(
        np.asarray(rgb, np.uint8), np.asarray(label, np.uint8), np.asarray(smooth, np.uint8), canvas.px_per_mm
    )


def _kernel(zoom: float) -> int:
    return cv2.INTER_CUBIC if zoom > 1 else cv2.INTER_AREA
