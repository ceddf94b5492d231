"""Backbones cut into five stages, one for each halving of the resolution."""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torchvision.models import efficientnet_b0, mobilenet_v3_large, mobilenet_v3_small

from models.config import EncoderName
from models.efficientnet_lite import CHANNELS as LITE0_CHANNELS
from models.efficientnet_lite import lite0_stages, load_imagenet
from models.torchvision_weights import WEIGHTS, kept

#: Pixels of the picture per pixel of each stage's features.
STRIDES: tuple[int, ...] = (2, 4, 8, 16, 32)
#: torchvision's 0.01 needs thousands of steps to forget its start, too slow when training from scratch.
BATCH_NORM_MOMENTUM = 0.05

#: Mean and sd of sRGB 0..1 for torchvision's backbones, and for EfficientNet-Lite, which centres 0..255 on 127.
_TORCHVISION = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
_NORMALISATION = {"efficientnet_lite0": ((127 / 255,) * 3, (128 / 255,) * 3)}

_BUILDERS = {
    "mobilenet_v3_large": mobilenet_v3_large,
    "mobilenet_v3_small": mobilenet_v3_small,
    "efficientnet_b0": efficientnet_b0,
}


class _Cut(NamedTuple):
    """Last block of every stage in torchvision's `features`, and the channels that leave it."""

    blocks: tuple[int, int, int, int, int]
    channels: tuple[int, int, int, int, int]


# The last convolution of each backbone only widens the features for classification; it is left out.
_CUTS: dict[str, _Cut] = {
    "mobilenet_v3_large": _Cut((1, 3, 6, 12, 15), (16, 24, 40, 112, 160)),
    "mobilenet_v3_small": _Cut((0, 1, 3, 8, 11), (16, 16, 24, 48, 96)),
    "efficientnet_b0": _Cut((1, 2, 3, 5, 7), (16, 24, 40, 112, 320)),
}


class Encoder(nn.Module):
    """A backbone with random weights that returns the features of every stride.

    MobileNetV3: Howard et al. 2019, arXiv 1905.02244. EfficientNet: Tan & Le 2019, arXiv 1905.11946.
    mean, std: (1, 3, 1, 1) of sRGB 0..1, as the backbone's authors normalise; never the picture's own.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, name: EncoderName) -> None:
        super().__init__()
        self.name: EncoderName = name
        mean, std = _NORMALISATION.get(name, _TORCHVISION)
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(1, 3, 1, 1), persistent=False)
        if name == "efficientnet_lite0":
            self.stages, self.channels = lite0_stages(), LITE0_CHANNELS
        else:
            self.stages, self.channels = _cut(name), _CUTS[name].channels
        for module in self.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.momentum = BATCH_NORM_MOMENTUM

    def forward(self, image: Tensor) -> list[Tensor]:
        """(N, 3, H, W) sRGB 0..1 -> five (N, channels[k], H / STRIDES[k], W / STRIDES[k])."""
        image = (image - self.mean) / self.std
        features = []
        for stage in self.stages:
            image = stage(image)
            features.append(image)
        return features

    def start_from_imagenet(self) -> None:
        """Takes over ImageNet weights: of efficientnet_lite0 from its package, of torchvision's backbones from the file
        that torchvision keeps. Raises WeightsMissingError where they are not on this machine."""
        if self.name == "efficientnet_lite0":
            load_imagenet(self.stages)
        else:
            self.stages.load_state_dict(_cut(self.name, kept(WEIGHTS[self.name])).state_dict())


def _cut(name: EncoderName, weights: dict[str, Tensor] | None = None) -> nn.ModuleList:
    """A torchvision backbone in five stages."""
    cut, backbone = _CUTS[name], _BUILDERS[name](weights=None)
    if weights is not None:
        backbone.load_state_dict(weights)
    blocks = list(backbone.features)
    starts = (0, *(last + 1 for last in cut.blocks[:-1]))
    return nn.ModuleList(
        nn.Sequential(*blocks[start : last + 1]) for start, last in zip(starts, cut.blocks, strict=True)
    )
