"""What boxes, points, image types and grades teach. Where a picture lacks a label its term is 0, with a gradient of 0.

Shapes: N pictures, h x w pixels of the maps, B boxes and P points a picture, padded with class -1. Class 1..4 is a
type, 5 a scar of any type.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from inference.network.maps import ATROPHIC, TYPES
from models.network import Prediction
from training.dataset import Batch
from training.masked import masked_mean
from training.photos.scales import GradeScales

#: Rows and columns of a box are looked at in so many bands at most: a large box holds many scars and gaps between.
_BANDS = 12
#: The surest pixel within so many pixels of the map, 0.6 mm at the reference scale, answers for a point.
_POINT_REACH_PX = 2
#: Sharpness of the log-sum-exp that pools a map: 0 takes its mean, infinity its maximum (Pinheiro & Collobert, CVPR
#: 2015, arXiv 1411.6228, use 5).
_POOL_SHARPNESS = 5.0
_LEAST = 1e-4
_BURDEN_FLOOR_UM = 4.0
_AREA_FLOOR = 1e-3


def weak_terms(seen: Prediction, batch: Batch, graded: Tensor | None) -> dict[str, Tensor]:
    """The terms of all labels that photographs have and rendered samples lack. graded: (N, L) of `GradeReader`."""
    probability = seen.types_logits.float().softmax(dim=1)
    terms = {
        "untyped": untyped_loss(probability, batch["untyped"]),
        "box": box_loss(probability, batch["boxes"]),
        "point": point_loss(probability, batch["points"]),
        "image_types": image_type_loss(probability, batch["inside"], batch["shown"]),
    }
    if graded is not None:
        terms["ordinal"] = ordinal_loss(graded, batch["scale"], batch["level"])
    return terms


def untyped_loss(probability: Tensor, untyped: Tensor) -> Tensor:
    """-ln of the probability of any scar, where the mask knows a scar and not its type. (N, 5, h, w), (N, h, w)."""
    scar = (1.0 - probability[:, 0]).clamp_min(_LEAST)
    return masked_mean(-scar.log(), untyped.float())


def box_loss(probability: Tensor, boxes: Tensor) -> Tensor:
    """Every row and every column of a box crosses its scar: -ln of the surest pixel of each.

    The projections of Tian et al. 2021 (BoxInst, arXiv 2012.02310) as a bag of instances (Hsu et al., NeurIPS 2019).
    Nothing is said of the shape inside, nor of what lies outside. probability (N, 5, h, w), boxes (N, B, 5).
    """
    losses = [
        _projections(probability[row], box)
        for row in range(len(boxes))
        for box in boxes[row].tolist()
        if box[0] > 0
    ]
    values = torch.stack(losses) if losses else probability.sum().mul(0.0).view(1)
    return masked_mean(values, torch.full_like(values, float(bool(losses))))


def _projections(probability: Tensor, box: list[float]) -> Tensor:
    """Of one box on (5, h, w)."""
    height, width = probability.shape[-2:]
    number, x0, y0, x1, y1 = int(box[0]), *box[1:]
    left, top = min(int(x0), width - 1), min(int(y0), height - 1)
    right, bottom = max(left + 1, math.ceil(x1)), max(top + 1, math.ceil(y1))
    scar = _of_class(probability, number)[top:bottom, left:right]
    found = []
    for axis in (0, 1):
        lines = scar.amax(dim=axis)
        bands = functional.adaptive_max_pool1d(lines[None, None], min(_BANDS, len(lines)))[0, 0]
        found.append(-bands.clamp_min(_LEAST).log().mean())
    return (found[0] + found[1]) / 2.0


def _of_class(probability: Tensor, number: int) -> Tensor:
    """(5, ...) -> (...) probability of a type, or of any scar."""
    return probability[number] if number < len(TYPES) else 1.0 - probability[0]


def point_loss(probability: Tensor, points: Tensor) -> Tensor:
    """-ln of the class at each point: of its surest pixel nearby for a scar, of the pixel itself for none.

    probability (N, 5, h, w), points (N, P, 3).
    """
    height, width = probability.shape[-2:]
    row, place = torch.nonzero(points[..., 0] >= 0, as_tuple=True)
    number, x, y = points[row, place].unbind(dim=-1)
    column, line = x.long().clamp(0, width - 1), y.long().clamp(0, height - 1)
    every = torch.cat((probability, 1.0 - probability[:, :1]), dim=1)
    side = 2 * _POINT_REACH_PX + 1
    near = functional.max_pool2d(every, side, stride=1, padding=_POINT_REACH_PX)
    kind = number.long()
    sure = torch.where(kind == 0, every[row, kind, line, column], near[row, kind, line, column])
    if not len(row):
        sure = probability.sum().mul(0.0).add(1.0).view(1)
    return masked_mean(-sure.clamp_min(_LEAST).log(), torch.full_like(sure, float(len(row) > 0)))


def image_type_loss(probability: Tensor, inside: Tensor, shown: Tensor) -> Tensor:
    """A photograph shows a scar of one of its named types, and of these more than of any other.

    Each type is pooled over the photograph by log-sum-exp of its log probability; the named ones must hold the softmax
    of the pooled values, and the surest scar of the picture must be sure. probability (N, 5, h, w), inside (N, h, w),
    shown (N, 4) over the types.
    """
    known = shown.amax(dim=1)
    within = inside.unsqueeze(1) > 0
    log_scar = probability[:, 1:].clamp_min(_LEAST).log()
    area = within.sum(dim=(2, 3)).clamp_min(1)
    raised = (_POOL_SHARPNESS * log_scar).masked_fill(~within, -torch.inf)
    pooled = (raised.flatten(2).logsumexp(dim=2) - area.log()) / _POOL_SHARPNESS
    pooled = pooled.masked_fill(~pooled.isfinite(), math.log(_LEAST))
    share = (pooled.log_softmax(dim=1) + shown.clamp_min(_LEAST).log()).logsumexp(dim=1)
    any_scar = (1.0 - probability[:, 0]).masked_fill(inside == 0, 0.0).flatten(1).amax(dim=1)
    return masked_mean(-share - any_scar.clamp_min(_LEAST).log(), known)


class GradeReader(nn.Module):
    """Grades of any scale from the burden that the maps show, for training only: it is not part of a bundle.

    A cumulative logit model (McCullagh 1980, J R Stat Soc B 42:109) on the logarithms of mean scar depth and of the
    share of scarred skin, both of which may only raise a grade; every rater has a shift of his own.
    """

    def __init__(self, scales: GradeScales) -> None:
        super().__init__()
        count, cuts = len(scales.names), max((len(cuts) for cuts in scales.cuts), default=1)
        self.weight = nn.Parameter(torch.zeros(count, 2))
        self.first = nn.Parameter(torch.full((count,), -1.0))
        self.gaps = nn.Parameter(torch.full((count, cuts - 1), 0.5))
        self.shift = nn.Parameter(torch.zeros(len(scales.raters)))
        cut_counts = torch.tensor([len(cuts) for cuts in scales.cuts])
        self.register_buffer("cut_counts", cut_counts, persistent=False)
        self.cut_counts: Tensor

    def forward(self, seen: Prediction, inside: Tensor, scale: Tensor, rater: Tensor) -> Tensor:
        """(N, L) logits that the grade lies above each cut of the asked scale; infinite beyond the last cut."""
        depth, area = pooled_burden(seen, inside)
        asked = scale.clamp_min(0)
        slope = functional.softplus(self.weight[asked])
        read = slope[:, 0] * depth + slope[:, 1] * area
        shift = torch.cat((self.shift, self.shift.new_zeros(1)))[
            rater
        ]  # -1 is nobody: the last, without a shift
        gaps = functional.softplus(self.gaps[asked]).cumsum(dim=1)
        first = self.first[asked].unsqueeze(1)
        cuts = torch.cat((first, first + gaps), dim=1)
        beyond = torch.arange(cuts.shape[1], device=cuts.device) >= self.cut_counts[asked].unsqueeze(1)
        return ((read + shift).unsqueeze(1) - cuts).masked_fill(beyond, -30.0)


def pooled_burden(seen: Prediction, inside: Tensor) -> tuple[Tensor, Tensor]:
    """(N,) ln of mean depth over the skin in units of the floor, and of the scarred share of it, both 0 or above."""
    skin = seen.surface_logits[:, 0].detach().float().sigmoid() * inside
    total = skin.sum(dim=(1, 2)).clamp_min(1.0)
    scar = seen.types_logits.float().softmax(dim=1)[:, 1 : 1 + len(ATROPHIC)].sum(dim=1)
    depth_um = (functional.relu(-seen.relief_um[:, 0].float()) * scar * skin).sum(dim=(1, 2)) / total
    area = (scar * skin).sum(dim=(1, 2)) / total
    return (depth_um / _BURDEN_FLOOR_UM).log1p(), (area / _AREA_FLOOR).log1p()


def ordinal_loss(graded: Tensor, scale: Tensor, level: Tensor) -> Tensor:
    """-ln of the probability of the given level. graded (N, L) of `GradeReader`; scale (N,), -1 unknown; level (N,)."""
    one = graded.new_ones(len(graded), 1)
    above = torch.cat((one, graded.sigmoid(), 0.0 * one), dim=1)
    place = level.unsqueeze(1)
    chance = (above.gather(1, place) - above.gather(1, place + 1))[:, 0]
    return masked_mean(-chance.clamp_min(_LEAST).log(), (scale >= 0).float())


def keep_terms(seen: Prediction, taught: Prediction, batch: Batch) -> dict[str, Tensor]:
    """What the network that training started from says, where a photograph has no label: relief and surface.

    Masks teach no depth, and the decoder that carries it moves: without this depth drifts (learning without
    forgetting, Li & Hoiem, ECCV 2016, arXiv 1606.09282).
    """
    inside = batch["inside"].float()
    relief = functional.smooth_l1_loss(
        seen.relief_um[:, 0] / 100.0, taught.relief_um[:, 0] / 100.0, reduction="none"
    )
    unknown = inside * batch["relief_um"].isnan()
    places = torch.arange(seen.surface_logits.shape[1], device=inside.device, dtype=torch.uint8)
    known = ((batch["surface_known"].unsqueeze(1) >> places.view(1, -1, 1, 1)) & 1).float()
    surface = functional.binary_cross_entropy_with_logits(
        seen.surface_logits.float(), taught.surface_logits.float().sigmoid(), reduction="none"
    )
    return {
        "keep_relief": masked_mean(relief, unknown),
        "keep_surface": masked_mean(surface, inside.unsqueeze(1) * (1.0 - known)),
    }
