"""Heads: per-pixel scar types, surface and relief, and the grades of the whole region."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from inference.network.maps import SURFACE, TYPES
from models.encoder import STRIDES

#: Relief is predicted in units of this many micrometres, about the depth of a shallow scar.
RELIEF_UNIT_UM = 100.0
#: Upper end of the quantitative scale of Goodman & Baron 2006 (Dermatol Surg 32:1458).
SEVERITY_MAX = 84.0
#: Roughness Sa of cheek skin is of the order of ten micrometres.
ROUGHNESS_UNIT_UM = 10.0
#: Columns of the grades: mean and log standard deviation of severity and of Sa.
GRADES: tuple[str, ...] = ("severity", "severity_log_sd", "roughness_sa_um", "roughness_log_sd")

#: Log odds at the start of training: most pixels carry no scar, and the first steps need not learn that.
_NONE_BIAS = 3.0
_LOG_SD_RANGE = (-3.0, 4.0)


def types_head(in_channels: int) -> nn.Conv2d:
    """Logits over `TYPES`; starts from "no scar"."""
    head = nn.Conv2d(in_channels, len(TYPES), 1)
    with torch.no_grad():
        head.bias.zero_()
        head.bias[TYPES.index("none")] = _NONE_BIAS
    return head


def surface_head(in_channels: int) -> nn.Conv2d:
    """Logits of `SURFACE`, independent of each other."""
    return nn.Conv2d(in_channels, len(SURFACE), 1)


class ReliefHead(nn.Conv2d):
    """Height over the unscarred surface, (N, 1, h, w) in micrometres."""

    def __init__(self, in_channels: int) -> None:
        super().__init__(in_channels, 1, 1)

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, h, w) features -> (N, 1, h, w) float32 micrometres."""
        return super().forward(input).float() * RELIEF_UNIT_UM


class GradeHead(nn.Module):
    """Severity and roughness of the skin in the picture, each with a log standard deviation.

    Severity counts scars, so it grows with the picture. Mean-pooled features cannot tell how large the
    picture is; the logarithms of the skin's pixel count and of the pixels of every scar type therefore stand
    beside them. The maps enter detached: grading must not bend what is marked.
    """

    def __init__(self, channels: tuple[int, ...], output_stride: int, width: int) -> None:
        super().__init__()
        self.output_stride = output_stride
        self.texture = nn.Conv2d(channels[2], width, 1)
        self.context = nn.Conv2d(channels[4], width, 1)
        counts = 1 + (len(TYPES) - 1)
        self.regress = nn.Sequential(
            nn.Linear(2 * width + counts, width), nn.Hardswish(), nn.Linear(width, len(GRADES))
        )

    def forward(self, features: list[Tensor], types_logits: Tensor, surface_logits: Tensor) -> Tensor:
        """Encoder features, (N, 5, h, w) and (N, 5, h, w) logits -> (N, 4) float32, columns as `GRADES`."""
        skin = surface_logits.detach()[:, :1].float().sigmoid()
        scars = types_logits.detach().float().softmax(dim=1)[:, 1:] * skin
        pixel_area = float(self.output_stride**2)
        counts = torch.log1p(torch.cat((skin, scars), dim=1).sum(dim=(2, 3)) * pixel_area)
        texture = self._pooled(self.texture(features[2]), skin, STRIDES[2])
        context = self._pooled(self.context(features[4]), skin, STRIDES[4])
        raw = self.regress(torch.cat((texture, context, counts), dim=1)).float()
        severity = SEVERITY_MAX * torch.sigmoid(raw[:, 0] - 2.0)
        severity_log_sd = (raw[:, 1] + math.log(10.0)).clamp(*_LOG_SD_RANGE)
        roughness = ROUGHNESS_UNIT_UM * functional.softplus(raw[:, 2])
        roughness_log_sd = (raw[:, 3] + math.log(5.0)).clamp(*_LOG_SD_RANGE)
        return torch.stack((severity, severity_log_sd, roughness, roughness_log_sd), dim=1)

    def _pooled(self, feature: Tensor, skin: Tensor, stride: int) -> Tensor:
        """Mean of (N, C, h, w) features over the skin, (N, C); near zero where the picture holds no skin."""
        weight = functional.avg_pool2d(skin, stride // self.output_stride)
        total = (feature.float() * weight).sum(dim=(2, 3))
        return total / (weight.sum(dim=(2, 3)) + 1e-3)
