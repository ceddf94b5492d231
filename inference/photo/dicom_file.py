"""A DICOM file opened with care: the transfer syntax, a bounded inflation, and only the elements asked for."""

import importlib
import io
import warnings
import zlib
from collections.abc import Sequence
from typing import Any

from inference.errors import PhotoError

#: PS3.5, annex A, and PS3.6: what can be read.
IMPLICIT, EXPLICIT, DEFLATED = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99"
RLE, JPEG_BASELINE, JPEG_EXTENDED = "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51"
SYNTAXES = (IMPLICIT, EXPLICIT, DEFLATED, RLE, JPEG_BASELINE, JPEG_EXTENDED)
#: Most that a deflated file may grow to, as for any file held in memory.
INFLATED_LIMIT_BYTES = 500_000_000

_PREAMBLE_BYTES = 128
_TRANSFER_SYNTAX = b"\x02\x00\x10\x00"
_LONG_LENGTHS = (b"OB", b"OW", b"OF", b"OD", b"OL", b"SQ", b"UC", b"UN", b"UR", b"UT")


def is_dicom(data: bytes) -> bool:
    """Whether the mark of PS3.10 stands behind the preamble."""
    return data[_PREAMBLE_BYTES : _PREAMBLE_BYTES + 4] == b"DICM"


def open_dicom(data: bytes, name: str, tags: Sequence[int]) -> tuple[Any, str]:
    """The elements `tags` as a pydicom dataset, and the transfer syntax.

    Raises PhotoError when pydicom is not installed or the pixels are coded in a way that is not read.
    """
    try:
        filereader: Any = importlib.import_module("pydicom.filereader")
        config: Any = importlib.import_module("pydicom.config")
    except ImportError as error:
        raise PhotoError(
            f"{name} is a DICOM file: install what reads it with pip install 'cicatrix[dicom]', or export "
            "the picture as JPEG or PNG."
        ) from error
    config.settings.reading_validation_mode = config.IGNORE
    syntax, start = _file_meta(data, name)
    if syntax not in SYNTAXES:
        raise PhotoError(
            f"{name} has DICOM pixels coded in a way that is not read (transfer syntax {syntax or 'missing'}): "
            "export it uncompressed, as JPEG baseline, or as a PNG."
        )
    body = _inflate(data[start:], name) if syntax == DEFLATED else data[start:]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what is missing is refused in our words
        dataset = filereader.read_dataset(
            io.BytesIO(body), syntax == IMPLICIT, True, specific_tags=list(tags)
        )
    return dataset, syntax


def _file_meta(data: bytes, name: str) -> tuple[str, int]:
    """Transfer syntax, and where the dataset starts. Group 2 is explicit little endian in every file."""
    place, syntax = _PREAMBLE_BYTES + 4, ""
    while data[place : place + 2] == b"\x02\x00":
        if data[place + 4 : place + 6] in _LONG_LENGTHS:
            start, length = place + 12, int.from_bytes(data[place + 8 : place + 12], "little")
        else:
            start, length = place + 8, int.from_bytes(data[place + 6 : place + 8], "little")
        if data[place : place + 4] == _TRANSFER_SYNTAX:
            raw = data[start : start + min(length, 64)]
            syntax = "".join(c for c in raw.decode("ascii", errors="ignore") if c.isdigit() or c == ".")
        place = start + length
    if place > len(data):
        raise PhotoError(f"{name} is damaged or cut short: copy it again from where it was exported.")
    return syntax, place


def _inflate(data: bytes, name: str) -> bytes:
    """PS3.5, annex A.5: the dataset is one raw deflate stream."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    body = inflater.decompress(data, INFLATED_LIMIT_BYTES)
    if inflater.unconsumed_tail:
        raise PhotoError(
            f"{name} inflates to more than {INFLATED_LIMIT_BYTES / 1e6:.0f} MB: export it as JPEG."
        )
    return body
