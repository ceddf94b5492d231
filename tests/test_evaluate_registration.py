"""The benchmark of registration: its truth is right, and its tables say what they should."""

import numpy as np
import pytest
from numpy.typing import NDArray
from test_change_register import as_evidence, skin_picture

from inference.change.field import at
from inference.change.register import align
from training.evaluate.change import refusals
from training.evaluate.change.geometry import Bump, Turned, draw_turn, rotation
from training.evaluate.change.known_maps import taken_anew
from training.evaluate.change.peers import PEERS
from training.evaluate.change.registration import OURS, Result, measure_pair, report

FLAT = (1e9, 1e9)
MIDDLE = ((100.0, 80.0), (110.0, 90.0))


def view(
    turn_deg: tuple[float, float, float] = (0, 0, 0), scale: float = 1.0, bumps: tuple[Bump, ...] = ()
) -> Turned:
    return Turned(5.0, scale, FLAT, turn_deg, 500.0, MIDDLE, bumps)


def points(count: int = 50) -> NDArray[np.float64]:
    return np.random.default_rng(0).uniform(0, 200, (count, 2))


def test_a_view_from_the_same_place_is_a_shift_and_a_scale() -> None:
    assert view().source_of(points()) == pytest.approx(points() + 10)
    assert view(scale=2.0).source_of(points()) == pytest.approx((points() - MIDDLE[0]) / 2 + MIDDLE[1])


def test_a_roll_turns_about_the_middle() -> None:
    quarter = view((0, 0, 90)).source_of(np.array([[105.0, 80.0]]))
    assert quarter == pytest.approx(np.array([[110.0, 95.0]]))


def test_a_plane_turned_by_yaw_is_seen_in_perspective() -> None:
    """A point x to the right of a plane turned by a about the vertical lies at x cos a, -x sin a farther off."""
    yaw = np.radians(15)
    x_mm = 20.0
    seen = view((15, 0, 0)).source_of(np.array([[100.0 + 5 * x_mm, 80.0]]))
    expected = x_mm * np.cos(yaw) / (1 - x_mm * np.sin(yaw) / 500)
    assert seen == pytest.approx(np.array([[110 + 5 * expected, 90.0]]))
    assert np.allclose(rotation((15, -8, 30)) @ rotation((15, -8, 30)).T, np.eye(3))


def test_an_expression_moves_its_middle_by_its_shift_and_far_skin_not_at_all() -> None:
    bump = Bump((0.0, 0.0), (1.0, -2.0), 4.0)
    found = view(bumps=(bump,)).source_of(np.array([[100.0, 80.0], [300.0, 80.0]]))
    assert found == pytest.approx(np.array([[115.0, 80.0], [310.0, 90.0]]), abs=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_drawn_views_stay_in_bounds_and_do_not_fold(seed: int) -> None:
    turn = draw_turn(np.random.default_rng(seed), (300, 400), 6.0, (60.0, 90.0), 15.0, moves=True)
    assert 0.8 <= turn.scale <= 1.25
    assert np.hypot(*turn.turn_deg[:2]) <= 15
    assert len(turn.bumps) == 3
    assert turn.shown(points(400)).mean() > 0.95


@pytest.mark.parametrize("swapped", [False, True])
def test_the_truth_of_a_made_pair_is_what_registration_finds(swapped: bool) -> None:
    rng = np.random.default_rng(4)
    rgb = as_evidence(skin_picture(12, (400, 500))).rgb
    turn = draw_turn(rng, (400, 500), 6.0, (60.0, 120.0), 8.0, moves=True)
    pair = taken_anew(rng, (rgb, rgb), np.ones((400, 500), np.bool_), turn, swapped)
    assert len(pair.points) > 200
    alignment = align(pair.before, pair.after)
    assert alignment.map_xy is not None
    error_mm = np.hypot(*(at(alignment.map_xy, pair.points) - pair.truth).T) * pair.after.mm_per_px
    assert np.median(error_mm) < 0.1


def test_peers_and_ours_are_measured_on_the_same_points() -> None:
    pytest.importorskip("SimpleITK")
    rng = np.random.default_rng(5)
    rgb = as_evidence(skin_picture(13, (260, 300))).rgb
    turn = draw_turn(rng, (260, 300), 6.0, FLAT, 4.0, moves=False)
    pair = taken_anew(rng, (rgb, rgb), np.ones((260, 300), np.bool_), turn, swapped=False)
    results = measure_pair(pair, PEERS)
    assert [r.way for r in results] == [OURS, *PEERS]
    for result in results:
        assert result.error_mm is not None, result.way
        assert np.median(result.error_mm) < 0.4, result.way


def result(error: float | None, kind: str, reason: str | None = None) -> Result:
    errors = None if error is None else np.full(10, error)
    return Result(OURS, "p", kind, 5.0, False, errors, 1.0, reason, error, errors)


def test_the_table_counts_refusals_apart_from_errors() -> None:
    lines = report([result(0.2, "face"), result(0.4, "close-up"), result(None, "close-up", "too dark")])
    assert lines[0].startswith("3 pairs")
    ours = next(line for line in lines if line.startswith(OURS))
    assert ours.split()[1:5] == ["3", "1", "0.300", "0.400"]
    assert lines[-1] == "refused 1: too dark"


def test_refusals_are_counted_for_wrong_and_true_pairs() -> None:
    answers = [
        refusals.Answer("two people", False, True, "other skin"),
        refusals.Answer("mirrored", False, False, None),
        refusals.Answer("mirrored", False, True, "other skin", True),
        refusals.Answer("same", True, False, None),
    ]
    lines = refusals.report(answers)
    whole = [line.split() for line in lines if line.startswith("all")]
    assert whole == [["all", "3", "2", "66.7%"], ["all", "1", "0", "0.0%"]]
    assert any("1 of 1" in line for line in lines)


def test_a_pair_of_asked_pictures_is_judged() -> None:
    one = as_evidence(skin_picture(14, (300, 300)))
    answers = refusals.judge_pairs(
        [
            refusals.Asked("same", True, one, one),
            refusals.Asked("mirrored", False, one, refusals.flipped(one), True),
        ]
    )
    assert [a.refused for a in answers] == [False, True]
    assert answers[1].named
