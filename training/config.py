"""A training run as one TOML file: read, overridden by --set key=value, checked, and stored with the run."""

import json
import tomllib
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from models.config import NetworkConfig


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DataConfig(_Section):
    """Where samples come from and how a step's batch is cut from them.

    train, validation: folders of rendered samples (see training.dataset.SampleFolder).
    crop_px: side of the random crops. batch: crops a step.
    full_tile_every: every so many steps the batch holds whole tiles instead, because the severity of a tile
        is known and that of a crop is not; 0 never.
    full_tile_px: sides the whole tiles are resized to, one picked at random for each such step.
    zoom: range of the random enlargement. zoom_sd: spread, on a log scale, of the scale that crops are brought to
        about the network's reference scale.
    scarred_share: of the draws that are of a skin with scars, cut about one of them. Clear skin is easily had and soon
        learnt; drawn evenly, three crops of four would hold no scar.
    sources: kinds of samples to use ("face", "skin", ...), all when empty. px_per_mm: scales of the tiles to use.
    workers: loader processes; each uses one thread.
    shards: parts that a step's batch is drawn in, `batch` crops each; processes share them out, so a run of two shards
        is the same on two processes and on one. 0 gives every process one.
    """

    train: tuple[Path, ...] = ()
    validation: tuple[Path, ...] = ()
    crop_px: int = Field(default=224, multiple_of=32, ge=64)
    batch: int = Field(default=8, ge=1)
    full_tile_every: int = Field(default=4, ge=0)
    full_tile_px: tuple[int, ...] = (384, 448)
    zoom: tuple[float, float] = (0.5, 2.0)
    zoom_sd: float = Field(default=0.4, ge=0)
    scarred_share: float = Field(default=0.65, ge=0, le=1)
    sources: tuple[str, ...] = ()
    px_per_mm: tuple[float, float] = (0.0, 1000.0)
    workers: int = Field(default=1, ge=0)
    shards: int = Field(default=0, ge=0)


class PhotosConfig(_Section):
    """Labelled photographs to train on, beside rendered samples or alone.

    manifest: of data.manifest, with the tables of training.photos.labels beside it. folds, fold: table of folds, and
        the one kept for validation.
    share: of the crops of a step that are cut from photographs; the rest is rendered, where there are samples.
    whole_every: every so many steps the batch is a whole photograph, because grades and image types hold of nothing
        less; 0 never. whole_px: its long side.
    zoom_sd, zoom_sd_assumed: spread on a log scale of the scale that crops are brought to, about the reference, where
        a photograph's scale is known, and where it is only assumed.
    boxes_complete: every scar of a photograph that has boxes lies in one of them.
    close_ups: all that is labelled, scar or not, is skin; otherwise only what lies at a scar is known to be.
    shelf_mb: memory for photographs that were read.
    """

    manifest: Path
    folds: Path | None = None
    fold: int = Field(default=0, ge=0)
    share: float = Field(default=0.5, gt=0, le=1)
    whole_every: int = Field(default=8, ge=0)
    whole_px: int = Field(default=512, multiple_of=32, ge=64)
    zoom_sd: float = Field(default=0.15, ge=0)
    zoom_sd_assumed: float = Field(default=0.35, ge=0)
    boxes_complete: bool = False
    close_ups: bool = False
    shelf_mb: float = Field(default=600.0, gt=0)


class AugmentConfig(_Section):
    """Chances of every damage a photograph may have suffered. All draws come from the step's own generator.

    mirror: left for right. turn: quarter turns; kept rare, because light mostly comes from above and tells
    dents from bumps. The rest is described at each function of training.augment.
    """

    mirror: float = 0.5
    turn: float = 0.25
    tone: float = 0.9
    grey: float = 0.05
    shading: float = 0.4
    highlight: float = 0.2
    blur: float = 0.3
    resample: float = 0.3
    noise: float = 0.4
    jpeg: float = 0.5


class LossConfig(_Section):
    """Weights of the loss terms; `type_weights` are the cross-entropy's, in the order of `TYPES`.

    relief_in_scar: weight of pixels inside scars against those outside. relief_squared_below_um,
        slope_squared_below_um: errors of heights, and of slopes a pixel, are squared up to here and absolute beyond
        (see training.losses.relief_loss).
    pair_*: what two photographs of one skin may not differ in (see training.pair_loss).
    untyped, box, point, image_types, ordinal: labels that photographs have (see training.photos.losses). keep_*: what
        photographs have no label for stays as the network that training started from says.
    """

    types: float = 1.0
    dice: float = 0.5
    surface: float = 0.5
    relief: float = 1.5
    relief_gradient: float = 0.2
    relief_in_scar: float = 2.0
    relief_squared_below_um: float = Field(default=500.0, gt=0)
    slope_squared_below_um: float = Field(default=200.0, gt=0)
    grades: float = 0.05
    pair_scar: float = 1.0
    pair_relief: float = 1.0
    pair_burden: float = 0.1
    pair_grades: float = 0.05
    untyped: float = 1.0
    box: float = 0.3
    point: float = 0.3
    image_types: float = 0.1
    ordinal: float = 0.1
    keep_relief: float = 0.5
    keep_surface: float = 0.5
    type_weights: tuple[float, float, float, float, float] = (1.0, 3.0, 2.0, 1.5, 2.0)


class OptimConfig(_Section):
    """AdamW with warm-up and a cosine to `final_lr_share` of `lr`.

    freeze: names of layers that stay as they are, "encoder.stages.0" with all below it; * stands for anything.
    hold_norms: batch norms keep the statistics that they have. A few crops a step make poor ones, and processes would
        each make their own.
    """

    lr: float = 2e-3
    final_lr_share: float = 0.01
    weight_decay: float = 0.02
    warmup_steps: int = 200
    clip_norm: float = 5.0
    ema_decay: float = Field(default=0.998, ge=0, lt=1)
    freeze: tuple[str, ...] = ()
    hold_norms: bool = False


class LoopConfig(_Section):
    """Length and rhythm of the run.

    max_minutes: wall time over all resumed parts; the learning rate follows whichever of steps and minutes is
        further along, so a run cut by time still ends its cosine. None leaves it to the steps, and only then
        is a resumed run bit for bit the same as an unbroken one.
    pause_at: share of the run after which it stops with a checkpoint, its learning rate not yet down, to be resumed:
        with mined tiles, for example (see training.mine).
    patience: the run ends after so many validations without a better one, and its best weights are its result; 0 goes
        on to the end and takes the last. The figure is the loss on photographs kept for validation, or without
        any the pixel AUC on rendered tiles.
    threads: of torch on the CPU; two one-thread runs beat one two-thread run. 0 keeps torch's own choice.
    amp: bfloat16 on CUDA. It stays off on the CPU: without AMX or AVX512-BF16 a step took 14 times as long.
    """

    seed: int = 0
    max_steps: int = Field(default=6000, ge=1)
    max_minutes: float | None = Field(default=None, gt=0)
    pause_at: float = Field(default=1.0, gt=0, le=1)
    validate_every: int = Field(default=500, ge=1)
    validation_samples: int = Field(default=64, ge=1)
    log_every: int = Field(default=20, ge=1)
    checkpoint_minutes: float = Field(default=5.0, gt=0)
    patience: int = Field(default=0, ge=0)
    threads: int = Field(default=1, ge=0)
    device: str = "auto"
    amp: bool = True


class TrainConfig(_Section):
    """Everything a run depends on besides the samples' bytes.

    start: bundle whose weights it goes on from, if any. plan: how the settings were chosen, where a plan chose them
    (training.plan); for reading only.
    """

    network: NetworkConfig = NetworkConfig()
    data: DataConfig = DataConfig()
    photos: PhotosConfig | None = None
    augment: AugmentConfig = AugmentConfig()
    loss: LossConfig = LossConfig()
    optim: OptimConfig = OptimConfig()
    loop: LoopConfig = LoopConfig()
    start: Path | None = None
    plan: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _has_data(self) -> Self:
        if not self.data.train and self.photos is None:
            raise ValueError("nothing to train on: name data.train, photos.manifest or both")
        return self


def load_config(path: Path, overrides: list[str] | None = None) -> TrainConfig:
    """Reads a TOML file, or a run's config.json, and applies `section.key=value` overrides.

    Values of overrides are TOML, bare words are strings.

    Raises FileNotFoundError, ValueError for an override that is no assignment, pydantic.ValidationError for
    unknown keys and values out of range.
    """
    text = path.read_text(encoding="utf-8")
    table = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    for override in overrides or []:
        _apply_override(table, override)
    return TrainConfig.model_validate(table)


def overridden(config: TrainConfig, overrides: list[str]) -> TrainConfig:
    """A config with overrides applied. Raises as `load_config`."""
    table = config.model_dump()
    for override in overrides:
        _apply_override(table, override)
    return TrainConfig.model_validate(table)


def _apply_override(table: dict[str, Any], override: str) -> None:
    key, separator, text = override.partition("=")
    if not separator:
        raise ValueError(f"--set {override}: write section.key=value, for example --set loop.max_steps=100.")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text
    *sections, name = key.strip().split(".")
    for section in sections:
        table = table.setdefault(section, {})
    table[name] = value
