"""Small pictures of the example pairs."""

import tempfile
from pathlib import Path

from PIL import Image, ImageOps

from inference.web.samples import SamplePair

#: Twice the size at which it is shown.
_HALF_PX = (220, 240)


def pair_thumbnail(pair: SamplePair, folder: Path) -> Path:
    """A new PNG in `folder`: the middle of the before photograph, and beside it that of the after."""
    picture = Image.new("RGB", (2 * _HALF_PX[0] + 4, _HALF_PX[1]), "white")
    for offset, photo in ((0, pair.before), (_HALF_PX[0] + 4, pair.after)):
        with Image.open(photo.path) as image:
            image.draft("RGB", (4 * _HALF_PX[0], 4 * _HALF_PX[1]))
            upright = ImageOps.exif_transpose(image).convert("RGB")
        picture.paste(ImageOps.fit(upright, _HALF_PX), (offset, 0))
    with tempfile.NamedTemporaryFile(suffix=".png", delete=False, dir=folder) as file:
        picture.save(file, "PNG")
    return Path(file.name)
