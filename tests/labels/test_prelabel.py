"""Pre-labels come back as they were written, through our own importers and through the tools' libraries; ranking."""

import csv
import json
import os
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from photo_files import save_jpeg, skin
from sets import import_set, mask_of, photographs
from typer.testing import CliRunner

pytest.importorskip("torch", reason="the training extra is not installed")

from bundles import build_bundle

from data.checking.duplicates import codes_of
from data.importing.formats import Format
from data.importing.regions import polygon_region
from data.importing.table import Table
from data.labelled import LabelledSet
from data.manifest import ManifestRow, write_manifest
from data.masks import SCAR_CLASSES, write_classes, write_mask
from inference.network.bundle import load_bundle
from inference.network.session import Network
from inference.photo.photo import Photo
from inference.photo.read import read_photo
from training.cli import app
from training.labels.prelabel import PreLabel, Scar, scars_of
from training.labels.rank import Gain, gain_of, rank
from training.labels.to_cvat import cvat_xml, write_cvat_masks
from training.labels.to_label_studio import label_studio_config, label_studio_tasks

TOOLS = Path(__file__).parents[2] / "build" / "label_tools"
SCRIPTS = Path(__file__).parents[1] / "label_files"
PLAIN = Table()


def drafts(count: int = 2) -> list[PreLabel]:
    """Blobs of all types, some at the picture's edge and one with a hole."""
    made = []
    for number in range(count):
        rows, columns = np.mgrid[:96, :128]
        label = np.zeros((96, 128), np.uint8)
        for index, (x, y, radius) in enumerate(
            [(20, 20, 9), (70, 30, 14), (100, 70, 20), (3, 90, 8)], start=1
        ):
            label[(columns - x - 3 * number) ** 2 + (rows - y) ** 2 <= radius**2] = index
        label[68:73, 97:102] = 0
        made.append(PreLabel(f"{'ab'[number]}.jpg", label, tuple(scars_of(label, {}))))
    return made


def read_back(tmp_path: Path, kind: Format, source: Path) -> LabelledSet:
    _, stored = import_set(tmp_path, kind, source, photographs(tmp_path / "photos"), table=PLAIN)
    return stored


def write_tasks(path: Path, made: list[PreLabel], polygons: bool) -> Path:
    path.write_text(label_studio_tasks(made, "atrophic-0.0.1", "/data/local-files/?d=", polygons))
    path.with_suffix(".config.xml").write_text(label_studio_config(polygons))
    return path


def as_annotated(path: Path) -> Path:
    """As Label Studio exports the task when an annotator takes the prediction as it is."""
    tasks = json.loads(path.read_text())
    for task in tasks:
        task["annotations"] = [{"completed_by": None, "result": task.pop("predictions")[0]["result"]}]
    path.write_text(json.dumps(tasks))
    return path


@pytest.mark.parametrize("tool", ["cvat", "cvat-masks", "labelstudio"])
def test_masks_come_back_pixel_by_pixel(tmp_path: Path, tool: str) -> None:
    made = drafts()
    if tool == "cvat":
        (tmp_path / "annotations.xml").write_bytes(cvat_xml(made))
        stored = read_back(tmp_path, Format.CVAT, tmp_path / "annotations.xml")
    elif tool == "cvat-masks":
        write_cvat_masks(tmp_path / "masks.zip", made)
        stored = read_back(tmp_path, Format.CVAT, tmp_path / "masks.zip")
    else:
        source = as_annotated(write_tasks(tmp_path / "tasks.json", made, polygons=False))
        stored = read_back(tmp_path, Format.LABELSTUDIO, source)
    for one in made:
        np.testing.assert_array_equal(mask_of(stored, one.name[0]), one.label)


@pytest.mark.parametrize("tool", ["cvat", "labelstudio"])
def test_polygons_come_back_to_the_pixel_along_the_edge(tmp_path: Path, tool: str) -> None:
    made = drafts()
    if tool == "cvat":
        (tmp_path / "annotations.xml").write_bytes(cvat_xml(made, polygons=True))
        stored = read_back(tmp_path, Format.CVAT, tmp_path / "annotations.xml")
    else:
        source = as_annotated(write_tasks(tmp_path / "tasks.json", made, polygons=True))
        stored = read_back(tmp_path, Format.LABELSTUDIO, source)
    for one in made:
        filled = one.label.copy()
        filled[68:73, 97:102] = 3  # a polygon has no hole
        assert (mask_of(stored, one.name[0]) != filled).mean() < 0.01


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 30), st.integers(0, 30), st.integers(1, 12), st.integers(1, 12))
def test_a_rectangle_outline_runs_along_its_pixels(left: int, top: int, width: int, height: int) -> None:
    scar = Scar("boxcar", np.ones((height, width), np.bool_), left, top, None)
    corners = np.array(scar.polygon())
    np.testing.assert_allclose(corners.min(axis=0), (left, top), atol=0.13)
    np.testing.assert_allclose(corners.max(axis=0), (left + width, top + height), atol=0.13)
    region = polygon_region("boxcar", scar.polygon(), 60, 60, "here")
    assert (region.left, region.top, region.mask.shape) == (left, top, (height, width))
    assert region.mask.all()


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "polygons"), [("cvat", False), ("cvat", True), ("voc_segmentation", False)])
def test_datumaro_reads_cvat_files(tmp_path: Path, kind: str, polygons: bool) -> None:
    python = tool_python("datumaro")
    made = drafts()
    source = tmp_path / "in"
    source.mkdir()
    if kind == "cvat":
        (source / "annotations.xml").write_bytes(cvat_xml(made, polygons))
        photographs(source / "images")
    else:
        write_cvat_masks(tmp_path / "m.zip", made)
        with zipfile.ZipFile(tmp_path / "m.zip") as archive:
            archive.extractall(source)
        photographs(source / "JPEGImages")
    with run_tool(python, "read_cvat.py", source, kind, tmp_path / "out.npz") as found:
        labels = found["labels"].tolist()
        lookup = np.array(
            [0, *(SCAR_CLASSES.names.index(n) if n in SCAR_CLASSES.names else 0 for n in labels)]
        )
        for one in made:
            different = (lookup[found[one.name[0]]] != one.label).mean()
            assert different <= (0.01 if polygons else 0)


@pytest.mark.slow
@pytest.mark.parametrize("polygons", [False, True])
def test_label_studio_sdk_accepts_predictions(tmp_path: Path, polygons: bool) -> None:
    python = tool_python("label_studio")
    made = drafts()
    source = write_tasks(tmp_path / "tasks.json", made, polygons)
    with run_tool(python, "read_label_studio.py", source, tmp_path / "out.npz") as found:
        for number, one in enumerate(made if not polygons else []):
            for index, name in enumerate(SCAR_CLASSES.names[1:], start=1):
                np.testing.assert_array_equal(found[f"{number}.{name}"] > 0, one.label == index)


def tool_python(name: str) -> Path:
    python = TOOLS / name / "bin" / "python"
    if not python.exists():
        pytest.skip(f"{name} is not installed: make label-tools")
    return python


def run_tool(python: Path, script: str, *arguments: object) -> np.lib.npyio.NpzFile:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [str(python), str(SCRIPTS / script), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr[-2000:]
    return np.load(str(arguments[-1]))


# ------------------------------------------------------------------ ranking


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_bundle(tmp_path_factory.mktemp("b") / "arithmetic-0.0.1")


def photo_of(rgb: np.ndarray, tmp_path: Path) -> Photo:
    return read_photo(save_jpeg(tmp_path / "x.jpg", rgb), mm_per_px=0.15)


def test_doubt_that_depends_on_the_view_is_gain(tmp_path: Path, bundle: Path) -> None:
    network = Network(load_bundle(bundle), threads=1)
    calm = np.full((160, 160, 3), (190, 145, 120), np.uint8)
    busy = calm.copy()
    busy[::4, ::4] = (30, 20, 20)  # thin dark dots, which come and go with the scale
    plain, doubted = (gain_of("x", photo_of(rgb, tmp_path), network) for rgb in (calm, busy))
    assert plain.gain_bits == pytest.approx(0, abs=1e-3)
    assert doubted.gain_bits is not None
    assert plain.gain_bits is not None
    assert doubted.gain_bits > plain.gain_bits + 1e-3
    assert doubted.skin_fraction == 1
    turned = replace(photo_of(busy, tmp_path), rgb=np.ascontiguousarray(photo_of(busy, tmp_path).rgb[::-1]))
    again = gain_of("x", turned, network)
    assert again.gain_bits == pytest.approx(doubted.gain_bits, rel=0.2)


def test_ranking_puts_likenesses_last() -> None:
    pictures = {name: skin(96, 128, seed=seed) for seed, name in enumerate("abcd")}
    codes = {name: codes_of(rgb) for name, rgb in pictures.items()}
    codes["e"] = codes_of(np.ascontiguousarray(pictures["b"][:, ::-1]))
    labelled = {"old": codes_of(pictures["c"])}
    bits = {"a": 0.1, "b": 0.3, "c": 0.9, "d": None, "e": 0.2}
    ranked = rank([Gain(name, value, 0.0, 0.5) for name, value in bits.items()], codes, labelled)
    assert [(one.gain.photo, one.like) for one in ranked] == [
        ("b", None),
        ("a", None),
        ("d", None),
        ("c", "old"),
        ("e", "b"),
    ]


def run(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return result.exit_code, result.stdout, result.stderr


def test_a_folder_is_ranked_prelabelled_and_imported_again(tmp_path: Path, bundle: Path) -> None:
    photos = photographs(tmp_path / "photos", ("a", "b", "c"), height=160, width=160)
    rgb = skin(160, 160, seed=7)
    rgb[60:100, 60:100] = (60, 40, 40)  # what this network calls a boxcar scar
    save_jpeg(photos / "b.jpg", rgb)
    (photos / "broken.jpg").write_bytes(b"no picture")
    code, out, err = run("rank", photos, "--out", tmp_path / "r.csv", "--bundle", bundle)
    assert code == 1
    assert "broken.jpg" in err
    with (tmp_path / "r.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert {row["photo"] for row in rows} == {"a.jpg", "b.jpg", "c.jpg"}
    assert rows[0]["photo"] == "b.jpg"
    (photos / "broken.jpg").unlink()
    draft = tmp_path / "annotations.xml"
    options = ("--ranking", tmp_path / "r.csv", "--limit", 1, "--bundle", bundle)
    assert run("prelabel", photos, "--to", "cvat", "--out", draft, *options)[0] == 0
    code, out, err = run("import", "cvat", draft, "--photos", photos, "--out", tmp_path / "set")
    assert code == 0, err
    assert "1 photographs of 1 patients" in out
    code, _, _ = run("prelabel", photos, "--to", "labelstudio", "--out", tmp_path / "t.json", *options)
    assert code == 0
    assert json.loads((tmp_path / "t.json").read_text())[0]["data"]["image"] == "/data/local-files/?d=b.jpg"
    assert "BrushLabels" in (tmp_path / "t.config.xml").read_text()


def test_of_a_set_only_what_nobody_labelled_is_looked_at(tmp_path: Path, bundle: Path) -> None:
    folder = tmp_path / "set"
    photographs(folder / "photos", ("a", "b"), height=160, width=160)
    write_mask(folder / "masks" / "a.png", np.zeros((160, 160), np.uint8), SCAR_CLASSES)
    write_classes(folder / "classes.json", SCAR_CLASSES)
    rows = [
        ManifestRow(photo_id="a", patient_id="p", image="photos/a.jpg", mask="masks/a.png"),
        ManifestRow(photo_id="b", patient_id="q", image="photos/b.jpg"),
    ]
    write_manifest(folder / "manifest.csv", rows)
    assert run("rank", folder, "--out", tmp_path / "r.csv", "--bundle", bundle)[0] == 0
    assert (tmp_path / "r.csv").read_text().splitlines()[1].startswith("1,b,")
    write_manifest(folder / "manifest.csv", rows[:1])
    code, _, err = run("rank", folder, "--out", tmp_path / "r.csv", "--bundle", bundle)
    assert code == 2
    assert "no photograph without labels" in err


def test_the_commands_of_labels_need_no_torch() -> None:
    modules = "check_commands, faster_commands, import_command, check_page, rank, prelabel, to_cvat, to_label_studio"
    code = f"import sys; from training.labels import {modules}; print('torch' in sys.modules)"
    import sys

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "False", done.stderr
