"""`cicatrix-train evaluate labels`, and `duplicates` and `ranking`: what the commands around labels rest on."""

from pathlib import Path
from typing import Annotated

import typer

from data.manifest import Split
from inference.errors import CicatrixError


def duplicates(
    folder: Annotated[Path, typer.Argument(help="Folder of photographs.")],
    every: Annotated[int, typer.Option(min=1, help="Take each so many-th photograph only.")] = 1,
) -> None:
    """What the search for near-duplicates finds again after changes, and which pictures of others it comes close to."""
    from training.evaluate.duplicates import duplicate_lines

    for line in duplicate_lines(folder, every):
        typer.echo(line)


def ranking(
    samples: Annotated[Path, typer.Argument(help="Folder of rendered samples of a fresh seed.")],
    bundle: Annotated[Path | None, typer.Option(help="Bundle folder; the newest when left out.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first so many tiles.")] = None,
    threads: int = 1,
) -> None:
    """Whether `rank` puts those photographs first on which the network errs most, against simpler figures."""
    from training.evaluate.ranking import ranking_lines
    from training.labels.opened import open_network

    try:
        for line in ranking_lines(samples, open_network(bundle, threads), limit):
            typer.echo(line)
    except (CicatrixError, FileNotFoundError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error


def labels(
    manifest: Annotated[Path, typer.Argument(help="manifest.csv of a labelled set, or its folder.")],
    bundle: Annotated[
        str | None,
        typer.Option(help="Bundle: a folder, or the name of an installed one. Left out: the one in use."),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(help="The other bundle. Left out: the newest shipped, unless it is the same."),
    ] = None,
    folds: Annotated[Path | None, typer.Option(help="folds.csv, with --fold.")] = None,
    fold: Annotated[int | None, typer.Option(min=0, help="Only the photographs of this fold.")] = None,
    split: Annotated[Split | None, typer.Option(help="Only the photographs of this split.")] = None,
    mm_per_px: Annotated[
        float | None, typer.Option(min=0, help="Of photographs whose manifest does not say.")
    ] = None,
    all_marked: Annotated[
        bool, typer.Option(help="Boxes and points stand for all scars of their photographs, each for one.")
    ] = False,
    out: Annotated[Path, typer.Option(help="Folder for labels.json, labels.md, labels.html.")] = Path(
        "build/evaluation/labels"
    ),
    draws: Annotated[int, typer.Option(min=100, help="Draws of the bootstrap.")] = 1000,
    worst: Annotated[int, typer.Option(min=0, help="Photographs to show, worst first.")] = 12,
    threads: int = 1,
) -> None:
    """A bundle on your own labels, beside another and beside your raters (`docs/evaluate.md`).

    Exit status 1 where photographs had to be left out, 2 where the bundle was trained on some of them.
    """
    from inference.network.bundle import bundle_folder
    from training.evaluate.own.chosen import Side
    from training.evaluate.own.evaluate import evaluate_labels, write
    from training.evaluate.own.run import Measure

    try:
        evaluated = evaluate_labels(
            manifest,
            bundle_folder(bundle) if bundle else None,
            bundle_folder(against) if against else None,
            Side(folds, fold, split),
            Measure(all_marked, mm_per_px, worst, threads),
            draws,
        )
        typer.echo(write(evaluated, out))
    except (CicatrixError, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    typer.echo(f"\n{out / 'labels.html'}: the same with curves and pictures.")
    for photo, reason in evaluated.report.failed.items():
        typer.echo(f"{photo}: {reason}", err=True)
    if evaluated.report.failed:
        raise typer.Exit(1)
