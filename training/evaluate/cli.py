"""`cicatrix-train evaluate`, the same as `python -m training.evaluate`."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from inference.errors import CicatrixError
from inference.network.bundle import default_bundle_folder, load_bundle
from inference.network.session import Network
from training.evaluate.boxes import write_json
from training.evaluate.statistics import Interval

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Measures how good a bundle is.")

BundleOption = Annotated[Path | None, typer.Option(help="Bundle folder; the newest when left out.")]
RecordOption = Annotated[bool, typer.Option(help="Put the figures into the bundle's description and card.")]
JsonOption = Annotated[Path | None, typer.Option("--json", help="Also write all figures here.")]


@app.command()
def real(
    photos: Annotated[Path, typer.Argument(help="Folder of photographs with regions.json.")],
    faces: Annotated[Path | None, typer.Option(help="Folder with london/ and canada/.")] = None,
    bundle: BundleOption = None,
    json_path: JsonOption = None,
    sheet: Annotated[
        Path | None, typer.Option(help="PNG of marked photographs, outside the project.")
    ] = None,
    threads: int = 1,
    record: RecordOption = False,
) -> None:
    """Scarred against clear boxes on real photographs, and false marks on faces without scars."""
    from training.evaluate.real import as_dict, box_figures, evaluate_faces, evaluate_photos, face_figures
    from training.evaluate.sheet import Sheet

    network = open_network(bundle, threads)
    pictures = Sheet(network.bundle.description.thresholds) if sheet else None
    look = pictures.add if pictures else None
    scores = evaluate_photos(photos, network, look)
    marks = evaluate_faces(faces, network, look) if faces else []
    figures = box_figures(scores) | (face_figures(marks) if marks else {})
    typer.echo(table(figures))
    if json_path:
        write_json(json_path, as_dict(scores, marks, figures))
    if record:
        put(network, "real", figures)
    if pictures and sheet:
        pictures.write(sheet)


@app.command()
def rendered(
    samples: Annotated[Path, typer.Argument(help="Folder of rendered samples of a fresh seed.")],
    bundle: BundleOption = None,
    json_path: JsonOption = None,
    limit: Annotated[int | None, typer.Option(help="Only the first so many tiles.")] = None,
    threads: int = 1,
    record: RecordOption = False,
) -> None:
    """Lesions, types, relief and depth against the known truth of rendered tiles."""
    from training.evaluate.rendered import counts, evaluate_tiles, tile_figures

    network = open_network(bundle, threads)
    results = evaluate_tiles(samples, network, limit)
    figures, sums = tile_figures(results), counts(results)
    typer.echo(table(figures))
    typer.echo(", ".join(f"{name} {value}" for name, value in sums.items()))
    if json_path:
        write_json(json_path, {"figures": {n: asdict(f) for n, f in figures.items()}, "counts": sums})
    if record:
        put(network, "rendered", figures)


def put(network: Network, name: str, figures: dict[str, Interval]) -> None:
    """Records figures under `metrics[name]` of the network's bundle."""
    from training.record import record

    record(network.bundle.folder, name, {key: asdict(figure) for key, figure in figures.items()})


def open_network(bundle: Path | None, threads: int) -> Network:
    """The network of a bundle folder, the newest one by default; ends the command when it cannot be loaded."""
    try:
        return Network(load_bundle(bundle or default_bundle_folder()), threads)
    except CicatrixError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error


def table(figures: dict[str, Interval]) -> str:
    """Plain text: figure, value, 95 % interval, number of photographs or tiles."""
    width = max(map(len, figures))
    lines = [f"{'figure':{width}}  {'value':>7}  {'95 % interval':>17}     n"]
    for name, figure in figures.items():
        low_high = f"{_number(figure.low)} .. {_number(figure.high)}"
        lines.append(f"{name:{width}}  {_number(figure.value)}  {low_high:>17}  {figure.n:4d}")
    return "\n".join(lines)


def _number(value: float | None) -> str:
    return f"{value:7.3f}" if value is not None else "      –"
