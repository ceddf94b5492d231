"""`cicatrix-train evaluate resolution`."""

from pathlib import Path
from typing import Annotated

import typer

from inference.errors import CicatrixError


def resolution(
    photos: Annotated[Path, typer.Argument(help="Folder of photographs with regions.json.")],
    faces: Annotated[Path | None, typer.Option(help="Folder with london/ and canada/.")] = None,
    rendered: Annotated[Path | None, typer.Option(help="Rendered samples of a fresh seed.")] = None,
    bundle: Annotated[Path | None, typer.Option(help="Bundle folder; the newest when left out.")] = None,
    px_per_mm: Annotated[
        list[float] | None, typer.Option(help="Resolution to try, may be repeated; 4 to 10 when left out.")
    ] = None,
    limit: Annotated[int | None, typer.Option(help="Only the first so many tiles.")] = None,
    faces_every: Annotated[int, typer.Option(min=1, help="Take every so many-th clear face.")] = 1,
    json_path: Annotated[Path | None, typer.Option("--json", help="Also write all figures here.")] = None,
    threads: int = 1,
) -> None:
    """The same bundle at several working resolutions: what it finds at each, and what that costs."""
    from training.evaluate import resolution as tried
    from training.evaluate import variants
    from training.evaluate.boxes import write_json
    from training.evaluate.cli import open_network

    network, wanted = open_network(bundle, threads), px_per_mm or tried.RESOLUTIONS
    try:
        rows = tried.evaluate_resolutions(
            network.bundle, wanted, photos, faces, rendered, limit, faces_every, threads
        )
    except (FileNotFoundError, ValueError, CicatrixError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    typer.echo(variants.as_text(rows, tried.FIRST, tried.HEADS))
    if json_path:
        write_json(json_path, variants.as_dict(rows, tried.FIRST))
