"""The result files: the contract's fields, null for the unknown, whole or not at all."""

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from inference.change.comparison import Comparable
from inference.report.files import (
    scores_table,
    write_assessment,
    write_bytes,
    write_comparison,
    write_scores,
)
from inference.report.read import ResultFileError, read_assessment_json, read_comparison
from tests.builders import build_assessment, build_comparison, build_photo

PHOTOS = build_photo().rgb, build_photo(0.6).rgb

ASSESSMENT_FIELDS = [
    "schema_version", "photo", "model", "scale", "quality", "skin", "scars", "lesions",
    "scales", "texture", "pigment", "regions", "masks", "asked",
]  # fmt: skip


def test_json_has_the_fields_of_the_contract(tmp_path: Path) -> None:
    write_assessment(build_assessment(), tmp_path, "visits/cheek.left")
    data = json.loads((tmp_path / "visits" / "cheek.left.json").read_text(encoding="utf-8"))
    assert list(data) == ASSESSMENT_FIELDS
    assert data["masks"] == {"scars": "cheek.left.scars.png"}
    assert data["lesions"][0]["region"] is None
    assert data["texture"]["wrinkle_depth_um"] is None


def test_mask_is_the_label_at_the_size_of_the_photo(tmp_path: Path) -> None:
    assessment = build_assessment()
    write_assessment(assessment, tmp_path, "cheek")
    mask = cv2.imread(str(tmp_path / "cheek.scars.png"), cv2.IMREAD_UNCHANGED)
    assert mask.dtype == np.uint8
    assert assessment.evidence is not None
    np.testing.assert_array_equal(mask, assessment.evidence.label.repeat(2, axis=0).repeat(2, axis=1))


def test_what_is_not_finite_is_written_as_null(tmp_path: Path) -> None:
    assessment = build_assessment()
    broken = replace(assessment, texture=replace(assessment.texture, roughness_sa_um=float("nan")))
    write_assessment(broken, tmp_path, "cheek")
    text = (tmp_path / "cheek.json").read_text(encoding="utf-8")
    assert "NaN" not in text
    assert json.loads(text)["texture"]["roughness_sa_um"] is None


def test_an_assessment_comes_back_as_it_was_written(tmp_path: Path) -> None:
    assessment = build_assessment()
    write_assessment(assessment, tmp_path, "cheek")
    read = read_assessment_json(tmp_path / "cheek.json")
    assert read == replace(assessment, masks={"scars": "cheek.scars.png"})
    assert read.evidence is None


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"photo": 3'])
def test_a_file_that_is_no_result_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "other.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ResultFileError, match=r"other\.json"):
        read_assessment_json(path)


def test_a_failed_write_leaves_the_old_file_and_no_part(tmp_path: Path) -> None:
    target = tmp_path / "result.json"
    target.write_bytes(b"old")
    with pytest.raises(TypeError):
        write_bytes(target, "text is not bytes")  # type: ignore[arg-type]
    assert [path.name for path in tmp_path.iterdir()] == ["result.json"]
    assert target.read_bytes() == b"old"


@pytest.mark.parametrize("table_format", ["csv", "parquet"])
def test_the_table_has_a_row_per_photo_and_a_column_per_figure(tmp_path: Path, table_format: str) -> None:
    table = scores_table([build_assessment(file="a.jpg"), build_assessment(0.5, file="b.jpg")])
    path = write_scores(table, tmp_path, table_format)  # type: ignore[arg-type]
    read = pd.read_csv(path) if table_format == "csv" else pd.read_parquet(path)
    assert list(read["photo.file"]) == ["a.jpg", "b.jpg"]
    assert list(read["scars.burden_um"]) == [38.0, 19.0]
    assert read["scars.by_type.raised.mean_depth_um"].isna().all()
    assert list(read["quality.issues"]) == ["scale_assumed", "scale_assumed"]


def test_a_comparison_lists_its_pictures(tmp_path: Path) -> None:
    write_comparison(build_comparison(), tmp_path, PHOTOS)
    data = json.loads((tmp_path / "comparison.json").read_text(encoding="utf-8"))
    assert "pair" not in data
    assert data["metrics"][0]["mdc95"] is None
    assert set(data["pictures"]) == {
        *("before", "after", "before_outlines", "after_outlines", "change_map", "scars"),
        *("before_equalized", "after_equalized"),
    }
    assert all((tmp_path / name).is_file() for name in data["pictures"].values())


def test_a_pair_that_could_not_be_aligned_has_its_photographs_and_no_other_picture(tmp_path: Path) -> None:
    write_comparison(replace(build_comparison(), pair=None), tmp_path, PHOTOS)
    pictures = json.loads((tmp_path / "comparison.json").read_text(encoding="utf-8"))["pictures"]
    assert pictures == {"before": "comparison.before.jpg", "after": "comparison.after.jpg"}
    assert cv2.imread(str(tmp_path / "comparison.after.jpg")).shape == PHOTOS[1].shape


def test_no_picture_speaks_of_change_where_a_pair_may_not_be_compared(tmp_path: Path) -> None:
    write_comparison(replace(build_comparison(), comparable=Comparable(False, ())), tmp_path, PHOTOS)
    pictures = json.loads((tmp_path / "comparison.json").read_text(encoding="utf-8"))["pictures"]
    assert set(pictures) == {"before", "after", "before_outlines", "after_outlines"}


def test_a_comparison_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    written = build_comparison()
    write_comparison(written, tmp_path, PHOTOS)
    stored = read_comparison(tmp_path)
    masks = [stored.comparison.before.masks, stored.comparison.after.masks]
    assert masks == [{"scars": "comparison.before.scars.png"}, {"scars": "comparison.after.scars.png"}]
    read = replace(
        stored.comparison,
        before=replace(stored.comparison.before, masks={}),
        after=replace(stored.comparison.after, masks={}),
    )
    assert read == replace(written, pair=None)
    mask = cv2.imread(str(tmp_path / "comparison.before.scars.png"), cv2.IMREAD_UNCHANGED)
    assert mask.shape == (240, 320)
    assert np.unique(mask).tolist() == [0, 1, 2, 3]
    assert all(path.is_file() for path in stored.pictures.values())


def test_a_comparison_that_names_files_elsewhere_is_refused(tmp_path: Path) -> None:
    write_comparison(build_comparison(), tmp_path, PHOTOS)
    path = tmp_path / "comparison.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    data["pictures"]["before"] = "../../secret.png"
    path.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(ResultFileError, match="compare the photographs again"):
        read_comparison(tmp_path)
