"""How the light falls on skin, read from one photograph: from which side, how raking, how shiny."""

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.photo.colour import LINEAR_OF_LEVEL

LightMode = Literal["raking", "diffuse", "cross_polarized", "unknown"]
Plane = NDArray[np.float32]

#: Pictures are brought to this scale first, so that the bands below mean the same on each. A convention of ours:
#: the finest that a picture of a whole face at 1350 px still holds.
GRID_MM_PER_PX = 0.2
#: A picture coarser than this shows no relief of the bands below.
_COARSEST_MM_PER_PX = 0.4
#: Bands of relief, mm (sd of the finer and the coarser Gaussian): skin texture, and scars. Two, because only light
#: shades both along one axis; a crease or the edge of a cheek does so in one.
_BANDS_MM = ((0.3, 0.9), (0.7, 2.1))
#: Skin this close to its own edge is left out: hair, brows and lips begin there.
_EDGE_MM = 2.5
#: Side of the tiles whose axes are averaged with equal weight, so that one strong edge does not decide.
_TILE_MM = 10.0
#: Tiles needed before an axis is believed.
_LEAST_TILES = 6
#: Gradients over this many times the tile's median count as that much: single hairs and moles.
_STRONGEST = 3.0

#: From this directionality on the light is called raking, and under the other it is called diffuse if the skin
#: shines: studio portraits stay under 0.06, most rendered raking light lies over 0.24. See `light_of`;
#: `cicatrix-train evaluate fit` prints the modes found on both.
RAKING_FROM = 0.24
DIFFUSE_BELOW = 0.06
#: Under this no side is named: the axis of albedo and creases may be as strong.
SIDED_FROM = 0.12
#: A shiny pixel: its weakest channel lies this far over its surroundings (white light is added to all three), and
#: it is this much less saturated than they are. Conventions of ours.
_SHINE_OVER, _PALER_BY = 1.25, 0.06
_SHINE_AROUND_MM = 3.0
#: At least this share of the skin shines before the light is known not to be crossed-polarized.
SHINES_FROM = 0.001


@dataclass(frozen=True, slots=True)
class Light:
    """The light on one photograph's skin.

    direction_deg: the side that it comes from in the picture, 0 right, 90 above, -180 to 180; None where no side is
    favoured. directionality: 0 where relief is shaded the same in all directions, to 0.5 for one lamp on random
    relief; None where too little skin or too coarse a picture was given. specular_share: part of the skin that
    shines, 0..1. mode: what it amounts to.
    """

    direction_deg: float | None
    directionality: float | None
    specular_share: float | None
    mode: LightMode


def light_of(rgb: NDArray[np.uint8], skin: NDArray[np.bool_], mm_per_px: float) -> Light:
    """Estimate the light from (h, w, 3) uint8 sRGB and its skin (h, w) bool.

    One lamp at a grazing angle shades a small slope in proportion to its component towards the lamp, so the picture of
    random relief is a derivative of it along the lamp's axis, with three times the gradient energy along that axis
    than across (the fourth moments of an isotropic spectrum): the structure tensor's coherence is then 0.5, and 0
    for even light, as albedo has no favoured axis. The lamp's side on the axis follows from skin's relief being
    made of pits, pores and furrows: integrated along the axis, it must be skewed downwards.

    One photograph cannot tell crossed polarizers from soft light on matt skin, so `mode` is never
    "cross_polarized" here: without direction and without shine it is "unknown".
    """
    grid = on_grid(rgb, skin, mm_per_px)
    if grid is None:
        return Light(None, None, None, "unknown")
    linear, inner, weight = grid
    share = specular_share(linear, inner, weight)
    red = np.log(linear[..., 0] + np.float32(0.004))  # pigment absorbs red least, so relief stands out in it
    bands = [relief_band(red, weight, fine, coarse) for fine, coarse in _BANDS_MM]
    axes = [_axis(band, inner) for band in bands]
    if any(axis is None for axis in axes):
        return Light(None, None, share, "unknown")
    # The part of either band's axis that the other shares: the shorter one, times the cosine between them.
    one, two = (np.asarray(axis) for axis in axes)
    lengths = float(np.hypot(*one)), float(np.hypot(*two))
    agreement = float(one @ two) / max(lengths[0] * lengths[1], 1e-9)
    directionality = min(lengths) * max(agreement, 0.0)
    if directionality < SIDED_FROM:
        even = directionality < DIFFUSE_BELOW and share >= SHINES_FROM
        return Light(None, directionality, share, "diffuse" if even else "unknown")
    axis_rad = 0.5 * float(np.arctan2(*(one + two)[::-1]))
    side = _side(bands[1], inner, axis_rad)
    mode: LightMode = "raking" if directionality >= RAKING_FROM else "unknown"
    return Light(side, directionality, share, mode)


def on_grid(
    rgb: NDArray[np.uint8], skin: NDArray[np.bool_], mm_per_px: float
) -> tuple[Plane, NDArray[np.bool_], Plane] | None:
    """Linear light (h, w, 3), skin off its edge (h, w) bool and skin (h, w) 0..1 at `GRID_MM_PER_PX`; None where
    the picture is too coarse or shows too little skin."""
    if mm_per_px > _COARSEST_MM_PER_PX:
        return None
    if not skin.any():
        return None
    rows, columns = (np.flatnonzero(skin.any(axis=axis)) for axis in (1, 0))
    box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    rgb, skin = rgb[box], skin[box]
    factor = mm_per_px / GRID_MM_PER_PX
    size = (max(1, round(rgb.shape[1] * factor)), max(1, round(rgb.shape[0] * factor)))
    kernel = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    linear = np.asarray(cv2.resize(cv2.LUT(rgb, LINEAR_OF_LEVEL), size, interpolation=kernel), np.float32)
    small = cv2.resize(skin.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    weight = np.asarray(small, np.float32)
    depth = cv2.distanceTransform(np.pad((weight > 0).astype(np.uint8), 1), cv2.DIST_L2, 3)[1:-1, 1:-1]
    inner = np.asarray(depth) * GRID_MM_PER_PX > _EDGE_MM
    least = _LEAST_TILES * (_TILE_MM / GRID_MM_PER_PX) ** 2 / 4
    return (linear, inner, weight) if np.count_nonzero(inner) >= least else None


def specular_share(linear: Plane, inner: NDArray[np.bool_], weight: Plane) -> float:
    """Part of `inner` that shines, from pictures of `on_grid`: brighter and paler than its surroundings, as white
    light from the surface is added there (the dichromatic model; Shafer, Color Res Appl 1985;10:210)."""
    weakest, strongest = linear.min(axis=2), linear.max(axis=2)
    saturation = 1 - weakest / (strongest + np.float32(1e-3))
    around_weakest, around_saturation = (
        smooth(plane, weight, _SHINE_AROUND_MM) for plane in (weakest, saturation)
    )
    shines = (weakest > _SHINE_OVER * around_weakest + 0.01) & (saturation < around_saturation - _PALER_BY)
    return float(np.count_nonzero(shines & inner)) / max(int(np.count_nonzero(inner)), 1)


def smooth(plane: Plane, weight: Plane, sd_mm: float) -> Plane:
    """(h, w) mean of a plane of `on_grid` around each place, over skin only."""
    sd = sd_mm / GRID_MM_PER_PX
    mean = _blur(plane * weight, sd) / (_blur(weight, sd) + np.float32(1e-3))
    return mean.astype(np.float32, copy=False)


def _blur(plane: Plane, sd: float) -> Plane:
    """Gaussian blur; a wide one on a smaller copy, which is many times quicker and nearly the same."""
    step = max(1, int(sd / 2.5))
    if step == 1:
        return np.asarray(cv2.GaussianBlur(plane, (0, 0), sd), np.float32)
    height, width = plane.shape
    size = (max(1, width // step), max(1, height // step))
    small = cv2.resize(plane, size, interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(small, (0, 0), sd * size[0] / width, sigmaY=sd * size[1] / height)
    return np.asarray(cv2.resize(soft, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)


def relief_band(plane: Plane, weight: Plane, fine_mm: float, coarse_mm: float) -> Plane:
    return smooth(plane, weight, fine_mm) - smooth(plane, weight, coarse_mm)


def _axis(band: Plane, inner: NDArray[np.bool_]) -> tuple[float, float] | None:
    """Coherence along the doubled angle (cosine, sine; y up), the mean of all tiles' own; None with too few."""
    gx = np.asarray(cv2.Sobel(band, cv2.CV_32F, 1, 0, ksize=3), np.float32)
    gy = -np.asarray(cv2.Sobel(band, cv2.CV_32F, 0, 1, ksize=3), np.float32)
    strength = np.hypot(gx, gy)
    held = np.minimum(strength, _STRONGEST * float(np.median(strength[inner])))
    scale = held / np.maximum(strength, np.float32(1e-9))
    gx, gy = (np.asarray(part * scale, np.float32) for part in (gx, gy))
    side = round(_TILE_MM / GRID_MM_PER_PX)
    parts = [
        _tiles(np.asarray(plane * inner, np.float32), side)
        for plane in (gx * gx - gy * gy, 2 * gx * gy, gx * gx + gy * gy)
    ]
    full = (_tiles(inner.astype(np.float32), side) > side * side / 4) & (parts[2] > 0)
    if np.count_nonzero(full) < _LEAST_TILES:
        return None
    share = [np.asarray(part[full] / parts[2][full], np.float64) for part in parts[:2]]
    return float(share[0].mean()), float(share[1].mean())


def _tiles(plane: Plane, side: int) -> Plane:
    """Sums over squares of `side` pixels; the rest at the right and below is left out."""
    rows, columns = plane.shape[0] // side, plane.shape[1] // side
    squares = plane[: rows * side, : columns * side].reshape(rows, side, columns, side)
    return np.asarray(squares.sum(axis=(1, 3)), np.float32)


def _side(band: Plane, inner: NDArray[np.bool_], axis_rad: float) -> float:
    """Degrees of the end of the axis (y up) that the light comes from: the one that makes relief of pits.

    The slope facing the lamp is bright, so height falls towards the lamp where it is bright: its spectrum is the
    picture's over i k along the axis, here by sign alone (a half-Hilbert transform), as the band is narrow.
    """
    spectrum = np.fft.rfft2(np.where(inner, band, 0))
    down, right = np.fft.fftfreq(band.shape[0])[:, None], np.fft.rfftfreq(band.shape[1])[None]
    along = right * np.cos(axis_rad) - down * np.sin(axis_rad)
    cosine = along / np.maximum(np.hypot(right, down), 1e-9)
    height = np.fft.irfft2(spectrum * 1j * cosine, band.shape)[inner]
    height = height - height.mean()
    spread = max(float(height.std()), 1e-12)
    skew = float((np.clip(height / spread, -4, 4) ** 3).mean())
    towards = axis_rad if skew < 0 else axis_rad + np.pi
    return float((np.degrees(towards) + 180) % 360 - 180)
