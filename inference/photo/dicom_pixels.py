"""DICOM's pixel data -> a Pillow picture of 8 bits, for each way of storing that is read (PS3.5, chapter 8)."""

import importlib
import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inference.errors import PhotoError
from inference.photo.header import open_header
from inference.photo.levels import to_eight_bits

_GREY = ("MONOCHROME1", "MONOCHROME2")
_COLOUR = ("RGB", "YBR_FULL", "YBR_FULL_422")
_PALETTE = "PALETTE COLOR"


@dataclass(frozen=True, slots=True)
class Layout:
    """How the pixels are stored. by_plane: all red, then all green... palette: descriptor and entries by channel."""

    width_px: int
    height_px: int
    samples: int
    photometric: str
    by_plane: bool
    bits_allocated: int
    bits_stored: int
    palette: tuple[tuple[Any, Any], ...]

    def check(self, signed: int, name: str) -> None:
        """Raises PhotoError for a combination that no photograph has."""
        known = self.photometric in (_GREY if self.samples == 1 else _COLOUR)
        known |= self.samples == 1 and self.photometric == _PALETTE
        deep = self.bits_allocated in (8, 16) and 8 <= self.bits_stored <= self.bits_allocated
        if not (known and self.samples in (1, 3) and deep) or signed:
            raise PhotoError(
                f"{name} stores its colours in a way that is not read ({self.photometric or 'unknown'}, "
                f"{self.samples} x {self.bits_stored} bits): export the picture as JPEG or PNG."
            )


def jpeg_frame(pixels: bytes, layout: Layout, name: str) -> tuple[Image.Image, dict[int, Any]]:
    """The frame as any JPEG file, with the same checks, and its quantization tables.

    A frame with neither JFIF's nor Adobe's mark is decoded as the file says: libjpeg would guess YCbCr.
    """
    encaps: Any = importlib.import_module("pydicom.encaps")
    frame = next(encaps.generate_frames(pixels, number_of_frames=1))
    image = open_header(frame, name)
    if image.format not in ("JPEG", "MPO") or image.size != (layout.width_px, layout.height_px):
        raise PhotoError(f"{name} is damaged: its frame is not the picture that its header describes.")
    if layout.photometric == "RGB" and not {"jfif", "adobe_transform"} & set(image.info):
        image.tile = [tile._replace(args=("RGB", "RGB")) for tile in image.tile]
    tables: dict[int, Any] = dict(getattr(image, "quantization", {}))
    image.load()
    if layout.photometric == "MONOCHROME1":
        return Image.fromarray(255 - np.asarray(image.convert("L"))), tables
    return image, tables


def native_frame(pixels: bytes, layout: Layout) -> Image.Image:
    """Uncompressed pixels, little endian. Raises ValueError when there are too few."""
    w, h = layout.width_px, layout.height_px
    dtype = np.dtype("<u2" if layout.bits_allocated == 16 else "u1")
    if layout.photometric == "YBR_FULL_422":
        return _from_422(pixels, layout)
    values = np.frombuffer(pixels, dtype, count=w * h * layout.samples)
    if layout.samples == 1:
        return _picture(values.reshape(h, w), layout)
    if layout.by_plane:
        return _picture(values.reshape(3, h, w).transpose(1, 2, 0), layout)
    return _picture(values.reshape(h, w, 3), layout)


def _from_422(pixels: bytes, layout: Layout) -> Image.Image:
    """Two pixels share their colour: Y Y Cb Cr (PS3.3, C.7.6.3.1.2)."""
    w, h = layout.width_px, layout.height_px
    if w % 2 or layout.bits_allocated != 8:
        raise ValueError("YBR_FULL_422 of an odd width or of 16 bits")
    pairs = np.frombuffer(pixels, np.uint8, count=2 * w * h).reshape(h, w // 2, 4)
    full = np.empty((h, w, 3), np.uint8)
    full[..., 0] = pairs[..., :2].reshape(h, w)
    full[..., 1:] = np.repeat(pairs[..., 2:], 2, axis=1)
    return Image.frombytes("YCbCr", (w, h), full.tobytes())


def rle_frame(pixels: bytes, layout: Layout) -> Image.Image:
    """PS3.5, annex G: a segment for each byte of each channel, the high byte first, packed row by row.

    Pillow unpacks no more than the picture holds, so that a segment cannot fill the memory.
    Raises ValueError when segments are missing or damaged.
    """
    encaps: Any = importlib.import_module("pydicom.encaps")
    frame: bytes = next(encaps.generate_frames(pixels, number_of_frames=1))
    header = np.frombuffer(frame, "<u4", count=16)
    depth = layout.bits_allocated // 8
    count = layout.samples * depth
    if int(header[0]) != count:
        raise ValueError(f"{int(header[0])} segments for {count} bytes a pixel")
    bounds = [int(at) for at in header[1 : count + 1]] + [len(frame)]
    size = (layout.width_px, layout.height_px)
    planes = [
        np.asarray(Image.frombytes("L", size, frame[start:end], "packbits", "L"))
        for start, end in itertools.pairwise(bounds)
    ]
    channels = [
        planes[i] if depth == 1 else _sixteen(planes[2 * i], planes[2 * i + 1]) for i in range(layout.samples)
    ]
    return _picture(channels[0] if layout.samples == 1 else np.stack(channels, axis=-1), layout)


def _sixteen(high: NDArray[np.uint8], low: NDArray[np.uint8]) -> NDArray[np.uint16]:
    return (high.astype(np.uint16) << np.uint16(8)) | low


def _picture(values: NDArray[np.uint8] | NDArray[np.uint16], layout: Layout) -> Image.Image:
    """(h, w) or (h, w, 3) stored values to a picture of mode L, RGB or YCbCr."""
    used = values.astype(np.uint16) & np.uint16((1 << layout.bits_stored) - 1)
    if layout.photometric == _PALETTE:
        return Image.fromarray(_looked_up(used, layout))
    levels = to_eight_bits(used, layout.bits_stored)
    if layout.photometric == "MONOCHROME1":
        levels = 255 - levels
    if layout.photometric == "RGB" or layout.samples == 1:
        return Image.fromarray(levels)
    h, w = levels.shape[:2]
    return Image.frombytes("YCbCr", (w, h), np.ascontiguousarray(levels).tobytes())


def _looked_up(indices: NDArray[np.uint16], layout: Layout) -> NDArray[np.uint8]:
    """Colours by index (PS3.3, C.7.6.3.1.5): values below the first entry take it, those above the last the last.

    Raises ValueError for a palette that is missing, or packed in segments.
    """
    channels: list[NDArray[np.uint8]] = []
    for descriptor, entries in layout.palette:
        if descriptor is None or not isinstance(entries, bytes):
            raise ValueError("a palette without entries")
        count, first, bits = (int(v) for v in descriptor)
        count = count or 65536
        if bits not in (8, 16):
            raise ValueError(f"a palette of {bits} bits")
        wide = bits == 16 or len(entries) >= 2 * count
        table = np.frombuffer(entries, "<u2" if wide else "u1", count=count)
        # Writers fill the low byte of 16 bits as they like; the high one is the colour.
        colours = (table >> 8 if bits == 16 else table).astype(np.uint8)
        channels.append(colours[np.clip(indices.astype(np.int32) - first, 0, count - 1)])
    return np.stack(channels, axis=-1)
