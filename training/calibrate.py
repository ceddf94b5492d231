"""Operating points of a bundle, chosen on rendered tiles that training never saw.

No real photograph takes part, so real photographs remain a fair test. The price is that the points are right for
rendered skin; `cicatrix-train evaluate real` shows what they do on real skin.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from inference.measure.assess import assess
from inference.network.bundle import ModelDescription, Thresholds, load_bundle
from inference.network.maps import SURFACE, Maps
from inference.network.session import Network
from inference.score import model_facts
from training.dataset import SampleFolder
from training.evaluate.rendered import TileResult, compare, depth_ratio, lesion_f1, tile_photo
from training.metrics import best_f1
from training.record import rewrite

#: Scar thresholds tried; below 0.3 everything is marked, above 0.9 next to nothing.
SCAR_GRID: tuple[float, ...] = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
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


def calibrate_bundle(folder: Path, samples_folder: Path, limit: int = 64) -> dict[str, Choice | None]:
    """Chooses thresholds on the first `limit` tiles and rewrites model.json and card.md of the bundle.

    Surface channels take the threshold of best pixel F1, scars that of best one-to-one lesion F1 as the product
    measures lesions. None marks a channel that was kept. Raises BundleError, FileNotFoundError.
    """
    bundle = load_bundle(folder)
    samples = SampleFolder(samples_folder)
    tiles = range(min(limit, len(samples)))
    network = Network(bundle, threads=1)
    maps = [network.maps(tile_photo(samples, index)) for index in tiles]
    choices = choose_surface(samples, maps)
    found = {name: operating_point(name, choice) for name, choice in choices.items() if choice}
    thresholds = bundle.description.thresholds.model_copy(update=found)
    choices["scar"] = choose_scar(samples, maps, network, thresholds)
    if choices["scar"]:
        thresholds = thresholds.model_copy(update={"scar": choices["scar"].threshold})
    ratio = depth_ratio(tile_results(samples, maps, network, thresholds))
    gain = bundle.description.relief_gain / ratio if ratio else bundle.description.relief_gain
    calibrated = bundle.description.model_copy(
        update={"thresholds": thresholds, "relief_gain": round(gain, 3)}
    )
    write_calibration(folder, calibrated, choices, _source(samples, len(tiles)))
    return choices


def operating_point(name: str, choice: Choice) -> float | None:
    """The chosen threshold, or None for a mark that the network finds too badly. Skin always has one."""
    return choice.threshold if name == "skin" or choice.f1 >= LEAST_USEFUL_F1 else None


def choose_surface(samples: SampleFolder, maps: list[Maps]) -> dict[str, Choice | None]:
    """Threshold of best F1 over the labelled pixels of every surface channel."""
    channels = len(maps[0].surface) if maps else 0
    return {name: _choose_channel(samples, maps, k) for k, name in enumerate(SURFACE[:channels])}


def _choose_channel(samples: SampleFolder, maps: list[Maps], channel: int) -> Choice | None:
    counts = np.zeros((2, _BINS))
    for index, seen in enumerate(maps):
        tile = samples.tile(index)
        size = seen.rgb.shape[1::-1]
        on, known = (
            cv2.resize((bits >> channel) & 1, size, interpolation=cv2.INTER_NEAREST_EXACT).astype(bool)
            for bits in (tile.surface, tile.surface_known)
        )
        for truth in (0, 1):
            values = seen.surface[channel][known & (on == bool(truth))]
            counts[truth] += np.histogram(values, _BINS, (0.0, 1.0))[0]
    if counts[1].sum() < LEAST_PIXELS:
        return None
    f1, threshold = best_f1(torch.from_numpy(counts[1]), torch.from_numpy(counts[0]))
    return Choice(float(threshold), float(f1)) if f1 and threshold else None


def choose_scar(
    samples: SampleFolder, maps: list[Maps], network: Network, thresholds: Thresholds
) -> Choice | None:
    """The value of `SCAR_GRID` with the best lesion F1; None when no tile holds a scar."""
    best: Choice | None = None
    for threshold in SCAR_GRID:
        tried = thresholds.model_copy(update={"scar": threshold})
        f1 = lesion_f1(tile_results(samples, maps, network, tried))
        if f1 is not None and (best is None or f1 > best.f1):
            best = Choice(threshold, f1)
    return best


def tile_results(
    samples: SampleFolder, maps: list[Maps], network: Network, thresholds: Thresholds
) -> list[TileResult]:
    """What the product measures on the tiles at these thresholds, against their truth."""
    facts = model_facts(network.bundle)
    return [
        compare(
            samples,
            index,
            seen,
            assess(tile_photo(samples, index), seen, facts, thresholds),
            thresholds.min_diameter_mm,
        )
        for index, seen in enumerate(maps)
    ]


def write_calibration(
    folder: Path, description: ModelDescription, choices: dict[str, Choice | None], source: dict[str, Any]
) -> None:
    """Notes in model.json and on the card how the operating points were chosen; the weights stay as they are."""
    chosen = {name: asdict(choice) for name, choice in choices.items() if choice}
    metrics = {**description.metrics, "calibration": {**source, "chosen": chosen}}
    rewrite(folder, description.model_copy(update={"metrics": metrics}))


def _source(samples: SampleFolder, count: int) -> dict[str, Any]:
    meta = json.loads((samples.folder / "meta.json").read_text(encoding="utf-8"))
    return {"samples": samples.folder.name, "seed": meta.get("seed"), "tiles": count}
