"""HEIC as phones write it, with real files: turned once, colours right, deep pixels, sizes known before decoding."""

import io
import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from photo_files import BLUE, GREEN, GREY, RED, corners, skin
from PIL import Image, ImageCms

from inference.errors import PhotoError
from inference.photo.colour import with_primaries
from inference.photo.photo import Photo
from inference.photo.read import read_photo


def heic(rgb: np.ndarray, mode: str = "RGB", **options: object) -> bytes:
    stream = io.BytesIO()
    h, w = rgb.shape[:2]
    file = pillow_heif.from_bytes(mode, (w, h), rgb.tobytes())
    file.save(stream, **({"quality": -1, "chroma": 444, "matrix_coefficients": 0} | options))
    return stream.getvalue()


def read_bytes(tmp_path: Path, content: bytes) -> Photo:
    (tmp_path / "IMG_0001.jpg").write_bytes(content)  # the content decides
    return read_photo(tmp_path / "IMG_0001.jpg")


def test_an_exif_orientation_alone_does_not_turn(tmp_path: Path) -> None:
    """The standard has `irot` for turning; other viewers of HEIF pass EXIF's tag over as well."""
    exif = Image.Exif()
    exif[0x0112] = 6
    file = pillow_heif.from_pillow(Image.fromarray(corners()))
    stream = io.BytesIO()
    file.save(stream, quality=95, exif=exif.tobytes())
    content = stream.getvalue()
    at = content.index(b"irot")
    unturned = content[: at + 4] + bytes([content[at + 4] & 0xFC]) + content[at + 5 :]
    assert_corners(read_bytes(tmp_path, unturned).rgb, tolerance=6)


def assert_corners(rgb: np.ndarray, tolerance: int = 3) -> None:
    h, w = rgb.shape[:2]
    found = [rgb[y, x] for y in (h // 4, 3 * h // 4) for x in (w // 4, 3 * w // 4)]
    np.testing.assert_allclose(found, [RED, GREEN, BLUE, GREY], atol=tolerance)


def test_reads_heic_by_its_content(tmp_path: Path) -> None:
    rgb = skin(160, 200)
    photo = read_bytes(tmp_path, heic(rgb))
    assert np.abs(photo.rgb.astype(int) - rgb).max() <= 1
    assert (photo.provenance.format, photo.provenance.compression) == ("HEIC", "HEVC")
    assert photo.provenance.bits_per_channel == 8


@pytest.mark.parametrize("orientation", [1, 2, 3, 4, 5, 6, 7, 8])
def test_turns_once_when_both_irot_and_exif_say_so(tmp_path: Path, orientation: int) -> None:
    """What a phone writes: pillow-heif stores the turn as irot and imir; the EXIF block repeats it."""
    stored = Image.fromarray(corners())
    back = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # Image.Transpose that undoes EXIF's
    if orientation > 1:
        stored = stored.transpose(Image.Transpose(back[orientation]))
    exif = Image.Exif()
    exif[0x0112] = orientation
    stream = io.BytesIO()
    pillow_heif.from_pillow(stored).save(stream, quality=95, exif=exif.tobytes())
    content = stream.getvalue()
    assert (b"irot" in content or b"imir" in content) == (orientation > 1)
    repeated = Image.Exif()
    repeated.load(pillow_heif.HeifFile(content).info["exif"])
    assert repeated[0x0112] == orientation
    assert_corners(read_bytes(tmp_path, content).rgb, tolerance=6)


@pytest.mark.parametrize("bits", [10, 12])
def test_deep_pixels_are_rounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bits: int) -> None:
    white = (1 << bits) - 1
    ramp = np.linspace(0, white, 200).astype(np.uint16)
    grey = np.repeat(np.tile(ramp, (160, 1))[..., np.newaxis], 3, axis=2)
    monkeypatch.setattr(pillow_heif.options, "SAVE_HDR_TO_12_BIT", bits == 12)
    content = heic(grey << np.uint16(16 - bits), "RGB;16")
    photo = read_bytes(tmp_path, content)
    assert photo.provenance.bits_per_channel == bits
    assert np.abs(photo.rgb[80, :, 1] - ramp * (255 / white)).max() <= 1
    assert photo.rgb[:, -1].min() >= 254


def test_an_icc_profile_is_applied(tmp_path: Path) -> None:
    p3 = with_primaries(12)
    assert p3 is not None
    plain, wide = heic(corners()), heic(corners(), icc_profile=p3)
    photo = read_bytes(tmp_path, wide)
    expected = np.array(
        ImageCms.profileToProfile(
            Image.fromarray(corners()),
            ImageCms.ImageCmsProfile(io.BytesIO(p3)),
            ImageCms.createProfile("sRGB"),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        )
    )
    np.testing.assert_allclose(photo.rgb, expected, atol=3)
    assert np.abs(photo.rgb.astype(int) - read_bytes(tmp_path, plain).rgb).max() > 10


def with_nclx(content: bytes, primaries: int, transfer: int) -> bytes:
    """The same file with other numbers in its colour box."""
    at = content.index(b"colrnclx") + 8
    return content[:at] + struct.pack(">HH", primaries, transfer) + content[at + 4 :]


def test_primaries_in_numbers_are_applied_as_a_profile_would_be(tmp_path: Path) -> None:
    by_number = read_bytes(tmp_path, with_nclx(heic(corners()), 12, 13)).rgb
    by_profile = read_bytes(tmp_path, heic(corners(), icc_profile=with_primaries(12))).rgb
    np.testing.assert_allclose(by_number, by_profile, atol=2)


@pytest.mark.parametrize("transfer", [16, 18])
def test_hdr_is_refused_with_advice(tmp_path: Path, transfer: int) -> None:
    with pytest.raises(PhotoError, match=r"HDR.*export it"):
        read_bytes(tmp_path, with_nclx(heic(corners()), 9, transfer))


def test_size_is_refused_before_decoding(tmp_path: Path) -> None:
    content = heic(skin(160, 200))
    huge = content.replace(struct.pack(">II", 200, 160), struct.pack(">II", 20_000, 16_000))
    assert huge != content
    tracemalloc.start()
    with pytest.raises(PhotoError, match=r"20000 x 16000.*limit"):
        read_bytes(tmp_path, huge)
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


def test_pixels_larger_than_the_header_says_are_refused(tmp_path: Path) -> None:
    content = heic(skin(320, 400))
    small = content.replace(struct.pack(">II", 400, 320), struct.pack(">II", 100, 80))
    assert small != content
    with pytest.raises(PhotoError, match="damaged"):
        read_bytes(tmp_path, small)


def test_alpha_and_grey(tmp_path: Path) -> None:
    rgba = np.dstack([corners(), np.full(corners().shape[:2], 255, np.uint8)])
    rgba[: rgba.shape[0] // 2, : rgba.shape[1] // 2, 3] = 0
    photo = read_bytes(tmp_path, heic(rgba, "RGBA"))
    np.testing.assert_allclose(photo.rgb[10, 10], (255, 255, 255), atol=3)
    np.testing.assert_allclose(photo.rgb[-10, 10], BLUE, atol=3)
    grey = corners()[..., 0].copy()
    stream = io.BytesIO()
    pillow_heif.from_pillow(Image.fromarray(grey)).save(stream, quality=-1)
    np.testing.assert_allclose(read_bytes(tmp_path, stream.getvalue()).rgb[..., 1], grey, atol=3)


def test_the_main_picture_of_several_is_read_and_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = pillow_heif.from_pillow(Image.fromarray(255 - corners()))
    file.add_from_pillow(Image.fromarray(corners()))
    stream = io.BytesIO()
    file.save(stream, quality=95, primary_index=1)
    assert_corners(read_bytes(tmp_path, stream.getvalue()).rgb, tolerance=6)
    assert "2 pictures" in caplog.text


@pytest.mark.parametrize("part", [0.3, 0.6, 0.95])
def test_refuses_a_truncated_file(tmp_path: Path, part: float) -> None:
    content = heic(skin(160, 200))
    with pytest.raises(PhotoError, match=r"cannot be read|damaged"):
        read_bytes(tmp_path, content[: int(part * len(content))])


def test_avif_deep_and_turned(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    stream = io.BytesIO()
    stored = Image.fromarray(corners()).transpose(Image.Transpose.ROTATE_90)
    stored.save(stream, "AVIF", quality=95, exif=exif)
    photo = read_bytes(tmp_path, stream.getvalue())
    assert_corners(photo.rgb, tolerance=8)
    assert (photo.provenance.format, photo.provenance.bits_per_channel) == ("AVIF", 8)
