"""`python -m training.evaluate change figures`."""

from pathlib import Path
from typing import Annotated

import typer

from inference.errors import CicatrixError


def figures(
    pairs: Annotated[
        list[Path] | None, typer.Option(help="Rendered samples with several views. May be repeated.")
    ] = None,
    faces: Annotated[Path | None, typer.Option(help="Folder with london/.")] = None,
    bundle: Annotated[Path | None, typer.Option(help="Bundle folder; the newest when left out.")] = None,
    across: Annotated[
        bool,
        typer.Option(help="Learn errors and weights from the other skins and people, not from the bundle."),
    ] = False,
    every_person: Annotated[
        bool,
        typer.Option(help="All London people, not only those held out of training."),
    ] = False,
    limit: Annotated[int | None, typer.Option(help="Only so many skins of each folder, and people.")] = None,
    plot: Annotated[
        Path | None, typer.Option(help="PNG of change against level, outside the project.")
    ] = None,
    json_path: Annotated[Path | None, typer.Option("--json", help="Also write the table here.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes that look at pairs.")] = 1,
) -> None:
    """Change on unchanged and on healed skin, and on people photographed twice, beside the goals."""
    from training.calibrate.gather import gather
    from training.calibrate.pair_looks import smile_pairs
    from training.evaluate.boxes import write_json
    from training.evaluate.change.table import rows_of
    from training.evaluate.cli import open_network
    from training.evaluate.table import as_text, summary

    network = open_network(bundle, 1)
    try:
        people = [] if faces is None else smile_pairs(faces, None if every_person else True)
        looks, refused = gather(network, pairs or [], people, limit, workers)
    except (FileNotFoundError, ValueError, CicatrixError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    rows, judged = rows_of(looks, refused, network.bundle.description, across)
    typer.echo(as_text(rows) + "\n\n" + summary(rows))
    if json_path:
        write_json(json_path, {"rows": [row.facts() for row in rows]})
    if plot:
        from training.evaluate.change.plot import draw

        draw(judged, plot)
