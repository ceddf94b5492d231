"""Commands for what leaves the house: reports to read, and results for other programs."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import typer

from inference.errors import CicatrixError
from inference.exchange.make import export as export_results
from inference.exchange.visits import ExchangeError
from inference.report.case import Case, read_case
from inference.report.make import ReportError, document_of, find_results, write_report

_CASE_HELP = "JSON file of what surrounds the results: visits, treatments, notes; docs/reports.md shows one."
_EXPORT_HELP = "Table (.csv, .parquet), FHIR bundle (.json), or a folder for DICOM files."
Results = Annotated[
    Path, typer.Argument(exists=True, file_okay=False, help="Folder that compare or series wrote.")
]
Patient = Annotated[str | None, typer.Option("--patient", help="Code of the patient, not a name.")]
CaseFile = Annotated[Path | None, typer.Option("--case", exists=True, dir_okay=False, help=_CASE_HELP)]


def report(
    results: Results,
    out: Annotated[Path, typer.Option("--out", dir_okay=False, help="Report to write, .pdf or .html.")],
    patient: Patient = None,
    case: CaseFile = None,
    clinic: Annotated[str | None, typer.Option(help="Name and place of the clinic, for the head.")] = None,
    clinician: Annotated[str | None, typer.Option(help="Who signs.")] = None,
    paper: Annotated[Literal["a4", "letter"], typer.Option(help="Paper of the printer.")] = "a4",
) -> None:
    """Write the report of one comparison or of a whole series, to print and to sign."""
    try:
        known = known_case(case, patient)
        known = replace(known, clinic=clinic or known.clinic, clinician=clinician or known.clinician)
        write_report(document_of(find_results(results), known, date.today()), out, paper)
    except ReportError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    except (CicatrixError, OSError) as error:
        typer.echo(f"no report written: {error}", err=True)
        raise typer.Exit(1) from error
    typer.echo(str(out))


def export(
    results: Results,
    out: Annotated[Path, typer.Option("--out", help=_EXPORT_HELP)],
    patient: Patient = None,
    case: CaseFile = None,
    photos: Annotated[
        Path | None,
        typer.Option(exists=True, file_okay=False, help="Folder of the photographs that were scored."),
    ] = None,
    with_report: Annotated[
        bool, typer.Option("--with-report", help="Put the PDF into the FHIR bundle.")
    ] = False,
) -> None:
    """Write results for other programs: a tidy table, FHIR R4, or DICOM."""
    try:
        known = known_case(case, patient)
        export_results(find_results(results), known, out, photos, date.today() if with_report else None)
    except (ReportError, ExchangeError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    except (CicatrixError, OSError) as error:
        typer.echo(f"nothing exported: {error}", err=True)
        raise typer.Exit(1) from error
    typer.echo(str(out))


def export_labels(
    out: Annotated[Path, typer.Option("--out", file_okay=False, help="New folder for the labels.")],
) -> None:
    """Write clinicians' corrections of the records as training labels, of patients who agreed to training."""
    from inference.records.labels import export_labels as export_all  # scoring needs no database
    from inference.records.records import Records
    from inference.records.settings import RecordsSettings

    try:
        records = Records.open(RecordsSettings())
        try:
            done = export_all(records, out)
        finally:
            records.close()
    except (CicatrixError, OSError) as error:
        typer.echo(f"no labels written: {error}", err=True)
        raise typer.Exit(1) from error
    typer.echo(f"{out}: photographs {done.photographs}, masks {done.masks}")
    if done.withheld:
        typer.echo(f"patients left out, as they have not agreed to training: {done.withheld}", err=True)


def known_case(path: Path | None, patient: str | None) -> Case:
    """What the user says about the patient. Raises CaseError where the file does not describe a case."""
    case = Case() if path is None else read_case(path)
    return replace(case, patient_code=patient or case.patient_code)
