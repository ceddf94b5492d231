"""TIFF files byte by byte, in the variants that no installed writer makes: planes, tiles, big endian, 16 bits."""

import struct
import zlib
from typing import Literal

import numpy as np
from numpy.typing import NDArray

_SHORT, _LONG, _UNDEFINED = 3, 4, 7
_ITEM_BYTES = {_SHORT: 2, _LONG: 4, _UNDEFINED: 1}


def tiff(
    pixels: NDArray[np.uint8] | NDArray[np.uint16],
    *,
    order: Literal["<", ">"] = "<",
    separate: bool = False,
    tile_px: int | None = None,
    deflate: bool = False,
    photometric: int | None = None,
    extra_sample: int = 2,
    icc: bytes = b"",
) -> bytes:
    """A file of (h, w, channels) pixels, 1 to 4 channels. extra_sample: what a fourth channel is (2 is alpha)."""
    h, w, channels = pixels.shape
    bits = 8 * pixels.dtype.itemsize
    stored = pixels.astype(pixels.dtype.newbyteorder(order))
    planes = [stored[..., i : i + 1] for i in range(channels)] if separate else [stored]
    pieces = [piece for plane in planes for piece in _pieces(plane, tile_px)]
    blobs = [zlib.compress(piece) if deflate else piece for piece in pieces]
    colours = photometric if photometric is not None else (1 if channels < 3 else 2)
    tags: dict[int, tuple[int, list[int] | bytes]] = {
        256: (_LONG, [w]),
        257: (_LONG, [h]),
        258: (_SHORT, [bits] * channels),
        259: (_SHORT, [8 if deflate else 1]),
        262: (_SHORT, [colours]),
        277: (_SHORT, [channels]),
        284: (_SHORT, [2 if separate else 1]),
    }
    if channels == 4 and colours == 2:
        tags[338] = (_SHORT, [extra_sample])
    if icc:
        tags[34675] = (_UNDEFINED, icc)
    offsets, place = [], 8
    for blob in blobs:
        offsets.append(place)
        place += len(blob) + len(blob) % 2
    sizes = [len(blob) for blob in blobs]
    if tile_px is None:
        tags |= {273: (_LONG, offsets), 278: (_LONG, [h]), 279: (_LONG, sizes)}
    else:
        tags |= {322: (_LONG, [tile_px]), 323: (_LONG, [tile_px]), 324: (_LONG, offsets), 325: (_LONG, sizes)}
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "L", place)
    body = b"".join(blob + bytes(len(blob) % 2) for blob in blobs)
    return head + body + _directory(tags, place, order)


def _pieces(plane: NDArray[np.uint8] | NDArray[np.uint16], tile_px: int | None) -> list[bytes]:
    if tile_px is None:
        return [plane.tobytes()]
    h, w, channels = plane.shape
    tiles = []
    for y in range(0, h, tile_px):
        for x in range(0, w, tile_px):
            tile = np.zeros((tile_px, tile_px, channels), plane.dtype)
            part = plane[y : y + tile_px, x : x + tile_px]
            tile[: part.shape[0], : part.shape[1]] = part
            tiles.append(tile.tobytes())
    return tiles


def _directory(tags: dict[int, tuple[int, list[int] | bytes]], start: int, order: str) -> bytes:
    entries, overflow = b"", b""
    after = start + 2 + 12 * len(tags) + 4
    for tag in sorted(tags):
        kind, values = tags[tag]
        code = {_SHORT: "H", _LONG: "L"}.get(kind)
        raw = values if isinstance(values, bytes) else struct.pack(f"{order}{len(values)}{code}", *values)
        count = len(raw) // _ITEM_BYTES[kind]
        if len(raw) <= 4:
            value = raw.ljust(4, b"\0")
        else:
            value = struct.pack(order + "L", after + len(overflow))
            overflow += raw + bytes(len(raw) % 2)
        entries += struct.pack(order + "HHL", tag, kind, count) + value
    return struct.pack(order + "H", len(tags)) + entries + bytes(4) + overflow
