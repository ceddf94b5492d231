"""`cicatrix-train sample-labels OUT`."""

from pathlib import Path
from typing import Annotated

import typer

from inference.errors import CicatrixError


def sample_labels(
    out: Annotated[Path, typer.Argument(help="New folder to write.")],
    seed: Annotated[int, typer.Option(min=0, help="Another one gives other patients.")] = 5,
    patients: Annotated[int, typer.Option(min=1, help="Labelled patients, two photographs each.")] = 12,
    unlabelled: Annotated[int, typer.Option(min=0, help="Photographs of others without labels.")] = 4,
) -> None:
    """Renders a small labelled set to try the other commands with, as other tools would have it (docs/tutorial.md)."""
    from training.sample_labels.write import write_sample

    try:
        labelled = write_sample(out, seed, patients, unlabelled)
    except CicatrixError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    typer.echo(
        f"{out}: {len(labelled)} rendered photographs of {patients} invented patients with labels of two "
        f"simulated raters, and {unlabelled} without labels"
    )
