"""`cicatrix-train evaluate labels` as a researcher runs it, on a drawn set whose figures are known."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pingouin", reason="the training extra is not installed")

from bundles import build_bundle
from drawn_scars import HEIGHT, PX_PER_MM, WIDTH, discs, photograph
from typer.testing import CliRunner, Result

from data.checking.folds import Folds, write_folds
from data.manifest import ManifestRow, read_manifest, write_manifest
from data.masks import SCAR_CLASSES, read_mask, write_classes, write_mask
from data.sidecars import Sidecars, TypeRow, write_sidecars
from inference.check import CheckOptions, Instruments
from inference.network.bundle import load_bundle
from inference.network.session import Network
from inference.report.files import scar_mask
from inference.score import score_photo
from training.evaluate.cli import app
from training.photos.seen import fingerprint_of, parent_facts, seen_by

PITS = ((60, 60), (160, 60), (260, 60))
PATIENTS = 4
#: A model that finds nothing: so dark a pit there is not.
BLIND = {"skin": 0.5, "scar": 0.9999999999, "min_diameter_mm": 5.0, "min_confidence": 1.0}
UNKNOWN = dict.fromkeys(("pores", "wrinkles", "red", "brown"))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A set of four patients and two raters, a bundle that finds every pit, and one that finds none.

    Rater A labels each pit; B leaves out the last, and draws one where nothing is. So the machine finds 3 of 3 and
    2 of 3, and makes 0 and 1 mistakes: F1 by both together 2 * 2.5 / (2 * 2.5 + 0.5 + 0.5).
    """
    root = tmp_path_factory.mktemp("own")
    labels = {"A": discs(PITS), "B": discs((*PITS[:2], (60, 200)))}
    rows = []
    for k in range(PATIENTS):
        image = photograph(root / "set" / f"photo-{k}.png", PITS, seed=k)
        for rater, mask in labels.items():
            name = f"masks/{rater}-{k}.png"
            write_mask(root / "set" / name, mask, SCAR_CLASSES)
            rows.append(
                ManifestRow(
                    photo_id=f"photo-{k}",
                    patient_id=f"patient-{k}",
                    image=image.name,
                    mask=name,
                    mm_per_px=1 / PX_PER_MM,
                    rater_id=rater,
                    split="test" if k % 2 else "train",
                    device="camera" if k else None,
                    grades={"goodman_baron_quantitative": 6.0 + k, "house": 2.0},
                )
            )
    write_manifest(root / "set" / "manifest.csv", rows)
    write_classes(root / "set" / "classes.json", SCAR_CLASSES)
    types = tuple(TypeRow(photo_id=f"photo-{k}", rater_id="A", type="boxcar") for k in range(PATIENTS))
    write_sidecars(root / "set", Sidecars(types=types))
    folds = {f"photo-{k}": k % 2 for k in range(PATIENTS)}
    write_folds(root / "set" / "folds.csv", Folds(folds, {photo: photo for photo in folds}, 2))
    build_bundle(root / "seeing")
    build_bundle(root / "blind", thresholds=BLIND | UNKNOWN, name="blind")
    return root


def evaluate(place: Path, out: Path, *more: str) -> Result:
    given = [str(place / "set" / "manifest.csv"), "--bundle", str(place / "seeing"), "--out", str(out)]
    return CliRunner().invoke(app, ["labels", *given, "--draws", "200", *more])


def figure(report: dict[str, Any], name: str, side: str = "new") -> dict[str, Any]:
    return report[side]["figures"][name]["estimate"]


@pytest.fixture(scope="module")
def run(place: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    out = tmp_path_factory.mktemp("out") / "labels"
    against = evaluate(place, out, "--against", str(place / "blind"))
    assert against.exit_code == 0, against.stderr
    return out, against.stdout


def pooled_dice(place: Path) -> float:
    """Of boxcar, from the masks that `score` would write; each rater weighs half."""
    instruments = Instruments(Network(load_bundle(place / "seeing"), threads=1))
    both = total = 0.0
    for k in range(PATIENTS):
        seen = score_photo(place / "set" / f"photo-{k}.png", instruments, CheckOptions(1 / PX_PER_MM))
        assert seen.evidence is not None
        machine = scar_mask(seen.evidence, WIDTH, HEIGHT) == 2
        for rater in "AB":
            label = read_mask(place / "set" / "masks" / f"{rater}-{k}.png", SCAR_CLASSES) == 2
            both, total = both + (machine & label).sum(), total + machine.sum() + label.sum()
    return 2 * both / total


def test_figures_are_those_of_the_drawing(place: Path, run: tuple[Path, str]) -> None:
    report = json.loads((run[0] / "labels.json").read_text(encoding="utf-8"))
    assert figure(report, "lesions, F1")["value"] == pytest.approx(5 / 6)
    assert figure(report, "lesions, recall")["value"] == pytest.approx(2.5 / 3)
    assert figure(report, "lesions, precision")["value"] == pytest.approx(2.5 / 3)
    assert figure(report, "lesions, type accuracy")["value"] == 1.0
    assert figure(report, "lesions, false per photograph")["value"] == 0.5
    assert figure(report, "count, all, bias")["value"] == 0.0
    assert figure(report, "image type, accuracy")["value"] == 1.0
    assert figure(report, "dice, boxcar, pooled")["value"] == pytest.approx(pooled_dice(place))
    assert figure(report, "dice, icepick, pooled")["value"] is None
    assert figure(report, "dice, icepick, pooled")["why"] == "no photograph is labelled with this class"
    found = figure(report, "lesions, F1")
    assert (found["photographs"], found["patients"]) == (PATIENTS, PATIENTS)
    assert (found["low"], found["high"]) == (pytest.approx(5 / 6), pytest.approx(5 / 6))
    assert report["not_given"] == ["house"]
    assert [point[1] for point in report["new"]["froc"]["points"]][-1] == 0.5


def test_the_other_bundle_is_compared_on_the_same_photographs(run: tuple[Path, str]) -> None:
    report = json.loads((run[0] / "labels.json").read_text(encoding="utf-8"))
    assert figure(report, "lesions, F1", "old")["value"] == 0.0
    tested = {one["figure"]: one for one in report["tests"]}
    f1 = tested["lesions, F1"]
    assert f1["difference"]["value"] == pytest.approx(5 / 6)
    assert f1["p"] == 2 / 2**PATIENTS  # the least that four patients can give
    assert f1["verdict"] == "not shown"
    assert set(tested) == {
        "lesions, F1",
        "dice, any scar, pooled",
        "count, all, mean absolute difference",
        "grade, goodman_baron_quantitative, MAE",
    }


def test_each_rater_is_set_against_the_machine(run: tuple[Path, str]) -> None:
    report = json.loads((run[0] / "labels.json").read_text(encoding="utf-8"))
    f1 = next(one for one in report["raters"] if one["what"].startswith("F1"))
    rows = {row["rater"]: row for row in f1["rows"]}
    # A by B: two in common of three each; the machine marks what A labels
    assert rows["A"]["of_rater"]["value"] == pytest.approx(2 / 3)
    assert rows["A"]["closer"]["value"] == pytest.approx(0)
    # B by A: the machine is A
    assert rows["B"]["of_machine"]["value"] == 1.0
    assert rows["B"]["closer"]["value"] == pytest.approx(1 / 3)
    assert rows["mean of all"]["closer"]["value"] == pytest.approx(1 / 6)


def test_groups_are_told_with_their_size(run: tuple[Path, str]) -> None:
    report = json.loads((run[0] / "labels.json").read_text(encoding="utf-8"))
    devices = {one["name"]: one for one in report["groups"] if one["kind"] == "device"}
    assert {name: one["photographs"] for name, one in devices.items()} == {"camera": 3, "unknown": 1}
    assert all(one["is_small"] for one in devices.values())
    assert sum(one["photographs"] for one in report["groups"] if one["kind"] == "skin tone") == PATIENTS


def test_the_table_is_printed_and_written(run: tuple[Path, str]) -> None:
    out, printed = run
    text = (out / "labels.md").read_text(encoding="utf-8")
    assert text.strip() in printed
    assert "| lesion F1 at 3 mm | 0.83 (0.83 to 0.83) | 0.00 (0.00 to 0.00) | 4, 4 |" in text
    assert "4 patients are few" in text
    widths = [
        {line.count("|") for line in block.splitlines()} for block in text.split("\n\n") if block[:1] == "|"
    ]
    assert widths
    assert all(len(width) == 1 for width in widths)


class Fetched(HTMLParser):
    """Everything that a page would load, and how deep its elements are nested."""

    def __init__(self) -> None:
        super().__init__()
        self.sources: list[str] = []
        self.names: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.sources += [value or "" for name, value in attrs if name in ("src", "href", "srcset", "data")]


def test_the_page_fetches_nothing_and_shows_the_worst(run: tuple[Path, str]) -> None:
    page = (run[0] / "labels.html").read_text(encoding="utf-8")
    read = Fetched()
    read.feed(page)
    assert len(read.sources) == 2 * PATIENTS
    assert all(source.startswith("data:image/jpeg;base64,") for source in read.sources)
    assert not {"script", "link", "iframe"} & set(read.names)
    assert not re.search(r"url\(|@import|https?://(?!www\.w3\.org/2000/svg)", page)
    assert page.count("<svg") == 3


def test_a_fold_or_a_split_is_evaluated_alone(place: Path, tmp_path: Path) -> None:
    folds = str(place / "set" / "folds.csv")
    for asked in (("--folds", folds, "--fold", "1"), ("--split", "test")):
        assert evaluate(place, tmp_path, *asked, "--against", str(place / "seeing")).exit_code == 0
        report = json.loads((tmp_path / "labels.json").read_text(encoding="utf-8"))
        assert [one["photo_id"] for one in report["photographs"]] == ["photo-1", "photo-3"]
        assert (report["against"], report["old"]) == (None, None)
    for asked in (("--fold", "1"), ("--folds", folds), ("--split", "validation"), ("--split", "exam")):
        result = evaluate(place, tmp_path, *asked)
        assert result.exit_code == 2
        assert result.stderr


def bundle_that_saw(place: Path, folder: Path, **fingerprints: list[str]) -> Path:
    return build_bundle(folder, training={"photos": {"fingerprints": fingerprints}}, relief_gain=2.0)


def test_photographs_that_training_saw_are_refused(place: Path, tmp_path: Path) -> None:
    prints = [fingerprint_of(place / "set" / f"photo-{k}.png") for k in range(PATIENTS)]
    saw = bundle_that_saw(place, tmp_path / "saw", train=prints[:1], validation=prints[1:2])
    result = evaluate(place, tmp_path / "out", "--bundle", str(saw), "--against", str(place / "blind"))
    assert result.exit_code == 2
    assert "was trained on 1 of these 4 photographs (photo-0)" in result.stderr
    assert not (tmp_path / "out").exists()
    kept = evaluate(
        place, tmp_path / "out", "--bundle", str(saw), "--against", str(place / "blind"), "--split", "test"
    )
    assert kept.exit_code == 0, kept.stderr
    assert "was stopped or calibrated by 1 of these 2 photographs" in kept.stdout
    other = evaluate(place, tmp_path / "out", "--against", str(saw))
    assert other.exit_code == 2  # nor may the other bundle have seen them


def test_bundles_hand_on_what_they_saw(tmp_path: Path) -> None:
    photos = {"fingerprints": {"train": ["aa"], "validation": ["bb"]}}
    calibrated = {"calibration": {"photographs": 1, "fingerprints": ["cc"]}}
    first = load_bundle(
        build_bundle(tmp_path / "1", training={"photos": photos}, metrics=calibrated)
    ).description
    parent = {"name": "1", **parent_facts(first)}
    child = {"photos": {"fingerprints": {"train": ["bb"], "validation": []}}, "parent": parent}
    seen = seen_by(load_bundle(build_bundle(tmp_path / "2", training=child)).description)
    assert (seen.trained, seen.tuned, seen.is_known) == ({"aa", "bb"}, {"cc"}, True)
    untold = {"photos": {"train": 5}}
    assert not seen_by(load_bundle(build_bundle(tmp_path / "3", training=untold)).description).is_known
    plain = load_bundle(build_bundle(tmp_path / "4")).description
    assert seen_by(plain).is_known
    assert parent_facts(plain) == {}


def test_a_mask_that_does_not_fit_is_named_and_the_rest_is_done(place: Path, tmp_path: Path) -> None:
    import shutil

    folder = shutil.copytree(place / "set", tmp_path / "set")
    write_mask(folder / "masks" / "A-0.png", discs(PITS)[:-1], SCAR_CLASSES)
    (folder / "photo-2.png").write_bytes(b"no picture")
    result = evaluate(
        tmp_path, tmp_path / "out", "--bundle", str(place / "seeing"), "--against", str(place / "seeing")
    )
    assert result.exit_code == 1
    assert "photo-0: masks/A-0.png has 320 x 255 pixels" in result.stderr
    assert "photo-2: " in result.stderr
    report = json.loads((tmp_path / "out" / "labels.json").read_text(encoding="utf-8"))
    assert set(report["failed"]) == {"photo-0", "photo-2"}
    assert len(report["photographs"]) == 2


def test_the_device_of_a_photograph_is_a_column(place: Path) -> None:
    rows = read_manifest(place / "set" / "manifest.csv")
    assert {row.device for row in rows} == {None, "camera"}
