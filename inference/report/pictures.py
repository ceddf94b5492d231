"""The pictures that a comparison is shown with."""

import numpy as np
from numpy.typing import NDArray

from inference.change.comparison import Comparison
from inference.report.overlay import change_map, outlines

#: Long side that outlined pictures are enlarged to, so that thin lines stay crisp.
OUTLINED_LONG_SIDE_PX = 1600


def comparison_pictures(comparison: Comparison) -> dict[str, NDArray[np.uint8]]:
    """Pictures by name, each (h, w, 3) uint8 sRGB in the frame of the before photograph.

    `before`, `after`: the pair, after laid over before. `before_outlines`, `after_outlines`: the same with
    their scars outlined. `change_map`: where the relief changed. Empty when the two could not be aligned.
    """
    pair = comparison.pair
    if pair is None:
        return {}
    factor = max(1.0, OUTLINED_LONG_SIDE_PX / max(pair.before_rgb.shape[:2]))
    return {
        "before": pair.before_rgb,
        "after": pair.after_rgb,
        "before_outlines": outlines(pair.before_rgb, pair.before_label, factor),
        "after_outlines": outlines(pair.after_rgb, pair.after_label, factor),
        "change_map": change_map(pair),
    }
