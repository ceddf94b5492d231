"""Blobs: every round thing on skin (scar, papule, pore, mark) as one table, and its windows on the pixel grid."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

#: Fourier orders of an irregular outline, r(angle) = 1 + sum a_k cos(k angle + p_k).
OUTLINE_ORDERS = (2, 3, 4, 5)


@dataclass(frozen=True)
class Blobs:
    """M blobs of one kind. All arrays have M rows.

    x_mm, y_mm: centre from the tile's top-left corner. a_mm, b_mm: half axes. angle_rad: of the first axis.
    outline: (M, 4, 2) amplitude and phase of OUTLINE_ORDERS. height_um: peak height, negative for a pit.
    edge: width of the wall as a share of the radius. power: shape exponent of a cone.
    """

    x_mm: NDArray[np.float64]
    y_mm: NDArray[np.float64]
    a_mm: NDArray[np.float64]
    b_mm: NDArray[np.float64]
    angle_rad: NDArray[np.float64]
    outline: NDArray[np.float64]
    height_um: NDArray[np.float64]
    edge: NDArray[np.float64]
    power: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.x_mm)

    def take(self, index: NDArray[np.generic]) -> "Blobs":
        """The blobs that `index` (boolean or integer) picks."""
        return Blobs(**{f.name: getattr(self, f.name)[index] for f in fields(self)})

    def scaled(self, height: float | NDArray[np.float64]) -> "Blobs":
        """The same blobs with their heights multiplied, by one factor or one each, as in healing."""
        return replace(self, height_um=self.height_um * height)

    @staticmethod
    def empty() -> "Blobs":
        z = np.zeros(0)
        return Blobs(z, z, z, z, z, np.zeros((0, len(OUTLINE_ORDERS), 2)), z, z, z)

    @staticmethod
    def join(parts: list["Blobs"]) -> "Blobs":
        return Blobs(**{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Blobs)})


def draw_blobs(
    rng: np.random.Generator,
    xy_mm: NDArray[np.float64],
    diameter_mm: NDArray[np.float64],
    height_um: NDArray[np.float64],
    *,
    elongation: float = 0.25,
    angle_rad: float | None = None,
    irregular: float = 0.08,
    edge: tuple[float, float] = (0.1, 0.3),
    power: tuple[float, float] = (0.8, 1.4),
) -> Blobs:
    """Blobs at the places xy_mm (M, 2) with irregular outlines; the area is that of the given diameter's circle."""
    m = len(xy_mm)
    stretch = np.exp(np.abs(rng.normal(0, elongation, m)) / 2)
    angle = rng.uniform(0, math.pi, m) if angle_rad is None else rng.normal(angle_rad, 0.35, m)
    amplitude = rng.normal(0, irregular, (m, len(OUTLINE_ORDERS))) / np.sqrt(
        np.arange(1, 1 + len(OUTLINE_ORDERS))
    )
    phase = rng.uniform(0, 2 * math.pi, amplitude.shape)
    return Blobs(
        x_mm=xy_mm[:, 0],
        y_mm=xy_mm[:, 1],
        a_mm=diameter_mm / 2 * stretch,
        b_mm=diameter_mm / 2 / stretch,
        angle_rad=angle,
        outline=np.stack([np.clip(amplitude, -0.25, 0.25), phase], axis=-1),
        height_um=height_um,
        edge=rng.uniform(*edge, m),
        power=rng.uniform(*power, m),
    )


@dataclass(frozen=True)
class Window:
    """Pixels around a group of blobs.

    rows: (G,) which blobs. index: (G, w*w) flat pixel index into (H*W). rho: (G, w*w) distance from the centre
    over the outline's radius there, 1 on the outline. Pixels outside the tile have rho = inf and index 0.
    """

    rows: Tensor
    index: Tensor
    rho: Tensor


def windows(
    blobs: Blobs, size_px: tuple[int, int], px_per_mm: float, reach: float, device: torch.device
) -> Iterator[Window]:
    """Group blobs by window size (odd powers of two plus one), so that each group is one tensor operation.

    size_px: (height, width). reach: how many radii a blob's influence extends.
    """
    if not len(blobs):
        return
    radius_px = reach * 1.35 * np.maximum(blobs.a_mm, blobs.b_mm) * px_per_mm
    half = 2 ** np.ceil(np.log2(np.maximum(radius_px + 1, 4))).astype(int)
    for h in np.unique(half):
        rows = np.flatnonzero(half == h)
        per_chunk = max(1, int(4_000_000 // (2 * h + 1) ** 2))
        for start in range(0, len(rows), per_chunk):
            yield _window(blobs, rows[start : start + per_chunk], int(h), size_px, px_per_mm, device)


def _window(
    blobs: Blobs,
    rows: NDArray[np.int64],
    half: int,
    size_px: tuple[int, int],
    px_per_mm: float,
    device: torch.device,
) -> Window:
    part = blobs.take(rows)

    def column(a: NDArray[np.float64]) -> Tensor:
        return torch.as_tensor(a, dtype=torch.float32, device=device)[:, None]

    cx, cy = column(part.x_mm * px_per_mm), column(part.y_mm * px_per_mm)
    step = torch.arange(-half, half + 1, device=device)
    oy, ox = (o.reshape(1, -1) for o in torch.meshgrid(step, step, indexing="ij"))
    px, py = torch.floor(cx).long() + ox, torch.floor(cy).long() + oy
    dx, dy = (px + 0.5 - cx) / px_per_mm, (py + 0.5 - cy) / px_per_mm
    cos, sin = torch.cos(column(part.angle_rad)), torch.sin(column(part.angle_rad))
    u = (dx * cos + dy * sin) / column(part.a_mm)
    v = (dy * cos - dx * sin) / column(part.b_mm)
    theta = torch.atan2(v, u)
    radius = torch.ones_like(u)
    for k, order in enumerate(OUTLINE_ORDERS):
        radius += column(part.outline[:, k, 0]) * torch.cos(order * theta + column(part.outline[:, k, 1]))
    rho = torch.hypot(u, v) / radius
    height, width = size_px
    inside = (px >= 0) & (px < width) & (py >= 0) & (py < height)
    index = torch.where(inside, py * width + px, 0)
    return Window(torch.as_tensor(rows, device=device), index, torch.where(inside, rho, torch.inf))
