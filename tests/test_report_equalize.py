"""Making a pair alike: light and colour go, scars and their healing stay."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from inference.change.comparison import AlignedPair
from inference.report.equalize import equalizer_of
from tests.builders import PITS, SIZE, build_comparison

FACTOR = 4


def textured(healed_share: float = 0.0, seed: int = 1) -> NDArray[np.uint8]:
    """Skin with pores and three shaded pits at four times the size of the builders' frame."""
    height, width = FACTOR * SIZE[0], FACTOR * SIZE[1]
    rng = np.random.default_rng(seed)
    grain = cv2.GaussianBlur(rng.normal(0, 1, (height, width)), (0, 0), 1.0) * 14
    y, x = np.mgrid[:height, :width]
    shade = np.zeros((height, width))
    for px, py, radius, _, depth_um in PITS:
        reach = FACTOR * radius
        inside = np.exp(-(((x - FACTOR * px) ** 2 + (y - FACTOR * py) ** 2) / reach**2))
        shade -= inside * depth_um / 5 * (1 - healed_share)
    rgb = np.array([190.0, 145.0, 125.0]) + (grain + shade)[..., None]
    return np.clip(rgb, 0, 255).astype(np.uint8)


def relit(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Darker towards the left and yellower, as a moved lamp and another white balance do."""
    light = (
        (rgb / 255) ** 2.2 * np.linspace(0.45, 0.9, rgb.shape[1])[None, :, None] * np.array([1.0, 0.97, 0.7])
    )
    return np.round(255 * light ** (1 / 2.2)).astype(np.uint8)


def pair_of(comparison_share: float = 0.0) -> AlignedPair:
    pair = build_comparison(comparison_share).pair
    assert pair is not None
    return pair


def contrast(rgb: NDArray[np.uint8], pit: int) -> float:
    """Light of a pit's middle by that of the skin beside it."""
    x, y, radius, *_ = PITS[pit]
    grey = rgb.astype(np.float64).mean(axis=2)
    inside = grey[FACTOR * y - 6 : FACTOR * y + 6, FACTOR * x - 6 : FACTOR * x + 6].mean()
    beside = FACTOR * (x + 3 * radius)
    return float(inside / grey[FACTOR * y - 6 : FACTOR * y + 6, beside - 6 : beside + 6].mean())


def test_unchanged_skin_in_another_light_looks_the_same() -> None:
    before = textured()
    after = relit(before)
    equalizer = equalizer_of(pair_of(), before, after)
    assert equalizer is not None
    equal = equalizer.after(after, 0.05)
    apart = np.abs(equal.astype(int) - before).mean()
    assert apart < 2.5
    assert apart < np.abs(after.astype(int) - before).mean() / 8
    assert 0.3 < equalizer.stops < 1.5


@pytest.mark.parametrize("healed_share", [0.0, 0.6, -0.4])
def test_no_scar_is_filled_or_hollowed(healed_share: float) -> None:
    before, healed = textured(), textured(healed_share, seed=2)
    equalizer = equalizer_of(pair_of(), before, relit(healed))
    assert equalizer is not None
    equal = equalizer.after(relit(healed), 0.05)
    for pit in range(2):
        assert contrast(equal, pit) == pytest.approx(contrast(healed, pit), abs=0.03)


def test_the_sharper_picture_is_blunted_and_the_blunter_one_left() -> None:
    before = textured()
    blunt = cv2.GaussianBlur(before, (0, 0), 1.3).astype(np.uint8)
    one = equalizer_of(pair_of(), before, blunt)
    other = equalizer_of(pair_of(), blunt, before)
    assert one is not None
    assert other is not None
    assert one.blunt_before_mm > 0
    assert one.blunt_after_mm == 0
    assert (other.blunt_before_mm, other.blunt_after_mm) == (0, pytest.approx(one.blunt_before_mm))
    softened = one.before(before, 0.05).astype(int)
    assert np.abs(softened - blunt).mean() < 0.4 * np.abs(before.astype(int) - blunt).mean()


def test_pictures_as_sharp_as_each_other_keep_all_their_detail() -> None:
    before = textured()
    equalizer = equalizer_of(pair_of(), before, relit(before))
    assert equalizer is not None
    assert (equalizer.blunt_before_mm, equalizer.blunt_after_mm) == (0, 0)
    np.testing.assert_array_equal(equalizer.before(before, 0.05), before)


def test_a_part_is_made_alike_as_the_whole_is() -> None:
    before = textured()
    after = relit(before)
    equalizer = equalizer_of(pair_of(), before, after)
    assert equalizer is not None
    height, width = after.shape[:2]
    part = np.s_[height // 4 : height // 2, width // 2 : width * 3 // 4]
    cut = equalizer.after(after[part], 0.05, (0.5, 0.25, 0.75, 0.5))
    assert np.abs(cut.astype(int) - equalizer.after(after, 0.05)[part]).max() <= 2


def test_new_redness_is_not_taken_for_light() -> None:
    """A fifth of the cheek turned red: the rest sets the colour, so the redness is still seen."""
    before, after = textured(), textured()
    after[:, : after.shape[1] // 5, 1:] = (after[:, : after.shape[1] // 5, 1:] * 0.8).astype(np.uint8)
    equalizer = equalizer_of(pair_of(), before, after)
    assert equalizer is not None
    equal = equalizer.after(after, 0.05).astype(float)
    red = equal[..., 0] / equal[..., 1]
    assert red[:, :60].mean() > 1.12 * red[:, -300:].mean()


def test_burnt_out_skin_gets_no_colour() -> None:
    before = textured()
    after = relit(before)
    after[:40, :40] = 255
    equalizer = equalizer_of(pair_of(), before, after)
    assert equalizer is not None
    assert np.ptp(equalizer.after(after, 0.05)[:40, :40].astype(int), axis=2).max() <= 1


def test_too_little_common_skin_is_left_as_it_is() -> None:
    pair = pair_of()
    none = replace(pair, common=np.zeros_like(pair.common))
    assert equalizer_of(none, textured(), textured()) is None
