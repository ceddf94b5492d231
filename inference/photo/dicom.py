"""DICOM photographs: VL Photographic and Secondary Capture, one frame. pydicom takes the file apart; the pixels are
decoded by Pillow and numpy. Of patient, place and people no element is even looked up.

Window and rescale are not applied: a photograph's stored values are its colours. DICOM's matrix stands upright, so
an orientation inside a JPEG frame is passed over.
"""

import logging
from typing import Any

from PIL import Image

from inference.errors import PhotoError
from inference.photo.colour import to_srgb
from inference.photo.decoded import Decoded
from inference.photo.dicom_file import JPEG_BASELINE, JPEG_EXTENDED, RLE, is_dicom, open_dicom
from inference.photo.dicom_pixels import Layout, jpeg_frame, native_frame, rle_frame
from inference.photo.dicom_provenance import PROVENANCE_TAGS, dicom_provenance
from inference.photo.header import check_memory, check_size
from inference.photo.provenance import clean_text, jpeg_quality

_log = logging.getLogger(__name__)

__all__ = ["is_dicom", "read_dicom"]

#: SOP classes that hold photographs (PS3.4, B.5): VL Photographic, Secondary Capture and its multi-frame kinds, of
#: which a single frame is read.
PHOTOGRAPHS = (
    "1.2.840.10008.5.1.4.1.1.77.1.4",
    "1.2.840.10008.5.1.4.1.1.7",
    "1.2.840.10008.5.1.4.1.1.7.2",
    "1.2.840.10008.5.1.4.1.1.7.3",
    "1.2.840.10008.5.1.4.1.1.7.4",
)

_SOP_CLASS, _FRAMES, _ROWS, _COLUMNS = 0x00080016, 0x00280008, 0x00280010, 0x00280011
_SAMPLES, _PHOTOMETRIC, _PLANAR = 0x00280002, 0x00280004, 0x00280006
_BITS_ALLOCATED, _BITS_STORED, _SIGNED = 0x00280100, 0x00280101, 0x00280103
_PALETTES = tuple((0x00281101 + i, 0x00281201 + i) for i in range(3))
_ICC_PROFILE, _PIXELS = 0x00282000, 0x7FE00010
_READ = (
    *(_SOP_CLASS, _FRAMES, _ROWS, _COLUMNS, _SAMPLES, _PHOTOMETRIC, _PLANAR, _BITS_ALLOCATED, _BITS_STORED),
    *(_SIGNED, _ICC_PROFILE, _PIXELS, *(tag for pair in _PALETTES for tag in pair), *PROVENANCE_TAGS),
)


def read_dicom(data: bytes, name: str) -> Decoded:
    """Decode the only frame. Raises PhotoError, and what pydicom and Pillow raise for a damaged file."""
    dataset, syntax = open_dicom(data, name, _READ)
    if str(_value(dataset, _SOP_CLASS)) not in PHOTOGRAPHS:
        raise PhotoError(
            f"{name} is a DICOM file of another kind than a photograph (VL Photographic, Secondary Capture): "
            "export the picture as JPEG or PNG."
        )
    layout = _layout(dataset, len(data), name)
    pixels = _value(dataset, _PIXELS)
    if not isinstance(pixels, bytes) or not pixels:
        raise PhotoError(f"{name} holds no picture, or is cut short: export it again.")
    quality: int | None = None
    if syntax in (JPEG_BASELINE, JPEG_EXTENDED):
        picture, tables = jpeg_frame(pixels, layout, name)
        quality = jpeg_quality(tables.get(0))
    else:
        picture = (rle_frame if syntax == RLE else native_frame)(pixels, layout)
    profile = _value(dataset, _ICC_PROFILE)
    if isinstance(profile, bytes) and profile:
        picture.info["icc_profile"] = profile.rstrip(b"\0") if len(profile) < 128 else profile
    provenance = dicom_provenance(dataset, syntax, layout, len(data), quality)
    if picture.mode == "YCbCr":
        picture = _in_rgb(picture)
    return Decoded(to_srgb(picture, name), 1, provenance)


def _in_rgb(picture: Image.Image) -> Image.Image:
    """YBR_FULL is JFIF's YCbCr (PS3.3, C.7.6.3.1.2)."""
    converted = picture.convert("RGB")
    converted.info = picture.info
    return converted


def _value(dataset: Any, tag: int) -> Any:
    """The element's value, or None where it is missing."""
    return dataset[tag].value if tag in dataset else None


def _integer(dataset: Any, tag: int, default: int) -> int:
    value = _value(dataset, tag)
    return default if value is None else int(value)


def _layout(dataset: Any, file_bytes: int, name: str) -> Layout:
    """How the pixels are stored, checked before any is decoded."""
    frames = _integer(dataset, _FRAMES, 1)
    if frames > 1:
        raise PhotoError(f"{name} holds {frames} frames: export the one to measure as its own file.")
    layout = Layout(
        width_px=_integer(dataset, _COLUMNS, 0),
        height_px=_integer(dataset, _ROWS, 0),
        samples=_integer(dataset, _SAMPLES, 1),
        photometric=clean_text(_value(dataset, _PHOTOMETRIC)) or "",
        by_plane=_integer(dataset, _PLANAR, 0) == 1,
        bits_allocated=_integer(dataset, _BITS_ALLOCATED, 8),
        bits_stored=_integer(dataset, _BITS_STORED, 8),
        palette=tuple((_value(dataset, d), _value(dataset, v)) for d, v in _PALETTES),
    )
    check_size(layout.width_px, layout.height_px, name)
    layout.check(_integer(dataset, _SIGNED, 0), name)
    decoded_bytes = layout.width_px * layout.height_px * layout.samples * layout.bits_allocated // 8
    check_memory(decoded_bytes, file_bytes, name)
    return layout
