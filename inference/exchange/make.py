"""A folder of results -> a file for another program, by its ending; libraries of the extra are loaded only here."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

from inference.exchange.table import tidy_table, write_table
from inference.exchange.visits import ExchangeError, VisitResult, find_photograph, visits_of
from inference.photo.read import read_photo
from inference.report.case import Case
from inference.report.document import Picture
from inference.report.files import encode_jpeg, write_bytes
from inference.report.laid import display_picture
from inference.report.make import document_of
from inference.report.read import StoredComparison, StoredSeries

Results = StoredSeries | StoredComparison
_ENDINGS = ".csv, .parquet, .json for FHIR, or a folder's name for DICOM"


def export(
    results: Results, case: Case, out: Path, photographs: Path | None = None, with_report: date | None = None
) -> None:
    """Write a table (.csv, .parquet), a FHIR bundle (.json) or a folder of DICOM files, by what `out` is called.

    photographs: folder of the originals, which DICOM needs and FHIR shows. with_report: day of a report that goes into
    the FHIR bundle as PDF. Raises ExchangeError, PhotoError, ResultFileError.
    """
    case = replace(case, patient_code=patient_of(results, case), region=view_of(results, case))
    visits = visits_of(results, case)
    match out.suffix.lower():
        case ".csv" | ".parquet":
            write_table(tidy_table(visits, case.patient_code, case.region), out)
        case ".json":
            _write_fhir(results, case, out, visits, photographs, with_report)
        case "":
            if photographs is None:
                raise ExchangeError("DICOM needs the photographs: give their folder with --photos.")
            _write_dicom(case, out, visits, photographs)
        case ending:
            raise ExchangeError(f"{ending} is not known here: name the file {_ENDINGS}.")


def patient_of(results: Results, case: Case) -> str | None:
    """The patient's code, as the case or else the manifest of the series has it."""
    return case.patient_code or (results.patient_id if isinstance(results, StoredSeries) else None)


def view_of(results: Results, case: Case) -> str | None:
    """The region that was photographed, as the case or else the manifest of the series has it."""
    return case.region or (results.view if isinstance(results, StoredSeries) else None)


@contextmanager
def _extra(what: str) -> Generator[None, None, None]:
    try:
        yield
    except ModuleNotFoundError as error:
        raise ExchangeError(
            f"{what} needs {error.name}, which is not installed: pip install 'cicatrix[exchange]'."
        ) from error


def _write_fhir(
    results: Results,
    case: Case,
    out: Path,
    visits: tuple[VisitResult, ...],
    photographs: Path | None,
    with_report: date | None,
) -> None:
    with _extra("FHIR"):
        from inference.exchange.fhir import fhir_bundle
    report: bytes | None = None
    if with_report is not None:
        from inference.report.pdf import pdf_bytes

        report = pdf_bytes(document_of(results, case, with_report))
    pictures = (
        {}
        if photographs is None
        else {visit.assessment.photo.sha256: _shown(visit, photographs) for visit in visits}
    )
    statement = (
        results.series.statement
        if isinstance(results, StoredSeries)
        else results.comparison.overall.statement
    )
    write_bytes(out, fhir_bundle(visits, case, statement, pictures, report).encode("utf-8"))


def _shown(visit: VisitResult, photographs: Path) -> Picture:
    """The photograph at display size, without what its file says of places and persons."""
    rgb = display_picture(read_photo(find_photograph(visit, photographs)))
    return Picture(encode_jpeg(rgb), rgb.shape[1], rgb.shape[0])


def _write_dicom(case: Case, out: Path, visits: tuple[VisitResult, ...], photographs: Path) -> None:
    """Three files a visit: photograph (where it was none yet), segmentation and report."""
    with _extra("DICOM"):
        from inference.exchange.dicom_photo import dicom_bytes, origin_of
        from inference.exchange.dicom_results import measurement_report, segmentation
    for k, visit in enumerate(visits, start=1):
        origin = origin_of(visit, find_photograph(visit, photographs), case)
        scars = segmentation(origin, visit, case.region)
        report = measurement_report(origin, scars, visit, case.region)
        written = {"segmentation": scars, "report": report} | (
            {"photograph": origin.dataset} if origin.made else {}
        )
        for name, dataset in written.items():
            write_bytes(out / f"visit-{k}.{name}.dcm", dicom_bytes(dataset))
