"""Every usual kind of picture file is read upright in sRGB; every unusable one is refused with a reason."""

import hashlib
import io
import struct
import tracemalloc
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from photo_files import BLUE, GREEN, GREY, HEIGHT_PX, RED, WIDTH_PX, corners, png_header, save_jpeg, skin
from PIL import Image, ImageCms

from inference.errors import PhotoError
from inference.photo.photo import Photo
from inference.photo.read import read_photo


def quarters(photo: Photo) -> list[tuple[int, ...]]:
    """Colours of the middle of the four quarters, in reading order."""
    h, w = photo.height_px, photo.width_px
    places = ((h // 4, w // 4), (h // 4, 3 * w // 4), (3 * h // 4, w // 4), (3 * h // 4, 3 * w // 4))
    return [tuple(int(v) for v in photo.rgb[place]) for place in places]


def assert_corners(photo: Photo, tolerance: int = 3) -> None:
    assert photo.rgb.shape == (HEIGHT_PX, WIDTH_PX, 3)
    assert photo.rgb.dtype == np.uint8
    assert photo.rgb.flags.c_contiguous
    np.testing.assert_allclose(quarters(photo), [RED, GREEN, BLUE, GREY], atol=tolerance)


@pytest.mark.parametrize("ending", ["png", "tif", "webp", "bmp", "jpg"])
def test_reads_the_usual_formats(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a.{ending}"
    options = {"lossless": True} if ending == "webp" else {"quality": 95} if ending == "jpg" else {}
    Image.fromarray(corners()).save(path, **options)
    photo = read_photo(path)
    assert_corners(photo)
    assert photo.file == path.name
    assert photo.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    "name", ["Wange links é 測試.jpg", "picture.jfif", "png in disguise.jpg", "no ending"]
)
def test_content_decides_and_any_name_will_do(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    Image.fromarray(corners()).save(path, format="PNG" if "png" in name else "JPEG", quality=95)
    assert_corners(read_photo(path))
    assert read_photo(path).file == name


# What EXIF 2.32 says of tag 274: where the stored picture's row 0 and column 0 lie in the upright picture.
# The stored picture for each value is therefore this change of the upright one.
STORED = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.transpose(1, 0, 2),
    6: lambda a: np.rot90(a, 1),
    7: lambda a: a[::-1, ::-1].transpose(1, 0, 2),
    8: lambda a: np.rot90(a, -1),
}


@pytest.mark.parametrize("orientation", STORED)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
def test_applies_each_orientation_once(tmp_path: Path, orientation: int, kind: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "turned"
    stored = np.ascontiguousarray(STORED[orientation](corners()))
    Image.fromarray(stored).save(path, format=kind, exif=exif, quality=95)
    assert_corners(read_photo(path))


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_damaged_exif_does_not_cost_the_photograph(tmp_path: Path) -> None:
    path = save_jpeg(tmp_path / "a.jpg", corners(), exif=b"Exif\0\0II*\0\xff\xff\xff\x7f" + bytes(40))
    assert_corners(read_photo(path))


def test_alpha_is_laid_over_white(tmp_path: Path) -> None:
    rgba = np.dstack([corners(), np.full((HEIGHT_PX, WIDTH_PX), 255, np.uint8)])
    rgba[: HEIGHT_PX // 2, : WIDTH_PX // 2, 3] = 0
    rgba[: HEIGHT_PX // 2, WIDTH_PX // 2 :, 3] = 128
    path = tmp_path / "a.png"
    Image.fromarray(rgba).save(path)
    half_green = tuple(round(255 + (g - 255) * 128 / 255) for g in GREEN)
    np.testing.assert_allclose(quarters(read_photo(path)), [(255, 255, 255), half_green, BLUE, GREY], atol=1)


def test_palette_with_transparency(tmp_path: Path) -> None:
    picture = Image.fromarray(corners()).quantize(4)
    red = picture.getpixel((0, 0))
    path = tmp_path / "a.png"
    picture.save(path, transparency=red)
    np.testing.assert_allclose(quarters(read_photo(path)), [(255, 255, 255), GREEN, BLUE, GREY], atol=1)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bit_grey(tmp_path: Path, kind: str) -> None:
    ramp = np.linspace(0, 65535, WIDTH_PX).astype(np.uint16)
    path = tmp_path / "a"
    Image.fromarray(np.tile(ramp, (HEIGHT_PX, 1))).save(path, format=kind)
    rgb = read_photo(path).rgb
    expected = (ramp >> 8).astype(np.uint8)
    assert (rgb == expected[np.newaxis, :, np.newaxis]).all()


def test_a_dark_sixteen_bit_picture_is_not_stretched(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(np.full((HEIGHT_PX, WIDTH_PX), 20 * 257, np.uint16)).save(path)
    assert (read_photo(path).rgb == 20).all()


@pytest.mark.parametrize("ending", ["png", "tif"])
def test_sixteen_bit_colour(tmp_path: Path, ending: str) -> None:
    deep = corners()[..., ::-1].astype(np.uint16) * 257
    path = tmp_path / f"a.{ending}"
    path.write_bytes(cv2.imencode(f".{ending}", deep)[1].tobytes())
    assert_corners(read_photo(path), tolerance=1)


@pytest.mark.parametrize("mode", ["L", "1", "LA", "CMYK"])
def test_other_modes_become_rgb(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "a"
    picture = Image.fromarray(corners()).convert(mode)
    picture.save(path, format="TIFF")
    expected = np.asarray(picture.convert("RGB"))
    np.testing.assert_allclose(read_photo(path).rgb, expected, atol=1)


def test_cmyk_jpeg(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    Image.fromarray(corners()).convert("CMYK").save(path, quality=98)
    assert_corners(read_photo(path), tolerance=6)


def test_icc_profile_is_applied(tmp_path: Path) -> None:
    """A profile that swaps red and blue is unmistakable: its picture must come back swapped."""
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = bytearray(srgb)
    tags = {srgb[o : o + 4]: o for o in range(132, 132 + 12 * struct.unpack(">I", srgb[128:132])[0], 12)}
    red, blue = tags[b"rXYZ"], tags[b"bXYZ"]
    swapped[red : red + 4], swapped[blue : blue + 4] = b"bXYZ", b"rXYZ"
    path = save_jpeg(tmp_path / "a.jpg", corners(), icc_profile=bytes(swapped))
    swapped_corners = [colour[::-1] for colour in (RED, GREEN, BLUE, GREY)]
    np.testing.assert_allclose(quarters(read_photo(path)), swapped_corners, atol=4)
    assert_corners(read_photo(save_jpeg(tmp_path / "b.jpg", corners(), icc_profile=srgb)))


def test_unusable_profile_is_passed_over(tmp_path: Path) -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    for name, profile in (("junk.jpg", b"no profile at all"), ("lab.jpg", lab)):
        assert_corners(read_photo(save_jpeg(tmp_path / name, corners(), icc_profile=profile)))


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("empty.jpg", b"", "empty"),
        ("letter.jpg", b"Dear colleague, please find the picture below.", "not a picture"),
        ("archive.png", b"PK\x03\x04" + bytes(200), "not a picture"),
        ("cheek.heic", b"\0\0\0\x18ftypheic" + bytes(100), "HEIC or HEIF file that cannot"),
        ("vector.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a picture"),
    ],
)
def test_refuses_what_is_no_picture(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(PhotoError, match=reason) as caught:
        read_photo(tmp_path / name)
    assert name in str(caught.value)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP", "BMP"])
@pytest.mark.parametrize("part", [0.3, 0.6, 0.95])
def test_refuses_a_truncated_file(tmp_path: Path, kind: str, part: float) -> None:
    whole = io.BytesIO()
    Image.fromarray(skin(200, 300)).save(whole, format=kind)
    path = tmp_path / "a"
    path.write_bytes(whole.getvalue()[: int(part * len(whole.getvalue()))])
    with pytest.raises(PhotoError, match=r"damaged|not a picture"):
        read_photo(path)


@pytest.mark.parametrize("size", [(1, 1), (63, 400), (400, 63)])
def test_refuses_what_is_too_small(tmp_path: Path, size: tuple[int, int]) -> None:
    Image.new("RGB", size).save(tmp_path / "a.png")
    with pytest.raises(PhotoError, match=f"too small.*{size[0]} x {size[1]}"):
        read_photo(tmp_path / "a.png")


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("side_px", [9_200, 12_000, 30_000])
def test_refuses_a_huge_picture_from_its_header(tmp_path: Path, side_px: int) -> None:
    """In our words (sizes where Pillow would warn, and raise), and without its memory."""
    path = png_header(tmp_path / "a.png", side_px, side_px)
    tracemalloc.start()
    with pytest.raises(PhotoError, match=f"{side_px} x {side_px}.*limit"):
        read_photo(path)
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak_bytes < 5_000_000


@pytest.mark.parametrize("kind", ["GIF", "TIFF", "PNG", "WEBP"])
def test_refuses_several_frames(tmp_path: Path, kind: str) -> None:
    first, second = Image.fromarray(corners()), Image.fromarray(255 - corners())
    first.save(tmp_path / "a", format=kind, save_all=True, append_images=[second])
    with pytest.raises(PhotoError, match="several pages or frames"):
        read_photo(tmp_path / "a")


def test_a_phone_s_second_picture_is_passed_over(tmp_path: Path) -> None:
    first, second = Image.fromarray(corners()), Image.fromarray(255 - corners())
    first.save(tmp_path / "a.jpg", format="MPO", save_all=True, append_images=[second], quality=95)
    assert_corners(read_photo(tmp_path / "a.jpg"), tolerance=4)


def test_refuses_the_thumbnail_of_a_raw_file(tmp_path: Path) -> None:
    Image.fromarray(corners()).save(tmp_path / "a.dng", format="TIFF", tiffinfo={254: 1})
    with pytest.raises(PhotoError, match="raw file"):
        read_photo(tmp_path / "a.dng")


def test_refuses_pixels_without_a_white(tmp_path: Path) -> None:
    Image.fromarray(np.zeros((HEIGHT_PX, WIDTH_PX), np.float32)).save(tmp_path / "a.tif")
    with pytest.raises(PhotoError, match="32-bit"):
        read_photo(tmp_path / "a.tif")


def test_refuses_a_folder_and_a_missing_file(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing.jpg"):
        with pytest.raises(PhotoError, match="cannot be opened"):
            read_photo(path)


@pytest.mark.parametrize("mm_per_px", [0.0, -0.1, float("nan"), float("inf")])
def test_refuses_an_impossible_scale(tmp_path: Path, mm_per_px: float) -> None:
    with pytest.raises(PhotoError, match="positive"):
        read_photo(save_jpeg(tmp_path / "a.jpg", corners()), mm_per_px=mm_per_px)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(["JPEG", "PNG", "TIFF", "WEBP", "BMP", "GIF"]),
    changes=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=20),
)
def test_damage_gives_a_photo_or_a_photo_error(
    tmp_path: Path, kind: str, changes: list[tuple[float, int]]
) -> None:
    stream = io.BytesIO()
    Image.fromarray(corners()).save(stream, format=kind)
    content = bytearray(stream.getvalue())
    for place, value in changes:
        content[int(place * (len(content) - 1))] = value
    path = tmp_path / "a"
    path.write_bytes(bytes(content))
    try:
        photo = read_photo(path)
    except PhotoError:
        return
    assert photo.rgb.dtype == np.uint8
    assert photo.rgb.shape[2] == 3
