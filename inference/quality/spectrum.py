"""Blur of skin from its power spectrum: how much sooner it falls than the spectrum of sharp skin.

Skin without any blur has a power spectrum of contrast close to A f^-SLOPE mm2 (f in cycles per mm). A blur whose
point spread has the standard deviation s multiplies power by exp(-4 pi^2 s^2 f^2); a sensor's noise adds a floor
N. The three unknowns are found together, so noise is not taken for sharpness and skin tone does not matter.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Exponent and level of the law, measured on sharp London and Canada faces below their own blur
#: (`cicatrix-train evaluate quality` prints both). Contrast is luma by the patch's mean luma.
SLOPE = 1.4
#: log10 of the power at 1 cycle per mm, in mm2, and how far skins differ (sd, widened for scars and for light).
LOG_LEVEL = -4.2
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
_SIGMAS_PX = np.geomspace(0.3, 8.0, 34)
_LEVELS = np.linspace(-1.5, 1.5, 21)


@dataclass(frozen=True, slots=True)
class Spectra:
    """f_per_px: (s, s // 2 + 1) cycles per pixel. angle: the same, radians. power: (n, s, s // 2 + 1), of contrast, px2."""

    f_per_px: NDArray[np.float64]
    angle: NDArray[np.float64]
    power: NDArray[np.float64]


def spectra(patches: NDArray[np.float32]) -> Spectra:
    """Power spectra of (n, s, s) patches of luma, their plane taken off, Hann-windowed."""
    n, side = patches.shape[:2]
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    plane = np.stack([np.ones(side * side), x.ravel(), y.ravel()], axis=1)
    flat = patches.reshape(n, -1).astype(np.float64)
    mean = np.maximum(flat.mean(axis=1, keepdims=True), 1.0)
    rest = (flat - flat @ np.linalg.pinv(plane).T @ plane.T) / mean
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(side) + 0.5) / side)
    window = np.outer(hann, hann)
    window /= np.sqrt(np.mean(window**2))
    power = np.abs(np.fft.rfft2(rest.reshape(n, side, side) * window)) ** 2 / side**2
    power += (DITHER_LEVELS / mean[:, :, None]) ** 2
    fy, fx = np.meshgrid(np.fft.fftfreq(side), np.fft.rfftfreq(side), indexing="ij")
    return Spectra(np.hypot(fx, fy), np.arctan2(fy, fx), power)


def banded(
    spectra: Spectra, within: NDArray[np.bool_] | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Middle frequencies (b,) per pixel and mean power (n, b) of rings below 0.5 per pixel."""
    inside = spectra.f_per_px < 0.5 if within is None else (spectra.f_per_px < 0.5) & within
    ring = np.minimum((spectra.f_per_px * 2 * BANDS).astype(int), BANDS)
    which = [inside & (ring == band) for band in range(BANDS)]
    filled = [mask for mask in which if mask.any()]
    frequency = np.array([spectra.f_per_px[mask].mean() for mask in filled])
    power = np.stack([spectra.power[:, mask].mean(axis=1) for mask in filled], axis=1)
    return frequency, power


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
    law = 10**LOG_LEVEL * (f / mm_per_px) ** -SLOPE / mm_per_px**2
    blur = np.exp(-4 * np.pi**2 * _SIGMAS_PX[:, None] ** 2 * f**2)
    models = (10 ** _LEVELS[None, :, None] * (law * blur)[:, None, :]).reshape(-1, len(f))
    share = models[None] / seen[:, None]
    weight = 1 / seen
    noise = ((1 - share) * weight[:, None]).sum(-1) / (weight**2).sum(-1)[:, None]
    noise = np.maximum(noise, 1e-9)
    residual = np.log10(share + noise[..., None] * weight[:, None])
    misfit = np.mean(residual**2, axis=-1)
    sd = np.where(_LEVELS < 0, LOG_LEVEL_SD_BELOW, LOG_LEVEL_SD_ABOVE)
    prior = np.tile(_LEVELS / sd, len(_SIGMAS_PX)) ** 2
    cost = misfit * len(f) / BAND_SD**2 + prior
    best = np.argmin(cost, axis=1)
    rows = np.arange(len(best))
    return Fit(
        _SIGMAS_PX[best // len(_LEVELS)], _LEVELS[best % len(_LEVELS)], noise[rows, best], misfit[rows, best]
    )
