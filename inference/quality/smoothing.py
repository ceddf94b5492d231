"""Beauty filters: skin without its texture beside outlines that stayed sharp."""

import numpy as np

from inference.quality.focus import OWN_BLUR_PX, Focus
from inference.quality.spectrum import skin_law

#: Texture is compared where skin is rich and shading is not: cycles per mm, and per pixel at most.
_FROM_PER_MM, _TO_PER_MM, _TO_PER_PX = 0.4, 1.3, 0.42


def smoothing(sharpness: Focus, edge_mm: float | None) -> float | None:
    """How many times weaker the skin's texture is than usual skin seen as sharply as the outlines beside it.

    A lens out of focus blurs both alike and leaves this near 1; a filter that keeps edges does not. Skins differ in
    texture (`smoothing` in docs/quality.md). None where no outline is seen or pixels are too coarse for texture.
    """
    if edge_mm is None:
        return None
    f = sharpness.frequency
    per_mm = f / sharpness.mm_per_px
    used = (per_mm >= _FROM_PER_MM) & (per_mm <= _TO_PER_MM) & (f <= _TO_PER_PX)
    if not used.any():
        return None
    blur_px = max(edge_mm / sharpness.mm_per_px, OWN_BLUR_PX)
    usual = skin_law(f[used], sharpness.mm_per_px) * np.exp(-4 * np.pi**2 * blur_px**2 * f[used] ** 2)
    return float(np.sqrt(np.exp(np.mean(np.log(usual / np.maximum(sharpness.texture[used], 1e-12))))))
