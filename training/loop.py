"""The training loop, top to bottom: place, session, steps, validation. Several GPUs run under torchrun.

cicatrix-train train training/configs/small.toml --name first
cicatrix-train train --from models/bundles/atrophic-0.2.3 --photos manifest.csv --name mine
torchrun --nproc-per-node 4 -m training.cli train training/configs/large.toml --name first
"""

import logging
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader

from models.network import ScarNet, parameter_count
from training.checkpoint import LAST, Ema, continued, load_checkpoint, provenance, save_checkpoint, take_over
from training.config import LoopConfig, TrainConfig
from training.dataset import Batch, TrainingSteps
from training.journal import Journal
from training.learner import Learner, asked_of, labels_of, reader_of, remembered, say
from training.losses import total_loss
from training.photos.labels import LabelledPhotos
from training.photos.scales import GradeScales
from training.photos.steps import MixedSteps, PhotoCrops, ShardedSteps
from training.schedule import Clock, decay_groups, learning_rate
from training.validate import autocast, image_of, is_better, validate

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
        for batch in batches(config, session.step, place, session.known):
            over = session.clock.progress(session.step) >= config.loop.pause_at or session.is_done
            if agreed(stopped() or over, place):
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
    return session.result


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
    learner: Learner
    wrapped: nn.Module
    taught: ScarNet | None
    known: tuple[LabelledPhotos, GradeScales] | None
    optimizer: torch.optim.Optimizer
    ema: Ema
    clock: Clock
    provenance: dict[str, Any]
    figures: dict[str, float | None]
    step: int = 0
    best: dict[str, Any] | None = None
    since_best: int = 0

    @property
    def network(self) -> ScarNet:
        return self.learner.network

    @property
    def is_done(self) -> bool:
        """Whether so many validations went by without a better one that the run may end."""
        return bool(self.config.loop.patience) and self.since_best >= self.config.loop.patience

    @property
    def result(self) -> dict[str, float | None]:
        """Figures of the weights that the run will be exported with."""
        return self.best["figures"] if self.best else self.figures

    def advance(self, batch: Batch) -> dict[str, Tensor | float]:
        """One step of the optimiser; returns the terms of the loss, the gradient's norm and the rate."""
        # Stochastic depth draws from torch: seeded by step, a resumed run draws what an unbroken one would.
        torch.manual_seed(self.config.loop.seed * 1_000_003 + self.step)
        rate = learning_rate(self.config.optim, self.step, self.clock.progress(self.step))
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        batch = {name: value.to(self.place.device, non_blocking=True) for name, value in batch.items()}
        with autocast(self.config.loop, self.place.device):
            seen, graded = self.wrapped(image_of(batch), asked_of(batch))
            taught = say(self.taught, image_of(batch)) if self.taught else None
        loss, terms = total_loss(seen, batch, self.config.loss, graded, taught)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(self.learner.parameters(), self.config.optim.clip_norm)
        if norm.isfinite():
            self.optimizer.step()
            self.ema.update(self.network)
        self.step += 1
        return {"loss": loss.detach(), **{k: v.detach() for k, v in terms.items()}, "norm": norm, "lr": rate}

    def validate(self, journal: Journal) -> None:
        """Measures the averaged network on what is held out, notes the figures, and keeps the best weights."""
        self.figures = validate(self.config, self.ema.state, self.place.device, self.known)
        journal.validation(self.step, self.figures)
        if not self.config.loop.patience:
            return
        if self.best is None or is_better(self.figures, self.best["figures"]):
            weights = {name: value.clone() for name, value in self.ema.state.items()}
            self.best = {"step": self.step, "figures": self.figures, "weights": weights}
            self.since_best = 0
        else:
            self.since_best += 1

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
            "best": self.best,
            "since_best": self.since_best,
            "reader": self.learner.reader.state_dict() if self.learner.reader else None,
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
        self.best, self.since_best = state.get("best"), state.get("since_best", 0)
        if self.learner.reader is not None:
            self.learner.reader.load_state_dict(state["reader"])
        self.step = state["step"]


def open_session(config: TrainConfig, run: Path, place: Place, resume: bool) -> Session:
    """A fresh session, or the one stored in the run folder."""
    torch.manual_seed(config.loop.seed)
    state = load_checkpoint(run / LAST, place.device) if resume else None
    network, known = ScarNet(config.network), labels_of(config)
    if config.start is not None:
        take_over(network, config.start)
    elif state is None and config.network.pretrained:
        network.encoder.start_from_imagenet()
    taught = remembered(network, config)
    reader = reader_of(known[1]) if known else None
    learner = Learner(network, reader, config.optim)
    learner = learner.to(place.device, memory_format=torch.channels_last).train()
    wrapped = DistributedDataParallel(learner) if place.world > 1 else learner
    optimizer = torch.optim.AdamW(
        decay_groups(learner, config.optim.weight_decay),
        lr=config.optim.lr,
        fused=place.device.type == "cuda",
    )
    ema = Ema(network, config.optim.ema_decay)
    clock = Clock(config.loop, state["elapsed_s"] if state else 0.0)
    taught = taught.to(place.device, memory_format=torch.channels_last) if taught else None
    facts = provenance(config.data.train, config.photos, known)
    session = Session(
        config, place, learner, wrapped, taught, known, optimizer, ema, clock, facts, figures={}
    )
    if state:
        session.restore(state)
    size = parameter_count(network) / 1e6
    log.info("%s, %.2f M parameters, %s, step %d", config.network.encoder, size, place.device, session.step)
    return session


def batches(
    config: TrainConfig, start: int, place: Place, known: tuple[LabelledPhotos, GradeScales] | None
) -> Iterator[Batch]:
    """This process's batches of the steps from `start` on."""
    loader: DataLoader[Batch] = DataLoader(
        ShardedSteps([steps_of(config, shard, known) for shard in shards_of(config, place)]),
        batch_size=None,
        sampler=range(start, config.loop.max_steps),
        num_workers=config.data.workers,
        pin_memory=place.device.type == "cuda",
        prefetch_factor=4 if config.data.workers else None,
    )
    return iter(loader)


def shards_of(config: TrainConfig, place: Place) -> range:
    """The shards of every step that this process takes. Raises ValueError where they cannot be shared out evenly."""
    shards = config.data.shards or place.world
    if shards % place.world:
        raise ValueError(
            f"{shards} shards cannot be shared out among {place.world} processes: set data.shards to a multiple."
        )
    return range(place.rank, shards, place.world)


def steps_of(
    config: TrainConfig, shard: int, known: tuple[LabelledPhotos, GradeScales] | None
) -> TrainingSteps | MixedSteps:
    """The steps of one shard: rendered samples, photographs, or both."""
    stride, reference = config.network.output_stride, config.network.reference_px_per_mm
    rendered = None
    if config.data.train:
        rendered = TrainingSteps(config.data, config.augment, stride, config.loop.seed, shard, reference)
    if known is None or config.photos is None:
        assert rendered is not None
        return rendered
    photos = PhotoCrops(*known, config.photos, config.augment, stride, reference)
    return MixedSteps(photos, rendered, config, shard)


@contextmanager
def stop_on_sigterm() -> Iterator[Any]:
    """Yields a question: was SIGTERM received? The loop then ends at a step's end, with a checkpoint."""
    received: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _frame: received.append(number))
    try:
        yield lambda: bool(received)
    finally:
        signal.signal(signal.SIGTERM, before)
