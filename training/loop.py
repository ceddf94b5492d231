"""The training loop, top to bottom: place, session, steps, validation. Several GPUs run under torchrun.

cicatrix-train train training/configs/small.toml --name first
torchrun --nproc-per-node 4 -m training.cli train training/configs/large.toml --name first
"""

import logging
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader

from models.network import Prediction, ScarNet, parameter_count
from training.checkpoint import LAST, Ema, continued, load_checkpoint, provenance, save_checkpoint, take_over
from training.config import LoopConfig, TrainConfig
from training.dataset import Batch, TrainingSteps, ValidationTiles
from training.journal import Journal
from training.losses import total_loss
from training.metrics import Counts, count, figures
from training.schedule import Clock, decay_groups, learning_rate

log = logging.getLogger(__name__)


def train(config: TrainConfig, run: Path, resume: bool = False) -> dict[str, float | None]:
    """Trains into the folder `run` and returns the figures of the last validation.

    Raises FileExistsError when the run holds a checkpoint and `resume` is false, FileNotFoundError when it
    holds none and `resume` is true.
    """
    if (run / LAST).exists() and not resume:
        raise FileExistsError(f"{run} holds a run already: pass --resume, or another --name.")
    place = find_place(config.loop)
    session = open_session(config, run, place, resume)
    with stop_on_sigterm() as stopped, Journal(run, config, session.step, place.first) as journal:
        for batch in batches(config, session.step, place):
            if agreed(stopped() or session.clock.progress(session.step) >= config.loop.pause_at, place):
                break
            terms = session.advance(batch)
            journal.step(session.step, terms)
            if place.first and session.step % config.loop.validate_every == 0:
                session.validate(journal)
            if place.first and session.clock.checkpoint_due():
                session.save(run / LAST)
        if place.first:
            if not stopped() and session.step % config.loop.validate_every:
                session.save(run / LAST)
                session.validate(journal)
            session.save(run / LAST)
    if place.world > 1:
        distributed.destroy_process_group()
    return session.figures


@dataclass(frozen=True, slots=True)
class Place:
    """Where this process computes: its device, and its number among the processes of torchrun."""

    device: torch.device
    rank: int
    world: int

    @property
    def first(self) -> bool:
        return self.rank == 0


def find_place(loop: LoopConfig) -> Place:
    """Reads torchrun's environment; without it, one process on the configured device."""
    rank, world = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
    cuda = loop.device.startswith("cuda") or (loop.device == "auto" and torch.cuda.is_available())
    device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0"))) if cuda else torch.device("cpu")
    if cuda:
        torch.cuda.set_device(device)
        torch.set_float32_matmul_precision("high")
    if loop.threads:
        torch.set_num_threads(loop.threads)
    if world > 1:
        distributed.init_process_group("nccl" if cuda else "gloo")
    return Place(device, rank, world)


def agreed(wish: bool, place: Place) -> bool:
    """True when any process wishes it, so that all leave the loop at the same step."""
    if place.world == 1:
        return wish
    vote = torch.tensor(float(wish), device=place.device)
    distributed.all_reduce(vote)
    return bool(vote > 0)


@dataclass(slots=True)
class Session:
    """Everything that changes while training."""

    config: TrainConfig
    place: Place
    network: ScarNet
    wrapped: nn.Module
    optimizer: torch.optim.Optimizer
    ema: Ema
    clock: Clock
    provenance: dict[str, Any]
    figures: dict[str, float | None]
    step: int = 0

    def advance(self, batch: Batch) -> dict[str, Tensor | float]:
        """One step of the optimiser; returns the terms of the loss, the gradient's norm and the rate."""
        # Stochastic depth draws from torch: seeded by step, a resumed run draws what an unbroken one would.
        torch.manual_seed(self.config.loop.seed * 1_000_003 + self.step)
        rate = learning_rate(self.config.optim, self.step, self.clock.progress(self.step))
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        batch = {name: value.to(self.place.device, non_blocking=True) for name, value in batch.items()}
        with autocast(self.config.loop, self.place.device):
            seen = self.wrapped(image_of(batch))
        loss, terms = total_loss(seen, batch, self.config.loss)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(self.network.parameters(), self.config.optim.clip_norm)
        if norm.isfinite():
            self.optimizer.step()
            self.ema.update(self.network)
        self.step += 1
        return {"loss": loss.detach(), **{k: v.detach() for k, v in terms.items()}, "norm": norm, "lr": rate}

    def validate(self, journal: Journal) -> None:
        """Measures the averaged network on the held-out tiles and notes the figures."""
        self.figures = validate(self.config, self.ema.state, self.place.device)
        journal.validation(self.step, self.figures)

    def save(self, path: Path) -> None:
        """Writes all of it atomically."""
        state = {
            "config": self.config.model_dump(mode="json"),
            "step": self.step,
            "elapsed_s": self.clock.elapsed_s,
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "ema": self.ema.state,
            "ema_updates": self.ema.updates,
            "provenance": self.provenance,
            "processes": self.place.world,
            "figures": self.figures,
        }
        save_checkpoint(path, state)
        self.clock.checkpoint_done()

    def restore(self, state: dict[str, Any]) -> None:
        """Takes up a checkpoint of the same network."""
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.ema.state, self.ema.updates = state["ema"], state["ema_updates"]
        self.provenance = continued(state["provenance"], self.provenance, state["step"])
        self.figures = state["figures"]
        self.step = state["step"]


def open_session(config: TrainConfig, run: Path, place: Place, resume: bool) -> Session:
    """A fresh session, or the one stored in the run folder."""
    torch.manual_seed(config.loop.seed)
    state = load_checkpoint(run / LAST, place.device) if resume else None
    network = ScarNet(config.network)
    if state is None and config.start is not None:
        take_over(network, config.start)
    elif state is None and config.network.pretrained:
        network.encoder.start_from_imagenet()
    network = network.to(place.device, memory_format=torch.channels_last).train()
    wrapped = DistributedDataParallel(network) if place.world > 1 else network
    optimizer = torch.optim.AdamW(
        decay_groups(network, config.optim.weight_decay),
        lr=config.optim.lr,
        fused=place.device.type == "cuda",
    )
    ema = Ema(network, config.optim.ema_decay)
    clock = Clock(config.loop, state["elapsed_s"] if state else 0.0)
    session = Session(
        config, place, network, wrapped, optimizer, ema, clock, provenance(config.data.train), figures={}
    )
    if state:
        session.restore(state)
    size = parameter_count(network) / 1e6
    log.info("%s, %.2f M parameters, %s, step %d", config.network.encoder, size, place.device, session.step)
    return session


def batches(config: TrainConfig, start: int, place: Place) -> Iterator[Batch]:
    """The batches of the steps from `start` on."""
    steps = TrainingSteps(
        config.data,
        config.augment,
        config.network.output_stride,
        config.loop.seed,
        place.rank,
        config.network.reference_px_per_mm,
    )
    loader: DataLoader[Batch] = DataLoader(
        steps,
        batch_size=None,
        sampler=range(start, config.loop.max_steps),
        num_workers=config.data.workers,
        pin_memory=place.device.type == "cuda",
        prefetch_factor=4 if config.data.workers else None,
    )
    return iter(loader)


def image_of(batch: Batch) -> Tensor:
    """(N, 3, H, W) uint8 of the batch as float32 0..1."""
    return batch["image"].float().div(255.0).contiguous(memory_format=torch.channels_last)


def autocast(loop: LoopConfig, device: torch.device) -> torch.autocast:
    """bfloat16 on CUDA where wanted; never on the CPU, see `LoopConfig.amp`."""
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=loop.amp and device.type == "cuda")


@torch.inference_mode()
def validate(
    config: TrainConfig, weights: dict[str, Tensor], device: torch.device
) -> dict[str, float | None]:
    """Figures of the network with these weights on whole held-out tiles."""
    network = ScarNet(config.network).to(device, memory_format=torch.channels_last).eval()
    network.load_state_dict(weights)
    tiles = ValidationTiles(
        config.data.validation,
        config.loop.validation_samples,
        config.network.output_stride,
        config.network.reference_px_per_mm,
    )
    total = Counts.zero()
    for batch in (tiles[item] for item in range(len(tiles))):
        with autocast(config.loop, device):
            seen = network(image_of({"image": batch["image"].to(device)}))
        total = total.merge(count(Prediction(*(part.float().cpu() for part in seen)), batch))
    return figures(total)


@contextmanager
def stop_on_sigterm() -> Iterator[Any]:
    """Yields a question: was SIGTERM received? The loop then ends at a step's end, with a checkpoint."""
    received: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _frame: received.append(number))
    try:
        yield lambda: bool(received)
    finally:
        signal.signal(signal.SIGTERM, before)


def seconds_a_step(config: TrainConfig, steps: int = 8) -> dict[str, float]:
    """Median seconds of a step on crops and on full tiles, and of making the batch of each."""
    place = find_place(config.loop)
    session = open_session(config, Path(), place, resume=False)
    data = TrainingSteps(
        config.data,
        config.augment,
        config.network.output_stride,
        config.loop.seed,
        reference_px_per_mm=config.network.reference_px_per_mm,
    )
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
