"""Open a picture lazily and refuse what must not be decoded: the size is read before any pixel is."""

import io
from typing import cast

from PIL import Image, ImageFile, TiffImagePlugin

from inference.errors import PhotoError

#: What can be read, in words.
KINDS = "JPEG, PNG, HEIC, TIFF, WebP, BMP or DICOM"
#: Formats that hold photographs, in the order tried. The file's content decides, never its name.
FORMATS: tuple[str, ...] = ("JPEG", "PNG", "TIFF", "WEBP", "BMP", "GIF", "AVIF")
#: 8000 x 10000, decoded in about 0.8 GB. Below the 89 megapixels where Pillow begins to warn.
PIXEL_LIMIT = 80_000_000
#: Shortest side that can be measured: across a 110 mm frame, 64 px are 1.7 mm each, as large as an icepick.
MIN_SIDE_PX = 64
#: Decoded pixels as the file stores them: `PIXEL_LIMIT` pixels of four channels of 16 bits.
DECODED_LIMIT_BYTES = PIXEL_LIMIT * 8
#: A photograph is never compressed by more than about 100 (JPEG at its lowest quality). Beyond this ratio, and
#: above this size, the file was made to fill the memory. A convention of this project.
RATIO_LIMIT, RATIO_CHECKED_FROM_BYTES = 2_000, 50_000_000
#: A tile of a tiled TIFF is decoded whole: libtiff takes memory for one that is far larger than the picture.
TILE_LIMIT_PX = 4_096 * 4_096
#: A longer strip is a cut-out, not a photograph of skin, and would be a few pixels wide at working resolution.
MAX_ASPECT = 20

#: TIFF 6.0 tag; bit 0 says that the picture is a smaller copy of another. DNG and NEF begin with one.
_NEW_SUBFILE_TYPE = 254
_BITS_PER_SAMPLE, _TILE_WIDTH, _TILE_LENGTH = 258, 322, 323


def open_header(data: bytes, name: str) -> ImageFile.ImageFile:
    """The picture in `data` (a whole file), its header read and its pixels not yet.

    Raises PhotoError, with `name` in its message, for what is no picture, too large, too small or animated.
    """
    if not data:
        raise PhotoError(f"{name} is empty (0 bytes): copy it again from the camera.")
    image = _identify(data)
    if image is None:
        raise PhotoError(
            f"{name} is not a picture that can be read: it may be damaged or of another kind. Use {KINDS}."
        )
    check_size(image.width, image.height, name)
    check_memory(image.width * image.height * _bits_per_px(image) // 8, len(data), name)
    _check_tiles(image, name)
    # MPO is a phone's JPEG with a second picture (depth, gain map) behind the photograph.
    if image.format != "MPO" and _frame_count(image) > 1:
        raise PhotoError(f"{name} holds several pages or frames: save the one to measure as its own file.")
    if _is_raw_thumbnail(image):
        raise PhotoError(f"{name} is a raw file with a thumbnail in front: develop it and export it as JPEG.")
    return image


def _identify(data: bytes) -> ImageFile.ImageFile | None:
    """Try each format's own reader. `Image.open` is not used: it refuses large pictures in Pillow's words."""
    Image.init()
    for name in FORMATS:
        if name not in Image.OPEN:  # AVIF is missing from some builds of Pillow
            continue
        factory, accept = Image.OPEN[name]
        if accept is not None and accept(data[:16]) is not True:
            continue
        try:
            return factory(io.BytesIO(data), "")
        except Exception:  # readers raise whatever their parser meets: SyntaxError, struct.error, KeyError...
            continue
    return None


def check_size(width_px: int, height_px: int, name: str) -> None:
    """Raises PhotoError for a picture too large to decode or too small or too narrow to measure."""
    if width_px * height_px > PIXEL_LIMIT:
        raise PhotoError(
            f"{name} has {width_px} x {height_px} pixels, over the limit of {PIXEL_LIMIT / 1e6:.0f} "
            "megapixels: export it smaller, or crop it to the skin to be measured."
        )
    if min(width_px, height_px) < MIN_SIDE_PX:
        raise PhotoError(
            f"{name} is too small to measure ({width_px} x {height_px} pixels, at least {MIN_SIDE_PX} "
            "a side): use the original photograph, not a thumbnail."
        )
    if max(width_px, height_px) > MAX_ASPECT * min(width_px, height_px):
        raise PhotoError(
            f"{name} is a strip of {width_px} x {height_px} pixels: use the whole photograph, not a cut-out."
        )


def check_memory(decoded_bytes: int, file_bytes: int, name: str) -> None:
    """Raises PhotoError when the decoded pixels would take too much memory, or too much for such a file."""
    bloated = decoded_bytes > max(RATIO_CHECKED_FROM_BYTES, RATIO_LIMIT * file_bytes)
    if decoded_bytes > DECODED_LIMIT_BYTES or bloated:
        raise PhotoError(
            f"{name} would fill {decoded_bytes / 1e6:.0f} MB from a file of {file_bytes / 1e6:.1f} MB, over the "
            "limit for a photograph: export it again as JPEG."
        )


def _bits_per_px(image: ImageFile.ImageFile) -> int:
    """Bits of a pixel when decoded: as stored in a TIFF, else those of Pillow's mode."""
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        bits = image.tag_v2.get(_BITS_PER_SAMPLE, (1,))
        if isinstance(bits, tuple):
            return max(sum(int(b) for b in cast(tuple[int, ...], bits)), 8)
    return 16 if image.mode.startswith("I;16") else 8 * len(image.getbands())


def _check_tiles(image: ImageFile.ImageFile, name: str) -> None:
    if not isinstance(image, TiffImagePlugin.TiffImageFile):
        return
    sides = [image.tag_v2.get(tag) for tag in (_TILE_WIDTH, _TILE_LENGTH)]
    if any(isinstance(side, int) for side in sides):
        width_px, height_px = (side if isinstance(side, int) else 0 for side in sides)
        if not 0 < width_px * height_px <= TILE_LIMIT_PX:
            raise PhotoError(f"{name} is damaged: its tiles have {width_px} x {height_px} pixels.")


def _frame_count(image: ImageFile.ImageFile) -> int:
    try:
        return int(getattr(image, "n_frames", 1))
    except Exception:  # a damaged list of pages; whether the first can be decoded is seen later
        return 1


def _is_raw_thumbnail(image: ImageFile.ImageFile) -> bool:
    kind = image.tag_v2.get(_NEW_SUBFILE_TYPE) if isinstance(image, TiffImagePlugin.TiffImageFile) else None
    return isinstance(kind, int) and kind & 1 == 1
