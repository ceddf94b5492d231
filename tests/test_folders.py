"""A folder per class: duplicates kept together, nothing learnt of what is judged, and the spread told."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

torch = pytest.importorskip("torch", reason="training needs torch: pip install -e '.[training]'")
pytest.importorskip("sklearn", reason="needs scikit-learn: pip install -e '.[training]'")

from data.errors import DatasetError  # noqa: E402
from training.evaluate.shift import FIGURES, row_of  # noqa: E402
from training.folders.classify import Judged, Majority, Ridge, cross_validate, interval_of  # noqa: E402
from training.folders.features import light_figures, map_figures, pooled  # noqa: E402
from training.folders.read import read_folders  # noqa: E402
from training.folders.report import FolderReport, as_dict, as_markdown  # noqa: E402
from training.folders.torchvision_baseline import TorchvisionBaseline  # noqa: E402
from training.metrics import Counts  # noqa: E402


def blocks_of(label: np.ndarray, signal: float, seed: int = 0) -> list[dict[str, np.ndarray]]:
    rng = np.random.default_rng(seed)
    return [
        {"few": rng.normal(size=(3, 4)) + signal * np.eye(4)[k], "noise": rng.normal(size=(3, 60))}
        for k in label
    ]


LABEL = np.repeat(np.arange(3), 14)
GROUP = np.arange(42)


def test_classes_that_can_be_told_are_told_and_noise_is_not() -> None:
    told = cross_validate("told", Ridge(blocks_of(LABEL, 3.0), LABEL, GROUP), LABEL, GROUP, 1)
    noise = cross_validate("noise", Ridge(blocks_of(LABEL, 0.0), LABEL, GROUP), LABEL, GROUP, 1)
    assert told.accuracy > 0.85
    assert 0.05 < noise.accuracy < 0.62  # 1/3 but for chance: nothing of the judged photographs was learnt
    low = interval_of(told.right, GROUP)
    assert low.low <= told.accuracy <= low.high


def test_a_copy_never_helps_to_judge_its_original() -> None:
    """Every photograph is there twice, and nothing but the copy tells the class: were a copy learnt from, all would
    be right."""
    label, group = np.repeat(LABEL, 2), np.repeat(GROUP, 2)
    once = blocks_of(LABEL, 0.0)
    doubled = [one for one in once for _ in range(2)]
    seen: list[tuple[set[int], set[int]]] = []

    class Watched(Ridge):
        def __call__(self, learn, judge):
            seen.append((set(group[learn].tolist()), set(group[judge].tolist())))
            return super().__call__(learn, judge)

    judged = cross_validate("copies", Watched(doubled, label, group), label, group, 1)
    assert all(not learnt & asked for learnt, asked in seen)
    assert judged.accuracy < 0.6


def test_the_majority_is_that_of_the_photographs_learnt_from() -> None:
    label = np.array([0] * 10 + [1] * 5)
    judged = cross_validate("majority", Majority(label), label, np.arange(15), 3)
    assert judged.accuracy == pytest.approx(10 / 15)
    assert judged.recall(1) == 0


def test_folders_are_read_and_the_same_photograph_in_two_classes_is_refused(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for name in ("boxcar", "rolling"):
        (tmp_path / name).mkdir()
        for k in range(3):
            rgb = rng.integers(0, 256, (12, 16, 3), dtype=np.uint8)
            Image.fromarray(rgb).resize((320, 240), Image.Resampling.BICUBIC).save(
                tmp_path / name / f"{k}.png"
            )
    (tmp_path / "boxcar" / "notes.txt").write_text("no photograph")
    with Image.open(tmp_path / "boxcar" / "0.png") as one:
        one.resize((240, 180)).save(tmp_path / "boxcar" / "again.jpg")
        ImageOps.mirror(one).save(tmp_path / "boxcar" / "mirrored.png")
    classes, examples = read_folders(tmp_path)
    assert classes == ("boxcar", "rolling")
    group = {one.path.name: one.group for one in examples if one.label == 0}
    assert len(examples) == 8
    assert group["again.jpg"] == group["mirrored.png"] == group["0.png"] != group["1.png"]
    with Image.open(tmp_path / "boxcar" / "1.png") as one:
        one.resize((240, 180)).save(tmp_path / "rolling" / "copy.jpg")
    with pytest.raises(DatasetError, match="same photograph in two classes"):
        read_folders(tmp_path)
    with pytest.raises(DatasetError, match="two folders"):
        read_folders(tmp_path / "boxcar")


def test_figures_are_of_the_skin_alone_and_finite_without_any() -> None:
    rng = np.random.default_rng(0)
    rgb = rng.integers(0, 256, (64, 80, 3), dtype=np.uint8)
    skin = np.zeros((64, 80), bool)
    skin[:, :40] = True
    other = rgb.copy()
    other[:, 40:] = 7
    assert light_figures(rgb, skin) == pytest.approx(light_figures(other, skin), abs=1e-4)
    assert np.isfinite(light_figures(rgb, np.zeros_like(skin))).all()
    types, relief = rng.random((3, 64, 80)).astype(np.float32), rng.normal(size=(64, 80)).astype(np.float32)
    assert map_figures(types, relief, skin).shape == (12,)
    feature = torch.zeros(1, 2, 4, 4)
    feature[0, 0, :, :2] = 3.0
    weight = np.zeros((4, 4), np.float32)
    weight[:, :2] = 1
    assert pooled(feature, weight) == pytest.approx([3.0, 0.0, 0.0, 0.0], abs=0.05)


def test_the_torchvision_baseline_says_how_sure_it_is_and_where_it_started() -> None:
    rng = np.random.default_rng(0)
    label = np.repeat(np.arange(2), 6)
    pictures = [rng.integers(60 * k, 60 * k + 90, (64, 80, 3), dtype=np.uint8) for k in label]
    baseline = TorchvisionBaseline(pictures, label, epochs=1)
    chance = np.exp(baseline(np.arange(10), np.arange(10, 12)))
    assert chance.shape == (2, 2)
    assert (chance.sum(axis=1) <= 1 + 1e-6).all()  # a mean of two logarithms
    assert baseline.weights in ("none", "ImageNet")


def test_the_report_names_gains_with_intervals_and_no_photograph() -> None:
    rng = np.random.default_rng(0)
    right = np.where(rng.random((4, 42)) < 0.7, LABEL, (LABEL + 1) % 3)
    wrong = (LABEL + rng.integers(0, 3, (4, 42))) % 3
    judged = (Judged("ours", right, LABEL, GROUP), Judged("majority", wrong, LABEL, GROUP))
    report = FolderReport(("a", "b", "c"), (14, 14, 14), 2, judged)
    gain = report.gain(judged[1])
    assert gain.value == pytest.approx(judged[0].accuracy - judged[1].accuracy)
    assert gain.low < gain.value < gain.high
    text = as_markdown(report)
    assert "42 photographs (14 a, 14 b, 14 c)" in text
    assert f"{100 * gain.value:+.0f} points" in text
    assert as_dict(report)["judges"][1]["repeats"] == 4


def test_the_share_of_a_loss_that_came_back_by_hand() -> None:
    """AUC at home 1, on the other kind 1/2, tuned 3/4: half of the loss came back."""

    def counts(scar: list[int], clear: list[int]) -> Counts:
        found = Counts.zero()
        for place in scar:
            found.scar[place] += 1
        for place in clear:
            found.clear[place] += 1
        return found

    home, lost = counts([400, 400], [100, 100]), counts([200, 200], [200, 200])
    back = counts([300, 200], [200, 200])
    measured = [[one] * 6 for one in (home, lost, home, back)]
    row = row_of("AUC", FIGURES["AUC"], measured)
    assert (row.home, row.before, row.after) == (1.0, 0.5, 0.75)
    assert row.recovered.value == pytest.approx(0.5)
    assert row.recovered.low == pytest.approx(0.5)
