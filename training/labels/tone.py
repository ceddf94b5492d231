"""Which skin tones and scales a set covers. Tone is ITA as the product measures it, without a chart: light is in it."""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from data.labelled import LabelledSet
from inference.check import CheckOptions, Instruments
from inference.errors import CicatrixError
from inference.network.session import Network
from inference.score import score_photo

_log = logging.getLogger(__name__)

#: Lower bounds of ITA in degrees, Del Bino et al., Pigment Cell Res 2006;19:606 (after Chardon et al. 1991).
TONES: tuple[tuple[str, float], ...] = (
    ("very light", 55),
    ("light", 41),
    ("intermediate", 28),
    ("tan", 10),
    ("brown", -30),
    ("dark", -90),
)
#: Upper bounds of pixels per millimetre; icepicks are about a millimetre wide.
_SCALES: tuple[tuple[str, float], ...] = (
    ("under 3 px/mm", 3),
    ("3 to 6 px/mm", 6),
    ("6 to 12 px/mm", 12),
    ("12 px/mm and more", np.inf),
)


def tone_of(ita_deg: float) -> str:
    """Name of the skin tone."""
    return next(name for name, least in TONES if ita_deg > least or name == TONES[-1][0])


def skin_tones(labelled: LabelledSet, network: Network, limit: int | None = None) -> dict[str, float]:
    """ITA in degrees by photo id, of every photograph or of `limit` spread evenly; without those on which no skin is
    seen. About a second a photograph. Raises BundleError when the model cannot be run."""
    photos = list(labelled.photos.items())
    if limit is not None and limit < len(photos):
        photos = [photos[index] for index in np.linspace(0, len(photos) - 1, limit).round().astype(int)]
    instruments = Instruments(network, finder=None)
    found: dict[str, float] = {}
    for photo_id, row in photos:
        try:
            measured = score_photo(
                labelled.folder / row.image, instruments, CheckOptions(mm_per_px=row.mm_per_px)
            )
        except CicatrixError as error:
            _log.warning("%s: no skin tone (%s)", photo_id, error)
            continue
        if measured.pigment.ita_deg is not None:
            found[photo_id] = measured.pigment.ita_deg
    return found


def tone_counts(ita_deg: Mapping[str, float]) -> dict[str, int]:
    """Photographs by skin tone, lightest first; every tone is listed, as what is missing matters."""
    counts = Counter(map(tone_of, ita_deg.values()))
    return {name: counts[name] for name, _ in TONES}


def scale_counts(mm_per_px: Sequence[float | None]) -> dict[str, int]:
    """Photographs by pixels per millimetre, and those whose scale nobody gave."""
    counts = Counter(
        "unknown" if value is None else next(name for name, most in _SCALES if 1 / value < most)
        for value in mm_per_px
    )
    return {name: counts[name] for name in (*(name for name, _ in _SCALES), "unknown")}
