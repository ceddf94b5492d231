"""`cicatrix-train calibrate`: thresholds and errors of a bundle."""

from pathlib import Path
from typing import Annotated

import typer

from inference.errors import CicatrixError


def calibrate(
    bundle: Path,
    samples: Annotated[
        Path | None, typer.Argument(help="Folder of rendered samples kept out of training.")
    ] = None,
    limit: Annotated[int, typer.Option(help="Use the first so many tiles.")] = 64,
    pairs: Annotated[
        list[Path] | None,
        typer.Option(help="Rendered samples with several views, for the error of change. May be repeated."),
    ] = None,
    faces: Annotated[
        Path | None, typer.Option(help="Folder with london/: people of the training set, photographed twice.")
    ] = None,
    pairs_limit: Annotated[
        int | None, typer.Option(help="Skins of each folder of pairs, and people.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes that look at pairs.")] = 1,
    photos: Annotated[
        Path | None, typer.Option(help="manifest.csv: learn on its photographs kept for validation instead.")
    ] = None,
    folds: Annotated[Path | None, typer.Option(help="folds.csv, as in training.")] = None,
    fold: Annotated[int, typer.Option(min=0, help="The fold that training kept.")] = 0,
) -> None:
    """Chooses the thresholds of BUNDLE, learns its errors, and writes both into its model.json.

    On rendered SAMPLES, or on the labelled --photos that training kept for validation. --pairs, --faces and pairs of
    unchanged skin among the photos teach the error of change.
    """
    from training.calibrate import calibrate_bundle, calibrate_on_photos
    from training.calibrate.pairs import HEALED, calibrate_pairs
    from training.calibrate.repeats import unchanged_pairs

    if samples is None and not pairs and photos is None:
        typer.echo("Nothing to learn from: name SAMPLES, --photos, --pairs or several of them.", err=True)
        raise typer.Exit(2)
    try:
        choices = {} if samples is None else calibrate_bundle(bundle, samples, limit)
        choices |= {} if photos is None else calibrate_on_photos(bundle, photos, folds, fold)
        repeats = [] if photos is None else unchanged_pairs(photos, folds, fold)
        taught = bool(pairs) or bool(repeats)
        learnt = calibrate_pairs(bundle, pairs or (), faces, pairs_limit, workers, repeats) if taught else {}
    except (FileNotFoundError, ValueError, CicatrixError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    for name, choice in choices.items():
        typer.echo(f"{name:10} {choice.threshold:.2f}  F1 {choice.f1:.3f}" if choice else f"{name:10} kept")
    for name, facts in learnt.items():
        what = "interval of a change of burden" if name == HEALED else f"mdc95 of {name}"
        kind = "healed" if name == HEALED else "unchanged"
        typer.echo(f"{what:45} holds {facts['coverage']:.1%} of {facts['pairs']} {kind} pairs")
