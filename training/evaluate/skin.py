"""Is skin found where there is skin, and nowhere else? On boxes and outlines drawn by eye on real photographs.

`not_skin.json` lies beside this module: what inside the `clear` boxes of regions.json is hair, lips, background and
so on, drawn before any network output was looked at. The colour spreads in `inference/measure/skin.py` were read
off these same photographs, so the figures after refinement are not of unseen ones.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from inference.check import Checked, Instruments, check_photo
from inference.measure.skin import refine_skin
from inference.network.bundle import Thresholds
from training.evaluate.boxes import PhotoBoxes, read_regions, window
from training.evaluate.statistics import Interval, bootstrap

#: Censor bars and borders are easy and large; without them the figures are of what photographs in practice hold.
_HARD = ("hair", "lips", "background")
#: Skin by the network's probability alone, settled by colour, and as measured in the end.
SKINS = ("network", "refined", "assessed")

Mask = NDArray[np.bool_]
Look = Callable[[str, NDArray[np.uint8], Mask], None]


class Outline(BaseModel):
    """A place without skin. polygon: corners as fractions of the photograph's longer side, from its top left."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    what: str
    polygon: tuple[tuple[float, float], ...]


class NotSkin(BaseModel):
    """not_skin.json: outlines by path of the photograph, as in regions.json."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    note: str
    photos: dict[str, tuple[Outline, ...]]


@dataclass(frozen=True, slots=True)
class Place:
    """Pixels of one place, or kind of place, in one photograph, and how many of them were taken for skin.

    network: by its probability alone. refined: settled by colour. assessed: as measured in the end, with what a
    face's points add and leave out. what: "scar", or what is there instead of skin.
    """

    what: str
    size_px: int
    network_px: int
    refined_px: int
    assessed_px: int


@dataclass(frozen=True, slots=True)
class PhotoSkin:
    """All places of one photograph."""

    photo: str
    places: tuple[Place, ...]


def read_not_skin(path: Path | None = None) -> dict[str, tuple[Outline, ...]]:
    """Outlines by photograph, from the file beside this module. Raises pydantic.ValidationError."""
    path = path or Path(__file__).with_name("not_skin.json")
    return NotSkin.model_validate_json(path.read_text(encoding="utf-8")).photos


def evaluate_skin(folder: Path, instruments: Instruments, look: Look | None = None) -> list[PhotoSkin]:
    """Skin of every photograph in regions.json, each checked as `cicatrix score` checks it.

    look: called with the name, working picture and assessed skin of every photograph, to draw them.
    """
    outlines = read_not_skin()
    found: list[PhotoSkin] = []
    for name, boxes in read_regions(folder).items():
        checked = check_photo(folder / name, instruments)
        skins = three_skins(checked, instruments.network.bundle.description.thresholds)
        masks = place_masks(boxes, outlines.get(name, ()), checked.skin.shape)
        found.append(PhotoSkin(name, tuple(_place(what, mask, skins) for what, mask in masks)))
        if look is not None:
            look(name, checked.maps.rgb, checked.skin)
    return found


def three_skins(checked: Checked, thresholds: Thresholds) -> tuple[Mask, Mask, Mask]:
    """(h, w) bool each, in the order of `SKINS`."""
    maps = checked.maps
    chance = maps.surface_map("skin")
    refined = refine_skin(maps.rgb, chance, maps.mm_per_px, thresholds.skin)
    return chance > thresholds.skin, refined, checked.skin


def place_masks(
    boxes: PhotoBoxes, outlines: Sequence[Outline], shape: tuple[int, ...]
) -> list[tuple[str, Mask]]:
    """What and (h, w) bool where, of the scar boxes and the outlines in a working picture of this (h, w)."""
    masks: list[tuple[str, Mask]] = []
    for box in boxes.scar:
        mask = np.zeros(shape, bool)
        mask[window(box, shape)] = True
        masks.append(("scar", mask))
    masks += [(outline.what, polygon_mask(outline.polygon, shape)) for outline in outlines]
    return masks


def polygon_mask(polygon: Sequence[tuple[float, float]], shape: tuple[int, ...]) -> Mask:
    """(h, w) bool, inside a polygon given in fractions of the longer side."""
    mask = np.zeros(shape, np.uint8)
    # Fraction 0 is the left edge of the first pixel, whose centre OpenCV calls 0.
    corners = np.round(np.array(polygon) * max(shape) - 0.5).astype(np.int32)
    cv2.fillPoly(mask, [corners], 1)
    return mask > 0


def skin_figures(found: list[PhotoSkin]) -> dict[str, Interval]:
    """Shares taken for skin, pooled over area, with bootstrap intervals over photographs."""
    figures: dict[str, Interval] = {}
    for skin in SKINS:
        figures[f"scar_{skin}"] = _pooled(found, skin, _is_scar)
        shares = [share for photo in found if (share := _share([photo], skin, _is_scar)) is not None]
        figures[f"scar_{skin}_mean"] = bootstrap(shares, lambda drawn: float(np.mean(drawn)))
        figures[f"scar_{skin}_worst"] = Interval(min(shares), None, None, len(shares))
    for skin in SKINS:
        figures[f"not_skin_{skin}"] = _pooled(found, skin, lambda what: what != "scar")
    for skin in SKINS:
        figures[f"hair_lips_background_{skin}"] = _pooled(found, skin, lambda what: what in _HARD)
    for kind in sorted({place.what for photo in found for place in photo.places} - {"scar"}):
        for skin in SKINS:
            figures[f"{kind.replace(' ', '_')}_{skin}"] = _pooled(found, skin, lambda what, k=kind: what == k)
    return figures


def worst_places(found: list[PhotoSkin], count: int = 8) -> list[str]:
    """Sentences about the places that the assessed skin gets most wrong, by area of the working picture."""
    wrong: list[tuple[int, str]] = []
    for photo in found:
        for place in photo.places:
            px = place.size_px - place.assessed_px if place.what == "scar" else place.assessed_px
            verb = "missed" if place.what == "scar" else "taken for skin"
            share = px / max(place.size_px, 1)
            wrong.append((px, f"{photo.photo}: {place.what} {verb} on {share:.0%} of {place.size_px} px"))
    return [text for px, text in sorted(wrong, reverse=True)[:count] if px]


def _place(what: str, mask: Mask, skins: tuple[Mask, Mask, Mask]) -> Place:
    return Place(what, *(int(np.count_nonzero(part)) for part in (mask, *(skin & mask for skin in skins))))


def _is_scar(what: str) -> bool:
    return what == "scar"


def _pooled(found: list[PhotoSkin], skin: str, wanted: Callable[[str], bool]) -> Interval:
    having = [photo for photo in found if any(wanted(place.what) for place in photo.places)]
    return bootstrap(having, lambda photos: _share(photos, skin, wanted))


def _share(photos: Sequence[PhotoSkin], skin: str, wanted: Callable[[str], bool]) -> float | None:
    places = [place for photo in photos for place in photo.places if wanted(place.what)]
    size_px = sum(place.size_px for place in places)
    return sum(getattr(place, f"{skin}_px") for place in places) / size_px if size_px else None
