"""Figures of a validation pass, from counts that add up over batches and processes."""

from dataclasses import dataclass, fields

import torch
from torch import Tensor
from torch.nn import functional

from inference.network.maps import SURFACE, TYPES
from models.network import Prediction
from training.dataset import UNLABELLED, Batch

_BINS = 500


@dataclass(slots=True, eq=False)
class Counts:
    """Sums over labelled pixels and graded samples; all float64 tensors, so `merge` is an addition.

    scar, clear: (500,) pixels by scar probability. confusion: (5, 5) pixels, truth x most probable type.
    relief: (6,) n, sum x, y, xx, yy, xy inside scars, x seen and y true, in 100 µm.
    skin: (2,) intersection and union. severity: (2,) n and sum of absolute error.
    """

    scar: Tensor
    clear: Tensor
    confusion: Tensor
    relief: Tensor
    skin: Tensor
    severity: Tensor

    @classmethod
    def zero(cls) -> "Counts":
        sizes = {"scar": (_BINS,), "clear": (_BINS,), "confusion": (len(TYPES), len(TYPES))}
        sizes |= {"relief": (6,), "skin": (2,), "severity": (2,)}
        return cls(**{name: torch.zeros(size, dtype=torch.float64) for name, size in sizes.items()})

    def merge(self, other: "Counts") -> "Counts":
        """Counts of both together."""
        return Counts(**{f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(self)})


def count(seen: Prediction, batch: Batch) -> Counts:
    """Counts of one batch; predictions and labels at the same stride, on the CPU."""
    labels = batch["types"].long()
    probabilities = seen.types_logits.float().softmax(dim=1)
    known = labels != UNLABELLED
    truth, scar_probability = labels[known], 1.0 - probabilities[:, 0][known]
    place = (scar_probability * _BINS).long().clamp(0, _BINS - 1)
    guess = probabilities.argmax(dim=1)[known]
    cells = torch.bincount(truth * len(TYPES) + guess, minlength=len(TYPES) ** 2)
    return Counts(
        scar=torch.bincount(place[truth > 0], minlength=_BINS).double(),
        clear=torch.bincount(place[truth == 0], minlength=_BINS).double(),
        confusion=cells.view(len(TYPES), len(TYPES)).double(),
        relief=_relief_sums(seen.relief_um[:, 0], batch["relief_um"], (labels > 0) & known),
        skin=_skin_overlap(seen.surface_logits[:, 0], batch),
        severity=_severity_error(seen.grades[:, 0], batch["severity"]),
    )


def _relief_sums(seen_um: Tensor, truth_um: Tensor, scar: Tensor) -> Tensor:
    inside = scar & ~truth_um.isnan()
    x, y = seen_um[inside].double() / 100.0, truth_um[inside].double() / 100.0
    n = torch.tensor(float(x.numel()), dtype=torch.float64)
    return torch.stack((n, x.sum(), y.sum(), (x * x).sum(), (y * y).sum(), (x * y).sum()))


def _skin_overlap(skin_logits: Tensor, batch: Batch) -> Tensor:
    bit = 1 << SURFACE.index("skin")
    known = (batch["surface_known"] & bit) > 0
    truth, guess = (batch["surface"] & bit) > 0, skin_logits > 0
    return torch.stack(((truth & guess & known).sum(), ((truth | guess) & known).sum())).double()


def _severity_error(seen: Tensor, truth: Tensor) -> Tensor:
    known = ~truth.isnan()
    error = functional.l1_loss(seen[known], truth[known], reduction="sum")
    return torch.stack((known.sum().double(), error.double()))


def figures(counts: Counts) -> dict[str, float | None]:
    """The figures of a validation pass; None where nothing was there to measure."""
    return {
        "scar_auc": auc(counts.scar, counts.clear),
        "scar_f1": f1_at(counts.scar, counts.clear, 0.5),
        "scar_f1_best": best_f1(counts.scar, counts.clear)[0],
        "type_accuracy_in_scars": type_accuracy(counts.confusion),
        "relief_r_in_scars": correlation(counts.relief),
        "skin_iou": ratio(counts.skin[0], counts.skin[1]),
        "severity_mae": ratio(counts.severity[1], counts.severity[0]),
    }


def ratio(part: Tensor, whole: Tensor) -> float | None:
    """part / whole, None when there is no whole."""
    return float(part / whole) if whole > 0 else None


def auc(positive: Tensor, negative: Tensor) -> float | None:
    """Area under the ROC curve of two (bins,) histograms of one score; ties within a bin count one half."""
    pairs = positive.sum() * negative.sum()
    below = negative.cumsum(0) - 0.5 * negative
    return ratio((positive * below).sum(), pairs)


def f1_at(positive: Tensor, negative: Tensor, threshold: float) -> float | None:
    """F1 = 2 TP / (2 TP + FP + FN) when scores from `threshold` on are called positive."""
    start = round(threshold * positive.numel())
    hits, false = positive[start:].sum(), negative[start:].sum()
    return ratio(2.0 * hits, hits + false + positive.sum())


def best_f1(positive: Tensor, negative: Tensor) -> tuple[float | None, float | None]:
    """The highest F1 over all thresholds, and that threshold."""
    if positive.sum() == 0:
        return None, None
    hits, false = positive.flip(0).cumsum(0).flip(0), negative.flip(0).cumsum(0).flip(0)
    curve = 2.0 * hits / (hits + false + positive.sum())
    best = int(curve.argmax())
    return float(curve[best]), best / positive.numel()


def type_accuracy(confusion: Tensor) -> float | None:
    """Share of scar pixels called a scar at all whose type is right; (5, 5) truth x guess."""
    scars = confusion[1:, 1:]
    return ratio(scars.diagonal().sum(), scars.sum())


def correlation(sums: Tensor) -> float | None:
    """Pearson's r from (6,) n, sum x, y, xx, yy, xy; None for fewer than two points or no spread."""
    n, x, y, xx, yy, xy = (float(value) for value in sums)
    spread = (n * xx - x * x) * (n * yy - y * y)
    return (n * xy - x * y) / spread**0.5 if n >= 2 and spread > 1e-9 else None
