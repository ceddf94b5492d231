"""Points that two photographs have in common, found on pictures freed from the level of the light."""

import math
from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard to look: the long side of the pictures that are aligned, and features in each at most."""

    long_side_px: int
    most_features: int


#: The first is quick and enough for well-kept pairs; the second is tried where the first finds too little.
EFFORTS = (Effort(600, 1500), Effort(1000, 4000))
#: Standard deviations of the band that is kept, in registration pixels: over noise, under shading.
_FINE_SD_PX, _COARSE_SD_PX = 0.8, 9.0
#: Contrast under this share of the local light is not amplified further: it is noise.
_CONTRAST_FLOOR = 0.01
#: A match must be nearer than its rival by this factor (Lowe, IJCV 2004;60:91, uses 0.8).
RIVAL_RATIO = 0.85
#: Features on skin and this far around it are used, so that hair and background do not decide.
_SKIN_MARGIN_PX = 15


#: Colour is noisier and coarser than light in a compressed photograph: it counts from this contrast on, and its finest
#: detail is left out. Standard deviation in registration pixels.
_COLOUR_FLOOR, _COLOUR_SD_PX = 0.03, 1.4


#: Where patches are compared, smaller windows are enlarged, by so much at most: patches are of a fixed size in
#: px, and fewer than a hundred marks have room in less. Features are not: they look for their own size.
_SMALL_PX, _MOST_ENLARGED = 500.0, 3.0
#: Around the skin, share of its long side: what is next to it helps to match its edge.
_WINDOW_MARGIN = 0.05


@dataclass(frozen=True, slots=True)
class Window:
    """Part of a picture in px; right and bottom lie just outside."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def long_side(self) -> int:
        return max(self.width, self.height)

    @property
    def part(self) -> tuple[slice, slice]:
        return slice(self.top, self.bottom), slice(self.left, self.right)


@dataclass(frozen=True, slots=True, eq=False)
class Registered:
    """A picture made ready for registration; it is never measured.

    band: (h, w) uint8, locally normalised log luminance, 128 in the middle. skin: (h, w) bool.
    to_small: (3, 3) float64, from working pixels to pixels of `band`, pixel centres on whole numbers.
    """

    band: NDArray[np.uint8]
    skin: NDArray[np.bool_]
    to_small: NDArray[np.float64]
    effort: Effort


def prepare(
    rgb: NDArray[np.uint8], skin: NDArray[np.bool_], effort: Effort = EFFORTS[0], colour: bool = False
) -> Registered:
    """Registration picture of (h, w, 3) uint8 sRGB and its skin (h, w) bool: of its light, or of its colour alone."""
    window = window_of(skin)
    small, to_small = shrunk(rgb, min(effort.long_side_px, window.long_side), window)
    small_skin = shrunk_mask(skin, small.shape[:2], window)
    return Registered(colour_band(small) if colour else light_band(small), small_skin, to_small, effort)


def window_of(skin: NDArray[np.bool_]) -> Window:
    """The part of a picture that shows skin, with a margin; all of it where there is none. A face that stands in a
    wide frame is thus looked at as closely as one that fills it."""
    height, width = skin.shape
    if not skin.any():
        return Window(0, 0, width, height)
    columns, rows = np.flatnonzero(skin.any(axis=0)), np.flatnonzero(skin.any(axis=1))
    margin = math.ceil(_WINDOW_MARGIN * max(np.ptp(columns), np.ptp(rows)))
    return Window(
        max(int(columns[0]) - margin, 0),
        max(int(rows[0]) - margin, 0),
        min(int(columns[-1]) + margin + 1, width),
        min(int(rows[-1]) + margin + 1, height),
    )


def worked_px(most_px: float, window: Window) -> float:
    """Long side at which patches of a window are compared: its own, at most so long, and small ones enlarged."""
    own = window.long_side
    return min(most_px, max(own, min(_MOST_ENLARGED * own, _SMALL_PX)))


def shrunk(
    rgb: NDArray[np.uint8], long_side_px: float, window: Window
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """A window of a picture with its long side so long, and (3, 3) from the picture's pixels to its own."""
    factor = long_side_px / window.long_side
    size = (max(1, round(window.width * factor)), max(1, round(window.height * factor)))
    kernel = cv2.INTER_CUBIC if factor > 1 else cv2.INTER_AREA
    small = np.asarray(cv2.resize(rgb[window.part], size, interpolation=kernel), np.uint8)
    shift = np.array([[1.0, 0, -window.left], [0, 1, -window.top], [0, 0, 1]])
    return small, _scaling(size[0] / window.width, size[1] / window.height) @ shift


def shrunk_mask(skin: NDArray[np.bool_], shape: tuple[int, ...], window: Window) -> NDArray[np.bool_]:
    """The window of a mask at the shape of its shrunk picture."""
    part = skin[window.part].astype(np.uint8)
    return cv2.resize(part, shape[::-1], interpolation=cv2.INTER_NEAREST) > 0


def light_band(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(h, w) uint8 of (h, w, 3): log luminance less its surroundings, by the local contrast, 128 in the middle.

    The same skin in brighter or differently falling light looks alike.
    """
    grey = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.float32)
    return _band(_log_light(grey), _FINE_SD_PX, _CONTRAST_FLOOR)


def colour_band(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(h, w) uint8 of (h, w, 3): as `light_band`, of the logarithm of red by green.

    The ratio of two colours of one matt surface does not depend on how the light falls (Finlayson et al., IEEE PAMI
    2006;28:59): where the lamp has moved and the relief looks otherwise, pigment and redness stay.
    """
    red, green = (_log_light(np.asarray(rgb[..., k], np.float32)) for k in (0, 1))
    return _band(red - green, _COLOUR_SD_PX, _COLOUR_FLOOR)


def detail(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(h, w, 2) uint8 of (h, w, 3): `light_band` and `colour_band`."""
    return np.stack([light_band(rgb), colour_band(rgb)], axis=-1)


def _log_light(levels: NDArray[np.float32]) -> NDArray[np.float32]:
    # Gamma-coded levels to the power 2.2 are light nearly enough for a logarithm; 4 keeps black finite.
    return np.asarray(2.2 * np.log(levels + 4), np.float32)


def _band(logarithm: NDArray[np.float32], fine_sd_px: float, floor: float) -> NDArray[np.uint8]:
    fine = np.asarray(cv2.GaussianBlur(logarithm, (0, 0), fine_sd_px), np.float32)
    band = fine - np.asarray(cv2.GaussianBlur(logarithm, (0, 0), _COARSE_SD_PX), np.float32)
    energy = np.asarray(cv2.GaussianBlur(band * band, (0, 0), _COARSE_SD_PX), np.float32)
    normal = band / (np.sqrt(energy) + np.float32(floor))
    return np.clip(128 + 40 * normal, 0, 255).astype(np.uint8)


def _scaling(x: float, y: float) -> NDArray[np.float64]:
    """Change of pixel size with pixel corners, not centres, staying in place."""
    return np.array([[x, 0, (x - 1) / 2], [0, y, (y - 1) / 2], [0, 0, 1]])


def match_features(
    before: Registered, after: Registered, rival_ratio: float = RIVAL_RATIO
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mutual matches: (n, 2) points in `before.band` and (n, 2) in `after.band`, x and y."""
    points_b, descriptors_b = _features(before)
    points_a, descriptors_a = _features(after)
    if len(points_b) < 2 or len(points_a) < 2:
        return np.zeros((0, 2)), np.zeros((0, 2))
    likeness = descriptors_b @ descriptors_a.T
    rows = np.arange(len(points_b))
    best = np.argmax(likeness, axis=1)
    mutual = np.argmax(likeness, axis=0)[best] == rows
    first = likeness[rows, best]
    likeness[rows, best] = -1
    second = likeness.max(axis=1)
    distinct = np.sqrt(np.maximum(2 - 2 * first, 0)) < rival_ratio * np.sqrt(np.maximum(2 - 2 * second, 0))
    kept = np.flatnonzero(mutual & distinct)
    return points_b[kept], points_a[best[kept]]


def _features(picture: Registered) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """(n, 2) positions and (n, 128) unit descriptors, SIFT with the Hellinger kernel (Arandjelovic & Zisserman,
    CVPR 2012), one per place."""
    sift = cv2.SIFT_create(nfeatures=picture.effort.most_features, contrastThreshold=0.02)  # pyright: ignore
    side = 2 * _SKIN_MARGIN_PX + 1
    around = cv2.dilate(picture.skin.astype(np.uint8), np.ones((side, side), np.uint8))
    keypoints, descriptors = cast(
        tuple[list[cv2.KeyPoint], NDArray[np.float32] | None],
        sift.detectAndCompute(picture.band, around),  # pyright: ignore[reportUnknownMemberType]
    )
    if descriptors is None:
        return np.zeros((0, 2)), np.zeros((0, 128), np.float32)
    share = descriptors / np.maximum(descriptors.sum(axis=1, keepdims=True), np.float32(1e-6))
    points = np.array([point.pt for point in keypoints], np.float64)
    return points, np.sqrt(share)
