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

from training.render.backdrops import draw_backdrop
from training.render.face_regions import HARD_PLACES, mark_skin, see_backdrop

log = logging.getLogger(__name__)

#: Mean distance between the pupils of adults, mm (Dodgson, Proc SPIE 2004;5291:36-46).
PUPIL_DISTANCE_MM = 63.0
#: Every fifth person is kept out of training, to count false marks on faces the network never saw.
HELD_OUT_EVERY = 5

#: Shares of face tiles: whole tiles of walls, wood and cloth; tiles about lips, lashes, nostrils and other places
#: that the first network marked; anywhere in the picture. The rest lie on smooth skin.
BARE_SHARE, HARD_SHARE, ANYWHERE_SHARE = 0.04, 0.34, 0.08
#: Share of faces whose studio backdrop is replaced.
BACKDROP_SHARE = 0.5


@dataclass(frozen=True)
class Canvas:
    """rgb: (H, W, 3) uint8 sRGB. label: (H, W) uint8, 1 skin, 0 not skin, 2 unsure (lids, parts of ears and neck).
    smooth: (H, W) uint8, 1 where scars may be painted (skin without beard or stray hair). points: (189, 2) px of
    rgb, or None. backdrop: (H, W) uint8, how much of the studio's backdrop shows, 0..255, or None;
    studio_rgb: its colour."""

    name: str
    rgb: NDArray[np.uint8]
    label: NDArray[np.uint8]
    smooth: NDArray[np.uint8]
    px_per_mm: float
    points: NDArray[np.float64] | None = None
    backdrop: NDArray[np.uint8] | None = None
    studio_rgb: tuple[float, float, float] = (255.0, 255.0, 255.0)


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
    label, smooth = mark_skin(rgb, points, px_per_mm)
    backdrop, studio_rgb = see_backdrop(rgb, points, px_per_mm)
    name = f"{path.parent.name}/{path.stem}"
    return Canvas(name, rgb, label, smooth, px_per_mm, points, backdrop, studio_rgb)


def read_points(path: Path) -> NDArray[np.float64]:
    """(n, 2) hand-placed points of a `.tem` file, pixels of its photograph."""
    lines = path.read_text().split("\n")
    return np.array([[float(v) for v in line.split()[:2]] for line in lines[1 : int(lines[0]) + 1]])


@dataclass(frozen=True)
class Tile:
    """A square cut from a canvas, arrays as in `Canvas`; source_px_per_mm tells how sharp it can be."""

    rgb: NDArray[np.uint8]
    label: NDArray[np.uint8]
    smooth: NDArray[np.uint8]
    source_px_per_mm: float
    points: NDArray[np.float64] | None = None


def cut_tile(rng: np.random.Generator, canvas: Canvas, size_px: int, px_per_mm: float) -> Tile:
    """A turned, slightly foreshortened square at the wanted scale, at times before another backdrop."""
    size = (size_px, size_px)
    if rng.random() < BARE_SHARE:
        nothing = np.zeros(size, np.uint8)
        return Tile(draw_backdrop(rng, size), nothing, nothing.copy(), canvas.px_per_mm)
    matrix = _cut(rng, canvas, _middle(rng, canvas), size_px, px_per_mm / canvas.px_per_mm)
    kernel = _kernel(px_per_mm / canvas.px_per_mm)

    def warp(array: NDArray[np.uint8], flags: int, border: int) -> NDArray[np.uint8]:
        return np.asarray(cv2.warpAffine(array, matrix, size, flags=flags, borderMode=border), np.uint8)

    rgb = warp(canvas.rgb, kernel, cv2.BORDER_REFLECT_101)
    label = warp(canvas.label, cv2.INTER_NEAREST, cv2.BORDER_REFLECT_101)
    smooth = warp(canvas.smooth, cv2.INTER_NEAREST, cv2.BORDER_CONSTANT)
    if canvas.backdrop is not None and rng.random() < BACKDROP_SHARE:
        seen = warp(canvas.backdrop, cv2.INTER_LINEAR, cv2.BORDER_REFLECT_101)
        rgb = before(rgb, seen, draw_backdrop(rng, size), canvas.studio_rgb)
    points = None if canvas.points is None else canvas.points @ matrix[:, :2].T + matrix[:, 2]
    return Tile(rgb, label, smooth, canvas.px_per_mm, points)


def _middle(rng: np.random.Generator, canvas: Canvas) -> NDArray[np.float64]:
    """(2,) x, y of the canvas about which a tile lies."""
    look = rng.random()
    if canvas.points is not None and look < HARD_SHARE:
        group = HARD_PLACES[int(rng.integers(len(HARD_PLACES)))]
        place = canvas.points[int(rng.choice(group))]
        return np.asarray(place + rng.normal(0, 5 * canvas.px_per_mm, 2))
    anywhere = look > 1 - ANYWHERE_SHARE or not canvas.smooth.any()
    rows, cols = np.nonzero(np.ones_like(canvas.smooth) if anywhere else canvas.smooth)
    pick = int(rng.integers(len(rows)))
    return np.array([cols[pick], rows[pick]], float)


def _cut(
    rng: np.random.Generator, canvas: Canvas, middle: NDArray[np.float64], size_px: int, zoom: float
) -> NDArray[np.float64]:
    """(2, 3) from canvas to tile: turned by some 15 degrees, half of them narrowed, half of them mirrored."""
    squeeze = rng.uniform(0.7, 1.0) if rng.random() < 0.5 else 1.0
    angle = rng.normal(0, 0.25)
    c, s = math.cos(angle) * zoom, math.sin(angle) * zoom
    linear = np.array([[c * squeeze, -s], [s * squeeze, c]])
    if rng.random() < 0.5:
        linear[:, 0] *= -1
    return np.column_stack([linear, size_px / 2 - linear @ middle])


def before(
    rgb: NDArray[np.uint8],
    seen: NDArray[np.uint8],
    backdrop: NDArray[np.uint8],
    studio_rgb: tuple[float, float, float],
) -> NDArray[np.uint8]:
    """The face before another backdrop, in display values. The studio's light backdrop is filtered rather than
    replaced, so that thin dark hair before it stays; the new one is never lighter than it."""
    share = seen[..., None].astype(np.float32) / 255
    filtered = rgb * np.minimum(backdrop / np.array(studio_rgb, np.float32), 1.0)
    return np.asarray(np.clip(rgb * (1 - share) + filtered * share, 0, 255), np.uint8)


def _kernel(zoom: float) -> int:
    return cv2.INTER_CUBIC if zoom > 1 else cv2.INTER_AREA
