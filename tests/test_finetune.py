"""Fine-tuning as a researcher does it: planned, from a bundle, in two processes, killed and resumed."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install -e '.[training]'")

from drawn_samples import draw_samples  # noqa: E402
from photo_sets import draw_photos  # noqa: E402
from typer.testing import CliRunner  # noqa: E402

from training.bench import compare_processes  # noqa: E402
from training.checkpoint import LAST, WEIGHTS, load_checkpoint, load_network, save_weights  # noqa: E402
from training.cli import app  # noqa: E402
from training.config import PhotosConfig, TrainConfig  # noqa: E402
from training.learner import freeze  # noqa: E402
from training.loop import train  # noqa: E402
from training.plan import plan, step_count  # noqa: E402

NETWORK = {"encoder": "mobilenet_v3_small", "decoder_width": 16, "fine_width": 8, "grade_width": 8}
ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Holds photographs, rendered samples and a bundle's weights."""
    root = tmp_path_factory.mktemp("tune")
    draw_photos(root / "photos", count=18)
    draw_samples(root / "drawn", count=4, size_px=96)
    torch.manual_seed(0)
    from models.config import NetworkConfig
    from models.network import ScarNet

    (root / "bundle-1.0.0").mkdir()
    save_weights(root / "bundle-1.0.0" / WEIGHTS, ScarNet(NetworkConfig.model_validate(NETWORK)))
    return root


def config_for(place: Path, **changes: dict[str, object]) -> TrainConfig:
    data = {"train": [place / "drawn"], "validation": [place / "drawn"], "crop_px": 64, "batch": 3}
    table = {
        "network": NETWORK,
        "data": data | {"full_tile_px": [96], "workers": 0, "full_tile_every": 5},
        "photos": {"manifest": place / "photos" / "manifest.csv", "whole_px": 128, "whole_every": 3},
        "loop": {
            "max_steps": 6,
            "validate_every": 3,
            "validation_samples": 3,
            "log_every": 1,
            "device": "cpu",
        },
        "start": place / "bundle-1.0.0",
    }
    for section, values in changes.items():
        table[section] = {**table[section], **values} if section in table else values
    return TrainConfig.model_validate(table)


def test_all_kinds_of_labels_teach_in_one_run(place: Path, tmp_path: Path) -> None:
    figures = train(config_for(place, loop={"max_steps": 16, "validate_every": 20}), tmp_path / "run")
    lines = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    met = {name for line in lines for name, value in line.items() if name != "step" and value}
    assert {"types", "box", "point", "image_types", "ordinal", "grades", "keep_relief", "relief"} <= met
    assert figures["photos_loss"] > 0
    facts = load_checkpoint(tmp_path / "run" / LAST)["provenance"]["photos"]
    assert (
        facts["with"] == {"masks": 2, "boxes": 2, "points": 2, "image types": 3, "grades": 2}
        or facts["train"] > 8
    )
    assert "patient-" not in json.dumps(facts)
    told = facts["fingerprints"]
    assert (len(told["train"]), len(told["validation"])) == (facts["train"], facts["validation"])
    assert not set(told["train"]) & set(told["validation"])


def test_two_processes_learn_what_one_does(place: Path, tmp_path: Path) -> None:
    """With photographs and rendered samples, sums over both parts, and a pair loss that only one of them may have."""
    seen = compare_processes(config_for(place, optim={"warmup_steps": 1}), tmp_path / "both", 2, steps=3)
    assert seen.difference < 0.005
    assert min(seen.step_s) > 0


def test_a_killed_run_goes_on_from_its_last_checkpoint(place: Path, tmp_path: Path) -> None:
    loop = {"max_steps": 400, "validate_every": 1000, "checkpoint_minutes": 0.001}
    path = tmp_path / "config.json"
    path.write_text(config_for(place, loop=loop).model_dump_json())
    command = [
        sys.executable,
        "-m",
        "training.cli",
        "train",
        str(path),
        "--name",
        "run",
        "--runs",
        str(tmp_path),
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    checkpoint = tmp_path / "run" / LAST
    until = time.monotonic() + 120
    while not checkpoint.exists() and time.monotonic() < until:
        time.sleep(0.05)
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    lost_at = load_checkpoint(checkpoint)["step"]
    assert 0 < lost_at < 400
    train(config_for(place, loop={**loop, "max_steps": lost_at + 2}), tmp_path / "run", resume=True)
    assert load_checkpoint(checkpoint)["step"] == lost_at + 2


def test_a_run_that_no_longer_gets_better_ends_and_keeps_its_best(place: Path, tmp_path: Path) -> None:
    """So high a rate spoils the network at once: the first validation stays the best."""
    changes = {
        "optim": {"lr": 0.05, "warmup_steps": 1},
        "loop": {"max_steps": 60, "validate_every": 2, "patience": 2},
    }
    figures = train(config_for(place, **changes), tmp_path / "run")
    network, state = load_network(tmp_path / "run")
    assert state["step"] < 60
    assert state["best_step"] <= state["step"] - 4
    assert state["figures"] == figures
    last = load_checkpoint(tmp_path / "run" / LAST)["ema"]
    assert any(not torch.equal(value, last[name]) for name, value in network.state_dict().items())


def test_frozen_layers_and_held_norms_stay_as_they_are(place: Path, tmp_path: Path) -> None:
    optim = {"freeze": ["encoder.stages.0", "encoder.stages.1"], "hold_norms": True, "warmup_steps": 1}
    train(config_for(place, optim=optim), tmp_path / "run")
    start = load_checkpoint(place / "bundle-1.0.0" / WEIGHTS)["network"]
    ended = load_checkpoint(tmp_path / "run" / LAST)["network"]
    changed = {name for name in start if not torch.equal(start[name].float(), ended[name].float())}
    assert not {name for name in changed if name.startswith(("encoder.stages.0", "encoder.stages.1"))}
    assert not {name for name in changed if name.endswith(("running_mean", "running_var"))}
    assert any(name.startswith("encoder.stages.4") for name in changed)
    from models.config import NetworkConfig
    from models.network import ScarNet

    network = ScarNet(NetworkConfig.model_validate(NETWORK))
    with pytest.raises(ValueError, match=r"encoder\.stages\.0.*types"):
        freeze(network, ("encoder.stages.9",))
    with pytest.raises(ValueError, match="nothing to train"):
        freeze(network, ("*",))


def test_the_plan_follows_the_data_and_says_why(place: Path) -> None:
    manifest = place / "photos" / "manifest.csv"
    few = plan(str(place / "bundle-1.0.0"), PhotosConfig(manifest=manifest))
    assert few.network.encoder == "mobilenet_v3_small"
    assert few.optim.hold_norms
    assert few.optim.freeze == ("encoder.stages.0", "encoder.stages.1")
    assert few.plan["fingerprint"]["train"] + few.plan["fingerprint"]["validation"] == 15
    assert "photographs" in few.plan["why"]["freeze"]
    assert TrainConfig.model_validate_json(few.model_dump_json()) == few
    counts = [step_count(photos, 8, 0.5, True) for photos in (20, 50, 500, 5000, 50_000)]
    assert counts == sorted(counts)
    assert counts[1] >= 150
    passes = [
        count * 8 * 0.5 / photos for count, photos in zip(counts, (20, 50, 500, 5000, 50_000), strict=True)
    ]
    assert passes == sorted(passes, reverse=True)
    scratch = plan("scratch", PhotosConfig(manifest=manifest))
    assert scratch.start is None
    assert not scratch.optim.freeze
    assert scratch.loop.max_steps > few.loop.max_steps


def test_the_command_plans_overrides_and_refuses(place: Path, tmp_path: Path) -> None:
    photos = ["--photos", str(place / "photos" / "manifest.csv"), "--name", "x", "--runs", str(tmp_path)]
    asked = ["--from", str(place / "bundle-1.0.0"), "--freeze", "decoder", "--set", "loop.max_steps=7"]
    shown = CliRunner().invoke(app, ["train", *asked, *photos, "--plan-only"])
    assert shown.exit_code == 0, shown.output
    settings = TrainConfig.model_validate_json(shown.stdout)
    assert settings.loop.max_steps == 7
    assert settings.optim.freeze == ("decoder",)
    missing = CliRunner().invoke(app, ["train", "--from", str(tmp_path), *photos])
    assert missing.exit_code == 2
    assert "weights.pt" in missing.output
    nothing = CliRunner().invoke(app, ["train", "--name", "x", "--runs", str(tmp_path)])
    assert nothing.exit_code == 2
    assert "--photos" in nothing.output
