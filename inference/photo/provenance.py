"""What a file says about how its photograph was taken: a few known fields, each cleaned or left out.

A file is not to be trusted, and may name the patient, the photographer or the place. So nothing is passed on
but the fields of `Provenance`: owner, artist, copyright, serial numbers, comments, the name of the device,
GPS, XMP, IPTC and DICOM's patient are never looked at.
"""

import functools
import math
import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inference.photo.photo import Provenance

#: Longest text kept. Names of cameras and lenses stay below it; a convention of this project.
TEXT_LIMIT = 64

#: "Anna's iPhone", addresses, and paths that begin with somebody's home folder.
_PERSONAL = re.compile(r"['’´`?]s\b|@|\\|//|\b(?:home|users)/", re.IGNORECASE)
#: EXIF 2.32: pointer to the camera's own tags, then the tags.
_EXIF_IFD = 0x8769
_MAKE, _MODEL, _SOFTWARE = 0x010F, 0x0110, 0x0131
_EXPOSURE_TIME, _F_NUMBER, _ISO, _TAKEN_AT, _DIGITIZED_AT = 0x829A, 0x829D, 0x8827, 0x9003, 0x9004
_FLASH, _FOCAL_LENGTH, _FOCAL_LENGTH_35MM, _LENS_MODEL = 0x9209, 0x920A, 0xA405, 0xA434

#: Quantization of brightness in ITU-T T.81, table K.1, which IJG's libjpeg scales by quality; row by row.
_K1 = (
    *(16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55),
    *(14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62),
    *(18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92),
    *(49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99),
)


def clean_text(value: object) -> str | None:
    """At most `TEXT_LIMIT` printable characters on one line; None where nothing is left or a person is named."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", errors="ignore")
    if not isinstance(value, str):
        return None
    text = unicodedata.normalize("NFC", _as_utf8(value.split("\0")[0]))
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return None if not text or _PERSONAL.search(text) else text[:TEXT_LIMIT].strip()


def _as_utf8(text: str) -> str:
    """Phones write UTF-8 where EXIF wants ASCII, and Pillow takes it for Latin-1."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def number(value: object, low: float, high: float) -> float | None:
    """A finite number within low .. high, also from a pair or list whose first it is; else None."""
    if isinstance(value, (tuple, list)):
        listed = cast(Sequence[object], value)
        return number(listed[0], low, high) if listed else None
    try:
        found = float(value)  # pyright: ignore[reportArgumentType]
    except (TypeError, ValueError, ArithmeticError):
        return None
    return found if math.isfinite(found) and low <= found <= high else None


def camera_name(make: object, model: object) -> str | None:
    """Maker and model in one, the maker not twice: "Canon EOS R5", "Apple iPhone 14"."""
    maker, name = clean_text(make), clean_text(model)
    if maker is None or name is None:
        return name or maker
    return name if name.lower().startswith(maker.split()[0].lower()) else f"{maker} {name}"[:TEXT_LIMIT]


def iso_time(value: object) -> str | None:
    """EXIF's "2024:05:01 12:34:56" as "2024-05-01T12:34:56"; None where it is no time."""
    text = clean_text(value)
    try:
        return datetime.strptime(text or "", "%Y:%m:%d %H:%M:%S").isoformat()
    except ValueError:
        return None


def from_exif(exif: Image.Exif) -> Provenance:
    """The known fields of an EXIF block; None for each that is missing, damaged or out of any camera's range."""
    try:
        own = exif.get_ifd(_EXIF_IFD)
    except Exception:  # a damaged block; Pillow's parser raises whatever it meets
        own = {}
    focal_mm = number(own.get(_FOCAL_LENGTH), 0.1, 10_000)
    focal_35mm = number(own.get(_FOCAL_LENGTH_35MM), 1, 10_000)
    iso = number(own.get(_ISO), 1, 10_000_000)
    flash = number(own.get(_FLASH), 0, 65_535)
    return Provenance(
        taken_at=iso_time(own.get(_TAKEN_AT)) or iso_time(own.get(_DIGITIZED_AT)),
        camera=camera_name(exif.get(_MAKE), exif.get(_MODEL)),
        lens=clean_text(own.get(_LENS_MODEL)),
        exposure_s=number(own.get(_EXPOSURE_TIME), 1e-7, 10_000),
        f_number=number(own.get(_F_NUMBER), 0.1, 1_000),
        iso=None if iso is None else int(iso),
        focal_length_mm=focal_mm,
        focal_length_35mm_mm=focal_35mm,
        flash=None if flash is None else bool(int(flash) & 1),  # bit 0: fired
        software=clean_text(exif.get(_SOFTWARE)),
    )


def jpeg_quality(table: object) -> int | None:
    """IJG quality 1..100 whose quantization of brightness is nearest to `table` (64 values, row by row).

    libjpeg (jcparam.c) scales table K.1 of ITU-T T.81 by 5000 / q per cent below q = 50 and by 200 - 2 q from
    there, rounded and held within 1..255. Nearest is by the sum of absolute differences: 0 for every writer
    that uses libjpeg's tables, and the most alike for cameras with tables of their own. None without a table.
    """
    found = [int(v) for v in cast(Sequence[int], table)] if isinstance(table, (list, tuple)) else []
    if len(found) != 64:
        return None
    differences = np.abs(_ijg_tables() - np.array(found)).sum(axis=1)
    return 100 - int(np.argmin(differences[::-1]))  # of equal ones the highest


@functools.cache
def _ijg_tables() -> NDArray[np.int64]:
    """(100, 64): the table of each quality from 1."""
    quality = np.arange(1, 101)[:, np.newaxis]
    percent = np.where(quality < 50, 5000 // quality, 200 - 2 * quality)
    return np.clip((np.array(_K1) * percent + 50) // 100, 1, 255)
