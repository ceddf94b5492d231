"""A folder of results -> its report: which kind it is, and the file by its ending."""

from dataclasses import replace
from datetime import date
from pathlib import Path

from inference.errors import CicatrixError
from inference.report.case import Case
from inference.report.comparison_report import comparison_document
from inference.report.document import Document, Paper
from inference.report.files import write_bytes
from inference.report.html import html_text
from inference.report.read import StoredComparison, StoredSeries, read_comparison, read_series
from inference.report.series_report import series_document

ENDINGS = (".pdf", ".html")


class ReportError(CicatrixError):
    """No report can be made of what was given."""


def find_results(folder: Path) -> StoredSeries | StoredComparison:
    """The series or the comparison in `folder`, or the only series in the folders below it.

    Raises ReportError where there is none, or more than one; ResultFileError where it cannot be read.
    """
    if (folder / "series.json").is_file():
        return read_series(folder)
    if (folder / "comparison.json").is_file():
        return read_comparison(folder)
    found = sorted(path.parent for path in folder.rglob("series.json"))
    if len(found) == 1:
        return read_series(found[0])
    if found:
        places = ", ".join(str(path.relative_to(folder)) for path in found)
        raise ReportError(f"{folder} holds several series: name one of its folders {places}.")
    raise ReportError(
        f"{folder} holds no results: give the --out folder of cicatrix compare or cicatrix series."
    )


def document_of(results: StoredSeries | StoredComparison, case: Case, made: date) -> Document:
    """The report of a series or of a comparison.

    Raises ResultFileError when a picture is missing, and CaseError as `Case.check` does.
    """
    if isinstance(results, StoredSeries):
        case.check([visit.file for visit in results.series.visits])
        known = replace(case, patient_code=case.patient_code or results.patient_id)
        return series_document(results, known, made)
    case.check([one.photo.file for one in (results.comparison.before, results.comparison.after)])
    return comparison_document(results, case, made)


def write_report(document: Document, path: Path, paper: Paper = "a4") -> None:
    """Write it as PDF or HTML, by the ending of `path`. Raises ReportError for another ending."""
    match path.suffix.lower():
        case ".pdf":
            # The library that lays pages out is not needed to serve or to score.
            from inference.report.pdf import pdf_bytes

            write_bytes(path, pdf_bytes(document, paper))
        case ".html":
            write_bytes(path, html_text(document, paper).encode("utf-8"))
        case _:
            raise ReportError(f"{path.name}: name the report with the ending {' or '.join(ENDINGS)}.")
