"""Pictures for the page: the photographs themselves, laid over each other, and close looks at scars."""

from dataclasses import replace

import numpy as np

from inference.photo.photo import Photo
from inference.report.pictures import DISPLAY_LONG_SIDE_PX, changed_most, display_pair, display_picture
from tests.builders import SIZE, build_comparison, build_photo

NOTHING_RGB = (233, 236, 239)


def shifted_map(right_px: float) -> np.ndarray:
    """Each working pixel of before lies `right_px` further right in after."""
    x, y = np.meshgrid(np.arange(SIZE[1], dtype=np.float32), np.arange(SIZE[0], dtype=np.float32))
    return np.stack([x + np.float32(right_px), y], axis=-1)


def test_a_large_photo_is_brought_down_and_a_small_one_left() -> None:
    small = build_photo()
    np.testing.assert_array_equal(display_picture(small), small.rgb)
    large = Photo("large.jpg", "0" * 64, np.zeros((2000, 3000, 3), np.uint8), small.scale)
    assert display_picture(large).shape == (1067, DISPLAY_LONG_SIDE_PX, 3)


def test_the_photograph_itself_is_laid_over_by_the_working_map() -> None:
    before, after = build_photo(), build_photo(0.6)
    comparison = build_comparison()
    assert comparison.pair is not None
    moved = replace(comparison, pair=replace(comparison.pair, map_xy=shifted_map(10)))
    _, laid = display_pair(moved, before, after)
    # Ten working pixels are twenty of the photograph; what lies beyond its edge is left empty.
    np.testing.assert_allclose(laid[20:-20, 20:-40], after.rgb[20:-20, 40:-20], atol=1)
    assert tuple(laid[100, -5]) == NOTHING_RGB


def test_without_alignment_both_are_shown_as_they_are() -> None:
    before, after = build_photo(), build_photo(0.6)
    shown = display_pair(replace(build_comparison(), pair=None), before, after)
    np.testing.assert_array_equal(shown[0], before.rgb)
    np.testing.assert_array_equal(shown[1], after.rgb)


def test_scars_are_ordered_by_the_volume_that_changed() -> None:
    shown = build_photo().rgb, build_photo(0.6).rgb
    looks = changed_most(build_comparison(healed_share=0.4), shown)
    assert [look.type for look in looks] == ["rolling", "boxcar", "icepick"]
    assert [round(look.change_um) for look in looks] == [72, 88, 120]
    assert looks[0].before.shape == looks[0].after.shape
    height, width, _ = looks[0].before.shape
    assert height == width


def test_scars_that_hardly_changed_are_left_out() -> None:
    shown = build_photo().rgb, build_photo().rgb
    assert changed_most(build_comparison(healed_share=0.01), shown) == ()
    assert changed_most(replace(build_comparison(), pair=None), shown) == ()
