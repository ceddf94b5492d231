"""Repeatability, healing, look-alikes and coverage, on tiles and views solved by hand."""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch", reason="the training extra is not installed")

from drawn_maps import MODEL, THRESHOLDS, Pit, draw_maps, photo_of

from inference.measure.assess import assess
from inference.network.maps import SURFACE
from training.dataset import UNKNOWN_RELIEF_UM, UNLABELLED, Tile
from training.evaluate.distractors import Called, called_scars, count_called, share_of_objects
from training.evaluate.grades import Graded, coverage, graded_figures, true_figures
from training.evaluate.repeat import (
    ViewBurden,
    change_covered,
    clear_repeatability,
    follows_changes,
    follows_healing,
    repeatability,
    repeats_of,
    view_burden,
)


def view(seen: float, true: float = 10.0, number: int = 0, own: bool = True, left: float = 1.0) -> ViewBurden:
    return ViewBurden("a", number, own, left, seen, seen - 1, seen + 1, true)


def tile(size: int = 40) -> Tile:
    empty = np.zeros((size, size), np.uint8)
    known = np.full_like(empty, 0b1111111)
    return Tile(
        np.zeros((size, size, 3), np.uint8),
        empty,
        empty.copy(),
        known,
        np.zeros(empty.shape, np.int16),
        0,
        0,
        10.0,
    )


def test_views_in_the_groups_own_light_are_kept_apart_from_others() -> None:
    views = [view(9), view(11, number=1), view(30, number=2, own=False)]
    groups = repeats_of(views)
    # sd of (9, 11) is sqrt 2 and their mean 10; with the third light: (9, 30), sd sqrt(220.5), mean 19.5.
    assert repeatability(groups, "own")["cv"].value == pytest.approx(2**0.5 / 10)
    assert repeatability(groups, "any_light")["cv"].value == pytest.approx(220.5**0.5 / 19.5)


def test_only_views_of_one_relief_are_repeats() -> None:
    healed = [view(9), view(3, true=3, number=1, left=0.3)]
    assert repeatability(repeats_of(healed), "own")["cv"].value is None
    assert repeats_of([view(0.2, true=0.5), view(0.4, true=0.5, number=1)]) == []


def test_a_change_is_held_by_half_widths_in_quadrature() -> None:
    # Half widths of 1 each reach sqrt 2 = 1.41.
    assert change_covered(view(10), view(11.4)) is True
    assert change_covered(view(11.5), view(10)) is False
    assert change_covered(view(10), replace(view(10), low_um=None)) is None
    covered = repeatability(repeats_of([view(10), view(11, number=1), view(12, number=2)]), "own")["covered"]
    assert covered.value == pytest.approx(2 / 3)


def test_healing_is_followed_within_each_group() -> None:
    own = [view(2 * true, true, k, left=1 - k / 10) for k, true in enumerate((10.0, 6.0, 3.0))]
    other = [view(5.0, true, k + 3, False, 1 - k / 10) for k, true in enumerate((10.0, 6.0, 3.0))]
    figures = follows_healing([*own, *other], same_rig=True)
    assert figures["slope"].value == pytest.approx(2.0)
    assert figures["r"].value == pytest.approx(1.0)
    still = follows_healing([*own, *other], same_rig=False)
    assert (still["slope"].value, still["r"].value) == (pytest.approx(0.0), 0.0)
    assert follows_healing(own[:2], same_rig=True)["r"].value is None


def test_changes_are_taken_since_the_first_view_of_each_group() -> None:
    # True changes -4 and 0, reported -2 and 1: slope ((-2)(-1.5) + 2 (1.5)) / (4 + 4) = 0.75.
    healed = [view(10), view(8, true=6, number=1, left=0.6), view(11, number=2)]
    other = [replace(one, group="b", seen_um=one.seen_um + 90) for one in healed]
    figures = follows_changes([*healed, *other], same_rig=True)
    assert figures["slope"].value == pytest.approx(0.75)
    assert figures["r"].value == pytest.approx(1.0)
    assert figures["r"].n == 2
    assert follows_changes(healed, same_rig=False)["r"].value is None
    late = [replace(one, view=one.view + 1) for one in healed]  # the view to compare with is not there
    assert follows_changes(late, same_rig=True)["slope"].n == 0


def test_a_line_without_depth_left_says_it_by_its_burden() -> None:
    measured = assess(photo_of(maps := draw_maps([], (40, 40))), maps, MODEL, THRESHOLDS)
    assert view_burden({"healed_share": 0.25}, tile(), measured).depth_left == 0.75
    assert view_burden({}, tile(), measured).depth_left == 1.0


def test_clear_skin_has_a_spread_in_micrometres() -> None:
    assert clear_repeatability([[1.0, 3.0], [5.0, 5.0], [7.0]]).value == pytest.approx(1.0)


def test_true_burden_is_the_mean_depth_over_the_assessed_skin() -> None:
    maps = draw_maps([Pit(2.0, 2.0, 1.0, 300.0)], (40, 40))
    measured = assess(photo_of(maps), maps, MODEL, THRESHOLDS)
    truth = tile()
    truth.relief_um[:10] = -100  # a quarter of the skin
    truth.relief_um[10:20] = 80  # raised skin takes nothing off
    line = {"group": 4, "view": 2, "same_rig": False, "healed_share": 0.5, "depth_left": 0.4}
    found = view_burden(line, truth, measured)
    assert found.true_um == pytest.approx(25.0)
    assert (found.group, found.view, found.same_rig, found.depth_left) == ("4", 2, False, 0.4)
    assert found.seen_um == measured.scars.burden_um > 0
    truth.relief_um[:] = UNKNOWN_RELIEF_UM
    assert view_burden({}, truth, measured).true_um is None
    assert view_burden({}, truth, measured).group is None


def test_marks_called_scars_are_counted_by_number_and_area() -> None:
    marks = np.zeros((20, 20), bool)
    marks[2:4, 2:4] = marks[10:14, 10:14] = True
    scars = np.zeros_like(marks)
    scars[2:4, 2:4] = scars[10, 10] = True
    assert count_called(marks, scars) == Called(2, 1, 20, 5)
    tiles = [{"red": Called(2, 1, 20, 5)}, {"red": Called(2, 0, 20, 0)}, {"brown": Called(1, 1, 1, 1)}]
    assert share_of_objects(tiles, "red").value == pytest.approx(0.25)
    assert share_of_objects(tiles, "red").n == 2


def test_marks_beside_scars_and_unlabelled_kinds_say_nothing() -> None:
    truth = tile()
    red = 1 << SURFACE.index("red")
    truth.surface[:] |= red
    truth.types[:, :20] = 2
    label = np.full((20, 20), 2, np.uint8)  # half the resolution of the tile, all of it called a scar
    called = called_scars(truth, label, px_per_mm=10)
    # 5 px beyond the scar's edge count as its own: distances to it are 1, 2, ... so 15 of 20 columns stay.
    assert called["red"] == Called(1, 1, 15 * 40, 15 * 40)
    raised = called_scars(truth, np.full((20, 20), 4, np.uint8), px_per_mm=10)
    assert raised["red"].area_called_px == 0
    truth.types[:] = UNLABELLED
    assert called_scars(truth, label, 10)["red"].objects == 0
    truth.surface_known[:] = 1
    assert called_scars(truth, label, 10) == {}


def test_coverage_counts_bounds_and_leaves_ungraded_tiles_out() -> None:
    held = Graded("ecca_atrophic", 5, 0, 10, 10)
    missed = Graded("ecca_atrophic", 5, 0, 10, 11)
    assert coverage([(held,), (missed,), ()])["ecca_atrophic"].value == pytest.approx(0.5)
    maps = draw_maps([Pit(2.0, 2.0, 1.0, 300.0)], (40, 40))
    measured = assess(photo_of(maps), maps, MODEL, THRESHOLDS)
    scars = [{"type": "boxcar", "x_px": 20.0, "y_px": 20.0, "width_mm": 2.0, "depth_um": 300.0}]
    line = {"severity": 2, "scars": scars, "px_per_mm": 10.0, "roughness_sa_um": 9.0}
    graded = {one.name: one for one in graded_figures(line, tile(), measured, 0.6)}
    assert graded["scales.ecca_atrophic"].true == 20  # from the scars, whatever the line keeps under scales
    assert graded["scales.ecca_continuous"].true == pytest.approx(20 * np.log(2) / np.log(3), abs=0.001)
    assert graded["scales.severity_network"].true == 2
    assert graded["texture.roughness_sa_um"].true == 9
    assert "scars.area_fraction" not in graded  # has no interval while the bundle knows no errors
    unknown = true_figures({**line, "severity": None, "roughness_sa_um": None}, tile(), measured, 0.6)
    assert unknown == {}  # scars that nobody counted may be in the tile


def test_true_figures_look_at_the_assessed_skin() -> None:
    maps = draw_maps([], (40, 40))
    measured = assess(photo_of(maps), maps, MODEL, THRESHOLDS)
    truth = tile()
    truth.types[:20, :20] = 2
    scars = [
        {"type": "boxcar", "x_px": x, "y_px": 10.0, "width_mm": width, "depth_um": 600.0}
        for x, width in ((10.0, 2.0), (30.0, 0.5))
    ]
    line = {"severity": 5, "scars": scars, "px_per_mm": 10.0, "roughness_sa_um": None}
    found = true_figures(line, truth, measured, 0.6)
    assert found["scars.area_fraction"] == pytest.approx(0.25)
    assert found["scars.density_per_cm2"] == pytest.approx(1 / 0.16)  # the other is too narrow to be counted
    assert (
        found["scales.scar_s_face"] == 5
    )  # no skin of 4 mm lies further than 5 mm from a scar, and they are deep
    truth.types[:] = 0
    assert true_figures({**line, "scars": []}, truth, measured, 0.6)["scales.scar_s_face"] == 0
