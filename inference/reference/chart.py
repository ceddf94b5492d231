"""A 24-patch colour chart in the photograph."""

import math
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.photo.colour import LINEAR_OF_LEVEL
from inference.reference.colorchecker import COLUMNS, PITCH, ROWS, linear_patches
from inference.reference.correction import fit_correction, sample_patches
from inference.reference.grid import refine_grid
from inference.reference.markers import DEPTH_SD
from inference.reference.reference import ColourReading, ScaleReading

ChartKind = Literal["classic", "passport"]

#: Side of a patch in mm, and its standard error by its value: whole millimetres are published (PlantCV's documentation,
#: "detect_color_card": Classic 40 mm, Passport 12 mm), so the error is that of rounding.
PATCH_MM: dict[ChartKind, tuple[float, float]] = {
    "classic": (40.0, 0.5 / math.sqrt(3) / 40),
    "passport": (12.0, 0.5 / math.sqrt(3) / 12),
}
#: Bright patches bleed over dark gaps, which moves both edges of a patch outwards; px of the photograph. The middles of
#: patches do not move, but taking the scale from those would rest on gaps that nobody publishes. Convention of ours.
_EDGE_SD_PX = 0.25
#: Two sizes are told apart by a rough scale where one fits within so many standard errors and the other does not.
_FIT_SD = 4.0

#: Range of log2(R/G) and of log2(B/G) between the 20th smallest and largest of a thumbnail. A chart's red, green, blue
#: and yellow span more than 5 of both in any light, as a cast only shifts them; skin, hair and plain clothes less.
_MIN_RANGE = 3.0, 3.5
_THUMBNAIL_SIDE_PX, _RANK = 320, 20
_LOG_OF_LEVEL = np.log2(LINEAR_OF_LEVEL + 0.004).astype(np.float32)
#: Sides of the copies that OpenCV's detector sees: the whole picture, and then what it found.
_COARSE_SIDE_PX, _FINE_SIDE_PX = 1000, 700
_BOX = np.array([[0, 0], [6.7, 0], [6.7, 4.5], [0, 4.5]])


@dataclass(frozen=True, slots=True, eq=False)
class FoundChart:
    """homography: (3, 3), patch sides on the chart to px, the corner of its grid at 0.1, 0.1. side: the patches'
    side as measured, in the same unit, near 1. colour: the correction from its patches."""

    homography: NDArray[np.float64]
    side: float
    colour: ColourReading

    @property
    def outline_px(self) -> NDArray[np.float32]:
        """(4, 2) float32, with the rim that frames the patches."""
        rim = np.array([[-0.4, -0.4], [0.4, -0.4], [0.4, 0.4], [-0.4, 0.4]])
        return _to_px(self.homography, _BOX + rim).astype(np.float32)

    def scale(self, kind: ChartKind) -> ScaleReading:
        """Millimetres, once it is known which chart it is: the picture does not tell."""
        middle = np.array([_BOX[2] / 2])
        step = np.array([[0.01, 0], [0, 0.01]])
        slopes = (_to_px(self.homography, middle + step) - _to_px(self.homography, middle - step)) / 0.02
        stretch = np.linalg.svd(slopes, compute_uv=False)
        patch_mm, patch_sd = PATCH_MM[kind]
        patch_px = self.side * math.sqrt(float(stretch[0] * stretch[1]))
        tilt_log = math.log(float(stretch[0] / stretch[1]))
        mm_per_px = patch_mm / patch_px
        parts = patch_sd, _EDGE_SD_PX / patch_px, DEPTH_SD["card"], tilt_log / 8
        name = f"24-patch chart ({kind}, patches of {patch_mm:g} mm)"
        return ScaleReading(mm_per_px, math.sqrt(sum(part**2 for part in parts)), name)

    def kind_by(self, rough: ScaleReading) -> ChartKind | None:
        """The only size that fits a rough scale, such as that of the face; None where several or none do."""
        fitting: list[ChartKind] = []
        for kind in PATCH_MM:
            reading = self.scale(kind)
            apart = abs(math.log(reading.mm_per_px / rough.mm_per_px))
            if apart <= _FIT_SD * math.hypot(reading.relative_sd, rough.relative_sd):
                fitting.append(kind)
        return fitting[0] if len(fitting) == 1 else None


def may_hold_chart(rgb: NDArray[np.uint8]) -> bool:
    """Whether an (H, W, 3) uint8 photograph is colourful enough to be worth a search."""
    step = max(1, max(rgb.shape[:2]) // _THUMBNAIL_SIDE_PX)
    small = np.ascontiguousarray(rgb[step // 2 :: step, step // 2 :: step])
    logs = _LOG_OF_LEVEL[small[small.max(axis=2) > 50]]
    if len(logs) < 10 * _RANK:
        return False
    for channel, enough in zip((0, 2), _MIN_RANGE, strict=True):
        ratio = np.partition(logs[:, channel] - logs[:, 1], (_RANK, len(logs) - _RANK))
        if ratio[-_RANK] - ratio[_RANK] < enough:
            return False
    return True


def find_chart(rgb: NDArray[np.uint8]) -> FoundChart | None:
    """The chart, turned any way; None where there is none, or the colours do not fit it, as in a mirrored picture.

    OpenCV's detector (Marrero Fernandez et al., Image and Vision Computing 2019;81:15-24) finds it roughly; the edges
    of its patches then place the grid to a fraction of a px.
    """
    if not may_hold_chart(rgb):
        return None
    rough = _detect(rgb)
    if rough is None:
        return None
    start, _ = cv2.findHomography(_BOX, rough)
    refined = refine_grid(rgb, np.asarray(start, np.float64))
    if refined is None:
        return None
    homography, side = refined
    turns = [_turned(homography, half) for half in (False, True)]
    readings = [(_read(rgb, turn), turn) for turn in turns]
    best = min(
        ((reading, turn) for reading, turn in readings if reading is not None),
        key=lambda pair: pair[0].residual_de00,
        default=None,
    )
    return FoundChart(best[1], side, best[0]) if best else None


def patch_quads(homography: NDArray[np.float64]) -> NDArray[np.float64]:
    """(24, 4, 2) px."""
    return _to_px(homography, patch_corners().reshape(-1, 2)).reshape(-1, 4, 2)


def patch_corners() -> NDArray[np.float64]:
    """(24, 4, 2) in patch sides."""
    corner = np.array([[0, 0], [1, 0], [1, 1], [0, 1.0]])
    rows, columns = np.divmod(np.arange(ROWS * COLUMNS), COLUMNS)
    return (0.1 + PITCH * np.column_stack([columns, rows]))[:, None] + corner


def _read(rgb: NDArray[np.uint8], homography: NDArray[np.float64]) -> ColourReading | None:
    return fit_correction(sample_patches(rgb, patch_quads(homography)), linear_patches(), "chart")


def _turned(homography: NDArray[np.float64], half: bool) -> NDArray[np.float64]:
    """The grid as it is, or read from its other end; it is never mirrored, as no real chart is."""
    return homography @ np.array([[-1, 0, 6.7], [0, -1, 4.5], [0, 0, 1.0]]) if half else homography


def _detect(rgb: NDArray[np.uint8]) -> NDArray[np.float64] | None:
    """(4, 2) corners of the grid with a tenth of a patch around, clockwise in the photograph, some px off."""
    step = max(1, round(max(rgb.shape[:2]) / _COARSE_SIDE_PX))
    rows, columns = rgb.shape[0] // step, rgb.shape[1] // step
    whole = rgb[: rows * step, : columns * step]
    first = _box(cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA) if step > 1 else whole)
    if first is None:
        return None
    first = (first + 0.5) * step - 0.5
    middle = first.mean(axis=0)
    reach = 1.5 * np.abs(first - middle).max()
    low = np.maximum(middle - reach, 0).astype(int)
    high = np.minimum(middle + reach, rgb.shape[1::-1]).astype(int)
    part = rgb[low[1] : high[1], low[0] : high[0]]
    if min(part.shape[:2]) < 20:
        return None
    zoom = _FINE_SIDE_PX / max(part.shape[:2])
    method = cv2.INTER_AREA if zoom < 1 else cv2.INTER_CUBIC
    second = _box(cv2.resize(part, None, fx=zoom, fy=zoom, interpolation=method))
    box = first if second is None else (second + 0.5) / zoom - 0.5 + low
    edges = np.roll(box, -1, axis=0) - box
    clockwise = edges[:, 0] * np.roll(edges[:, 1], -1) - edges[:, 1] * np.roll(edges[:, 0], -1) > 0
    return box if clockwise.all() else None


def _box(rgb: NDArray[np.uint8] | cv2.typing.MatLike) -> NDArray[np.float64] | None:
    detector = cv2.mcc.CCheckerDetector.create()
    detector.setColorChartType(cv2.mcc.MCC24)
    if not detector.process(cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2BGR), 1):
        return None
    return np.asarray(detector.getBestColorChecker().getBox(), np.float64).reshape(4, 2)


def _to_px(homography: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.float64]:
    return cv2.perspectiveTransform(points.reshape(-1, 1, 2), homography).reshape(-1, 2).astype(np.float64)
