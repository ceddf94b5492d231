"""Troughs: grooves along curved lines, for linear scars and for the bands of stretch marks."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

#: Points of every centre line.
POINTS = 13
#: Share of length x width that the tapered outline covers: the integral of `_taper` over 0..1.
TAPER_AREA = 0.874


@dataclass(frozen=True)
class Troughs:
    """M grooves. path_mm: (M, POINTS, 2) centre lines from the tile's top-left corner. width_mm: (M,) in the middle,
    narrowing towards both ends. height_um: (M,) at the centre line, negative for a groove. edge: (M,) width of the
    wall as a share of half the width; steep: (M,) bool, U-shaped instead of softly hollowed."""

    path_mm: NDArray[np.float64]
    width_mm: NDArray[np.float64]
    height_um: NDArray[np.float64]
    edge: NDArray[np.float64]
    steep: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.width_mm)

    def scaled(self, height: float | NDArray[np.float64]) -> "Troughs":
        """The same troughs with their heights multiplied, by one factor or one each, as in healing."""
        return replace(self, height_um=self.height_um * height)

    @property
    def length_mm(self) -> NDArray[np.float64]:
        """(M,) length of the centre lines."""
        return np.asarray(np.hypot(*np.moveaxis(np.diff(self.path_mm, axis=1), -1, 0)).sum(1))

    @property
    def area_mm2(self) -> NDArray[np.float64]:
        """(M,) area inside the outlines."""
        return np.asarray(TAPER_AREA * self.length_mm * self.width_mm)

    @property
    def middle_mm(self) -> NDArray[np.float64]:
        """(M, 2) the point half-way along each line."""
        return self.path_mm[:, POINTS // 2]

    @staticmethod
    def empty() -> "Troughs":
        z = np.zeros(0)
        return Troughs(np.zeros((0, POINTS, 2)), z, z, z, np.zeros(0, bool))


def curved_lines(
    rng: np.random.Generator,
    middle_mm: NDArray[np.float64],
    length_mm: NDArray[np.float64],
    heading_rad: NDArray[np.float64],
    bend_rad: float,
    wander_rad: float,
) -> NDArray[np.float64]:
    """(M, POINTS, 2) lines through middle_mm (M, 2) that turn by about `bend_rad` over their length and wander."""
    m, steps = len(middle_mm), POINTS - 1
    turn = rng.normal(0, bend_rad, (m, 1)) * np.linspace(-0.5, 0.5, steps)
    turn = turn + np.cumsum(rng.normal(0, wander_rad, (m, steps)), axis=1)
    angle = heading_rad[:, None] + turn - turn[:, steps // 2 : steps // 2 + 1]
    stride = (length_mm / steps)[:, None, None] * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    points = np.concatenate([np.zeros((m, 1, 2)), np.cumsum(stride, axis=1)], axis=1)
    return np.asarray(points - points[:, POINTS // 2, None] + middle_mm[:, None])


@dataclass(frozen=True)
class Track:
    """Pixels around one trough. index: (P,) flat pixel index. rho: (P,) distance from the centre line over half the
    width there. along_mm: (P,) place along the line."""

    row: int
    index: Tensor
    rho: Tensor
    along_mm: Tensor


def tracks(
    troughs: Troughs,
    size_px: tuple[int, int],
    px_per_mm: float,
    device: torch.device,
    warp_mm: Tensor | None = None,
    reach: float = 2.0,
) -> Iterator[Track]:
    """The pixels around every trough that touches the tile. warp_mm: as in `training.render.blobs.windows`, but the
    line is bent with it; size_px: (height, width)."""
    for row in range(len(troughs)):
        path = troughs.path_mm[row]
        margin = reach * troughs.width_mm[row] / 2 + 0.3
        low = np.floor((path.min(0) - margin) * px_per_mm).astype(int)
        high = np.ceil((path.max(0) + margin) * px_per_mm).astype(int)
        x0, y0 = (int(v) for v in np.maximum(low, 0))
        x1, y1 = (int(v) for v in np.minimum(high, size_px[::-1]))
        if x1 <= x0 or y1 <= y0:
            continue
        y, x = torch.meshgrid(
            torch.arange(y0, y1, device=device), torch.arange(x0, x1, device=device), indexing="ij"
        )
        index = (y * size_px[1] + x).reshape(-1)
        place = torch.stack([x.reshape(-1), y.reshape(-1)], 1).float().add(0.5) / px_per_mm
        if warp_mm is not None:
            at = troughs.middle_mm[row] * px_per_mm
            centre = int(np.clip(at[1], 0, size_px[0] - 1)) * size_px[1] + int(
                np.clip(at[0], 0, size_px[1] - 1)
            )
            place = place + (warp_mm[:, index] - warp_mm[:, centre, None]).T
        distance, along = _to_line(place, torch.as_tensor(path, dtype=torch.float32, device=device))
        length = float(troughs.length_mm[row])
        rho = distance / (troughs.width_mm[row] / 2 * _taper(along / length))
        near = rho < reach
        yield Track(row, index[near], rho[near], along[near])


def _to_line(place_mm: Tensor, path_mm: Tensor) -> tuple[Tensor, Tensor]:
    """Distance (P,) of the places (P, 2) to the nearest point of the line (K, 2), and where on it that lies, mm."""
    start, step = path_mm[:-1], path_mm[1:] - path_mm[:-1]
    length = step.norm(dim=1).clamp(min=1e-6)
    before = torch.cumsum(length, 0) - length
    best = torch.full_like(place_mm[:, 0], 1e9)
    along = torch.zeros_like(best)
    for k in range(len(start)):
        from_start = place_mm - start[k]
        t = ((from_start * step[k]).sum(1) / length[k] ** 2).clamp(0, 1)
        distance = (from_start - t[:, None] * step[k]).norm(dim=1)
        along = torch.where(distance < best, before[k] + t * length[k], along)
        best = torch.minimum(best, distance)
    return best, along


def _taper(t: Tensor) -> Tensor:
    """Share of the full width at relative place t (0..1): nearly even in the middle, closing at both ends."""
    return (1 - (2 * t - 1).abs() ** 4).clamp(min=0.0025).sqrt()


def stamp_troughs(
    troughs: Troughs,
    size_px: tuple[int, int],
    px_per_mm: float,
    device: torch.device,
    warp_mm: Tensor | None = None,
) -> Tensor:
    """(H, W) float32 heights in micrometres; the deepest counts where grooves cross."""
    out = torch.zeros(size_px[0] * size_px[1], device=device)
    for track in tracks(troughs, size_px, px_per_mm, device, warp_mm):
        if troughs.steep[track.row]:
            value = torch.sigmoid((1 - track.rho) / (float(troughs.edge[track.row]) / 2.2))
        else:
            value = torch.cos(track.rho.clamp(max=1.25) * (math.pi / 2.5)).square()
        out.scatter_reduce_(0, track.index, value * float(troughs.height_um[track.row]), "amin")
    return out.view(size_px)


def stamp_troughs_inside(
    troughs: Troughs,
    size_px: tuple[int, int],
    px_per_mm: float,
    device: torch.device,
    warp_mm: Tensor | None = None,
) -> Tensor:
    """(H, W) uint8: 0 outside, 1 inside a soft trough, 2 inside a steep one."""
    out = torch.zeros(size_px[0] * size_px[1], dtype=torch.uint8, device=device)
    for track in tracks(troughs, size_px, px_per_mm, device, warp_mm, reach=1.0):
        steep = bool(troughs.steep[track.row])
        out[track.index] = torch.clamp(out[track.index], min=2 if steep else 1)
    return out.view(size_px)
