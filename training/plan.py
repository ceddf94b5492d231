"""Settings of a fine-tuning run, computed from what there is to train on: nobody has to know them.

A plan is an ordinary TrainConfig; the facts it was computed from, and the reason of every choice, stay in its `plan`
and so in the run's config.json, its checkpoint and the bundle's description. `--set` changes any of it.

The rules are conventions of ours. Where a run of ours speaks for one, `docs/finetune.md` shows it.
"""

import logging
import math
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from models.config import NetworkConfig
from training.checkpoint import network_of
from training.config import PhotosConfig, TrainConfig
from training.photos.labels import LabelledPhotos, read_labels

log = logging.getLogger(__name__)

#: Where a run begins, besides a bundle.
IMAGENET, SCRATCH = "imagenet", "scratch"
#: Below so many photographs the finest layers stay as they are; below the second all norms keep their statistics.
FEW, SOME = 300, 3000
#: A step shows each photograph of a data set so often in all: fifty are seen often, fifty thousand a few times.
_PASSES = {50: 40.0, 50_000: 4.0}
_STEPS = (150, 60_000)


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What there is to train on. local, graded: photographs with labels of places, and of the whole."""

    train: int
    validation: int
    local: int
    graded: int
    scale_known: int
    rendered_folders: int
    has_gpu: bool


def fingerprint(labels: LabelledPhotos, rendered: tuple[Path, ...]) -> Fingerprint:
    """Of a data set on this machine."""
    train = labels.train
    return Fingerprint(
        train=len(train),
        validation=len(labels.validation),
        local=sum(photo.is_local for photo in train),
        graded=sum(bool(photo.types or photo.grades) for photo in train),
        scale_known=sum(photo.mm_per_px is not None for photo in train),
        rendered_folders=len(rendered),
        has_gpu=torch.cuda.is_available(),
    )


def plan(
    start: str,
    photos: PhotosConfig,
    rendered: tuple[Path, ...] = (),
    validation: tuple[Path, ...] = (),
    encoder: str = "efficientnet_lite0",
) -> TrainConfig:
    """The settings for training on the labelled photographs of a manifest, mixed with rendered samples where given.

    start: a bundle's folder, `IMAGENET` or `SCRATCH`; encoder: of a network that starts without a bundle.
    Raises DatasetError, LeakError for the labels, FileNotFoundError for a bundle without weights.
    """
    known = fingerprint(read_labels(photos.manifest, photos.folds, photos.fold), rendered)
    why: dict[str, str] = {}
    if not known.validation:
        log.warning(
            "no photograph is kept for validation: the run cannot stop early, and nothing is left to calibrate on. "
            "Split the set with `cicatrix-train split` first."
        )
    bundle = None if start in (IMAGENET, SCRATCH) else Path(start)
    network = network_of(bundle) if bundle else NetworkConfig.model_validate({"encoder": encoder})
    batch = 32 if known.has_gpu else 8
    steps = step_count(known.train, batch, photos.share if rendered else 1.0, bundle is not None)
    why["steps"] = (
        f"{steps}: each of {known.train} photographs is drawn about {_passes(known.train):.0f} times"
    )
    table: dict[str, Any] = {
        "network": {**network.model_dump(), "pretrained": start == IMAGENET},
        "data": _data(known, rendered, validation, batch),
        "photos": {**photos.model_dump(), "share": _share(known, photos, why)},
        "optim": _optim(known, bundle is not None, steps, why),
        "augment": _augment(known, why),
        "loop": _loop(steps, known),
        "start": bundle,
        "plan": {"from": bundle.name if bundle else start, "fingerprint": asdict(known), "why": why},
    }
    return TrainConfig.model_validate(table)


def _passes(count: int) -> float:
    """How often each photograph is drawn: between the ends of `_PASSES`, linear in the logarithms."""
    (few, often), (many, seldom) = sorted(_PASSES.items())
    place = (math.log(max(count, 1)) - math.log(few)) / (math.log(many) - math.log(few))
    return math.exp(math.log(often) + min(max(place, 0.0), 1.0) * (math.log(seldom) - math.log(often)))


def step_count(photos: int, batch: int, share: float, from_bundle: bool) -> int:
    """Steps of a run; from a bundle a fifth of what a network needs that has yet to learn what skin is."""
    steps = photos * _passes(photos) / (batch * share)
    low, high = _STEPS
    return round(min(max(steps * (1.0 if from_bundle else 5.0), low if from_bundle else 10 * low), high))


def _data(
    known: Fingerprint, rendered: tuple[Path, ...], validation: tuple[Path, ...], batch: int
) -> dict[str, Any]:
    cores = max(1, (os.cpu_count() or 2) - 1)
    return {
        "train": rendered,
        "validation": validation,
        "crop_px": 320 if known.has_gpu else 192,
        "batch": batch,
        "full_tile_every": 8 if rendered else 0,
        "workers": min(12, cores) if known.has_gpu else 0,
    }


def _share(known: Fingerprint, photos: PhotosConfig, why: dict[str, str]) -> float:
    """Of the photographs among the crops; the asked one wins where it was set."""
    if not known.rendered_folders:
        why["share"] = "1: there are no rendered samples"
        return 1.0
    if "share" in photos.model_fields_set:
        return photos.share
    share = 0.5 if known.train < FEW else 0.75 if known.train < SOME else 0.9
    why["share"] = f"{share:g}: the more photographs, the less is left to rendered skin"
    return share


def _optim(known: Fingerprint, from_bundle: bool, steps: int, why: dict[str, str]) -> dict[str, Any]:
    if not from_bundle:
        why["freeze"] = "nothing: the network has nothing yet that photographs of skin could spoil"
        return {"lr": 2e-3, "warmup_steps": min(200, steps // 10), "ema_decay": _ema(steps)}
    few = known.train < FEW
    frozen = ("encoder.stages.0", "encoder.stages.1") if few else ()
    why["freeze"] = (
        f"{', '.join(frozen)}: edges and spots are alike in all photographs, and {known.train} are few"
        if frozen
        else "nothing: there are enough photographs"
    )
    hold = known.train < SOME
    why["hold_norms"] = (
        f"{str(hold).lower()}: the norms' statistics come from many thousand tiles" if hold else "false"
    )
    return {
        "lr": 6e-4 if few else 1e-3,
        "weight_decay": 0.05 if few else 0.02,
        "warmup_steps": min(100, steps // 10),
        "ema_decay": _ema(steps),
        "freeze": frozen,
        "hold_norms": hold,
    }


def _ema(steps: int) -> float:
    """Averages over about the last tenth of the run."""
    return min(0.999, max(0.9, 1.0 - 10.0 / steps))


def _augment(known: Fingerprint, why: dict[str, str]) -> dict[str, float]:
    few = known.train < FEW
    strength = 1.0 if few else 0.6
    why["augment"] = (
        f"{strength:g} of the usual damages: few photographs hold few lights and cameras" if few else "0.6"
    )
    usual = {
        "tone": 0.6,
        "grey": 0.03,
        "shading": 0.25,
        "highlight": 0.1,
        "blur": 0.15,
        "resample": 0.2,
        "noise": 0.2,
    }
    return {name: round(strength * chance, 3) for name, chance in {**usual, "jpeg": 0.3}.items()}


def _loop(steps: int, known: Fingerprint) -> dict[str, Any]:
    return {
        "max_steps": steps,
        "validate_every": max(25, steps // 8),
        "validation_samples": min(200, max(known.validation, 1)) if not known.has_gpu else 500,
        "patience": 3 if known.validation >= 5 else 0,
        "log_every": 10,
        "threads": 0 if known.has_gpu else 1,
    }
