"""One file -> one standardized `Photo`. The content decides which reader takes it, never the name."""

import hashlib
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.errors import PhotoError
from inference.photo.boxes import is_heif
from inference.photo.dicom import is_dicom, read_dicom
from inference.photo.heif import read_heif
from inference.photo.photo import Photo, Provenance, Scale
from inference.photo.raster import read_raster
from inference.photo.scale import assumed_scale, given_scale

#: A file is held in memory whole, so that its hash and its pixels are of the same bytes.
FILE_LIMIT_BYTES = 500_000_000


def read_photo(path: Path, *, mm_per_px: float | None = None) -> Photo:
    """Read a photograph: (H, W, 3) uint8 sRGB, upright, alpha over white, the ICC profile applied.

    The format is told from the content, and the size is checked in the header before decoding. `mm_per_px` is
    the scale of the upright picture; without it the usual close-up framing is assumed.

    Raises PhotoError when the file cannot be read as a photograph; its message says why and what to do.
    """
    data = _read_file(path)
    rgb, provenance = _decode(data, path.name)
    height_px, width_px = rgb.shape[:2]
    return Photo(
        file=path.name,
        sha256=hashlib.sha256(data).hexdigest(),
        rgb=rgb,
        scale=_scale(width_px, height_px, mm_per_px),
        provenance=provenance,
    )


def _decode(data: bytes, name: str) -> tuple[NDArray[np.uint8], Provenance]:
    """The upright picture. Raises PhotoError for whatever a decoder makes of a damaged file."""
    reader = read_dicom if is_dicom(data) else read_heif if is_heif(data) else read_raster
    try:
        decoded = reader(data, name)
        return upright(np.asarray(decoded.picture), decoded.orientation), decoded.provenance
    except PhotoError:
        raise
    except MemoryError as error:
        raise PhotoError(f"{name} needs more memory than there is: export it smaller.") from error
    except Exception as error:  # decoders raise OSError, SyntaxError, ValueError, zlib.error and more
        raise PhotoError(
            f"{name} is damaged or cut short ({error}): copy it again from the camera."
        ) from error


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


def upright(rgb: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
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
