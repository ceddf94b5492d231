"""How often a lesion of this look is a true scar: Platt's logistic map, fitted on rendered lesions."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.measure.assessment import Lesion
from inference.measure.confidence import calibrated, confidence_terms
from inference.measure.lesions import FoundScars
from inference.network.bundle import ConfidenceMap, Thresholds
from training.calibrate.tiles import Seen, folds_of
from training.dataset import UNLABELLED
from training.evaluate.rendered import tell_apart

#: A lesion with this share of its outline on labelled scars is one, wherever its centre lies.
LEAST_OVERLAP = 0.1
#: With fewer lesions, fewer of either kind than a tenth of that, or fewer skins, nothing is fitted: a map learnt of
#: three patients was further off on others than the probability itself.
LEAST_LESIONS, LEAST_GROUPS = 60, 10
#: Precision of a normal prior around the identity (0, 1, 0), worth about one lesion: it steadies small samples.
_PRIOR = 1.0
_IDENTITY = np.array([0.0, 1.0, 0.0])


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """Lesions before any is dropped for its confidence. lesions: of every tile, in the order of the tiles.

    probability, diameter_mm: (n,) of the lesions whose truth is known, true: (n,) bool, group: of their tiles.
    """

    lesions: tuple[tuple[Lesion, ...], ...]
    probability: NDArray[np.float64]
    diameter_mm: NDArray[np.float64]
    true: NDArray[np.bool_]
    group: tuple[str, ...]


def labelled_lesions(tiles: Sequence[Seen], thresholds: Thresholds) -> Labelled:
    """All lesions at these thresholds, told apart by the labels."""
    rows: list[tuple[float, float, bool]] = []
    groups: list[str] = []
    every: list[tuple[Lesion, ...]] = []
    for seen in tiles:
        found = seen.found(thresholds)
        every.append(found.lesions)
        for lesion, true in zip(found.lesions, _truth(seen, found, thresholds), strict=True):
            if true is not None:
                rows.append((lesion.confidence, lesion.diameter_mm, true))
                groups.append(seen.group)
    probability, diameter_mm, true = np.array(rows, np.float64).reshape(-1, 3).T
    return Labelled(tuple(every), probability, diameter_mm, true > 0, tuple(groups))


def _truth(seen: Seen, found: FoundScars, thresholds: Thresholds) -> list[bool | None]:
    """Whether each lesion is a scar: matched one to one within 3 mm, tiny scars too, or lying on labelled ones.

    None where most of it lies on skin that nobody labelled.
    """
    types = seen.tile.types
    size = types.shape[1], types.shape[0]
    number = cv2.resize(found.lesion_id, size, interpolation=cv2.INTER_NEAREST_EXACT)
    count = len(found.lesions) + 1
    area = np.maximum(np.bincount(number.ravel(), minlength=count), 1)
    unknown = np.bincount(number[types == UNLABELLED], minlength=count) / area > 0.5
    scarred = (types > 0) & (types != UNLABELLED)
    overlap = np.bincount(number[scarred], minlength=count) / area >= LEAST_OVERLAP
    told = tell_apart(seen.line, types, found.lesions, thresholds.min_diameter_mm)
    matched = {lesion.id for lesion, _ in told.pairs} | {lesion.id for lesion in told.ignored}
    return [
        True if overlap[lesion.id] else None if unknown[lesion.id] else lesion.id in matched
        for lesion in found.lesions
    ]


def fit_confidence(labelled: Labelled) -> ConfidenceMap | None:
    """The map of greatest posterior likelihood; None with too few lesions of either kind, or too few skins."""
    rarer = min(int(labelled.true.sum()), int((~labelled.true).sum()))
    few = len(labelled.true) < LEAST_LESIONS or len(set(labelled.group)) < LEAST_GROUPS
    if few or rarer < LEAST_LESIONS / 10:
        return None
    weights = logistic(confidence_terms(labelled.probability, labelled.diameter_mm), labelled.true)
    intercept, by_logit, by_log_diameter = (round(float(weight), 4) for weight in weights)
    return ConfidenceMap(intercept=intercept, by_logit=by_logit, by_log_diameter=by_log_diameter)


def logistic(terms: NDArray[np.float64], true: NDArray[np.bool_], steps: int = 50) -> NDArray[np.float64]:
    """Weights of a logistic regression with the prior, by Newton's method (iteratively reweighted least squares)."""
    weights = _IDENTITY.copy()
    for _ in range(steps):
        p = 1 / (1 + np.exp(-np.clip(terms @ weights, -35, 35)))
        slope = terms.T @ (true - p) - _PRIOR * (weights - _IDENTITY)
        curve = (terms * (p * (1 - p))[:, None]).T @ terms + _PRIOR * np.eye(terms.shape[1])
        step = np.linalg.solve(curve, slope)
        weights = np.asarray(weights + np.clip(step, -2, 2), np.float64)
        if np.abs(step).max() < 1e-8:
            break
    return weights


def expected_calibration_error(chance: NDArray[np.float64], true: NDArray[np.bool_], bins: int = 10) -> float:
    """Mean over lesions of |mean chance - share of true ones| of their bin; bins of equal width.

    Naeini, Cooper, Hauskrecht, "Obtaining well calibrated probabilities using Bayesian binning", AAAI 2015.
    """
    number = np.minimum((chance * bins).astype(int), bins - 1)
    gaps = np.bincount(number, chance, bins) - np.bincount(number, true.astype(float), bins)
    return float(np.abs(gaps).sum() / max(len(chance), 1))


def confidence_figures(labelled: Labelled) -> dict[str, float | int] | None:
    """Expected calibration error before and after, the latter by cross-validation over skins; None if not fitted."""
    if fit_confidence(labelled) is None:
        return None
    after = np.empty(len(labelled.true))
    folds = folds_of(labelled.group)
    terms = confidence_terms(labelled.probability, labelled.diameter_mm)
    for fold in np.unique(folds):
        held = folds == fold
        after[held] = 1 / (1 + np.exp(-terms[held] @ logistic(terms[~held], labelled.true[~held])))
    before = calibrated(labelled.probability, labelled.diameter_mm, None)
    return {
        "lesions": len(labelled.true),
        "true_share": round(float(labelled.true.mean()), 4),
        "ece_before": round(expected_calibration_error(before, labelled.true), 4),
        "ece_after": round(expected_calibration_error(after, labelled.true), 4),
    }
