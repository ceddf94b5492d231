"""Does disagreement over views tell where the network errs? On rendered tiles, where every scar is known."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr
from tqdm import tqdm

from inference.network.maps import Maps
from inference.network.session import Network
from training.dataset import UNLABELLED, SampleFolder
from training.evaluate.rendered import tile_photo
from training.evaluate.statistics import Interval, bootstrap
from training.labels.rank import gain_of

#: Share of photographs that one would label first.
_FIRST = 0.2
_AMOUNT = "probability of scars"


@dataclass(frozen=True, slots=True)
class Scored:
    """One tile. loss_bits: mean cross-entropy of the types on labelled skin, what a label of it would work against.
    figures: what it may be ranked by."""

    loss_bits: float
    figures: dict[str, float]


def ranking_lines(folder: Path, network: Network, limit: int | None = None) -> Iterator[str]:
    """Rank correlation of each figure with the loss, what of it is left beside the amount of scars, and the loss of the
    first fifth. Raises FileNotFoundError."""
    samples = SampleFolder(folder)
    tiles: list[Scored] = []
    for index in tqdm(range(min(limit or len(samples), len(samples))), desc=folder.name, unit="tile"):
        found = _score(samples, index, network)
        tiles += [] if found is None else [found]
    mean_loss = float(np.mean([tile.loss_bits for tile in tiles]))
    yield f"{len(tiles)} tiles, mean loss {mean_loss:.4f} bits a pixel of skin"
    heads = ("Spearman", f"beside {_AMOUNT}", "loss of first fifth / mean")
    yield f"{'ranked by':22}" + "".join(f"{head:>29}" for head in heads)
    for name in tiles[0].figures:
        cells = [
            bootstrap(tiles, partial(figure, name=name)) for figure in (_spearman, _partial, _first_fifth)
        ]
        yield f"{name:22}" + "".join(f"{_text(cell):>29}" for cell in cells)


def _score(samples: SampleFolder, index: int, network: Network) -> Scored | None:
    """None for a tile without labelled skin."""
    photo = tile_photo(samples, index)
    maps = network.maps(photo)
    gain = gain_of(photo.file, photo, network)
    skin = maps.surface_map("skin") >= network.bundle.description.thresholds.skin
    truth = _truth(samples, index, maps)
    known = skin & (truth != UNLABELLED)
    if gain.gain_bits is None or not known.any():
        return None
    rows, columns = np.nonzero(known)
    chance = np.maximum(maps.types[truth[known], rows, columns], 1e-6)
    entropy = -(maps.types * np.log2(np.maximum(maps.types, 1e-12))).sum(axis=0)
    figures = {
        "disagreement of views": gain.gain_bits,
        "entropy of one view": float(entropy[skin].mean()),
        _AMOUNT: float(1 - maps.types[0][skin].mean()),
    }
    return Scored(float(-np.log2(chance).mean()), figures)


def _truth(samples: SampleFolder, index: int, maps: Maps) -> NDArray[np.uint8]:
    """(h, w) types of the tile at the network's working resolution."""
    types = np.ascontiguousarray(samples.arrays["types"][samples.samples[index]["row"]])
    height, width = maps.rgb.shape[:2]
    return cv2.resize(types, (width, height), interpolation=cv2.INTER_NEAREST_EXACT).astype(np.uint8)


def _spearman(tiles: Sequence[Scored], name: str) -> float | None:
    if len({tile.loss_bits for tile in tiles}) < 3:
        return None
    value = np.asarray(spearmanr([t.figures[name] for t in tiles], [t.loss_bits for t in tiles])[0])
    return float(value) if np.isfinite(value) else None


def _partial(tiles: Sequence[Scored], name: str) -> float | None:
    """Spearman's partial correlation of figure and loss, the amount of scars held; None for the amount itself."""
    if name == _AMOUNT or len({tile.loss_bits for tile in tiles}) < 4:
        return None
    columns = [[tile.figures[name] for tile in tiles], [tile.loss_bits for tile in tiles]]
    ranks = np.asarray(spearmanr(np.array([*columns, [tile.figures[_AMOUNT] for tile in tiles]]).T)[0])
    direct, with_amount, loss_amount = ranks[0, 1], ranks[0, 2], ranks[1, 2]
    rest = (1 - with_amount**2) * (1 - loss_amount**2)
    return float((direct - with_amount * loss_amount) / np.sqrt(rest)) if rest > 0 else None


def _first_fifth(tiles: Sequence[Scored], name: str) -> float:
    count = max(1, round(_FIRST * len(tiles)))
    first = sorted(tiles, key=lambda tile: -tile.figures[name])[:count]
    return float(np.mean([t.loss_bits for t in first]) / np.mean([t.loss_bits for t in tiles]))


def _text(figure: Interval) -> str:
    if figure.value is None or figure.low is None or figure.high is None:
        return "–"
    return f"{figure.value:.2f} ({figure.low:.2f} to {figure.high:.2f})"
