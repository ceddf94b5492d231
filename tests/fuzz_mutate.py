"""Damage as files meet it and as a hostile hand does it: bits, runs, cuts, splices, and fields that decoders trust."""

import itertools
import random
import re
import struct
import zlib
from collections.abc import Callable, Sequence

#: Values at which sizes and offsets overflow, wrap or look harmless.
_EXTREMES = (
    0,
    1,
    2,
    63,
    64,
    127,
    128,
    255,
    256,
    0x7FFF,
    0x8000,
    0xFFFF,
    0x10000,
    0x7FFFFFFF,
    0x80000000,
    0xFFFFFFFF,
)
_PNG = b"\x89PNG\r\n\x1a\n"
#: Names after which lengths, sizes and counts stand: PNG, RIFF, ISO boxes, JPEG segments, DICOM groups.
_MARKS = (
    *(
        b"IHDR",
        b"IDAT",
        b"PLTE",
        b"tRNS",
        b"iCCP",
        b"eXIf",
        b"acTL",
        b"fcTL",
        b"RIFF",
        b"VP8 ",
        b"VP8L",
        b"VP8X",
    ),
    *(
        b"ALPH",
        b"ANIM",
        b"ANMF",
        b"ICCP",
        b"EXIF",
        b"ftyp",
        b"meta",
        b"iloc",
        b"iinf",
        b"infe",
        b"iprp",
        b"ipco",
    ),
    *(
        b"ipma",
        b"ispe",
        b"hvcC",
        b"av1C",
        b"colr",
        b"pixi",
        b"irot",
        b"imir",
        b"clap",
        b"auxC",
        b"iref",
        b"grid",
    ),
    *(
        b"idat",
        b"mdat",
        b"pitm",
        b"Exif\0\0",
        b"MPF\0",
        b"II*\0",
        b"MM\0*",
        b"\xff\xc0",
        b"\xff\xc2",
        b"\xff\xc4",
    ),
    *(
        b"\xff\xdb",
        b"\xff\xda",
        b"\xff\xe1",
        b"\xff\xe2",
        b"\xff\xee",
        b"DICM",
        b"\x02\0\x10\0",
        b"\x28\0\x10\0",
    ),
    *(
        b"\x28\0\x11\0",
        b"\x28\0\x02\0",
        b"\x28\0\0\x01",
        b"\x28\0\x01\x01",
        b"\x28\0\x01\x11",
        b"\xe0\x7f\x10\0",
    ),
    *(b"\xfe\xff\0\xe0", b"BM", b"GIF8", b"acsp", b"rXYZ", b"rTRC", b"desc"),
)


def mutate(pool: Sequence[bytes], rng: random.Random) -> bytes:
    """One of `pool`, with 1 to 4 kinds of damage."""
    content = bytearray(rng.choice(pool))
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 4))):
        content = rng.choice(_DAMAGES)(content, pool, rng) or bytearray(b"\0")
    return bytes(_checked(content) if content.startswith(_PNG) and rng.random() < 0.8 else content)


def _checked(content: bytearray) -> bytearray:
    """A PNG's checksums made right, without which its reader looks no further."""
    at = len(_PNG)
    while at + 12 <= len(content):
        end = at + 8 + int.from_bytes(content[at : at + 4], "big")
        if end + 4 > len(content):
            break
        content[end : end + 4] = zlib.crc32(content[at + 4 : end]).to_bytes(4, "big")
        at = end + 4
    return content


def _place(content: bytearray, rng: random.Random) -> int:
    """Anywhere, but half of the time in the first 700 bytes, where headers are."""
    end = len(content) if rng.random() < 0.5 else min(len(content), 700)
    return rng.randrange(max(end, 1))


def _bits(content: bytearray, pool: Sequence[bytes], rng: random.Random) -> bytearray:
    for _ in range(rng.choice((1, 1, 2, 4, 16, 64))):
        content[_place(content, rng)] ^= 1 << rng.randrange(8)
    return content


def _run(content: bytearray, pool: Sequence[bytes], rng: random.Random) -> bytearray:
    at, length = _place(content, rng), rng.choice((1, 2, 4, 8, 32, 256))
    filled = rng.choice((bytes(length), b"\xff" * length, rng.randbytes(length)))
    content[at : at + length] = filled
    return content


def _cut(content: bytearray, pool: Sequence[bytes], rng: random.Random) -> bytearray:
    return content[: _place(content, rng)]


def _remove(content: bytearray, pool: Sequence[bytes], rng: random.Random) -> bytearray:
    at = _place(content, rng)
    del content[at : at + rng.choice((1, 2, 4, 12, 100, 1000))]
    return content


def _repeat(content: bytearray, pool: Sequence[bytes], rng: random.Random) -> bytearray:
    at, length = _place(content, rng), rng.choice((4, 12, 64, 512))
    content[at:at] = content[at : at + length] * rng.choice((1, 2, 50))
    return content


def _splice(content: bytearray, pool: Sequence[bytes], rng: random.Random) -> bytearray:
    other = rng.choice(pool)
    head, tail = _place(content, rng), rng.randrange(max(len(other), 1))
    return content[:head] + other[tail:]


def _transplant(content: bytearray, pool: Sequence[bytes], rng: random.Random) -> bytearray:
    other = rng.choice(pool)
    at, length = rng.randrange(max(len(other), 1)), rng.choice((8, 64, 512, 4096))
    to = _place(content, rng)
    content[to : to + length] = other[at : at + length]
    return content


def _field(content: bytearray, pool: Sequence[bytes], rng: random.Random) -> bytearray:
    """A number of 1, 2 or 4 bytes somewhere, to an extreme value."""
    return _write(content, _place(content, rng), rng)


def _marked_field(content: bytearray, pool: Sequence[bytes], rng: random.Random) -> bytearray:
    """A number shortly behind a known mark, or just before it: sizes, counts, box and chunk lengths."""
    found = [mark for mark in _MARKS if mark in content]
    if not found:
        return _field(content, pool, rng)
    mark = rng.choice(found)
    at = rng.choice([place.start() for place in itertools.islice(re.finditer(re.escape(mark), content), 50)])
    return _write(content, max(at + rng.choice((-4, len(mark))) + rng.choice((0, 0, 2, 4, 6, 8, 12)), 0), rng)


def _directory_entry(content: bytearray, pool: Sequence[bytes], rng: random.Random) -> bytearray:
    """An entry of the first TIFF directory (also EXIF's): its tag, type, count or value."""
    start = next((i for i in (content.find(b"II*\0"), content.find(b"MM\0*")) if i >= 0), -1)
    if start < 0 or len(content) < start + 8:
        return _marked_field(content, pool, rng)
    order = "<" if content[start] == ord("I") else ">"
    at = start + struct.unpack(order + "L", content[start + 4 : start + 8])[0]
    if at + 2 > len(content):
        return _field(content, pool, rng)
    count = struct.unpack(order + "H", content[at : at + 2])[0]
    entry = at + 2 + 12 * rng.randrange(max(min(count, 60), 1))
    return _write(content, entry + rng.choice((0, 2, 4, 8)), rng, order)


def _write(content: bytearray, at: int, rng: random.Random, order: str = "") -> bytearray:
    size, code = rng.choice(((1, "B"), (2, "H"), (4, "L")))
    value = rng.choice(_EXTREMES) if rng.random() < 0.7 else rng.randrange(1 << 32)
    packed = struct.pack((order or rng.choice("<>")) + code, value & ((1 << 8 * size) - 1))
    if at + size <= len(content):
        content[at : at + size] = packed
    return content


_DAMAGES: tuple[Callable[[bytearray, Sequence[bytes], random.Random], bytearray], ...] = (
    *(_bits, _bits, _run, _cut, _remove, _repeat, _splice, _transplant),
    *(_field, _field, _marked_field, _marked_field, _marked_field, _directory_entry, _directory_entry),
)
