"""Formats that Pillow decodes: JPEG, PNG, TIFF, WebP, BMP, AVIF, single-frame GIF.

OpenCV gives the same pixels of a large JPEG no sooner, and fills the missing part of a truncated file with grey
without a word.
"""

from dataclasses import replace
from typing import cast

from PIL import ExifTags, ImageFile, TiffImagePlugin

from inference.errors import PhotoError
from inference.photo.boxes import HDR_ADVICE, av1_bits, is_hdr, nclx_codes
from inference.photo.colour import to_srgb, with_primaries
from inference.photo.decoded import Decoded
from inference.photo.header import open_header
from inference.photo.levels import load_rounded
from inference.photo.photo import Provenance
from inference.photo.provenance import clean_text, from_exif, jpeg_quality

_FORMAT_NAMES = {"MPO": "JPEG", "WEBP": "WebP"}
_BITS_PER_SAMPLE = 258
_TIFF_COMPRESSION = {
    "raw": "none",
    "tiff_lzw": "LZW",
    "tiff_deflate": "deflate",
    "tiff_adobe_deflate": "deflate",
    "jpeg": "JPEG",
    "tiff_jpeg": "JPEG",
    "packbits": "RLE",
}


def read_raster(data: bytes, name: str) -> Decoded:
    """Decode a file of one of `header.FORMATS`. Raises PhotoError, and what Pillow raises for damaged pixels."""
    image = open_header(data, name)
    profile = _signalled_profile(image, data, name)
    picture = load_rounded(image, data)
    provenance = _provenance(image, data)  # after loading: what stands behind a PNG's pixels is known then
    if profile is not None:
        picture.info["icc_profile"] = profile
    picture = to_srgb(picture, name)
    return Decoded(picture, _orientation(image), provenance)  # a TIFF is turned in load, and its tag dropped


def _signalled_profile(image: ImageFile.ImageFile, data: bytes, name: str) -> bytes | None:
    """AVIF says its colours in numbers where it has no ICC profile, which Pillow passes over."""
    codes = nclx_codes(data) if image.format == "AVIF" and not image.info.get("icc_profile") else None
    if codes is None:
        return None
    if is_hdr(codes):
        raise PhotoError(f"{name} {HDR_ADVICE}")
    return with_primaries(codes[0])


def _orientation(image: ImageFile.ImageFile) -> int:
    """EXIF orientation 1..8; 1 where it is missing or the EXIF block is damaged."""
    try:
        value = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # a damaged EXIF block says nothing about the pixels
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _provenance(image: ImageFile.ImageFile, data: bytes) -> Provenance:
    try:
        known = from_exif(image.getexif())
    except Exception:  # a damaged EXIF block
        known = Provenance()
    quantization: dict[int, object] = getattr(image, "quantization", None) or {}
    return replace(
        known,
        format=_FORMAT_NAMES.get(str(image.format), image.format),
        bits_per_channel=_bits_per_channel(image, data),
        compression=_compression(image, data),
        jpeg_quality=jpeg_quality(quantization.get(0)),
        bits_per_px=8 * len(data) / (image.width * image.height),
        software=known.software or clean_text(image.info.get("Software")),  # PNG's own keyword
    )


def _bits_per_channel(image: ImageFile.ImageFile, data: bytes) -> int | None:
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        bits = image.tag_v2.get(_BITS_PER_SAMPLE, (1,))
        return int(cast(tuple[int, ...], bits)[0]) if isinstance(bits, tuple) and bits else None
    if image.format == "PNG":
        return data[24]  # IHDR comes first: width, height, bits
    if image.format == "AVIF":
        return av1_bits(data)
    return 8


def _compression(image: ImageFile.ImageFile, data: bytes) -> str | None:
    kind = image.info.get("compression")
    match image.format:
        case "JPEG" | "MPO":
            return "JPEG"
        case "PNG":
            return "deflate"
        case "TIFF":
            return _TIFF_COMPRESSION.get(str(kind), clean_text(kind))
        case "WEBP":
            return "lossless" if _is_lossless_webp(data) else "lossy"
        case "BMP":
            return "none" if kind in (0, 3, None) else "RLE"
        case "GIF":
            return "LZW"
        case "AVIF":
            return "AV1"
        case _:
            return None


def _is_lossless_webp(data: bytes) -> bool:
    """Whether the picture's chunk is VP8L; RIFF chunks are a name, a length and as many bytes, made even."""
    place = 12
    while place + 8 <= len(data):
        kind = data[place : place + 4]
        if kind in (b"VP8L", b"VP8 "):
            return kind == b"VP8L"
        place += 8 + (int.from_bytes(data[place + 4 : place + 8], "little") + 1) // 2 * 2
    return False
