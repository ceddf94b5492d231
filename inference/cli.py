"""The `cicatrix` command: score photographs, compare two, serve the web app.

Exit status: 0 all done; 1 some photographs failed, each named on standard error with the reason; 2 wrong
arguments, or no usable model.
"""

import importlib.util
import logging
import math
import os
import sys
from pathlib import Path
from typing import Annotated, Literal, NoReturn

import pandas as pd  # pyright: ignore[reportMissingTypeStubs]
import typer

from inference.batch.duplicates import find_duplicates, fingerprints_of
from inference.batch.jobs import Job, collect_jobs
from inference.batch.run import run_jobs
from inference.batch.scorer import Outcome, Scorer
from inference.batch.series import measure_series, planned_series, write_series
from inference.check import Checked, CheckOptions, Instruments, check_photo
from inference.cli_reading import app as reading
from inference.cli_share import export, export_labels, report
from inference.errors import CicatrixError
from inference.network.bundle import BUNDLE_VARIABLE, bundle_folder, default_bundle_folder, load_bundle
from inference.network.session import Network
from inference.reference.chart import ChartKind
from inference.report.files import write_comparison, write_scores
from inference.score import compare_pair
from inference.standard.drawn import read_regions

app = typer.Typer(
    help="Outcome assessment for atrophic acne scars and skin texture from photographs.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
)


def _positive(value: float | None) -> float | None:
    if value is not None and not (math.isfinite(value) and value > 0):
        raise typer.BadParameter("must be a positive number, such as 0.05")
    return value


_SCALE_HELP = "Millimetres per pixel of the upright photograph. Without it, found in the picture or assumed."
_REGIONS_HELP = "JSON file of outlined parts to measure; README, Photographs, shows one."
_CHART_HELP = (
    "24-patch colour chart in the pictures. Its colours need no name; its scale does, but for a face."
)
_MANIFEST_HELP = (
    "CSV with the columns photo_id, patient_id, image and days_from_baseline; series_id, view, mm_per_px and "
    "days_since_treatment may be given."
)
_FORMAT_HELP = "Kind of the table of all photographs. json writes the result files only."

MmPerPx = Annotated[float | None, typer.Option(callback=_positive, help=_SCALE_HELP)]
Chart = Annotated[ChartKind | None, typer.Option(help=_CHART_HELP)]
BundleName = Annotated[
    str | None,
    typer.Option("--bundle", help="Model to use: its name, with or without version, or its folder."),
]
OutFolder = Annotated[Path, typer.Option("--out", file_okay=False, help="Folder for the results.")]
PhotoPath = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A photograph.")]
PhotoPlaces = Annotated[list[Path], typer.Argument(exists=True, help="Photographs, or folders of them.")]


@app.callback()
def main(
    verbose: Annotated[bool, typer.Option("--verbose", help="Log where errors come from.")] = False,
) -> None:
    """Outcome assessment for atrophic acne scars and skin texture from photographs."""
    level = logging.DEBUG if verbose else logging.WARNING
    logging.basicConfig(level=level, format="%(levelname)s %(message)s")


@app.command()
def score(
    photos: PhotoPlaces,
    out: OutFolder,
    mm_per_px: MmPerPx = None,
    table: Annotated[Literal["json", "csv", "parquet"], typer.Option("--format", help=_FORMAT_HELP)] = "csv",
    workers: Annotated[int, typer.Option(min=1, help="Processes, one core each. One uses all cores.")] = 1,
    engine: Annotated[Literal["local", "ray"], typer.Option(help="Where to run.")] = "local",
    resume: Annotated[bool, typer.Option("--resume", help="Keep results of unchanged photographs.")] = False,
    regions: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help=_REGIONS_HELP)] = None,
    chart: Chart = None,
    bundle: BundleName = None,
) -> None:
    """Score photographs: one JSON and one mask each, and a table of them all."""
    if engine == "ray":
        _refuse_ray()
    try:
        jobs = collect_jobs(photos, out)
        drawn = read_regions(regions) if regions is not None else {}
    except CicatrixError as error:
        _wrong_arguments(str(error))
    for job in jobs:
        if job.renamed:
            typer.echo(f"{job.file}: result named {job.stem}.json, as another has its stem", err=True)
    for name in sorted(drawn.keys() - {job.file for job in jobs}):
        typer.echo(f"{name}: has regions but is not among the photographs", err=True)
    outcomes = _run(jobs, Scorer(_instruments(bundle), out, mm_per_px, resume, drawn, chart), workers)
    rows = [outcome.row for outcome in outcomes if outcome.row is not None]
    if rows and table != "json":
        write_scores(pd.DataFrame(rows), out, table)
    for one, other in find_duplicates(fingerprints_of(rows)):
        typer.echo(f"{one} and {other} look like the same photograph", err=True)
    resumed = sum(outcome.resumed for outcome in outcomes)
    kept = f", {resumed} of them kept from before" if resumed else ""
    typer.echo(f"{len(rows)} of {len(jobs)} photographs scored{kept}: {out}")
    if len(rows) < len(jobs):
        raise typer.Exit(1)


def _run(jobs: list[Job], scorer: Scorer, workers: int) -> list[Outcome]:
    """All outcomes in the order of `jobs`; failures are named on standard error as they happen."""
    outcomes: dict[Job, Outcome] = {}
    with typer.progressbar(length=len(jobs), file=sys.stderr, hidden=not sys.stderr.isatty()) as progress:
        for outcome in run_jobs(jobs, scorer, workers):
            outcomes[outcome.job] = outcome
            progress.update(1)
            if outcome.error is not None:
                typer.echo(f"{outcome.job.file} not scored: {outcome.error}", err=True)
    return [outcomes[job] for job in jobs]


@app.command()
def compare(
    before: PhotoPath,
    after: PhotoPath,
    out: OutFolder,
    mm_per_px_before: MmPerPx = None,
    mm_per_px_after: MmPerPx = None,
    chart: Chart = None,
    bundle: BundleName = None,
) -> None:
    """Compare two photographs of the same skin: comparison.json and its pictures."""
    instruments = _instruments(bundle)
    first = _check_or_report(before, instruments, CheckOptions(mm_per_px_before, chart=chart))
    second = _check_or_report(after, instruments, CheckOptions(mm_per_px_after, chart=chart))
    if first is None or second is None:
        raise typer.Exit(1)
    try:
        comparison = compare_pair(first, second, instruments)
        write_comparison(comparison, out, (first.photo.rgb, second.photo.rgb))
    except (CicatrixError, OSError) as error:
        typer.echo(f"not compared: {error}", err=True)
        raise typer.Exit(1) from error
    typer.echo(comparison.overall.statement)


def _check_or_report(path: Path, instruments: Instruments, options: CheckOptions) -> Checked | None:
    try:
        return check_photo(path, instruments, options)
    except CicatrixError as error:
        typer.echo(f"{path} not scored: {error}", err=True)
        return None


@app.command()
def series(
    manifest: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help=_MANIFEST_HELP)],
    out: OutFolder,
    bundle: BundleName = None,
) -> None:
    """Compare all visits of a series: series.json and charts, and each visit's comparison with the baseline."""
    try:
        planned = planned_series(manifest)
    except CicatrixError as error:
        _wrong_arguments(str(error))
    instruments = _instruments(bundle)
    failed = 0
    for one in planned:
        try:
            measured = measure_series(one, manifest.parent, instruments)
            write_series(one, measured, out / one.folder)
        except (CicatrixError, OSError) as error:
            typer.echo(f"{one.name} not compared: {error}", err=True)
            failed += 1
            continue
        typer.echo(f"{one.name}: {measured.series.statement}")
    if failed:
        raise typer.Exit(1)


app.command()(report)
app.command()(export)
app.command()(export_labels)
app.add_typer(reading, name="reading")


@app.command()
def sheet(
    out: Annotated[Path, typer.Option("--out", dir_okay=False, help="PDF to write.")],
    paper: Annotated[Literal["a4", "letter"], typer.Option(help="Paper of the printer.")] = "a4",
) -> None:
    """Write the reference sheet to print: markers, ruler and colour patches that give photographs their scale."""
    from inference.reference.sheet import write_sheet  # the PDF library is not needed for scoring

    try:
        write_sheet(out, paper)
    except CicatrixError as error:
        _wrong_arguments(str(error))
    typer.echo(f"{out}: print it at 100 % and measure its check line.")


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; 127.0.0.1 when not given.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port; 7860 when not given.")] = None,
    bundle: BundleName = None,
) -> None:
    """Serve the web app until stopped."""
    from inference.web.server import (
        serve as serve_web,  # Gradio takes seconds to import; scoring needs none of it
    )

    if bundle is not None:
        os.environ[BUNDLE_VARIABLE] = bundle
    try:
        serve_web(host, port)
    except CicatrixError as error:
        _wrong_arguments(str(error))


@app.command()
def move_records() -> None:
    """Copy the records from SQLite in CICATRIX_DATA_FOLDER to the PostgreSQL server of CICATRIX_DATABASE_URL."""
    from inference.records.database import Database  # scoring needs no database
    from inference.records.move import move_rows
    from inference.records.settings import RecordsSettings

    settings = RecordsSettings()
    kept = settings.sqlite_file
    if settings.database_url is None or not kept.is_file():
        _wrong_arguments(f"set CICATRIX_DATABASE_URL, and CICATRIX_DATA_FOLDER to the folder of {kept.name}")
    try:
        target = Database(settings.database_url.get_secret_value())
        copied = move_rows(Database(f"sqlite:///{kept}"), target)
    except CicatrixError as error:
        _wrong_arguments(str(error))
    typer.echo(f"{copied} rows moved. Remove {kept}* once all is well: it still holds the patients' records.")


def _instruments(bundle: str | None) -> Instruments:
    """The default bundle, unless one is named."""
    try:
        folder = default_bundle_folder() if bundle is None else bundle_folder(bundle)
        return Instruments(Network(load_bundle(folder)))
    except CicatrixError as error:
        _wrong_arguments(str(error))


def _refuse_ray() -> NoReturn:
    missing = importlib.util.find_spec("ray") is None
    state = "which is not installed" if missing else "which this version does not drive yet"
    _wrong_arguments(f"--engine ray needs the extra `ray`, {state}: use --engine local with --workers.")


def _wrong_arguments(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(2)


if __name__ == "__main__":
    app()
