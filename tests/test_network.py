"""Bundles are verified before they run, and the maps lie where the photograph's pixels lie."""

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bundles import GRADES, SKIN_GREEN, build_bundle
from photo_files import skin

from inference.errors import BundleError
from inference.network import bundle as bundle_module
from inference.network.bundle import Plan, default_bundle_folder, load_bundle
from inference.network.maps import TYPES
from inference.network.session import Network, working_picture
from inference.network.verify import verify_bundle
from inference.photo.photo import Photo, Scale

PLAN = Plan(px_per_mm=6.4, max_side_px=1536, min_side_px=256, pad_multiple=32)


def photo_of(rgb: np.ndarray, mm_per_px: float) -> Photo:
    return Photo("a.jpg", "0" * 64, rgb, Scale(mm_per_px, "given", 0.03))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_bundle(tmp_path_factory.mktemp("bundles") / "arithmetic-0.0.1")


def edited(folder: Path, tmp_path: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    """A copy of the bundle with its description changed."""
    copy = build_bundle(tmp_path / folder.name)
    description = json.loads((copy / "model.json").read_text())
    change(description)
    (copy / "model.json").write_text(json.dumps(description))
    return copy


def test_loads_and_reproduces_its_check_picture(folder: Path) -> None:
    bundle = load_bundle(folder)
    assert bundle.sha256 == bundle.description.files["model.onnx"]
    differences = verify_bundle(folder)
    assert set(differences) == {"types", "surface", "relief_um", "grades"}
    assert differences["types"] < 1e-5


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.update(surprise=1),
        lambda d: d["thresholds"].update(surprise=0.5),
        lambda d: d["thresholds"].update(scar=1.5),
        lambda d: d.pop("plan"),
        lambda d: d["outputs"]["types"].reverse(),
        lambda d: d["files"].pop("model.onnx"),
        lambda d: d["input"].update(color="linear"),
        lambda d: d["plan"].update(pad_multiple=48),
    ],
)
def test_refuses_a_description_that_does_not_fit(
    folder: Path, tmp_path: Path, change: Callable[[dict[str, Any]], object]
) -> None:
    with pytest.raises(BundleError, match="does not fit this version"):
        load_bundle(edited(folder, tmp_path, change))


def test_refuses_an_altered_or_missing_network(tmp_path: Path) -> None:
    copy = build_bundle(tmp_path / "a-0.0.1")
    content = bytearray((copy / "model.onnx").read_bytes())
    content[-1] ^= 1
    (copy / "model.onnx").write_bytes(bytes(content))
    with pytest.raises(BundleError, match="altered"):
        load_bundle(copy)
    (copy / "model.onnx").unlink()
    with pytest.raises(BundleError, match=r"lacks model\.onnx"):
        load_bundle(copy)


def test_refuses_a_folder_that_is_no_bundle(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="no model bundle"):
        load_bundle(tmp_path)


def test_verify_refuses_files_that_were_altered_or_lie_outside(folder: Path, tmp_path: Path) -> None:
    copy = build_bundle(tmp_path / "a-0.0.1")
    (copy / "card.md").write_text("Finds everything.")
    with pytest.raises(BundleError, match=r"card\.md has been altered"):
        verify_bundle(copy)
    outside = edited(folder, tmp_path / "b", lambda d: d["files"].update({"../secret": "0" * 64}))
    with pytest.raises(BundleError, match="outside its folder"):
        verify_bundle(outside)


def test_verify_refuses_a_network_that_computes_something_else(tmp_path: Path) -> None:
    copy = build_bundle(tmp_path / "a-0.0.1")
    with np.load(copy / "check_output.npz") as stored:
        outputs = dict(stored)
    outputs["relief_um"] = outputs["relief_um"] + 5
    np.savez(copy / "check_output.npz", **outputs)
    description = json.loads((copy / "model.json").read_text())
    del description["files"]["check_output.npz"]
    (copy / "model.json").write_text(json.dumps(description))
    with pytest.raises(BundleError, match="relief_um differs by 5"):
        verify_bundle(copy)


def test_the_newest_bundle_is_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CICATRIX_BUNDLE", raising=False)
    monkeypatch.setattr(bundle_module, "BUNDLES_FOLDER", tmp_path)
    with pytest.raises(BundleError, match="No model bundle"):
        default_bundle_folder()
    for name in ("atrophic-0.9.0", "atrophic-0.10.0", "atrophic-0.2.0"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "model.json").touch()
    assert default_bundle_folder().name == "atrophic-0.10.0"
    monkeypatch.setenv("CICATRIX_BUNDLE", str(tmp_path / "mine"))
    assert default_bundle_folder() == tmp_path / "mine"


@pytest.mark.parametrize(
    ("size", "mm_per_px", "expected"),
    [
        ((600, 800), 0.1, (384, 512)),  # 80 mm at 6.4 px per mm
        ((300, 400), 0.25, (480, 640)),  # enlarged
        ((3000, 4000), 0.1, (1152, 1536)),  # 400 mm would need 2560 px
        ((640, 640), 1 / 6.4, (640, 640)),  # as it is
        ((64, 2000), 0.005, (2, 64)),
    ],
)
def test_working_size(size: tuple[int, int], mm_per_px: float, expected: tuple[int, int]) -> None:
    picture = working_picture(photo_of(np.zeros((*size, 3), np.uint8), mm_per_px), PLAN)
    assert picture.shape == (*expected, 3)
    assert picture.dtype == np.uint8


@pytest.mark.parametrize("stride", [1, 2, 4])
def test_maps_lie_on_the_working_picture(tmp_path: Path, stride: int) -> None:
    """A dark square is found where it is, to a stride, in a picture that needs both resizing and padding."""
    network = Network(load_bundle(build_bundle(tmp_path / "a-0.0.1", stride)), threads=1)
    rgb = np.full((450, 610, 3), (190, 145, 120), np.uint8)
    rgb[200:260, 300:400] = 60
    mm_per_px = 0.1
    maps = network.maps(photo_of(rgb, mm_per_px))
    assert maps.rgb.shape == (288, 390, 3)
    assert maps.types.shape == (5, 288, 390)
    assert maps.surface.shape == (7, 288, 390)
    assert maps.relief_um.shape == (288, 390)
    assert {m.dtype for m in (maps.types, maps.surface, maps.relief_um)} == {np.dtype(np.float32)}
    assert maps.mm_per_px == pytest.approx(mm_per_px * 610 / 390)
    np.testing.assert_allclose(maps.types.sum(0), 1, atol=1e-5)

    ys, xs = np.nonzero(maps.type_map("boxcar") > 0.5)
    edges_px = np.array([ys.min(), ys.max() + 1, xs.min(), xs.max() + 1])
    np.testing.assert_allclose(edges_px, np.array([200, 260, 300, 400]) * 0.64, atol=stride)
    assert maps.relief_um[144, 224] == pytest.approx(1000 * (60 / 255 - SKIN_GREEN), abs=1)
    assert maps.relief_um[20, 20] == pytest.approx(0, abs=0.1)
    assert (maps.surface_map("skin") > 0.99).all()
    assert (maps.severity.value, maps.severity.sd) == (pytest.approx(GRADES[0]), pytest.approx(1.0))
    assert (maps.roughness_sa_um.value, maps.roughness_sa_um.sd) == (pytest.approx(12), pytest.approx(3))


def test_a_patch_smaller_than_the_least_side_keeps_its_scale(folder: Path) -> None:
    maps = Network(load_bundle(folder), threads=1).maps(photo_of(skin(70, 64), 0.1))
    assert maps.types.shape == (len(TYPES), 45, 41)


def test_the_calibrated_gain_deepens_the_relief(folder: Path, tmp_path: Path) -> None:
    photo = photo_of(np.full((300, 400, 3), 90, np.uint8), 0.1)
    plain = Network(load_bundle(folder)).maps(photo).relief_um
    deeper = edited(folder, tmp_path, lambda description: description.update(relief_gain=2.5))
    np.testing.assert_allclose(Network(load_bundle(deeper)).maps(photo).relief_um, 2.5 * plain, rtol=1e-6)
    assert np.abs(plain).max() > 0


def test_the_same_picture_gives_the_same_maps_also_after_pickling(folder: Path) -> None:
    network = Network(load_bundle(folder), threads=1)
    photo = photo_of(skin(300, 400), 0.1)
    first = network.maps(photo)
    copy = pickle.loads(pickle.dumps(network))
    for again in (network.maps(photo), copy.maps(photo)):
        np.testing.assert_array_equal(first.types, again.types)
        np.testing.assert_array_equal(first.relief_um, again.relief_um)


def test_a_graph_that_cannot_run_is_a_bundle_error(tmp_path: Path) -> None:
    network = Network(load_bundle(build_bundle(tmp_path / "a-0.0.1")), threads=1)
    with pytest.raises(BundleError, match="cannot be run"):
        network.run(np.zeros((1, 64, 64, 4), np.uint8))


def test_the_shipped_bundle_reproduces_here() -> None:
    try:
        folder = default_bundle_folder()
    except BundleError as error:
        pytest.skip(str(error))
    assert verify_bundle(folder)
    assert sum(path.stat().st_size for path in folder.iterdir()) < 20_000_000
