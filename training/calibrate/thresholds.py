"""Thresholds: of surface channels by pixels, of scars by lesions as the product measures them."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch

from inference.measure.assessment import Lesion
from inference.measure.confidence import calibrated
from inference.network.bundle import ConfidenceMap, Thresholds
from inference.network.maps import SURFACE
from training.calibrate.confidence import Labelled, fit_confidence, labelled_lesions
from training.calibrate.tiles import Seen
from training.evaluate.rendered import ToldApart, tell_apart
from training.evaluate.statistics import median
from training.metrics import best_f1

#: Scar thresholds tried; below 0.3 everything is marked, above 0.9 next to nothing.
SCAR_GRID: tuple[float, ...] = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
#: Least calibrated confidences tried. Lesions that are less often a scar than not can still raise F1, but they are
#: false marks to whoever looks at the picture, so none below one half is tried.
CONFIDENCE_GRID: tuple[float, ...] = (0.5, 0.6, 0.7)
#: A surface channel with fewer positive pixels than this in all tiles keeps its threshold.
LEAST_PIXELS = 2000
#: A surface channel below this pixel F1 on rendered skin, where the truth is known, is no measurement: its figures
#: stay unknown (null) rather than wrong.
LEAST_USEFUL_F1 = 0.3
_BINS = 100


@dataclass(frozen=True, slots=True)
class Choice:
    """A threshold and the F1 it reached: over pixels for the surface, over lesions for scars."""

    threshold: float
    f1: float


@dataclass(frozen=True, slots=True, eq=False)
class ScarChoice:
    """Threshold of scars with the confidence that belongs to it. labelled: the lesions that it was fitted on."""

    scar: Choice
    min_confidence: Choice
    confidence: ConfidenceMap | None
    labelled: Labelled


def operating_point(name: str, choice: Choice) -> float | None:
    """The chosen threshold, or None for a mark that the network finds too badly. Skin always has one."""
    return choice.threshold if name == "skin" or choice.f1 >= LEAST_USEFUL_F1 else None


def choose_surface(tiles: Sequence[Seen]) -> dict[str, Choice | None]:
    """Threshold of best F1 over the labelled pixels of every surface channel."""
    channels = len(tiles[0].maps.surface) if tiles else 0
    return {name: _choose_channel(tiles, k) for k, name in enumerate(SURFACE[:channels])}


def _choose_channel(tiles: Sequence[Seen], channel: int) -> Choice | None:
    counts = np.zeros((2, _BINS))
    for seen in tiles:
        size = seen.maps.rgb.shape[1::-1]
        on, known = (
            cv2.resize((bits >> channel) & 1, size, interpolation=cv2.INTER_NEAREST_EXACT).astype(bool)
            for bits in (seen.tile.surface, seen.tile.surface_known)
        )
        for truth in (0, 1):
            values = seen.maps.surface[channel][known & (on == bool(truth))]
            counts[truth] += np.histogram(values, _BINS, (0.0, 1.0))[0]
    if counts[1].sum() < LEAST_PIXELS:
        return None
    f1, threshold = best_f1(torch.from_numpy(counts[1]), torch.from_numpy(counts[0]))
    return Choice(float(threshold), float(f1)) if f1 and threshold else None


def choose_scar(tiles: Sequence[Seen], thresholds: Thresholds) -> ScarChoice | None:
    """The threshold of `SCAR_GRID`, with the least confidence, of best one-to-one lesion F1.

    At each threshold all lesions are found once and their confidence is calibrated before any is dropped. Where that
    cannot be fitted the mean probability stands, with the least confidence as it was. None when no tile holds a scar.
    """
    best: ScarChoice | None = None
    for threshold in SCAR_GRID:
        tried = thresholds.model_copy(update={"scar": threshold, "min_confidence": 0.0, "confidence": None})
        labelled = labelled_lesions(tiles, tried)
        known = fit_confidence(labelled)
        for least in CONFIDENCE_GRID if known else (thresholds.min_confidence,):
            f1 = _lesion_f1(tiles, _kept(labelled.lesions, known, least), thresholds.min_diameter_mm)
            if f1 is not None and (best is None or f1 > best.scar.f1):
                best = ScarChoice(Choice(threshold, f1), Choice(least, f1), known, labelled)
    return best


def _kept(
    lesions: Sequence[Sequence[Lesion]], known: ConfidenceMap | None, least: float
) -> list[list[Lesion]]:
    """Of the lesions of every tile those that are sure enough."""
    kept = []
    for found in lesions:
        p, width = np.array([(one.confidence, one.diameter_mm) for one in found]).reshape(-1, 2).T
        sure = calibrated(p, width, known) >= least
        kept.append([lesion for lesion, keep in zip(found, sure.tolist(), strict=True) if keep])
    return kept


def _lesion_f1(tiles: Sequence[Seen], lesions: Sequence[Sequence[Lesion]], least_mm: float) -> float | None:
    told = [
        tell_apart(seen.line, seen.tile.types, found, least_mm)
        for seen, found in zip(tiles, lesions, strict=True)
    ]
    found, wrong = sum(len(one.pairs) for one in told), sum(one.missed + len(one.false) for one in told)
    return 2 * found / (2 * found + wrong) if found + wrong else None


def told_apart(tiles: Sequence[Seen], thresholds: Thresholds) -> list[ToldApart]:
    """Lesions of every tile at the chosen thresholds, against its scars."""
    return [
        tell_apart(seen.line, seen.tile.types, seen.found(thresholds).lesions, thresholds.min_diameter_mm)
        for seen in tiles
    ]


def depth_ratio(told: Sequence[ToldApart]) -> float | None:
    """Median of measured over true depth of the scars found; None without any."""
    return median(
        [
            lesion.depth_um / scar["depth_um"]
            for one in told
            for lesion, scar in one.pairs
            if lesion.depth_um is not None and scar["depth_um"] > 0
        ]
    )
