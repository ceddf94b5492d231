"""The labelled sample of the tutorial: the same each time, read back by the importers, and marked as people differ."""

import csv
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

pytest.importorskip("torch", reason="rendering needs torch: pip install -e '.[training]'")
pytest.importorskip("pycocotools", reason="the training extra is not installed")

from pycocotools import mask as coco_mask

from data.importing.regions import coco_region
from data.masks import IGNORE
from inference.network.maps import TYPES
from training.cli import app
from training.evaluate.agreement import dice
from training.sample_labels.raters import GRADE_SD, RATERS, Outline, graded, outlined
from training.sample_labels.skins import Photograph, draw_patients
from training.sample_labels.write import coco, write_sample

MM_PER_PX = 0.1
ANNA, BELA = RATERS


def discs(name: str = "p01-left", severity: float = 20.0) -> Photograph:
    """A hundred round boxcars 0.8 to 4.4 mm wide, each in a field of 6 mm."""
    types = np.zeros((600, 600), np.uint8)
    for k in range(100):
        middle = 30 + 60 * (k % 10), 30 + 60 * (k // 10)
        cv2.circle(types, middle, 4 + 2 * (k // 10), TYPES.index("boxcar"), -1)
    return Photograph(
        name, "p01", "left cheek", MM_PER_PX, np.zeros((600, 600, 3), np.uint8), types, severity
    )


def fields(outlines: list) -> dict[int, str]:
    """The type that was marked in each field."""
    found = {}
    for one in outlines:
        row, column = np.argwhere(one.mask).mean(axis=0) // 60
        found[int(10 * row + column)] = one.type
    return found


def test_raters_overlook_small_scars_and_take_some_for_another_type() -> None:
    anna, bela = (fields(outlined(rater, discs(), seed=3)) for rater in RATERS)
    assert 0.75 <= len(anna) / 100 <= 0.98
    assert len(bela) < len(anna)
    small = [sum(field < 30 for field in one) / 30 for one in (anna, bela)]
    large = [sum(field >= 70 for field in one) / 30 for one in (anna, bela)]
    assert small[1] < small[0] < 1
    assert min(large) > 0.85
    either, both = anna.keys() | bela.keys(), anna.keys() & bela.keys()
    assert 0.5 < len(both) / len(either) < 0.9
    assert 0.02 < np.mean([kind != "boxcar" for kind in anna.values()]) < 0.2


def test_outlines_are_unsteady_and_lie_outside() -> None:
    true = discs().types > 0
    areas = []
    for rater in RATERS:
        outlines = outlined(rater, discs(), seed=3)
        drawn = np.any([one.mask for one in outlines], axis=0)
        assert len(outlines) == len(
            fields(outlines)
        )  # one a field: each in one piece, none grown into another
        seen = np.isin(np.arange(100), list(fields(outlines))).reshape(10, 10).repeat(60, 0).repeat(60, 1)
        assert dice(drawn, true & seen) > 0.8
        assert (drawn ^ (true & seen)).any()
        areas.append(drawn.sum() / (true & seen).sum())
    assert 1 < areas[0] < areas[1] < 1.5


def test_grades_of_two_raters_are_within_four_points_mostly() -> None:
    """Goodman and Baron's observers were, in 19 of 21 photographs."""
    photos = [discs(f"p{k:03d}", severity=30) for k in range(400)]
    given = np.array([[graded(rater, photo, 3) for photo in photos] for rater in RATERS])
    apart = given[0] - given[1]
    assert 0.88 < np.mean(np.abs(apart) <= 4) < 0.99
    assert given.std(axis=1) == pytest.approx(GRADE_SD, abs=0.25)
    assert graded(ANNA, discs(severity=0), 3) >= 0


def test_patients_differ_in_kind_and_number_of_scars() -> None:
    patients = draw_patients(5, 12)
    assert patients == draw_patients(5, 12)
    assert len({one.seed for one in patients}) == 12
    assert max(p.density_per_cm2 for p in patients) > 8 * min(p.density_per_cm2 for p in patients)
    assert len({one.kind for one in patients}) > 2


def test_the_sample_is_the_same_each_time_and_imports_as_it_was_drawn(tmp_path: Path) -> None:
    out = tmp_path / "sample"
    labelled = write_sample(out, seed=5, patients=1, unlabelled=1)
    asked = ["sample-labels", str(tmp_path / "again"), "--patients", "1", "--unlabelled", "1"]
    run = CliRunner().invoke(app, asked)
    assert run.exit_code == 0, run.output
    files = sorted(path.relative_to(out) for path in out.rglob("*") if path.is_file())
    assert len(files) == 9
    for path in files:
        assert (out / path).read_bytes() == (tmp_path / "again" / path).read_bytes(), path
    assert CliRunner().invoke(app, asked).exit_code == 2  # what is there is not written over

    told = [
        "--photos",
        str(out / "photos"),
        "--table",
        str(out / "names.toml"),
        "--out",
        str(tmp_path / "set"),
    ]
    for command in (
        [
            "import",
            "coco",
            str(out / "coco.json"),
            "--rater",
            "anna",
            "--facts",
            str(out / "facts.csv"),
            *told,
        ],
        ["import", "labelme", str(out / "second-look"), "--rater", "bela", "--add", *told],
        ["import", "grades", str(out / "grades.csv"), "--add", *told],
    ):
        run = CliRunner().invoke(app, command)
        assert run.exit_code == 0, run.output
    with (tmp_path / "set" / "manifest.csv").open(encoding="utf-8") as file:
        rows = {(row["photo_id"], row["rater_id"]): row for row in csv.DictReader(file)}
    assert len(rows) == 4
    for photo in labelled:
        for rater in RATERS:
            row = rows[photo.name, rater.name]
            assert float(row["grade_goodman_baron_quantitative"]) == graded(rater, photo, 5)
            assert row["patient_id"] == photo.patient
            if row["mask"]:
                mask = np.asarray(Image.open(tmp_path / "set" / row["mask"]))
                drawn = np.any([one.mask for one in outlined(rater, photo, 5)], axis=0)
                assert dice(mask > 0, drawn) > 0.95
                assert (mask == IGNORE).mean() < 0.02  # two outlines of different types on one pixel
    assert {key for key, row in rows.items() if row["mask"]} == {
        ("p01-left", "anna"), ("p01-right", "anna"), ("p01-left", "bela")
    }  # fmt: skip


def test_large_scars_are_run_lengths_and_small_ones_polygons() -> None:
    large, small = np.zeros((2, 120, 160), np.bool_)
    large[20:70, 30:90], small[90:100, 100:112] = True, True
    photo = discs()
    photo = replace(photo, types=np.zeros((120, 160), np.uint8))
    content = coco([(photo, [Outline("rolling", large), Outline("icepick", small)])])
    brush, polygon = content["annotations"]
    assert (coco_mask.decode(brush["segmentation"]) == large).all()
    assert brush["iscrowd"] == 1
    region = coco_region("icepick", polygon["segmentation"], 160, 120, "here")
    assert region.mask.sum() == pytest.approx(
        small.sum(), rel=0.25
    )  # a polygon runs through the outer pixels' middles
    assert [c["name"] for c in content["categories"]] == ["ice pick", "box car", "rolling scar"]
