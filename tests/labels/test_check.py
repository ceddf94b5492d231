"""What is wrong with a set is found, and splits that leak are refused."""

import json
import re
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from photo_files import skin
from PIL import Image, ImageEnhance
from typer.testing import CliRunner

pytest.importorskip("torch", reason="the training extra is not installed")

from data.checking.check import check_set
from data.checking.duplicates import SAME_BITS, codes_of, groups_of, likenesses
from data.checking.folds import (
    Folds,
    check_folds,
    draw_folds,
    extend_folds,
    read_folds,
    together,
    write_folds,
)
from data.errors import DatasetError, LeakError
from data.labelled import read_labelled_set
from data.manifest import ManifestRow, read_manifest, write_manifest
from data.masks import IGNORE, SCAR_CLASSES, write_classes, write_mask
from data.sidecars import BoxRow, Sidecars, TypeRow, read_sidecars, write_sidecars
from training.cli import app
from training.evaluate.agreement import dice, icc_2_1, kappa, weighted_kappa
from training.labels.agreement import agreements
from training.labels.tone import scale_counts, tone_counts, tone_of


def run(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return result.exit_code, result.stdout, result.stderr


def save_photo(path: Path, rgb: np.ndarray, quality: int = 92) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(rgb).save(path, quality=quality)


def make_set(
    folder: Path, pictures: dict[str, np.ndarray], rows: list[dict[str, object]], masks: dict[str, np.ndarray]
) -> Path:
    for name, rgb in pictures.items():
        save_photo(folder / "photos" / f"{name}.jpg", rgb)
    for name, mask in masks.items():
        write_mask(folder / "masks" / f"{name}.png", mask, SCAR_CLASSES)
    write_classes(folder / "classes.json", SCAR_CLASSES)
    full = [
        {"patient_id": f"p-{row['photo_id']}", "image": f"photos/{row['photo_id']}.jpg", **row}
        for row in rows
    ]
    write_manifest(folder / "manifest.csv", [ManifestRow.model_validate(row) for row in full])
    return folder


def blank(value: int = 0) -> np.ndarray:
    return np.full((96, 128), value, np.uint8)


def scarred() -> np.ndarray:
    mask = blank()
    mask[10:20, 10:20] = 2
    mask[40:50, 40:60] = 2
    mask[60:70, 60:70] = 1
    return mask


@pytest.fixture
def faulty(tmp_path: Path) -> Path:
    names = ("good", "small", "empty", "nothing", "bad", "gone", "bare")
    pictures = {name: skin(96, 128, seed=seed) for seed, name in enumerate(names)}
    masks = {"good": scarred(), "small": scarred()[:80], "empty": blank(), "nothing": blank(IGNORE)}
    rows: list[dict[str, object]] = [{"photo_id": name, "mask": f"masks/{name}.png"} for name in names[:6]]
    folder = make_set(tmp_path, pictures, [*rows, {"photo_id": "bare"}], masks)
    Image.fromarray(blank(9)).save(folder / "masks" / "bad.png")
    write_mask(folder / "masks" / "gone.png", blank(), SCAR_CLASSES)
    (folder / "photos" / "gone.jpg").unlink()
    write_mask(folder / "masks" / "left.png", blank(), SCAR_CLASSES)
    return folder


def test_every_fault_is_found(faulty: Path) -> None:
    checked = check_set(faulty)
    found = {(f.severity, f.photo_id): f.message for f in checked.findings}
    assert "cannot be opened" in found["fault", "gone"]
    assert found["fault", "small"] == "its mask has 128 x 80 pixels, the photograph 128 x 96"
    assert "values [9]" in found["fault", "bad"]
    assert "nothing is labelled" in found["warning", "nothing"]
    assert "no scars" in found["note", "empty"]
    notes = " ".join(f.message for f in checked.findings if f.photo_id is None)
    assert "1 files in masks/ are in no row, as left.png" in notes
    assert "1 photographs have no label, as bare" in notes
    good = next(mask for mask in checked.examined.masks if mask.photo_id == "good")
    assert (good.pixels, good.patches) == ({"icepick": 100, "boxcar": 300}, {"icepick": 1, "boxcar": 2})


def test_the_command_names_faults_and_writes_a_page_that_needs_nothing(faulty: Path, tmp_path: Path) -> None:
    page, facts = tmp_path / "check.html", tmp_path / "check.json"
    code, out, err = run("check", faulty, "--tones", 0, "--html", page, "--json", facts)
    assert code == 1
    assert "small: its mask has 128 x 80 pixels" in err
    assert "boxcar     2 photographs" in out
    html = page.read_text(encoding="utf-8")
    assert html.count("data:image/jpeg;base64,") >= 2
    assert not re.search(r"(?:src|href)\s*=\s*[\"'](?!data:)", html)
    assert "<script" not in html
    assert len(json.loads(facts.read_text())["findings"]) == len(check_set(faulty).findings)


def test_a_set_without_faults_passes(tmp_path: Path) -> None:
    folder = make_set(
        tmp_path, {"a": skin(96, 128)}, [{"photo_id": "a", "mask": "masks/a.png"}], {"a": scarred()}
    )
    assert run("check", folder, "--tones", 0)[0] == 0
    assert run("check", tmp_path / "nowhere", "--tones", 0)[0] == 2


def changed(rgb: np.ndarray, kind: str) -> np.ndarray:
    height, width = rgb.shape[:2]
    match kind:
        case "smaller":
            return cv2.resize(rgb, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
        case "stretched":
            return cv2.resize(rgb, (width, height * 5 // 6), interpolation=cv2.INTER_AREA)
        case "brighter":
            return np.asarray(ImageEnhance.Brightness(Image.fromarray(rgb)).enhance(1.15))
        case "mirrored":
            return np.ascontiguousarray(rgb[:, ::-1])
        case "turned":
            return np.ascontiguousarray(np.rot90(rgb, 1))
        case _:
            return np.ascontiguousarray(np.rot90(rgb[::-1], 2))


@pytest.mark.parametrize("kind", ["smaller", "stretched", "brighter", "mirrored", "turned", "flipped"])
def test_near_duplicates_are_found_and_others_are_not(kind: str) -> None:
    pictures = {str(seed): skin(192, 256, seed=seed) for seed in range(12)}
    codes = {name: codes_of(rgb) for name, rgb in pictures.items()}
    codes["again"] = codes_of(changed(pictures["4"], kind))
    found = likenesses(codes)
    assert [(one.one, one.other) for one in found] == [("4", "again")]
    assert found[0].bits <= SAME_BITS


def test_groups_join_through_any_member() -> None:
    assert groups_of(list("abcdef"), [("e", "c"), ("c", "b"), ("f", "f")]) == dict(
        zip("abcdef", "abbdbf", strict=True)
    )


def leaking(tmp_path: Path, splits: tuple[str | None, str | None]) -> Path:
    one = skin(96, 128, seed=1)
    rows: list[dict[str, object]] = [
        {"photo_id": name, "split": split} for name, split in zip("ab", splits, strict=True)
    ]
    return make_set(tmp_path, {"a": one, "b": changed(one, "mirrored")}, rows, {})


def test_near_duplicates_across_splits_are_refused(tmp_path: Path) -> None:
    folder = leaking(tmp_path, ("train", "test"))
    code, _, err = run("check", folder, "--tones", 0, "--html", tmp_path / "c.html")
    assert code == 2
    assert "a in train and b in test show the same picture" in err
    assert "The splits are refused" in (tmp_path / "c.html").read_text(encoding="utf-8")
    assert "of another patient" in " ".join(f.message for f in check_set(folder).findings)


def test_a_patient_across_splits_is_refused(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {"photo_id": "a", "patient_id": "p", "split": "train"},
        {"photo_id": "b", "patient_id": "p", "split": "validation"},
    ]
    folder = make_set(tmp_path, {n: skin(96, 128, seed=s) for s, n in enumerate("ab")}, rows, {})
    code, _, err = run("check", folder, "--tones", 0)
    assert code == 2
    assert "one patient in several splits" in err


def typed_set(tmp_path: Path, count: int) -> Path:
    names = [f"n{k:02d}" for k in range(count)]
    pictures = {name: skin(160, 200, seed=seed) for seed, name in enumerate(names)}
    pictures["n01"] = changed(pictures["n00"], "smaller")
    folder = make_set(tmp_path, pictures, [{"photo_id": name} for name in names], {})
    kinds = ("boxcar", "icepick", "rolling")
    types = tuple(TypeRow(photo_id=name, type=kinds[k % 3]) for k, name in enumerate(names))
    write_sidecars(folder, Sidecars(types=types))
    return folder


def test_fractions_keep_near_duplicates_together(tmp_path: Path) -> None:
    folder = typed_set(tmp_path, 15)
    for seed in range(6):
        code, out, _ = run("split", folder, "--fractions", 0.5, 0, 0.5, "--seed", seed)
        assert code == 0
        split = {row.photo_id: row.split for row in read_manifest(folder / "manifest.csv")}
        assert split["n00"] == split["n01"]
        assert set(split.values()) == {"train", "test"}
        assert f"test: {list(split.values()).count('test')} photographs of" in out
    assert run("check", folder, "--tones", 0)[0] == 0


def test_a_split_that_nobody_falls_to_is_refused(tmp_path: Path) -> None:
    folder = leaking(tmp_path, (None, None))  # one group of near-duplicates
    before = (folder / "manifest.csv").read_bytes()
    code, _, err = run("split", folder, "--fractions", 0.5, 0, 0.5)
    assert code == 2
    assert "None of 1 patients or groups fell to" in err
    assert (folder / "manifest.csv").read_bytes() == before


def test_folds_are_written_once_and_reused(tmp_path: Path) -> None:
    folder = typed_set(tmp_path, 15)
    assert run("split", folder, "--folds", 5)[0] == 0
    first = read_folds(folder / "folds.csv")
    assert first.fold["n00"] == first.fold["n01"]
    assert set(first.fold.values()) == set(range(5))
    typed_set(tmp_path, 18)
    code, out, _ = run("split", folder, "--folds", 5, "--seed", 9)
    assert code == 0
    assert "3 photographs joined" in out
    later = read_folds(folder / "folds.csv")
    assert {name: later.fold[name] for name in first.fold} == first.fold
    assert len(later.fold) == 18
    assert run("split", folder, "--folds", 4)[0] == 2
    assert run("split", folder)[0] == 2


def test_leaking_folds_are_refused(tmp_path: Path) -> None:
    folder = typed_set(tmp_path, 6)
    names = sorted(read_labelled_set(folder).photos)
    fold = {name: k % 2 for k, name in enumerate(names)}
    write_folds(folder / "folds.csv", Folds(fold, {name: name for name in names}, 2))
    for command in (("check", folder, "--tones", 0), ("split", folder, "--folds", 2)):
        code, _, err = run(*command)
        assert code == 2
        assert "n00 and n01 belong together" in err


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 9), st.sampled_from(["x", "y"])), min_size=8, max_size=40),
    st.integers(2, 4),
)
def test_folds_never_part_a_group(photos: list[tuple[int, str]], count: int) -> None:
    group = {f"{k}": str(person) for k, (person, _) in enumerate(photos)}
    classes = {f"{k}": kind for k, (_, kind) in enumerate(photos)}
    if len(set(group.values())) < count:
        with pytest.raises(DatasetError, match="cannot fill"):
            draw_folds(group, classes, count, seed=0)
        return
    folds = draw_folds(group, classes, count, seed=0)
    check_folds(folds, group)
    check_folds(draw_folds(group, dict(zip(group, group, strict=True)), count, seed=0), group)
    assert draw_folds(dict(reversed(group.items())), classes, count, seed=0).fold == folds.fold
    more = {**group, "late": "0", "new": "somebody"}
    extended = extend_folds(folds, more, {**classes, "late": "x", "new": "y"})
    check_folds(extended, more)
    assert {name: extended.fold[name] for name in group} == folds.fold


def test_folds_spread_classes() -> None:
    group = {str(k): str(k) for k in range(45)}
    classes = {str(k): ("boxcar", "icepick", "rolling")[k % 3] for k in range(45)}
    folds = draw_folds(group, classes, 5, seed=3)
    assert set(Counter((folds.fold[name], classes[name]) for name in group).values()) == {3}


def test_a_new_photograph_that_joins_two_folds_is_refused() -> None:
    folds = Folds({"a": 0, "b": 1}, {"a": "a", "b": "b"}, 2)
    rows = [ManifestRow(photo_id=n, patient_id=n, image=f"{n}.jpg") for n in "abc"]
    group = together(rows, [("a", "c"), ("c", "b")])
    with pytest.raises(LeakError, match="a and b belong together"):
        extend_folds(folds, group, dict.fromkeys("abc", "x"))


@pytest.mark.parametrize("text", ["", "photo_id,group_id\na,a\n", "photo_id,group_id,fold\na,a,x\n"])
def test_unusable_folds_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "folds.csv").write_text(text)
    with pytest.raises(DatasetError):
        read_folds(tmp_path / "folds.csv")


def test_sidecars_come_back_and_mistakes_are_named(tmp_path: Path) -> None:
    boxes = (BoxRow(photo_id="a", type=None, x0_px=0, y0_px=1.25, x1_px=9, y1_px=8),)
    sidecars = Sidecars(boxes=boxes, types=(TypeRow(photo_id="a", rater_id="R", type="boxcar"),))
    write_sidecars(tmp_path, sidecars)
    assert read_sidecars(tmp_path, SCAR_CLASSES, ["a"]) == sidecars
    assert not (tmp_path / "points.csv").exists()
    with pytest.raises(DatasetError, match=r"boxes.csv line 2: photo a is not in the manifest"):
        read_sidecars(tmp_path, SCAR_CLASSES, ["b"])
    (tmp_path / "types.csv").write_text("photo_id,rater_id,type\na,,crater\n")
    with pytest.raises(DatasetError, match=r"types.csv line 2: crater is no class"):
        read_sidecars(tmp_path, SCAR_CLASSES, ["a"])
    (tmp_path / "boxes.csv").write_text("photo_id,x0_px,y0_px,x1_px,y1_px\na,5,5,4,9\n")
    with pytest.raises(DatasetError, match=r"boxes.csv line 2.*larger"):
        read_sidecars(tmp_path, SCAR_CLASSES, ["a"])


# ------------------------------------------------------------------ agreement


def test_kappa_is_that_of_the_textbook() -> None:
    # Cohen 1960's layout: 20 both yes, 15 both no, 5 and 10 apart: observed 0.7, by chance 0.5, so 0.4.
    one = ["yes"] * 25 + ["no"] * 25
    other = ["yes"] * 20 + ["no"] * 5 + ["yes"] * 10 + ["no"] * 15
    assert kappa(one, other) == pytest.approx(0.4)
    assert kappa(["a", "a"], ["a", "a"]) is None
    assert weighted_kappa([1, 1], [1, 1]) is None


def test_weighted_kappa_is_that_of_scikit_learn_on_whole_grades() -> None:
    from sklearn.metrics import cohen_kappa_score

    one, other = [0, 0, 1, 4, 4, 1], [0, 1, 1, 4, 1, 4]
    expected = cohen_kappa_score(one, other, labels=[0, 1, 2, 3, 4], weights="quadratic")
    assert weighted_kappa(one, other) == pytest.approx(expected)
    # Half points count as half: the same grades on a finer scale agree as well.
    assert weighted_kappa([a / 2 for a in one], [b / 2 for b in other]) == pytest.approx(expected)


def test_icc_of_three_raters_is_shrout_and_fleiss_example() -> None:
    # Their table 2: six targets, four judges, ICC(2,1) = 0.29.
    table = np.array(
        [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], float
    )
    assert icc_2_1(table).value == pytest.approx(0.29, abs=0.005)


def test_dice_of_half_overlap() -> None:
    assert dice([1, 1, 0, 0], [0, 1, 1, 0]) == pytest.approx(0.5)
    assert dice([0, 0], [0, 0]) is None


def test_raters_of_a_set_are_compared(tmp_path: Path) -> None:
    pictures = {f"n{k}": skin(96, 128, seed=k) for k in range(6)}
    shifted = np.roll(scarred(), 5, axis=1)
    rows: list[dict[str, object]] = []
    for k, name in enumerate(pictures):
        for rater, extra in (("R1", 0), ("R2", k % 2)):
            rows.append({"photo_id": name, "rater_id": rater, "grades": {"ecca": k + extra}})
    rows[0]["mask"], rows[1]["mask"] = "masks/n0.R1.png", "masks/n0.R2.png"
    folder = make_set(tmp_path, pictures, rows, {"n0.R1": scarred(), "n0.R2": shifted})
    found = {
        (one.what, one.raters, one.figure): one.interval for one in agreements(read_labelled_set(folder))
    }
    weighted = found["ecca", "R1, R2", "weighted kappa"]
    assert weighted.n == 6
    assert weighted.value == pytest.approx(weighted_kappa(range(6), [0, 2, 2, 4, 4, 6]))
    assert weighted.low is not None
    assert weighted.low <= weighted.value <= 1
    assert found["ecca", "all 2", "ICC(2,1)"].value == pytest.approx(0.94, abs=0.05)
    assert found["mask, icepick", "R1, R2", "Dice"].value == pytest.approx(0.5)
    assert found["mask, any scar", "R1, R2", "Dice"].value == pytest.approx(2 * (50 + 150 + 50) / 800)


def test_tones_and_scales_are_counted_by_name() -> None:
    assert [tone_of(ita) for ita in (60, 55, 30, 12, -20, -60)] == [
        "very light",
        "light",
        "intermediate",
        "tan",
        "brown",
        "dark",
    ]
    assert tone_counts({"a": 60, "b": -95})["dark"] == 1
    assert scale_counts([None, 0.05, 0.5]) == {
        "under 3 px/mm": 1,
        "3 to 6 px/mm": 0,
        "6 to 12 px/mm": 0,
        "12 px/mm and more": 1,
        "unknown": 1,
    }
