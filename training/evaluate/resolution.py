"""The same network on working pictures of other resolutions: what it finds, and what that costs.

Only the plan's resolution is replaced, in memory: weights, thresholds and the scale that heights were learnt at stay.
The longest side that the plan allows grows with the resolution, so that the same millimetres of a photograph are
seen at each. Thresholds were chosen at the bundle's own resolution, which favours it; AUCs do not depend on them.
"""

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inference.check import Instruments
from inference.network.bundle import Bundle
from inference.network.maps import Maps
from inference.network.session import Network
from inference.photo.photo import Photo
from training.evaluate.rendered import evaluate_tiles, tile_figures
from training.evaluate.statistics import Interval
from training.evaluate.variants import REAL_HEADS, Variant, real_figures

#: Tried when none are named.
RESOLUTIONS = (4.0, 5.0, 6.4, 8.0, 10.0)
#: Heads of the table's columns: of the names, and of the figures by name.
FIRST = "px/mm"
HEADS = REAL_HEADS | {
    "f1_3mm": "rendered F1",
    "width_error": "width error",
    "depth_error": "depth error",
    "ms_a_megapixel": "bench ms/MP",
    "ms_a_picture": "bench ms/picture",
}


class TimedNetwork(Network):
    """A network that notes what each photograph took, from the photograph to its maps."""

    def __init__(self, bundle: Bundle, threads: int = 0) -> None:
        super().__init__(bundle, threads)
        self.taken: list[tuple[float, float]] = []

    def maps(self, photo: Photo) -> Maps:
        """As `Network.maps`; adds (seconds, megapixels of the photograph) to `taken`."""
        start = time.perf_counter()
        maps = super().maps(photo)
        self.taken.append((time.perf_counter() - start, photo.width_px * photo.height_px / 1e6))
        return maps

    def pace(self) -> dict[str, Interval]:
        """Milliseconds a megapixel of photograph and a picture; medians, with quartiles as bounds.

        Wall-clock time of the network with its resizing, on a machine that may be shared. The first picture, which
        builds the session, is left out.
        """
        seconds, megapixels = np.array(self.taken[1:]).reshape(-1, 2).T
        return {
            "ms_a_megapixel": _middle(1000 * seconds / megapixels),
            "ms_a_picture": _middle(1000 * seconds),
        }


def at_resolution(bundle: Bundle, px_per_mm: float) -> Bundle:
    """The bundle with another working resolution; its folder stays as it is. Raises ValueError unless above 0."""
    plan = bundle.description.plan
    if px_per_mm <= 0:
        raise ValueError(f"A working picture of {px_per_mm:g} px/mm cannot be: give a resolution above 0.")
    longest = round(plan.max_side_px * px_per_mm / plan.px_per_mm)
    changed = plan.model_copy(update={"px_per_mm": px_per_mm, "max_side_px": longest})
    return replace(bundle, description=bundle.description.model_copy(update={"plan": changed}))


def evaluate_resolutions(
    bundle: Bundle,
    resolutions: Sequence[float],
    photos: Path,
    faces: Path | None = None,
    samples: Path | None = None,
    limit: int | None = None,
    faces_every: int = 1,
    threads: int = 1,
) -> list[Variant]:
    """Everything at every resolution. samples: rendered tiles, of which the first `limit` are taken.

    Raises FileNotFoundError, ValueError, BundleError.
    """
    found = []
    for px_per_mm in resolutions:
        network = TimedNetwork(at_resolution(bundle, px_per_mm), threads)
        instruments = Instruments(network)
        figures = real_figures(instruments, photos, faces, faces_every)
        figures |= network.pace()
        if samples is not None:
            tiles = tile_figures(evaluate_tiles(samples, instruments, limit))
            figures |= {name: tiles[name] for name in ("f1_3mm", "width_error", "depth_error")}
        found.append(Variant(f"{px_per_mm:g}", figures))
    return found


def _middle(values: NDArray[np.float64]) -> Interval:
    if not values.size:
        return Interval(None, None, None, 0)
    low, mid, high = np.percentile(values, [25, 50, 75])
    return Interval(float(mid), float(low), float(high), len(values))
