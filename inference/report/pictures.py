"""The pictures that a result is shown with."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.change.comparison import Comparison
from inference.report.change_map import change_picture
from inference.report.contact_sheet import contact_sheet
from inference.report.equalize import Equalizer, equalizer_of
from inference.report.laid import DISPLAY_LONG_SIDE_PX, NOTHING_RGB, lay_over
from inference.report.overlay import outlines
from inference.report.scars import ScarView, scar_views

Rgb = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class PairPictures:
    """A pair as it is shown; every picture (h, w, 3) uint8 sRGB.

    before, after: as photographed, after laid over before where the pair is aligned. equal_before, equal_after: the
    same in one light, colour and sharpness, or None where they cannot be made alike. equalizer: how that was done.
    scars: every matched scar in the equalized pair, the worst change first.
    """

    before: Rgb
    after: Rgb
    equal_before: Rgb | None = None
    equal_after: Rgb | None = None
    equalizer: Equalizer | None = None
    scars: tuple[ScarView, ...] = ()


def pair_pictures(comparison: Comparison, before: Rgb, after: Rgb) -> PairPictures:
    """All pictures of a pair from both upright photographs, or copies of them of any size."""
    shown = lay_over(comparison, before, after)
    pair = comparison.pair
    if pair is None or not comparison.comparable.usable:
        return PairPictures(*shown)
    equalizer = equalizer_of(pair, *shown)
    scars = scar_views(comparison, before, after, equalizer)
    if equalizer is None:
        return PairPictures(*shown, scars=scars)
    mm_per_px = pair.mm_per_px * pair.common.shape[1] / shown[0].shape[1]
    laid = equalizer.after(shown[1], mm_per_px)
    laid[(shown[1] == NOTHING_RGB).all(axis=2)] = NOTHING_RGB
    return PairPictures(*shown, equalizer.before(shown[0], mm_per_px), laid, equalizer, scars)


def pair_photographs(shown: PairPictures) -> dict[str, Rgb]:
    """Photographs by name, each (h, w, 3) uint8 sRGB at display size.

    `before`, `after`: the pair, after laid over before where the two are aligned. `before_equalized`,
    `after_equalized`: in one light; missing where that cannot be had.
    """
    photographs = {"before": shown.before, "after": shown.after}
    if shown.equal_before is not None and shown.equal_after is not None:
        photographs |= {"before_equalized": shown.equal_before, "after_equalized": shown.equal_after}
    return photographs


def pair_drawings(comparison: Comparison, shown: PairPictures) -> dict[str, Rgb]:
    """What is drawn over or beside the photographs by name, each (h, w, 3) uint8 sRGB.

    `before_outlines`, `after_outlines`: the pair with its scars outlined. `change_map`: which scars changed. `scars`:
    all matched scars. Those that cannot be made are missing; empty when the two could not be aligned.
    """
    pair = comparison.pair
    if pair is None:
        return {}
    factor = max(1.0, DISPLAY_LONG_SIDE_PX / max(pair.before_rgb.shape[:2]))
    drawings = {
        "before_outlines": outlines(shown.before, pair.before_label, factor),
        "after_outlines": outlines(shown.after, pair.after_label, factor),
    }
    if comparison.comparable.usable:
        drawings["change_map"] = change_picture(comparison, shown.after)
    if shown.scars:
        drawings["scars"] = contact_sheet(shown.scars)
    return drawings
