"""DICOM photographs: each way of storing pixels, the checks before decoding, and no pydicom."""

import importlib
import io
import zlib
from pathlib import Path

import numpy as np
import pytest
from photo_files import corners, skin
from PIL import Image, ImageCms

from inference.errors import PhotoError
from inference.photo import dicom_file
from inference.photo.colour import with_primaries
from inference.photo.photo import Photo
from inference.photo.read import read_photo
from tests.dicom_files import SECONDARY_CAPTURE, VL_PHOTOGRAPHIC, dicom, in_422, jpeg

pydicom = pytest.importorskip("pydicom")

RGB = skin(96, 128)
DEEP = np.random.default_rng(3).integers(0, 65536, (96, 128, 3), dtype=np.uint16)
NATIVE = ("implicit", "explicit", "deflated", "rle")


def read_bytes(tmp_path: Path, content: bytes) -> Photo:
    (tmp_path / "IM0001").write_bytes(content)
    return read_photo(tmp_path / "IM0001")


def in_ycc(rgb: np.ndarray) -> np.ndarray:
    return np.asarray(Image.fromarray(rgb).convert("YCbCr"))


def in_rgb(ycc: np.ndarray) -> np.ndarray:
    """JFIF 1.02, in floating point."""
    y, cb, cr = np.moveaxis(ycc.astype(float), -1, 0) - np.array([0, 128, 128])[:, np.newaxis, np.newaxis]
    rgb = np.stack([y + 1.402 * cr, y - 0.344136 * cb - 0.714136 * cr, y + 1.772 * cb], axis=-1)
    return np.clip(rgb, 0, 255)


@pytest.mark.parametrize("sop_class", [VL_PHOTOGRAPHIC, SECONDARY_CAPTURE])
@pytest.mark.parametrize("syntax", NATIVE)
def test_colour_is_read_exactly(tmp_path: Path, syntax: str, sop_class: str) -> None:
    photo = read_bytes(tmp_path, dicom(RGB, syntax=syntax, sop_class=sop_class))
    assert (photo.rgb == RGB).all()
    assert photo.provenance.format == "DICOM"
    kinds = {"deflated": "deflate", "rle": "RLE"}
    assert photo.provenance.compression == kinds.get(syntax, "none")


@pytest.mark.parametrize("syntax", NATIVE)
def test_sixteen_bits_are_rounded(tmp_path: Path, syntax: str) -> None:
    exact = DEEP / 257
    assert np.abs(read_bytes(tmp_path, dicom(DEEP, syntax=syntax)).rgb - exact).max() <= 0.5


def test_twelve_bits_in_sixteen(tmp_path: Path) -> None:
    values = (DEEP[..., 0] >> 4).astype(np.uint16)
    rgb = read_bytes(tmp_path, dicom(values, bits_stored=12)).rgb
    assert np.abs(rgb[..., 0] - values * (255 / 4095)).max() <= 0.5


@pytest.mark.parametrize("syntax", [*NATIVE, "jpeg"])
def test_both_kinds_of_grey(tmp_path: Path, syntax: str) -> None:
    grey = np.ascontiguousarray(RGB[..., 1])
    coded = jpeg(grey, quality=90)
    if syntax == "jpeg":
        grey = np.asarray(Image.open(io.BytesIO(coded)))
    for photometric, expected in (("MONOCHROME2", grey), ("MONOCHROME1", 255 - grey)):
        rgb = read_bytes(tmp_path, dicom(grey, syntax=syntax, photometric=photometric, frame=coded)).rgb
        assert (rgb == expected[..., np.newaxis]).all()


def test_colour_by_plane(tmp_path: Path) -> None:
    by_plane = np.ascontiguousarray(RGB.transpose(2, 0, 1)).tobytes()
    content = dicom(RGB, PlanarConfiguration=1, PixelData=by_plane)
    assert (read_bytes(tmp_path, content).rgb == RGB).all()


@pytest.mark.parametrize("syntax", NATIVE)
def test_ybr_full(tmp_path: Path, syntax: str) -> None:
    rgb = read_bytes(tmp_path, dicom(in_ycc(RGB), syntax=syntax, photometric="YBR_FULL")).rgb
    np.testing.assert_allclose(rgb, in_rgb(in_ycc(RGB)), atol=1)


def test_ybr_full_422_in_both_readings(tmp_path: Path) -> None:
    """Against arithmetic, and against a file of another writer that pydicom brings along."""
    smooth = np.repeat(RGB[:, ::2], 2, axis=1)
    content = dicom(RGB, photometric="YBR_FULL_422", PixelData=in_422(in_ycc(smooth)))
    np.testing.assert_allclose(read_bytes(tmp_path, content).rgb, in_rgb(in_ycc(smooth)), atol=1)
    other = Path(pydicom.__file__).parent / "data/test_files/SC_ybr_full_422_uncompressed.dcm"
    expected = pydicom.pixels.pixel_array(pydicom.dcmread(other))
    np.testing.assert_allclose(read_photo(other).rgb, expected, atol=2)


@pytest.mark.parametrize(
    ("file", "photometric"),
    [
        ("SC_rgb_dcmtk_+eb+cr.dcm", "RGB"),  # coded as RGB, and marked so
        ("SC_jpeg_no_color_transform.dcm", "RGB"),  # coded as RGB, and not marked
        ("SC_jpeg_no_color_transform_2.dcm", "RGB"),
        ("SC_rgb_jpeg_dcmtk.dcm", "YBR_FULL"),
        ("SC_rgb_dcmtk_+eb+cy+np.dcm", "YBR_FULL_422"),
        ("SC_rgb_rle.dcm", "RGB"),
        ("SC_rgb_rle_16bit.dcm", "RGB"),
    ],
)
def test_files_of_other_writers(file: str, photometric: str) -> None:
    path = Path(pydicom.__file__).parent / "data/test_files" / file
    dataset = pydicom.dcmread(path)
    assert dataset.PhotometricInterpretation == photometric
    expected = pydicom.pixels.pixel_array(dataset)
    if expected.dtype == np.uint16:
        expected = np.rint(expected / 257)
    np.testing.assert_allclose(read_photo(path).rgb, expected, atol=3)


def test_jpeg_frames(tmp_path: Path) -> None:
    turned = Image.Exif()
    turned[0x0112] = 6
    content = dicom(RGB, syntax="jpeg", photometric="YBR_FULL_422", frame=jpeg(RGB, quality=83, exif=turned))
    photo = read_bytes(tmp_path, content)
    with Image.open(io.BytesIO(jpeg(RGB, quality=83))) as plain:
        assert (photo.rgb == np.asarray(plain)).all()  # DICOM's own rows stand upright
    assert (photo.provenance.compression, photo.provenance.jpeg_quality) == ("JPEG", 83)


@pytest.mark.parametrize("entries", [8, 16])
def test_palette_colour(tmp_path: Path, entries: int) -> None:
    picture = Image.fromarray(corners()).quantize(4)
    colours = np.array(picture.getpalette()[:12], np.uint8).reshape(4, 3)
    wide = colours.astype(np.uint16) << 8 if entries == 16 else colours
    elements: dict[str, object] = {}
    for name, column in zip(("Red", "Green", "Blue"), wide.T, strict=True):
        elements[f"{name}PaletteColorLookupTableDescriptor"] = [4, 10, entries]
        elements[f"{name}PaletteColorLookupTableData"] = np.ascontiguousarray(column).tobytes()
    content = dicom(np.asarray(picture) + np.uint8(10), photometric="PALETTE COLOR", **elements)
    assert (read_bytes(tmp_path, content).rgb == corners()).all()


@pytest.mark.parametrize("syntax", ["explicit", "jpeg"])
def test_the_icc_profile_is_applied(tmp_path: Path, syntax: str) -> None:
    p3 = with_primaries(12)
    assert p3 is not None
    expected = ImageCms.profileToProfile(
        Image.fromarray(corners()),
        ImageCms.ImageCmsProfile(io.BytesIO(p3)),
        ImageCms.createProfile("sRGB"),
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
    )
    photo = read_bytes(tmp_path, dicom(corners(), syntax=syntax, photometric="RGB", ICCProfile=p3))
    if syntax == "explicit":
        np.testing.assert_allclose(photo.rgb, np.asarray(expected), atol=1)
    else:
        np.testing.assert_allclose(
            np.median(photo.rgb[:40, :60], axis=(0, 1)), expected.getpixel((5, 5)), atol=4
        )


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"NumberOfFrames": 2}, "2 frames"),
        ({"Rows": 60_000, "Columns": 60_000}, "60000 x 60000 pixels, over the limit"),
        ({"Rows": 0}, "too small"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.2"}, "another kind"),
        ({"BitsAllocated": 32, "BitsStored": 32}, "not read"),
        ({"PixelRepresentation": 1}, "not read"),
        ({"PhotometricInterpretation": "YBR_ICT"}, "not read"),
        ({"PhotometricInterpretation": "PALETTE COLOR"}, "not read"),
        ({"Rows": 97}, "damaged or cut short"),
        ({"PixelData": b""}, "no picture"),
    ],
)
def test_refuses_with_a_reason(tmp_path: Path, change: dict[str, object], reason: str) -> None:
    with pytest.raises(PhotoError, match=reason):
        read_bytes(tmp_path, dicom(RGB, **change))


def test_a_frame_that_is_not_the_picture_described_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PhotoError, match="not the picture that its header describes"):
        read_bytes(tmp_path, dicom(RGB, syntax="jpeg", frame=jpeg(skin(80, 128))))


def test_another_transfer_syntax_is_refused_by_its_number(tmp_path: Path) -> None:
    content = dicom(RGB, syntax="jpeg").replace(b"1.2.840.10008.1.2.4.50", b"1.2.840.10008.1.2.4.90")
    with pytest.raises(PhotoError, match=r"1\.2\.840\.10008\.1\.2\.4\.90.*export it"):
        read_bytes(tmp_path, content)


def test_inflation_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dicom_file, "INFLATED_LIMIT_BYTES", 1_000_000)
    whole = dicom(RGB, syntax="deflated")
    assert (read_bytes(tmp_path, whole).rgb == RGB).all()
    _, start = dicom_file._file_meta(whole, "a")
    deflater = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    with pytest.raises(PhotoError, match="inflates"):
        read_bytes(tmp_path, whole[:start] + deflater.compress(bytes(50_000_000)) + deflater.flush())


def test_without_pydicom_the_message_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(PhotoError, match=r"pip install 'cicatrix\[dicom\]'"):
        read_bytes(tmp_path, dicom(RGB))


@pytest.mark.parametrize("part", [0.3, 0.6, 0.95])
@pytest.mark.parametrize("syntax", [*NATIVE, "jpeg"])
def test_refuses_a_truncated_file(tmp_path: Path, syntax: str, part: float) -> None:
    content = dicom(RGB, syntax=syntax)
    with pytest.raises(PhotoError, match=r"damaged|no picture|another kind|too small"):
        read_bytes(tmp_path, content[: int(part * len(content))])
