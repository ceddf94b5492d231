"""A photograph whose scars are known, seen by a bundle whose answer is known, held against labels."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("pingouin", reason="the training extra is not installed")

from bundles import build_bundle
from drawn_scars import PX_PER_MM, discs, photograph, said_by

from data.labelled import LabelledSet
from data.manifest import ManifestRow
from data.masks import Classes
from data.sidecars import BoxRow, Sidecars
from inference.check import Instruments
from inference.network.bundle import load_bundle
from inference.network.session import Network
from training.evaluate.own.closeness import compare_raters, verdict
from training.evaluate.own.figures import LEVELS
from training.evaluate.own.held import held, overlaps
from training.evaluate.own.labels import Asked, Scar, asked_of, scars_of_mask
from training.evaluate.own.machine import Machine, look
from training.evaluate.own.pictures import side_by_side
from training.evaluate.own.raters import rater_sums
from training.evaluate.own.sums import Estimate, Record

ALL = Asked(frozenset({"none", "icepick", "boxcar", "rolling", "raised"}), False)
#: Where the machine marks scars; the last only when unsure ones are taken too.
SEEN, DOUBTED = ((60, 60), (160, 60), (260, 60)), ((60, 200),)


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    place = tmp_path_factory.mktemp("machine")
    thresholds = {"skin": 0.5, "scar": 0.5, "min_diameter_mm": 0.6, "min_confidence": 0.8}
    unknown = dict.fromkeys(("pores", "wrinkles", "red", "brown"))
    bundle = load_bundle(build_bundle(place / "bundle", thresholds=thresholds | unknown))
    photo = photograph(place / "photo.png", SEEN, DOUBTED)
    return look(photo, Instruments(Network(bundle, threads=1), finder=None), 1 / PX_PER_MM)


def test_marks_below_the_threshold_are_kept_for_the_froc(machine: Machine) -> None:
    assert [round(mark.x_px) for mark in machine.marks] == [60, 160, 260]
    assert len(machine.faint) == 4
    assert min(mark.confidence for mark in machine.faint) == pytest.approx(0.65, abs=0.05)
    assert machine.type == "boxcar"


def test_scars_are_found_missed_and_marked_by_mistake(machine: Machine) -> None:
    """Two of three marks hit; of the labelled scars, one lies where nothing is marked, one where a faint mark is."""
    label = said_by(discs(((62, 60), (160, 64), (200, 200), (60, 200))))
    sums = held([label], machine, ALL)
    lesions = sums["lesions"]
    assert [lesions[part] for part in ("found", "missed", "false", "type_asked", "type_right")] == [
        2,
        2,
        1,
        2,
        2,
    ]
    assert lesions["area_cm2"] == pytest.approx(320 * 256 / PX_PER_MM**2 / 100, rel=0.01)
    assert sums["count, all"]["difference"] == -1
    assert sums["count, boxcar"]["difference"] == -1
    assert sums["count, rolling"]["absolute"] == 0
    froc = sums["froc"]
    places = [LEVELS.index(0.5), LEVELS.index(0.8)]
    assert [(froc[f"found {k}"], froc[f"false {k}"]) for k in places] == [(3, 1), (2, 1)]
    assert sums["coverage, scars.density_per_cm2"]["n"] == 1


def test_marks_thrown_at_random_find_as_much_as_the_ground_allows(machine: Machine) -> None:
    """Three marks on 50 x 40 mm, within 3 mm of four scars: each hits one with a chance of about 4 pi 9 / 2000."""
    label = said_by(discs(((60, 60), (160, 60), (200, 180), (60, 180))))
    chance = held([label], machine, ALL)["chance"]
    assert chance["found"] + chance["false"] == pytest.approx(3)
    assert chance["found"] + chance["missed"] == pytest.approx(4)
    assert chance["found"] == pytest.approx(3 * 4 * np.pi * 9 / 2000, abs=0.4)
    everywhere = held(
        [said_by(discs(tuple((x, y) for x in range(8, 320, 24) for y in range(8, 256, 24))))], machine, ALL
    )
    assert everywhere["chance"]["found"] == 3


def test_what_nobody_labelled_counts_nowhere(machine: Machine) -> None:
    """Ground 255: the mark on it is no mistake, and no pixel of it is in a Dice."""
    mask = discs(((60, 60),))
    mask[:, 110:] = 255
    sums = held([said_by(mask)], machine, ALL)
    assert [sums["lesions"][part] for part in ("found", "missed", "false")] == [1, 0, 0]
    areas = sums["dice, any scar"]
    assert areas["label"] == pytest.approx((mask == 2).sum() / PX_PER_MM**2)
    assert areas["dice"] > 0.9
    assert "coverage, scars.density_per_cm2" not in sums  # most of the skin is not labelled


def test_dice_is_that_of_the_pixels_in_both() -> None:
    label = np.zeros((4, 4), np.uint8)
    mask = np.full((4, 4), 255, np.uint8)
    mask[:2] = [[2, 2, 0, 0], [1, 0, 0, 0]]
    label[:2, :2], label[3] = 2, 2  # the last row lies on unlabelled ground
    said = said_by(mask)
    assert said.mask is not None
    sums = overlaps(said.mask, label, ALL, mm_per_px=2.0)
    assert sums["dice, boxcar"] == {"label": 8, "machine": 16, "both": 8, "n": 1, "dice": 2 * 2 / 6}
    assert sums["dice, any scar"]["dice"] == 2 * 3 / 7
    assert sums["dice, icepick"]["dice"] == 0
    assert sums["dice, raised"]["n"] == 0


def test_a_type_that_nobody_was_to_label_is_no_mistake(machine: Machine) -> None:
    asked = Asked(frozenset({"none", "rolling"}), False)
    label = said_by(discs(((60, 60),)))
    sums = held([label], machine, asked)
    assert [sums["lesions"][part] for part in ("found", "missed", "false")] == [1, 0, 0]
    assert sums["dice, any scar"]["dice"] > 0.9
    assert "dice, boxcar" not in sums


def test_specks_are_not_asked_for_and_excuse_a_mark(machine: Machine) -> None:
    """A patch of two pixels beside the first mark, and one where nothing is marked."""
    mask = discs(SEEN[1:])
    mask[60, 61:63] = mask[200, 200:202] = 2
    sums = held([said_by(mask)], machine, ALL)
    assert [sums["lesions"][part] for part in ("found", "missed", "false")] == [2, 0, 0]
    assert sums["specks"] == {"n": 2}
    assert sums["count, all"]["difference"] == 0
    # it takes nothing from a scar that is asked for
    both = discs(SEEN)
    both[52, 60] = 2
    assert held([said_by(both)], machine, ALL)["lesions"]["found"] == 3


def test_masks_say_which_types_were_asked_for(tmp_path: Path) -> None:
    """Boxes of unknown type beside masks of three types ask for no fourth one; by themselves they ask for any."""
    boxes = (BoxRow(photo_id="a", x0_px=0, y0_px=0, x1_px=5, y1_px=5),)
    for mask, excused in (("a.png", True), (None, False)):
        row = ManifestRow(photo_id="a", patient_id="a", image="a.jpg", mask=mask)
        classes = Classes(names=("none", "icepick", "boxcar", "rolling"))
        asked = asked_of(LabelledSet(tmp_path, (row,), classes, Sidecars(boxes=boxes)))
        assert asked.excuses("raised") is excused
        assert not asked.excuses("boxcar")


def test_points_give_recall_unless_they_are_all(machine: Machine) -> None:
    points = replace(
        said_by(discs(())), mask=None, scars=(Scar(60, 60, None), Scar(10, 240, "boxcar")), is_complete=False
    )
    sums = held([points], machine, ALL)
    assert sums["marked"] == {"n": 1, "found": 1, "missed": 1}
    assert not {"lesions", "froc", "dice, any scar"} & set(sums)
    every = held([replace(points, is_complete=True)], machine, ALL)
    assert [every["lesions"][part] for part in ("found", "missed", "false")] == [1, 1, 2]
    assert "count, boxcar" not in every  # one has no type


def test_boxes_of_scarred_and_of_clear_ground(machine: Machine) -> None:
    boxes = ((40, 40, 80, 80), (0, 200, 20, 220))
    said = replace(said_by(discs(())), mask=None, scars=None, scar_boxes=boxes, clear_boxes=boxes)
    sums = held([said], machine, ALL)
    assert sums["boxes, scar"] == {"n": 2, "marked": 1}
    assert sums["boxes, clear"] == {"n": 2, "free": 1}


def test_the_type_of_the_photograph_is_that_of_most_raters(machine: Machine) -> None:
    def with_types(*types: str):
        return replace(said_by(discs(())), mask=None, scars=None, types=frozenset(types))

    alone = held([with_types("rolling"), with_types("rolling"), with_types("boxcar")], machine, ALL)
    assert alone["image type"] == {"n": 1, "right": 0, "label rolling": 1, "rolling said boxcar": 1}
    level = held([with_types("rolling"), with_types("boxcar")], machine, ALL)["image type"]
    assert (level["right"], level["label rolling"], level["boxcar said boxcar"]) == (1, 0.5, 0.5)


def test_grades_are_held_against_the_mean_of_the_raters(machine: Machine) -> None:
    given = machine.assessment.scales["goodman_baron_quantitative"]
    assert given.value is not None
    names = [("A", given.value + 1), ("B", given.value + 3)]
    said = [said_by(discs(()), rater, goodman_baron_quantitative=grade) for rater, grade in names]
    sums = held(said, machine, ALL)
    assert sums["grade, goodman_baron_quantitative"]["difference"] == -2
    assert sums["coverage, scales.goodman_baron_quantitative"]["n"] == 1
    assert "grade, other" not in held([said_by(discs(()), other=3.0)], machine, ALL)


def test_a_mask_becomes_single_scars() -> None:
    mask = np.zeros((20, 20), np.uint8)
    mask[2:5, 2:5], mask[5:7, 5:7], mask[10:13, 10:13], mask[15, 15] = 1, 1, 3, 255
    places = {0: ("types", 0), 1: ("types", 1), 3: ("untyped", 1)}
    found, scars = scars_of_mask(mask, places)
    assert found is not None
    assert scars is not None
    assert [(scar.x_px, scar.y_px, scar.type) for scar in scars] == [
        (pytest.approx(49 / 13), pytest.approx(49 / 13), "icepick"),  # both squares touch by a corner
        (11.0, 11.0, None),
    ]
    assert int(found.known.sum()) == 399
    assert found.number[11, 11] == 2
    assert scars_of_mask(np.ones((3, 3), np.uint8), {0: ("types", 0), 1: ("surface", 2)}) == (None, None)


# Raters


def test_a_machine_that_says_what_a_rater_says_is_exactly_as_close(machine: Machine) -> None:
    """Rater A drew the machine's own outlines. B and C differ from both alike."""
    grade = machine.assessment.scales["goodman_baron_quantitative"].value
    assert grade is not None
    others = (discs(((60, 60), (165, 60), (200, 200))), discs(((64, 62), (260, 60))))
    records = []
    for patient in range(6):
        said = [
            said_by(machine.label, "A", goodman_baron_quantitative=grade),
            said_by(others[0], "B", goodman_baron_quantitative=grade + 2 + patient % 2),
            said_by(others[1], "C", goodman_baron_quantitative=grade - 4),
        ]
        records.append(Record(str(patient), str(patient), rater_sums(said, machine, ALL)))
    compared = {one.what: {row.rater: row for row in one.rows} for one in compare_raters(records, 200)}
    assert set(compared) == {
        "Dice of masks",
        "F1 of scars at 3 mm",
        "goodman_baron_quantitative: distance",
        "goodman_baron_quantitative: weighted kappa",
    }
    for what, rows in compared.items():
        own = rows["A"]
        assert own.closer.value == pytest.approx(0, abs=1e-12), what
        assert own.of_machine.value == own.of_rater.value
        assert (own.closer.photographs, own.closer.patients) == (6, 6)
    distance = compared["goodman_baron_quantitative: distance"]["C"]
    # C is 4 from A and 6.5 from B on the average; the machine is 0 from A and 2.5 from B
    assert distance.of_rater.value == pytest.approx((4 + 6.5) / 2)
    assert distance.of_machine.value == pytest.approx(2.5 / 2)
    assert distance.closer.value == pytest.approx(4.0)
    assert distance.ahead is not None
    assert distance.ahead.value == 1.0
    assert distance.sentence == "the machine is closer to the others than C is"
    assert "as close to the others as A is, within 0.05" in compared["F1 of scars at 3 mm"]["A"].sentence


def test_raters_are_compared_with_others_only(machine: Machine) -> None:
    alone = said_by(discs(((60, 60),)), "A", goodman_baron_quantitative=5.0)
    assert rater_sums([alone], machine, ALL) == {}
    nameless = said_by(discs(((60, 60),)), "unnamed", goodman_baron_quantitative=5.0)
    assert rater_sums([alone, nameless], machine, ALL) == {}


@pytest.mark.parametrize(
    ("low", "high", "patients", "said"),
    [
        (0.01, 0.1, 9, "is closer"),
        (-0.04, 0.1, 9, "as close to the others as a rater is, within 0.05"),
        (-0.2, 0.1, 9, "is not shown to be as close"),
        (-0.2, -0.1, 9, "is further"),
        (0.01, 0.1, 4, "too few patients"),
    ],
)
def test_verdicts_rest_on_the_interval(low: float, high: float, patients: int, said: str) -> None:
    assert said in verdict(Estimate(0.0, low, high, 20, patients), 0.05, "a rater")


def test_pictures_count_what_they_show(machine: Machine) -> None:
    drawn = side_by_side(said_by(discs(((62, 60), (160, 64), (200, 200)))), machine, ALL)
    assert (drawn.found, drawn.missed, drawn.false) == (2, 1, 1)
    assert drawn.label[:2] == drawn.machine[:2] == b"\xff\xd8"
