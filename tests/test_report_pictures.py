"""Pictures for the page: the photographs themselves, laid over each other and made alike."""

from dataclasses import replace

import numpy as np

from inference.photo.photo import Photo
from inference.report.laid import DISPLAY_LONG_SIDE_PX, NOTHING_RGB, display_picture, lay_over
from inference.report.pictures import pair_pictures
from tests.builders import SIZE, build_comparison, build_photo


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
    _, laid = lay_over(moved, before.rgb, after.rgb)
    # Ten working pixels are twenty of the photograph; what lies beyond its edge is left empty.
    np.testing.assert_allclose(laid[20:-20, 20:-40], after.rgb[20:-20, 40:-20], atol=1)
    assert tuple(laid[100, -5]) == NOTHING_RGB


def test_without_alignment_both_are_shown_as_they_are() -> None:
    before, after = build_photo(), build_photo(0.6)
    shown = lay_over(replace(build_comparison(), pair=None), before.rgb, after.rgb)
    np.testing.assert_array_equal(shown[0], before.rgb)
    np.testing.assert_array_equal(shown[1], after.rgb)


def test_a_pair_that_may_not_be_compared_is_shown_as_it_is() -> None:
    rgb = build_photo().rgb
    refused = replace(build_comparison(), comparable=replace(build_comparison().comparable, usable=False))
    for comparison in (refused, replace(build_comparison(), pair=None)):
        shown = pair_pictures(comparison, rgb, rgb)
        assert (shown.equal_before, shown.equalizer, shown.scars) == (None, None, ())


def test_what_the_second_photograph_does_not_show_stays_empty_when_the_pair_is_made_alike() -> None:
    before, dark = build_photo(), build_photo().rgb // 2
    comparison = build_comparison(0.0)
    assert comparison.pair is not None
    moved = replace(comparison, pair=replace(comparison.pair, map_xy=shifted_map(10)))
    shown = pair_pictures(moved, before.rgb, dark)
    assert shown.equal_after is not None
    assert tuple(shown.equal_after[100, -5]) == NOTHING_RGB
    assert abs(int(shown.equal_after[10, 10, 0]) - int(before.rgb[10, 30, 0])) < 3
