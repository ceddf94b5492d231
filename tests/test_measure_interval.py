"""Intervals from the error of the scale and the network's own, by arithmetic."""

import math

import pytest
from drawn_maps import MODEL, THRESHOLDS, Pit, draw_maps, photo_of
from pydantic import ValidationError

from inference.measure.assess import assess
from inference.measure.assessment import ScaleValue
from inference.measure.interval import INTERVAL_FROM, STATED, Figure, interval_of, residual_bounds, widened
from inference.network.bundle import FigureError

RELATIVE = FigureError(at=(0.0,), low=(-math.log(2),), high=(math.log(3),), log_floor=0.0)
POINTS = FigureError(at=(0.0, 10.0), low=(0.0, -4.0), high=(6.0, 2.0))


def test_errors_are_linear_between_reported_values_and_constant_beyond() -> None:
    assert residual_bounds(POINTS, 5.0) == pytest.approx((-2.0, 4.0))
    assert residual_bounds(POINTS, 99.0) == pytest.approx((-4.0, 2.0))
    biased = FigureError(at=(0.0,), low=(1.0,), high=(3.0,))
    assert residual_bounds(biased, 5.0) == (0.0, 3.0)  # a value lies within its own interval


def test_a_network_that_errs_by_two_and_three() -> None:
    interval = interval_of(Figure(12.0, 1.0, RELATIVE), 0.0)
    assert interval is not None
    assert (interval.low, interval.high) == pytest.approx((6.0, 36.0))


def test_scale_and_network_add_in_quadrature() -> None:
    interval = interval_of(Figure(12.0, 2.0, RELATIVE), 0.1)
    assert interval is not None
    reach = 1.96 * 2 * 0.1
    assert interval.low == pytest.approx(12 * math.exp(-math.hypot(math.log(2), reach)))
    assert interval.high == pytest.approx(12 * math.exp(math.hypot(math.log(3), reach)))


def test_a_reported_zero_has_an_upper_bound() -> None:
    error = FigureError(at=(0.0, 20.0), low=(-1.0, -1.0), high=(math.log(4), math.log(2)), log_floor=2.0)
    interval = interval_of(Figure(0.0, 1.0, error), 0.2)
    assert interval is not None
    assert (interval.low, interval.high) == pytest.approx((0.0, 6.0))  # (0 + 2) x 4 - 2
    volume = interval_of(Figure(0.0, 3.0, error, unit=0.5), 0.2)
    assert volume is not None
    assert volume.high == pytest.approx(3.0)


def test_a_stated_deviation_is_taken_at_its_word() -> None:
    interval = interval_of(Figure(20.0, 1.0, STATED, sd=2.0), 0.0)
    assert interval is not None
    assert interval.high == pytest.approx(20 * math.exp(0.196))
    assert interval_of(Figure(None, 1.0, STATED, sd=2.0), 0.0) is None


def test_a_scale_keeps_to_its_range_and_its_steps() -> None:
    scale = ScaleValue(5.0, 4.0, 6.0, "adaptation: counts" + INTERVAL_FROM + "detection")
    wide = widened(scale, POINTS, 84, 1.0)
    assert (wide.low, wide.value, wide.high) == (3.0, 5.0, 9.0)
    assert wide.method.startswith("adaptation: counts; interval from the network's errors")
    assert widened(scale, POINTS, 8, 5.0).high == 5.0  # 8 is the end of the scale, 5 the last step before it
    assert widened(scale, None, 84) is scale
    unknown = ScaleValue(None, None, None, "no skin")
    assert widened(unknown, POINTS, 84) is unknown


def test_the_error_of_the_scale_stays_in_a_scale() -> None:
    scale, still = ScaleValue(5.0, 1.0, 10.0, ""), ScaleValue(5.0, 5.0, 6.0, "")
    wide = widened(scale, POINTS, 84, None, still)
    assert wide.low == pytest.approx(5 - math.hypot(2, 4))
    assert wide.high == pytest.approx(5 + math.hypot(4, math.sqrt(25 - 1)))


@pytest.mark.parametrize(
    "wrong",
    [
        {"at": (), "low": (), "high": ()},
        {"at": (0.0, 1.0), "low": (0.0,), "high": (1.0, 1.0)},
        {"at": (1.0, 1.0), "low": (0.0, 0.0), "high": (1.0, 1.0)},
        {"at": (1.0,), "low": (2.0,), "high": (1.0,)},
        {"at": (1.0,), "low": (float("nan"),), "high": (1.0,)},
    ],
)
def test_an_error_that_is_no_band_is_refused(wrong: dict[str, tuple[float, ...]]) -> None:
    with pytest.raises(ValidationError):
        FigureError(**wrong)


def test_the_errors_of_a_bundle_reach_every_interval() -> None:
    maps = draw_maps([Pit(15, 12, 1.8, 300), Pit(30, 36, 3.0, 250, "rolling", "cap")])
    figures = ("scars.burden_um", "scars.area_fraction", "scars.density_per_cm2", "lesions.depth_um")
    errors = {
        **dict.fromkeys((*figures, "lesions.diameter_mm"), RELATIVE),
        **dict.fromkeys(("scales.ecca_continuous", "scales.scar_s_face", "scales.ecca_atrophic"), POINTS),
        "scales.severity_network": FigureError(at=(0.0,), low=(-3.0,), high=(3.0,), by_sd=True),
        "texture.roughness_sa_um": FigureError(
            at=(1.0,), low=(-1.0,), high=(2.0,), log_floor=0.0, by_sd=True
        ),
    }
    result = assess(photo_of(maps), maps, MODEL, THRESHOLDS, errors=errors)
    for name in ("burden_um", "volume_mm3", "area_mm2", "area_fraction", "density_per_cm2"):
        value, interval = getattr(result.scars, name), result.scars.intervals[name]
        assert (interval.low, interval.high) == pytest.approx((value / 2, value * 3)), name
    lesion = result.lesions[0]
    assert lesion.intervals["depth_um"].high == pytest.approx(3 * (lesion.depth_um or 0))
    assert lesion.intervals["area_mm2"].high == pytest.approx(9 * lesion.area_mm2)
    severity = result.scales["severity_network"]
    assert (severity.low, severity.high) == (6.0, 18.0)  # 12 and 3 times its deviation of 2
    assert result.texture.intervals["roughness_sa_um"].high == pytest.approx(20 * math.exp(2 * 3 / 20))
    assert "network" in result.scales["ecca_continuous"].method


def test_roughness_has_an_interval_without_any_known_error() -> None:
    maps = draw_maps([])
    texture = assess(photo_of(maps), maps, MODEL, THRESHOLDS).texture
    assert texture.intervals["roughness_sa_um"].low == pytest.approx(20 * math.exp(-1.96 * 3 / 20))
    assert "roughness_sz_um" not in texture.intervals  # flat relief does not resolve it
