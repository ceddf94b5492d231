"""The shipped model on the sample series, whose geometry and healing are known."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from inference.change.compare import compare
from inference.change.comparison import Comparison
from inference.check import CheckOptions, Instruments
from inference.measure.assessment import Assessment
from inference.network.bundle import default_bundle_folder, load_bundle
from inference.network.session import Network
from inference.score import score_photo

FOLDER = Path(__file__).parent.parent / "data" / "sample"
TRUTH = json.loads((FOLDER / "truth.json").read_text())


@pytest.fixture(scope="module")
def visits() -> list[Assessment]:
    instruments = Instruments(Network(load_bundle(default_bundle_folder()), threads=1))
    with (FOLDER / "manifest.csv").open() as file:
        rows = list(csv.DictReader(file))
    return [
        score_photo(FOLDER / row["image"], instruments, CheckOptions(float(row["mm_per_px"]))) for row in rows
    ]


@pytest.fixture(scope="module")
def outcome(visits: list[Assessment]) -> Comparison:
    return compare(visits[0], visits[-1])


def test_the_photographs_are_ordinary_large_jpegs(visits: list[Assessment]) -> None:
    assert [(v.photo.width_px, v.photo.height_px) for v in visits] == [(3000, 2000)] * 5
    assert all(v.quality.usable for v in visits)


def test_every_visit_is_laid_over_the_first_where_its_true_pose_says(visits: list[Assessment]) -> None:
    """The places of the true scars, carried over by the registration, against where the renderer put them."""
    first = {scar["id"]: scar for scar in TRUTH["visits"][0]["scars"]}
    for visit, truth in zip(visits[1:], TRUTH["visits"][1:], strict=True):
        pair = compare(visits[0], visit).pair
        assert pair is not None
        assert pair.map_xy is not None
        before, after = visits[0].evidence, visit.evidence
        assert before is not None
        assert after is not None
        errors_mm = []
        for scar in truth["scars"]:
            x, y = _working(first[scar["id"]], before.photo_px_per_px)
            if 0 <= x < pair.common.shape[1] - 1 and 0 <= y < pair.common.shape[0] - 1:
                found = pair.map_xy[round(y), round(x)] - (round(x) - x, round(y) - y)
                errors_mm.append(
                    float(np.hypot(*(found - _working(scar, after.photo_px_per_px)))) * after.mm_per_px
                )
        assert np.median(errors_mm) < 0.3
        assert max(errors_mm) < 1.0


def _working(scar: dict[str, float], photo_px_per_px: tuple[float, float]) -> np.ndarray:
    return np.array([scar["x_px"] / photo_px_per_px[0] - 0.5, scar["y_px"] / photo_px_per_px[1] - 0.5])


def test_healing_is_seen_and_not_called_proven(outcome: Comparison) -> None:
    burden = next(metric for metric in outcome.metrics if metric.name == "scars.burden_um")
    assert burden.change is not None
    assert burden.change < 0
    assert (burden.verdict, burden.mdc95) == ("unknown", None)
    assert outcome.overall.quartile is None
    assert outcome.registration.usable
