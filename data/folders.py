"""Import a folder of photographs with one folder of PNG masks for each class.

    <root>/images/a.jpg      the photographs
    <root>/boxcar/a.png      where `a` shows boxcar scars: any value but 0
    <root>/icepick/a.png

gives <root>/manifest.csv, <root>/classes.json and one indexed mask for each labelled photograph under
<root>/masks.
"""

import logging
import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.errors import DatasetError
from data.manifest import ManifestRow, write_manifest
from data.masks import IGNORE, Classes, read_channel, write_classes, write_mask
from inference.errors import PhotoError
from inference.photo.read import read_photo

_log = logging.getLogger(__name__)

IMAGES, MASKS = "images", "masks"


def import_folders(root: Path, classes: Classes, *, patient_pattern: str) -> list[ManifestRow]:
    """Write the manifest, the classes and the masks of `root`; returns the manifest's rows.

    patient_pattern: regular expression that is matched against the start of each photograph's stem; its first
    group is the patient. There is no default, because a guess would let one patient into two splits.

    A photograph without a mask in any class folder counts as not labelled and gets no mask. Where two classes
    claim a pixel it is set to 255, not labelled. Masks are those of the upright photograph.

    Raises DatasetError when a photograph or mask cannot be read, sizes differ, a mask has no photograph, two
    photographs share a stem, or a stem does not fit the pattern.
    """
    photos = _by_stem(root / IMAGES)
    sources = {name: _by_stem(root / name) for name in classes.names[1:] if (root / name).is_dir()}
    for name, masks in sources.items():
        orphans = sorted(set(masks) - set(photos))
        if orphans:
            raise DatasetError(f"{name} has masks without a photograph: {', '.join(orphans[:5])}.")
    rows: list[ManifestRow] = []
    for stem, photo in photos.items():
        claims = {name: masks[stem] for name, masks in sources.items() if stem in masks}
        target = f"{MASKS}/{stem}.png"
        if claims:
            write_mask(root / target, _merged(photo, claims, classes), classes)
        rows.append(
            ManifestRow(
                photo_id=stem,
                patient_id=_patient(stem, patient_pattern),
                image=f"{IMAGES}/{photo.name}",
                mask=target if claims else None,
            )
        )
    write_classes(root / "classes.json", classes)
    write_manifest(root / "manifest.csv", rows)
    return rows


def _by_stem(folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        raise DatasetError(f"{folder} is missing: photographs belong into it.")
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or not path.is_file():
            continue
        if path.stem in found:
            raise DatasetError(f"{found[path.stem].name} and {path.name} share a stem: rename one.")
        found[path.stem] = path
    return found


def _patient(stem: str, pattern: str) -> str:
    match = re.match(pattern, stem)
    if match is None or not match.groups() or not match[1]:
        raise DatasetError(f"{stem} does not fit the pattern {pattern!r}, whose first group is the patient.")
    return match[1]


def _merged(photo: Path, claims: dict[str, Path], classes: Classes) -> NDArray[np.uint8]:
    """(H, W) uint8 class indices; 255 where several classes claim a pixel."""
    try:
        size = read_photo(photo).rgb.shape[:2]
    except PhotoError as error:
        raise DatasetError(str(error)) from error
    label = np.zeros(size, np.uint8)
    claimed = np.zeros(size, np.uint8)
    for name, path in claims.items():
        mask = read_channel(path) > 0
        if mask.shape != size:
            raise DatasetError(
                f"{name}/{path.name} has {mask.shape[1]} x {mask.shape[0]} pixels, its upright photograph "
                f"{size[1]} x {size[0]}: export the mask at the photograph's size."
            )
        label[mask] = classes.names.index(name)
        claimed += mask
    overlap = claimed > 1
    if overlap.any():
        _log.warning("%s: %d pixels are claimed by several classes, set to 255", photo.name, overlap.sum())
    label[overlap] = IGNORE
    return label
