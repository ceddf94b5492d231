"""Points against points: matches solved by hand, doubtful scars excused, and the chance level that dense scars give."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError
from typer.testing import CliRunner

from inference.photo.scale import ASSUMED_LONG_SIDE_MM
from training.evaluate.cli import app
from training.evaluate.points import (
    REACH_MM,
    Counts,
    Mark,
    Pass,
    PhotoPoints,
    Points,
    agreement_figures,
    chance,
    common,
    count,
    f1,
    found_figures,
    marks_at,
    precision,
    read_points,
    recall,
    score_found,
    type_right,
)

ALL = ((0.0, 0.0, 1.0, 1.0),)
MM = 1.0 / ASSUMED_LONG_SIDE_MM
PHOTOS = Path(__file__).resolve().parents[2] / "shared" / "data" / "acne_scars"


def at(x_mm: float, y_mm: float = 50.0, kind: str = "boxcar", sure: bool = True) -> Mark:
    return Mark(x_mm * MM, y_mm * MM, 2 * MM, kind, sure)  # type: ignore[arg-type]


def photo(*marks: Mark) -> PhotoPoints:
    return PhotoPoints(areas=ALL, points=marks)


def test_one_scar_answers_one_mark() -> None:
    # Two marks over one scar: one found, one false.
    assert count([at(10), at(11)], [at(10.5)], ALL) == Counts(1, 0, 1, 1)


def test_reach_is_three_millimetres_of_the_assumed_scale() -> None:
    assert count([at(12.99)], [at(10)], ALL).found == 1
    assert count([at(13.01)], [at(10)], ALL) == Counts(0, 1, 1, 0)
    assert count([at(12.99)], [at(10)], ALL, reach_mm=1.5).found == 0


def test_as_many_pairs_as_possible() -> None:
    # Scars at 10 and 12; marks at 8 and 10.2. The nearest pair (10.2, 10) would leave 8 too far from 12.
    assert count([at(8), at(10.2)], [at(10), at(12)], ALL).found == 2


def test_f1_of_a_case_solved_by_hand() -> None:
    # Scars at 10, 20, 30, 40; marks at 11, 21, 50: two found, two missed, one false; 4 / (4 + 3).
    counts = count([at(11), at(21, kind="rolling"), at(50)], [at(x) for x in (10, 20, 30, 40)], ALL)
    assert counts == Counts(2, 2, 1, 1)
    assert f1([counts]) == pytest.approx(4 / 7)
    assert precision([counts]) == pytest.approx(2 / 3)
    assert recall([counts]) == 0.5
    assert type_right([counts]) == 0.5


def test_counts_are_pooled_over_photographs() -> None:
    assert f1([Counts(1, 0, 0), Counts(0, 3, 1)]) == pytest.approx(2 / 6)
    assert f1([]) is None
    assert f1([Counts(0, 0, 0)]) is None


def test_doubtful_scars_are_neither_missed_nor_false() -> None:
    truth = [at(10), at(20, sure=False), at(30, sure=False)]
    marks = [at(10), at(20), at(50)]
    assert count(marks, truth, ALL) == Counts(1, 0, 1, 1)
    assert count(marks, truth, ALL, ask_doubtful=True) == Counts(2, 1, 1, 2)


def test_a_mark_goes_to_the_sure_scar_first() -> None:
    assert count([at(10)], [at(10, sure=False), at(12)], ALL) == Counts(1, 0, 0, 1)


def test_nothing_counts_outside_the_areas_and_no_raised_scar() -> None:
    left = ((0.0, 0.0, 0.5, 1.0),)
    assert count([at(80), at(10)], [at(80), at(10)], left) == Counts(1, 0, 0, 1)
    assert count([at(10, kind="raised")], [at(10, kind="raised")], ALL) == Counts(0, 0, 0, 0)


def test_agreement_does_not_depend_on_which_pass_is_first() -> None:
    rng = np.random.default_rng(3)
    passes = [
        Pass(photos={str(k): photo(*(at(*rng.uniform(0, 40, 2)) for _ in range(n))) for k in range(3)})
        for n in (12, 17)
    ]
    forth, back = agreement_figures(*passes), agreement_figures(*reversed(passes))
    for name in ("f1_3mm", "f1_1.5mm", "sure_found_3mm", "shift_mm"):
        assert forth[name].value == pytest.approx(back[name].value), name


def test_agreement_of_passes_shifted_by_a_millimetre() -> None:
    first = Pass(photos={"a": photo(at(10), at(30)), "b": photo(at(50, sure=False))})
    second = Pass(photos={"a": photo(at(11), at(31, sure=False)), "b": photo(at(90))})
    figures = agreement_figures(first, second)
    assert figures["f1_3mm"].value == pytest.approx(4 / 6)  # two pairs of three and three points
    assert figures["sure_found_3mm"].value == pytest.approx(3 / 4)  # the sure one at 90 has no other
    assert figures["shift_mm"].value == pytest.approx(1.0)


def test_chance_is_what_the_covered_share_says() -> None:
    # One mark and 9 scars more than 6 mm apart and from the border: it hits with the share that discs cover.
    scars = [at(20 + 30 * i, 20 + 30 * j) for i in range(3) for j in range(3)]
    marks = [at(1)]
    found = np.mean([chance(marks, scars, ALL, reach_mm=9.0, seed=seed).found for seed in range(40)])
    assert found == pytest.approx(9 * math.pi * 9.0**2 / ASSUMED_LONG_SIDE_MM**2, abs=0.04)


def test_chance_throws_only_marks_that_count() -> None:
    thrown = chance([at(10), at(90), at(10, kind="raised")], [], ((0.0, 0.0, 0.5, 1.0),))
    assert (thrown.found, thrown.false) == (0, 1)


def test_found_pixels_become_fractions_of_the_longer_side() -> None:
    (mark,) = marks_at([(99.5, 49.5, "rolling")], (100, 400))
    assert (mark.x, mark.y, mark.type) == (0.25, 0.125, "rolling")


def test_found_lesions_against_each_pass_and_their_mean() -> None:
    first, second = Pass(photos={"a": photo(at(10), at(20))}), Pass(photos={"a": photo(at(10))})
    found = {"a": (at(10.5),)}
    assert score_found(found, first) == [Counts(1, 1, 0, 1)]
    figures = found_figures(found, Points(note="", passes=(first, second)))
    assert figures["f1_all_pass_1"].value == pytest.approx(2 / 3)
    assert figures["f1_all_pass_2"].value == 1.0
    assert figures["f1_all_mean"].value == pytest.approx(5 / 6)
    assert (figures["f1_chance_all_pass_1"].value or 0.0) < 0.2


def test_areas_of_both_passes_must_agree() -> None:
    other = PhotoPoints(areas=((0.0, 0.0, 0.5, 0.5),), points=())
    with pytest.raises(ValueError, match="different areas"):
        common(Pass(photos={"a": photo()}), Pass(photos={"a": other}))


def test_every_two_passes_are_compared() -> None:
    passes = tuple(Pass(how=str(k), photos={}) for k in range(3))
    pairs = [(name, a.how, b.how) for name, a, b in Points(note="", passes=passes).pairs()]
    assert pairs == [("passes_1_2", "0", "1"), ("passes_1_3", "0", "2"), ("passes_2_3", "1", "2")]


def test_command_prints_the_agreement_without_a_model(tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    run = CliRunner().invoke(app, ["points", str(tmp_path), "--passes-only", "--json", str(path)])
    assert run.exit_code == 0, run.output
    figures = json.loads(path.read_text())["figures"]
    assert figures["passes_1_2_f1_3mm"]["n"] == 12
    assert figures["passes_1_2_f1_3mm"]["value"] > figures["passes_1_2_f1_chance_3mm"]["high"]
    assert "ice_pick/ip_50_.jpg" in run.output
    assert not any(name.startswith("model") for name in figures)


def test_unknown_types_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "points.json"
    path.write_text(
        '{"note": "", "passes": [{"photos": {"a": {"areas": [[0, 0, 1, 1]], "points": [[0, 0, 0.1, "mole", true]]}}}]}'
    )
    with pytest.raises(ValidationError):
        read_points(path)


def test_points_lie_in_their_areas_and_are_no_doubles() -> None:
    points = read_points()
    for marked in points.passes:
        assert len(marked.photos) == 12
        for name, one in marked.photos.items():
            assert all(
                any(a[0] <= p.x <= a[2] and a[1] <= p.y <= a[3] for a in one.areas) for p in one.points
            ), name
            assert len({(p.x, p.y) for p in one.points}) == len(one.points), name
            assert all(0 < p.diameter * ASSUMED_LONG_SIDE_MM <= 3 * REACH_MM for p in one.points), name
            assert not PHOTOS.is_dir() or (PHOTOS / name).is_file()
