"""Statistics and scores of the evaluation, on maps drawn by hand."""

from pathlib import Path

import numpy as np
import pytest

from inference.measure.assessment import Evidence
from inference.network.maps import Estimate, Maps
from training.evaluate.boxes import PhotoBoxes, read_regions, scar_probability, score_boxes, window
from training.evaluate.matching import match
from training.evaluate.sheet import Sheet
from training.evaluate.statistics import auc, bootstrap, correlation

ACNE_SCARS = Path(__file__).resolve().parents[2] / "shared" / "data" / "acne_scars"


@pytest.fixture
def maps() -> Maps:
    """40 x 80: left half scarred skin, right half a background that looks like scars."""
    types = np.zeros((5, 40, 80), np.float32)
    types[3] = 0.8
    types[0] = 0.2
    surface = np.zeros((5, 40, 80), np.float32)
    surface[0, :, :40] = 1.0
    rgb = np.full((40, 80, 3), 128, np.uint8)
    grade = Estimate(0.0, 1.0)
    return Maps(rgb, types, surface, np.zeros((40, 80), np.float32), 0.2, grade, grade)


def test_auc_counts_ties_as_one_half() -> None:
    assert auc([2, 3], [0, 1]) == 1.0
    assert auc([1, 1], [1, 1]) == 0.5
    assert auc([3, 1], [2]) == 0.5
    assert auc([], [1]) is None


def test_correlation_needs_spread() -> None:
    assert correlation([1, 2, 3], [2, 4, 6]) == pytest.approx(1.0)
    assert correlation([1, 1, 1], [2, 4, 6]) is None


def test_bootstrap_covers_the_mean_and_repeats() -> None:
    values = list(np.random.default_rng(0).normal(5.0, 1.0, 50))
    first = bootstrap(values, lambda drawn: float(np.mean(drawn)))
    assert first == bootstrap(values, lambda drawn: float(np.mean(drawn)))
    assert first.low < 5.0 < first.high
    assert first.high - first.low == pytest.approx(2 * 1.96 / 50**0.5, rel=0.25)
    assert bootstrap([], lambda drawn: None).value is None


def test_matching_is_one_to_one_and_takes_as_many_pairs_as_it_can() -> None:
    truth = np.array([[0.0, 0.0], [2.0, 0.0]])
    assert match(np.array([[1.0, 0.0], [4.0, 0.0]]), truth, 3.0) == [(0, 0), (1, 1)]
    assert match(np.array([[0.0, 0.1], [0.0, 0.2]]), truth[:1], 3.0) == [(0, 0)]
    assert match(np.array([[9.0, 0.0]]), truth, 3.0) == []
    assert match(np.empty((0, 2)), truth, 3.0) == []


def test_boxes_are_fractions_of_the_longer_side() -> None:
    assert window((0.5, 0.25, 1.0, 0.5), (40, 80)) == (slice(20, 40), slice(40, 80))
    assert window((0.0, 0.4, 1.0, 1.0), (40, 80)) == (slice(32, 40), slice(0, 80))


def seen(maps: Maps) -> Evidence:
    """The left half assessed and, in it, everything reported as rolling."""
    left = maps.surface_map("skin") > 0.5
    label = np.where(left, 3, 0).astype(np.uint8)
    return Evidence(maps.rgb, label, label.astype(np.int32), left, maps.relief_um, 0.2, (1.0, 1.0))


def test_background_scores_only_without_the_gate(maps: Maps) -> None:
    boxes = PhotoBoxes(scar=((0.0, 0.0, 0.5, 0.5),), clear=((0.5, 0.0, 1.0, 0.5),), clear_skin=())
    scores = score_boxes("drawn", scar_probability(maps), seen(maps), boxes)
    assert scores.scar[0].scar == pytest.approx(0.8)
    assert scores.scar[0].marked == 1.0
    assert scores.clear[0].scar == 0.0
    assert scores.clear[0].scar_ungated == pytest.approx(0.8)
    assert scores.clear[0].marked == 0.0


def test_a_sheet_is_written_outside_a_working_tree_only(maps: Maps, tmp_path: Path) -> None:
    sheet = Sheet()
    sheet.add("drawn", seen(maps))
    sheet.write(tmp_path / "sheet.png")
    assert (tmp_path / "sheet.png").stat().st_size > 0
    (tmp_path / ".git").mkdir()
    with pytest.raises(ValueError, match="working tree"):
        sheet.write(tmp_path / "again.png")


@pytest.mark.skipif(not ACNE_SCARS.exists(), reason="the real photographs are not beside this clone")
def test_every_photograph_of_the_boxes_is_there() -> None:
    regions = read_regions(ACNE_SCARS)
    assert len(regions) > 30
    assert all((ACNE_SCARS / name).exists() for name in regions)
