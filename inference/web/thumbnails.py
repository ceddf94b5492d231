"""Small pictures of the examples."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageOps

from inference.web.samples import SamplePair, SamplePhoto

#: Twice the size at which it is shown.
_HALF_PX = (220, 240)


def pair_thumbnail(pair: SamplePair, folder: Path) -> Path:
    """A new PNG in `folder`: the middle of the before photograph, and beside it that of the after."""
    return thumbnail((pair.before, pair.after), folder)


def thumbnail(photos: Sequence[SamplePhoto], folder: Path) -> Path:
    """A new PNG in `folder`: the middle of each photograph, side by side."""
    step = _HALF_PX[0] + 4
    picture = Image.new("RGB", (len(photos) * step - 4, _HALF_PX[1]), "white")
    for number, photo in enumerate(photos):
        with Image.open(photo.path) as image:
            image.draft("RGB", (4 * _HALF_PX[0], 4 * _HALF_PX[1]))
            upright = ImageOps.exif_transpose(image).convert("RGB")
        picture.paste(ImageOps.fit(upright, _HALF_PX), (number * step, 0))
    with tempfile.NamedTemporaryFile(suffix=".png", delete=False, dir=folder) as file:
        picture.save(file, "PNG")
    return Path(file.name)
