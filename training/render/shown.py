"""What of a scar's relief a photograph shows: scars that nobody can see are asked of nobody."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from training.render.fields import blur

#: A scar that the photograph does not show is "not labelled": too shallow for its light, blown out, in the dark,
#: blurred away, lost in noise or in coarse skin. Its relief is seen where it changes the photograph, against the same
#: one of the same skin without it, by so many levels of 255 on average, and by this share of what else varies there
#: from pixel to pixel. Set by eye on contact sheets.
LEAST_LEVELS, LEAST_OF_TEXTURE = 6.0, 0.6
#: Gaussian over which a scar is looked at as a whole, and that tells texture from broad shades (sd, mm).
WHOLE_MM, TEXTURE_MM = 0.8, 0.6
#: A scar is shown when this share of its area is. Light shows slopes: of a boxcar the walls that it strikes, never the
#: flat floor. Labelled where it is seen alone, a scar would be two slivers whose place depends on the lamp. By eye.
LEAST_SHARE = 0.25


def is_seen(rgb: NDArray[np.uint8], without: NDArray[np.uint8], scars: Tensor, px_per_mm: float) -> Tensor:
    """(H, W) bool, where the relief of scars (H, W) bool can be seen in a photograph.

    without: the same photograph of the same skin without scars. Both are compared inside the scars alone.
    """
    pair = torch.as_tensor(np.stack([rgb, without]), device=scars.device).float().mean(dim=-1)
    inside, whole = scars.float()[None], WHOLE_MM * px_per_mm
    share = blur(inside, whole).clamp(min=1e-3)
    change = blur((pair[0] - pair[1]).abs()[None] * inside, whole) / share
    fine = (pair[1:] - blur(pair[1:], TEXTURE_MM * px_per_mm)).abs()
    texture = blur(fine * inside, whole) / share
    return ((change >= LEAST_LEVELS) & (change >= LEAST_OF_TEXTURE * texture))[0]


def of_shown_scars(owner: Tensor, seen: Tensor) -> Tensor:
    """(H, W) bool, the whole of every scar that is shown. owner: (H, W) int64, 0 none, else which scar. seen: (H, W)
    bool, where relief can be seen."""
    flat = owner.reshape(-1)
    area = torch.bincount(flat)
    shown = torch.bincount(flat, weights=seen.reshape(-1).float(), minlength=len(area))
    is_shown = shown >= LEAST_SHARE * area
    is_shown[0] = False
    return is_shown[owner]
