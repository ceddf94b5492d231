"""`cicatrix-train evaluate duplicates` and `ranking`: what the commands around labels rest on."""

from pathlib import Path
from typing import Annotated

import typer

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
