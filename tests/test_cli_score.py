"""The command line as its contract says, on a network whose answer is arithmetic."""

import hashlib
import io
import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
import pytest
from bundles import build_bundle
from click.testing import Result
from photo_files import corners, png_header, save_jpeg, skin
from PIL import Image
from typer.testing import CliRunner

from inference.cli import app

ROOT = Path(__file__).resolve().parents[1]
REAL_PHOTOS = ROOT.parent / "shared" / "data" / "acne_scars"

GROUPS = {
    "photo": {"file", "sha256", "width_px", "height_px"},
    "model": {"name", "version", "sha256"},
    "scale": {"mm_per_px", "source", "relative_sd"},
    "quality": {"usable", "score", "issues"},
    "skin": {"area_px", "area_cm2"},
    "scars": {
        "count", "area_fraction", "area_mm2", "density_per_cm2", "burden_um", "volume_mm3", "by_type",
    },
    "texture": {
        "roughness_sa_um", "roughness_sz_um", "pore_density_per_cm2", "pore_area_fraction",
        "wrinkle_length_mm_per_cm2", "wrinkle_depth_um",
    },
    "pigment": {
        "ita_deg", "melanin_index", "erythema_index", "evenness_de00", "pigment_spot_fraction",
        "redness_spot_fraction",
    },
    "scales": {
        "ecca_atrophic", "goodman_baron_quantitative", "goodman_baron_qualitative", "scar_s_face",
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_bundle(tmp_path_factory.mktemp("bundles") / "arithmetic-0.0.1")


@pytest.fixture
def run(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("CICATRIX_BUNDLE", str(bundle))

    def _run(*arguments: object) -> Result:
        result = CliRunner().invoke(app, [str(argument) for argument in arguments])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return _run


def scarred(size: tuple[int, int] = (480, 640)) -> np.ndarray:
    """Skin with one dark disc of 40 px across, its middle at x 200, y 150."""
    rgb = skin(*size)
    return cv2.circle(rgb, (200, 150), 20, (110, 70, 60), cv2.FILLED)


def result_of(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


def files_below(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_one_photograph_gives_the_files_of_the_contract(run: Any, tmp_path: Path) -> None:
    photo = save_jpeg(tmp_path / "in" / "left cheek é.jpg", scarred())
    out = tmp_path / "out"
    result = run("score", photo, "--out", out, "--mm-per-px", "0.1")
    assert result.exit_code == 0, result.stderr
    assert files_below(out) == {"left cheek é.json", "left cheek é.scars.png", "scores.csv"}

    found = result_of(out / "left cheek é.json")
    assert found["schema_version"] == "1.0"
    for group, names in GROUPS.items():
        assert names <= found[group].keys(), group
    assert {"lesions", "regions", "masks"} <= found.keys()
    assert (
        found["photo"].items()
        >= {
            "file": photo.name,
            "sha256": hashlib.sha256(photo.read_bytes()).hexdigest(),
            "width_px": 640,
            "height_px": 480,
        }.items()
    )
    assert found["scale"]["mm_per_px"] == 0.1
    assert found["scale"]["source"] == "given"
    assert found["masks"]["scars"] == "left cheek é.scars.png"
    assert found["model"]["name"] == "arithmetic"


def test_the_disc_is_found_where_it_lies(run: Any, tmp_path: Path) -> None:
    photo = save_jpeg(tmp_path / "a.jpg", scarred())
    assert run("score", photo, "--out", tmp_path / "out", "--mm-per-px", "0.1").exit_code == 0
    (lesion,) = result_of(tmp_path / "out" / "a.json")["lesions"]
    assert lesion["type"] == "boxcar"
    assert (lesion["x_px"], lesion["y_px"]) == (pytest.approx(200, abs=2), pytest.approx(150, abs=2))
    assert lesion["diameter_mm"] == pytest.approx(4.0, rel=0.1)
    mask = np.asarray(Image.open(tmp_path / "out" / "a.scars.png"))
    assert (mask.shape, mask.dtype) == ((480, 640), np.dtype(np.uint8))
    assert set(np.unique(mask)) == {0, 2}
    assert mask[150, 200] == 2


def test_the_turned_photograph_gives_the_same_place(run: Any, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    stored = np.ascontiguousarray(np.rot90(scarred()))
    photo = save_jpeg(tmp_path / "a.jpg", stored, exif=exif)
    assert run("score", photo, "--out", tmp_path / "out", "--mm-per-px", "0.1").exit_code == 0
    found = result_of(tmp_path / "out" / "a.json")
    assert (found["photo"]["width_px"], found["photo"]["height_px"]) == (640, 480)
    assert found["lesions"][0]["x_px"] == pytest.approx(200, abs=2)


def test_without_a_scale_it_is_assumed_and_marked(run: Any, tmp_path: Path) -> None:
    assert (
        run("score", save_jpeg(tmp_path / "a.jpg", skin(825, 1100)), "--out", tmp_path / "out").exit_code == 0
    )
    found = result_of(tmp_path / "out" / "a.json")
    assert found["scale"]["mm_per_px"] == pytest.approx(0.1)
    assert (found["scale"]["source"], found["scale"]["relative_sd"]) == ("assumed", 0.5)
    assert "scale_assumed" in {issue["code"] for issue in found["quality"]["issues"]}


def test_only_the_outlined_part_is_measured(run: Any, tmp_path: Path) -> None:
    photo = save_jpeg(tmp_path / "a.jpg", skin(600, 800))
    regions = tmp_path / "regions.json"
    half = {"name": "left half", "polygon": [[0, 0], [0.5, 0], [0.5, 1], [0, 1]]}
    regions.write_text(json.dumps({"a.jpg": [half], "b.jpg": [half]}))
    out = tmp_path / "out"
    done = run("score", photo, "--out", out, "--mm-per-px", "0.1", "--regions", regions)
    assert done.exit_code == 0
    assert "b.jpg: has regions but is not among the photographs" in done.stderr
    found = result_of(out / "a.json")
    assert found["skin"]["area_cm2"] == pytest.approx(60 * 40 / 100, rel=0.02)
    assert found["regions"]["left half"]["skin"] == found["skin"]
    assert found["asked"] == {"mm_per_px": 0.1, "regions": {"left half": half["polygon"]}, "chart": None}
    regions.write_text("{")
    assert run("score", photo, "--out", out, "--regions", regions).exit_code == 2


def test_the_error_of_the_scale_is_written(run: Any, tmp_path: Path) -> None:
    """Three per cent for a scale that is typed in, twice that for an area."""
    photo = save_jpeg(tmp_path / "a.jpg", skin(600, 800))
    assert run("score", photo, "--out", tmp_path / "out", "--mm-per-px", "0.1").exit_code == 0
    area = result_of(tmp_path / "out" / "a.json")["skin"]
    reach = math.exp(1.96 * 2 * 0.03)
    assert area["intervals"]["area_cm2"] == pytest.approx(
        {"low": area["area_cm2"] / reach, "high": area["area_cm2"] * reach}
    )


def bad_photos(folder: Path) -> dict[str, str]:
    """Files that cannot be scored, with a word of the reason."""
    whole = io.BytesIO()
    Image.fromarray(skin(300, 300)).save(whole, format="JPEG")
    contents = {"text.jpg": b"hello", "cut.jpg": whole.getvalue()[:2000], "empty.jpg": b""}
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    Image.new("RGB", (1, 1)).save(folder / "dot.png")
    png_header(folder / "huge.png", 30_000, 30_000)
    return {
        "text.jpg": "not a picture",
        "cut.jpg": "cut short",
        "empty.jpg": "0 bytes",
        "dot.png": "too small",
        "huge.png": "30000 x 30000",
    }


def test_bad_photographs_are_named_and_the_rest_is_scored(run: Any, tmp_path: Path) -> None:
    photos, out = tmp_path / "in", tmp_path / "out"
    save_jpeg(photos / "visit 1" / "good.jpg", skin(200, 260))
    (photos / "notes.txt").write_text("not a photograph, and not said to be one")
    reasons = bad_photos(photos)
    result = run("score", photos, "--out", out)
    assert result.exit_code == 1
    lines = result.stderr.splitlines()
    assert len(lines) == len(reasons)
    for name, reason in reasons.items():
        assert any(line.startswith(f"{name} not scored:") and reason in line for line in lines), name
    assert files_below(out) == {"visit 1/good.json", "visit 1/good.scars.png", "scores.csv"}
    assert list(pd.read_csv(out / "scores.csv")["photo.file"]) == ["visit 1/good.jpg"]


@pytest.mark.parametrize("mode", ["CMYK", "L", "RGBA", "P", "I;16"])
def test_unusual_pictures_are_scored(run: Any, tmp_path: Path, mode: str) -> None:
    picture = Image.fromarray(skin(200, 260))
    if mode == "I;16":
        picture = Image.fromarray(skin(200, 260)[..., 0].astype(np.uint16) * 257)
    elif mode != "RGB":
        picture = picture.convert(mode)
    picture.save(tmp_path / "a.tif")
    assert run("score", tmp_path / "a.tif", "--out", tmp_path / "out").exit_code == 0
    assert result_of(tmp_path / "out" / "a.json")["photo"]["width_px"] == 260


def test_two_photographs_of_one_stem_are_both_kept(run: Any, tmp_path: Path) -> None:
    save_jpeg(tmp_path / "in" / "a.jpg", skin(200, 260))
    Image.fromarray(scarred()).save(tmp_path / "in" / "a.png")
    result = run("score", tmp_path / "in", "--out", tmp_path / "out", "--mm-per-px", "0.1")
    assert result.exit_code == 0
    assert "a.png: result named a.png.json" in result.stderr
    assert result_of(tmp_path / "out" / "a.jpg.json")["scars"]["count"] == 0
    assert result_of(tmp_path / "out" / "a.png.json")["scars"]["count"] == 1
    assert result_of(tmp_path / "out" / "a.png.json")["masks"]["scars"] == "a.png.scars.png"
    assert (tmp_path / "out" / "a.png.scars.png").exists()


def test_tables(run: Any, tmp_path: Path) -> None:
    for name in ("b", "a"):
        save_jpeg(tmp_path / "in" / f"{name}.jpg", scarred())
    for kind in ("csv", "parquet", "json"):
        assert run("score", tmp_path / "in", "--out", tmp_path / kind, "--format", kind).exit_code == 0
    csv_table = pd.read_csv(tmp_path / "csv" / "scores.csv")
    parquet_table = pd.read_parquet(tmp_path / "parquet" / "scores.parquet")
    assert not list((tmp_path / "json").glob("scores*"))
    for table in (csv_table, parquet_table):
        assert list(table["photo.file"]) == ["a.jpg", "b.jpg"]
        assert {"scars.burden_um", "scars.by_type.icepick.count", "scales.ecca_atrophic.low"} <= set(table)
    written = result_of(tmp_path / "csv" / "a.json")["scars"]["area_mm2"]
    assert csv_table["scars.area_mm2"][0] == pytest.approx(written)


def test_resume_keeps_what_is_the_same_and_no_more(run: Any, tmp_path: Path) -> None:
    photos, out = tmp_path / "in", tmp_path / "out"
    for name in ("same", "changed", "unmasked"):
        save_jpeg(photos / f"{name}.jpg", skin(200, 260))
    run("score", photos, "--out", out)
    times = {name: (out / f"{name}.json").stat().st_mtime_ns for name in ("same", "changed", "unmasked")}
    save_jpeg(photos / "changed.jpg", skin(200, 260, seed=1))
    (out / "unmasked.scars.png").unlink()
    result = run("score", photos, "--out", out, "--resume")
    assert result.exit_code == 0
    assert "3 of 3 photographs scored, 1 of them kept" in result.stdout
    kept = {name for name, time in times.items() if (out / f"{name}.json").stat().st_mtime_ns == time}
    assert kept == {"same"}
    assert len(pd.read_csv(out / "scores.csv")) == 3
    assert "kept" not in run("score", photos, "--out", out, "--resume", "--mm-per-px", "0.2").stdout
    assert "3 of them kept" in run("score", photos, "--out", out, "--resume", "--mm-per-px", "0.2").stdout


def test_resume_scores_again_with_another_model(run: Any, tmp_path: Path, monkeypatch: Any) -> None:
    photo = save_jpeg(tmp_path / "a.jpg", skin(200, 260))
    run("score", photo, "--out", tmp_path / "out")
    monkeypatch.setenv("CICATRIX_BUNDLE", str(build_bundle(tmp_path / "other-0.0.2", stride=4)))
    assert "kept" not in run("score", photo, "--out", tmp_path / "out", "--resume").stdout


def test_a_result_that_cannot_be_written_is_a_failure(run: Any, tmp_path: Path) -> None:
    photo = save_jpeg(tmp_path / "a.jpg", skin(200, 260))
    (tmp_path / "out" / "a.json").mkdir(parents=True)
    result = run("score", photo, "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert "a.jpg not scored: its result cannot be written" in result.stderr
    assert not list((tmp_path / "out").glob(".*"))


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["{photo}"], "--out"),
        (["{photo}", "--out", "{photo}"], "is a file"),
        (["{folder}/missing.jpg", "--out", "{out}"], "does not exist"),
        (["{photo}", "--out", "{out}", "--mm-per-px", "0"], "positive"),
        (["{photo}", "--out", "{out}", "--mm-per-px", "nan"], "positive"),
        (["{photo}", "--out", "{out}", "--format", "xlsx"], "xlsx"),
        (["{photo}", "--out", "{out}", "--workers", "0"], "workers"),
        (["{photo}", "--out", "{out}", "--engine", "ray"], "--engine local"),
        (["{empty}", "--out", "{out}"], "no photographs"),
    ],
)
def test_wrong_arguments(run: Any, tmp_path: Path, arguments: list[str], reason: str) -> None:
    places = {
        "photo": save_jpeg(tmp_path / "a.jpg", skin(100, 100)),
        "folder": tmp_path,
        "out": tmp_path / "out",
        "empty": tmp_path / "empty",
    }
    places["empty"].mkdir()
    result = run("score", *(argument.format(**places) for argument in arguments))
    assert result.exit_code == 2
    assert reason in " ".join(result.stderr.replace("│", " ").split())
    assert not (tmp_path / "out").exists()


def test_an_unusable_model_is_said_before_any_work(run: Any, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("CICATRIX_BUNDLE", str(tmp_path))
    result = run("score", save_jpeg(tmp_path / "a.jpg", skin(100, 100)), "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "no model bundle" in result.stderr


def test_compare_writes_its_files(run: Any, tmp_path: Path) -> None:
    before = save_jpeg(tmp_path / "before.jpg", scarred())
    after = save_jpeg(tmp_path / "after.jpg", skin(480, 640))
    out = tmp_path / "out"
    scale = ("--mm-per-px-before", "0.1", "--mm-per-px-after", "0.1")
    result = run("compare", before, after, "--out", out, *scale)
    assert result.exit_code == 0, result.stderr
    found = result_of(out / "comparison.json")
    assert {"before", "after", "comparable", "registration", "metrics", "lesions", "overall"} <= found.keys()
    assert found["before"]["scars"]["count"] == 1
    assert found["after"]["scars"]["count"] == 0
    assert found["overall"]["statement"] in result.stdout
    for name in found["pictures"].values():
        assert (out / name).is_file()


def test_compare_names_every_photograph_that_fails(run: Any, tmp_path: Path) -> None:
    for name in ("before.jpg", "after.jpg"):
        (tmp_path / name).write_bytes(b"")
    result = run("compare", tmp_path / "before.jpg", tmp_path / "after.jpg", "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert "before.jpg not scored" in result.stderr
    assert "after.jpg not scored" in result.stderr
    assert not (tmp_path / "out").exists()


def test_several_processes_give_the_same_results(bundle: Path, run: Any, tmp_path: Path) -> None:
    """Through the real entry point, since each process starts from it anew."""
    photos = tmp_path / "in"
    for seed in range(3):
        save_jpeg(photos / f"{seed}.jpg", scarred() if seed else corners(240, 320))
    (photos / "bad.jpg").write_bytes(b"")
    command = [sys.executable, "-m", "inference.cli", "score", photos, "--out", tmp_path / "many"]
    environment = {**os.environ, "CICATRIX_BUNDLE": str(bundle)}
    many = subprocess.run(
        [*map(str, command), "--workers", "2"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert many.returncode == 1
    assert "bad.jpg not scored" in many.stderr
    run("score", photos, "--out", tmp_path / "one")
    assert files_below(tmp_path / "many") == files_below(tmp_path / "one")
    for name in files_below(tmp_path / "one"):
        assert (tmp_path / "many" / name).read_bytes() == (tmp_path / "one" / name).read_bytes(), name


def test_real_photographs(run: Any, tmp_path: Path) -> None:
    """Every close-up of a scarred cheek can be scored; nothing depends on seeing a face."""
    if not REAL_PHOTOS.is_dir():
        pytest.skip(f"the real photographs are not here ({REAL_PHOTOS.name})")
    result = run("score", REAL_PHOTOS, "--out", tmp_path / "out")
    assert result.exit_code == 0, result.stderr
    assert len(pd.read_csv(tmp_path / "out" / "scores.csv")) == 44
