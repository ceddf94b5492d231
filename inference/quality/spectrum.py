"""Blur of skin from its power spectrum: how much sooner it falls than the spectrum of sharp skin.

Skin without any blur has a power spectrum of contrast close to A f^-SLOPE mm2 (f in cycles per mm). A blur whose
point spread has the standard deviation s multiplies power by exp(-4 pi^2 s^2 f^2); a sensor's noise adds a floor
N. The three unknowns are found together, so noise is not taken for sharpness and skin tone does not matter.
"""

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Exponent and level of the law, conventions of ours, set by eye on the spectra of sharp London and Canada faces below
#: their own blur (`level` in docs/quality.md is how far faces lie from it). Contrast is luma over the root of 128
#: times the mean luma: texture by mean would be too strong on dark skin, whose gloss adds the same light, and texture
#: alone too weak in little light.
SLOPE = 1.4
#: log10 of the power at 1 cycle per mm, in mm2, and how far skins differ (sd, widened for scars and for light).
LOG_LEVEL = -4.1
MIDDLE_LUMA = 128.0
LOG_LEVEL_SD_BELOW, LOG_LEVEL_SD_ABOVE = 0.25, 0.7
#: Sd of a floor added to every spectrum, in 8-bit levels. It hides the steps that rounding leaves on smooth
#: slopes, which look like faint sharp texture.
DITHER_LEVELS = 0.5
#: Coarser than this the shading of the face rules, not its texture (cycles per mm).
LOWEST_PER_MM = 0.3
#: Spread of a band's log10 power around the law in one patch.
BAND_SD = 0.15
#: Bins of the transform that the window leaks the mean into.
LEAKING_BINS = 2.5
BANDS = 20
#: Directions, over half a turn, that a shake is looked for in.
DIRECTIONS = 8
_SIGMAS_PX = np.geomspace(0.3, 8.0, 32)
_LEVELS = np.linspace(-1.4, 1.4, 15)


def spectra(patches: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n, s * (s // 2 + 1)) power of (n, s, s) patches of luma, px2: their plane taken off, Hann-windowed."""
    n, side = patches.shape[:2]
    plane, window = _plane_and_window(side)
    flat = patches.reshape(n, -1)
    mean = np.asarray(np.mean(flat, axis=1, keepdims=True), np.float32)
    unit = np.sqrt(np.maximum(mean, 1) * np.float32(MIDDLE_LUMA))
    rest = ((flat - (flat @ plane) @ plane.T) / unit).reshape(n, side, side) * window
    power = np.abs(np.fft.rfft2(rest).astype(np.complex64)).reshape(n, -1) ** 2 / np.float32(side**2)
    return (power + (np.float32(DITHER_LEVELS) / unit) ** 2).astype(np.float32)


@functools.cache
def _plane_and_window(side: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(s * s, 3) orthonormal base of planes, and (s, s) Hann window of mean square 1."""
    axis = np.arange(side, dtype=np.float64) - (side - 1) / 2
    base = np.stack([np.ones(side * side), np.tile(axis, side), np.repeat(axis, side)], axis=1)
    hann = np.asarray(0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(side) + 0.5) / side), np.float64)
    window = hann[:, None] * hann[None, :]
    window /= np.sqrt(np.mean(window**2))
    return (base / np.linalg.norm(base, axis=0)).astype(np.float32), window.astype(np.float32)


def banded(
    power: NDArray[np.float32], side: int, direction: float | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Middle frequencies (b,) per pixel and mean power (n, b) of rings below 0.5 per pixel.

    direction: in radians; only the part of each ring within an eighth of half a turn around it.
    """
    frequency, weights = _rings(side, direction)
    return frequency, (power @ weights).astype(np.float64)


@functools.cache
def _rings(side: int, direction: float | None) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """(b,) mean frequency of each filled ring, and (s * (s // 2 + 1), b) weights that average over it."""
    down = np.asarray(np.fft.fftfreq(side), np.float64)[:, None]
    across = np.asarray(np.fft.rfftfreq(side), np.float64)[None, :]
    f = np.hypot(across, down).ravel()
    inside = f < 0.5
    if direction is not None:
        apart = np.arctan2(down, across).ravel() - direction
        inside &= np.abs((apart + np.pi / 2) % np.pi - np.pi / 2) <= np.pi / DIRECTIONS
    ring = np.minimum((f * 2 * BANDS).astype(np.int64), BANDS)
    member = (ring[:, None] == np.arange(BANDS)) & inside[:, None]
    weights = member[:, member.any(axis=0)].astype(np.float64)
    weights /= weights.sum(axis=0)
    return f @ weights, weights.astype(np.float32)


def skin_law(f_per_px: NDArray[np.float64], mm_per_px: float) -> NDArray[np.float64]:
    """Power of usual skin without blur, in px2, at these frequencies in cycles per pixel."""
    return 10**LOG_LEVEL * (f_per_px / mm_per_px) ** -SLOPE / mm_per_px**2


@dataclass(frozen=True, slots=True)
class Fit:
    """blur_px: sd of the point spread, in pixels of the patches. log_level: log10 of the law's level over
    `LOG_LEVEL`. noise: power of the floor. misfit: mean square residual of log10 power. Each (n,) float64."""

    blur_px: NDArray[np.float64]
    log_level: NDArray[np.float64]
    noise: NDArray[np.float64]
    misfit: NDArray[np.float64]


def fit(frequency: NDArray[np.float64], power: NDArray[np.float64], mm_per_px: float) -> Fit:
    """Fits law, blur and noise to (n, b) power at (b,) cycles per pixel, over a grid of blurs and levels."""
    side_bins = LEAKING_BINS / 64
    used = frequency >= max(LOWEST_PER_MM * mm_per_px, side_bins)
    f, seen = frequency[used], np.maximum(power[:, used], 1e-12)
    law = skin_law(f, mm_per_px)
    blur = np.exp(-4 * np.pi**2 * _SIGMAS_PX[:, None] ** 2 * f**2)
    models = (10 ** _LEVELS[None, :, None] * (law * blur)[:, None, :]).reshape(-1, len(f))
    # Least squares of (model + noise) / seen - 1 gives each model's noise at once.
    weight = 1 / seen
    square = weight**2
    noise = (weight.sum(axis=1)[:, None] - square @ models.T) / square.sum(axis=1)[:, None]
    noise = np.maximum(noise, 1e-9)
    total = (models[None] + noise[..., None]).astype(np.float32) * weight[:, None].astype(np.float32)
    misfit = np.mean(np.log10(total) ** 2, axis=-1)
    sd = np.where(_LEVELS < 0, LOG_LEVEL_SD_BELOW, LOG_LEVEL_SD_ABOVE)
    prior = np.tile(_LEVELS / sd, len(_SIGMAS_PX)) ** 2
    cost = misfit * len(f) / BAND_SD**2 + prior
    best = np.argmin(cost, axis=1)
    rows = np.arange(len(best))
    return Fit(
        _SIGMAS_PX[best // len(_LEVELS)], _LEVELS[best % len(_LEVELS)], noise[rows, best], misfit[rows, best]
    )
