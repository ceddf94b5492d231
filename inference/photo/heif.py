"""HEIC and HEIF, as phones write them, through libheif.

libheif turns and mirrors the picture itself, by the file's own `irot` and `imir`. An EXIF orientation may stand
beside them and is not for turning (ISO/IEC 23008-12, annex A), so it is passed over.
"""

import logging
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inference.errors import PhotoError
from inference.photo.boxes import HDR_ADVICE, heif_name, is_hdr
from inference.photo.colour import to_srgb, with_primaries
from inference.photo.decoded import Decoded
from inference.photo.header import check_memory, check_size
from inference.photo.levels import to_eight_bits
from inference.photo.photo import Provenance
from inference.photo.provenance import from_exif

_log = logging.getLogger(__name__)

#: A phone's photograph is a grid of tiles, decoded side by side. More threads take more memory at once.
DECODE_THREADS = 2


def read_heif(data: bytes, name: str) -> Decoded:
    """Decode the primary picture. Other pictures of the file (burst, depth, gain map) are left alone.

    libheif refuses pixels that are larger than the header says, so that the check of the size holds.
    Raises PhotoError, and RuntimeError or OSError of libheif for damaged pixels.
    """
    import pillow_heif  # the library takes a moment to load, and most photographs do not need it

    pillow_heif.options.DECODE_THREADS = DECODE_THREADS
    pillow_heif.options.THUMBNAILS = False
    pillow_heif.options.DEPTH_IMAGES = False
    pillow_heif.options.AUX_IMAGES = False
    try:
        file: Any = pillow_heif.HeifFile(data, convert_hdr_to_8bit=False, hdr_to_16bit=False)
        picture: Any = file[file.primary_index]
    except Exception as error:  # RuntimeError, ValueError, SyntaxError, IndexError and more
        raise PhotoError(
            f"{name} is a HEIC or HEIF file that cannot be read ({error}): it may be damaged, or a film. Export "
            "the photograph as JPEG."
        ) from error
    if len(file) > 1:
        _log.warning("%s holds %d pictures; the one it names as the main one is read", name, len(file))
    width_px, height_px = picture.size
    check_size(width_px, height_px, name)
    bits = int(picture.info["bit_depth"])
    channels = len(picture.mode.split(";")[0])
    check_memory(width_px * height_px * channels * (1 if bits <= 8 else 2), len(data), name)
    profile = _profile(picture.info, name)
    provenance = replace(
        _exif(picture.info.get("exif")),
        format=heif_name(data),
        bits_per_channel=bits,
        compression="HEVC",
        bits_per_px=8 * len(data) / (width_px * height_px),
    )
    decoded = _image(picture, bits)
    check_size(*decoded.size, name)
    if profile is not None:
        decoded.info["icc_profile"] = profile
    return Decoded(to_srgb(decoded, name), 1, provenance)


def _profile(info: dict[str, Any], name: str) -> bytes | None:
    """The ICC profile, or one made from the numbers of an `nclx` box; None for sRGB."""
    embedded = info.get("icc_profile")
    if isinstance(embedded, bytes) and embedded:
        return embedded
    nclx: dict[str, Any] | None = info.get("nclx_profile")
    if not nclx:
        return None
    codes = int(nclx.get("color_primaries", 2)), int(nclx.get("transfer_characteristics", 2))
    if is_hdr(codes):
        raise PhotoError(f"{name} {HDR_ADVICE}")
    return with_primaries(codes[0])


def _exif(block: object) -> Provenance:
    exif = Image.Exif()
    try:
        if isinstance(block, bytes):
            exif.load(block)
        return from_exif(exif)
    except Exception:  # a damaged block says nothing
        return Provenance()


def _image(picture: Any, bits: int) -> Image.Image:
    """Decode to mode L, LA, RGB or RGBA, 8 bits a channel, alpha not premultiplied."""
    stored: NDArray[Any] = np.asarray(picture)
    mode = str(picture.mode).split(";")[0]
    stored = stored[:, : int(picture.size[0])]  # rows are padded
    levels = to_eight_bits(stored, bits) if stored.dtype == np.uint16 else stored
    straight = {"RGBa": "RGBA", "La": "LA"}.get(mode)
    contiguous = np.ascontiguousarray(levels, dtype=np.uint8)
    image = Image.frombytes(mode, (contiguous.shape[1], contiguous.shape[0]), contiguous.tobytes())
    return image.convert(straight) if straight else image
