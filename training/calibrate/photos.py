"""Calibration on labelled photographs: those of the manifest that training kept for validation.

Masks give the thresholds, the confidence of single scars, and the errors of area, number and diameter. Grades give the
error of the scale that they are on. Depth cannot be learnt from either: its gains stay, and it has no interval of the
network's own.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.errors import DatasetError
from data.masks import IGNORE, Classes, read_mask
from inference.measure.assessment import Assessment
from inference.network.bundle import Thresholds, load_bundle
from inference.network.maps import TYPES
from inference.network.session import Network
from inference.photo.read import read_photo
from training.calibrate.run import calibrate_on
from training.calibrate.thresholds import Choice
from training.calibrate.tiles import Seen
from training.dataset import UNKNOWN_RELIEF_UM, Tile
from training.evaluate.grades import assessed_on
from training.photos.labels import LabelledPhoto, class_places, read_labels
from training.photos.patches import patches_of
from training.photos.seen import fingerprints
from training.photos.shelf import maps_of

#: Depth of a scar that nobody measured: no figure of depth is learnt from it.
_UNKNOWN_DEPTH_UM = -1.0
#: A photograph says how much scarring it has only if so much of it was labelled.
_LEAST_LABELLED = 0.95


def calibrate_on_photos(
    folder: Path, manifest: Path, folds: Path | None = None, fold: int = 0
) -> dict[str, Choice | None]:
    """Learns on the photographs with masks that training did not see, and rewrites model.json and card.md.

    Raises DatasetError where there are none, BundleError, PhotoError.
    """
    labels = read_labels(manifest, folds, fold)
    masked = [photo for photo in labels.validation if photo.masks]
    if not masked or labels.classes is None:
        raise DatasetError(
            f"{manifest.name}: no photograph kept for validation has a mask; thresholds cannot be chosen without."
        )
    network = Network(load_bundle(folder), threads=1)
    tiles = [look_at_photo(photo, labels.classes, network, row) for row, photo in enumerate(masked)]
    source: dict[str, Any] = {
        "photographs": len(tiles),
        "patients": len({photo.patient_id for photo in masked}),
        "fingerprints": fingerprints(photo.image for photo in masked),
    }
    grades = {tile.photo.file: photo.grades for tile, photo in zip(tiles, masked, strict=True)}

    def true_of(seen: Seen, measured: Assessment, thresholds: Thresholds) -> dict[str, float]:
        return true_of_photo(seen, measured, thresholds, grades[seen.photo.file])

    return calibrate_on(folder, tiles, source | {"tiles": len(tiles), "samples": manifest.name}, true_of)


def look_at_photo(photo: LabelledPhoto, classes: Classes, network: Network, row: int) -> Seen:
    """A photograph through the network, with its first rater's mask as the truth; patients are kept together."""
    seen = read_photo(photo.image, mm_per_px=photo.mm_per_px)
    maps = maps_of(read_mask(photo.masks[0], classes), class_places(classes))
    shape = seen.rgb.shape[:2]
    if maps["types"].shape != shape:
        raise DatasetError(f"{photo.masks[0].name} is not of its photograph's size: export it again.")
    px_per_mm = 1.0 / seen.scale.mm_per_px
    tile = Tile(
        rgb=seen.rgb,
        types=maps["types"],
        surface=maps["surface"],
        surface_known=maps["surface_known"],
        relief_um=np.full(shape, UNKNOWN_RELIEF_UM, np.int16),
        severity=float("nan"),
        roughness_sa_um=float("nan"),
        px_per_mm=px_per_mm,
    )
    line = {"row": row, "px_per_mm": px_per_mm, "severity": None, "scars": scars_of(maps["types"], px_per_mm)}
    picture = network.maps(seen)
    nothing = np.zeros(picture.rgb.shape[:2], np.bool_)
    return Seen(line, tile, seen, picture, photo.patient_id, nothing)


def scars_of(types: NDArray[np.uint8], px_per_mm: float) -> list[dict[str, Any]]:
    """The scars of a mask, one a connected patch of one type, as a renderer lists its own; their depth is unknown."""
    scars: list[dict[str, Any]] = []
    for number in range(1, len(TYPES)):
        found = patches_of(types == number)
        for x, y, area in zip(found.x_px, found.y_px, found.area_px.tolist(), strict=True):
            width_mm = 2.0 * float(np.sqrt(area / np.pi)) / px_per_mm
            place = {"type": TYPES[number], "x_px": float(x), "y_px": float(y)}
            scars.append({**place, "width_mm": width_mm, "depth_um": _UNKNOWN_DEPTH_UM, "area_px": area})
    return scars


def true_of_photo(
    seen: Seen, measured: Assessment, thresholds: Thresholds, grades: Sequence[tuple[str, str, float]]
) -> dict[str, float]:
    """What the mask says of area and number on the assessed skin, and the mean grade on every scale."""
    true = {
        f"scales.{scale}": float(np.mean([value for other, _, value in grades if other == scale]))
        for scale in {scale for scale, _, _ in grades}
        if scale in measured.scales
    }
    skin = assessed_on(seen.tile, measured)
    known = skin & (seen.tile.types != IGNORE)
    if not skin.any() or known.sum() < _LEAST_LABELLED * skin.sum():
        return true
    mm_per_px = 1.0 / float(seen.line["px_per_mm"])
    counted = [
        scar
        for scar in seen.line["scars"]
        if scar["width_mm"] >= thresholds.min_diameter_mm and skin[int(scar["y_px"]), int(scar["x_px"])]
    ]
    true["scars.area_fraction"] = float((seen.tile.types[known] > 0).mean())
    true["scars.density_per_cm2"] = len(counted) / (float(skin.sum()) * mm_per_px**2 / 100.0)
    return true
