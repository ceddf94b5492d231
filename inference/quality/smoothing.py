"""Beauty filters: skin without its texture beside outlines that stayed sharp."""

from inference.quality.focus import Focus

#: Edges sharper than this are not told apart, in mm.
_SHARPEST_MM = 0.15


def smoothing(sharpness: Focus, edge_mm: float | None) -> float | None:
    """Blur of the skin's texture by that of the outlines in and near it; about 1 or less for an honest picture.

    A lens blurs both alike; a filter that keeps edges blurs the texture only. None where no outline is seen.
    """
    if edge_mm is None:
        return None
    return sharpness.total_blur_mm / max(edge_mm, _SHARPEST_MM)
