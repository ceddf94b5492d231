"""How a photograph was taken is kept; who and where is not, whatever field it hides in."""

import io
import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from hypothesis import given
from hypothesis import strategies as st
from photo_files import skin
from PIL import Image, PngImagePlugin
from PIL.TiffImagePlugin import IFDRational

from inference.photo.photo import Provenance
from inference.photo.provenance import TEXT_LIMIT, camera_name, clean_text, iso_time, jpeg_quality, number
from inference.photo.read import read_photo
from inference.report.files import write_assessment
from tests.builders import build_assessment
from tests.dicom_files import dicom

RGB = skin(96, 128)
#: Planted wherever a file can name a person or place; "zz" so that no honest field holds it by chance.
PLANTED = "zzMaria Kellerzz"
KINDS = ("JPEG", "TIFF", "WEBP", "PNG", "HEIC", "AVIF")


def camera_exif() -> Image.Exif:
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0131] = "Canon", "Canon EOS R5", "Firmware 1.8.1"
    exif[0x013B] = exif[0x8298] = exif[0x013C] = exif[0x010E] = (
        PLANTED  # artist, copyright, host, description
    )
    exif[0x9C9D], exif[0x9C9C] = (
        PLANTED.encode("utf-16le"),
        PLANTED.encode("utf-16le"),
    )  # Windows' author, comment
    own = exif.get_ifd(0x8769)
    own.update(
        {0x9003: "2024:05:01 12:34:56", 0x829A: IFDRational(1, 125), 0x829D: IFDRational(28, 10), 0x8827: 400}
    )
    own.update({0x9209: 0x19, 0x920A: IFDRational(100), 0xA405: 100, 0xA434: "RF100mm F2.8 L MACRO"})
    own.update(
        {0xA430: PLANTED, 0xA431: PLANTED, 0xA435: PLANTED, 0xA420: PLANTED}
    )  # owner, serial numbers, id
    own[0x9286] = b"ASCII\0\0\0" + PLANTED.encode()  # user comment
    place = exif.get_ifd(0x8825)
    place.update(
        {1: "N", 2: (47.0, 22.0, 11.0), 3: "E", 4: (8.0, 32.0, 30.0), 27: PLANTED.encode(), 28: PLANTED}
    )
    return exif


XMP = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><creator>{PLANTED}</creator></x:xmpmeta>'.encode()


def photograph(kind: str) -> bytes:
    """Every field filled: how it was taken in the right ones, a name in all others."""
    exif, stream, picture = camera_exif(), io.BytesIO(), Image.fromarray(RGB)
    match kind:
        case "HEIC":
            file = pillow_heif.from_pillow(picture)
            file.save(stream, quality=90, exif=exif.tobytes(), xmp=XMP)
        case "PNG":
            texts = PngImagePlugin.PngInfo()
            for keyword in ("Author", "Comment", "Copyright", "Description"):
                texts.add_text(keyword, PLANTED)
            texts.add_itxt("XML:com.adobe.xmp", XMP.decode())
            picture.save(stream, "PNG", exif=exif, pnginfo=texts)
        case "TIFF":
            picture.save(stream, "TIFF", exif=exif.tobytes())
        case "JPEG":
            picture.save(stream, "JPEG", exif=exif, xmp=XMP, comment=PLANTED, quality=87)
        case _:
            picture.save(stream, kind, exif=exif, xmp=XMP, quality=90)
    assert b"zzMaria" in stream.getvalue()
    return stream.getvalue()


def read_bytes(tmp_path: Path, content: bytes) -> Provenance:
    (tmp_path / "a").write_bytes(content)
    return read_photo(tmp_path / "a").provenance


@pytest.mark.parametrize("kind", KINDS)
def test_how_it_was_taken_is_kept_in_every_format(tmp_path: Path, kind: str) -> None:
    content = photograph(kind)
    found = read_bytes(tmp_path, content)
    coded = {"JPEG": "JPEG", "TIFF": "none", "WEBP": "lossy", "PNG": "deflate", "HEIC": "HEVC", "AVIF": "AV1"}
    assert found == Provenance(
        format={"WEBP": "WebP"}.get(kind, kind),
        taken_at="2024-05-01T12:34:56",
        camera="Canon EOS R5",
        lens="RF100mm F2.8 L MACRO",
        exposure_s=pytest.approx(1 / 125),
        f_number=pytest.approx(2.8),
        iso=400,
        focal_length_mm=100,
        focal_length_35mm_mm=100,
        flash=True,
        bits_per_channel=8,
        compression=coded[kind],
        jpeg_quality=87 if kind == "JPEG" else None,
        bits_per_px=8 * len(content) / (96 * 128),
        software="Firmware 1.8.1",
    )


@pytest.mark.parametrize("kind", KINDS)
def test_no_name_and_no_place_passes(tmp_path: Path, kind: str) -> None:
    (tmp_path / "a").write_bytes(photograph(kind))
    photo = read_photo(tmp_path / "a")
    for text in (json.dumps(asdict(photo.provenance)), repr(photo.provenance)):
        assert not {"Maria", "Keller", "zz", "47.3", "8.5"} & {
            w for w in ("Maria", "Keller", "zz") if w in text
        }
        assert "zz" not in text


def dicom_photograph() -> bytes:
    names = dict.fromkeys(
        (
            "PatientName",
            "OperatorsName",
            "ReferringPhysicianName",
            "InstitutionName",
            "StationName",
            "PatientID",
        ),
        "zzMaria",
    )
    return dicom(
        RGB,
        **names,
        PatientComments=PLANTED,
        ImageComments=PLANTED,
        DeviceSerialNumber=PLANTED,
        CameraOwnerName=PLANTED,
        InstitutionAddress=PLANTED,
        Manufacturer="NIKON CORPORATION",
        ManufacturerModelName="D850",
        SoftwareVersions=["1.2", "3.4"],
        AcquisitionDateTime="20240501123456.000000+0100",
        ExposureTimeInSeconds="0.008",
        FNumber="8",
        FocalLength="60",
        LensModel="60mm f/2.8 Micro",
    )


def test_dicom_keeps_how_and_not_who(tmp_path: Path) -> None:
    content = dicom_photograph()
    assert b"zzMaria" in content
    found = read_bytes(tmp_path, content)
    assert found.taken_at == "2024-05-01T12:34:56"
    assert found.camera == "NIKON CORPORATION D850"
    assert (found.exposure_s, found.f_number, found.focal_length_mm) == (0.008, 8, 60)
    assert found.lens == "60mm f/2.8 Micro"
    assert "zz" not in json.dumps(asdict(found))


@pytest.mark.parametrize("kind", [*KINDS, "DICOM"])
def test_written_files_name_nobody(tmp_path: Path, kind: str) -> None:
    """What an assessment of such a photograph would write, its provenance included."""
    source = tmp_path / "in"
    source.mkdir()
    (source / "a").write_bytes(dicom_photograph() if kind == "DICOM" else photograph(kind))
    photo = read_photo(source / "a")
    assessment = build_assessment()
    out = tmp_path / "out"
    write_assessment(replace(assessment, photo=replace(assessment.photo, sha256=photo.sha256)), out, "a")
    (out / "provenance.json").write_text(json.dumps(asdict(photo.provenance)), encoding="utf-8")
    written = [path.read_bytes() for path in out.rglob("*") if path.is_file()]
    assert len(written) >= 3
    assert not any(
        word in content for content in written for word in (b"zzMaria", b"Keller", b"M\0a\0r\0i\0a")
    )


@pytest.mark.parametrize(
    "text",
    ["Anna's iPhone", "Anna’s Galaxy", "a.keller@clinic.ch", "C:\\Users\\anna\\raw.exe", "/home/anna/dcraw",
     "https://photos.example/anna"],
)  # fmt: skip
def test_texts_that_name_somebody_are_dropped_whole(tmp_path: Path, text: str) -> None:
    exif = camera_exif()
    exif[0x0110] = exif[0x0131] = text
    stream = io.BytesIO()
    Image.fromarray(RGB).save(stream, "JPEG", exif=exif)
    found = read_bytes(tmp_path, stream.getvalue())
    assert (found.camera, found.software) == ("Canon", None)


@given(
    st.one_of(st.text(), st.binary(), st.text(st.characters(categories=["Cc", "Cf", "Zl", "Zp", "Cs", "Co"])))
)
def test_texts_are_short_and_printable(value: str | bytes) -> None:
    found = clean_text(value)
    assert found is None or (0 < len(found) <= TEXT_LIMIT and found.isprintable() and found == found.strip())


def test_control_characters_and_length() -> None:
    assert clean_text("EOS\x1b[31m R5\r\n\u202e\0behind") == "EOS [31m R5"
    assert clean_text("x" * 1000) == "x" * TEXT_LIMIT
    assert clean_text(42) is None
    assert camera_name("Apple", "iPhone 14") == "Apple iPhone 14"
    assert camera_name("NIKON CORPORATION", "NIKON D850") == "NIKON D850"
    assert camera_name(None, None) is None


@pytest.mark.parametrize(
    "value", ["0000:00:00 00:00:00", "    :  :     :  :  ", "2024-05-01", "x", None, b"\xff"]
)
def test_no_time_is_unknown(value: object) -> None:
    assert iso_time(value) is None


@pytest.mark.parametrize("value", [None, float("nan"), float("inf"), -1, 0, "much", (), b"\0"])
def test_impossible_numbers_are_unknown(value: object) -> None:
    assert number(value, 0.1, 1000) is None


@pytest.mark.parametrize("quality", range(1, 101))
@pytest.mark.parametrize("progressive", [False, True])
def test_jpeg_quality_of_pillow_s_tables(quality: int, progressive: bool) -> None:
    stream = io.BytesIO()
    Image.fromarray(RGB).save(stream, "JPEG", quality=quality, progressive=progressive)
    with Image.open(stream) as image:
        assert jpeg_quality(image.quantization[0]) == quality


def test_jpeg_quality_of_other_tables() -> None:
    flat = [3] * 64  # of no IJG quality; an even table of 3 is fine quantization
    assert 90 <= (jpeg_quality(flat) or 0) <= 100
    assert jpeg_quality(None) is None
    assert jpeg_quality([1, 2, 3]) is None


def test_without_tags_all_of_it_is_unknown(tmp_path: Path) -> None:
    stream = io.BytesIO()
    Image.fromarray(RGB).save(stream, "BMP")
    found = read_bytes(tmp_path, stream.getvalue())
    assert found == Provenance(
        format="BMP", bits_per_channel=8, compression="none", bits_per_px=8 * stream.tell() / (96 * 128)
    )


@pytest.mark.parametrize(("lossless", "name"), [(True, "lossless"), (False, "lossy")])
@pytest.mark.parametrize("alpha", [False, True])
def test_webp_says_whether_it_lost(tmp_path: Path, lossless: bool, name: str, alpha: bool) -> None:
    picture = Image.fromarray(RGB)
    if alpha:
        picture.putalpha(Image.fromarray(np.full((96, 128), 100, np.uint8)))
    stream = io.BytesIO()
    picture.save(stream, "WEBP", lossless=lossless, exif=camera_exif())
    assert read_bytes(tmp_path, stream.getvalue()).compression == name


@pytest.mark.parametrize("mode", ["1", "P", "I;16"])
def test_bits_of_a_png(tmp_path: Path, mode: str) -> None:
    stream = io.BytesIO()
    if mode == "I;16":
        Image.fromarray(np.zeros((96, 128), np.uint16)).save(stream, "PNG")
    else:
        Image.fromarray(RGB).convert(mode).save(stream, "PNG")
    assert read_bytes(tmp_path, stream.getvalue()).bits_per_channel == {"1": 1, "P": 8, "I;16": 16}[mode]
