"""What the network is punished for. Unlabelled pixels and unknown grades count for nothing.

Shapes: N samples, h x w pixels of the maps. Every term is a mean over what is labelled in all processes, and 0 (with
a gradient of 0) where nothing is, so no batch needs special care. Labels that only photographs have, as boxes and
grades, are in training.photos.losses.
"""

import torch
from torch import Tensor
from torch.nn import functional

from inference.network.maps import SURFACE
from models.heads import RELIEF_UNIT_UM
from models.network import Prediction
from training.config import LossConfig
from training.dataset import UNLABELLED, Batch
from training.masked import masked_mean, over_all
from training.pair_loss import pair_terms
from training.photos.losses import keep_terms, weak_terms


def total_loss(
    seen: Prediction,
    batch: Batch,
    config: LossConfig,
    graded: Tensor | None = None,
    taught: Prediction | None = None,
) -> tuple[Tensor, dict[str, Tensor]]:
    """Weighted sum of all terms, and the terms before weighting.

    graded: of the reader of grades, where photographs have some. taught: what the network that training started from
    says of the batch.
    """
    labels = batch["types"].long()
    logits = seen.types_logits.float()
    relief_um = batch["relief_um"].unsqueeze(1)
    scar = ((labels > 0) & (labels != UNLABELLED)).unsqueeze(1)
    terms = {
        "types": type_cross_entropy(logits, labels, config.type_weights),
        "dice": scar_dice(logits, labels),
        "surface": surface_cross_entropy(
            seen.surface_logits.float(), batch["surface"], batch["surface_known"]
        ),
        "relief": relief_loss(
            seen.relief_um, relief_um, scar, config.relief_in_scar, config.relief_squared_below_um
        ),
        "relief_gradient": relief_gradient_loss(seen.relief_um, relief_um, config.slope_squared_below_um),
        "grades": grade_loss(seen.grades, batch["severity"], batch["roughness_sa_um"]),
        **pair_terms(seen, batch),
    }
    if "inside" in batch:
        terms |= weak_terms(seen, batch, graded)
        if taught is not None:
            terms |= keep_terms(seen, taught, batch)
    weights = config.model_dump()
    return torch.stack([weights[name] * value for name, value in terms.items()]).sum(), terms


def type_cross_entropy(logits: Tensor, labels: Tensor, class_weights: tuple[float, ...]) -> Tensor:
    """Cross-entropy with class weights. logits (N, 5, h, w), labels (N, h, w) int64 with 255 ignored."""
    table = torch.tensor(class_weights, device=logits.device)
    known = labels != UNLABELLED
    weights = table[labels.where(known, 0)] * known
    entropy = functional.cross_entropy(logits, labels, ignore_index=UNLABELLED, reduction="none")
    return masked_mean(entropy, weights)


def scar_dice(logits: Tensor, labels: Tensor, smooth: float = 50.0) -> Tensor:
    """1 - soft Dice of scar against none over the whole batch (Milletari et al. 2016, arXiv 1606.04797).

    logits (N, 5, h, w), labels (N, h, w). With no scar at all, `smooth` pixels keep the term near 0 as long
    as few are marked.
    """
    known = labels != UNLABELLED
    truth = ((labels > 0) & known).float()
    scar = (1.0 - logits.softmax(dim=1)[:, 0]) * known
    overlap, size = over_all((scar * truth).sum()), over_all(scar.sum() + truth.sum())
    return 1.0 - (2.0 * overlap + smooth) / (size + smooth)


def bits(bit_set: Tensor, count: int) -> Tensor:
    """(N, h, w) uint8 -> (N, count, h, w) float32, 1 where bit k is set."""
    places = torch.arange(count, device=bit_set.device, dtype=torch.uint8).view(1, count, 1, 1)
    return ((bit_set.unsqueeze(1) >> places) & 1).float()


def surface_cross_entropy(logits: Tensor, surface: Tensor, known: Tensor) -> Tensor:
    """Mean over the channels of binary cross-entropy where the channel is labelled.

    logits (N, 7, h, w); surface, known (N, h, w) uint8 bit sets over `SURFACE`. A channel labelled nowhere
    in the batch counts as 0.
    """
    target, weight = bits(surface, len(SURFACE)), bits(known, len(SURFACE))
    entropy = functional.binary_cross_entropy_with_logits(logits, target, reduction="none") * weight
    area = over_all(weight.sum(dim=(0, 2, 3)))
    return (over_all(entropy.sum(dim=(0, 2, 3))) / area.clamp_min(1.0)).mean()


def relief_loss(
    seen_um: Tensor, truth_um: Tensor, scar: Tensor, scar_weight: float, squared_below_um: float
) -> Tensor:
    """Smooth L1 in units of 100 µm, all (N, 1, h, w); NaN truth is ignored, scars weigh `scar_weight`.

    Errors up to `squared_below_um` are squared: scar burden is a mean depth, and only squared errors teach the
    mean. Absolute errors teach the median, which is 0 wherever a scar is less likely than not.
    """
    known = ~truth_um.isnan()
    error = functional.smooth_l1_loss(
        seen_um / RELIEF_UNIT_UM,
        truth_um.nan_to_num() / RELIEF_UNIT_UM,
        reduction="none",
        beta=squared_below_um / RELIEF_UNIT_UM,
    )
    return masked_mean(error, known * (1.0 + (scar_weight - 1.0) * scar.float()))


def relief_gradient_loss(seen_um: Tensor, truth_um: Tensor, squared_below_um: float) -> Tensor:
    """Smooth L1 between the slopes, in 100 µm a pixel of the map; (N, 1, h, w), pairs with a NaN are ignored.

    Shading shows slopes, not heights, so this is the term that light can teach directly. Errors up to
    `squared_below_um` a pixel are squared, for the reason that heights' are: the median slope of a place where a wall
    may be or not is 0, and a network that is taught medians answers with relief that is too flat.
    """
    error = (seen_um - truth_um) / RELIEF_UNIT_UM
    beta = squared_below_um / RELIEF_UNIT_UM
    total = seen_um.new_zeros(())
    for axis in (2, 3):
        slope = error.diff(dim=axis)
        known = ~slope.isnan()
        slope = slope.where(known, 0.0)
        apart = functional.smooth_l1_loss(slope, torch.zeros_like(slope), reduction="none", beta=beta)
        total = total + masked_mean(apart, known.float())
    return total / 2.0


def grade_loss(grades: Tensor, severity: Tensor, roughness_sa_um: Tensor) -> Tensor:
    """Gaussian negative log likelihood (without its constant) of severity and roughness, summed.

    grades (N, 4), columns as models.heads.GRADES; severity, roughness_sa_um (N,), NaN where unknown.
    """
    return _gaussian_nll(grades[:, 0], grades[:, 1], severity) + _gaussian_nll(
        grades[:, 2], grades[:, 3], roughness_sa_um
    )


def _gaussian_nll(mean: Tensor, log_sd: Tensor, truth: Tensor) -> Tensor:
    known = ~truth.isnan()
    distance = (truth.nan_to_num() - mean) * torch.exp(-log_sd)
    return masked_mean(0.5 * distance.square() + log_sd, known.float())
