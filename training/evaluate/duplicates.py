"""How far changes of one picture, and pictures of others, lie apart by the hash that finds near-duplicates."""

import io
from collections.abc import Callable, Iterator, Mapping
from itertools import combinations
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageEnhance
from tqdm import tqdm

from data.checking.duplicates import SAME_BITS, Codes, codes_of, likenesses
from data.importing.photographs import Photographs
from inference.photo.read import read_photo

Rgb = NDArray[np.uint8]


def _saved(rgb: Rgb, quality: int) -> Rgb:
    content = io.BytesIO()
    Image.fromarray(rgb).save(content, format="JPEG", quality=quality)
    return np.asarray(Image.open(content))


def _cut(rgb: Rgb, share: float) -> Rgb:
    height, width = rgb.shape[:2]
    y, x = round(height * share), round(width * share)
    return rgb[y : height - y, x : width - x]


def _sized(rgb: Rgb, x: float, y: float) -> Rgb:
    height, width = rgb.shape[:2]
    size = max(1, round(width * x)), max(1, round(height * y))
    return cv2.resize(rgb, size, interpolation=cv2.INTER_AREA).astype(np.uint8)


def _enhanced(rgb: Rgb, kind: type, factor: float) -> Rgb:
    return np.asarray(kind(Image.fromarray(rgb)).enhance(factor))


CHANGES: Mapping[str, Callable[[Rgb], Rgb]] = {
    "JPEG quality 30": lambda rgb: _saved(rgb, 30),
    "a third of the size": lambda rgb: _sized(rgb, 1 / 3, 1 / 3),
    "squeezed by 15 %": lambda rgb: _sized(rgb, 1.0, 0.85),
    "mirrored": lambda rgb: np.ascontiguousarray(rgb[:, ::-1]),
    "brightness + 30 %": lambda rgb: _enhanced(rgb, ImageEnhance.Brightness, 1.3),
    "contrast + 30 %": lambda rgb: _enhanced(rgb, ImageEnhance.Contrast, 1.3),
    "2 % cut off each side": lambda rgb: _cut(rgb, 0.02),
    "5 % cut off each side": lambda rgb: _cut(rgb, 0.05),
}


def duplicate_lines(folder: Path, every: int = 1) -> Iterator[str]:
    """A table of changes, then the pairs of different photographs that lie closest. every: each so many-th only."""
    files = Photographs(folder).files[::every]
    codes: dict[str, Codes] = {}
    bits: dict[str, list[int]] = {name: [] for name in CHANGES}
    for file in tqdm(files, desc="photographs", unit="photo"):
        rgb = read_photo(file.path).rgb
        codes[file.key] = codes_of(rgb)
        for name, change in CHANGES.items():
            bits[name].append(_apart(codes[file.key], codes_of(change(rgb))))
    yield f"{len(files)} photographs; called the same up to {SAME_BITS} of 256 bits"
    yield f"{'change':24}{'median':>8}{'95 %':>8}{'most':>8}{'found':>8}"
    for name, values in bits.items():
        median, high = np.percentile(values, [50, 95])
        found = np.mean(np.array(values) <= SAME_BITS)
        yield f"{name:24}{median:8.0f}{high:8.0f}{max(values):8d}{found:8.0%}"
    called = likenesses(codes)
    pairs = len(files) * (len(files) - 1) // 2
    yield f"{len(called)} of {pairs} pairs of files called the same"
    closest = sorted((_apart(codes[a], codes[b]), a, b) for a, b in combinations(codes, 2))[:6]
    yield from (f"{apart:4d} bits  {one}  {other}" for apart, one, other in closest)


def _apart(one: Codes, other: Codes) -> int:
    """Bits that differ, in the view of `other` that is nearest to `one` as it is."""
    return int(np.bitwise_count(one[0] ^ other).sum(axis=1).min())
