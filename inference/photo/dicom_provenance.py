"""What a DICOM file says about how its photograph was taken; the same few fields as from EXIF, cleaned alike."""

import re
from datetime import datetime
from typing import Any

from inference.photo.dicom_file import DEFLATED, JPEG_BASELINE, JPEG_EXTENDED, RLE
from inference.photo.dicom_pixels import Layout
from inference.photo.photo import Provenance
from inference.photo.provenance import camera_name, clean_text, number

_ACQUIRED_AT, _ACQUISITION, _CONTENT = 0x0008002A, (0x00080022, 0x00080032), (0x00080023, 0x00080033)
_MAKER, _MODEL, _SOFTWARE = 0x00080070, 0x00081090, 0x00181020
# PS3.3, C.8.12.15: what a camera writes into EXIF, in group 0016.
_EXPOSURE_S, _F_NUMBER, _FLASH, _SENSITIVITY = 0x00160004, 0x00160005, 0x00160011, 0x00160018
_FOCAL_LENGTH, _FOCAL_LENGTH_35MM, _LENS_MODEL = 0x00160029, 0x00160045, 0x00160050
PROVENANCE_TAGS = (
    *(_ACQUIRED_AT, *_ACQUISITION, *_CONTENT, _MAKER, _MODEL, _SOFTWARE, _EXPOSURE_S, _F_NUMBER, _FLASH),
    *(_SENSITIVITY, _FOCAL_LENGTH, _FOCAL_LENGTH_35MM, _LENS_MODEL),
)
_COMPRESSION = {RLE: "RLE", DEFLATED: "deflate", JPEG_BASELINE: "JPEG", JPEG_EXTENDED: "JPEG"}


def dicom_provenance(
    dataset: Any, syntax: str, layout: Layout, file_bytes: int, quality: int | None
) -> Provenance:
    """The known fields; None for each that is missing or damaged."""
    iso = number(_loose(dataset, _SENSITIVITY), 1, 10_000_000)
    flash = number(_loose(dataset, _FLASH), 0, 65_535)
    return Provenance(
        format="DICOM",
        taken_at=_taken_at(dataset),
        camera=camera_name(_loose(dataset, _MAKER), _loose(dataset, _MODEL)),
        lens=clean_text(_loose(dataset, _LENS_MODEL)),
        exposure_s=number(_loose(dataset, _EXPOSURE_S), 1e-7, 10_000),
        f_number=number(_loose(dataset, _F_NUMBER), 0.1, 1_000),
        iso=None if iso is None else int(iso),
        focal_length_mm=number(_loose(dataset, _FOCAL_LENGTH), 0.1, 10_000),
        focal_length_35mm_mm=number(_loose(dataset, _FOCAL_LENGTH_35MM), 1, 10_000),
        flash=None if flash is None else bool(int(flash) & 1),
        bits_per_channel=layout.bits_stored,
        compression=_COMPRESSION.get(syntax, "none"),
        jpeg_quality=quality,
        bits_per_px=8 * file_bytes / (layout.width_px * layout.height_px),
        software=clean_text(_loose(dataset, _SOFTWARE)),
    )


def _loose(dataset: Any, tag: int) -> Any:
    """A value that may be missing or damaged without cost: None then. Texts as plain strings."""
    try:
        value = dataset[tag].value if tag in dataset else None
    except Exception:  # pydicom's converters raise whatever they meet
        return None
    if value is None or isinstance(value, (bytes, int, float)):
        return value
    return str(value)


def _taken_at(dataset: Any) -> str | None:
    """Acquisition, else content: "20240501123456.000+0100" as "2024-05-01T12:34:56", the zone left out."""
    pairs = [_loose(dataset, _ACQUIRED_AT)]
    for date, time in (_ACQUISITION, _CONTENT):
        pairs.append(f"{_loose(dataset, date) or ''}{_loose(dataset, time) or ''}")
    for text in pairs:
        found = re.match(r"(\d{14})(?:\D|$)", str(text or ""))
        try:
            if found:
                return datetime.strptime(found[1], "%Y%m%d%H%M%S").isoformat()
        except ValueError:
            continue
    return None
