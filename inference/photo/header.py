"""Open a picture lazily and refuse what must not be decoded: the size is read before any pixel is."""

import io

from PIL import Image, ImageFile, TiffImagePlugin

from inference.errors import PhotoError

#: Formats that hold photographs, in the order tried. The file's content decides, never its name.
FORMATS: tuple[str, ...] = ("JPEG", "PNG", "TIFF", "WEBP", "BMP", "GIF", "AVIF")
#: 8000 x 10000, decoded in about 0.8 GB. Below the 89 megapixels where Pillow begins to warn.
PIXEL_LIMIT = 80_000_000
#: Shortest side that can be measured: across a 110 mm frame, 64 px are 1.7 mm each, as large as an icepick.
MIN_SIDE_PX = 64
#: A longer strip is a cut-out, not a photograph of skin, and would be a few pixels wide at working resolution.
MAX_ASPECT = 20

#: TIFF 6.0 tag; bit 0 says that the picture is a smaller copy of another. DNG and NEF begin with one.
_NEW_SUBFILE_TYPE = 254
_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")


def open_header(data: bytes, name: str) -> ImageFile.ImageFile:
    """The picture in `data` (a whole file), its header read and its pixels not yet.

    Raises PhotoError, with `name` in its message, for what is no picture, too large, too small or animated.
    """
    if not data:
        raise PhotoError(f"{name} is empty (0 bytes): copy it again from the camera.")
    image = _identify(data)
    if image is None:
        raise PhotoError(f"{name} is not a picture that can be read: {_advice(data)}")
    _check_size(image.width, image.height, name)
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


def _check_size(width_px: int, height_px: int, name: str) -> None:
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


def _frame_count(image: ImageFile.ImageFile) -> int:
    try:
        return int(getattr(image, "n_frames", 1))
    except Exception:  # a damaged list of pages; whether the first can be decoded is seen later
        return 1


def _is_raw_thumbnail(image: ImageFile.ImageFile) -> bool:
    kind = image.tag_v2.get(_NEW_SUBFILE_TYPE) if isinstance(image, TiffImagePlugin.TiffImageFile) else None
    return isinstance(kind, int) and kind & 1 == 1


def _advice(data: bytes) -> str:
    if data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS:
        return "HEIC is not supported, export it as JPEG."
    return "it may be damaged or of another kind. Use JPEG, PNG, TIFF, WebP or BMP."
