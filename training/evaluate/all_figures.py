"""`cicatrix-train evaluate all`."""

from pathlib import Path
from typing import Annotated

import typer


def evaluate_all(
    photos: Annotated[Path | None, typer.Option(help="Folder of photographs with regions.json.")] = None,
    faces: Annotated[Path | None, typer.Option(help="Folder with london/ and canada/.")] = None,
    rendered: Annotated[Path | None, typer.Option(help="Rendered samples of a fresh seed.")] = None,
    traced: Annotated[Path | None, typer.Option(help="Path-traced samples.")] = None,
    pairs: Annotated[Path | None, typer.Option(help="Rendered samples with several views of a skin.")] = None,
    bundle: Annotated[Path | None, typer.Option(help="Bundle folder; the newest when left out.")] = None,
    json_path: Annotated[Path | None, typer.Option("--json", help="Also write the table here.")] = None,
    markdown: Annotated[Path | None, typer.Option(help="Also write it here as Markdown.")] = None,
    limit: Annotated[int | None, typer.Option(help="Only so many tiles of each folder of samples.")] = None,
    threads: int = 2,
    record: Annotated[
        bool, typer.Option(help="Put the table into the bundle's description and card.")
    ] = False,
) -> None:
    """Every figure beside its goal; rows whose inputs are not given say "not run"."""
    from inference.check import Instruments
    from training.evaluate.boxes import write_json
    from training.evaluate.cli import open_network
    from training.evaluate.everything import everything
    from training.evaluate.table import as_markdown, as_text, record_table, summary

    network = open_network(bundle, threads)
    samples = {"rendered": rendered, "traced": traced, "pairs": pairs}
    table = everything(Instruments(network), photos, faces, samples, limit)
    typer.echo(as_text(table) + "\n\n" + summary(table))
    if json_path:
        write_json(json_path, {"rows": [row.facts() for row in table]})
    if markdown:
        markdown.write_text(as_markdown(table) + "\n", encoding="utf-8")
    if record:
        record_table(network.bundle.folder, table)
