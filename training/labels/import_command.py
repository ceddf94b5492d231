"""`cicatrix-train import FORMAT SOURCE --out FOLDER`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from data.importing.collect import Treatment
from data.importing.draw import Drawing
from data.importing.formats import Format, reader_of
from data.importing.manifest_folder import read_manifest_folder
from data.importing.patients import PatientRule
from data.importing.table import read_table
from data.importing.write import Imported, ImportOptions, write_dataset
from inference.errors import CicatrixError


def import_labels(
    kind: Annotated[Format, typer.Argument(metavar="FORMAT", help=" ".join(Format))],
    source: Annotated[Path, typer.Argument(help="File, folder or ZIP of the labels.")],
    out: Annotated[Path, typer.Option(help="Folder to write: manifest.csv, masks, photographs.")],
    photos: Annotated[Path | None, typer.Option(help="Folder of the photographs.")] = None,
    table: Annotated[
        Path | None, typer.Option(help="CSV (theirs,ours) or TOML: class and column names, theirs to ours.")
    ] = None,
    facts: Annotated[
        Path | None, typer.Option(help="CSV: photo, patient_id and other columns of the manifest.")
    ] = None,
    patient_pattern: Annotated[
        str | None,
        typer.Option(help="Regular expression for a photograph's path; its first group is the patient."),
    ] = None,
    rater: Annotated[str | None, typer.Option(help="Who labelled, where the format does not say.")] = None,
    add: Annotated[bool, typer.Option(help="Add to the set that OUT is already.")] = False,
    replace: Annotated[
        bool,
        typer.Option(
            help="With --add: labels of the same photograph, rater and kind give way to the new ones."
        ),
    ] = False,
    pixels: Annotated[
        Literal["upright", "stored"],
        typer.Option(help="The picture labels were made on: turned by EXIF, or not."),
    ] = "upright",
    overlap: Annotated[
        Literal["unlabelled", "last"],
        typer.Option(help="Pixels that two classes claim: 255, or the last drawn."),
    ] = "unlabelled",
    empty: Annotated[
        Literal["unlabelled", "clear"], typer.Option(help="A photograph on which nothing was marked.")
    ] = "unlabelled",
    partial: Annotated[bool, typer.Option(help="Not all scars were marked: the rest is 255, not 0.")] = False,
    link: Annotated[bool, typer.Option(help="Link photographs instead of copying them.")] = False,
    parquet: Annotated[bool, typer.Option(help="Write manifest.parquet as well.")] = False,
) -> None:
    """Imports labels of another tool, all or nothing, as a manifest beside indexed masks (`docs/labels.md`)."""
    try:
        names = read_table(table)
        treatment = Treatment(
            pixels, Drawing(overlap, partial), empty, PatientRule(patient_pattern), rater, replace, link
        )
        options = ImportOptions(names, treatment=treatment, parquet=parquet)
        read = reader_of(kind, source, photos, names, options.classes, facts)
        base = (lambda problems: read_manifest_folder(out, problems)) if add and out.exists() else None
        imported = write_dataset(read, out, options, base)
    except CicatrixError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    typer.echo(_summary(imported, out))


def _summary(imported: Imported, out: Path) -> str:
    rows, beside = imported.rows, imported.sidecars
    masks, grades = sum(row.mask is not None for row in rows), sum(len(row.grades) for row in rows)
    raters = len({row.rater_id for row in rows if row.rater_id})
    patients = len({row.patient_id for row in rows})
    unnamed = (
        f" ({imported.unknown_patients} photographs without a named patient)"
        if imported.unknown_patients
        else ""
    )
    return (
        f"{out}: {imported.photos} photographs of {patients} patients{unnamed}, {raters} named raters, "
        f"{masks} masks, {len(beside.boxes)} boxes, {len(beside.points)} points, {len(beside.types)} types, "
        f"{grades} grades"
    )
