"""Colour against published pairs and hand arithmetic."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.measure.assessment import Pigment
from inference.measure.pigment import SkinColour, pigment_of
from inference.photo.ciede import ciede2000, lab_of_linear
from inference.photo.colour import LINEAR_OF_LEVEL
from inference.reference.reference import ColourReading

#: L1 a1 b1 L2 a2 b2 dE00: Sharma, Wu, Dalal 2005, Table 1.
SHARMA = np.array(
    [
        [50, 2.6772, -79.7751, 50, 0, -82.7485, 2.0425],
        [50, 3.1571, -77.2803, 50, 0, -82.7485, 2.8615],
        [50, 2.8361, -74.0200, 50, 0, -82.7485, 3.4412],
        [50, -1.3802, -84.2814, 50, 0, -82.7485, 1.0000],
        [50, -1.1848, -84.8006, 50, 0, -82.7485, 1.0000],
        [50, -0.9009, -85.5211, 50, 0, -82.7485, 1.0000],
        [50, 0, 0, 50, -1, 2, 2.3669],
        [50, -1, 2, 50, 0, 0, 2.3669],
        [50, 2.4900, -0.0010, 50, -2.4900, 0.0009, 7.1792],
        [50, 2.4900, -0.0010, 50, -2.4900, 0.0010, 7.1792],
        [50, 2.4900, -0.0010, 50, -2.4900, 0.0011, 7.2195],
        [50, 2.4900, -0.0010, 50, -2.4900, 0.0012, 7.2195],
        [50, -0.0010, 2.4900, 50, 0.0009, -2.4900, 4.8045],
        [50, -0.0010, 2.4900, 50, 0.0010, -2.4900, 4.8045],
        [50, -0.0010, 2.4900, 50, 0.0011, -2.4900, 4.7461],
        [50, 2.5, 0, 50, 0, -2.5, 4.3065],
        [50, 2.5, 0, 73, 25, -18, 27.1492],
        [50, 2.5, 0, 61, -5, 29, 22.8977],
        [50, 2.5, 0, 56, -27, -3, 31.9030],
        [50, 2.5, 0, 58, 24, 15, 19.4535],
        [50, 2.5, 0, 50, 3.1736, 0.5854, 1.0000],
        [50, 2.5, 0, 50, 3.2972, 0, 1.0000],
        [50, 2.5, 0, 50, 1.8634, 0.5757, 1.0000],
        [50, 2.5, 0, 50, 3.2592, 0.3350, 1.0000],
        [60.2574, -34.0099, 36.2677, 60.4626, -34.1751, 39.4387, 1.2644],
        [63.0109, -31.0961, -5.8663, 62.8187, -29.7946, -4.0864, 1.2630],
        [61.2901, 3.7196, -5.3901, 61.4292, 2.2480, -4.9620, 1.8731],
        [35.0831, -44.1164, 3.7933, 35.0232, -40.0716, 1.5901, 1.8645],
        [22.7233, 20.0904, -46.6940, 23.0331, 14.9730, -42.5619, 2.0373],
        [36.4612, 47.8580, 18.3852, 36.2715, 50.5065, 21.2231, 1.4146],
        [90.8027, -2.0831, 1.4410, 91.1528, -1.6435, 0.0447, 1.4441],
        [90.9257, -0.5406, -0.9208, 88.6381, -0.8985, -0.7239, 1.5381],
        [6.7747, -0.2908, -2.4247, 5.8714, -0.0985, -2.2286, 0.6377],
        [2.0776, 0.0795, -1.1350, 0.9033, -0.0636, -0.5514, 0.9082],
    ]
)  # fmt: skip

SKIN = np.ones((120, 160), np.bool_)
NO_SPOTS = np.zeros_like(SKIN)


def even(colour: tuple[int, int, int]) -> np.ndarray:
    return np.full((120, 160, 3), colour, np.uint8)


def measured(
    rgb: np.ndarray,
    skin: np.ndarray = SKIN,
    red: np.ndarray | None = None,
    brown: np.ndarray | None = None,
    scarred: np.ndarray = NO_SPOTS,
    colour: ColourReading | None = None,
) -> Pigment:
    clear = skin & ~scarred
    return pigment_of(SkinColour(rgb, skin, scarred, clear, red, brown, 0.2, colour))


def test_ciede2000_of_the_published_pairs() -> None:
    assert ciede2000(SHARMA[:, :3], SHARMA[:, 3:6]) == pytest.approx(SHARMA[:, 6], abs=6e-5)


COLOUR = st.tuples(st.floats(0, 100), st.floats(-100, 100), st.floats(-100, 100))


@given(COLOUR, COLOUR)
def test_ciede2000_is_symmetric_and_zero_on_itself(one: tuple[float, ...], two: tuple[float, ...]) -> None:
    assert ciede2000(np.array(one), np.array(two)) == pytest.approx(
        ciede2000(np.array(two), np.array(one)), abs=1e-6
    )
    assert ciede2000(np.array(one), np.array(one)) == 0


def test_lab_of_known_colours() -> None:
    assert lab_of_linear(np.ones(3)) == pytest.approx([100, 0, 0], abs=1e-9)
    assert lab_of_linear(np.zeros(3)) == pytest.approx([0, 0, 0], abs=1e-9)
    assert lab_of_linear(np.array([1.0, 0, 0])) == pytest.approx([53.24, 80.09, 67.20], abs=0.02)
    assert lab_of_linear(np.full(3, 0.18418651851)) == pytest.approx([50, 0, 0], abs=1e-3)


def test_indices_of_one_even_colour() -> None:
    colour = (205, 160, 140)
    red, green, _ = (float(LINEAR_OF_LEVEL[level]) for level in colour)
    lab = lab_of_linear(LINEAR_OF_LEVEL[np.array(colour)])
    pigment = measured(even(colour), SKIN, NO_SPOTS, NO_SPOTS)
    assert pigment.ita_deg == pytest.approx(math.degrees(math.atan2(lab[0] - 50, lab[2])), abs=1e-3)
    assert pigment.erythema_index == pytest.approx(100 * math.log10(red / green), abs=1e-3)
    assert pigment.melanin_index == pytest.approx(-100 * math.log10(red), abs=1e-3)
    assert pigment.evenness_de00 == pytest.approx(0, abs=1e-3)


def test_indices_move_the_right_way() -> None:
    light, dark = (measured(even(c), SKIN, None, None) for c in ((225, 180, 160), (90, 60, 45)))
    redder = measured(even((225, 150, 140)), SKIN, None, None)
    assert light.ita_deg is not None
    assert dark.ita_deg is not None
    assert light.ita_deg > 28 > 10 > dark.ita_deg
    assert (dark.melanin_index or 0) > (light.melanin_index or 0)
    assert (redder.erythema_index or 0) > (light.erythema_index or 0)


def test_evenness_of_two_halves() -> None:
    halves = even((205, 160, 140))
    halves[:, 80:] = (190, 140, 118)
    one, two = (lab_of_linear(LINEAR_OF_LEVEL[halves[0, x]]) for x in (0, 159))
    middle = (one + two) / 2
    expected = float((ciede2000(one, middle) + ciede2000(two, middle)) / 2)
    assert measured(halves, SKIN, None, None).evenness_de00 == pytest.approx(expected, rel=0.1)


def test_other_things_than_skin_do_not_count() -> None:
    picture = even((205, 160, 140))
    picture[:, :60] = (20, 200, 20)
    skin = SKIN.copy()
    skin[:, :60] = False
    clean = measured(even((205, 160, 140)), SKIN, None, None)
    mixed = measured(picture, skin, None, None)
    assert mixed.ita_deg == pytest.approx(clean.ita_deg, abs=0.01)
    assert mixed.evenness_de00 == pytest.approx(0, abs=0.01)


def test_spots_are_a_part_of_the_skin() -> None:
    red = NO_SPOTS.copy()
    red[:60] = True
    pigment = measured(even((205, 160, 140)), SKIN, red, NO_SPOTS)
    assert (pigment.redness_spot_fraction, pigment.pigment_spot_fraction) == (0.5, 0.0)


def test_unknown_without_skin_or_without_colour() -> None:
    nothing = measured(even((205, 160, 140)), ~SKIN, NO_SPOTS, NO_SPOTS)
    assert (nothing.ita_deg, nothing.evenness_de00, nothing.redness_spot_fraction) == (None, None, None)
    burnt = measured(even((255, 255, 255)), SKIN, NO_SPOTS, NO_SPOTS)
    assert (burnt.ita_deg, burnt.redness_spot_fraction) == (None, 0.0)


def test_redness_of_scars_is_against_the_skin_around_them() -> None:
    """The index of the scars less that of the skin, by hand; a grey shading inside the scars changes nothing."""
    scarred = NO_SPOTS.copy()
    scarred[40:80, 40:80] = True
    picture = even((205, 160, 140))
    picture[scarred] = (205, 145, 140)
    green = [float(LINEAR_OF_LEVEL[level]) for level in (160, 145)]
    delta = measured(picture, scarred=scarred).scar_erythema_delta
    assert delta == pytest.approx(100 * math.log10(green[0] / green[1]), abs=1e-3)
    assert measured(picture).scar_erythema_delta is None
    assert measured(picture, scarred=SKIN).scar_erythema_delta is None


def test_a_tint_of_the_light_is_undone_by_the_chart_and_cancels_in_the_difference() -> None:
    """A cast that weakens green by a known factor, and the matrix that takes it back."""
    scarred = NO_SPOTS.copy()
    scarred[40:80, 40:80] = True
    picture = even((205, 160, 140))
    picture[scarred] = (205, 145, 140)
    tinted = picture.copy()
    tinted[..., 1] = np.searchsorted(LINEAR_OF_LEVEL, LINEAR_OF_LEVEL[picture[..., 1]] * 0.8)
    undo = ColourReading(np.diag([1.0, 1.25, 1.0, 0.0])[:, :3], 0.5, 1.0, 9.0, "chart", 24)
    plain, wrong = measured(picture, scarred=scarred), measured(tinted, scarred=scarred)
    right = measured(tinted, scarred=scarred, colour=undo)
    assert abs(wrong.erythema_index - plain.erythema_index) > 9
    assert right.erythema_index == pytest.approx(plain.erythema_index, abs=0.5)
    assert wrong.scar_erythema_delta == pytest.approx(plain.scar_erythema_delta, abs=0.6)
    assert (plain.calibration, right.calibration, right.calibration_de00) == ("none", "chart", 0.5)
