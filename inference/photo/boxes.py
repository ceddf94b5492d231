"""What HEIF and AVIF say in their boxes (ISO/IEC 14496-12) that their decoders do not tell."""

#: Brands whose pictures are coded as AV1, which Pillow decodes; others of the family go to libheif.
_AV1_BRANDS = frozenset((b"avif", b"avis"))
_HEIF_BRANDS = frozenset(
    (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"mif2", b"msf1")
)
_HEVC_BRANDS = _HEIF_BRANDS - {b"mif1", b"mif2", b"msf1"}
#: Where a picture's properties stand; phones write them first, and a search must have an end.
_SEARCHED_BYTES = 65_536
#: ITU-T H.273, table 3: transfer by perceptual quantization, and by hybrid log-gamma.
_HDR_TRANSFERS = (16, 18)
HDR_ADVICE = (
    "has the brightness scale of an HDR display (PQ or HLG): export it as an ordinary (SDR) JPEG or TIFF."
)


def brands(data: bytes) -> tuple[bytes, ...]:
    """The major brand, then the compatible ones; empty for a file of another family."""
    if len(data) < 16 or data[4:8] != b"ftyp":
        return ()
    end = min(int.from_bytes(data[:4], "big"), len(data), 1024)
    return (data[8:12], *(data[at : at + 4] for at in range(16, end - 3, 4)))


def is_heif(data: bytes) -> bool:
    """Whether the file is HEIF and not AVIF, which may stand under the same general brand."""
    found = brands(data)
    if not found or found[0] not in _HEIF_BRANDS:
        return False
    return found[0] in _HEVC_BRANDS or not _AV1_BRANDS & set(found)


def heif_name(data: bytes) -> str:
    """ "HEIC" where the brands say that the picture is coded as HEVC, else "HEIF"."""
    return "HEIC" if _HEVC_BRANDS & set(brands(data)) else "HEIF"


def nclx_codes(data: bytes) -> tuple[int, int] | None:
    """Colour primaries and transfer, in the numbers of ITU-T H.273; None where the file does not tell."""
    at = data.find(b"colrnclx", 0, _SEARCHED_BYTES)
    if at < 0 or at + 12 > len(data):
        return None
    return int.from_bytes(data[at + 8 : at + 10], "big"), int.from_bytes(data[at + 10 : at + 12], "big")


def is_hdr(codes: tuple[int, int]) -> bool:
    """Whether the transfer is one of an HDR display, which has no fixed white to measure against."""
    return codes[1] in _HDR_TRANSFERS


def av1_bits(data: bytes) -> int | None:
    """Bits of a channel in an AVIF: av1C's third byte holds the tier, then high_bitdepth and twelve_bit."""
    at = data.find(b"av1C", 0, _SEARCHED_BYTES)
    if at < 0 or at + 7 > len(data):
        return None
    flags = data[at + 6]
    if not flags & 0x40:
        return 8
    return 12 if flags & 0x20 else 10
