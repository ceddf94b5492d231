"""A labelled set of web photographs whose scars were marked as points, for the example of `docs/evaluate.md`.

    python docs/marked_set.py build/marked --photos ../shared/data/acne_scars

Folders give the type of each photograph, regions.json boxes, and the passes of `training/evaluate/points.json` masks: a
disc for each point, 255 where nobody marked and under scars of which the marker was not sure. The passes are a language
model's, so the set shows how the command is used and not how good a model is.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from data.importing.collect import Treatment
from data.importing.formats import Format, reader_of
from data.importing.manifest_folder import read_manifest_folder
from data.importing.table import Table
from data.importing.write import ImportOptions, write_dataset
from data.masks import IGNORE, SCAR_CLASSES, write_mask
from inference.network.maps import TYPES
from inference.photo.read import read_photo
from training.evaluate.points import PhotoPoints, read_points

NAMES = Table(classes={"ice_pick": "icepick"})


def mask_of(marked: PhotoPoints, shape: tuple[int, int]) -> NDArray[np.uint8]:
    """(H, W) uint8. Points and areas are fractions of the longer side."""
    long_side = max(shape)
    ground = np.zeros(shape, np.bool_)
    for area in marked.areas:
        x0, y0, x1, y1 = (round(edge * long_side) for edge in area)
        ground[y0:y1, x0:x1] = True
    mask = np.where(ground, 0, IGNORE).astype(np.uint8)
    for mark in marked.points:
        disc = np.zeros(shape, np.uint8)
        middle = round(mark.x * long_side), round(mark.y * long_side)
        cv2.circle(disc, middle, max(1, round(mark.diameter * long_side / 2)), 1, -1)
        mask[(disc > 0) & ground] = TYPES.index(mark.type) if mark.sure else IGNORE
    return mask


def main() -> None:
    """Writes the masks of each pass and imports everything as one set."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument(
        "--photos", type=Path, required=True, help="folder with a folder per type and regions.json"
    )
    given = parser.parse_args()
    sources = [
        (Format.FOLDERS, "folder", given.photos),
        (Format.BOXES, "boxes", given.photos / "regions.json"),
    ]
    for number, marked in enumerate(read_points().passes, start=1):
        masks = given.out / "passes" / str(number)
        for name, points in marked.photos.items():
            height, width = read_photo(given.photos / name).rgb.shape[:2]
            write_mask(
                masks / Path(name).with_suffix(".scars.png"), mask_of(points, (height, width)), SCAR_CLASSES
            )
        sources.append((Format.MASKS, f"pass {number}", masks))
    folder = given.out / "set"
    for kind, rater, source in sources:
        options = ImportOptions(NAMES, treatment=Treatment(rater=rater))
        read = reader_of(kind, source, given.photos, NAMES, options.classes, None)
        write_dataset(
            read, folder, options, (lambda p: read_manifest_folder(folder, p)) if folder.exists() else None
        )


if __name__ == "__main__":
    main()
