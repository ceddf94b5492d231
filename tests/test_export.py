"""A bundle: made from a run, proved, calibrated, and refused when something is wrong."""

import shutil
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install -e '.[training]'")

from drawn_samples import draw_samples  # noqa: E402

from inference.check import Instruments  # noqa: E402
from inference.errors import BundleError  # noqa: E402
from inference.network.bundle import MODEL_FILE, load_bundle  # noqa: E402
from inference.network.session import Network  # noqa: E402
from inference.network.verify import verify_bundle  # noqa: E402
from training.calibrate import Choice, calibrate_bundle, operating_point  # noqa: E402
from training.config import TrainConfig  # noqa: E402
from training.evaluate.rendered import counts, evaluate_tiles, tile_figures  # noqa: E402
from training.export import PARITY_SIZES, export_bundle  # noqa: E402
from training.loop import train  # noqa: E402
from training.record import record  # noqa: E402

NETWORK = {"encoder": "mobilenet_v3_small", "decoder_width": 16, "fine_width": 8, "grade_width": 8}


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_samples(tmp_path_factory.mktemp("samples") / "drawn", count=4, size_px=96)


@pytest.fixture(scope="module")
def run(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = {"train": [samples], "validation": [samples], "crop_px": 64, "batch": 2}
    data |= {"full_tile_px": [96], "workers": 0}
    loop = {"max_steps": 2, "validation_samples": 2, "device": "cpu"}
    folder = tmp_path_factory.mktemp("runs") / "tiny"
    train(TrainConfig.model_validate({"network": NETWORK, "data": data, "loop": loop}), folder)
    return folder


@pytest.fixture(scope="module")
def bundle(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export_bundle(run, tmp_path_factory.mktemp("bundles"), "tiny", "0.0.1")


def test_the_bundle_is_complete_and_proves_itself(bundle: Path) -> None:
    names = {path.name for path in bundle.iterdir()}
    assert names == {
        "model.onnx",
        "weights.pt",
        "model.json",
        "card.md",
        "check_input.npy",
        "check_output.npz",
    }
    assert set(load_bundle(bundle).description.files) == names - {"model.json"}
    assert max(verify_bundle(bundle).values()) < 1e-3


def test_torch_and_onnx_agree_on_real_sizes(bundle: Path) -> None:
    parity = load_bundle(bundle).description.metrics["torch_parity"]
    assert len(PARITY_SIZES) == 4
    assert max(parity["types"], parity["surface"]) < 1e-4
    assert parity["relief_um"] < 0.05


@pytest.mark.parametrize("size", [(1, 32, 64), (3, 96, 96), (1, 256, 352)])
def test_the_graph_runs_on_any_size(bundle: Path, size: tuple[int, int, int]) -> None:
    count, height, width = size
    raw = Network(load_bundle(bundle), threads=1).run(np.zeros((*size, 3), np.uint8))
    assert raw.types.shape == (count, 5, height // 2, width // 2)
    assert raw.types.sum(axis=1) == pytest.approx(1.0, abs=1e-5)


def test_nothing_of_this_machine_is_in_the_bundle(bundle: Path, run: Path) -> None:
    root = str(Path(__file__).resolve().parents[1]).encode()
    for path in bundle.iterdir():
        content = path.read_bytes()
        assert root not in content
        assert str(run.parent).encode() not in content
        assert b"site-packages" not in content


def test_the_card_names_the_data_and_their_authors(bundle: Path) -> None:
    text = (bundle / "card.md").read_text(encoding="utf-8")
    for needed in ("10.6084/m9.figshare.5047666", "10.6084/m9.figshare.4220517", "CC BY 4.0", "drawn"):
        assert needed in text


def test_an_existing_bundle_is_never_overwritten(bundle: Path, run: Path) -> None:
    with pytest.raises(FileExistsError, match="--version"):
        export_bundle(run, bundle.parent, "tiny", "0.0.1")


def test_altered_weights_are_refused(bundle: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(bundle, tmp_path / bundle.name)
    model = bytearray((folder / MODEL_FILE).read_bytes())
    model[len(model) // 2] ^= 1
    (folder / MODEL_FILE).write_bytes(bytes(model))
    with pytest.raises(BundleError, match="altered"):
        load_bundle(folder)


def test_calibration_writes_thresholds_and_their_origin(bundle: Path, samples: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(bundle, tmp_path / bundle.name)
    choices = calibrate_bundle(folder, samples, limit=2)
    description = load_bundle(folder).description
    assert description.metrics["calibration"]["samples"] == "drawn"
    for name, choice in choices.items():
        if choice is not None:
            lesions = name in ("scar", "min_confidence")
            expected = choice.threshold if lesions else operating_point(name, choice)
            assert getattr(description.thresholds, name) == expected
    assert choices["pores"] is None  # nothing drawn has pores
    assert "without any real photograph" in (folder / "card.md").read_text(encoding="utf-8")
    verify_bundle(folder)


def test_recorded_figures_stand_on_the_card(bundle: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(bundle, tmp_path / bundle.name)
    assert "Not measured yet" in (folder / "card.md").read_text(encoding="utf-8")
    record(folder, "real", {"auc_clear_gated": {"value": 0.9126, "low": 0.8, "high": None, "n": 41}})
    assert "| auc_clear_gated | 0.913 | 0.800 to – | 41 |" in (folder / "card.md").read_text(encoding="utf-8")
    verify_bundle(folder)


def test_rendered_evaluation_counts_every_scar_once(bundle: Path, samples: Path) -> None:
    results = evaluate_tiles(samples, Instruments(Network(load_bundle(bundle), threads=1), finder=None))
    sums = counts(results)
    assert sums["tiles"] == 4
    assert sums["found"] + sums["missed"] > 0
    assert set(tile_figures(results)) >= {"f1_3mm", "type_accuracy", "relief_r_in_scars", "severity_mae"}


def test_a_mark_that_is_found_badly_gets_no_threshold() -> None:
    assert operating_point("red", Choice(0.14, 0.11)) is None
    assert operating_point("brown", Choice(0.4, 0.5)) == 0.4
    assert operating_point("skin", Choice(0.5, 0.2)) == 0.5
