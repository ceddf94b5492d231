"""Blobs: every round thing on skin (scar, papule, pore, mark) as one table, and its windows on the pixel grid."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

#: Fourier orders of an irregular outline, r(angle) = 1 + sum a_k cos(k angle + p_k).
OUTLINE_ORDERS = (2, 3, 4, 5, 6, 8)
#: First and second harmonic of a square's and a pentagon's outline, their corners rounded off.
_CORNERS = {4: (0.085, 0.02), 5: (0.06, 0.0)}


@dataclass(frozen=True)
class Blobs:
    """M blobs of one kind. All arrays have M rows.

    x_mm, y_mm: centre from the tile's top-left corner. a_mm, b_mm: half axes. angle_rad: of the first axis.
    outline: (M, 6, 2) amplitude and phase of OUTLINE_ORDERS. height_um: peak height, negative for a pit.
    edge: width of the wall as a share of the radius. power: shape exponent of a cone or dome.
    rim: height of the heaped-up border as a share of the depth. fold_share, fold_count: how deep and how many the
    folds are that radiate from a tethered centre.
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
    rim: NDArray[np.float64]
    fold_share: NDArray[np.float64]
    fold_count: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.x_mm)

    def take(self, index: NDArray[np.generic]) -> "Blobs":
        """The blobs that `index` (boolean or integer) picks."""
        return Blobs(**{f.name: getattr(self, f.name)[index] for f in fields(self)})

    def scaled(self, height: float | NDArray[np.float64]) -> "Blobs":
        """The same blobs with their heights multiplied, by one factor or one each, as in healing."""
        return replace(self, height_um=self.height_um * height)

    @property
    def area_mm2(self) -> NDArray[np.float64]:
        """(M,) area inside the outlines: the integral of r^2/2 over the angle, by Parseval's theorem."""
        return np.asarray(math.pi * self.a_mm * self.b_mm * (1 + (self.outline[..., 0] ** 2).sum(1) / 2))

    @staticmethod
    def empty() -> "Blobs":
        z = np.zeros(0)
        return Blobs(z, z, z, z, z, np.zeros((0, len(OUTLINE_ORDERS), 2)), z, z, z, z, z, z)

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
    polygons: float = 0.0,
) -> Blobs:
    """Blobs at the places xy_mm (M, 2) with irregular outlines; the area is that of the given diameter's circle.

    polygons: the share of blobs whose outline has four or five rounded corners.
    """
    m = len(xy_mm)
    stretch = np.exp(np.abs(rng.normal(0, elongation, m)) / 2)
    angle = rng.uniform(0, math.pi, m) if angle_rad is None else rng.normal(angle_rad, 0.35, m)
    # Amplitudes fall with the order to the power 1.5, so that outlines are lobed, not frayed.
    amplitude = rng.normal(0, irregular, (m, len(OUTLINE_ORDERS))) * (2 / np.array(OUTLINE_ORDERS)) ** 1.5
    phase = rng.uniform(0, 2 * math.pi, amplitude.shape)
    outline = np.stack([np.clip(amplitude, -0.25, 0.25), phase], axis=-1)
    if polygons > 0:
        _add_corners(rng, outline, polygons)
    size = diameter_mm / 2 / np.sqrt(1 + (outline[..., 0] ** 2).sum(1) / 2)
    return Blobs(
        x_mm=xy_mm[:, 0],
        y_mm=xy_mm[:, 1],
        a_mm=size * stretch,
        b_mm=size / stretch,
        angle_rad=angle,
        outline=outline,
        height_um=height_um,
        edge=rng.uniform(*edge, m),
        power=rng.uniform(*power, m),
        rim=np.zeros(m),
        fold_share=np.zeros(m),
        fold_count=np.zeros(m),
    )


def _add_corners(rng: np.random.Generator, outline: NDArray[np.float64], share: float) -> None:
    """Give the `share` of outlines (M, 6, 2) four or five corners, in place."""
    for row in np.flatnonzero(rng.random(len(outline)) < share):
        corners = int(rng.integers(4, 6))
        turn = rng.uniform(0, 2 * math.pi)
        outline[row, :, 0] *= 0.5
        for order, amplitude in zip((corners, 2 * corners), _CORNERS[corners], strict=True):
            if order in OUTLINE_ORDERS:
                outline[row, OUTLINE_ORDERS.index(order)] = (
                    amplitude * rng.uniform(0.7, 1.2),
                    turn * order / corners,
                )


@dataclass(frozen=True)
class Window:
    """Pixels around a group of blobs.

    rows: (G,) which blobs. index: (G, w*w) flat pixel index into (H*W). rho: (G, w*w) distance from the centre
    over the outline's radius there, 1 on the outline. Pixels outside the tile have rho = inf and index 0.
    theta: (G, w*w) angle in radians, only where a blob of the group has folds.
    """

    rows: Tensor
    index: Tensor
    rho: Tensor
    theta: Tensor | None = None


def windows(
    blobs: Blobs,
    size_px: tuple[int, int],
    px_per_mm: float,
    reach: float,
    device: torch.device,
    warp_mm: Tensor | None = None,
) -> Iterator[Window]:
    """Group blobs by window size (odd powers of two plus one), so that each group is one tensor operation.

    size_px: (height, width). reach: how many radii a blob's influence extends. warp_mm: (2, H*W) displacement in x
    and y that bends outlines; a blob's own centre stays where it is.
    """
    if not len(blobs):
        return
    radius_px = reach * 1.35 * np.maximum(blobs.a_mm, blobs.b_mm) * px_per_mm
    half = 2 ** np.ceil(np.log2(np.maximum(radius_px + 1, 4))).astype(int)
    between = np.minimum(half * 3 // 4, half)  # three sizes an octave would cost groups, two save pixels
    half = np.where((radius_px + 1 <= between) & (half > 4), between, half)
    for h in np.unique(half):
        rows = np.flatnonzero(half == h)
        per_chunk = max(1, int(4_000_000 // (2 * h + 1) ** 2))
        for start in range(0, len(rows), per_chunk):
            yield _window(blobs, rows[start : start + per_chunk], int(h), size_px, px_per_mm, device, warp_mm)


def _window(
    blobs: Blobs,
    rows: NDArray[np.int64],
    half: int,
    size_px: tuple[int, int],
    px_per_mm: float,
    device: torch.device,
    warp_mm: Tensor | None,
) -> Window:
    part = blobs.take(rows)
    height, width = size_px

    def column(a: NDArray[np.float64]) -> Tensor:
        return torch.as_tensor(a, dtype=torch.float32, device=device)[:, None]

    cx, cy = column(part.x_mm * px_per_mm), column(part.y_mm * px_per_mm)
    step = torch.arange(-half, half + 1, device=device)
    oy, ox = (o.reshape(1, -1) for o in torch.meshgrid(step, step, indexing="ij"))
    px, py = torch.floor(cx).long() + ox, torch.floor(cy).long() + oy
    dx, dy = (px + 0.5 - cx) / px_per_mm, (py + 0.5 - cy) / px_per_mm
    inside = (px >= 0) & (px < width) & (py >= 0) & (py < height)
    index = torch.where(inside, py * width + px, 0)
    if warp_mm is not None:
        at = (cy.long().clamp(0, height - 1) * width + cx.long().clamp(0, width - 1))[:, 0]
        dx = dx + warp_mm[0][index] - warp_mm[0][at][:, None]
        dy = dy + warp_mm[1][index] - warp_mm[1][at][:, None]
    cos, sin = torch.cos(column(part.angle_rad)), torch.sin(column(part.angle_rad))
    u = (dx * cos + dy * sin) / column(part.a_mm)
    v = (dy * cos - dx * sin) / column(part.b_mm)
    rho = torch.hypot(u, v)
    rho = torch.where(inside, rho / _radius(part.outline, u, v, rho, device), torch.inf)
    theta = torch.atan2(v, u) if bool((part.fold_share > 0).any()) else None
    return Window(torch.as_tensor(rows, device=device), index, rho, theta)


def _radius(
    outline: NDArray[np.float64], u: Tensor, v: Tensor, length: Tensor, device: torch.device
) -> Tensor:
    """(G, w*w) outline's radius in the direction (u, v): powers of the unit vector give cos and sin of k angle."""
    c, s = u / length.clamp(min=1e-9), v / length.clamp(min=1e-9)
    ck, sk = c, s
    radius = torch.ones_like(u)
    for order in range(2, OUTLINE_ORDERS[-1] + 1):
        ck, sk = ck * c - sk * s, sk * c + ck * s
        if order in OUTLINE_ORDERS:
            amplitude, phase = outline[:, OUTLINE_ORDERS.index(order)].T
            if not np.abs(amplitude).max() > 0:
                continue
            real = torch.as_tensor(amplitude * np.cos(phase), dtype=torch.float32, device=device)[:, None]
            imaginary = torch.as_tensor(amplitude * np.sin(phase), dtype=torch.float32, device=device)[
                :, None
            ]
            radius = radius + real * ck - imaginary * sk
    return radius.clamp(min=0.3)
