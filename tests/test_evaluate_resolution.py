"""Other working resolutions of one bundle, in memory only."""

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

pytest.importorskip("torch", reason="the training extra is not installed")

from bundles import build_bundle
from drawn_samples import draw_samples
from photo_files import skin

from inference.network.bundle import Bundle, load_bundle
from inference.network.session import Network
from inference.photo.photo import Photo, Scale
from training.evaluate import resolution, variants
from training.evaluate.cli import app
from training.evaluate.resolution import TimedNetwork, at_resolution, evaluate_resolutions
from training.evaluate.statistics import Interval


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return load_bundle(build_bundle(tmp_path_factory.mktemp("bundle") / "arithmetic"))


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_samples(tmp_path_factory.mktemp("samples") / "drawn", count=3, size_px=320)


def photo(height_px: int, width_px: int, mm_per_px: float) -> Photo:
    return Photo("skin", "0" * 64, skin(height_px, width_px), Scale(mm_per_px, "given", 0.0))


def test_only_the_working_picture_changes(bundle: Bundle) -> None:
    before = (bundle.folder / "model.json").read_bytes()
    finer = at_resolution(bundle, 9.6)
    plan, own = finer.description.plan, bundle.description.plan
    assert (plan.px_per_mm, plan.max_side_px) == (9.6, 1.5 * own.max_side_px)
    assert finer.description.model_copy(update={"plan": own}) == bundle.description
    assert finer.folder == bundle.folder
    assert (bundle.folder / "model.json").read_bytes() == before
    seen = Network(finer, threads=1).maps(photo(100, 120, 0.25))
    assert seen.rgb.shape == (240, 288, 3)
    assert seen.mm_per_px == pytest.approx(1 / 9.6)
    with pytest.raises(ValueError, match="above 0"):
        at_resolution(bundle, 0.0)


def test_a_long_photograph_keeps_its_millimetres(bundle: Bundle) -> None:
    long = photo(64, 1200, 0.25)  # 300 mm, where 1536 px at 6.4 px/mm are 240
    for px_per_mm in (4.0, 6.4):
        seen = Network(at_resolution(bundle, px_per_mm), threads=1).maps(long)
        assert seen.rgb.shape[1] == pytest.approx(240 * px_per_mm, abs=1)


def test_heights_keep_the_scale_they_were_learnt_at(tmp_path: Path) -> None:
    outputs = load_bundle(build_bundle(tmp_path / "plain")).description.outputs.model_dump(mode="json")
    scaled = load_bundle(build_bundle(tmp_path / "scaled", outputs=outputs | {"relief_px_per_mm": 6.4}))
    flat = Photo("flat", "0" * 64, np.full((64, 64, 3), 90, np.uint8), Scale(0.25, "given", 0.0))
    own, coarse = (Network(at_resolution(scaled, r), threads=1).maps(flat).relief_um for r in (6.4, 3.2))
    # The arithmetic network reads heights off grey levels, so halving the picture leaves the output as it is.
    assert float(np.median(coarse)) == pytest.approx(2 * float(np.median(own)), rel=0.05)


def test_time_is_counted_by_photograph_and_by_its_own_pixels(bundle: Bundle) -> None:
    network = TimedNetwork(bundle, threads=1)
    assert network.pace()["ms_a_picture"] == Interval(None, None, None, 0)
    for _ in range(4):
        network.maps(photo(200, 250, 0.3))
    pace = network.pace()
    assert pace["ms_a_picture"].n == 3
    assert pace["ms_a_megapixel"].value == pytest.approx(20 * (pace["ms_a_picture"].value or 0))


def test_a_row_for_every_resolution(
    bundle: Bundle, samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[float] = []

    def real(instruments, photos, faces, every):
        asked.append(instruments.network.bundle.description.plan.px_per_mm)
        return {"auc_clear": Interval(0.9, None, None, 1)}

    monkeypatch.setattr(resolution, "real_figures", real)
    rows = evaluate_resolutions(bundle, (5.0, 8.0), tmp_path, samples=samples, limit=2)
    assert asked == [5.0, 8.0]
    assert [row.name for row in rows] == ["5", "8"]
    head, *lines = variants.as_text(rows, resolution.FIRST, resolution.HEADS).splitlines()
    assert head.startswith("px/mm  AUC clear  rendered F1")
    assert "bench" in head
    assert all(line.split()[1] == "0.900" for line in lines)
    arguments = ["resolution", str(tmp_path), "--bundle", str(bundle.folder), "--px-per-mm", "0"]
    assert CliRunner().invoke(app, arguments).exit_code == 2
