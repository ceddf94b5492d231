"""What an import does besides drawing: nothing by halves, names, patients, raters, orientation, adding."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from photo_files import corners, save_jpeg, skin
from PIL import Image
from sets import FILES, TABLE, import_set, mask_of, photographs

pytest.importorskip("pycocotools", reason="the training extra is not installed")

from data.errors import DatasetError
from data.importing.brush import decode_brush, encode_brush
from data.importing.collect import Treatment
from data.importing.draw import Drawing
from data.importing.formats import Format
from data.importing.patients import PatientRule
from data.importing.regions import run_lengths_region
from data.importing.table import Table, read_table
from data.importing.upright import stored_size, upright_point
from data.masks import IGNORE
from inference.photo.read import upright

PLAIN = Table()


def save_mask(path: Path, box: tuple[slice, slice], size: tuple[int, int] = (96, 128)) -> None:
    mask = np.zeros(size, np.uint8)
    mask[box] = 255
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(mask).save(path)


def write_csv(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def refused(tmp_path: Path, *args: object, **options: object) -> str:
    """The message of a refused import, which must leave nothing behind."""
    before = sorted(path.name for path in tmp_path.iterdir())
    with pytest.raises(DatasetError) as caught:
        import_set(tmp_path, *args, **options)
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    return str(caught.value)


def test_unknown_classes_are_listed_and_nothing_is_written(tmp_path: Path) -> None:
    photos = photographs(tmp_path / "photos")
    message = refused(tmp_path, Format.CVAT, FILES / "cvat", photos, table=PLAIN)
    line = next(line for line in message.splitlines() if "tattoo" in line)
    assert line == "annotations.xml line 39: no class 'tattoo' in the table of classes"
    assert "map class names with --table" in message


def test_every_fault_is_listed_with_its_place(tmp_path: Path) -> None:
    photos = photographs(tmp_path / "photos")
    content = {
        "images": [
            {"id": 1, "file_name": "a.jpg", "width": 120, "height": 96},
            {"id": 2, "file_name": "missing.jpg", "width": 128, "height": 96},
            {"id": 3, "file_name": "b.jpg", "width": 128, "height": 96},
        ],
        "annotations": [
            {"image_id": 3, "category_id": 1, "segmentation": [[1, 2, 3, 4]]},
            {"image_id": 3, "category_id": 7, "segmentation": [[1, 2, 3, 4, 5, 6]]},
            {"image_id": 3, "category_id": 1, "segmentation": {"size": [96, 128], "counts": [5, 5]}},
            {"image_id": 9, "category_id": 1, "bbox": [1, 2, 3, 4]},
            {"category_id": 1},
        ],
        "categories": [{"id": 1, "name": "boxcar"}],
    }
    (tmp_path / "x.json").write_text(json.dumps(content))
    message = refused(tmp_path, Format.COCO, tmp_path / "x.json", photos)
    for expected in (
        "x.json images[0]: labels are 120 x 96 pixels, a.jpg is 128 x 96",
        "x.json images[1]: no photograph missing.jpg in photos",
        "x.json annotations[0]: a polygon needs three corners",
        "x.json annotations[1]: category_id 7 is no category",
        "x.json annotations[2]: its run lengths do not add up",
        "x.json annotations[3]: 1 annotations of image_id 9",
        "x.json annotations[4]: image_id: Field required",
    ):
        assert expected in message


def test_an_unreadable_photograph_stops_the_import(tmp_path: Path) -> None:
    photos = photographs(tmp_path / "photos")
    (photos / "a.jpg").write_bytes((photos / "a.jpg").read_bytes()[:2000])
    assert "a.jpg is damaged" in refused(tmp_path, Format.CVAT, FILES / "cvat", photos)


def test_a_set_is_never_overwritten_unasked(tmp_path: Path) -> None:
    photos = photographs(tmp_path / "photos")
    import_set(tmp_path, Format.CVAT, FILES / "cvat", photos)
    assert "add to it with --add" in refused(tmp_path, Format.CVAT, FILES / "cvat", photos)


@pytest.mark.parametrize("name", ["table.csv", "table.toml"])
def test_tables_map_names(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(
        "theirs,ours\nIce pick,icepick\ntattoo,drop\n"
        if name.endswith("csv")
        else '[classes]\n"Ice pick" = "icepick"\ntattoo = "drop"\n'
    )
    assert read_table(path).classes == {"Ice pick": "icepick", "tattoo": "drop"}


@pytest.mark.parametrize("text", ["theirs;ours\na;b\n", "[classes\n", "[colours]\na='b'\n"])
def test_unusable_tables_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / ("t.csv" if ";" in text else "t.toml")
    path.write_text(text)
    with pytest.raises(DatasetError):
        read_table(path)


def test_a_table_cannot_map_to_what_is_no_class(tmp_path: Path) -> None:
    photos = photographs(tmp_path / "photos")
    table = Table(classes={"Ice pick": "icepik"})
    assert "maps to icepik: use none, icepick" in refused(
        tmp_path, Format.CVAT, FILES / "cvat", photos, table=table
    )


def test_overlap_ignore_drop_scar_and_partial(tmp_path: Path) -> None:
    photos = photographs(tmp_path / "photos", ("a",))
    boxes = {"boxcar": np.s_[10:30, 10:30], "icepick": np.s_[20:40, 20:40], "eye": np.s_[0:96, 60:128]}
    for name, box in {**boxes, "any": np.s_[50:60, 50:60]}.items():
        save_mask(tmp_path / "masks" / name / "a.png", box)
    table = Table(classes={"eye": "drop", "any": "scar"})
    import_set(tmp_path, Format.MASKS, tmp_path / "masks", photos, table=table, out="one")
    _, one = import_set(tmp_path, Format.MASKS, tmp_path / "masks", photos, table=table, out="two")
    counts = dict(zip(*np.unique(mask_of(one, "a"), return_counts=True), strict=True))
    assert counts == {0: 96 * 128 - 800, 1: 300, 2: 300, IGNORE: 200}
    drawing = Drawing(overlap="last", partial=True)
    _, other = import_set(
        tmp_path, Format.MASKS, tmp_path / "masks", photos, Treatment(drawing=drawing), table, "three"
    )
    counts = dict(zip(*np.unique(mask_of(other, "a"), return_counts=True), strict=True))
    assert counts == {1: 400, 2: 300, IGNORE: 96 * 128 - 700}


def test_masks_named_by_suffix_and_those_of_score(tmp_path: Path) -> None:
    photos = photographs(tmp_path / "photos", ("p_1", "p_2", "p_3", "p_scar"))
    save_mask(tmp_path / "masks" / "p_1_ice_pick.png", np.s_[0:4, 0:4])
    save_mask(
        tmp_path / "masks" / "boxcar" / "p_scar.png", np.s_[0:4, 0:4]
    )  # the folder counts before the name
    own = np.zeros((96, 128), np.uint8)
    own[5:9, 5:9] = 3
    Image.fromarray(own).save(tmp_path / "masks" / "p_2.scars.png")
    table = Table(classes={"ice_pick": "icepick"})
    _, stored = import_set(tmp_path, Format.MASKS, tmp_path / "masks", photos, table=table)
    assert (mask_of(stored, "p_1") == 1).sum() == 16
    np.testing.assert_array_equal(mask_of(stored, "p_2"), own)
    assert (mask_of(stored, "p_scar") == 2).sum() == 16
    assert stored.photos["p_3"].mask is None


def test_an_empty_photograph_is_unlabelled_unless_it_is_said_to_be_clear(tmp_path: Path) -> None:
    photos = photographs(tmp_path / "photos", ("a",))
    source = tmp_path / "x.json"
    images = [{"id": 1, "file_name": "a.jpg", "width": 128, "height": 96}]
    source.write_text(json.dumps({"images": images, "annotations": [], "categories": []}))
    _, stored = import_set(tmp_path, Format.COCO, source, photos, out="one")
    assert stored.photos["a"].mask is None
    _, stored = import_set(tmp_path, Format.COCO, source, photos, Treatment(empty="clear"), out="two")
    assert not mask_of(stored, "a").any()


def test_marks_in_csv(tmp_path: Path) -> None:
    photos = photographs(tmp_path / "photos")
    source = write_csv(
        tmp_path / "b.csv",
        "file;x_px;y_px;width_px;height_px;kind;who",
        "a;1,5;2;10;20;;R1",
        "b;0;0;500;9;none;",
    )
    table = Table(columns={"file": "photo", "kind": "type", "who": "rater"})
    _, stored = import_set(tmp_path, Format.BOXES, source, photos, table=table, out="one")
    got = [(b.photo_id, b.rater_id, b.type, b.x0_px, b.x1_px, b.y1_px) for b in stored.sidecars.boxes]
    assert got == [("a", "R1", None, 1.5, 11.5, 22), ("b", None, "none", 0, 128, 9)]
    source = write_csv(tmp_path / "p.csv", "photo,x_px,y_px,type", "a.jpg,5,6,rolling", "a.jpg,500,6,rolling")
    message = refused(tmp_path, Format.POINTS, source, photos, out="two")
    assert "p.csv line 3: the point lies outside the photograph" in message


GRADES = ("photo,rater,patient_id,grade_ecca", "a,R1,p1,40", "a,R2,p1,55", "b,R1,p2,")


def test_grades_of_several_raters(tmp_path: Path) -> None:
    photos = photographs(tmp_path / "photos")
    _, wide = import_set(tmp_path, Format.GRADES, write_csv(tmp_path / "g.csv", *GRADES), photos, out="wide")
    expected = [("a", "p1", "R1", {"ecca": 40}), ("a", "p1", "R2", {"ecca": 55}), ("b", "p2", None, {})]
    assert [(r.photo_id, r.patient_id, r.rater_id, r.grades) for r in wide.rows] == expected
    lines = ("picture,rater,scale,value", "a,R1,ECCA,40", "a,R1,gb,7", "a,R2,ECCA,55")
    table = Table(columns={"picture": "photo", "ECCA": "grade_ecca", "gb": "goodman_baron_quantitative"})
    source = write_csv(tmp_path / "long.csv", *lines)
    _, long = import_set(tmp_path, Format.GRADES, source, photos, table=table, out="long")
    assert [r.grades for r in long.rows] == [{"ecca": 40, "goodman_baron_quantitative": 7}, {"ecca": 55}]


def test_grades_that_contradict_and_columns_that_are_unknown_are_named(tmp_path: Path) -> None:
    photos = photographs(tmp_path / "photos")
    lines = ("photo,rater,remark,grade_ecca", "a,R1,good,40", "a,R1,,41", "a,R2,,many")
    message = refused(tmp_path, Format.GRADES, write_csv(tmp_path / "g.csv", *lines), photos)
    assert "g.csv line 2: the column 'remark' is not understood" in message
    assert "g.csv line 3: a has two grades ecca of R1" in message
    assert "g.csv line 4: could not convert string to float: 'many'" in message


def test_folders_and_patients_by_pattern(tmp_path: Path) -> None:
    for seed, name in enumerate(("boxcar/p1_a", "boxcar/p2_a", "ice_pick/p1_b")):
        save_jpeg(tmp_path / "photos" / f"{name}.jpg", skin(96, 128, seed=seed))
    table = Table(classes={"ice_pick": "icepick"})
    treatment = Treatment(patient=PatientRule(r"(p\d+)_"))
    imported, stored = import_set(tmp_path, Format.FOLDERS, tmp_path / "photos", None, treatment, table)
    assert [(r.photo_id, r.patient_id) for r in stored.rows] == [
        ("boxcar/p1_a", "p1"),
        ("boxcar/p2_a", "p2"),
        ("ice_pick/p1_b", "p1"),
    ]
    assert [t.type for t in stored.sidecars.types] == ["boxcar", "boxcar", "icepick"]
    assert imported.unknown_patients == 0
    treatment = Treatment(patient=PatientRule(r"(q\d+)_"))
    message = refused(tmp_path, Format.FOLDERS, tmp_path / "photos", None, treatment, table, "two")
    assert "does not fit the pattern" in message


def test_an_empty_table_is_refused(tmp_path: Path) -> None:
    photos = photographs(tmp_path / "photos")
    (tmp_path / "g.csv").write_text("\n")
    assert "g.csv has no line of column names" in refused(tmp_path, Format.GRADES, tmp_path / "g.csv", photos)


def test_facts_fill_the_manifest(tmp_path: Path) -> None:
    photos = photographs(tmp_path / "photos")
    facts = write_csv(
        tmp_path / "facts.csv", "photo,patient_id,mm_per_px,days_from_baseline", "a,p1,0.05,0", "b,p1,0.04,42"
    )
    _, stored = import_set(tmp_path, Format.CVAT, FILES / "cvat", photos, facts=facts)
    assert [(r.patient_id, r.mm_per_px, r.days_from_baseline) for r in stored.rows] == [
        ("p1", 0.05, 0),
        ("p1", 0.04, 42),
    ]


def test_facts_told_again_are_compared_as_numbers_and_patients_as_names(tmp_path: Path) -> None:
    photos = photographs(tmp_path / "photos")
    facts = write_csv(tmp_path / "facts.csv", "photo,patient_id,mm_per_px", "a,01,0.10500", "b,01,0.04")
    import_set(tmp_path, Format.CVAT, FILES / "cvat", photos, facts=facts)
    lines = ("photo,rater,grade_ecca", "a,R1,40")
    grades = write_csv(tmp_path / "g.csv", *lines)
    _, stored = import_set(tmp_path, Format.GRADES, grades, photos, add=True, facts=facts)
    assert {row.mm_per_px for row in stored.rows} == {0.105, 0.04}
    write_csv(tmp_path / "facts.csv", "photo,patient_id,mm_per_px", "a,1,0.106", "b,01,0.040")
    message = refused(tmp_path, Format.GRADES, grades, photos, add=True, facts=facts)
    assert "mm_per_px of a is 0.106 here and 0.105 elsewhere" in message
    assert "patient_id of a is 1 here and 01 elsewhere" in message


def test_near_duplicates_count_as_one_patient_where_nobody_is_named(tmp_path: Path) -> None:
    photos = photographs(tmp_path / "photos")
    again = np.ascontiguousarray(skin(96, 128, seed=0)[:, ::-1])  # mirrored, and saved at another quality
    Image.fromarray(again).save(photos / "c.jpg", quality=60)
    lines = ("photo,grade_ecca", "a,1", "b,2", "c,3")
    imported, stored = import_set(tmp_path, Format.GRADES, write_csv(tmp_path / "g.csv", *lines), photos)
    assert [r.patient_id for r in stored.rows] == ["unknown-a", "unknown-b", "unknown-a"]
    assert imported.unknown_patients == 3


def test_adding_finds_the_same_photograph_under_another_name(tmp_path: Path) -> None:
    photos = photographs(tmp_path / "photos")
    import_set(tmp_path, Format.CVAT, FILES / "cvat", photos)
    renamed = tmp_path / "renamed"
    renamed.mkdir()
    (renamed / "first.jpg").write_bytes((photos / "a.jpg").read_bytes())
    source = write_csv(tmp_path / "g.csv", "photo,rater,patient_id,grade_ecca", "first,R1,p1,40")
    imported, stored = import_set(tmp_path, Format.GRADES, source, renamed, add=True)
    assert [(r.photo_id, r.patient_id, r.rater_id, r.grades) for r in stored.rows] == [
        ("a", "p1", None, {}),
        ("a", "p1", "R1", {"ecca": 40}),
        ("b", "unknown-b", None, {}),
    ]
    assert imported.unknown_patients == 1
    assert len(stored.sidecars.points) == 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["g.csv", "photos", "renamed", "set"]


def test_corrections_come_as_a_manifest_and_stand_beside_or_replace(tmp_path: Path) -> None:
    photos = photographs(tmp_path / "photos")
    _, first = import_set(tmp_path, Format.CVAT, FILES / "cvat", photos)
    save_mask(tmp_path / "corrected" / "boxcar" / "a.png", np.s_[0:10, 0:10])
    _, second = import_set(tmp_path, Format.MASKS, tmp_path / "corrected", photos, out="corrections")
    message = refused(tmp_path, Format.MANIFEST, second.folder, None, add=True)
    assert "a has a mask of this rater already: use --rater or --replace" in message
    _, beside = import_set(tmp_path, Format.MANIFEST, second.folder, None, Treatment(rater="dr_b"), add=True)
    np.testing.assert_array_equal(mask_of(beside, "a"), mask_of(first, "a"))
    assert (mask_of(beside, "a", "dr_b") == 2).sum() == 100
    _, replaced = import_set(
        tmp_path, Format.MANIFEST, second.folder, None, Treatment(replace=True), add=True
    )
    np.testing.assert_array_equal(mask_of(replaced, "a"), mask_of(second, "a"))
    assert replaced.sidecars == first.sidecars  # what the corrections do not speak of stays


def test_parquet_holds_the_manifest(tmp_path: Path) -> None:
    import pandas as pd

    from data.importing.formats import reader_of
    from data.importing.write import ImportOptions, write_dataset

    photos = photographs(tmp_path / "photos")
    source = write_csv(tmp_path / "g.csv", *GRADES)
    write_dataset(
        reader_of(Format.GRADES, source, photos, PLAIN, ImportOptions().classes),
        tmp_path / "s",
        ImportOptions(parquet=True),
    )
    table = pd.read_parquet(tmp_path / "s" / "manifest.parquet")
    with (tmp_path / "s" / "manifest.csv").open() as stream:
        assert list(table.columns) == next(csv.reader(stream))
    assert table["grade_ecca"].tolist()[:2] == [40, 55]
    assert table["grade_ecca"].isna().tolist() == [False, False, True]


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_labels_made_on_stored_pixels_are_turned(tmp_path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    save_jpeg(tmp_path / "photos" / "a.jpg", corners(), exif=exif)
    save_mask(
        tmp_path / "masks" / "boxcar" / "a.png", np.s_[0:48, 0:64]
    )  # the red quarter of the stored picture
    _, stored = import_set(
        tmp_path, Format.MASKS, tmp_path / "masks", tmp_path / "photos", Treatment(pixels="stored"), TABLE
    )
    from inference.photo.read import read_photo

    rgb = read_photo(stored.folder / "photos" / "a.jpg").rgb
    red = (rgb[..., 0] > 160) & (rgb[..., 1] < 80)
    assert ((mask_of(stored, "a") == 2) == red).mean() > 0.99
    if orientation in (6, 8):
        message = refused(tmp_path, Format.MASKS, tmp_path / "masks", tmp_path / "photos", out="two")
        assert "of the other orientation: see --pixels" in message


@settings(deadline=None)
@given(st.integers(1, 8), st.integers(0, 6), st.integers(0, 4))
def test_points_turn_with_their_pixels(orientation: int, column: int, row: int) -> None:
    picture = np.zeros((5, 7), np.uint8)
    picture[row, column] = 1
    turned = upright(picture, orientation)
    rows, columns = np.nonzero(turned)
    x, y = upright_point(column + 0.5, row + 0.5, (7, 5), orientation)
    assert (x, y) == (columns[0] + 0.5, rows[0] + 0.5)
    assert stored_size((turned.shape[1], turned.shape[0]), orientation) == (7, 5)


@settings(max_examples=40, deadline=None)
@given(arrays(np.bool_, st.tuples(st.integers(1, 24), st.integers(1, 24))))
def test_brush_strokes_come_back(mask: np.ndarray) -> None:
    height, width = mask.shape
    np.testing.assert_array_equal(decode_brush(encode_brush(mask), width, height), mask)


def test_long_brush_runs_and_damaged_strokes() -> None:
    mask = np.zeros((300, 400), np.bool_)
    mask[100:250] = True
    np.testing.assert_array_equal(decode_brush(encode_brush(mask), 400, 300), mask)
    for broken in (encode_brush(mask)[:9], [], [300], encode_brush(mask[:10])):
        with pytest.raises(ValueError, match="run lengths"):
            decode_brush(broken, 400, 300)


@settings(max_examples=40, deadline=None)
@given(arrays(np.bool_, st.tuples(st.integers(1, 12), st.integers(1, 12)), fill=st.booleans()))
def test_cvat_run_lengths_come_back(mask: np.ndarray) -> None:
    flat = np.concatenate(([False], mask.ravel()))
    edges = np.flatnonzero(np.diff(flat))
    counts = np.diff(np.concatenate(([0], edges, [mask.size]))).tolist()
    region = run_lengths_region("boxcar", counts, 3, 4, mask.shape[1], mask.shape[0], "here")
    drawn = np.zeros((20, 20), np.bool_)
    height, width = region.mask.shape
    drawn[region.top : region.top + height, region.left : region.left + width] = region.mask
    np.testing.assert_array_equal(drawn[4 : 4 + mask.shape[0], 3 : 3 + mask.shape[1]], mask)
    assert drawn.sum() == mask.sum()


def test_photographs_of_one_name_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    for seed, folder in enumerate(("left", "right")):
        save_jpeg(tmp_path / "photos" / folder / "a.jpg", skin(96, 128, seed=seed))
    lines = ("photo,grade_ecca", "visits/right/a.jpg,1")
    _, stored = import_set(
        tmp_path, Format.GRADES, write_csv(tmp_path / "g.csv", *lines), tmp_path / "photos"
    )
    assert [row.photo_id for row in stored.rows] == ["right/a"]
    lines = ("photo,grade_ecca", "a.jpg,1")
    message = refused(
        tmp_path, Format.GRADES, write_csv(tmp_path / "g.csv", *lines), tmp_path / "photos", out="two"
    )
    assert "a.jpg may be any of left/a.jpg, right/a.jpg" in message
