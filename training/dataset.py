"""Rendered samples on disk, and the batch of every training step cut from them.

A step's batch depends on (seed, rank, step) alone. Workers may prepare steps in any number and a resumed run
asks for the steps it still lacks: the batches are the same.
"""

import json
import math
from dataclasses import dataclass, replace
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
    severity, roughness_sa_um: NaN where unknown. px_per_mm: of rgb.
    """

    rgb: NDArray[np.uint8]
    types: NDArray[np.uint8]
    surface: NDArray[np.uint8]
    surface_known: NDArray[np.uint8]
    relief_um: NDArray[np.int16]
    severity: float
    roughness_sa_um: float
    px_per_mm: float


class SampleFolder:
    """One folder of rendered samples, memory-mapped: meta.json, five .npy arrays and samples.jsonl.

    Raises FileNotFoundError when a file is missing, ValueError when the folder names other classes.
    """

    ARRAYS = ("rgb", "types", "surface", "surface_known", "relief_um")

    def __init__(self, folder: Path) -> None:
        meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
        if tuple(meta["types"]) != TYPES or tuple(meta["surface"]) != SURFACE:
            raise ValueError(
                f"{folder} holds classes {meta['types']} and {meta['surface']}: render it again."
            )
        self.folder = folder
        self.size_px = int(meta["size_px"])
        self.arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in self.ARRAYS}
        lines = (folder / "samples.jsonl").read_text(encoding="utf-8").splitlines()
        self.samples: list[dict[str, Any]] = [json.loads(line) for line in lines if line]

    def skins(self, data: DataConfig) -> list[tuple[int, ...]]:
        """Samples by the skin that they show, those that `data` wants; a sample without group is a skin of its own."""
        low, high = data.px_per_mm
        found: dict[Any, list[int]] = {}
        for index, facts in enumerate(self.samples):
            wanted = not data.sources or facts["source"] in data.sources
            if wanted and low <= facts["px_per_mm"] <= high:
                found.setdefault(facts.get("group", ("alone", index)), []).append(index)
        return [tuple(views) for views in found.values()]

    def __len__(self) -> int:
        return len(self.samples)

    def tile(self, index: int, window: tuple[slice, slice] | None = None) -> Tile:
        """The whole sample, or the part in `window` (rows, columns); a part has no severity."""
        facts = self.samples[index]
        rows, columns = window or (slice(None), slice(None))
        parts = {name: array[facts["row"], rows, columns] for name, array in self.arrays.items()}
        severity = facts["severity"] if window is None else None
        return Tile(
            **parts,
            severity=_or_nan(severity),
            roughness_sa_um=_or_nan(facts["roughness_sa_um"]),
            px_per_mm=float(facts["px_per_mm"]),
        )


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else float(value)


class TrainingSteps(Dataset[Batch]):
    """Item k is the whole batch of training step k: pairs of views of one skin, in adjacent rows.

    Both views of a pair are cut and turned alike, so that their maps lie on each other, and damaged apart. `pair`
    (N,) int64 is the same number for both, -1 for a sample of which there is only one view.
    Raises ValueError when no sample is left of those that `data` wants.
    """

    def __init__(
        self,
        data: DataConfig,
        augment: AugmentConfig,
        output_stride: int,
        seed: int,
        rank: int = 0,
        reference_px_per_mm: float = 6.4,
    ) -> None:
        self.data, self.augment, self.output_stride = data, augment, output_stride
        self.seed, self.rank, self.reference_px_per_mm = seed, rank, reference_px_per_mm
        self.folders = [SampleFolder(folder) for folder in data.train]
        self.skins = [(k, skin) for k, folder in enumerate(self.folders) for skin in folder.skins(data)]
        self.scarred = [(k, skin) for k, skin in self.skins if self.folders[k].samples[skin[0]]["scars"]]
        if not self.skins:
            raise ValueError("No sample fits data.sources and data.px_per_mm: widen them, or render more.")

    def __getitem__(self, step: int) -> Batch:
        cv2.setNumThreads(1)
        rng = np.random.default_rng((self.seed, self.rank, step))
        every = self.data.full_tile_every
        whole = bool(every) and step % every == every - 1
        # Shards of one step have one size, so that they can be put together.
        sides = np.random.default_rng((self.seed, step)).choice(self.data.full_tile_px)
        side = int(sides) if whole else self.data.crop_px
        count = max(1, round(self.data.batch * (self.data.crop_px / side) ** 2))
        return stack(self.drawn(count, rng, whole, side))

    def drawn(self, count: int, rng: Generator, whole: bool, side: int) -> list[Batch]:
        """`count` samples of one size: pairs of views in adjacent rows, where a skin has several."""
        samples: list[Batch] = []
        while len(samples) < count:
            samples += self._views(whole, side, rng, number=len(samples), most=count - len(samples))
        return samples

    def _views(self, whole: bool, side: int, rng: Generator, number: int, most: int) -> list[Batch]:
        """Up to two augmented views, side x side, of one skin: whole tiles, or one zoomed crop of both."""
        about_scar = bool(self.scarred) and rng.random() < self.data.scarred_share
        drawn = self.scarred if about_scar else self.skins
        which, skin = drawn[int(rng.integers(len(drawn)))]
        folder = self.folders[which]
        chosen = rng.permutation(np.array(skin))[: min(2, most)]
        facts = folder.samples[skin[0]]
        labels = folder.arrays["types"][folder.samples[chosen[0]]["row"]]
        middle = draw_scar(facts["scars"], labels, rng) if about_scar else None
        zoom = self._zoom(facts["px_per_mm"], rng)
        window = None if whole else random_window(folder.size_px, side, zoom, rng, middle)
        mirror, quarters = draw_turn(self.augment, rng)
        views = []
        for index in chosen:
            tile = turned(folder.tile(int(index), window), mirror, quarters)
            view = resized(tile, side, self.output_stride, self.reference_px_per_mm)
            view["image"] = _channels_first(photograph(view["image"].numpy(), self.augment, rng))
            view["pair"] = torch.tensor(number if len(chosen) == 2 else -1)
            views.append(view)
        return views

    def _zoom(self, px_per_mm: float, rng: Generator) -> float:
        """About that which brings the tile to the reference scale, as far as `data.zoom` reaches: a known scale is
        brought there before the network sees the picture, an assumed one may be off by half."""
        wanted = self.reference_px_per_mm / px_per_mm * math.exp(rng.normal(0.0, self.data.zoom_sd))
        return float(np.clip(wanted, *self.data.zoom))


#: A tile of a whole head would be enlarged to more than any photograph is.
_LARGEST_VALIDATION_PX = 896


class ValidationTiles(Dataset[Batch]):
    """Whole tiles at the reference scale, as pictures of known scale are seen, the same ones every time."""

    def __init__(
        self, folders: tuple[Path, ...], count: int, output_stride: int, reference_px_per_mm: float = 6.4
    ) -> None:
        self.output_stride, self.reference_px_per_mm = output_stride, reference_px_per_mm
        opened = [SampleFolder(folder) for folder in folders]
        every = [(folder, index) for folder in opened for index in range(len(folder))]
        picked = np.linspace(0, len(every) - 1, min(count, len(every))).round().astype(int)
        self.items = [every[i] for i in picked]

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, item: int) -> Batch:
        folder, index = self.items[item]
        zoom = self.reference_px_per_mm / folder.samples[index]["px_per_mm"]
        side = min(max(round(folder.size_px * zoom / 32), 1) * 32, _LARGEST_VALIDATION_PX)
        sample = resized(folder.tile(index), side, self.output_stride, self.reference_px_per_mm)
        sample["image"] = _channels_first(sample["image"].numpy())
        return stack([sample])


#: Scars looked at before a crop is cut about one that cannot be seen.
_TRIES = 8


def draw_scar(scars: list[dict[str, Any]], labels: NDArray[np.uint8], rng: Generator) -> tuple[float, float]:
    """Row and column of one of the listed scars, every type that is there alike: icepicks outnumber all others.

    labels: (S, S) types of the sample, in which scars that cannot be seen are not labelled: those are passed over.
    """
    kinds = sorted({scar["type"] for scar in scars})
    row = column = 0.0
    for _ in range(_TRIES):
        kind = kinds[int(rng.integers(len(kinds)))]
        alike = [scar for scar in scars if scar["type"] == kind]
        scar = alike[int(rng.integers(len(alike)))]
        row, column = float(scar["y_px"]), float(scar["x_px"])
        if labels[min(int(row), len(labels) - 1), min(int(column), len(labels) - 1)] != UNLABELLED:
            break
    return row, column


def random_window(
    size_px: int,
    crop_px: int,
    zoom: float,
    rng: Generator,
    middle: tuple[float, float] | None = None,
) -> tuple[slice, slice]:
    """A square that becomes `crop_px` when enlarged by `zoom`, anywhere inside the sample.

    middle: row and column that it should hold, where in the square is left to chance.
    """
    side = min(size_px, max(32, round(crop_px / zoom)))
    starts = rng.integers(0, size_px - side + 1, 2)
    if middle is not None:
        starts = np.clip(np.round(middle - rng.uniform(0.1, 0.9, 2) * side), 0, size_px - side).astype(int)
    top, left = (int(start) for start in starts)
    return slice(top, top + side), slice(left, left + side)


def draw_turn(augment: AugmentConfig, rng: Generator) -> tuple[bool, int]:
    """Whether to mirror, and by how many quarters to turn."""
    mirror = bool(rng.random() < augment.mirror)
    return mirror, int(rng.integers(1, 4)) if rng.random() < augment.turn else 0


def turned(tile: Tile, mirror: bool, quarters: int) -> Tile:
    """Mirrored left to right, then turned by quarters; pictures and labels together."""

    def move(array: NDArray[Any]) -> NDArray[Any]:
        return np.rot90(array[:, ::-1] if mirror else array, quarters)

    moved = {name: move(getattr(tile, name)) for name in SampleFolder.ARRAYS}
    return replace(tile, **moved)


def resized(tile: Tile, side: int, output_stride: int, reference_px_per_mm: float) -> Batch:
    """The tile at `side` px with its labels at the network's output stride.

    image: (side, side, 3) uint8. types, surface, surface_known: (s, s) uint8 with s = side / output_stride,
    nearest neighbour. relief_um: (s, s) float32, NaN where unknown. severity, roughness_sa_um: () float32.
    Heights, and with them Sa, are those that the same picture would show at the reference scale: enlarged twice,
    it shows the same slopes over twice the pixels, so twice the height.
    """
    enlarged = side / tile.rgb.shape[0] * tile.px_per_mm / reference_px_per_mm
    small = (side // output_stride,) * 2
    kernel = cv2.INTER_AREA if tile.rgb.shape[0] >= side else cv2.INTER_CUBIC
    image = cv2.resize(np.ascontiguousarray(tile.rgb), (side, side), interpolation=kernel)

    def nearest(array: NDArray[Any]) -> NDArray[Any]:
        return cv2.resize(np.ascontiguousarray(array), small, interpolation=cv2.INTER_NEAREST_EXACT)

    known = tile.relief_um != UNKNOWN_RELIEF_UM
    height = np.where(known, tile.relief_um, 0).astype(np.float32) * np.float32(enlarged)
    relief = cv2.resize(height, small, interpolation=cv2.INTER_AREA)
    # Scars that nobody can see have a height, but the picture does not tell it: learnt, it would lower all skin.
    known &= tile.types != UNLABELLED
    relief[nearest(known.astype(np.uint8)) == 0] = np.nan
    return {
        "image": torch.from_numpy(image),
        "types": torch.from_numpy(nearest(tile.types)),
        "surface": torch.from_numpy(nearest(tile.surface)),
        "surface_known": torch.from_numpy(nearest(tile.surface_known)),
        "relief_um": torch.from_numpy(relief),
        "severity": torch.tensor(tile.severity, dtype=torch.float32),
        "roughness_sa_um": torch.tensor(tile.roughness_sa_um * enlarged, dtype=torch.float32),
    }


def _channels_first(rgb: NDArray[np.uint8]) -> torch.Tensor:
    """(H, W, 3) -> (3, H, W) uint8."""
    return torch.from_numpy(np.ascontiguousarray(rgb.transpose(2, 0, 1)))


def stack(samples: list[Batch]) -> Batch:
    """Samples of one size -> a batch with N in front of every shape."""
    return {name: torch.stack([sample[name] for sample in samples]) for name in samples[0]}
