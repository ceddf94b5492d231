"""Deep pixels -> 8 bits by a fixed rule: value x 255 / white, rounded. Nothing looks at the picture's own range."""

import functools
import io
from copy import copy

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile, TiffImagePlugin

#: TIFF 6.0 tags.
_BITS_PER_SAMPLE, _PHOTOMETRIC, _PLANAR = 258, 262, 284
_WHITE_IS_ZERO, _SEPARATE_PLANES = 0, 2
_DEEP_GREY = ("I;16", "I;16L", "I;16B", "I;16N")
#: Pillow's names for the order of the two bytes, and the name under which it takes the other byte instead.
_OTHER_BYTE = {"L": "B", "B": "L", "N": "B" if np.little_endian else "L"}


def to_eight_bits(values: NDArray[np.uint16], bits: int) -> NDArray[np.uint8]:
    """Levels 0 .. 2**bits - 1 of any shape to 0 .. 255: round(value x 255 / (2**bits - 1)).

    The linear rule of PNG (third edition, 13.12), which DICOM and HEIF share: both ends keep their meaning.
    Values above the largest are white.
    """
    return _table(bits)[values]


@functools.lru_cache(maxsize=8)
def _table(bits: int) -> NDArray[np.uint8]:
    white = (1 << bits) - 1
    levels = np.minimum(np.arange(65536), white)
    return ((levels * 510 + white) // (2 * white)).astype(np.uint8)


def load_rounded(image: ImageFile.ImageFile, data: bytes) -> Image.Image:
    """Decode `image`, opened from `data`, to at most 8 bits a channel, correctly rounded.

    Pillow keeps grey of 16 bits, but of deep colours only the high byte. With the two bytes' order named
    wrongly it keeps the low byte, so a second decoding gives what rounding needs. (256 high + low) / 257 is
    high + (low - high) / 257, which rounds to high, or to one beside it where the bytes differ by over 128.
    Premultiplied alpha, grey with alpha and separate planes are left at the high byte, at most one level from it.

    Raises what Pillow's decoders raise.
    """
    rawmode = _rawmode(image)
    if image.mode in _DEEP_GREY:
        return _grey(image)
    if not rawmode.endswith((";16L", ";16B", ";16N")):
        image.load()
        return image
    _separate_planes_through_libtiff(image, rawmode)
    roundable = not rawmode.startswith(("RGBa", "LA")) and not _has_separate_planes(image)
    low = _second(image, data, rawmode[:-1] + _OTHER_BYTE[rawmode[-1]]) if roundable else None
    image.load()
    if low is None:
        return image
    high = np.asarray(image)
    step = np.asarray(low).astype(np.int16) - high
    rounded = high + (step > 128).view(np.uint8) - (step < -128).view(np.uint8)
    result = Image.fromarray(rounded, image.mode) if image.mode == "CMYK" else Image.fromarray(rounded)
    result.info = _without_key(image)
    return result


def _without_key(image: Image.Image) -> dict[str | tuple[int, int], object]:
    """The picture's info without a transparent colour of 16 bits, which has no meaning among 8-bit pixels."""
    return {name: value for name, value in image.info.items() if name != "transparency"}


def _grey(image: ImageFile.ImageFile) -> Image.Image:
    """Deep grey to mode L. Pillow leaves 12-bit values at 0..4095, and white-is-zero as it stands."""
    tags = image.tag_v2 if isinstance(image, TiffImagePlugin.TiffImageFile) else None
    image.load()
    values = np.asarray(image).astype(np.uint16)
    bits = 12 if tags is not None and tags.get(_BITS_PER_SAMPLE) == (12,) else 16
    levels = to_eight_bits(values, bits)
    if tags is not None and tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO:
        levels = 255 - levels
    result = Image.fromarray(levels)
    result.info = _without_key(image)
    return result


def _rawmode(image: ImageFile.ImageFile) -> str:
    """How Pillow is going to unpack the pixels: "RGB", "RGB;16B"..."""
    if not image.tile:
        return ""
    args = image.tile[0].args
    name = args[0] if isinstance(args, tuple) and args else args
    if _has_separate_planes(image) and isinstance(image, TiffImagePlugin.TiffImageFile):
        # Pillow names the planes one by one and takes their 16 bits for 8 (12.3).
        bits = image.tag_v2.get(_BITS_PER_SAMPLE, ())
        return f"{image.mode};16N" if 16 in bits else str(name)
    return name if isinstance(name, str) else ""


def _has_separate_planes(image: ImageFile.ImageFile) -> bool:
    return isinstance(image, TiffImagePlugin.TiffImageFile) and image.tag_v2.get(_PLANAR) == _SEPARATE_PLANES


def _separate_planes_through_libtiff(image: ImageFile.ImageFile, rawmode: str) -> None:
    """Libtiff reads separate planes of 16 bits rightly, Pillow's own unpacking does not."""
    if not _has_separate_planes(image) or not isinstance(image, TiffImagePlugin.TiffImageFile):
        return
    width_px, height_px = image.tag_v2[256], image.tag_v2[257]
    args = (rawmode, "raw", False, image.tag_v2.offset)
    image.tile = [ImageFile._Tile("libtiff", (0, 0, width_px, height_px), 0, args)]  # pyright: ignore
    image.use_load_libtiff = True


def _second(image: ImageFile.ImageFile, data: bytes, rawmode: str) -> Image.Image:
    """The picture decoded once more under another name for its bytes."""
    again = type(image)(io.BytesIO(data), "")
    tiles = [copy(tile) for tile in again.tile]
    again.tile = [
        tile._replace(args=(rawmode, *tile.args[1:]) if isinstance(tile.args, tuple) else rawmode)
        for tile in tiles
    ]
    again.load()
    return again
