"""Seconds a step on this machine, and what a second process is worth."""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from models.network import ScarNet
from training.checkpoint import LAST, load_checkpoint, take_over
from training.config import TrainConfig
from training.loop import find_place, open_session, steps_of


def seconds_a_step(config: TrainConfig, steps: int = 8) -> dict[str, float]:
    """Median seconds of a step on crops and on full tiles, and of making the batch of each."""
    place = find_place(config.loop)
    session = open_session(config, Path(), place, resume=False)
    data = steps_of(config, 0, session.known)
    every = config.data.full_tile_every or steps + 1
    timed: dict[str, list[float]] = {}
    for step in range(steps):
        kind = "tiles" if step % every == every - 1 else "crops"
        started = time.perf_counter()
        batch = data[step]
        made = time.perf_counter()
        session.advance(batch)["loss"].item()  # type: ignore[union-attr]
        timed.setdefault(f"{kind}_data_s", []).append(made - started)
        timed.setdefault(f"{kind}_step_s", []).append(time.perf_counter() - made)
    return {name: sorted(values)[len(values) // 2] for name, values in timed.items()}


@dataclass(frozen=True, slots=True)
class Processes:
    """The same run in one process and in several. step_s: seconds of the quickest step, of one and of several.

    difference: of the trained weights at the end, as a share of the way that they went (Euclidean norms).
    """

    count: int
    step_s: tuple[float, float]
    difference: float

    @property
    def speed_up(self) -> float:
        """Seconds of one process by those of several."""
        return self.step_s[0] / self.step_s[1]


def compare_processes(config: TrainConfig, folder: Path, count: int = 2, steps: int = 12) -> Processes:
    """Trains the same steps in one process and in `count`, both below `folder`, which must be new.

    A step has `count` shards in both, and norms keep their statistics: a process sees only its own part, and norms
    that follow it would differ. Raises RuntimeError when a run fails.
    """
    same = {"data": {"shards": count, "workers": 0}, "optim": {"hold_norms": True}}
    loop = {"max_steps": steps, "validate_every": steps + 1, "log_every": 1, "threads": 1, "device": "cpu"}
    table = _merged(config.model_dump(mode="json"), {**same, "loop": loop})
    folder.mkdir(parents=True)
    path = folder / "config.json"
    path.write_text(json.dumps(table), encoding="utf-8")
    runs = {1: folder / "one", count: folder / "several"}
    for processes, run in runs.items():
        _run(path, run, processes)
    one, several = (load_checkpoint(run / LAST)["network"] for run in runs.values())
    start = start_of(config)
    trained = [name for name, value in one.items() if value.is_floating_point() and "running" not in name]
    apart, way = (
        torch.cat([(one[name] - other[name]).flatten() for name in trained]).norm()
        for other in (several, start)
    )
    step_s = [_step_s(run / "metrics.jsonl") for run in runs.values()]
    return Processes(count, (step_s[0], step_s[1]), float(apart / way))


def start_of(config: TrainConfig) -> dict[str, Tensor]:
    """The weights that a run of this config begins with."""
    torch.manual_seed(config.loop.seed)
    network = ScarNet(config.network)
    if config.start is not None:
        take_over(network, config.start)
    elif config.network.pretrained:
        network.encoder.start_from_imagenet()
    return network.state_dict()


def _merged(table: dict[str, Any], changes: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {**table, **{section: {**table[section], **values} for section, values in changes.items()}}


def _run(config: Path, run: Path, processes: int) -> None:
    torchrun = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes)]
    train = ["-m", "training.cli", "train", str(config), "--name", run.name, "--runs", str(run.parent)]
    command = [sys.executable, *(torchrun if processes > 1 else []), *train]
    root = Path(__file__).resolve().parents[1]
    places = (str(root), os.environ.get("PYTHONPATH", ""))
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(filter(None, places))}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(train)} failed in {processes} processes: {done.stderr[-1500:]}")


def _step_s(journal: Path) -> float:
    """Seconds of the quickest step: what else the machine does slows the others, and the first sets everything up."""
    lines = [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines()]
    return min([line["step_s"] for line in lines if "step_s" in line][1:])
