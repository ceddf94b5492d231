"""The printed sheet's cards in a photograph: found small, measured sharp."""

import functools
import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.reference.dictionary import dictionary
from inference.reference.layout import CARD_OF_ID, FIRST_ID, MARKER_CELLS, Card
from inference.reference.plane import MIN_CORNER_SD_PX, Plane, fit_plane
from inference.reference.reference import ScaleReading

#: Longer side of the copy that markers are searched on. A strip's marker in a picture 300 mm wide is 43 px there.
SEARCH_SIDE_PX = 1280
#: A marker's cells need about 2.5 px each to be read, and its corners more than a few px of edge to be placed.
MIN_MARKER_PX = 20
#: Corners are refined where a marker is at most so large: there, 0.05 px are already 0.03 %.
REFINE_SIDE_PX = 160
#: Printers feed paper with about so much error, and the check line is read to 0.3 mm. A convention of ours.
PRINT_SD = 0.003
#: The skin lies nearer or farther than the card: 2 mm at 250 mm for a strip taped beside it, 10 mm at 700 mm for a card
#: held beside the face. Conventions of ours, from usual working distances.
DEPTH_SD = {"strip": 0.008, "card": 0.014}
#: Corners farther than so much of a cell from the plane are not corners of one flat card.
MAX_RESIDUAL_CELLS = 0.35
#: Steeper cards (60 degrees) are not measured.
MAX_TILT_LOG = math.log(2)


@dataclass(frozen=True, slots=True, eq=False)
class FoundCard:
    """A card with its place in the photograph and what it says about the scale."""

    card: Card
    plane: Plane
    marker_count: int
    relative_sd: float

    @property
    def outline_px(self) -> NDArray[np.float32]:
        """(4, 2) float32."""
        return self.plane.to_px(np.array(self.card.outline_mm))

    @property
    def scale(self) -> ScaleReading:
        name = f"printed {self.card.kind}, {self.marker_count} markers"
        return ScaleReading(self.plane.mm_per_px, self.relative_sd, name)


def find_cards(rgb: NDArray[np.uint8]) -> tuple[FoundCard, ...]:
    """All cards of the sheet, the surest scale first.

    rgb: (H, W, 3) uint8 photograph. A card needs two of its markers: a pair must agree on one plane, which a false
    find does not.
    """
    copy = search_copy(rgb)
    corners, ids, _ = _detector().detectMarkers(copy.grey)
    if ids is None:  # pyright: ignore[reportUnnecessaryComparison]  # OpenCV's stubs leave it out
        return ()
    by_card: dict[Card, dict[int, NDArray[np.float64]]] = {}
    for quad, index in zip(corners, np.asarray(ids).ravel(), strict=True):
        marker_id = FIRST_ID + int(index)
        rough = copy.to_photo(np.asarray(quad, np.float64).reshape(4, 2))
        markers = by_card.setdefault(CARD_OF_ID[marker_id], {})
        if marker_id in markers:  # two strips of one kind, or a reflection: neither can be trusted
            markers[marker_id] = np.full((4, 2), np.nan)
        elif _side_px(rough) >= MIN_MARKER_PX:
            markers[marker_id] = rough
    cards = (_measure(rgb, card, markers) for card, markers in by_card.items())
    return tuple(sorted((card for card in cards if card is not None), key=lambda card: card.relative_sd))


@dataclass(frozen=True, slots=True, eq=False)
class SearchCopy:
    """grey: (h, w) uint8. factor: photograph px per px of it."""

    grey: NDArray[np.uint8]
    factor: float

    def to_photo(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """Pixel centres lie on whole numbers in both pictures, and both begin at the same corner."""
        return (np.asarray(points, np.float64) + 0.5) * self.factor - 0.5


def search_copy(rgb: NDArray[np.uint8]) -> SearchCopy:
    """Of an (H, W, 3) uint8 photograph. Whole factors, as area means over whole pixels are quick."""
    height, width = rgb.shape[:2]
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    factor = round(max(height, width) / SEARCH_SIDE_PX)
    if factor >= 2:
        low, wide = height // factor, width // factor
        grey = cv2.resize(grey[: low * factor, : wide * factor], (wide, low), interpolation=cv2.INTER_AREA)
        return SearchCopy(np.asarray(grey, np.uint8), factor)
    if max(height, width) <= SEARCH_SIDE_PX / 2:
        # Cells of 3 px are read from twice the size only.
        grey = cv2.resize(grey, (2 * width, 2 * height), interpolation=cv2.INTER_CUBIC)
        return SearchCopy(np.asarray(grey, np.uint8), 0.5)
    return SearchCopy(np.asarray(grey, np.uint8), 1)


@functools.cache
def _detector() -> cv2.aruco.ArucoDetector:
    parameters = cv2.aruco.DetectorParameters()
    parameters.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_SUBPIX
    parameters.cornerRefinementWinSize = 3
    parameters.adaptiveThreshWinSizeMin, parameters.adaptiveThreshWinSizeMax = 5, 35
    parameters.adaptiveThreshWinSizeStep = 15
    parameters.minMarkerPerimeterRate = 4 * 14 / SEARCH_SIDE_PX
    parameters.maxMarkerPerimeterRate = 4.0
    # Only the middle of each cell is read: under blur its rim has its neighbour's colour.
    parameters.perspectiveRemovePixelPerCell, parameters.perspectiveRemoveIgnoredMarginPerCell = 8, 0.35
    # Of the 5 bits that may be corrected, 2 are: of squares of noise, one in 1.3 million reads as one of our ids.
    parameters.errorCorrectionRate = 0.4
    return cv2.aruco.ArucoDetector(dictionary(), parameters)


def _measure(rgb: NDArray[np.uint8], card: Card, markers: dict[int, NDArray[np.float64]]) -> FoundCard | None:
    """The card's plane, or None where its markers do not lie in one, as they should."""
    placed = [(marker, markers[marker.id]) for marker in card.markers if marker.id in markers]
    placed = [(marker, quad) for marker, quad in placed if np.isfinite(quad).all()]
    if len(placed) < 2:
        return None
    corners_mm = np.array([marker.corners_mm for marker, _ in placed], np.float64)
    centres_mm = np.repeat(corners_mm.mean(axis=1, keepdims=True), 4, axis=1)
    refined = [_refine(rgb, quad) for _, quad in placed]
    corners_px = np.concatenate([quad for quad, _ in refined])
    reduction = float(np.mean([factor for _, factor in refined]))
    at_mm = np.array(card.centre_mm)
    plane = fit_plane(
        corners_mm.reshape(-1, 2), centres_mm.reshape(-1, 2), corners_px, MIN_CORNER_SD_PX * reduction, at_mm
    )
    if plane is None or plane.tilt_log > MAX_TILT_LOG:
        return None
    cell_px = placed[0][0].size_mm / MARKER_CELLS / plane.mm_per_px
    if plane.residual_px > MAX_RESIDUAL_CELLS * cell_px:
        return None
    # Under tilt the skin lies as the card does, as it was asked to, or faces the camera: these two readings are half of
    # tilt_log apart, taken as 4 sd. Corners that leave the plane belong to a bent card: one sd is twice their share
    # of its half length, which covers cards bent over a cheek. Both are conventions of ours.
    bend = 2 * plane.residual_px * plane.mm_per_px / (card.width_mm / 2)
    parts = plane.log_scale_sd, PRINT_SD, DEPTH_SD[card.kind], plane.tilt_log / 8, bend
    return FoundCard(card, plane, len(placed), math.sqrt(sum(part**2 for part in parts)))


def _refine(rgb: NDArray[np.uint8], quad: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """(4, 2) corners to fractions of a px, and photograph px per px of the copy they were refined on."""
    side = _side_px(quad)
    margin = 0.25 * side
    low = np.maximum(np.floor(quad.min(axis=0) - margin), 0).astype(int)
    high = np.ceil(quad.max(axis=0) + margin).astype(int) + 1
    grey = cv2.cvtColor(np.ascontiguousarray(rgb[low[1] : high[1], low[0] : high[0]]), cv2.COLOR_RGB2GRAY)
    factor = max(1.0, side / REFINE_SIDE_PX)
    if factor > 1:
        size = max(1, round(grey.shape[1] / factor)), max(1, round(grey.shape[0] / factor))
        resized = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
        factors = np.array([grey.shape[1] / size[0], grey.shape[0] / size[1]])
        grey = resized
    else:
        factors = np.ones(2)
    local = (quad - low + 0.5) / factors - 0.5
    window = max(2, round(0.4 * side / factor / MARKER_CELLS))
    criteria = cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 60, 0.005
    start = local.astype(np.float32).reshape(-1, 1, 2)
    refined = cv2.cornerSubPix(grey, start.copy(), (window, window), (-1, -1), criteria).reshape(-1, 2)
    refined = refined.astype(np.float64)
    strayed = np.linalg.norm(refined - local, axis=1) > side / factor / MARKER_CELLS
    refined[strayed] = local[strayed]
    return (refined + 0.5) * factors - 0.5 + low, factor


def _side_px(quad: NDArray[np.float64]) -> float:
    """Mean side of a quadrilateral."""
    return float(np.linalg.norm(quad - np.roll(quad, 1, axis=0), axis=1).mean())
