"""One file -> one standardized `Photo`.

Pillow decodes every format. OpenCV gives the same pixels of a large JPEG no sooner, and fills the missing part of a
truncated file with grey without a word.
"""

import hashlib
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile

from inference.errors import PhotoError
from inference.photo.colour import to_srgb
from inference.photo.header import open_header
from inference.photo.photo import Photo, Scale
from inference.photo.scale import assumed_scale, given_scale

#: A file is held in memory whole, so that its hash and its pixels are of the same bytes.
FILE_LIMIT_BYTES = 500_000_000

_ORIENTATION_TAG = 0x0112


def read_photo(path: Path, *, mm_per_px: float | None = None) -> Photo:
    """Read a photograph: (H, W, 3) uint8 sRGB, upright, alpha over white, the ICC profile applied.

    The format is told from the content, and the size is checked in the header before decoding. `mm_per_px` is
    the scale of the upright picture; without it the usual close-up framing is assumed.

    Raises PhotoError when the file cannot be read as a photograph; its message says why and what to do.
    """
    data = _read_file(path)
    image = open_header(data, path.name)
    try:
        image.load()
        picture = to_srgb(image, path.name)
    except PhotoError:
        raise
    except Exception as error:  # decoders raise OSError, SyntaxError, ValueError, zlib.error and more
        raise PhotoError(
            f"{path.name} is damaged or cut short ({error}): copy it again from the camera."
        ) from error
    orientation = _orientation(image)  # after load, in which a TIFF is turned and its tag dropped
    rgb = _upright(np.asarray(picture), orientation)
    height_px, width_px = rgb.shape[:2]
    return Photo(
        file=path.name,
        sha256=hashlib.sha256(data).hexdigest(),
        rgb=rgb,
        scale=_scale(width_px, height_px, mm_per_px),
    )


def _scale(width_px: int, height_px: int, mm_per_px: float | None) -> Scale:
    if mm_per_px is None:
        return assumed_scale(width_px, height_px)
    return given_scale(mm_per_px, max(width_px, height_px))


def _read_file(path: Path) -> bytes:
    try:
        size_bytes = path.stat().st_size
        if size_bytes > FILE_LIMIT_BYTES:
            raise PhotoError(
                f"{path.name} has {size_bytes / 1e6:.0f} MB, over the limit of "
                f"{FILE_LIMIT_BYTES / 1e6:.0f} MB: export it as JPEG."
            )
        return path.read_bytes()
    except OSError as error:
        raise PhotoError(f"{path.name} cannot be opened: {error.strerror or error}.") from error


def _orientation(image: ImageFile.ImageFile | Image.Image) -> int:
    """EXIF orientation 1..8; 1 where it is missing or the EXIF block is damaged."""
    try:
        value = image.getexif().get(_ORIENTATION_TAG, 1)
    except Exception:  # a damaged EXIF block says nothing about the pixels
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _upright(rgb: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """Undo the camera's rotation. EXIF 2.32, tag 274: row and column 0 of the stored picture are the upright
    picture's 1 top left, 2 top right, 3 bottom right, 4 bottom left, 5 left top, 6 right top, 7 right bottom,
    8 left bottom."""
    match orientation:
        case 2:
            turned = cv2.flip(rgb, 1)
        case 3:
            turned = cv2.rotate(rgb, cv2.ROTATE_180)
        case 4:
            turned = cv2.flip(rgb, 0)
        case 5:
            turned = cv2.transpose(rgb)
        case 6:
            turned = cv2.rotate(rgb, cv2.ROTATE_90_CLOCKWISE)
        case 7:
            turned = cv2.rotate(cv2.transpose(rgb), cv2.ROTATE_180)
        case 8:
            turned = cv2.rotate(rgb, cv2.ROTATE_90_COUNTERCLOCKWISE)
        case _:
            return rgb
    return turned.astype(np.uint8, copy=False)
