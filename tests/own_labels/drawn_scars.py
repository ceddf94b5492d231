"""Photographs on which the arithmetic bundle of the tests finds known scars, and labels to hold against them."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from photo_files import skin
from PIL import Image

from data.masks import SCAR_CLASSES

WIDTH, HEIGHT, PX_PER_MM = 320, 256, 6.4
#: Green of a pit that the arithmetic bundle is sure of, and of one of which it is not (probability 0.69).
SURE, UNSURE = 20, 87
RADIUS_PX = 7

Places = Sequence[tuple[int, int]]


def discs(places: Places, value: int = 2, ground: int = 0) -> NDArray[np.uint8]:
    """(HEIGHT, WIDTH) uint8 mask of boxcar scars."""
    mask = np.full((HEIGHT, WIDTH), ground, np.uint8)
    for place in places:
        cv2.circle(mask, place, RADIUS_PX, value, -1)
    return mask


def photograph(path: Path, pits: Places, unsure: Places = (), seed: int = 0) -> Path:
    """Skin with dark discs. Without grain inside a disc all of it is called a scar, and nothing else is."""
    rgb = skin(HEIGHT, WIDTH, seed)
    for places, green in ((pits, SURE), (unsure, UNSURE)):
        rgb[discs(places) > 0] = (150, green, 90)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(rgb).save(path)
    return path


def said_by(mask: NDArray[np.uint8], rater: str = "A", **grades: float):
    """What one rater said by a mask of `SCAR_CLASSES`."""
    from training.evaluate.own.labels import Said, scars_of_mask
    from training.photos.labels import class_places

    found, scars = scars_of_mask(mask, class_places(SCAR_CLASSES))
    return Said(rater, found, scars, scars is not None, (), (), frozenset(), grades)
