"""Photographs spoilt on purpose are spoilt by the stated amount, and untouched people raise no alarm."""

from pathlib import Path

import numpy as np
import pytest

from inference.network.bundle import default_bundle_folder, load_bundle
from inference.network.session import Network
from inference.photo.photo import Quality, QualityIssue
from training.evaluate import degrade
from training.evaluate.quality import Rate, alarms, load, odd_people, table, untouched

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
RNG = np.random.default_rng(0)


def shot(height: int = 200, width: int = 300, mm_per_px: float = 0.2) -> degrade.Shot:
    rgb = np.full((height, width, 3), (190, 145, 120), np.uint8)
    return degrade.Shot(rgb, np.ones((height, width), np.uint8), mm_per_px)


def variances(kernel: np.ndarray) -> tuple[float, float]:
    """Along x and y, in pixels squared."""
    axis = np.arange(kernel.shape[0]) - kernel.shape[0] // 2
    return float((kernel.sum(axis=0) * axis**2).sum()), float((kernel.sum(axis=1) * axis**2).sum())


@pytest.mark.parametrize("diameter_px", [4.0, 9.0, 20.0])
def test_a_disc_has_the_variance_of_a_disc(diameter_px: float) -> None:
    kernel = degrade.disc(diameter_px, RNG)
    assert kernel.sum() == pytest.approx(1, abs=1e-5)
    for variance in variances(
        kernel
    ):  # each direction of an even disc: d squared over 16, and a pixel's 1/12
        assert variance == pytest.approx(diameter_px**2 / 16, abs=0.2)


def test_a_shake_has_the_variance_of_a_line() -> None:
    assert sum(variances(degrade.line(12.0, RNG))) == pytest.approx(12**2 / 12, rel=0.08)


@pytest.mark.parametrize("stops", [-2.0, -1.0, 0.5])
def test_exposure_scales_linear_light(stops: float) -> None:
    spoilt = degrade.exposure(stops)(shot(), RNG)
    before, after = degrade.linear(shot().rgb)[0, 0], degrade.linear(spoilt.rgb)[0, 0]
    assert after == pytest.approx(np.minimum(before * 2**stops, 1), rel=0.03)


def test_black_bodies_are_orange_below_and_blue_above_daylight() -> None:
    assert degrade.planckian(6500) == pytest.approx(np.ones(3), abs=0.06)
    warm, cool = degrade.planckian(2700), degrade.planckian(15000)
    assert warm[0] > warm[1] > warm[2]
    assert cool[2] > cool[1] > cool[0]


def test_crop_leaves_the_stated_skin() -> None:
    spoilt = degrade.crop(3.0)(shot(400, 400), RNG)
    assert spoilt.skin.sum() * 0.2**2 / 100 == pytest.approx(3.0, rel=0.05)
    assert spoilt.rgb.shape[:2] == spoilt.skin.shape


def test_downsizing_changes_the_scale_and_enlarging_does_not() -> None:
    small = degrade.downsize(0.4)(shot(), RNG)
    assert small.mm_per_px == pytest.approx(0.4)
    assert small.rgb.shape == (100, 150, 3)
    assert degrade.enlarge(2.0)(shot(), RNG).mm_per_px == pytest.approx(0.2)


def test_shine_lightens_about_the_stated_part() -> None:
    spoilt = degrade.shine(0.25)(shot(400, 400), RNG)
    lightened = (spoilt.rgb.astype(int) - shot(400, 400).rgb).sum(axis=-1) > 3
    assert lightened.mean() == pytest.approx(0.25, abs=0.05)


def test_every_degradation_runs_and_keeps_picture_and_skin_together() -> None:
    textured = shot(400, 500)
    textured.rgb[...] = RNG.integers(120, 200, textured.rgb.shape)
    for one in degrade.degradations():
        spoilt = one.spoil(textured, np.random.default_rng(1))
        assert spoilt.rgb.dtype == np.uint8, one
        assert spoilt.rgb.shape[:2] == spoilt.skin.shape, one


def test_notes_are_no_alarms_and_the_table_counts() -> None:
    note = QualityIssue("pores_unresolved", "note", "x: y")
    warning = QualityIssue("dark", "warning", "x: y")
    verdicts = {"canada": [Quality(True, 90, (note,)), Quality(True, 60, (note, warning))]}
    assert alarms(verdicts["canada"][0]) == set()
    lines = table([Rate("under-exposure", "-3 stops", "dark", True, 3, 4)], verdicts).split("\n")
    assert lines[1].split() == [
        "under-exposure",
        "-3",
        "stops",
        "dark",
        "yes",
        "3/4",
        "75",
        "%",
        "1/2",
        "50",
        "%",
    ]


@pytest.mark.skipif(not (DATA / "london").is_dir(), reason="../shared/data is not here")
def test_untouched_faces_raise_no_alarm() -> None:
    """The first six odd-numbered people; London's pixels of 0.3 mm are rightly called coarse."""
    network = Network(load_bundle(default_bundle_folder()), 1)
    goods = [load(network, path, mm) for _, path, mm in list(odd_people(DATA))[:6]]
    for verdict in untouched(goods, network, None):
        assert alarms(verdict.quality) == {"resolution_low"}
