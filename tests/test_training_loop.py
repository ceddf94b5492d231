"""Samples, augmentation and the loop, on drawn samples in the renderer's format."""

import json
import os
import shutil
import signal
import threading
import time
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install -e '.[training]'")

from drawn_samples import draw_samples  # noqa: E402

from inference.network.maps import SURFACE  # noqa: E402
from models.network import ScarNet  # noqa: E402
from training import augment  # noqa: E402
from training.checkpoint import (  # noqa: E402
    LAST,
    WEIGHTS,
    average_with,
    continued,
    load_checkpoint,
    load_network,
    save_weights,
    take_over,
)
from training.config import AugmentConfig, DataConfig, TrainConfig, load_config  # noqa: E402
from training.dataset import SampleFolder, TrainingSteps, ValidationTiles, draw_turn, resized, turned  # noqa: E402
from training.loop import train  # noqa: E402
from training.schedule import learning_rate  # noqa: E402

NETWORK = {"encoder": "mobilenet_v3_small", "decoder_width": 16, "fine_width": 8, "grade_width": 8}
CONFIGS = Path(__file__).resolve().parents[1] / "training" / "configs"


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_samples(tmp_path_factory.mktemp("samples") / "drawn", count=6, size_px=96)


def config_for(samples: Path, **loop: object) -> TrainConfig:
    data = {"train": [samples], "validation": [samples], "crop_px": 64, "batch": 2}
    data |= {"full_tile_px": [96], "workers": 0}
    rhythm = {"max_steps": 4, "validate_every": 100, "validation_samples": 2, "log_every": 1, "device": "cpu"}
    return TrainConfig.model_validate({"network": NETWORK, "data": data, "loop": rhythm | loop})


def steps_of(samples: Path, seed: int = 0, rank: int = 0) -> TrainingSteps:
    return TrainingSteps(config_for(samples).data, AugmentConfig(), output_stride=2, seed=seed, rank=rank)


def test_a_step_has_the_same_batch_in_every_process_and_another_on_every_rank(samples: Path) -> None:
    first, again, other = steps_of(samples)[5], steps_of(samples)[5], steps_of(samples, rank=1)[5]
    assert all(torch.equal(first[name].nan_to_num(), again[name].nan_to_num()) for name in first)
    assert not torch.equal(first["image"], other["image"])


def test_crops_have_no_severity_and_every_fourth_step_holds_whole_tiles(samples: Path) -> None:
    crops, tiles = steps_of(samples)[0], steps_of(samples)[3]
    assert crops["image"].shape == (2, 3, 64, 64)
    assert crops["types"].shape == (2, 32, 32)
    assert crops["severity"].isnan().all()
    assert tiles["image"].shape == (1, 3, 96, 96)


def test_missing_labels_stay_missing(samples: Path) -> None:
    folder = SampleFolder(samples)
    face = resized(folder.tile(len(folder) - 1), 96, 2, 6.4)
    assert (face["types"][:10] == 255).all()
    assert face["relief_um"][:10].isnan().all()
    assert face["relief_um"][12:].isfinite().all()
    assert (face["surface_known"] == 1 << SURFACE.index("skin")).all()
    assert face["severity"].isnan()


def test_labels_turn_with_the_picture(samples: Path) -> None:
    tile = SampleFolder(samples).tile(0)
    rng = np.random.default_rng(0)
    for _ in range(8):
        moved = turned(tile, *draw_turn(AugmentConfig(turn=1.0), rng))
        off_skin = moved.surface == 0
        assert np.all(moved.rgb[off_skin] == (40, 60, 90))
        assert moved.severity == tile.severity


def test_relief_keeps_its_slopes_when_the_picture_is_resized(samples: Path) -> None:
    """Heights grow with the picture, from those of the reference scale, as the pixels that they lie over do."""
    tile = SampleFolder(samples).tile(0)
    for side in (64, 128):
        relief = resized(tile, side, 2, tile.px_per_mm)["relief_um"]
        expected_um = float(tile.relief_um.min()) * side / tile.rgb.shape[0]
        assert float(relief.min()) == pytest.approx(expected_um, rel=0.15)
    at_half_the_scale = resized(tile, 96, 2, tile.px_per_mm / 2)["relief_um"]
    assert float(at_half_the_scale.min()) == pytest.approx(2 * float(tile.relief_um.min()), rel=0.15)


def test_views_of_one_skin_are_cut_alike_and_named_as_a_pair(samples: Path, tmp_path: Path) -> None:
    """Here both views are the same picture, so cut, turned and undamaged they must be equal."""
    folder = tmp_path / "views"
    shutil.copytree(samples, folder)
    lines = [json.loads(line) for line in (folder / "samples.jsonl").read_text().splitlines()]
    for line in lines:
        line |= {"group": line["row"] // 2, "row": line["row"] // 2 * 2}
    (folder / "samples.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    config = config_for(folder).data.model_copy(update={"batch": 5, "full_tile_every": 0})
    still = AugmentConfig(**dict.fromkeys(AugmentConfig.model_fields, 0.0))
    batch = TrainingSteps(config, still.model_copy(update={"mirror": 0.5, "turn": 0.5}), 2, seed=0)[0]
    assert batch["pair"].tolist() == [0, 0, 2, 2, -1]
    for name in ("image", "types", "surface"):
        assert torch.equal(batch[name][0], batch[name][1])
    assert not torch.equal(batch["image"][0], batch["image"][2])


def test_only_wanted_samples_are_drawn_and_none_at_all_is_an_error(samples: Path) -> None:
    data = config_for(samples).data
    assert len(SampleFolder(samples).skins(data)) == 6
    assert SampleFolder(samples).skins(data.model_copy(update={"sources": ("face",)})) == [(5,)]
    with pytest.raises(ValueError, match=r"data\.px_per_mm"):
        TrainingSteps(data.model_copy(update={"px_per_mm": (10.0, 20.0)}), AugmentConfig(), 2, seed=0)


@pytest.mark.parametrize(
    "damage",
    [
        augment.tone,
        augment.grey,
        augment.shading,
        augment.highlight,
        augment.blur,
        augment.resample,
        augment.noise,
        augment.jpeg,
    ],
)
def test_every_damage_keeps_shape_and_type_and_follows_its_generator(damage) -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (64, 96, 3), dtype=np.uint8)
    before = rgb.copy()
    first, again = (damage(rgb, np.random.default_rng(3)) for _ in range(2))
    assert first.shape == rgb.shape
    assert first.dtype == np.uint8
    assert np.array_equal(first, again)
    assert np.array_equal(rgb, before)


def test_validation_tiles_are_whole_and_fit_the_network(tmp_path: Path) -> None:
    odd = draw_samples(tmp_path / "odd", count=3, size_px=100)
    tiles = ValidationTiles((odd,), count=2, output_stride=2)
    assert len(tiles) == 2
    assert tiles[0]["image"].shape == (1, 3, 96, 96)


def test_a_folder_of_other_classes_is_refused(tmp_path: Path) -> None:
    folder = draw_samples(tmp_path / "other", count=2)
    meta = json.loads((folder / "meta.json").read_text())
    (folder / "meta.json").write_text(json.dumps(meta | {"types": ["none", "keloid"]}))
    with pytest.raises(ValueError, match="render it again"):
        SampleFolder(folder)


def test_a_run_leaves_its_config_its_figures_and_a_safe_checkpoint(samples: Path, tmp_path: Path) -> None:
    figures = train(config_for(samples), tmp_path / "run")
    lines = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [1, 2, 3, 4, 4]
    assert lines[-1]["validation"] == figures
    assert TrainConfig.model_validate_json((tmp_path / "run" / "config.json").read_text())
    network, state = load_network(tmp_path / "run")
    assert state["step"] == 4
    assert not network.training


def test_a_run_that_was_killed_and_resumed_ends_like_an_unbroken_one(samples: Path, tmp_path: Path) -> None:
    config = config_for(samples, max_steps=24)
    train(config, tmp_path / "whole")
    journal = tmp_path / "broken" / "metrics.jsonl"

    def kill_after_a_step() -> None:
        while not (journal.exists() and journal.stat().st_size):
            time.sleep(0.005)
        os.kill(os.getpid(), signal.SIGTERM)

    killer = threading.Thread(target=kill_after_a_step)
    killer.start()
    train(config, tmp_path / "broken")
    killer.join()
    assert 0 < load_checkpoint(tmp_path / "broken" / LAST)["step"] < 24
    train(config, tmp_path / "broken", resume=True)
    whole, broken = (load_checkpoint(tmp_path / name / LAST) for name in ("whole", "broken"))
    assert broken["step"] == 24
    for part in ("network", "ema"):
        assert all(torch.equal(whole[part][name], broken[part][name]) for name in whole[part])


def test_a_finished_run_is_not_overwritten_and_a_missing_one_not_resumed(
    samples: Path, tmp_path: Path
) -> None:
    train(config_for(samples, max_steps=1), tmp_path / "run")
    with pytest.raises(FileExistsError, match="--resume"):
        train(config_for(samples, max_steps=1), tmp_path / "run")
    with pytest.raises(FileNotFoundError):
        train(config_for(samples, max_steps=1), tmp_path / "none", resume=True)


def test_a_time_limit_ends_the_run(samples: Path, tmp_path: Path) -> None:
    train(config_for(samples, max_steps=100_000, max_minutes=0.03), tmp_path / "run")
    assert 0 < load_checkpoint(tmp_path / "run" / LAST)["step"] < 1000


def test_pits_are_learnt_from_their_shading(samples: Path, tmp_path: Path) -> None:
    easy = {name: 0.0 for name in AugmentConfig.model_fields}
    config = config_for(samples, max_steps=120).model_copy(update={"augment": AugmentConfig(**easy)})
    config = config.model_copy(update={"optim": config.optim.model_copy(update={"warmup_steps": 10})})
    figures = train(config, tmp_path / "run")
    assert figures["scar_auc"] > 0.8
    assert figures["relief_r_in_scars"] > 0.2


@pytest.mark.parametrize("name", ["small", "large"])
def test_shipped_configs_are_valid(name: str) -> None:
    assert load_config(CONFIGS / f"{name}.toml").network.output_stride == 2


def test_overrides_replace_values_and_wrong_ones_are_refused() -> None:
    path = CONFIGS / "small.toml"
    changed = load_config(
        path, ["loop.max_steps=7", "data.train=['elsewhere']", "network.encoder=efficientnet_b0"]
    )
    assert changed.loop.max_steps == 7
    assert changed.data.train == (Path("elsewhere"),)
    assert changed.network.encoder == "efficientnet_b0"
    with pytest.raises(ValueError, match="Extra inputs"):
        load_config(path, ["loop.max_step=7"])
    with pytest.raises(ValueError, match=r"section\.key=value"):
        load_config(path, ["loop.max_steps"])


def test_the_learning_rate_warms_up_and_ends_at_its_floor(samples: Path) -> None:
    optim = config_for(samples).optim
    assert learning_rate(optim, 0, 0.0) == pytest.approx(optim.lr / optim.warmup_steps)
    assert learning_rate(optim, optim.warmup_steps, 0.0) == pytest.approx(optim.lr)
    assert learning_rate(optim, 10_000, 1.0) == pytest.approx(optim.lr * optim.final_lr_share)


def test_a_crop_that_does_not_fit_the_network_is_refused(samples: Path) -> None:
    with pytest.raises(ValueError, match="multiple of 32"):
        DataConfig(train=(samples,), validation=(samples,), crop_px=100)


def test_a_run_resumed_on_other_samples_says_what_came_before() -> None:
    first = {"commit": "a", "samples": [{"folder": "one"}]}
    second = {"commit": "b", "samples": [{"folder": "one"}, {"folder": "two"}]}
    assert continued(first, first, 10) == first
    both = continued(first, second, 10)
    assert both == {**second, "earlier": [{**first, "until_step": 10}]}
    assert continued(both, second, 20) == both


def test_a_paused_run_goes_on_where_it_stopped_and_ends_like_an_unbroken_one(
    samples: Path, tmp_path: Path
) -> None:
    train(config_for(samples), tmp_path / "unbroken")
    train(config_for(samples, pause_at=0.5), tmp_path / "paused")
    assert load_checkpoint(tmp_path / "paused" / LAST)["step"] == 2
    train(config_for(samples), tmp_path / "paused", resume=True)
    unbroken, paused = (load_checkpoint(tmp_path / name / LAST) for name in ("unbroken", "paused"))
    assert all(torch.equal(paused["ema"][name], value) for name, value in unbroken["ema"].items())


def test_crops_about_scars_hold_one(samples: Path) -> None:
    data = config_for(samples).data
    wanted = data.model_copy(update={"scarred_share": 1.0, "full_tile_every": 0, "zoom": (2.0, 2.0)})
    steps = TrainingSteps(wanted, AugmentConfig(), 2, seed=0)
    held = [bool(((labels > 0) & (labels < 255)).any()) for k in range(6) for labels in steps[k]["types"]]
    assert np.mean(held) > 0.9  # the face's labels are missing


def test_a_run_may_start_from_the_weights_of_a_bundle(samples: Path, tmp_path: Path) -> None:
    config = config_for(samples)
    train(config, tmp_path / "first")
    network, _ = load_network(tmp_path / "first")
    (tmp_path / "bundle").mkdir()
    save_weights(tmp_path / "bundle" / WEIGHTS, network)
    again = ScarNet(config.network)
    take_over(again, tmp_path / "bundle")
    for name, value in network.state_dict().items():
        assert torch.allclose(again.state_dict()[name].float(), value.float(), rtol=1e-3, atol=1e-4), name
    train(config.model_copy(update={"start": tmp_path / "bundle"}), tmp_path / "second")
    other = config.network.model_copy(update={"decoder_width": 24})
    with pytest.raises(ValueError, match="another network"):
        take_over(ScarNet(other), tmp_path / "bundle")


def test_the_middle_of_two_weights_lies_between_them(samples: Path, tmp_path: Path) -> None:
    config = config_for(samples).network
    torch.manual_seed(1)
    one, other = ScarNet(config), ScarNet(config)
    first = {name: value.clone() for name, value in one.state_dict().items()}
    save_weights(tmp_path / WEIGHTS, other)
    average_with(one, tmp_path)
    for name, value in one.state_dict().items():
        middle = (first[name] + other.state_dict()[name]) / 2 if value.is_floating_point() else first[name]
        # Weights of a bundle are rounded to half precision: 2^-11 of their size, halved.
        assert torch.allclose(value.float(), middle.float(), rtol=1e-3, atol=1e-3), name
