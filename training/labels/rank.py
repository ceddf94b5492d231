"""Which unlabelled photographs to label next: those on which the network contradicts itself.

A photograph is seen as it is, mirrored, turned upside down, and at other scales. Where the answers differ, a label
teaches most: the figure is the mutual information between answer and view, mean entropy taken from the entropy of the
mean (BALD: Houlsby et al., "Bayesian active learning for classification and preference learning", 2011,
arXiv 1112.5745), in bits, averaged over the skin.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from data.checking.duplicates import Codes, codes_of, likenesses
from data.errors import DatasetError
from inference.network.maps import Maps
from inference.network.session import Network
from inference.photo.photo import Photo

#: Views that skin may be seen in: turning by quarters would move the light to a side where it hardly ever is.
_TURNS: tuple[tuple[bool, bool], ...] = ((False, False), (True, False), (False, True))
#: Factors on the scale. Known scales err by some percent, assumed ones by half.
_SCALES = (0.8, 1.25)


@dataclass(frozen=True, slots=True)
class Gain:
    """gain_bits: disagreement over views, a pixel of skin. scar_fraction: mean probability of a scar on the skin.
    skin_fraction: of the picture. The first two are None where no skin is seen."""

    photo: str
    gain_bits: float | None
    scar_fraction: float | None
    skin_fraction: float


@dataclass(frozen=True, slots=True)
class Ranked:
    """like: a labelled or higher ranked photograph that shows the same picture; these come last."""

    gain: Gain
    like: str | None


def gain_of(name: str, photo: Photo, network: Network) -> Gain:
    """Look at a photograph in five views. Raises BundleError when the model cannot be run."""
    plain = network.maps(photo)
    views = [plain.types, *(_turned_types(photo, network, turn) for turn in _TURNS[1:])]
    views += [_scaled_types(photo, network, factor, plain) for factor in _SCALES]
    types = np.stack(views).astype(np.float64)
    skin = plain.surface_map("skin") >= network.bundle.description.thresholds.skin
    if not skin.any():
        return Gain(name, None, None, 0.0)
    bits = _entropy(types.mean(axis=0)) - np.mean([_entropy(view) for view in types], axis=0)
    scar = 1 - types.mean(axis=0)[0]
    return Gain(name, float(bits[skin].mean()), float(scar[skin].mean()), float(skin.mean()))


def _turned_types(photo: Photo, network: Network, turn: tuple[bool, bool]) -> NDArray[np.float32]:
    """(5, h, w) of the mirrored or turned picture, turned back."""
    mirrored, upside_down = turn
    rows, columns = slice(None, None, -1 if upside_down else 1), slice(None, None, -1 if mirrored else 1)
    seen = network.maps(replace(photo, rgb=np.ascontiguousarray(photo.rgb[rows, columns])))
    return seen.types[:, rows, columns]


def _scaled_types(photo: Photo, network: Network, factor: float, plain: Maps) -> NDArray[np.float32]:
    """(5, h, w) as if a pixel were `factor` times as wide, brought back to the plain view's size."""
    scale = replace(photo.scale, mm_per_px=photo.scale.mm_per_px * factor)
    seen = network.maps(replace(photo, scale=scale))
    height, width = plain.types.shape[1:]
    return np.stack([cv2.resize(one, (width, height), interpolation=cv2.INTER_LINEAR) for one in seen.types])


def _entropy(types: NDArray[np.float64]) -> NDArray[np.float64]:
    """(h, w) bits of (5, h, w) probabilities."""
    return -(types * np.log2(np.maximum(types, 1e-12))).sum(axis=0)


def rank(gains: Sequence[Gain], codes: Mapping[str, Codes], labelled: Mapping[str, Codes]) -> list[Ranked]:
    """Most to be gained first; photographs without skin, and then those that show what another does, last.

    codes: hashes of the photographs. labelled: of those that are labelled already.
    """
    ordered = sorted(gains, key=lambda gain: (gain.gain_bits is None, -(gain.gain_bits or 0.0), gain.photo))
    known = {**labelled, **{gain.photo: codes[gain.photo] for gain in ordered}}
    like: dict[str, str] = {}
    for pair in likenesses(known):
        if pair.other in codes:  # of a pair the earlier is labelled, or promises more
            like.setdefault(pair.other, pair.one)
    ranked = [Ranked(gain, like.get(gain.photo)) for gain in ordered]
    return sorted(ranked, key=lambda one: one.like is not None)


def write_ranking(path: Path, ranked: Iterable[Ranked]) -> None:
    """CSV: rank, photo, gain_bits, scar_fraction, skin_fraction, like; unknown is empty."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["rank", "photo", "gain_bits", "scar_fraction", "skin_fraction", "like"])
    for place, one in enumerate(ranked, start=1):
        gain = one.gain
        figures = (gain.gain_bits, gain.scar_fraction, gain.skin_fraction)
        cells = ["" if figure is None else f"{figure:.5f}" for figure in figures]
        writer.writerow([place, gain.photo, *cells, one.like or ""])
    path.write_text(text.getvalue(), encoding="utf-8", newline="")


def read_ranking(path: Path) -> list[str]:
    """Photographs in their order, without those that are like another. Raises DatasetError."""
    try:
        rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))
        return [row["photo"] for row in rows if not row["like"]]
    except (OSError, KeyError, UnicodeDecodeError) as error:
        raise DatasetError(f"{path.name} is no ranking ({error}): write one with `rank`.") from error


def hash_of(photo: Photo) -> Codes:
    """The photograph's perceptual hash."""
    return codes_of(photo.rgb)
