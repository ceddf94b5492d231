"""A frame of the live picture as it comes from the browser. It is decoded in memory and never stored."""

import base64
import binascii
import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import BaseModel, ConfigDict, ValidationError

from inference.errors import CicatrixError

#: The page sends 480 px on the long side, about 40 kB.
MAX_SIDE_PX, MAX_TEXT = 640, 600_000
_PREFIX = "data:image/jpeg;base64,"


class FrameError(CicatrixError):
    """What came is no frame of the live picture."""


class _Message(BaseModel):
    """seq: counts the frames, so that the page can tell an answer to this one from an earlier one."""

    model_config = ConfigDict(extra="forbid")

    seq: int
    mirrored: bool
    jpeg: str


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """rgb: (h, w, 3) uint8 sRGB, upright. mirrored: whether the page shows it as in a mirror."""

    seq: int
    mirrored: bool
    rgb: NDArray[np.uint8]


def read_frame(text: str) -> Frame:
    """The frame in the page's message. Raises FrameError for what is none, or larger than the page sends."""
    if len(text) > MAX_TEXT:
        raise FrameError("The live picture is larger than expected: reload the page.")
    try:
        message = _Message.model_validate_json(text)
        if not message.jpeg.startswith(_PREFIX):
            raise ValueError("no JPEG")
        data = base64.b64decode(message.jpeg.removeprefix(_PREFIX), validate=True)
        with Image.open(io.BytesIO(data), formats=["JPEG"]) as image:
            if max(image.size) > MAX_SIDE_PX:
                raise ValueError(f"{image.size} pixels")
            rgb = np.asarray(image.convert("RGB"), np.uint8)
    except (ValidationError, ValueError, binascii.Error, OSError, SyntaxError, Image.DecompressionBombError):
        raise FrameError("The live picture cannot be read: reload the page.") from None
    return Frame(message.seq, message.mirrored, rgb)
