"""Any decoded picture -> 8-bit sRGB. Conversions are fixed: none looks at the picture's own range."""

import functools
import io
import logging
import struct
from typing import cast

import numpy as np
from PIL import Image, ImageCms

from inference.errors import PhotoError

_log = logging.getLogger(__name__)

_LEVELS = np.arange(256) / 255
#: Linear light of each 8-bit sRGB level, IEC 61966-2-1.
LINEAR_OF_LEVEL = np.where(_LEVELS <= 0.04045, _LEVELS / 12.92, ((_LEVELS + 0.055) / 1.055) ** 2.4).astype(
    np.float32
)

_INTENT = ImageCms.Intent.RELATIVE_COLORIMETRIC
_FLAGS = ImageCms.Flags.BLACKPOINTCOMPENSATION
#: ITU-T H.273, table 2, of the primaries other than sRGB's (1) that cameras use: x and y of red, green and blue.
_PRIMARIES = {
    9: ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),  # BT.2020
    12: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),  # Display P3
}
#: Bradford's adaptation of XYZ from the white D65 to the D50 of ICC profiles (ICC.1:2022, annex E).
_D65_TO_D50 = np.array(
    (
        (1.0478112, 0.0228866, -0.0501270),
        (0.0295424, 0.9904844, -0.0170491),
        (-0.0092345, 0.0150436, 0.7521316),
    )
)
_D65_XYZ = np.array((0.3127 / 0.3290, 1.0, (1 - 0.3127 - 0.3290) / 0.3290))


def to_srgb(image: Image.Image, name: str) -> Image.Image:
    """Mode RGB, sRGB, alpha laid over white; an embedded ICC profile is applied.

    Raises PhotoError for pixels without a fixed white (floating point, 32-bit integers).
    """
    profile = image.info.get("icc_profile")
    image = _eight_bit(image, name)
    if isinstance(profile, bytes) and profile:
        image = _apply_profile(image, profile, name)
    if image.mode == "LAB":
        raise PhotoError(f"{name} is in L*a*b* colours without a usable profile: export it as sRGB.")
    return image if image.mode == "RGB" else image.convert("RGB")


@functools.lru_cache(maxsize=8)
def with_primaries(code: int) -> bytes | None:
    """ICC profile with sRGB's curve and the primaries of this number in ITU-T H.273; None where it is sRGB's own.

    Unknown primaries are taken for sRGB's. The transfers that cameras write for ordinary pictures (BT.709's,
    sRGB's) are shown alike by every viewer, so sRGB's curve stands for them.
    """
    if code not in _PRIMARIES:
        return None
    xyz = np.array([(x / y, 1.0, (1 - x - y) / y) for x, y in _PRIMARIES[code]]).T
    adapted = _D65_TO_D50 @ (xyz * np.linalg.solve(xyz, _D65_XYZ))
    profile = bytearray(ImageCms.ImageCmsProfile(cast(object, ImageCms.createProfile("sRGB"))).tobytes())  # pyright: ignore
    for tag, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), adapted.T, strict=True):
        entry = profile.index(tag, 128)
        start = int.from_bytes(profile[entry + 4 : entry + 8], "big") + 8
        fixed = [round(65536 * float(value)) for value in column]  # ICC's s15Fixed16
        profile[start : start + 12] = struct.pack(">3i", *fixed)
    return bytes(profile)


def _eight_bit(image: Image.Image, name: str) -> Image.Image:
    """One of the modes L, RGB, CMYK, LAB; alpha laid over white."""
    if image.mode in ("I", "F"):
        raise PhotoError(f"{name} has 32-bit pixels without a defined white: export it as 8 or 16 bits.")
    if image.mode in ("LA", "La", "RGBA", "RGBa", "PA") or "transparency" in image.info:
        return _over_white(image.convert("RGBA"))
    if image.mode in ("L", "RGB", "CMYK", "LAB"):
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def _over_white(image: Image.Image) -> Image.Image:
    white = Image.new("RGB", image.size, (255, 255, 255))
    white.paste(image, mask=image.getchannel("A"))
    return white


def _apply_profile(image: Image.Image, profile: bytes, name: str) -> Image.Image:
    """The picture in sRGB, or as it was when the profile is damaged or belongs to other colours."""
    try:
        transform = _to_srgb_transform(profile, image.mode)
        if transform is None:
            return image
        if image.mode == "RGB":  # in place saves a copy; the file's picture is not used again
            ImageCms.applyTransform(image, transform, inPlace=True)
            return image
        return ImageCms.applyTransform(image, transform) or image
    except (ImageCms.PyCMSError, OSError, ValueError) as error:
        _log.warning("%s: its colour profile is not usable (%s); read as sRGB", name, error)
        return image


@functools.lru_cache(maxsize=8)
def _to_srgb_transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """Transform to sRGB, or None where it would change nothing, as for the many profiles that are sRGB."""
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    # Pillow leaves the type of the profiles it makes open.
    target = cast(ImageCms.ImageCmsProfile, ImageCms.createProfile("sRGB"))  # pyright: ignore
    transform = ImageCms.buildTransform(source, target, mode, "RGB", _INTENT, _FLAGS)
    if mode != "RGB":
        return transform
    levels = np.linspace(0, 255, 17).astype(np.uint8)
    grid = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(17, -1, 3)
    moved = np.asarray(ImageCms.applyTransform(Image.fromarray(grid), transform))
    changed = np.abs(moved.astype(np.int16) - grid.astype(np.int16)).max()
    return transform if changed > 1 else None
