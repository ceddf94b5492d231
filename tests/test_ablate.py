"""The ablation: what each run changes, that a finished run is taken as it stands, and the table."""

from dataclasses import replace
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install -e '.[training]'")

from drawn_samples import draw_samples  # noqa: E402

from training import ablate as ablation  # noqa: E402
from training.ablate import INGREDIENTS, LOOK_ALIKES, NOTHING, Exam, ablate, configs_of  # noqa: E402
from training.config import TrainConfig  # noqa: E402
from training.evaluate.statistics import Interval  # noqa: E402
from training.evaluate.variants import Variant, as_dict, as_markdown, as_text  # noqa: E402

CONFIGS = Path(__file__).resolve().parents[1] / "training" / "configs"
LITE0 = CONFIGS / "lite0.toml"
EXAM = Exam(Path("photos"), Path("faces"))


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A config file of a tiny network on drawn samples."""
    folder = tmp_path_factory.mktemp("ablation")
    samples = draw_samples(folder / "drawn", count=4, size_px=96)
    text = f"""
        [network]
        encoder = "mobilenet_v3_small"
        decoder_width = 16
        fine_width = 8
        grade_width = 8
        [data]
        train = ["{samples.as_posix()}"]
        validation = ["{samples.as_posix()}"]
        crop_px = 64
        batch = 2
        full_tile_px = [96]
        workers = 0
        [loop]
        max_steps = 500
        max_minutes = 7
        validation_samples = 2
        device = "cpu"
    """
    path = folder / "tiny.toml"
    path.write_text(text, encoding="utf-8")
    return path


def differences(one: TrainConfig, other: TrainConfig) -> set[str]:
    """Settings by section.key in which two configs differ; nothing of what may be missing altogether differs."""
    sections = set(TrainConfig.model_fields) - {"start", "photos", "plan"}
    mine, theirs = one.model_dump(include=sections), other.model_dump(include=sections)
    assert (one.start, one.photos, one.plan) == (other.start, other.photos, other.plan)
    return {
        f"{section}.{key}"
        for section in mine
        for key, value in mine[section].items()
        if theirs[section][key] != value
    }


def test_every_run_lacks_one_ingredient_and_nothing_else() -> None:
    found = configs_of(LITE0, 1100, bare=[Path("bare"), Path("bare_pairs")])
    assert set(found) == set(INGREDIENTS)
    whole = found[NOTHING]
    assert (whole.loop.max_steps, whole.loop.max_minutes) == (1100, None)
    changed = {name: differences(whole, config) for name, config in found.items()}
    assert changed.pop(NOTHING) == set()
    assert changed.pop(LOOK_ALIKES) == {"data.train"}
    assert found[LOOK_ALIKES].data.train == (Path("bare"), Path("bare_pairs"))
    for name, settings in changed.items():
        assert settings == {override.partition("=")[0] for override in INGREDIENTS[name]}, name


def test_rows_that_would_say_nothing_are_skipped() -> None:
    assert LOOK_ALIKES not in configs_of(LITE0, 1100)
    assert "ImageNet weights" not in configs_of(CONFIGS / "small.toml", 1100)
    assert list(configs_of(LITE0, 1100, only=["relief loss"])) == ["relief loss"]
    with pytest.raises(ValueError, match="No such ingredient: salt"):
        configs_of(LITE0, 1100, only=["salt"])


def test_a_measured_run_is_not_made_again(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured: list[Path] = []

    def bundle_of(config: TrainConfig, run: Path, tiles: int) -> Path:
        measured.append(run)
        return run

    figures = {"auc_clear": Interval(0.9, 0.8, 1.0, 44)}
    monkeypatch.setattr(ablation, "bundle_of", bundle_of)
    monkeypatch.setattr(ablation, "measure", lambda bundle, exam: dict(figures))
    configs = configs_of(config, 2, only=[NOTHING, "relief loss"])
    first = ablate(configs, tmp_path / "runs", EXAM)
    assert [path.name for path in measured] == ["nothing", "relief-loss"]
    assert first[0].figures["relief_r_in_scars"].n == 2
    with monkeypatch.context() as broken:
        broken.setattr(ablation, "train", lambda *args, **kwargs: pytest.fail("trained again"))
        assert ablate(configs, tmp_path / "runs", EXAM) == first
        assert len(measured) == 2
        # Another exam measures again, on the run that is there.
        again = ablate({NOTHING: configs[NOTHING]}, tmp_path / "runs", replace(EXAM, faces_every=3))
        assert again == first[:1]
        assert len(measured) == 3
    with pytest.raises(ValueError, match="another recipe"):
        ablate(configs_of(config, 3, only=[NOTHING]), tmp_path / "runs", EXAM)


def test_an_interrupted_run_goes_on(config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = configs_of(config, 3, only=[NOTHING])[NOTHING]
    train = ablation.train

    def stopped(config: TrainConfig, run: Path, resume: bool) -> dict[str, float | None]:
        short = config.model_copy(update={"loop": config.loop.model_copy(update={"max_steps": 1})})
        figures = train(short, run, resume)
        state = torch.load(run / ablation.LAST, weights_only=True)
        torch.save({**state, "config": config.model_dump(mode="json"), "figures": {}}, run / ablation.LAST)
        return figures

    with monkeypatch.context() as broken:
        broken.setattr(ablation, "train", stopped)
        with pytest.raises(InterruptedError, match="same command"):
            ablation.finish(whole, tmp_path / "run")
    figures = ablation.finish(whole, tmp_path / "run")
    assert "relief_r_in_scars" in figures
    assert torch.load(tmp_path / "run" / ablation.LAST, weights_only=True)["step"] == 3


def test_the_table_says_unknown_and_leaves_out_what_no_run_has() -> None:
    full = {"auc_clear": Interval(0.95, 0.9, 1.0, 44), "points_f1": Interval(0.4, 0.3, 0.5, 10)}
    rows = [Variant(NOTHING, full), Variant("pair loss", {"auc_clear": Interval(None, None, None, 0)})]
    lines = as_markdown(rows, "left out", ablation.HEADS).splitlines()
    assert lines[0] == "| left out | AUC clear | points F1 |"
    assert lines[2:] == ["| nothing | 0.950 | 0.400 |", "| pair loss | unknown | unknown |"]
    assert as_text(rows, "left out", ablation.HEADS).splitlines()[1].split() == ["nothing", "0.950", "0.400"]
    assert as_dict(rows, "left out")["left out"][NOTHING]["auc_clear"]["n"] == 44
