"""Small sound files of every kind that `read_photo` meets, to be damaged by tests/fuzz.py."""

import functools
import io
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pillow_heif
from numpy.typing import NDArray
from PIL import Image, ImageCms

from inference.photo.colour import with_primaries
from tests.dicom_files import dicom, in_422, jpeg
from tests.photo_files import skin
from tests.tiff_files import tiff

HEIGHT_PX, WIDTH_PX = 160, 200
RGB = skin(HEIGHT_PX, WIDTH_PX, seed=4)
DEEP = RGB.astype(np.uint16) * 257 + 77
PICTURE = Image.fromarray(RGB)
YCC = np.asarray(PICTURE.convert("YCbCr"))
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def _exif() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x0110] = 6, "Canon", "EOS R5"
    exif.get_ifd(0x8769).update({0x9003: "2024:05:01 12:34:56", 0x8827: 400, 0xA434: "100mm"})
    exif.get_ifd(0x8825).update({1: "N", 2: (47.0, 22.0, 11.0)})
    return exif


def _pillow(kind: str, picture: Image.Image = PICTURE, **options: Any) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


def _heic(mode: str = "RGB", pixels: NDArray[Any] = RGB, **options: Any) -> bytes:
    file = pillow_heif.from_bytes(mode, (WIDTH_PX, HEIGHT_PX), pixels.tobytes())
    stream = io.BytesIO()
    file.save(stream, **{"quality": 60, "exif": _exif().tobytes()} | options)
    return stream.getvalue()


def _two(kind: str, **options: Any) -> bytes:
    return _pillow(
        kind, save_all=True, append_images=[PICTURE.transpose(Image.Transpose.ROTATE_180)], **options
    )


def _palette_dicom() -> bytes:
    indices = PICTURE.quantize(64)
    colours = np.array(indices.getpalette()[: 64 * 3], np.uint8).reshape(64, 3).astype(np.uint16) << 8
    elements: dict[str, Any] = {}
    for name, column in zip(("Red", "Green", "Blue"), colours.T, strict=True):
        elements[f"{name}PaletteColorLookupTableDescriptor"] = [64, 0, 16]
        elements[f"{name}PaletteColorLookupTableData"] = np.ascontiguousarray(column).tobytes()
    return dicom(np.asarray(indices), photometric="PALETTE COLOR", **elements)


def _opencv(ending: str) -> bytes:
    return cv2.imencode(ending, DEEP[..., ::-1])[1].tobytes()


def _with_alpha() -> Image.Image:
    picture = PICTURE.copy()
    picture.putalpha(Image.linear_gradient("L").resize(picture.size))
    return picture


_JPEG: dict[str, Callable[[], bytes]] = {
    "baseline": lambda: _pillow("JPEG", quality=85, exif=_exif(), icc_profile=SRGB),
    "progressive": lambda: _pillow(
        "JPEG", quality=70, progressive=True, subsampling=2, restart_marker_rows=1
    ),
    "cmyk": lambda: _pillow("JPEG", PICTURE.convert("CMYK"), quality=85),
    "grey": lambda: _pillow("JPEG", PICTURE.convert("L"), quality=85),
    "mpo": lambda: _two("MPO", quality=85),
    "display-p3": lambda: _pillow("JPEG", quality=85, icc_profile=with_primaries(12)),
}
_PNG: dict[str, Callable[[], bytes]] = {
    "rgb": lambda: _pillow("PNG", exif=_exif(), icc_profile=SRGB),
    "deep": lambda: _opencv(".png"),
    "deep-grey": lambda: _pillow("PNG", Image.fromarray(DEEP[..., 1])),
    "palette": lambda: _pillow("PNG", PICTURE.quantize(16), transparency=3),
    "alpha": lambda: _pillow("PNG", _with_alpha()),
    "animated": lambda: _two("PNG"),
}
_TIFF: dict[str, Callable[[], bytes]] = {
    "raw": lambda: _pillow("TIFF", exif=_exif(), icc_profile=SRGB),
    "lzw": lambda: _pillow("TIFF", compression="tiff_lzw"),
    "jpeg": lambda: _pillow("TIFF", compression="jpeg"),
    "packbits": lambda: _pillow("TIFF", compression="packbits"),
    "group4": lambda: _pillow("TIFF", PICTURE.convert("1"), compression="group4"),
    "cmyk": lambda: _pillow("TIFF", PICTURE.convert("CMYK"), compression="tiff_adobe_deflate"),
    "deep": lambda: tiff(DEEP),
    "deep-big-endian": lambda: tiff(DEEP, order=">", deflate=True),
    "deep-tiled": lambda: tiff(DEEP, tile_px=64, deflate=True),
    "deep-planes": lambda: tiff(DEEP, separate=True),
    "planes": lambda: tiff(RGB, separate=True, deflate=True),
    "tiled": lambda: tiff(RGB, tile_px=64),
    "deep-lzw": lambda: _opencv(".tif"),
    "deep-grey": lambda: tiff(DEEP[..., :1], photometric=0),
    "pages": lambda: _two("TIFF"),
}
_WEBP: dict[str, Callable[[], bytes]] = {
    "lossy": lambda: _pillow("WEBP", quality=80, exif=_exif(), icc_profile=SRGB),
    "lossless": lambda: _pillow("WEBP", lossless=True),
    "alpha": lambda: _pillow("WEBP", _with_alpha(), quality=80),
    "animated": lambda: _two("WEBP"),
}
_HEIC: dict[str, Callable[[], bytes]] = {
    "420": _heic,
    "444-icc": lambda: _heic(chroma=444, icc_profile=with_primaries(12)),
    "deep": lambda: _heic("RGB;16", DEEP),
    "alpha": lambda: _heic("RGBA", np.asarray(_with_alpha())),
    "grey": lambda: _heic("L", np.ascontiguousarray(RGB[..., 1])),
    "grid": lambda: _heic(tile_size=64),
}
_DICOM: dict[str, Callable[[], bytes]] = {
    "implicit": lambda: dicom(RGB, syntax="implicit", ICCProfile=SRGB, PatientName="Nobody"),
    "explicit-deep": lambda: dicom(DEEP, bits_stored=16),
    "deflated": lambda: dicom(RGB, syntax="deflated"),
    "rle": lambda: dicom(RGB, syntax="rle"),
    "rle-deep": lambda: dicom(DEEP, syntax="rle"),
    "jpeg": lambda: dicom(RGB, syntax="jpeg", photometric="YBR_FULL_422", frame=jpeg(RGB, quality=80)),
    "jpeg-grey": lambda: dicom(np.ascontiguousarray(RGB[..., 1]), syntax="jpeg", photometric="MONOCHROME1"),
    "ybr-422": lambda: dicom(RGB, photometric="YBR_FULL_422", PixelData=in_422(YCC)),
    "palette": _palette_dicom,
    "frames": lambda: dicom(RGB, NumberOfFrames=2, PixelData=RGB.tobytes() * 2),
}
_OTHER: dict[str, dict[str, Callable[[], bytes]]] = {
    "BMP": {
        "rgb": lambda: _pillow("BMP"),
        "palette": lambda: _pillow("BMP", PICTURE.quantize(16)),
        "alpha": lambda: _pillow("BMP", _with_alpha()),
    },
    "GIF": {"still": lambda: _pillow("GIF"), "animated": lambda: _two("GIF")},
    "AVIF": {
        "still": lambda: _pillow("AVIF", quality=60, exif=_exif()),
        "alpha": lambda: _pillow("AVIF", _with_alpha(), quality=60, icc_profile=SRGB),
        "animated": lambda: _two("AVIF"),
    },
}
KINDS: dict[str, dict[str, Callable[[], bytes]]] = {
    "JPEG": _JPEG,
    "PNG": _PNG,
    "TIFF": _TIFF,
    "WebP": _WEBP,
    "HEIC": _HEIC,
    "DICOM": _DICOM,
} | _OTHER


@functools.cache
def seeds() -> dict[str, list[bytes]]:
    """Format -> sound files. Written anew in every run, so that they are what the installed writers write."""
    return {kind: [make() for make in makers.values()] for kind, makers in KINDS.items()}
