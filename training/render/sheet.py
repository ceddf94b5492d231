"""A sheet of rendered samples beside real photographs, both pixel for pixel: are they hard to tell apart?"""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

SUFFIXES = {".jpg", ".jpeg", ".jfif", ".png", ".webp", ".tif", ".tiff"}


def beside_real(
    samples: Path, real: Path, out: Path, rows: int = 6, columns: int = 6, cell_px: int = 300, seed: int = 0
) -> None:
    """Write a PNG of `rows` rows, alternately rendered and real, each picture cut to cell_px at its own pixel size.

    Larger real photographs are first reduced so that their shorter side is at most two cells, as a reader would see
    them. Raises FileNotFoundError when `real` holds no photograph or `samples` is no folder of samples.
    """
    photos = sorted(p for p in real.rglob("*") if p.suffix.lower() in SUFFIXES)
    if not photos:
        raise FileNotFoundError(f"No photographs below {real}: name a folder of JPEG or PNG files.")
    if not (samples / "rgb.npy").exists():
        raise FileNotFoundError(f"{samples} holds no rgb.npy: render samples into it first.")
    rgb = np.load(samples / "rgb.npy", mmap_mode="r")
    rng = np.random.default_rng(seed)
    each = rows // 2 * columns
    rendered = [_cell(rng, np.asarray(rgb[i]), cell_px) for i in rng.permutation(len(rgb))[:each]]
    chosen = [cv2.imread(str(photos[i]), cv2.IMREAD_COLOR) for i in rng.permutation(len(photos))[:each]]
    shot = [
        _cell(rng, _reduced(picture[..., ::-1], 2 * cell_px), cell_px)
        for picture in chosen
        if picture is not None
    ]
    lines: list[NDArray[np.uint8]] = []
    for start in range(0, each, columns):
        for cells in (rendered, shot):
            line = cells[start : start + columns]
            line = line + [np.zeros((cell_px, cell_px, 3), np.uint8)] * (columns - len(line))
            lines.append(np.hstack(line))
    cv2.imwrite(str(out), np.ascontiguousarray(np.vstack(lines)[..., ::-1]))


def _reduced(picture: NDArray[np.uint8], most_px: int) -> NDArray[np.uint8]:
    factor = min(1.0, most_px / min(picture.shape[:2]))
    if factor == 1.0:
        return np.ascontiguousarray(picture)
    size = (round(picture.shape[1] * factor), round(picture.shape[0] * factor))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def _cell(rng: np.random.Generator, picture: NDArray[np.uint8], cell_px: int) -> NDArray[np.uint8]:
    """A square part of the picture about its middle, on black where the picture is smaller."""
    cell = np.zeros((cell_px, cell_px, 3), np.uint8)
    height, width = picture.shape[:2]
    y, x = (max(0, (side - cell_px) // 2) for side in (height, width))
    part = picture[y : y + cell_px, x : x + cell_px]
    cell[: part.shape[0], : part.shape[1]] = part
    return cell
