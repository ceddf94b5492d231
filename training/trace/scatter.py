"""Light that travels under the skin before it leaves it: irradiance spread by the normalized diffusion profile.

Christensen & Burley 2015, "Approximate Reflectance Profiles for Efficient Subsurface Scattering", Pixar Technical Memo
15-04. Laid over the picture instead of the surface: right where the skin faces the camera, as on these patches.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.signal import oaconvolve

#: Diffuse mean free paths of red, green and blue light in skin (mm): Jensen et al. 2001, "A practical model for
#: subsurface light transport", table 1, material Skin1.
FREE_PATH_MM = (3.67, 1.37, 0.68)


def kernel(free_path_mm: float, albedo: float, px_per_mm: float) -> NDArray[np.float64]:
    """(k, k) weights that sum to 1; k odd, reaching 8 scale lengths, at most 12 mm."""
    scale_mm = free_path_mm / (3.5 + 100 * (albedo - 0.33) ** 4)
    reach = int(np.ceil(min(8 * scale_mm, 12.0) * px_per_mm))
    fine = 5  # the profile has a pole in the middle: every pixel is averaged over its parts
    line = (np.arange((2 * reach + 1) * fine) - ((2 * reach + 1) * fine - 1) / 2) / fine / px_per_mm
    r_mm = np.maximum(np.hypot(line[:, None], line[None, :]), 0.05 / px_per_mm)
    weight = (np.exp(-r_mm / scale_mm) + np.exp(-r_mm / (3 * scale_mm))) / r_mm
    side = 2 * reach + 1
    whole = weight.reshape(side, fine, side, fine).sum(axis=(1, 3))
    return whole / whole.sum()


def spread(
    irradiance: NDArray[np.float32], albedo: NDArray[np.float64], px_per_mm: float, share: float
) -> NDArray[np.float32]:
    """(H, W, 3) irradiance after scattering. albedo: (3,) mean of the skin. share: of the free paths in the table."""
    spreads = []
    for channel, path_mm in enumerate(FREE_PATH_MM):
        weights = kernel(share * path_mm, float(albedo[channel]), px_per_mm)
        pad = len(weights) // 2
        wide = np.pad(irradiance[..., channel], pad, mode="reflect")
        spreads.append(oaconvolve(wide, weights, mode="valid"))
    return np.stack(spreads, axis=-1).astype(np.float32)
