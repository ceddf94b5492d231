"""Clinical scales: published maxima, bands, and the adaptations from scars with their intervals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.measure.adapt import (
    ScarSample,
    ecca_atrophic_from,
    goodman_baron_from,
    goodman_baron_items,
    goodman_baron_qualitative_from,
    scar_s_face_from,
    severity_from_network,
)
from inference.measure.assessment import Lesion, ScaleValue, ScarType
from inference.measure.continuous import ANCHORS, continuous_band, ecca_continuous_from, ecca_continuous_of
from inference.measure.counting import band_distribution, count_distribution, interval_95, score_distribution
from inference.measure.lesions import SCAR_TYPES
from inference.measure.scales import (
    ECCA_ATROPHIC_MAX,
    ECCA_BANDS,
    ECCA_MAX,
    GOODMAN_BARON_ATROPHIC_MAX,
    GOODMAN_BARON_BANDS,
    GOODMAN_BARON_MAX,
    GOODMAN_BARON_WEIGHTS,
    EccaCounts,
    GoodmanBaronCounts,
    band,
    ecca,
    goodman_baron_qualitative,
    goodman_baron_quantitative,
    scar_s,
)
from inference.network.maps import Estimate

ATROPHIC_ITEMS = {name: 21 for name in GOODMAN_BARON_WEIGHTS if name != "papular"}


def scar(kind: ScarType = "boxcar", diameter_mm: float = 3.0, depth_um: float | None = 300.0,
         confidence: float = 1.0) -> Lesion:  # fmt: skip
    return Lesion(1, kind, 0, 0, 100, 7.0, diameter_mm, depth_um, confidence)


def sample(*lesions: Lesion, relative_sd: float = 0.0) -> ScarSample:
    certain = np.eye(4, dtype=np.float32)[[SCAR_TYPES.index(lesion.type) for lesion in lesions]]
    return ScarSample(lesions, certain.reshape(-1, 4), relative_sd)


def test_published_maxima() -> None:
    assert (
        goodman_baron_quantitative(GoodmanBaronCounts(**ATROPHIC_ITEMS)) == GOODMAN_BARON_ATROPHIC_MAX == 60
    )
    full = GoodmanBaronCounts(**ATROPHIC_ITEMS, papular=21, keloid_area_cm2=21)
    assert goodman_baron_quantitative(full) == GOODMAN_BARON_MAX == 84
    assert ecca(EccaCounts(v_shaped=21, u_shaped=21, m_shaped=21)) == ECCA_ATROPHIC_MAX == 180
    assert ecca(EccaCounts(v_shaped=21, u_shaped=21, m_shaped=21, elastolysis=21)) == 270
    every = EccaCounts(v_shaped=21, u_shaped=21, m_shaped=21, elastolysis=21,
                       hypertrophic_inflammatory=21, keloid_hypertrophic=21)  # fmt: skip
    assert ecca(every) == ECCA_MAX == 540
    assert scar_s(5, 5, 5) == 15


@pytest.mark.parametrize(("count", "points"), [(0, 0), (1, 3), (10, 3), (11, 6), (20, 6), (21, 9), (99, 9)])
def test_goodman_baron_bands(count: int, points: int) -> None:
    assert goodman_baron_quantitative(GoodmanBaronCounts(linear=count)) == points


@pytest.mark.parametrize(("area", "points"), [(0, 0), (0.1, 6), (4.9, 6), (5, 12), (20, 12), (20.1, 18)])
def test_keloid_bands(area: float, points: int) -> None:
    assert goodman_baron_quantitative(GoodmanBaronCounts(keloid_area_cm2=area)) == points


@pytest.mark.parametrize(("count", "points"), [(0, 0), (1, 20), (4, 20), (5, 40), (20, 40), (21, 60)])
def test_ecca_bands(count: int, points: int) -> None:
    assert ecca(EccaCounts(u_shaped=count)) == points


def test_qualitative_grades() -> None:
    def grade(*answers: bool) -> int:
        names = ("flat_marks", "raised_or_sunken", "obvious_at_50_cm", "flattens_on_stretching")
        return goodman_baron_qualitative(**dict(zip(names, answers, strict=True)))

    assert grade(False, False, False, False) == 0
    assert grade(True, False, False, False) == 1
    assert grade(True, True, False, True) == 2
    assert grade(False, True, True, True) == 3
    assert grade(False, True, True, False) == 4


def test_impossible_answers_are_refused() -> None:
    with pytest.raises(ValueError, match="not possible"):
        goodman_baron_quantitative(GoodmanBaronCounts(linear=-1))
    with pytest.raises(ValueError, match="not possible"):
        goodman_baron_quantitative(GoodmanBaronCounts(keloid_area_cm2=float("nan")))
    with pytest.raises(ValueError, match="0 to 5"):
        scar_s(6, 0, 0)


@given(st.lists(st.integers(0, 40), min_size=6, max_size=6), st.integers(0, 5))
def test_ecca_never_falls_when_a_scar_is_added(counts: list[int], item: int) -> None:
    more = [count + (k == item) for k, count in enumerate(counts)]
    names = EccaCounts.__dataclass_fields__
    one, two = (ecca(EccaCounts(**dict(zip(names, c, strict=True)))) for c in (counts, more))
    assert two >= one


def test_count_distribution_of_even_chances_is_binomial() -> None:
    chance = count_distribution(np.full((4, 1), 0.5), 3)[0]
    assert chance == pytest.approx([1 / 16, 4 / 16, 6 / 16, 5 / 16])  # the last holds 3 and 4


@given(st.lists(st.floats(0, 1), min_size=0, max_size=12))
def test_count_distribution_sums_to_one_and_has_the_right_mean(chances: list[float]) -> None:
    distribution = count_distribution(np.array(chances).reshape(-1), 20)
    assert distribution.sum() == pytest.approx(1)
    assert distribution @ np.arange(21) == pytest.approx(sum(chances))


def test_score_distribution_of_certain_counts_is_a_point() -> None:
    bands = band_distribution(np.eye(22)[[3, 12]], GOODMAN_BARON_BANDS)
    chance = score_distribution(bands, [3, 2])
    assert interval_95(chance) == (3 + 4, 3 + 4)


@pytest.mark.parametrize(
    ("lesion", "item"),
    [
        (scar("icepick", 1.2, 700), "deep_punched_out_normal_base"),
        (scar("boxcar", 3, 499), "shallow_punched_out"),
        (scar("boxcar", 3, 500), "deep_punched_out_normal_base"),
        (scar("boxcar", 5, 300), "shallow_broad"),
        (scar("boxcar", 5, 600), "deep_broad"),
        (scar("rolling", 6, 100), "mild_dish"),
        (scar("rolling", 6, 300), "moderate_dish"),
        (scar("rolling", 9, 300), "shallow_broad"),
        (scar("rolling", 9, 600), "deep_broad"),
        (scar("rolling", 6, None), "mild_dish"),
        (scar("raised", 3, -200), "papular"),
    ],
)
def test_scars_go_to_their_items(lesion: Lesion, item: str) -> None:
    assert goodman_baron_items([lesion]) == [item]


def test_adapted_values_follow_the_published_formula() -> None:
    lesions = [scar("icepick", 1, 800)] * 12 + [scar("boxcar", 3, 100)] * 3 + [scar("rolling", 6, 60)] * 22
    value = goodman_baron_from(sample(*lesions))
    assert value.value == 3 * 2 + 2 * 1 + 1 * 3
    assert ecca_atrophic_from(sample(*lesions)).value == 15 * 2 + 20 * 1 + 25 * 3


def test_no_scars_is_zero_for_certain() -> None:
    for value in (goodman_baron_from(sample()), ecca_atrophic_from(sample())):
        assert (value.value, value.low, value.high) == (0, 0, 0)
    qualitative = goodman_baron_qualitative_from(goodman_baron_from(sample()), 0.0)
    assert (qualitative.value, qualitative.low, qualitative.high) == (0, 0, 0)
    assert goodman_baron_qualitative_from(goodman_baron_from(sample()), 0.2).value == 1


def test_certain_scars_leave_no_interval_in_ecca() -> None:
    value = ecca_atrophic_from(sample(*[scar()] * 7))
    assert (value.low, value.value, value.high) == (40, 40, 40)


def test_doubt_widens_the_interval() -> None:
    def width(value: ScaleValue) -> float:
        assert value.low is not None
        assert value.high is not None
        assert value.value is not None
        assert value.low <= value.value <= value.high
        return value.high - value.low

    unsure = [scar("rolling", 7, 300, confidence=0.6)] * 22
    assert width(ecca_atrophic_from(sample(*unsure))) > 0
    sized = [scar("rolling", 7, 1200)] * 8
    narrow, wide = (goodman_baron_from(sample(*sized, relative_sd=sd)) for sd in (0.0, 0.5))
    assert width(wide) > width(narrow)
    assert "50%" in wide.method


def test_severe_grades_leave_the_stretch_test_open() -> None:
    grade = goodman_baron_qualitative_from(ScaleValue(20, 16, 24, ""), 0.0)
    assert (grade.value, grade.low, grade.high) == (3, 3, 4)
    mild = goodman_baron_qualitative_from(ScaleValue(6, 4, 12, ""), 0.0)
    assert (mild.value, mild.low, mild.high) == (2, 2, 4)
    assert goodman_baron_qualitative_from(ScaleValue(None, None, None, ""), None).value is None


@pytest.mark.parametrize(
    ("involved", "depth_um", "grade"),
    [(0.0, 0, 0), (0.02, 300, 1), (0.3, 300, 2), (0.7, 300, 3), (0.95, 100, 4), (1.0, 900, 5)],
)
def test_scar_s_by_the_share_of_involved_skin(involved: float, depth_um: float, grade: int) -> None:
    distance_mm = np.where(np.arange(1000) < 1000 * involved, 1.0, 20.0)
    lesions = (scar(depth_um=depth_um),) if involved else ()
    value = scar_s_face_from(sample(*lesions), distance_mm)
    assert value.value == grade
    assert value.low is not None
    assert value.high is not None
    assert value.low <= grade <= value.high


def test_network_severity_keeps_to_the_scale() -> None:
    value = severity_from_network(Estimate(3.0, 4.0))
    assert (value.value, value.low, value.high) == (3.0, 0.0, pytest.approx(3 + 1.96 * 4))


def test_bands_count_the_limits_reached() -> None:
    assert [band(n, ECCA_BANDS) for n in (0, 1, 4, 5, 20, 21)] == [0, 1, 1, 2, 2, 3]


def test_ecca_without_bands_falls_where_ecca_stands_still() -> None:
    before, after = sample(*[scar("boxcar")] * 18), sample(*[scar("boxcar")] * 13)
    assert ecca_atrophic_from(before).value == ecca_atrophic_from(after).value == 40
    worse, better = ecca_continuous_from(before).value, ecca_continuous_from(after).value
    assert worse is not None
    assert better is not None
    assert worse - better > 3
    assert ecca_continuous_from(before).method.startswith("adaptation")


@pytest.mark.parametrize(("count", "score"), [anchor for anchor in ANCHORS if anchor[0] > 0])
def test_ecca_without_bands_agrees_with_ecca_at_its_anchors(count: float, score: float) -> None:
    assert band(int(count), ECCA_BANDS) == score
    lesions = sample(*[scar("icepick")] * int(count))
    assert ecca_continuous_from(lesions).value == pytest.approx(ecca_atrophic_from(lesions).value)


def test_ecca_without_bands_is_nothing_without_scars_and_never_beyond_the_scale() -> None:
    none = ecca_continuous_from(sample())
    assert (none.value, none.low, none.high) == (0, 0, 0)
    assert ecca_continuous_of(np.full(3, 1000.0)) == ECCA_ATROPHIC_MAX


@given(st.floats(0, 100), st.floats(0, 100))
def test_ecca_without_bands_is_monotone_and_without_jumps(one: float, two: float) -> None:
    low, high = sorted((one, two))
    a, b = continuous_band(np.array([low, high]))
    assert a <= b <= a + 0.92 * (high - low) + 1e-9  # the steepest piece, at no scars, climbs 0.91 a scar


def test_doubtful_scars_count_by_their_chance_in_ecca_without_bands() -> None:
    doubtful = ecca_continuous_from(sample(*[scar(confidence=0.5)] * 4))
    assert doubtful.value == pytest.approx(20)  # two are expected
    assert doubtful.low is not None
    assert doubtful.high is not None
    assert 0 <= doubtful.low < 20 < doubtful.high
