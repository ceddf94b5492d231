"""`cicatrix-train evaluate`, the same as `python -m training.evaluate`."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from inference.errors import CicatrixError
from inference.network.bundle import default_bundle_folder, load_bundle
from inference.network.session import Network
from training.evaluate.all_figures import evaluate_all
from training.evaluate.boxes import write_json
from training.evaluate.change.cli import app as change_app
from training.evaluate.label_commands import duplicates, labels, ranking
from training.evaluate.resolution_command import resolution
from training.evaluate.statistics import Interval
from training.evaluate.tune_commands import folders, shift

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Measures how good a bundle is.")
app.command("all")(evaluate_all)
app.command()(resolution)
app.command()(duplicates)
app.command()(ranking)
app.command()(labels)
app.command()(folders)
app.command()(shift)
app.add_typer(change_app, name="change")

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
    from inference.check import Instruments
    from training.evaluate.real import (
        as_dict,
        box_figures,
        evaluate_faces,
        evaluate_photos,
        evidence_of,
        face_figures,
        scores_of,
    )
    from training.evaluate.sheet import Sheet

    network = open_network(bundle, threads)
    instruments = Instruments(network)
    pictures = Sheet() if sheet else None
    look = (lambda name, seen: pictures.add(name, evidence_of(seen))) if pictures else None
    looks = evaluate_photos(photos, instruments, look)
    clear = evaluate_faces(faces, instruments, look) if faces else []
    figures = box_figures(scores_of(looks)) | (face_figures(clear) if clear else {})
    typer.echo(table(figures))
    if json_path:
        write_json(json_path, as_dict(looks, clear, figures))
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
    from inference.check import Instruments
    from training.evaluate.rendered import counts, evaluate_tiles, tile_figures

    network = open_network(bundle, threads)
    results = evaluate_tiles(samples, Instruments(network), limit)
    figures, sums = tile_figures(results), counts(results)
    typer.echo(table(figures))
    typer.echo(", ".join(f"{name} {value}" for name, value in sums.items()))
    if json_path:
        write_json(json_path, {"figures": {n: asdict(f) for n, f in figures.items()}, "counts": sums})
    if record:
        put(network, "rendered", figures)


@app.command()
def skin(
    photos: Annotated[Path, typer.Argument(help="Folder of photographs with regions.json.")],
    faces: Annotated[Path | None, typer.Option(help="Folder with london/ and canada/.")] = None,
    bundle: BundleOption = None,
    json_path: JsonOption = None,
    sheet: Annotated[Path | None, typer.Option(help="PNG of found skin, outside the project.")] = None,
    threads: int = 1,
) -> None:
    """Skin found on scarred skin, and on what is none: hair, lips, eyes, background."""
    from inference.check import Instruments
    from training.evaluate.sheet import PairSheet, skin_overlay
    from training.evaluate.skin import evaluate_skin, skin_figures, worst_places
    from training.evaluate.skin_faces import evaluate_skin_faces, face_skin_figures

    instruments = Instruments(open_network(bundle, threads))
    pictures = PairSheet()
    look = (lambda name, rgb, mask: pictures.add_pair(name, rgb, skin_overlay(rgb, mask))) if sheet else None
    found = evaluate_skin(photos, instruments, look)
    on_faces = evaluate_skin_faces(faces, instruments, look) if faces else []
    figures = skin_figures(found) | (face_skin_figures(on_faces) if on_faces else {})
    typer.echo(table(figures))
    typer.echo("\n".join(worst_places(found)))
    if json_path:
        everything = {"photos": [asdict(p) for p in found], "faces": [asdict(f) for f in on_faces]}
        write_json(json_path, {"figures": {n: asdict(f) for n, f in figures.items()}, **everything})
    if sheet:
        pictures.write(sheet)


@app.command()
def faces(
    photos: Annotated[Path, typer.Argument(help="Folder with london/, canada/, one_person_zoom/...")],
    mean_face: Annotated[bool, typer.Option(help="Print the mean face that poses rest on, instead.")] = False,
) -> None:
    """Faces found, their points against hand-placed ones, irises, scales, false faces; on real photographs."""
    from inference.face.find import FaceFinder
    from inference.face.models import MODELS_MISSING
    from training.evaluate import faces as evaluate

    if not FaceFinder.available():
        typer.echo(MODELS_MISSING, err=True)
        raise typer.Exit(2)
    if not mean_face:
        evaluate.report(photos, FaceFinder(), typer.echo)
        return
    for point, place in evaluate.mean_face(photos, FaceFinder()).items():
        typer.echo(f"{point:4d}: " + ", ".join(f"{value:+.3f}" for value in place))


@app.command()
def quality(
    faces: Annotated[Path, typer.Argument(help="Folder with london/ and canada/.")],
    bundle: BundleOption = None,
    every: Annotated[int, typer.Option(help="Spoil every so many-th photograph only.")] = 3,
    limit: Annotated[int | None, typer.Option(help="Only so many untouched photographs of each set.")] = None,
    even: Annotated[bool, typer.Option(help="The people on whom the limits were set, instead.")] = False,
    threads: int = 1,
) -> None:
    """Photographs spoilt on purpose against the quality checks, and false alarms on untouched ones."""
    from training.evaluate.quality import report

    typer.echo(report(faces, open_network(bundle, threads), every, limit, even))


@app.command()
def photos(
    folder: Annotated[Path, typer.Argument(help="Folder with london/, canada/, acne_scars/ and so on.")],
    bundle: BundleOption = None,
    json_path: JsonOption = None,
    sheet_folder: Annotated[
        Path | None, typer.Option(help="Contact sheets of regions and skin, outside the project.")
    ] = None,
    threads: int = 1,
) -> None:
    """What is found on every real photograph: face, scale, skin and quality."""
    from inference.check import Instruments
    from training.evaluate.photos import PhotoSheets, evaluate_photos, rows_text, summary_text

    sheets = PhotoSheets()
    instruments = Instruments(open_network(bundle, threads))
    rows = evaluate_photos(folder, instruments, sheets.add if sheet_folder else None)
    typer.echo(rows_text(rows) + "\n\n" + summary_text(rows))
    if json_path:
        write_json(json_path, {"photos": [asdict(row) for row in rows]})
    if sheet_folder:
        sheets.write(sheet_folder)


@app.command()
def scale(
    faces: Annotated[Path | None, typer.Option(help="Folder of photographs without sheet or chart.")] = None,
    count: Annotated[int, typer.Option(min=1, help="Rendered photographs by condition.")] = 40,
    seed: int = 1,
) -> None:
    """Scale and colour from the printed sheet and the chart on rendered photographs; false finds on real ones."""
    from training.evaluate.scale import false_finds, photographs, scale_table

    real_ones = photographs(faces) if faces else []
    for line in scale_table(count, seed, tuple(path for path in real_ones if "london" in path.parts)):
        typer.echo(line)
    if real_ones:
        for line in false_finds(real_ones):
            typer.echo(line)


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


@app.command()
def fit(
    photos: Annotated[
        Path, typer.Argument(help="Folder with london/, one_person_lisa/ and one_person_zoom/.")
    ],
    people: Annotated[int, typer.Option(help="Pairs of one person that fit.")] = 16,
    changed: Annotated[int, typer.Option(help="People whose second photograph is changed on purpose.")] = 6,
    scenes: Annotated[int, typer.Option(help="Rendered people in several lights.")] = 8,
    bundle: BundleOption = None,
    threads: int = 1,
) -> None:
    """Checks of a pair's fit: false alarms, what is noticed of known changes, and the scale carried over."""
    from training.evaluate.fit import evaluate_fit

    for line in evaluate_fit(photos, open_network(bundle, threads), people, changed, scenes):
        typer.echo(line)


@app.command()
def points(
    photos: Annotated[Path, typer.Argument(help="Folder with boxcar/, ice_pick/ and rolling/.")],
    bundle: BundleOption = None,
    passes_only: Annotated[bool, typer.Option(help="Only how far the passes agree; no model.")] = False,
    json_path: JsonOption = None,
    threads: int = 1,
    record: RecordOption = False,
) -> None:
    """Scars marked as points on real photographs: how far the passes agree, and the model's F1 against each."""
    from training.evaluate import points as marked

    known = marked.read_points()
    figures: dict[str, Interval] = {}
    for pair, first, second in known.pairs():
        figures |= {
            f"{pair}_{name}": figure for name, figure in marked.agreement_figures(first, second).items()
        }
        typer.echo("\n".join((pair, *marked.agreement_rows(first, second))))
    if not passes_only:
        from inference.check import Instruments
        from inference.score import score_photo

        network = open_network(bundle, threads)
        instruments = Instruments(network)
        names = {name for marks in known.passes for name in marks.photos}
        found = {name: marked.marks_of(score_photo(photos / name, instruments)) for name in sorted(names)}
        model = marked.found_figures(found, known)
        figures |= {f"model_{name}": figure for name, figure in model.items()}
        if record:
            put(network, "points", figures)
    typer.echo(table(figures))
    if json_path:
        write_json(json_path, {"figures": {name: asdict(figure) for name, figure in figures.items()}})
