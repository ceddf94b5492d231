"""Masks: (H, W) uint8 class indices in indexed PNG files the size of the upright photograph; 255 = not labelled."""

from pathlib import Path
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from data.errors import DatasetError
from inference.errors import PhotoError
from inference.photo.header import open_header

IGNORE = 255
#: Okabe and Ito's palette, told apart with any colour vision; index 0 is black. Only for looking at a mask.
_COLOURS = (
    (0, 0, 0),
    (230, 159, 0),
    (0, 114, 178),
    (0, 158, 115),
    (204, 121, 167),
    (213, 94, 0),
    (86, 180, 233),
)
_IGNORE_COLOUR = (128, 128, 128)


class Classes(BaseModel):
    """classes.json: what the indices of a mask mean. `names[0]` is the background."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    names: tuple[str, ...] = Field(min_length=2, max_length=IGNORE)
    ignore: Literal[255] = IGNORE

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len(set(self.names)) < len(self.names):
            raise ValueError("every class must have a name of its own")
        return self


#: What the network tells apart, in the order of `<photo>.scars.png`.
SCAR_CLASSES = Classes(names=("none", "icepick", "boxcar", "rolling", "raised"))


def read_classes(path: Path) -> Classes:
    """Raises DatasetError when the file is missing or not as `Classes` says."""
    try:
        return Classes.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise DatasetError(f"{path.name} does not name the classes of the masks: {error}") from error


def write_classes(path: Path, classes: Classes) -> None:
    """Write classes.json."""
    path.write_text(classes.model_dump_json(indent=2) + "\n", encoding="utf-8")


def read_mask(path: Path, classes: Classes) -> NDArray[np.uint8]:
    """(H, W) uint8: indices of `classes`, or 255 where nobody has labelled.

    Raises DatasetError when it is no 8-bit PNG of one channel, or holds an index without a class.
    """
    label = read_channel(path)
    unknown = sorted(set(np.unique(label).tolist()) - {*range(len(classes.names)), IGNORE})
    if unknown:
        raise DatasetError(
            f"{path.name} holds the values {unknown[:8]}, but there are classes 0..{len(classes.names) - 1} "
            "and 255 only: save it as an indexed PNG without smoothing."
        )
    return label


def read_channel(path: Path) -> NDArray[np.uint8]:
    """(H, W) uint8 of a grey or indexed PNG, its indices untouched. Raises DatasetError for anything else."""
    try:
        image = open_header(path.read_bytes(), path.name)
        if image.format != "PNG" or image.mode not in ("P", "L", "1"):
            raise DatasetError(f"{path.name} is no PNG of one 8-bit channel ({image.format}, {image.mode}).")
        image.load()
    except (PhotoError, OSError, SyntaxError) as error:
        raise DatasetError(f"The mask {path.name} cannot be read: {error}") from error
    return np.array(image, dtype=np.uint8)


def write_mask(path: Path, label: NDArray[np.uint8], classes: Classes) -> None:
    """Write (H, W) uint8 as an indexed PNG. Raises DatasetError for a value that is no class and not 255."""
    outside = (label >= len(classes.names)) & (label != IGNORE)
    if label.ndim != 2 or outside.any():
        raise DatasetError(f"{path.name}: a mask has two axes and values 0..{len(classes.names) - 1} or 255.")
    palette = [_COLOURS[index % len(_COLOURS)] for index in range(IGNORE)] + [_IGNORE_COLOUR]
    image = Image.fromarray(label)
    image.putpalette([channel for colour in palette for channel in colour])
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, format="PNG")
