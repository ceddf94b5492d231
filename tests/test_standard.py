"""Scale and ground of a photograph, against arithmetic."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.photo.photo import Scale
from inference.reference.reference import References
from inference.standard.drawn import MAX_CORNERS, MAX_REGIONS, RegionError, parse_regions, read_regions
from inference.standard.regions import DrawnRegion, ground_of
from inference.standard.scale import settle

MARKER = Scale(0.050, "marker", 0.006, "printed sheet, 2 markers")
TYPED = Scale(0.051, "given", 0.03, "typed in")
IRISES = Scale(0.052, "face", 0.05, "irises")
PUPILS = Scale(0.049, "face", 0.06, "distance between the pupils")
FRAMING = Scale(0.027, "assumed", 0.5, "usual framing of a cheek")
SQUARE = ((0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75))


@given(st.permutations([MARKER, TYPED, IRISES, PUPILS, FRAMING]))
def test_the_surest_scale_is_taken_whatever_the_order(readings: list[Scale]) -> None:
    settled = settle(readings)
    assert settled.readings == (MARKER, TYPED, IRISES, PUPILS, FRAMING)
    assert settled.scale == MARKER
    assert settled.issue is None


def test_scales_that_contradict_each_other_are_named() -> None:
    """Ten per cent apart: more than 1.96 x hypot(0.03, 0.006) but less than 1.96 x hypot(0.03, 0.05)."""
    wrong = Scale(0.055, "given", 0.03, "typed in")
    issue = settle([wrong, MARKER]).issue
    assert issue is not None
    assert issue.code == "scale_conflict"
    assert issue.value == pytest.approx(0.10, abs=1e-4)
    assert issue.limit == pytest.approx(math.expm1(1.96 * math.hypot(0.03, 0.006)), abs=1e-4)
    assert settle([wrong, Scale(0.05, "face", 0.05, "irises")]).issue is None


def test_the_usual_framing_contradicts_nothing() -> None:
    assert settle([MARKER, Scale(0.5, "assumed", 0.5)]).issue is None


def test_a_close_up_is_assessed_whole_but_for_its_references() -> None:
    card = np.array([[19.5, 19.5], [59.5, 19.5], [59.5, 39.5], [19.5, 39.5]], np.float32)
    ground = ground_of((60, 80), (2.0, 2.0), None, References(outlines_px=(card,)))
    assert ground.names == ()
    assert 20 * 10 <= np.count_nonzero(~ground.assessable) <= 22 * 12
    assert not ground.assessable[15, 20]
    assert ground.assessable[5, 5]


def test_drawn_regions_are_all_there_is() -> None:
    drawn = (DrawnRegion("cheek", SQUARE), DrawnRegion("spot", ((0, 0), (0.1, 0), (0, 0.1))))
    ground = ground_of((100, 200), (3.0, 3.0), drawn=drawn)
    assert ground.names == ("cheek", "spot")
    assert 100 * 50 <= np.count_nonzero(ground.index == 1) <= 101 * 51
    assert 20 * 10 / 2 <= np.count_nonzero(ground.index == 2) <= 22 * 12 / 2
    assert np.array_equal(ground.assessable, ground.index > 0)


def test_regions_from_json(tmp_path: Path) -> None:
    regions = [{"name": " left cheek ", "polygon": SQUARE}]
    assert parse_regions(json.dumps(regions)) == (DrawnRegion("left cheek", SQUARE),)
    file = tmp_path / "regions.json"
    file.write_text(json.dumps({"a.jpg": regions}))
    assert read_regions(file) == {"a.jpg": (DrawnRegion("left cheek", SQUARE),)}


REGION = {"name": "a", "polygon": SQUARE}


@pytest.mark.parametrize(
    "regions",
    [
        [{"name": "", "polygon": SQUARE}],
        [{"name": "a\nb", "polygon": SQUARE}],
        [{"name": "a", "polygon": SQUARE[:2]}],
        [{"name": "a", "polygon": [[0, 0], [1, 0], [1, 1.01]]}],
        [{"name": "a", "polygon": [[0, 0], [1, 0], [1, math.nan]]}],
        [{"name": "a", "polygon": SQUARE, "more": 1}],
        [{"name": "a", "polygon": [[0.5, 0.5]] * (MAX_CORNERS + 1)}],
        [{"name": f"{k}", "polygon": SQUARE} for k in range(MAX_REGIONS + 1)],
        [REGION, REGION],
        {"name": "a"},
    ],
)
def test_what_outlines_nothing_is_refused_in_words(regions: object) -> None:
    with pytest.raises(RegionError, match=r"draw them again|name each differently"):
        parse_regions(json.dumps(regions))


def test_a_file_without_regions_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text("[]")
    for name in ("r.json", "missing.json"):
        with pytest.raises(RegionError, match=name):
            read_regions(tmp_path / name)
