"""Designs: the same by the same seed, balanced, repeats apart, nulls among the pairs, and files that are checked."""

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from drawn_designs import drawn_design, drawn_series, manifest_of, shot

from inference.photo.read import read_photo
from inference.reading.design import Asked, Design, Framing, Pair, read_design, write_design
from inference.reading.errors import DesignError
from inference.reading.make import make_design
from inference.reading.order import order
from inference.reading.plates import SURROUND_RGB, alike, plate
from inference.reading.sources import series_of_manifest


def test_a_design_and_its_orders_follow_from_the_seed() -> None:
    design = drawn_design()
    assert drawn_design() == design
    assert drawn_design().key == design.key
    assert order(design, "ada") == order(drawn_design(), "ada")
    assert [trial.pair.id for trial in order(design, "ada")] != [
        trial.pair.id for trial in order(design, "bo")
    ]
    assert drawn_design(seed=2).repeated != design.repeated


def test_an_order_outlives_updates() -> None:
    """A reader who goes on after an update must find the order in which the reading began."""
    first = [(trial.pair.id, trial.first_on_left) for trial in order(drawn_design(6), "ada")[:4]]
    assert first == [("pair-2", True), ("pair-3", False), ("pair-6", False), ("pair-4", False)]


@pytest.mark.parametrize("reader", ["ada", "bo", "cy"])
@pytest.mark.parametrize(
    ("people", "repeats", "nulls"), [(1, 0, 1), (2, 1, 0), (3, 0.4, 0.4), (20, 0.2, 0.1), (40, 1, 1)]
)
def test_every_pair_is_shown_and_sides_are_balanced(
    reader: str, people: int, repeats: float, nulls: float
) -> None:
    design = drawn_design(people, repeats=repeats, nulls=nulls, seed=people)
    trials = order(design, reader)
    assert [trial.place for trial in trials] == list(range(len(trials)))
    assert sorted(trial.pair.id for trial in trials if trial.showing == 1) == [
        pair.id for pair in design.pairs
    ]
    assert sorted(trial.pair.id for trial in trials if trial.showing == 2) == sorted(design.repeated)
    kinds = [
        [trial.first_on_left for trial in trials if trial.pair.kind == "change" and trial.showing == showing]
        for showing in (1, 2)
    ]
    kinds.append([trial.first_on_left for trial in trials if trial.pair.kind != "change"])
    for sides in (*kinds, [trial.first_on_left for trial in trials]):
        assert abs(2 * sum(sides) - len(sides)) <= 1
    assert all(one.pair.id != other.pair.id for one, other in pairwise(trials))


def test_repeats_come_late_and_turned_round_as_often_as_not() -> None:
    design = drawn_design(100, repeats=0.3)
    turned = 0
    for reader in map(str, range(10)):
        first = {trial.pair.id: trial for trial in order(design, reader) if trial.showing == 1}
        for trial in order(design, reader):
            if trial.showing == 2:
                assert trial.place - first[trial.pair.id].place > 15
                turned += trial.first_on_left != first[trial.pair.id].first_on_left
    assert 100 < turned < 200  # of 300


def test_nulls_are_retakes_first_and_then_one_photograph_twice() -> None:
    design = drawn_design(20, retakes=2, nulls=0.2)
    nulls = [pair for pair in design.pairs if pair.kind != "change"]
    assert [pair.kind for pair in nulls] == ["same visit"] * 2 + ["same photograph"] * 2
    for pair in nulls:
        same = pair.first.sha256 == pair.second.sha256
        assert same == (pair.kind == "same photograph") == (pair.second.framing is not None)
    assert len(design.repeated) == 4
    assert {design.pair(name).kind for name in design.repeated} == {"change"}


def test_pairing_takes_the_visits_it_says() -> None:
    series = drawn_series(1)[0]
    visits = (*series.visits, type(series.visits[0])(180, (shot("0-d"),)))
    series = type(series)("S0", visits)
    days = {
        pairing: [pair.days for pair in make_design([series], Asked("gais", 1, 0, 0, pairing=pairing)).pairs]
        for pairing in ("last", "every", "next")
    }
    assert days == {"last": [180], "every": [90, 180], "next": [90, 90]}


def test_a_photograph_taken_from_itself_is_another_picture_of_the_same(tmp_path: Path) -> None:
    photo = read_photo(manifest_of(tmp_path, 1).parent / "Meyer-0-visit-0-2026-03-04.jpg")
    for framing in (
        Framing(turn_deg=3, zoom=1.04, shift_x=0.015, shift_y=-0.015),
        Framing(turn_deg=-1, zoom=1.08, shift_x=-0.01, shift_y=0.0),
    ):
        again = plate(photo, framing)
        assert again.shape == photo.rgb.shape
        assert again.min() > 40, "a corner is empty"
        assert np.abs(again.astype(int) - photo.rgb).mean() > 2


def test_both_pictures_are_of_one_size_and_nothing_is_cut_off() -> None:
    wide, high = np.full((200, 300, 3), 200, np.uint8), np.full((150, 100, 3), 90, np.uint8)
    left, right = alike(wide, high)
    assert left.shape == right.shape == (200, 300, 3)
    assert (left == wide).all()
    assert (right[:, :80] == SURROUND_RGB).all()
    assert (right[:, 84:216] == 90).all()


def test_files_are_read_back_and_checked(tmp_path: Path) -> None:
    design = drawn_design(3, readers=("ada",))
    write_design(tmp_path / "design.json", design)
    assert read_design(tmp_path / "design.json") == design
    first, second = (f'{{ sha256 = "{shot(name).sha256}", image = "{name}.jpg" }}' for name in ("a", "b"))
    toml = tmp_path / "by-hand.toml"
    toml.write_text(
        'scale = "scar_s"\nseed = 4\n[[pairs]]\nid = "p1"\nkind = "change"\nsubject = "S1"\ndays = 30\n'
        f"first = {first}\nsecond = {second}\n"
    )
    assert read_design(toml).pairs[0] == Pair(
        id="p1", kind="change", subject="S1", days=30, first=shot("a"), second=shot("b")
    )
    for wrong, said in (
        ({"scale": "vas"}, "scale"),
        ({"repeated": ["pair-9"]}, "repeated"),
        ({"readers": ["Ada", "ada"]}, "two readers"),
        ({"colour": 1}, "colour"),
    ):
        (tmp_path / "wrong.json").write_text(json.dumps({**design.model_dump(mode="json"), **wrong}))
        with pytest.raises(DesignError, match=said):
            read_design(tmp_path / "wrong.json")
    (tmp_path / "wrong.json").write_text("{")
    with pytest.raises(DesignError, match="as JSON or TOML"):
        read_design(tmp_path / "wrong.json")


def test_what_cannot_be_read_is_refused_when_the_design_is_made(tmp_path: Path) -> None:
    with pytest.raises(DesignError, match="two visits"):
        make_design([drawn_series(1)[0].__class__("S", drawn_series(1)[0].visits[:1])], Asked("gais", 1))
    manifest = manifest_of(tmp_path, 2)
    assert [one.subject for one in series_of_manifest(manifest)] == ["Meyer-0", "Meyer-1"]
    (tmp_path / "Meyer-1-visit-1-2026-06-04.jpg").write_bytes(b"not a photograph")
    with pytest.raises(DesignError, match="photo-1-1"):
        series_of_manifest(manifest)


def test_only_named_readers_may_read() -> None:
    design = drawn_design(2, readers=("Ada", "bo@clinic"))
    assert design.reader("ADA") == "Ada"
    with pytest.raises(DesignError, match="other readers"):
        design.reader("cy")
    assert Design.model_validate(drawn_design(2).model_dump()).reader("anybody") == "anybody"
