"""Photographs against photographs, by tone, sex and width, on looks made by hand."""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch", reason="the training extra is not installed")

from drawn_maps import MODEL, THRESHOLDS, Pit, draw_maps, photo_of

from inference.check import Checked, CheckOptions
from inference.measure.assess import assess
from inference.measure.site import whole_picture
from inference.photo.photo import Photo, Scale
from inference.reference.reference import References
from inference.standard.standardize import standardize
from training.evaluate import groups, widths
from training.evaluate.boxes import BoxScore, PhotoBoxes, PhotoScores
from training.evaluate.real import PhotoLook, by_person, face_figures, look_at, marked_over_other_skin
from training.evaluate.rendered import relative_error


def look(name: str, marked: float, ita_deg: float | None = 30.0, person: int | None = None) -> PhotoLook:
    return PhotoLook(name, None, marked, None, None, 0.0, ita_deg, True, person)


def test_photo_auc_ranks_the_shares_of_marked_skin() -> None:
    scarred = [look("a", 0.3), look("b", 0.1)]
    faces = [look("canada/003f", 0.0, person=3), look("canada/004m", 0.2, person=4)]
    found = groups.photo_auc(scarred, faces)
    assert found.value == pytest.approx(0.75)
    assert found.n == 4


def test_photographs_of_one_person_count_as_one_but_sets_stay_apart() -> None:
    faces = [
        look("london/neutral/005_03", 0.0, person=5),
        look("london/smiling/005_08", 0.2, person=5),
        look("canada/005f", 0.4, person=5),
    ]
    assert [len(person) for person in by_person(faces)] == [2, 1]
    figures = face_figures(faces)
    assert figures["faces_marked_median"].value == pytest.approx(0.2)
    assert figures["faces_marked_median"].n == 2
    assert figures["faces_marked_worst"].value == pytest.approx(0.4)


def test_groups_by_tercile_and_the_gap_between_them() -> None:
    tones = (-20.0, -10.0, 10.0, 20.0, 50.0, 60.0)
    scarred = [
        look(f"s{k}", share, ita)
        for k, (ita, share) in enumerate(zip(tones, (0, 0, 1, 1, 1, 1), strict=True))
    ]
    faces = [look("canada/003f", 0.5, person=3), look("canada/004m", 0.5, person=4)]
    group = groups.tone_group(scarred)
    assert [group(one) for one in scarred] == ["dark", "dark", "medium", "medium", "light", "light"]
    assert group(look("x", 0.0, None)) is None
    compared = groups.by_scarred_group(scarred, faces, group)
    assert {name: part.value for name, part in compared.groups.items()} == {
        "dark": 0.0,
        "medium": 1.0,
        "light": 1.0,
    }
    assert compared.gap == pytest.approx(1.0)
    turned = [replace(one, ita_deg=-one.ita_deg) for one in scarred]  # the worst group is no longer the first
    assert groups.by_scarred_group(turned, faces, groups.tone_group(turned)).gap == pytest.approx(1.0)


def test_sex_is_known_from_canada_file_names_alone() -> None:
    names = ("canada/003f", "canada/095m", "london/neutral/001_03", "boxcar/1.jpg")
    assert [groups.sex_group(look(name, 0.0)) for name in names] == ["women", "men", None, None]
    scarred = [look("a", 0.3), look("b", 0.1)]
    faces = [look("canada/003f", 0.0, person=3), look("canada/095m", 0.2, person=95)]
    compared = groups.by_face_group(scarred, faces, groups.sex_group)
    assert {name: part.value for name, part in compared.groups.items()} == {"men": 0.5, "women": 1.0}
    assert compared.gap == pytest.approx(0.5)


def scores(scar: float, clear: float) -> PhotoScores:
    return PhotoScores("p", (BoxScore(scar, scar, 0.0),), (BoxScore(clear, clear, 0.0),), ())


def test_the_largest_loss_is_found_where_it_is() -> None:
    good, bad = scores(0.9, 0.1), scores(0.1, 0.9)
    photos = [
        widths.AtWidths({0: good, 300: bad, 600: good}),
        widths.AtWidths({0: good, 300: good, 600: good}),
    ]
    where, loss = widths.largest_loss(photos)
    # At 300 px: scar boxes 0.1 and 0.9 against clear 0.9 and 0.1: one of four pairs ordered, two tied.
    assert where == "300 px, against clear"
    assert loss.value == pytest.approx(0.5)


def test_a_smaller_photograph_keeps_its_shape_and_loses_its_scale() -> None:
    photo = Photo("p.jpg", "0" * 64, np.zeros((900, 1200, 3), np.uint8), Scale(0.05, "given", 0.03))
    small = widths.shrunk(photo, 300)
    assert small.rgb.shape == (225, 300, 3)
    assert small.scale.source == "assumed"
    assert small.scale.mm_per_px == pytest.approx(110 / 300)


def test_marked_skin_is_split_at_the_boxes() -> None:
    # 20 x 40 px at 0.1 mm: a pit of radius 0.5 mm in the left half, whose half is a scar box.
    maps = draw_maps([Pit(1.0, 1.0, 0.5, 300.0)], (20, 40))
    photo = photo_of(maps)
    assessment = assess(photo, maps, MODEL, THRESHOLDS)
    standard = standardize(photo, None)
    checked = Checked(standard, maps, whole_picture(maps, THRESHOLDS), CheckOptions())
    assert isinstance(standard.references, References)
    boxes = PhotoBoxes(scar=((0.0, 0.0, 0.5, 0.5),), clear=((0.5, 0.0, 1.0, 0.5),), clear_skin=())
    found = look_at("p", checked, assessment, boxes)
    pit_px = np.count_nonzero(assessment.evidence.label)
    assert pit_px == pytest.approx(np.pi * 25, rel=0.1)
    assert found.marked_in_boxes == pytest.approx(pit_px / 400)
    assert found.marked_beside == 0.0
    assert found.marked == pytest.approx(pit_px / 800)
    assert found.boxes.scar[0].marked == pytest.approx(pit_px / 400)
    assert found.boxes.clear[0].scar == pytest.approx(0.01, abs=1e-3)
    # A ratio of means: 0.2 and 0.4 in boxes over 0.0 and 0.1 beside.
    pair = [replace(found, marked_in_boxes=a, marked_beside=b) for a, b in ((0.2, 0.0), (0.4, 0.1))]
    assert marked_over_other_skin(pair).value == pytest.approx(6.0)


def test_relative_error_is_the_median_and_asks_for_a_truth() -> None:
    assert relative_error(np.array([[1.1, 1.0], [1.0, 2.0], [3.0, 3.0], [9.0, 0.0]])) == pytest.approx(0.1)
    assert relative_error(np.zeros((0, 2))) is None
