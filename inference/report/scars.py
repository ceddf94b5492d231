"""Every matched scar before and after, looked at closely, and all of them on one contact sheet."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.change.comparison import AlignedPair, Comparison, LesionTrace
from inference.measure.assessment import ScarType
from inference.report.equalize import Box, Equalizer
from inference.report.laid import NOTHING_RGB

Rgb = NDArray[np.uint8]
#: Side of one close look: twice the size at which the page shows it.
CLOSE_LOOK_PX = 168
#: White between the two looks of a pair.
GAP_PX = 4
#: A close look shows this many of the scar's diameters, and no less than so many millimetres.
_CROP_DIAMETERS = 2.2
_LEAST_CROP_MM = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class ScarView:
    """One place of scarring in both visits. picture: (s, 2 s + gap, 3) uint8 sRGB of the same skin, before on the left.

    change_um: of its depth, positive where it is deeper now; error_um: its mdc95. None where unknown.
    """

    trace: LesionTrace
    type: ScarType
    picture: Rgb
    change_um: float | None
    error_um: float | None


def scar_views(
    comparison: Comparison, before: Rgb, after: Rgb, equalizer: Equalizer | None = None
) -> tuple[ScarView, ...]:
    """All scars that both photographs show the place of, the worst change first by its own error.

    before, after: the upright photographs, or copies of them of any size. Scars whose change is unknown come last.
    """
    looks = close_looks(comparison, before, after, equalizer)
    if looks is None:
        return ()
    return tuple(
        ScarView(one, scar_type(one, comparison), looks.of(one), change_of(one), one.depth_mdc95_um)
        for one in sorted(comparison.lesions.traces, key=_worst_first)
    )


def close_looks(
    comparison: Comparison, before: Rgb, after: Rgb, equalizer: Equalizer | None = None
) -> "CloseLooks | None":
    """What cuts the same skin out of both pictures; None where they are not aligned."""
    pair = comparison.pair
    if pair is None:
        return None
    return CloseLooks(comparison, pair, _levels(before), _levels(after), equalizer)


def change_of(trace: LesionTrace) -> float | None:
    """After minus before, um; positive where the scar is deeper now."""
    if trace.depth_before_um is None or trace.depth_after_um is None:
        return None
    return trace.depth_after_um - trace.depth_before_um


def _worst_first(trace: LesionTrace) -> tuple[bool, float, int]:
    change = change_of(trace)
    if change is None:
        return True, 0.0, trace.id
    return False, -change / (trace.depth_mdc95_um or 1.0), trace.id


def scar_type(trace: LesionTrace, comparison: Comparison) -> ScarType:
    """Of the largest scar of the place, at the first visit that shows one."""
    ids, assessment = (
        (trace.before_ids, comparison.before) if trace.before_ids else (trace.after_ids, comparison.after)
    )
    return max((one for one in assessment.lesions if one.id in ids), key=lambda one: one.area_px).type


@dataclass(frozen=True, slots=True, eq=False)
class CloseLooks:
    """Cuts the same square of skin out of both photographs, each from the copy that is fine enough."""

    comparison: Comparison
    pair: AlignedPair
    before: tuple[Rgb, ...]
    after: tuple[Rgb, ...]
    equalizer: Equalizer | None

    def of(self, trace: LesionTrace) -> Rgb:
        """(s, 2 s + gap, 3) uint8 sRGB: a scar before and after."""
        one, two = self.at(trace.x_px, trace.y_px, trace.union_mm2)
        gap = np.full((CLOSE_LOOK_PX, GAP_PX, 3), 255, np.uint8)
        return np.concatenate([one, gap, two], axis=1)

    def at(self, x_px: float, y_px: float, area_mm2: float) -> tuple[Rgb, Rgb]:
        """Both (s, s, 3) looks at a place of the before photograph, wide enough for a scar of this area."""
        height, width = self.pair.common.shape  # the frame: working pixels of before
        photo = self.comparison.before.photo
        diameter_mm = 2 * math.sqrt(area_mm2 / math.pi)
        side = max(_CROP_DIAMETERS * diameter_mm, _LEAST_CROP_MM) / self.pair.mm_per_px
        side = min(side, height, width)
        left = min(max((x_px + 0.5) * width / photo.width_px - side / 2, 0), width - side)
        top = min(max((y_px + 0.5) * height / photo.height_px - side / 2, 0), height - side)
        steps = (np.arange(CLOSE_LOOK_PX, dtype=np.float32) + 0.5) * np.float32(side / CLOSE_LOOK_PX)
        x, y = np.meshgrid(np.float32(left) + steps - 0.5, np.float32(top) + steps - 0.5)  # of pixel centres
        one = _sampled(self.before, x, y, (width, height), side)
        two = self._after(x, y, side)
        if self.equalizer is not None:
            mm_per_px = self.pair.mm_per_px * side / CLOSE_LOOK_PX
            box: Box = (left / width, top / height, (left + side) / width, (top + side) / height)
            one, two = self.equalizer.before(one, mm_per_px), self.equalizer.after(two, mm_per_px, box)
        return one, two

    def _after(self, x: NDArray[np.float32], y: NDArray[np.float32], side: float) -> Rgb:
        evidence, map_xy = self.comparison.after.evidence, self.pair.map_xy
        if map_xy is None or evidence is None:
            height, width = self.pair.common.shape
            return _sampled((self.pair.after_rgb,), x, y, (width, height), side)
        place = np.asarray(
            cv2.remap(map_xy, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32
        )
        height, width = evidence.label.shape
        reach = float(place[..., 0].max() - place[..., 0].min())
        return _sampled(self.after, place[..., 0], place[..., 1], (width, height), reach)


def _levels(rgb: Rgb) -> tuple[Rgb, ...]:
    """The picture and copies of half the size each, so that a wide look is not sampled too sparsely."""
    levels = [rgb]
    while min(levels[-1].shape[:2]) > 2 * CLOSE_LOOK_PX and len(levels) < 5:
        last = levels[-1]
        size = last.shape[1] // 2, last.shape[0] // 2
        levels.append(np.asarray(cv2.resize(last, size, interpolation=cv2.INTER_AREA), np.uint8))
    return tuple(levels)


def _sampled(
    levels: tuple[Rgb, ...],
    x: NDArray[np.floating],
    y: NDArray[np.floating],
    frame: tuple[int, int],
    side: float,
) -> Rgb:
    """The places x, y of a frame (width, height), out of the coarsest copy that still holds their detail."""
    wanted = frame[0] * CLOSE_LOOK_PX / max(side, 1e-6)  # width of a picture with one pixel a sample
    level = next((one for one in reversed(levels) if one.shape[1] >= wanted), levels[0])
    scale_x, scale_y = level.shape[1] / frame[0], level.shape[0] / frame[1]
    place_x = ((x + 0.5) * scale_x - 0.5).astype(np.float32)
    place_y = ((y + 0.5) * scale_y - 0.5).astype(np.float32)
    cut = cv2.remap(
        level, place_x, place_y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT, borderValue=NOTHING_RGB
    )
    return np.asarray(cut, np.uint8)
