"""Label Studio's brush strokes: run lengths of an RGBA picture, packed bit by bit.

The packing is that of thi.ng/rle-pack (https://docs.thi.ng/umbrella/rle-pack/), as the labels' own converter reads it:
32 bits number of values, 5 bits word size - 1, four times 4 bits size of a length - 1; then, until all are there,
1 bit "run", 2 bits which of the four sizes, a length - 1 of that size, and one word for a run or `length` words.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

_WORD_BITS = 8
#: Sizes of lengths that Label Studio writes.
_LENGTH_BITS = (3, 4, 8, 16)
#: Longest run of one length.
_LONGEST = 1 << _LENGTH_BITS[-1]


class _Bits:
    """Whole numbers from a row of bytes, the highest bit first."""

    def __init__(self, content: Sequence[int]) -> None:
        try:
            self._number = int.from_bytes(bytes(content), "big")
        except (TypeError, ValueError) as error:
            raise ValueError("its run lengths are no bytes") from error
        self._text = f"{self._number:0{8 * len(content)}b}" if content else ""
        self._at = 0

    def take(self, count: int) -> int:
        word = self._text[self._at : self._at + count]
        if len(word) < count:
            raise ValueError("its run lengths end too early")
        self._at += count
        return int(word, 2)


def decode_brush(content: Sequence[int], width_px: int, height_px: int) -> NDArray[np.bool_]:
    """(height_px, width_px) bool: where the stroke's alpha is more than 0, as the converter's COCO export takes it.

    Raises ValueError when the run lengths are not of an RGBA picture of this size.
    """
    bits = _Bits(content)
    count, word_bits = bits.take(32), bits.take(5) + 1
    sizes = [bits.take(4) + 1 for _ in range(4)]
    if count != width_px * height_px * 4:
        raise ValueError(
            f"its run lengths are of {count} values, not of {width_px} x {height_px} RGBA pixels"
        )
    values: list[int] = []
    repeats: list[int] = []
    done = 0
    while done < count:
        is_run = bits.take(1)
        length = bits.take(sizes[bits.take(2)]) + 1
        words = [bits.take(word_bits) for _ in range(1 if is_run else length)]
        values += words
        repeats += [length] if is_run else [1] * length
        done += length
    # The converter cuts a last run that is too long, and so do we.
    flat = np.repeat(np.array(values) > 0, repeats)[:count]
    return flat.reshape(height_px, width_px, 4)[..., 3]


def encode_brush(mask: NDArray[np.bool_]) -> list[int]:
    """The bytes of an (H, W) bool mask, marked pixels opaque."""
    flat = np.repeat(mask.ravel(), 4)
    edges = np.flatnonzero(np.diff(flat)) + 1
    starts = np.concatenate(([0], edges))
    lengths = np.diff(np.concatenate((starts, [flat.size])))
    head = f"{flat.size:032b}{_WORD_BITS - 1:05b}" + "".join(f"{size - 1:04b}" for size in _LENGTH_BITS)
    runs = zip(flat[starts].tolist(), lengths.tolist(), strict=True)
    text = head + "".join(_run(length, 255 if marked else 0) for marked, length in runs)
    text += "0" * (-len(text) % 8)
    return [int(text[at : at + 8], 2) for at in range(0, len(text), 8)]


def _run(length: int, value: int) -> str:
    return "".join(_short_run(part, value) for part in _parts(length))


def _parts(length: int) -> Iterable[int]:
    while length > _LONGEST:
        yield _LONGEST
        length -= _LONGEST
    yield length


def _short_run(length: int, value: int) -> str:
    which = next(k for k, size in enumerate(_LENGTH_BITS) if length <= 1 << size)
    return f"1{which:02b}{length - 1:0{_LENGTH_BITS[which]}b}{value:0{_WORD_BITS}b}"
