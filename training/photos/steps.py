"""The batch of every training step: crops of photographs and rendered samples, mixed, or whole photographs.

As with rendered samples alone, a step's batch depends on seed, shard and step, on nothing else.
"""

import math
from collections.abc import Sequence

import cv2
import numpy as np
import torch
from numpy.random import Generator
from torch.utils.data import Dataset

from training.augment import photograph
from training.config import AugmentConfig, PhotosConfig, TrainConfig
from training.dataset import Batch, TrainingSteps, draw_turn, stack
from training.photos.crops import crop, of_the_whole, whole, without_weak
from training.photos.labels import LabelledPhoto, LabelledPhotos
from training.photos.scales import GradeScales
from training.photos.shelf import Shelf

#: A crop is enlarged or reduced by no more than this from the pixels that are kept.
_ZOOM = (0.2, 3.0)
#: Pairs of different shards are told apart by adding multiples of this to their numbers.
_PAIR_STRIDE = 10_000


class ShardedSteps(Dataset[Batch]):
    """Item k is this process's part of step k: the batches of its shards in one."""

    def __init__(self, parts: Sequence[Dataset[Batch]]) -> None:
        self.parts = parts

    def __getitem__(self, step: int) -> Batch:
        return joined([part[step] for part in self.parts])


def joined(batches: Sequence[Batch]) -> Batch:
    """Batches of one step below each other; pairs keep to themselves."""
    if len(batches) == 1:
        return batches[0]
    for number, batch in enumerate(batches):
        pair = batch["pair"]
        batch["pair"] = torch.where(pair >= 0, pair + number * _PAIR_STRIDE, pair)
    return {name: torch.cat([batch[name] for batch in batches]) for name in batches[0]}


class MixedSteps(Dataset[Batch]):
    """Item k is the batch of one shard of step k: photographs in `photos.share` of its crops, rendered samples else."""

    def __init__(
        self,
        photos: "PhotoCrops",
        rendered: TrainingSteps | None,
        config: TrainConfig,
        shard: int = 0,
    ) -> None:
        assert config.photos is not None
        self.photos, self.rendered, self.shard = photos, rendered, shard
        self.data, self.config, self.seed = config.data, config.photos, config.loop.seed
        self.every = _whole_every(config.photos, photos, rendered)

    def __getitem__(self, step: int) -> Batch:
        cv2.setNumThreads(1)
        rng = np.random.default_rng((self.seed, self.shard, step))
        if self.every and step % self.every == self.every - 1:
            return stack([self.photos.whole(rng)])
        every = self.data.full_tile_every
        if self.rendered is not None and every and step % every == every - 1 and self.config.share < 1:
            batch = self.rendered[step]
            return stack(
                [without_weak({n: v[k] for n, v in batch.items()}) for k in range(len(batch["pair"]))]
            )
        return stack(self._crops(rng))

    def _crops(self, rng: Generator) -> list[Batch]:
        count = self.data.batch
        wanted = count * (self.config.share if self.rendered is not None else 1.0)
        real = math.floor(wanted + rng.random()) if self.photos.local else 0
        samples = [self.photos.crop(rng, self.data.crop_px) for _ in range(real)]
        if self.rendered is not None:
            drawn = self.rendered.drawn(count - real, rng, whole=False, side=self.data.crop_px)
            samples += [without_weak(sample) for sample in drawn]
        return samples


def _whole_every(config: PhotosConfig, photos: "PhotoCrops", rendered: TrainingSteps | None) -> int:
    """How often a whole photograph is asked for: always where nothing else teaches, never where it teaches nothing."""
    if not photos.graded:
        return 0
    if not photos.local and rendered is None:
        return 1
    return config.whole_every


class PhotoCrops:
    """Augmented crops of photographs, and whole ones. local, graded: those that teach by crops, and as a whole."""

    def __init__(
        self,
        labels: LabelledPhotos,
        scales: GradeScales,
        config: PhotosConfig,
        augment: AugmentConfig,
        stride: int,
        reference_px_per_mm: float,
    ) -> None:
        self.local = [photo for photo in labels.train if photo.is_local]
        self.graded = [photo for photo in labels.train if photo.types or photo.grades]
        self.scales, self.config, self.augment = scales, config, augment
        self.stride, self.reference = stride, reference_px_per_mm
        self.shelf = Shelf(
            labels.classes, reference_px_per_mm, config.shelf_mb, config.boxes_complete, config.close_ups
        )

    def crop(self, rng: Generator, side: int) -> Batch:
        """A crop of a photograph with labels of places, near the reference scale."""
        loaded = self.shelf.get(_drawn(self.local, rng))
        spread = self.config.zoom_sd_assumed if loaded.is_assumed else self.config.zoom_sd
        wanted = self.reference / loaded.px_per_mm * math.exp(rng.normal(0.0, spread))
        turn = draw_turn(self.augment, rng)
        return self._damaged(crop(loaded, side, float(np.clip(wanted, *_ZOOM)), self.stride, rng, turn), rng)

    def whole(self, rng: Generator) -> Batch:
        """A whole photograph with its grades and types."""
        loaded = self.shelf.get(_drawn(self.graded, rng))
        turn = draw_turn(self.augment, rng)
        seen = whole(loaded, self.config.whole_px, self.stride, rng, turn)
        return self._damaged(seen | of_the_whole(loaded.photo, self.scales, rng), rng)

    def _damaged(self, sample: Batch, rng: Generator) -> Batch:
        rgb = photograph(sample["image"].numpy(), self.augment, rng)
        return {**sample, "image": channels_first(rgb)}


def _drawn(photos: list[LabelledPhoto], rng: Generator) -> LabelledPhoto:
    return photos[int(rng.integers(len(photos)))]


def channels_first(rgb: np.ndarray) -> torch.Tensor:
    """(H, W, 3) -> (3, H, W) uint8."""
    return torch.from_numpy(np.ascontiguousarray(rgb.transpose(2, 0, 1)))


#: Whole photographs are validated at the reference scale up to this side, as rendered tiles are.
_LARGEST_PX = 896


class PhotoValidation(Dataset[Batch]):
    """Whole photographs kept out of training, at the reference scale, with all their labels; the same every time."""

    def __init__(
        self,
        labels: LabelledPhotos,
        scales: GradeScales,
        config: PhotosConfig,
        stride: int,
        reference_px_per_mm: float,
        most: int,
    ) -> None:
        count = min(most, len(labels.validation))
        picked = np.linspace(0, max(0, len(labels.validation) - 1), count).round().astype(int)
        self.photos = [labels.validation[k] for k in picked]
        self.scales, self.stride, self.reference = scales, stride, reference_px_per_mm
        self.shelf = Shelf(
            labels.classes, reference_px_per_mm, config.shelf_mb, config.boxes_complete, config.close_ups
        )

    def __len__(self) -> int:
        return len(self.photos)

    def __getitem__(self, item: int) -> Batch:
        rng = np.random.default_rng(item)
        loaded = self.shelf.get(self.photos[item])
        longest = max(loaded.rgb.shape[:2]) * self.reference / loaded.px_per_mm
        side = min(max(math.ceil(longest / 32), 2) * 32, _LARGEST_PX)
        sample = whole(loaded, side, self.stride, rng) | of_the_whole(loaded.photo, self.scales, rng)
        sample["image"] = channels_first(sample["image"].numpy())
        return stack([sample])
