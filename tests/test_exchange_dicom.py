"""DICOM out: photographs, segmentations and measurement reports, read back by pydicom, highdicom and our own reader."""

import hashlib
from pathlib import Path

import cv2
import highdicom as hd
import numpy as np
import pydicom
import pytest
from builders import build_photo
from dicom_files import dicom
from result_folders import build_case, comparison_folder, hashed, measured_comparison, write_photographs
from typer.testing import CliRunner

from inference.cli import app
from inference.exchange.dicom_results import site_of
from inference.exchange.make import export
from inference.exchange.visits import ExchangeError
from inference.photo.read import read_photo
from inference.report.make import find_results

TYPES = ("icepick", "boxcar", "rolling", "raised")


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """results/ and dicom/ of one comparison."""
    folder = tmp_path_factory.mktemp("exported")
    hashes = write_photographs(folder / "photos", ("before.jpg", "after.jpg"))
    comparison_folder(folder / "results", hashed(measured_comparison(), hashes))
    export(find_results(folder / "results"), build_case(), folder / "dicom", folder / "photos")
    return folder


def dataset(exported: Path, name: str) -> pydicom.Dataset:
    return pydicom.dcmread(exported / "dicom" / f"visit-1.{name}.dcm")


def test_three_files_a_visit(exported: Path) -> None:
    names = sorted(path.name for path in (exported / "dicom").iterdir())
    kinds = ("photograph", "report", "segmentation")
    assert names == [f"visit-{k}.{kind}.dcm" for k in (1, 2) for kind in kinds]


def test_the_photograph_keeps_every_pixel_and_its_scale(exported: Path) -> None:
    photo = dataset(exported, "photograph")
    assert photo.SOPClassUID.name == "VL Photographic Image Storage"
    assert np.array_equal(photo.pixel_array, build_photo().rgb)
    assert photo.PatientID == "P-0142"
    assert photo.StudyDate == "20260304"
    assert photo.Laterality == "L"
    assert "PixelSpacing" not in photo, "an assumed scale is no calibration"
    ours = read_photo(exported / "dicom" / "visit-1.photograph.dcm")
    assert np.array_equal(ours.rgb, build_photo().rgb)


def test_the_segmentation_is_the_mask_pixel_by_pixel(exported: Path) -> None:
    scars = dataset(exported, "segmentation")
    mask = cv2.imread(str(exported / "results" / "comparison.before.scars.png"), cv2.IMREAD_UNCHANGED)
    read = np.zeros_like(mask)
    frames = scars.pixel_array
    for frame, group in zip(frames, scars.PerFrameFunctionalGroupsSequence, strict=True):
        read[frame > 0] = group.SegmentIdentificationSequence[0].ReferencedSegmentNumber
    assert np.array_equal(read, mask)
    assert set(np.unique(mask)) == {0, 1, 2, 3}
    assert [segment.SegmentLabel for segment in scars.SegmentSequence] == [f"{name} scar" for name in TYPES]
    assert scars.SegmentSequence[0].SegmentationAlgorithmIdentificationSequence[0].AlgorithmVersion == "0.1.0"
    by_library = hd.seg.segread(exported / "dicom" / "visit-1.segmentation.dcm")
    assert by_library.segmented_property_categories[0].meaning == "Morphologically Abnormal Structure"


def test_segmentation_and_report_refer_to_the_photograph(exported: Path) -> None:
    photo, scars, report = (dataset(exported, name) for name in ("photograph", "segmentation", "report"))
    assert scars.ReferencedSeriesSequence[0].ReferencedInstanceSequence[0].ReferencedSOPInstanceUID == (
        photo.SOPInstanceUID
    )
    evidence = {
        item.ReferencedSOPInstanceUID
        for study in report.CurrentRequestedProcedureEvidenceSequence
        for series in study.ReferencedSeriesSequence
        for item in series.ReferencedSOPSequence
    }
    assert evidence == {photo.SOPInstanceUID, scars.SOPInstanceUID}
    assert len({photo.StudyInstanceUID, scars.StudyInstanceUID, report.StudyInstanceUID}) == 1
    assert len({photo.SeriesInstanceUID, scars.SeriesInstanceUID, report.SeriesInstanceUID}) == 3


def test_the_report_holds_the_figures_with_their_uncertainty(exported: Path) -> None:
    report = hd.sr.srread(exported / "dicom" / "visit-1.report.dcm")
    assert report.VerificationFlag == "UNVERIFIED"
    assert report.ContentTemplateSequence[0].TemplateIdentifier == "1500"
    groups = report.content.get_image_measurement_groups()
    assert len(groups) == 2
    burdens = [
        measured
        for group in groups
        for measured in group.get_measurements()
        if measured.name.value == "scars.burden_um"
    ]
    assert [float(measured.value) for measured in burdens] == [40.0, 38.0]
    assert burdens[0].unit.value == "um"
    ends = [
        float(item.MeasuredValueSequence[0].NumericValue)
        for item in burdens[0][0].ContentSequence
        if item.RelationshipType == "HAS PROPERTIES"
    ]
    assert ends == pytest.approx([1.96, 1.96])


def test_each_type_is_tied_to_its_segment(exported: Path) -> None:
    report = hd.sr.srread(exported / "dicom" / "visit-1.report.dcm")
    scars = dataset(exported, "segmentation")
    groups = report.content.get_planar_roi_measurement_groups()
    assert [group.finding_type.value for group in groups] == ["icepick-scar", "boxcar-scar", "rolling-scar"]
    for k, group in enumerate(groups):
        reference = group.referenced_segmentation_frame[0].ReferencedSOPSequence[0]
        assert reference.ReferencedSOPInstanceUID == scars.SOPInstanceUID
        frame = scars.PerFrameFunctionalGroupsSequence[reference.ReferencedFrameNumber - 1]
        assert frame.SegmentIdentificationSequence[0].ReferencedSegmentNumber == k + 1
        values = {measured.name.value: float(measured.value) for measured in group.get_measurements()}
        assert values == {"count": 1.0, "area": 3.0, "depth": 220.0}
        assert group.finding_sites[0].value.value == "36141000"


def test_a_second_export_names_every_object_alike(exported: Path, tmp_path: Path) -> None:
    export(find_results(exported / "results"), build_case(), tmp_path, exported / "photos")
    for name in ("photograph", "segmentation", "report"):
        again = pydicom.dcmread(tmp_path / f"visit-1.{name}.dcm")
        assert again.SOPInstanceUID == dataset(exported, name).SOPInstanceUID


def test_a_photograph_that_came_as_dicom_is_referred_to_and_not_made_again(tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    uids = {
        "Modality": "XC",
        "SOPInstanceUID": "1.2.3.4",
        "StudyInstanceUID": "1.2.3",
        "SeriesInstanceUID": "1.2.9",
    }
    original = dicom(build_photo().rgb, **uids)
    hashes = {name: hashlib.sha256(original).hexdigest() for name in ("before.jpg", "after.jpg")}
    for name in hashes:
        (photos / name).write_bytes(original)
    folder = comparison_folder(tmp_path / "r", hashed(measured_comparison(), hashes))
    export(find_results(folder), build_case(), tmp_path / "out", photos)
    assert not list((tmp_path / "out").glob("*.photograph.dcm"))
    scars = pydicom.dcmread(tmp_path / "out" / "visit-1.segmentation.dcm")
    assert scars.StudyInstanceUID == "1.2.3"
    report = hd.sr.srread(tmp_path / "out" / "visit-1.report.dcm")
    names = {
        m.name.meaning for g in report.content.get_image_measurement_groups() for m in g.get_measurements()
    }
    assert {"Goodman–Baron quant. (0–84)", "Scars per cm²"} <= names, (
        "signs survive, whatever the original's letters"
    )
    assert (
        scars.ReferencedSeriesSequence[0].ReferencedInstanceSequence[0].ReferencedSOPInstanceUID == "1.2.3.4"
    )


def test_a_photograph_without_scars_gives_an_empty_segmentation(exported: Path, tmp_path: Path) -> None:
    """An empty object is a finding; a missing one would be a gap."""
    for path in (exported / "results").iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    mask = tmp_path / "comparison.before.scars.png"
    cv2.imwrite(str(mask), np.zeros((240, 320), np.uint8))
    export(find_results(tmp_path), build_case(), tmp_path / "out", exported / "photos")
    assert not pydicom.dcmread(tmp_path / "out" / "visit-1.segmentation.dcm").pixel_array.any()


def test_photographs_are_asked_for(exported: Path, tmp_path: Path) -> None:
    run = CliRunner().invoke(app, ["export", str(exported / "results"), "--out", str(tmp_path / "dicom")])
    assert run.exit_code == 2
    assert "--photos" in run.output


def test_regions_are_found_in_their_names() -> None:
    assert site_of("left_cheek").meaning == "Skin of cheek"
    assert site_of("Forehead").meaning == "Skin of forehead"
    assert site_of(None).meaning == "Skin of face"


def test_a_dicom_photograph_without_what_others_refer_to_is_refused(tmp_path: Path) -> None:
    content = dicom(build_photo().rgb, Modality="XC", SeriesInstanceUID="1.2.9")
    (tmp_path / "before.jpg").write_bytes(content)
    hashes = {name: hashlib.sha256(content).hexdigest() for name in ("before.jpg", "after.jpg")}
    folder = comparison_folder(tmp_path / "r", hashed(measured_comparison(), hashes))
    with pytest.raises(ExchangeError, match="StudyInstanceUID"):
        export(find_results(folder), build_case(), tmp_path / "out", tmp_path)
