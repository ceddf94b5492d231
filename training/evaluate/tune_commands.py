"""`cicatrix-train evaluate folders` and `evaluate shift`: what retraining is worth."""

from pathlib import Path
from typing import Annotated

import typer

from inference.errors import CicatrixError
from inference.network.bundle import default_bundle_folder
from training.evaluate.boxes import write_json

BundleOption = Annotated[Path | None, typer.Option(help="Bundle folder; the newest when left out.")]


def folders(
    photos: Annotated[Path, typer.Argument(help="Folder that holds a folder of photographs per class.")],
    bundle: BundleOption = None,
    repeats: Annotated[int, typer.Option(min=1, help="Times the five folds are drawn anew.")] = 10,
    baseline_repeats: Annotated[int, typer.Option(min=1, help="The same for the torchvision baseline.")] = 2,
    epochs: Annotated[int, typer.Option(min=1, help="Of the torchvision baseline.")] = 30,
    json_path: Annotated[Path | None, typer.Option("--json", help="Also write all figures here.")] = None,
    threads: int = 1,
) -> None:
    """How well the class of a photograph can be told: 5-fold cross-validation, near-duplicates kept together."""
    import torch

    from training.folders.report import as_dict, as_markdown, evaluate_folders

    torch.set_num_threads(threads)
    try:
        report = evaluate_folders(
            photos, bundle or default_bundle_folder(), repeats, baseline_repeats, epochs, threads
        )
    except (OSError, CicatrixError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    typer.echo(as_markdown(report))
    if json_path:
        write_json(json_path, as_dict(report))


def shift(
    out: Annotated[Path, typer.Argument(help="Folder for the photographs and the run; a begun one goes on.")],
    bundle: BundleOption = None,
    labelled: Annotated[int, typer.Option(min=10, help="Labelled photographs of the other kind.")] = 50,
    tested: Annotated[int, typer.Option(min=2, help="Skins that are measured on.")] = 60,
    overrides: Annotated[
        list[str] | None, typer.Option("--set", help="Change the plan: section.key=value. May be repeated.")
    ] = None,
) -> None:
    """What fifty labelled photographs in another light, by another camera, give back of what is lost on them."""
    import torch

    from training.evaluate.shift import as_markdown, shift_table

    torch.set_num_threads(1)
    try:
        rows = shift_table(bundle or default_bundle_folder(), out, labelled, tested, overrides or ())
    except (OSError, ValueError, CicatrixError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    typer.echo(as_markdown(rows))
