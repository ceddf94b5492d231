"""Tiles with what the network makes of them, kept so that the network runs once on each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.measure.lesions import FoundScars, find_scars
from inference.measure.site import assessed_skin
from inference.network.bundle import Thresholds
from inference.network.maps import Maps
from inference.network.session import Network
from inference.photo.photo import Photo
from inference.standard.regions import ground_of
from training.dataset import SampleFolder, Tile
from training.evaluate.rendered import tile_photo


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """One tile: its line of samples.jsonl, its labels, and the network's maps of it as a photograph.

    group: tiles of one skin share it; cross-validation keeps them together. skin: (h, w) bool, the assessed skin, set
    once the threshold of skin is chosen.
    """

    line: dict[str, Any]
    tile: Tile
    photo: Photo
    maps: Maps
    group: str
    skin: NDArray[np.bool_]

    @property
    def photo_px_per_px(self) -> tuple[float, float]:
        """Pixels of the tile per working pixel, (x, y)."""
        height_px, width_px = self.maps.rgb.shape[:2]
        return self.photo.width_px / width_px, self.photo.height_px / height_px

    def found(self, thresholds: Thresholds) -> FoundScars:
        """The scars at these thresholds."""
        return find_scars(self.maps, self.skin, thresholds, self.photo_px_per_px)


def look(samples: SampleFolder, network: Network, count: int) -> list[Seen]:
    """The first `count` tiles through the network; no skin is set yet."""
    tiles = []
    for index in range(count):
        photo, line = tile_photo(samples, index), samples.samples[index]
        maps = network.maps(photo)
        group = line.get("group")
        name = f"row {line['row']}" if group is None else str(group)
        nothing = np.zeros(maps.rgb.shape[:2], np.bool_)
        tiles.append(Seen(line, samples.tile(index), photo, maps, name, nothing))
    return tiles


def with_skin(tiles: Sequence[Seen], thresholds: Thresholds) -> list[Seen]:
    """The tiles with the skin that the product would assess on a close-up: no face is looked for."""
    return [replace(tile, skin=_skin(tile, thresholds)) for tile in tiles]


def _skin(tile: Seen, thresholds: Thresholds) -> NDArray[np.bool_]:
    shape = tile.skin.shape[0], tile.skin.shape[1]
    return assessed_skin(tile.maps, thresholds, ground_of(shape, tile.photo_px_per_px))


def with_relief(tiles: Sequence[Seen], factor: float) -> list[Seen]:
    """The tiles as a network of another gain would see them."""
    return [
        replace(tile, maps=replace(tile.maps, relief_um=tile.maps.relief_um * np.float32(factor)))
        for tile in tiles
    ]


def folds_of(groups: Sequence[str], count: int = 5, seed: int = 0) -> NDArray[np.intp]:
    """(n,) fold of every item, 0..count-1; items of one group share a fold, and folds hold alike many groups."""
    names = sorted(set(groups))
    order = np.random.default_rng(seed).permutation(len(names))
    place = {names[k]: position % count for position, k in enumerate(order.tolist())}
    return np.array([place[group] for group in groups], np.intp)
