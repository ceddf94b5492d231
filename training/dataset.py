"""Rendered samples on disk, and the batch of every training step cut from them.

A step's batch depends on (seed, rank, step) alone. Workers may prepare steps in any number and a resumed run
asks for the steps it still lacks: the batches are the same.
"""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch.utils.data import Dataset

from inference.network.maps import SURFACE, TYPES
from training.augment import photograph
from training.config import AugmentConfig, DataConfig

#: Stands in `types` where nobody labelled the pixel.
UNLABELLED = 255
#: Stands in `relief_um` where the height is unknown.
UNKNOWN_RELIEF_UM = -32768

Batch = dict[str, torch.Tensor]


@dataclass(frozen=True, slots=True, eq=False)
class Tile:
    """Part or whole of one sample at the sample's own resolution.

    rgb: (h, w, 3) uint8 sRGB. types: (h, w) uint8, 0..4 or `UNLABELLED`.
    surface, surface_known: (h, w) uint8 bit sets over `SURFACE`. relief_um: (h, w) int16.
    severity, roughness_sa_um: NaN where unknown.
    """

    rgb: NDArray[np.uint8]
    types: NDArray[np.uint8]
    surface: NDArray[np.uint8]
    surface_known: NDArray[np.uint8]
    relief_um: NDArray[np.int16]
    severity: float
    roughness_sa_um: float


class SampleFolder:
    """One folder of rendered samples, memory-mapped: meta.json, five .npy arrays and samples.jsonl.

    Raises FileNotFoundError when a file is missing, ValueError when the folder names other classes.
    """

    _ARRAYS = ("rgb", "types", "surface", "surface_known", "relief_um")

    def __init__(self, folder: Path) -> None:
        meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
        if tuple(meta["types"]) != TYPES or tuple(meta["surface"]) != SURFACE:
            raise ValueError(
                f"{folder} holds classes {meta['types']} and {meta['surface']}: render it again."
            )
        self.folder = folder
        self.size_px = int(meta["size_px"])
        self.arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in self._ARRAYS}
        lines = (folder / "samples.jsonl").read_text(encoding="utf-8").splitlines()
        self.samples: list[dict[str, Any]] = [json.loads(line) for line in lines if line]

    def __len__(self) -> int:
        return len(self.samples)

    def tile(self, index: int, window: tuple[slice, slice] | None = None) -> Tile:
        """The whole sample, or the part in `window` (rows, columns); a part has no severity."""
        facts = self.samples[index]
        rows, columns = window or (slice(None), slice(None))
        parts = {name: array[facts["row"], rows, columns] for name, array in self.arrays.items()}
        severity = facts["severity"] if window is None else None
        return Tile(**parts, severity=_or_nan(severity), roughness_sa_um=_or_nan(facts["roughness_sa_um"]))


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else float(value)


class TrainingSteps(Dataset[Batch]):
    """Item k is the whole batch of training step k."""

    def __init__(
        self, data: DataConfig, augment: AugmentConfig, output_stride: int, seed: int, rank: int = 0
    ) -> None:
        self.data, self.augment, self.output_stride = data, augment, output_stride
        self.seed, self.rank = seed, rank
        self.folders = [SampleFolder(folder) for folder in data.train]
        self.ends = np.cumsum([len(folder) for folder in self.folders])

    def __getitem__(self, step: int) -> Batch:
        cv2.setNumThreads(1)
        rng = np.random.default_rng((self.seed, self.rank, step))
        every = self.data.full_tile_every
        if every and step % every == every - 1:
            side = int(rng.choice(self.data.full_tile_px))
            count = max(1, round(self.data.batch * (self.data.crop_px / side) ** 2))
            return stack([self._sample(None, side, rng) for _ in range(count)])
        side = self.data.crop_px
        return stack([self._sample(side, side, rng) for _ in range(self.data.batch)])

    def _sample(self, crop_px: int | None, side: int, rng: Generator) -> Batch:
        """One augmented sample of side x side: a zoomed crop, or the whole tile when `crop_px` is None."""
        drawn = int(rng.integers(self.ends[-1]))
        which = int(np.searchsorted(self.ends, drawn, side="right"))
        folder = self.folders[which]
        index = drawn - (int(self.ends[which - 1]) if which else 0)
        window = None if crop_px is None else random_window(folder.size_px, crop_px, self.data.zoom, rng)
        tile = turned(folder.tile(index, window), self.augment, rng)
        sample = resized(tile, side, self.output_stride)
        sample["image"] = _channels_first(photograph(sample["image"].numpy(), self.augment, rng))
        return sample


class ValidationTiles(Dataset[Batch]):
    """Whole tiles as rendered, cropped in the middle to a multiple of 32, the same ones every time."""

    def __init__(self, folders: tuple[Path, ...], count: int, output_stride: int) -> None:
        self.output_stride = output_stride
        opened = [SampleFolder(folder) for folder in folders]
        every = [(folder, index) for folder in opened for index in range(len(folder))]
        picked = np.linspace(0, len(every) - 1, min(count, len(every))).round().astype(int)
        self.items = [every[i] for i in picked]

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, item: int) -> Batch:
        folder, index = self.items[item]
        side = folder.size_px // 32 * 32
        start = (folder.size_px - side) // 2
        window = None if side == folder.size_px else (slice(start, start + side),) * 2
        sample = resized(folder.tile(index, window), side, self.output_stride)
        sample["image"] = _channels_first(sample["image"].numpy())
        return stack([sample])


def random_window(
    size_px: int, crop_px: int, zoom: tuple[float, float], rng: Generator
) -> tuple[slice, slice]:
    """A square that becomes `crop_px` after a log-uniform zoom, anywhere inside the sample."""
    factor = math.exp(rng.uniform(math.log(zoom[0]), math.log(zoom[1])))
    side = min(size_px, max(32, round(crop_px / factor)))
    top, left = (int(start) for start in rng.integers(0, size_px - side + 1, 2))
    return slice(top, top + side), slice(left, left + side)


def turned(tile: Tile, augment: AugmentConfig, rng: Generator) -> Tile:
    """Mirrored and turned by quarters by chance; pictures and labels together."""
    mirror = rng.random() < augment.mirror
    quarters = int(rng.integers(1, 4)) if rng.random() < augment.turn else 0

    def move(array: NDArray[Any]) -> NDArray[Any]:
        return np.rot90(array[:, ::-1] if mirror else array, quarters)

    return Tile(
        move(tile.rgb),
        move(tile.types),
        move(tile.surface),
        move(tile.surface_known),
        move(tile.relief_um),
        tile.severity,
        tile.roughness_sa_um,
    )


def resized(tile: Tile, side: int, output_stride: int) -> Batch:
    """The tile at `side` px with its labels at the network's output stride.

    image: (side, side, 3) uint8. types, surface, surface_known: (s, s) uint8 with s = side / output_stride,
    nearest neighbour. relief_um: (s, s) float32, NaN where unknown. severity, roughness_sa_um: () float32.
    """
    small = (side // output_stride,) * 2
    kernel = cv2.INTER_AREA if tile.rgb.shape[0] >= side else cv2.INTER_CUBIC
    image = cv2.resize(np.ascontiguousarray(tile.rgb), (side, side), interpolation=kernel)

    def nearest(array: NDArray[Any]) -> NDArray[Any]:
        return cv2.resize(np.ascontiguousarray(array), small, interpolation=cv2.INTER_NEAREST_EXACT)

    known = tile.relief_um != UNKNOWN_RELIEF_UM
    height = np.where(known, tile.relief_um, 0).astype(np.float32)
    relief = cv2.resize(height, small, interpolation=cv2.INTER_AREA)
    relief[nearest(known.astype(np.uint8)) == 0] = np.nan
    return {
        "image": torch.from_numpy(image),
        "types": torch.from_numpy(nearest(tile.types)),
        "surface": torch.from_numpy(nearest(tile.surface)),
        "surface_known": torch.from_numpy(nearest(tile.surface_known)),
        "relief_um": torch.from_numpy(relief),
        "severity": torch.tensor(tile.severity, dtype=torch.float32),
        "roughness_sa_um": torch.tensor(tile.roughness_sa_um, dtype=torch.float32),
    }


def _channels_first(rgb: NDArray[np.uint8]) -> torch.Tensor:
    """(H, W, 3) -> (3, H, W) uint8."""
    return torch.from_numpy(np.ascontiguousarray(rgb.transpose(2, 0, 1)))


def stack(samples: list[Batch]) -> Batch:
    """Samples of one size -> a batch with N in front of every shape."""
    return {name: torch.stack([sample[name] for sample in samples]) for name in samples[0]}
