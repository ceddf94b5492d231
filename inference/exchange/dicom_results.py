"""Results as DICOM objects: the scars as a segmentation, the figures as a measurement report (TID 1500)."""

from typing import Any, cast

import cv2
import highdicom as hd
import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

from inference.exchange.dicom_photo import MANUFACTURER, UTF_8, Origin, uid_of
from inference.exchange.fhir_parts import UCUM
from inference.exchange.visits import ExchangeError, Reading, VisitResult
from inference.measure.assessment import ScarType
from inference.network.maps import TYPES
from inference.report import words

#: Codes of this program for what no terminology names; `docs/exchange.md` lists them.
SCHEME = "99CICATRIX"
#: SNOMED CT by words of a region's name.
_SITES: dict[str, Code] = {
    "cheek": codes.SCT.SkinOfCheek, "forehead": codes.SCT.SkinOfForehead, "temple": codes.SCT.SkinOfTemporalRegion,
    "nose": codes.SCT.SkinOfNose, "perioral": codes.SCT.SkinOfPerioralRegionOfFace, "chin": codes.SCT.SkinOfChin,
    "jaw": codes.SCT.SkinOfJawline,
}  # fmt: skip
_SERIES_SEGMENTATION, _SERIES_REPORT = 2, 3
_NORMAL_95 = 1.96


def read_mask(visit: VisitResult) -> NDArray[np.uint8]:
    """(h, w) uint8, 0..4, of the upright photograph's size. Raises ExchangeError where it is missing or of another."""
    read = None if visit.mask is None else cv2.imread(str(visit.mask), cv2.IMREAD_UNCHANGED)
    size = visit.assessment.photo.height_px, visit.assessment.photo.width_px
    if read is None or read.shape != size:
        raise ExchangeError(f"The mask of {visit.file} is missing: run cicatrix compare or series again.")
    return read.astype(np.uint8, copy=False)


def segmentation(origin: Origin, visit: VisitResult, region: str | None) -> Dataset:
    """Scars by type: segment 1 icepick, 2 boxcar, 3 rolling, 4 raised, as in the masks. Raises ExchangeError."""
    mask = read_mask(visit)
    model = visit.assessment.model
    algorithm = hd.AlgorithmIdentificationSequence(
        name=model.name, family=codes.DCM.ArtificialIntelligence, version=model.version
    )
    descriptions = [
        hd.seg.SegmentDescription(
            segment_number=number,
            segment_label=f"{name} scar",
            segmented_property_category=codes.SCT.MorphologicallyAbnormalStructure,
            segmented_property_type=_scar_code(name),
            algorithm_type=hd.seg.SegmentAlgorithmTypeValues.AUTOMATIC,
            algorithm_identification=algorithm,
            tracking_uid=_tracking_uid(visit, name),
            tracking_id=f"{name} scars",
            anatomic_regions=[site_of(region)],
        )
        for number, name in enumerate(TYPES[1:], start=1)
    ]
    made = hd.seg.Segmentation(
        source_images=[origin.dataset],
        pixel_array=mask[None],
        segmentation_type=hd.seg.SegmentationTypeValues.BINARY,
        segment_descriptions=descriptions,
        series_instance_uid=uid_of(origin.dataset.SOPInstanceUID, "segmentations"),
        series_number=_SERIES_SEGMENTATION,
        sop_instance_uid=uid_of(origin.dataset.SOPInstanceUID, "segmentation", model.sha256),
        instance_number=1,
        manufacturer=MANUFACTURER,
        manufacturer_model_name=model.name,
        software_versions=model.version,
        device_serial_number=model.sha256[:16],
        content_label="SCARS",
        content_description="Scars outlined on a photograph, by type",
    )
    made.SpecificCharacterSet = UTF_8
    made.PatientOrientation = ""  # type 2C where no axes of the patient are known, as on any photograph
    return made


def measurement_report(origin: Origin, scars: Dataset, visit: VisitResult, region: str | None) -> Dataset:
    """TID 1500: all figures of the visit, and count, area and depth of each type with its segment.

    Not verified, as no person has looked at it.
    """
    model = visit.assessment.model
    observer = hd.sr.ObserverContext(
        observer_type=codes.DCM.Device,
        observer_identifying_attributes=hd.sr.DeviceObserverIdentifyingAttributes(
            uid=uid_of("model", model.sha256),
            name=model.name,
            manufacturer_name=MANUFACTURER,
            model_name=model.version,
        ),
    )
    source = hd.sr.SourceImageForMeasurementGroup.from_source_image(origin.dataset)
    readings = [reading for reading in visit.readings() if reading.value is not None]
    bases = {(reading.basis, reading.region): None for reading in readings}
    groups: list[Any] = [
        hd.sr.MeasurementsAndQualitativeEvaluations(
            tracking_identifier=_tracking(visit, f"{basis} {part or 'all skin'}"),
            finding_type=codes.SCT.Skin,
            finding_sites=[hd.sr.FindingSite(site_of(part or region))],
            measurements=[_measurement(r) for r in readings if (r.basis, r.region) == (basis, part)],
            source_images=[source],
        )
        for basis, part in bases
    ]
    groups += _by_type(scars, origin, visit, region)
    report = hd.sr.MeasurementReport(
        observation_context=hd.sr.ObservationContext(observer_device_context=observer),
        procedure_reported=Code("assessment", SCHEME, "Photo-based assessment of atrophic acne scars"),
        imaging_measurements=groups,
        title=codes.DCM.ImagingMeasurementReport,
        referenced_images=[origin.dataset],
    )
    made = hd.sr.ComprehensiveSR(
        evidence=[origin.dataset, scars],
        content=report[0],
        series_instance_uid=uid_of(origin.dataset.SOPInstanceUID, "reports"),
        series_number=_SERIES_REPORT,
        sop_instance_uid=uid_of(origin.dataset.SOPInstanceUID, "report", model.sha256),
        instance_number=1,
        manufacturer=MANUFACTURER,
        is_complete=True,
        is_verified=False,
    )
    made.SpecificCharacterSet = UTF_8
    return made


def _by_type(scars: Dataset, origin: Origin, visit: VisitResult, region: str | None) -> list[Any]:
    """A group for each type that occurs, tied to the frame of its segment."""
    groups: list[Any] = []
    frames = {
        int(frame.SegmentIdentificationSequence[0].ReferencedSegmentNumber): number
        for number, frame in enumerate(scars.PerFrameFunctionalGroupsSequence, start=1)
    }
    for segment, name in enumerate(TYPES[1:], start=1):
        summary = visit.assessment.scars.by_type[cast(ScarType, name)]
        if segment not in frames or not summary.count:
            continue
        named = (
            ("count", "Number of scars", float(summary.count), "1"),
            ("area", "Area", summary.area_mm2, "mm2"),
            ("depth", "Mean depth", summary.mean_depth_um, "um"),
        )
        groups.append(
            hd.sr.PlanarROIMeasurementsAndQualitativeEvaluations(
                tracking_identifier=hd.sr.TrackingIdentifier(_tracking_uid(visit, name), f"{name} scars"),
                referenced_segment=_frame(scars, origin, frames[segment], segment),
                finding_type=_scar_code(name),
                finding_sites=[hd.sr.FindingSite(site_of(region))],
                measurements=[
                    hd.sr.Measurement(Code(code, SCHEME, meaning), value, Code(unit, "UCUM", unit))
                    for code, meaning, value, unit in named
                    if value is not None
                ],
            )
        )
    return groups


def _frame(scars: Dataset, origin: Origin, frame: int, segment: int) -> Any:
    """A frame of the segmentation. Its number says which segment; both at once are not allowed (PS3.3, C.18.4)."""
    photo = origin.dataset
    found = hd.sr.ReferencedSegmentationFrame(
        scars.SOPClassUID,
        scars.SOPInstanceUID,
        frame,
        segment,
        hd.sr.SourceImageForSegmentation(photo.SOPClassUID, photo.SOPInstanceUID),
    )
    del found[0].ReferencedSOPSequence[0].ReferencedSegmentNumber
    return found


def _measurement(reading: Reading) -> Any:
    """The value with what a 95 % interval reaches above and below it, where that is known (TID 310)."""
    value = reading.value
    assert value is not None
    above = below = None if reading.sem is None else _NORMAL_95 * reading.sem
    if reading.low is not None and reading.high is not None:
        above, below = reading.high - value, value - reading.low
    properties = None
    if above is not None and below is not None:
        properties = hd.sr.MeasurementProperties(
            upper_measurement_uncertainty=above, lower_measurement_uncertainty=below
        )
    unit = Code(UCUM[reading.unit], "UCUM", UCUM[reading.unit])
    name = Code(reading.metric, SCHEME, words.figure_of(reading.metric, reading.unit).label[:64])
    return hd.sr.Measurement(name=name, value=value, unit=unit, properties=properties)


def _tracking(visit: VisitResult, what: str) -> Any:
    return hd.sr.TrackingIdentifier(_tracking_uid(visit, what), what)


def _tracking_uid(visit: VisitResult, what: str) -> str:
    return uid_of(visit.assessment.photo.sha256, "tracking", what)


def _scar_code(name: str) -> Code:
    return Code(f"{name}-scar", SCHEME, f"{name.capitalize()} acne scar")


def site_of(region: str | None) -> Code:
    """The skin's region in SNOMED CT; skin of face where the name tells no more."""
    name = (region or "").lower()
    return next((code for word, code in _SITES.items() if word in name), codes.SCT.SkinOfFace)
