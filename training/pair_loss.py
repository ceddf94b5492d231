"""Two photographs of one skin: what the network says of them may differ by what truly changed, and by nothing else.

This trains the measurement error down, not only the error. One photograph under unknown distant light cannot fix depth
(bas-relief ambiguity; Belhumeur, Kriegman, Yuille, IJCV 1999;35:33-44): where the light tells nothing, both terms
together teach the network to say the same of both pictures, and the unaffected skin around is what it has to go by.
"""

import torch
from torch import Tensor
from torch.nn import functional

from models.heads import RELIEF_UNIT_UM
from models.network import Prediction
from training.dataset import UNLABELLED, Batch
from training.masked import masked_mean

#: Added to burdens before their logarithm: differences below it are noise, not change.
BURDEN_FLOOR_UM = 4.0
#: Around the scars of either view, so many pixels of the map, agreement counts in full, on other skin by a tenth: there
#: is far more of that.
_REACH_PX = 5
_ELSEWHERE = 0.1
#: Severity differences are counted in tens of points.
_SEVERITY_UNIT = 10.0


def pair_terms(seen: Prediction, batch: Batch) -> dict[str, Tensor]:
    """The terms over all pairs of a batch; 0 where it has none. `batch["pair"]` says which rows belong together."""
    first, second = pairs_of(batch["pair"])
    labels, relief_um = batch["types"].long(), batch["relief_um"]
    one, other = labels[first], labels[second]
    known = (one != UNLABELLED) & (other != UNLABELLED)
    true_change_um = relief_um[second] - relief_um[first]
    near = _near((one % UNLABELLED > 0) | (other % UNLABELLED > 0))
    probability = seen.types_logits.float().softmax(dim=1)
    apart = probability[second] - probability[first]
    change_um = (seen.relief_um[second] - seen.relief_um[first])[:, 0]
    return {
        # Types that changed between the views (a scar healed out of sight) may differ.
        "pair_scar": masked_mean(
            apart.square().sum(dim=1), (known & (one == other)).float() * (_ELSEWHERE + near)
        ),
        "pair_relief": masked_mean(
            functional.smooth_l1_loss(
                change_um / RELIEF_UNIT_UM,
                true_change_um.nan_to_num() / RELIEF_UNIT_UM,
                reduction="none",
                beta=3.0,
            ),
            (~true_change_um.isnan()).float() * (_ELSEWHERE + near),
        ),
        "pair_burden": _burden(seen, probability, relief_um, first, second),
        "pair_grades": _severity(seen.grades[:, 0], batch["severity"], first, second),
    }


def pairs_of(pair: Tensor) -> tuple[Tensor, Tensor]:
    """(N,) numbers of pairs, -1 for none -> (P,) row of the first and of the second view of every pair."""
    same = (pair[:, None] == pair[None, :]) & (pair[:, None] >= 0)
    first, second = torch.nonzero(torch.triu(same, diagonal=1), as_tuple=True)
    return first, second


def _near(mask: Tensor) -> Tensor:
    """(P, h, w) bool -> float, 1 on the mask and within `_REACH_PX` of it."""
    side = 2 * _REACH_PX + 1
    return functional.max_pool2d(mask.float().unsqueeze(1), side, stride=1, padding=_REACH_PX).squeeze(1)


def _burden(
    seen: Prediction, probability: Tensor, relief_um: Tensor, first: Tensor, second: Tensor
) -> Tensor:
    """Log ratio of the two burdens against the true one: the soft form of what is reported, mean depth of scars."""
    known = (~relief_um.isnan()).float()
    known = known[first] * known[second]
    area = known.sum(dim=(1, 2)).clamp_min(1.0)
    seen_depth = functional.relu(-seen.relief_um[:, 0]) * probability[:, 1:4].sum(dim=1)
    true_depth = functional.relu(-relief_um.nan_to_num())

    def log_burden(depth: Tensor, rows: Tensor) -> Tensor:
        return ((depth[rows] * known).sum(dim=(1, 2)) / area + BURDEN_FLOOR_UM).log()

    seen_change = log_burden(seen_depth, second) - log_burden(seen_depth, first)
    true_change = log_burden(true_depth, second) - log_burden(true_depth, first)
    error = functional.smooth_l1_loss(seen_change, true_change, reduction="none")
    return masked_mean(error, torch.ones_like(error))


def _severity(severity: Tensor, truth: Tensor, first: Tensor, second: Tensor) -> Tensor:
    change = (severity[second] - severity[first]) / _SEVERITY_UNIT
    true_change = (truth[second] - truth[first]) / _SEVERITY_UNIT
    return masked_mean((change - true_change.nan_to_num()).square(), (~true_change.isnan()).float())
