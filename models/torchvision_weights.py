"""ImageNet weights of torchvision's backbones, from the file that torchvision keeps; fetched only when asked."""

from pathlib import Path

import torch
from torch import Tensor
from torchvision.models import (
    EfficientNet_B0_Weights,
    MobileNet_V3_Large_Weights,
    MobileNet_V3_Small_Weights,
    WeightsEnum,
)

from models.efficientnet_lite import WeightsMissingError

WEIGHTS: dict[str, WeightsEnum] = {
    "mobilenet_v3_large": MobileNet_V3_Large_Weights.IMAGENET1K_V2,
    "mobilenet_v3_small": MobileNet_V3_Small_Weights.IMAGENET1K_V1,
    "efficientnet_b0": EfficientNet_B0_Weights.IMAGENET1K_V1,
}


def file_of(weights: WeightsEnum) -> Path:
    """Where torchvision keeps these weights on this machine, there or not."""
    return Path(torch.hub.get_dir()) / "checkpoints" / weights.url.rsplit("/", 1)[-1]


def kept(weights: WeightsEnum) -> dict[str, Tensor]:
    """The weights that are on this machine. Raises WeightsMissingError; nothing is ever fetched here."""
    path = file_of(weights)
    if not path.is_file():
        raise WeightsMissingError(
            f"The ImageNet weights {path.name} are not on this machine: put the file into {path.parent}, or give "
            "--download where this machine may fetch it."
        )
    return torch.load(path, map_location="cpu", weights_only=True)


def fetch(weights: WeightsEnum) -> Path:
    """Downloads the weights to where `kept` finds them, and checks their hash. Raises WeightsMissingError offline."""
    try:
        weights.get_state_dict(progress=True, check_hash=True)
    except OSError as error:
        raise WeightsMissingError(
            f"The ImageNet weights {file_of(weights).name} could not be fetched ({error}): put the file into "
            f"{file_of(weights).parent}, or start from a bundle or from scratch."
        ) from error
    return file_of(weights)
