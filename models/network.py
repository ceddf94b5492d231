"""The whole network: encoder, pyramid, heads. `ScarNet` trains; `ExportedScarNet` is what a bundle holds."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from models.config import NetworkConfig
from models.decoder import Decoder
from models.encoder import STRIDES, Encoder
from models.heads import GradeHead, ReliefHead, surface_head, types_head

#: Height and width must be multiples of the coarsest stride.
SIZE_MULTIPLE = STRIDES[-1]


class Prediction(NamedTuple):
    """What training sees, at the network's output stride.

    types_logits: (N, 5, h, w) over `TYPES`. surface_logits: (N, 7, h, w) over `SURFACE`.
    relief_um: (N, 1, h, w) float32 height over the unscarred surface, in micrometres at the config's reference scale.
    grades: (N, 4) float32, see `GRADES`.
    """

    types_logits: Tensor
    surface_logits: Tensor
    relief_um: Tensor
    grades: Tensor


class ScarNet(nn.Module):
    """Picture in, scar types, surface, relief and grades out."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = Encoder(config.encoder)
        channels = self.encoder.channels
        self.decoder = Decoder(channels, config.decoder_width, config.fine_width, config.output_stride)
        self.types = types_head(self.decoder.out_channels)
        self.surface = surface_head(self.decoder.out_channels)
        self.relief = ReliefHead(self.decoder.out_channels)
        self.grades = GradeHead(channels, config.output_stride, config.grade_width)

    def forward(self, image: Tensor) -> Prediction:
        """(N, 3, H, W) float32 sRGB 0..1, H and W multiples of 32.

        Raises ValueError when the size does not fit.
        """
        if not torch.compiler.is_compiling():
            check_size(image)
        features = self.encoder(image)
        decoded = self.decoder(features)
        types_logits, surface_logits = self.types(decoded), self.surface(decoded)
        return Prediction(
            types_logits,
            surface_logits,
            self.relief(decoded),
            self.grades(features, types_logits, surface_logits),
        )


class ExportedScarNet(nn.Module):
    """The four tensors of a bundle: probabilities in place of logits."""

    def __init__(self, network: ScarNet) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """(N, 3, H, W) float32 sRGB 0..1 -> types (softmax), surface (sigmoid), relief_um, grades."""
        seen = self.network(image)
        return seen.types_logits.softmax(dim=1), seen.surface_logits.sigmoid(), seen.relief_um, seen.grades


def check_size(image: Tensor) -> None:
    """Raises ValueError unless the picture is (N, 3, H, W) with H and W multiples of `SIZE_MULTIPLE`."""
    if image.ndim != 4 or image.shape[1] != 3:
        raise ValueError(f"Expected a batch of shape (N, 3, H, W), got {tuple(image.shape)}.")
    height, width = image.shape[-2:]
    if height % SIZE_MULTIPLE or width % SIZE_MULTIPLE or not height or not width:
        fitting = tuple(max(-(-side // SIZE_MULTIPLE), 1) * SIZE_MULTIPLE for side in (height, width))
        raise ValueError(
            f"Picture of {height} x {width} px does not fit: pad to a multiple of {SIZE_MULTIPLE}, "
            f"here {fitting[0]} x {fitting[1]}, and crop the maps back."
        )


def parameter_count(network: nn.Module) -> int:
    """Number of trained values."""
    return sum(p.numel() for p in network.parameters() if p.requires_grad)
