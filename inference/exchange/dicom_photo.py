"""A scored photograph as a DICOM object: its own, where it came as DICOM, else a VL Photographic Image."""

import io
import uuid
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filereader import dcmread  # pyright: ignore[reportUnknownVariableType]
from pydicom.uid import ExplicitVRLittleEndian

from inference.exchange.visits import ExchangeError, VisitResult
from inference.photo.dicom import PHOTOGRAPHS, is_dicom
from inference.photo.read import read_photo
from inference.report.case import Case

#: PS3.4, B.5: VL Photographic Image Storage.
VL_PHOTOGRAPHIC = "1.2.840.10008.5.1.4.1.1.77.1.4"
MANUFACTURER = "cicatrix"
#: Names of figures and of clinics need it.
UTF_8 = "ISO_IR 192"
_SERIES_PHOTO = 1
#: What an object must have to be referred to, and what may be empty (types 1 and 2 of PS3.3, C.7).
_IDENTIFYING = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "Modality")
_MAY_BE_EMPTY = (
    *("PatientID", "PatientName", "PatientBirthDate", "PatientSex", "StudyID", "StudyDate", "StudyTime"),
    *("AccessionNumber", "ReferringPhysicianName"),
)


@dataclass(frozen=True, slots=True)
class Origin:
    """The DICOM photograph that results refer to. made: by this program, and so to be exported beside them."""

    dataset: Dataset
    made: bool


def uid_of(*parts: str) -> str:
    """An identifier under UUID's root (PS3.5, B.2), the same at every export of the same things."""
    return f"2.25.{uuid.uuid5(uuid.NAMESPACE_URL, '/'.join(('urn:cicatrix:dicom', *parts))).int}"


def origin_of(visit: VisitResult, path: Path, case: Case) -> Origin:
    """The photograph at `path` as DICOM.

    Raises PhotoError, and ExchangeError where its size is not that of the result.
    """
    if is_dicom(path.read_bytes()[:132]):
        dataset = dcmread(path)
        if str(dataset.SOPClassUID) in PHOTOGRAPHS:
            return Origin(_complete(dataset, path), made=False)
    photo = read_photo(path)
    facts = visit.assessment.photo
    if (photo.width_px, photo.height_px) != (facts.width_px, facts.height_px):
        raise ExchangeError(f"{path.name} has not the size that was scored: score it again.")
    return Origin(photographic_image(photo.rgb, visit, case), made=True)


def _complete(dataset: Dataset, path: Path) -> Dataset:
    """With all that objects which refer to it copy from it. Raises ExchangeError where one of them cannot be empty."""
    missing = [keyword for keyword in _IDENTIFYING if not dataset.get(keyword)]
    if missing:
        raise ExchangeError(
            f"{path.name} lacks {', '.join(missing)}: export it again from where it was made."
        )
    for keyword in _MAY_BE_EMPTY:
        if keyword not in dataset:
            setattr(dataset, keyword, "")
    return dataset


def photographic_image(rgb: NDArray[np.uint8], visit: VisitResult, case: Case) -> Dataset:
    """VL Photographic Image (PS3.3, A.32.4) of the upright photograph, lossless; rgb: (h, w, 3) uint8 sRGB.

    The patient is named by code only.
    """
    code = case.patient_code or ""
    sha256 = visit.assessment.photo.sha256
    dataset = Dataset()
    _patient_and_study(dataset, code, visit, case)
    dataset.SOPClassUID = VL_PHOTOGRAPHIC
    dataset.SOPInstanceUID = uid_of(code, "photograph", sha256)
    dataset.Modality = "XC"  # external-camera photography
    dataset.SeriesInstanceUID = uid_of(code, "photographs", visit.label)
    dataset.SeriesNumber = _SERIES_PHOTO
    dataset.InstanceNumber = 1
    dataset.Manufacturer = visit.assessment.photo.provenance.camera or ""
    dataset.ImageType = ["DERIVED", "PRIMARY"]
    dataset.DerivationDescription = f"Turned upright and decoded from the file of SHA-256 {sha256}"
    dataset.LossyImageCompression = "01" if visit.assessment.photo.provenance.compression == "JPEG" else "00"
    dataset.AcquisitionContextSequence = []
    dataset.PatientOrientation = ""
    dataset.Laterality = _laterality(case.region)
    mm_per_px = visit.assessment.scale.mm_per_px
    # Calibrated against a reference in the picture, but for a scale that is only assumed (PS3.3, 10.7).
    if visit.assessment.scale.source != "assumed":
        dataset.PixelSpacing = [f"{mm_per_px:.8g}"] * 2
    _pixels(dataset, rgb)
    return dataset


def _patient_and_study(dataset: Dataset, code: str, visit: VisitResult, case: Case) -> None:
    day = _dicom_day(visit.date)
    dataset.PatientID = code
    dataset.PatientName = f"{code}^" if code else ""  # one component, said to be meant so
    dataset.PatientBirthDate = dataset.PatientSex = ""
    dataset.StudyInstanceUID = uid_of(code, "visit", visit.label, visit.file)
    dataset.StudyID = visit.label[:16]
    dataset.StudyDate = day
    dataset.StudyTime = dataset.AccessionNumber = dataset.ReferringPhysicianName = ""
    taken_at = visit.assessment.photo.provenance.taken_at
    if taken_at is not None:
        taken = datetime.fromisoformat(taken_at)
        dataset.ContentDate, dataset.ContentTime = f"{taken:%Y%m%d}", f"{taken:%H%M%S}"
    if case.clinic:
        dataset.InstitutionName = case.clinic[:64]
    dataset.SpecificCharacterSet = UTF_8


def _pixels(dataset: Dataset, rgb: NDArray[np.uint8]) -> None:
    dataset.Rows, dataset.Columns = rgb.shape[:2]
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation, dataset.PlanarConfiguration = 3, "RGB", 0
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.HighBit, dataset.PixelRepresentation = 7, 0
    content = rgb.tobytes()
    dataset.PixelData = content + bytes(len(content) % 2)
    dataset["PixelData"].VR = "OB"
    meta: Any = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.file_meta = meta


def _laterality(region: str | None) -> str:
    words = (region or "").lower().replace("_", " ").split()
    return "L" if "left" in words else "R" if "right" in words else ""


def _dicom_day(day: date | None) -> str:
    return "" if day is None else f"{day:%Y%m%d}"


def dicom_bytes(dataset: Dataset) -> bytes:
    """The object as a file of DICOM (PS3.10)."""
    out = io.BytesIO()
    dataset.save_as(out, enforce_file_format=True)
    return out.getvalue()
