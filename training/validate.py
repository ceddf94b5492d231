"""A validation pass: the averaged network on rendered tiles and on photographs that training does not see."""

import math
from collections.abc import Iterable

import torch
from torch import Tensor

from models.network import Prediction, ScarNet
from training.config import LoopConfig, TrainConfig
from training.dataset import Batch, ValidationTiles
from training.losses import total_loss
from training.metrics import Counts, count, figures
from training.photos.labels import LabelledPhotos
from training.photos.scales import GradeScales
from training.photos.steps import PhotoValidation

#: Of the figures on photographs.
PHOTOS = "photos_"
LOSS = f"{PHOTOS}loss"

Figures = dict[str, float | None]


@torch.inference_mode()
def validate(
    config: TrainConfig,
    weights: dict[str, Tensor],
    device: torch.device,
    known: tuple[LabelledPhotos, GradeScales] | None = None,
) -> Figures:
    """Figures of the network with these weights on held-out tiles, and with the prefix `PHOTOS` on photographs."""
    network = ScarNet(config.network).to(device, memory_format=torch.channels_last).eval()
    network.load_state_dict(weights)
    stride, reference = config.network.output_stride, config.network.reference_px_per_mm
    most, found = config.loop.validation_samples, Figures()
    if config.data.validation:
        tiles = ValidationTiles(config.data.validation, most, stride, reference)
        found |= figures(_counted(network, _items(tiles), config, device)[0])
    if known is not None and config.photos is not None and known[0].validation:
        labels, scales = known
        photos = PhotoValidation(labels, scales, config.photos, stride, reference, most)
        counts, loss = _counted(network, _items(photos), config, device)
        measured = {name: value for name, value in figures(counts).items() if value is not None}
        found |= {f"{PHOTOS}{name}": value for name, value in measured.items()} | {LOSS: loss}
    return found


def _items(data: ValidationTiles | PhotoValidation) -> Iterable[Batch]:
    return (data[item] for item in range(len(data)))


def _counted(
    network: ScarNet, batches: Iterable[Batch], config: TrainConfig, device: torch.device
) -> tuple[Counts, float | None]:
    """Counts over all batches, and the mean of the loss's labelled part on those that are photographs."""
    total, losses = Counts.zero(), []
    for batch in batches:
        with autocast(config.loop, device):
            seen = network(image_of({"image": batch["image"].to(device)}))
        on_cpu = Prediction(*(part.float().cpu() for part in seen))
        total = total.merge(count(on_cpu, batch))
        if "inside" in batch:
            losses.append(float(total_loss(on_cpu, batch, config.loss)[0]))
    return total, sum(losses) / len(losses) if losses else None


def image_of(batch: Batch) -> Tensor:
    """(N, 3, H, W) uint8 of the batch as float32 0..1."""
    return batch["image"].float().div(255.0).contiguous(memory_format=torch.channels_last)


def autocast(loop: LoopConfig, device: torch.device) -> torch.autocast:
    """bfloat16 on CUDA where wanted; never on the CPU, see `LoopConfig.amp`."""
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=loop.amp and device.type == "cuda")


def is_better(new: Figures, old: Figures) -> bool:
    """Whether a validation is better than the best before: by the loss on photographs, else by the AUC on tiles."""
    loss, least = new.get(LOSS), old.get(LOSS)
    if loss is not None:
        return not math.isnan(loss) and (least is None or math.isnan(least) or loss < least)
    now, before = new.get("scar_auc"), old.get("scar_auc")
    return now is not None and (before is None or now > before)
