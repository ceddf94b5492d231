"""Stretch marks: parallel wavy bands, slightly sunken, finely wrinkled across, red or violet and later pale."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from training.render.marks import Places
from training.render.troughs import Troughs, curved_lines, tracks

#: Width and length of bands, mm.
WIDTH_MM = (1.0, 6.0)
LENGTH_MM = (10.0, 80.0)


@dataclass(frozen=True)
class StretchMarks:
    """bands: depth is that of the sunken band. colour: melanin and haemoglobin added. wrinkle_um: depth of the fine
    transverse wrinkles, wrinkle_mm: their distance. They are marks of the surface: no scar type, no scar relief."""

    bands: Troughs
    colour: tuple[float, float]
    wrinkle_um: float
    wrinkle_mm: float

    @staticmethod
    def none() -> "StretchMarks":
        return StretchMarks(Troughs.empty(), (0.0, 0.0), 0.0, 1.0)


def draw_stretch_marks(rng: np.random.Generator, places: Places, chance: float) -> StretchMarks:
    """One set of 3-20 bands that lie side by side, or none."""
    if rng.random() >= chance or not len(places.xy_px):
        return StretchMarks.none()
    count = int(rng.integers(3, 21))
    middle = places.xy_px[int(rng.integers(len(places.xy_px)))] / places.px_per_mm
    heading = rng.uniform(0, math.pi)
    along = np.array([math.cos(heading), math.sin(heading)])
    across = np.array([-along[1], along[0]])
    typical = math.exp(rng.uniform(math.log(1.3), math.log(4.0)))
    gaps = typical * rng.gamma(3.0, 0.8, count) + 0.8
    offset = np.cumsum(gaps) - gaps.sum() / 2
    centres = middle + offset[:, None] * across + rng.normal(0, 8, count)[:, None] * along
    length = np.clip(np.exp(rng.normal(math.log(26), 0.5, count)), *LENGTH_MM)
    width = np.clip(typical * np.exp(rng.normal(0, 0.3, count)), *WIDTH_MM)
    bands = Troughs(
        curved_lines(rng, centres, length, heading + rng.normal(0, 0.09, count), 0.25, 0.1),
        width,
        -np.clip(np.exp(rng.normal(math.log(55), 0.5, count)), 15, 180),
        np.full(count, 0.5),
        np.zeros(count, bool),
    )
    fresh = rng.random() < 0.4
    pale = (-rng.uniform(0.01, 0.08), -rng.uniform(0.01, 0.08))
    colour = (rng.uniform(0, 0.1), rng.uniform(0.06, 0.35)) if fresh else pale
    wrinkle_um = float(rng.uniform(4, 25))
    return StretchMarks(
        bands, (float(colour[0]), float(colour[1])), wrinkle_um, float(rng.uniform(0.35, 0.8))
    )


def stretch_maps(
    marks: StretchMarks,
    size_px: tuple[int, int],
    px_per_mm: float,
    device: torch.device,
    warp_mm: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """(H, W) float32 height in micrometres, and cover 0..1 (above 0.5 inside the bands)."""
    height = torch.zeros(size_px[0] * size_px[1], device=device)
    cover = torch.zeros_like(height)
    for track in tracks(marks.bands, size_px, px_per_mm, device, warp_mm):
        soft = torch.cos(track.rho.clamp(max=1.25) * (math.pi / 2.5)).square()
        wave = torch.cos(track.along_mm * (2 * math.pi / marks.wrinkle_mm) + 2.0 * torch.sin(track.along_mm))
        deep = soft * (float(marks.bands.height_um[track.row]) + marks.wrinkle_um * wave)
        height.scatter_reduce_(0, track.index, deep, "amin")
        edge = torch.sigmoid((1 - track.rho) / 0.16)
        cover.scatter_reduce_(0, track.index, edge, "amax")
    return height.view(size_px), cover.view(size_px)
