"""The pictures that a result is shown with."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.change.comparison import AlignedPair, Comparison
from inference.measure.assessment import Assessment, Lesion, ScarType
from inference.photo.photo import Photo
from inference.report.overlay import QUIET_UM, change_map, outlines

#: Long side of a picture on the page or with outlines: sharp on a large screen, about 0.4 MB as JPEG.
DISPLAY_LONG_SIDE_PX = 1600
#: Before and after, (h, w, 3) uint8 sRGB, as `display_pair` makes them.
Shown = tuple[NDArray[np.uint8], NDArray[np.uint8]]
#: Shown where the after photograph does not reach.
_NOTHING_RGB = (233, 236, 239)
#: A close look at one scar shows this many of its diameters, and no less than so many millimetres.
_CROP_DIAMETERS = 2.2
_LEAST_CROP_MM = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class ScarChange:
    """One scar of the before photograph, looked at closely in both.

    before, after: (s, s, 3) uint8 sRGB of the same skin. change_um: mean change of its relief, positive where
    it filled up.
    """

    type: ScarType
    before: NDArray[np.uint8]
    after: NDArray[np.uint8]
    change_um: float


def comparison_pictures(comparison: Comparison, shown: Shown | None = None) -> dict[str, NDArray[np.uint8]]:
    """Pictures by name, each (h, w, 3) uint8 sRGB in the frame of the before photograph.

    `before`, `after`: the pair, after laid over before. `before_outlines`, `after_outlines`: the same, or the
    photographs `shown` where they are finer, with their scars outlined. `change_map`: where the relief changed.
    Empty when the two could not be aligned.
    """
    pair = comparison.pair
    if pair is None:
        return {}
    before, after = shown or (pair.before_rgb, pair.after_rgb)
    long_side = max(DISPLAY_LONG_SIDE_PX if shown is None else 0, *before.shape[:2])
    factor = max(1.0, long_side / max(pair.before_rgb.shape[:2]))
    return {
        "before": pair.before_rgb,
        "after": pair.after_rgb,
        "before_outlines": outlines(before, pair.before_label, factor),
        "after_outlines": outlines(after, pair.after_label, factor),
        "change_map": change_map(pair),
    }


def display_picture(photo: Photo) -> NDArray[np.uint8]:
    """(h, w, 3) uint8 sRGB, the photograph brought down to `DISPLAY_LONG_SIDE_PX`, never enlarged."""
    factor = min(1.0, DISPLAY_LONG_SIDE_PX / max(photo.width_px, photo.height_px))
    size = max(1, round(photo.width_px * factor)), max(1, round(photo.height_px * factor))
    return np.asarray(cv2.resize(photo.rgb, size, interpolation=cv2.INTER_AREA), np.uint8)


def display_pair(comparison: Comparison, before: Photo, after: Photo) -> Shown:
    """Both photographs at display size, after laid over before where the pair is aligned.

    The working pictures are as coarse as the network wants them; this carries the photographs themselves.
    """
    before_rgb, after_rgb = display_picture(before), display_picture(after)
    pair, evidence = comparison.pair, comparison.after.evidence
    if pair is None or evidence is None:
        return before_rgb, after_rgb
    if pair.map_xy is None:
        return pair.before_rgb, pair.after_rgb
    height, width = before_rgb.shape[:2]
    map_xy = cv2.resize(pair.map_xy, (width, height), interpolation=cv2.INTER_LINEAR)
    working_height, working_width = evidence.label.shape
    finer = np.array([after_rgb.shape[1] / working_width, after_rgb.shape[0] / working_height], np.float32)
    place = ((map_xy + 0.5) * finer - 0.5).astype(np.float32)
    laid = np.empty_like(before_rgb)
    cv2.remap(
        after_rgb, place[..., 0], place[..., 1], cv2.INTER_CUBIC, laid, cv2.BORDER_CONSTANT, _NOTHING_RGB
    )
    return before_rgb, laid


def changed_most(comparison: Comparison, shown: Shown, count: int = 6) -> tuple[ScarChange, ...]:
    """The scars of before whose volume changed most, largest first, cut from the pictures `shown`.

    Scars whose mean change stays under `QUIET_UM` are left out.
    """
    pair = comparison.pair
    if pair is None:
        return ()
    changes = _lesion_changes(comparison.before, pair)
    loudest = sorted(changes, key=lambda item: -abs(item[1]) * item[0].area_mm2)[:count]
    return tuple(_look_closely(lesion, change_um, comparison.before, shown) for lesion, change_um in loudest)


def _lesion_changes(before: Assessment, pair: AlignedPair) -> list[tuple[Lesion, float]]:
    """Mean change of relief within each scar that the common skin holds."""
    evidence = before.evidence
    if evidence is None:
        return []
    lesion_id = np.where(pair.common, evidence.lesion_id, 0).ravel()
    pixels = np.bincount(lesion_id)
    sums_um = np.bincount(lesion_id, weights=pair.relief_change_um.ravel())
    known = [lesion for lesion in before.lesions if lesion.id < len(pixels) and pixels[lesion.id]]
    changes = [(lesion, float(sums_um[lesion.id] / pixels[lesion.id])) for lesion in known]
    return [(lesion, change_um) for lesion, change_um in changes if abs(change_um) >= QUIET_UM]


def _look_closely(
    lesion: Lesion,
    change_um: float,
    before: Assessment,
    shown: Shown,
) -> ScarChange:
    """Cut the same square out of both pictures, moved inwards at the border."""
    height, width = shown[0].shape[:2]
    shown_per_photo = width / before.photo.width_px
    side_mm = max(_CROP_DIAMETERS * lesion.diameter_mm, _LEAST_CROP_MM)
    side = min(round(side_mm / before.scale.mm_per_px * shown_per_photo), height, width)
    left = min(max(round(lesion.x_px * shown_per_photo - side / 2), 0), width - side)
    top = min(max(round(lesion.y_px * shown_per_photo - side / 2), 0), height - side)
    cut = np.s_[top : top + side, left : left + side]
    return ScarChange(lesion.type, shown[0][cut], shown[1][cut], change_um)
