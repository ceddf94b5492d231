"""A light feature pyramid that carries meaning from stride 32 down to the outline of single scars."""

from torch import Tensor, nn
from torch.nn import functional

from models.encoder import STRIDES


class SeparableConv(nn.Sequential):
    """3 x 3 depthwise and 1 x 1 pointwise convolution, batch norm, hard swish: the cheapest way to mix."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__(
            nn.Conv2d(in_channels, in_channels, 3, padding=1, groups=in_channels, bias=False),
            nn.Conv2d(in_channels, out_channels, 1, bias=False),
            nn.BatchNorm2d(out_channels),
            nn.Hardswish(),
        )


class MergeUp(nn.Module):
    """One step of the pyramid: coarse features doubled in size, plus the encoder's finer ones, then mixed."""

    def __init__(self, coarse_channels: int, fine_channels: int, out_channels: int) -> None:
        super().__init__()
        self.coarse = (
            nn.Identity() if coarse_channels == out_channels else nn.Conv2d(coarse_channels, out_channels, 1)
        )
        self.fine = nn.Conv2d(fine_channels, out_channels, 1)
        self.mix = SeparableConv(out_channels, out_channels)

    def forward(self, coarse: Tensor, fine: Tensor) -> Tensor:
        """(N, coarse, h, w) and (N, fine, 2h, 2w) -> (N, out, 2h, 2w)."""
        doubled = functional.interpolate(
            self.coarse(coarse), scale_factor=2.0, mode="bilinear", align_corners=False
        )
        return self.mix(doubled + self.fine(fine))


class Decoder(nn.Module):
    """Feature pyramid (Lin et al. 2017, arXiv 1612.03144) whose last step, to stride 2, is narrow.

    channels: of the encoder's five stages, finest first.
    width: channels down to stride 4; fine_width: channels of the step from stride 4 to stride 2.
    output_stride: 2 or 4.
    """

    def __init__(self, channels: tuple[int, ...], width: int, fine_width: int, output_stride: int) -> None:
        super().__init__()
        finest = STRIDES.index(output_stride)
        widths = [width if stride >= 4 else fine_width for stride in STRIDES]
        self.top = nn.Conv2d(channels[-1], width, 1)
        self.steps = nn.ModuleList(
            MergeUp(widths[level + 1], channels[level], widths[level])
            for level in reversed(range(finest, len(STRIDES) - 1))
        )
        self.out_channels = widths[finest]

    def forward(self, features: list[Tensor]) -> Tensor:
        """Five encoder features, finest first -> (N, out_channels, H / output_stride, W / output_stride)."""
        merged = self.top(features[-1])
        for step, fine in zip(self.steps, reversed(features[:-1]), strict=False):
            merged = step(merged, fine)
        return merged
