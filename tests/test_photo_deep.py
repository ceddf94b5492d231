"""TIFF and PNG of 8 and 16 bits in every layout: each pixel as arithmetic says, none a level off."""

import io
import struct
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

from inference.errors import PhotoError
from inference.photo.levels import to_eight_bits
from inference.photo.read import read_photo
from tests.tiff_files import tiff

RNG = np.random.default_rng(5)
DEEP = RNG.integers(0, 65536, (96, 128, 4), dtype=np.uint16)
DEEP[0, :4] = [[0, 65535, 128, 129], [385, 386, 65406, 65407], [32767, 32768, 32896, 1], [257, 514, 256, 255]]
FLAT = RNG.integers(0, 256, (96, 128, 4), dtype=np.uint8)


def rounded(values: np.ndarray) -> np.ndarray:
    """The nearest of the 256 levels, in exact whole numbers."""
    return ((values.astype(np.int64) * 2 * 255 + 65535) // (2 * 65535)).astype(np.uint8)


def read_bytes(tmp_path: Path, content: bytes) -> np.ndarray:
    (tmp_path / "picture").write_bytes(content)
    return read_photo(tmp_path / "picture").rgb


@pytest.mark.parametrize("bits", [8, 10, 12, 16])
def test_levels_are_the_nearest(bits: int) -> None:
    values = np.arange(1 << bits, dtype=np.uint16)
    exact = values * (255 / ((1 << bits) - 1))
    assert np.abs(to_eight_bits(values, bits) - exact).max() <= 0.5
    assert to_eight_bits(values, bits)[[0, -1]].tolist() == [0, 255]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("deflate", [False, True])
@pytest.mark.parametrize("tile_px", [None, 64])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("deep", [False, True])
def test_tiff_layouts(
    tmp_path: Path, order: str, deflate: bool, tile_px: int | None, channels: int, deep: bool
) -> None:
    pixels = (DEEP if deep else FLAT)[..., :channels]
    rgb = read_bytes(tmp_path, tiff(pixels, order=order, deflate=deflate, tile_px=tile_px))
    expected = rounded(pixels) if deep else pixels
    assert (rgb == expected).all()


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("deflate", [False, True])
def test_separate_planes(tmp_path: Path, order: str, deflate: bool) -> None:
    flat = tiff(FLAT[..., :3], order=order, deflate=deflate, separate=True)
    assert (read_bytes(tmp_path, flat) == FLAT[..., :3]).all()
    deep = tiff(DEEP[..., :3], order=order, deflate=deflate, separate=True)
    found = read_bytes(tmp_path, deep).astype(np.int16)
    assert np.abs(found - DEEP[..., :3] / 257).max() <= 1  # the high byte: all that Pillow gives of planes


@pytest.mark.parametrize("deep", [False, True])
def test_alpha_of_a_tiff_is_laid_over_white(tmp_path: Path, deep: bool) -> None:
    pixels = (DEEP if deep else FLAT).copy()
    white = 65535 if deep else 255
    alpha = pixels[..., 3:] / white
    over_white = (pixels[..., :3] / white * alpha + 1 - alpha) * 255
    assert np.abs(read_bytes(tmp_path, tiff(pixels)) - over_white).max() < 1.6  # alpha is itself rounded
    assert (
        read_bytes(tmp_path, tiff(pixels, extra_sample=0)) == (rounded(pixels) if deep else pixels)[..., :3]
    ).all()


@pytest.mark.parametrize("deflate", [False, True])
def test_sixteen_bit_grey_whose_zero_is_white(tmp_path: Path, deflate: bool) -> None:
    content = tiff(DEEP[..., :1], photometric=0, deflate=deflate)
    assert (read_bytes(tmp_path, content) == 255 - rounded(DEEP[..., :1])).all()


@pytest.mark.parametrize("ending", ["png", "tif"])
def test_deep_colour_of_another_writer(tmp_path: Path, ending: str) -> None:
    """OpenCV writes PNG, and TIFF with LZW."""
    content = cv2.imencode(f".{ending}", DEEP[..., 2::-1])[1].tobytes()
    assert (read_bytes(tmp_path, content) == rounded(DEEP[..., :3])).all()


def test_deep_png_with_alpha(tmp_path: Path) -> None:
    opaque = DEEP.copy()
    opaque[..., 3] = 65535
    content = cv2.imencode(".png", opaque[..., [2, 1, 0, 3]])[1].tobytes()
    assert (read_bytes(tmp_path, content) == rounded(opaque[..., :3])).all()


def test_twelve_bit_grey(tmp_path: Path) -> None:
    """Two values in three bytes; 4095 is white."""
    values = RNG.integers(0, 4096, (64, 64), dtype=np.uint16)
    a, b = values[:, ::2].astype(int), values[:, 1::2].astype(int)
    packed = np.stack([a >> 4, (a & 15) << 4 | b >> 8, b & 255], axis=-1).astype(np.uint8).reshape(64, 96, 1)
    content = bytearray(tiff(packed))
    start = struct.unpack("<L", content[4:8])[0]
    for entry in range(start + 2, start + 2 + 12 * struct.unpack("<H", content[start : start + 2])[0], 12):
        tag = struct.unpack("<H", content[entry : entry + 2])[0]
        if tag == 256:
            content[entry + 8 : entry + 12] = struct.pack("<L", 64)
        if tag == 258:
            content[entry + 8 : entry + 10] = struct.pack("<H", 12)
    expected = np.rint(values / 4095 * 255)
    assert (read_bytes(tmp_path, bytes(content)) == expected[..., np.newaxis]).all()


def test_a_profile_is_applied_to_deep_colour(tmp_path: Path) -> None:
    """Display P3 given as primaries: its pure sRGB colours are known by the two matrices."""
    from inference.photo.colour import with_primaries

    srgb = np.array([[200, 40, 40], [40, 180, 60], [128, 128, 128], [90, 60, 50]]) / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    # Linear sRGB to linear Display P3 (CSS Color 4, sample code).
    to_p3 = np.array(
        [[0.8224620, 0.1775380, 0], [0.0331942, 0.9668058, 0], [0.0170827, 0.0723974, 0.9105199]]
    )
    p3_linear = linear @ to_p3.T
    p3 = np.where(p3_linear <= 0.0031308, 12.92 * p3_linear, 1.055 * p3_linear ** (1 / 2.4) - 0.055)
    stripes = np.repeat(np.rint(p3 * 65535).astype(np.uint16), 32, axis=0)[np.newaxis].repeat(96, axis=0)
    found = read_bytes(tmp_path, tiff(stripes, icc=with_primaries(12) or b""))
    expected = np.repeat(srgb * 255, 32, axis=0)[np.newaxis]
    assert np.abs(found - expected).max() <= 1.5
    assert np.abs(found - stripes / 257).max() > 10


def test_a_huge_tile_is_refused(tmp_path: Path) -> None:
    content = tiff(FLAT[..., :3], tile_px=64)
    patched = content.replace(struct.pack("<HHLL", 322, 4, 1, 64), struct.pack("<HHLL", 322, 4, 1, 1 << 20))
    assert patched != content
    with pytest.raises(PhotoError, match="tiles"):
        read_bytes(tmp_path, patched)


def test_a_file_made_to_fill_the_memory_is_refused(tmp_path: Path) -> None:
    """64 megapixels of nothing in 60 kB."""
    stream = io.BytesIO()
    Image.new("L", (8000, 8000)).save(stream, "PNG")
    with pytest.raises(PhotoError, match="would fill"):
        read_bytes(tmp_path, stream.getvalue()[:20_000])


def test_profile_module_is_pillow_s_own() -> None:
    """What `with_primaries` rests on: Pillow's sRGB profile has the three colorants, as XYZ."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert all(tag in profile[128:400] for tag in (b"rXYZ", b"gXYZ", b"bXYZ"))
