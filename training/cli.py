"""`cicatrix-train`: render, train, evaluate, calibrate, export."""

import json
import logging
from pathlib import Path
from typing import Annotated

import typer

from inference.errors import CicatrixError
from training.adopt_command import adopt
from training.calibrate_command import calibrate
from training.config import load_config
from training.evaluate.cli import app as evaluate_app
from training.labels import check_commands, faster_commands
from training.labels.import_command import import_labels
from training.sample_labels.command import sample_labels
from training.train_command import Overrides, train

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help=__doc__, pretty_exceptions_show_locals=False
)


@app.callback()
def _start() -> None:
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    for chatty in ("matplotlib", "onnx_ir", "onnxscript"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


app.add_typer(evaluate_app, name="evaluate")
app.command()(sample_labels)
app.command("import")(import_labels)
app.command()(check_commands.check)
app.command()(check_commands.split)
app.command()(faster_commands.rank)
app.command()(faster_commands.prelabel)
app.command()(train)
app.command()(calibrate)
app.command()(adopt)


@app.command()
def render(
    out: Path,
    count: int = 1000,
    seed: int = 0,
    size_px: int = 448,
    faces: Annotated[Path | None, typer.Option(help="Folder of clear faces to lay scars on.")] = None,
    device: str = "cpu",
    workers: int = 1,
    held_out: Annotated[bool, typer.Option(help="Lay scars on the people kept out of training.")] = False,
    sheet: Annotated[Path | None, typer.Option(help="PNG of the first samples with their outlines.")] = None,
    views: Annotated[int, typer.Option(help="Photographs of each skin, in adjacent rows.")] = 1,
    posed: Annotated[bool, typer.Option(help="Move the later views by a small, stored affine.")] = False,
    bare: Annotated[bool, typer.Option(help="The same skins without look-alikes, for the ablation.")] = False,
    patients: Annotated[
        bool, typer.Option(help="Only skins whose first photograph shows scarring as a clinic's does.")
    ] = False,
) -> None:
    """Renders labelled samples into the folder OUT."""
    from training.render.write import contact_sheet, render_dataset

    try:
        render_dataset(
            out, count, seed, size_px, faces, device, workers, held_out, views, posed, bare, patients
        )
    except ValueError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    if sheet:
        contact_sheet(out, sheet)


@app.command(name="sheet")
def lay_sheet(
    samples: Path,
    real: Annotated[Path, typer.Option(help="Folder of real photographs.")],
    out: Annotated[Path, typer.Option(help="PNG to write.")],
    rows: int = 6,
    columns: int = 6,
    cell_px: int = 300,
    seed: int = 0,
) -> None:
    """Lays rendered SAMPLES beside real photographs at equal pixel size, row by row."""
    from training.render.sheet import beside_real

    try:
        beside_real(samples, real, out, rows, columns, cell_px, seed)
    except FileNotFoundError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error


@app.command()
def trace(
    out: Path,
    count: Annotated[int, typer.Option(min=1, help="Skins; each is photographed three to six times.")] = 8,
    seed: int = 0,
    size_px: int = 512,
    samples: Annotated[int, typer.Option(min=1, help="Rays a pixel.")] = 64,
) -> None:
    """Path-traces a small set of skins into the folder OUT, for checking only; needs Mitsuba 3."""
    from training.trace.write import write_traced

    try:
        write_traced(out, count, seed, size_px, samples)
    except CicatrixError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error


@app.command()
def series(
    out: Annotated[Path, typer.Option(help="Folder for the photographs, manifest.csv and truth.json.")],
    seed: int = 8,
) -> None:
    """Renders the sample series: one patient over five visits."""
    from training.render.series import render_series

    render_series(out, seed)


@app.command()
def export(
    run: Path,
    name: str = "atrophic",
    version: str = "0.1.0",
    out: Path = Path("models/bundles"),
    px_per_mm: Annotated[float, typer.Option(help="Resolution of the working picture.")] = 6.4,
    average: Annotated[
        Path | None, typer.Option(help="Bundle of an earlier time of the run: export the middle of both.")
    ] = None,
) -> None:
    """Writes the bundle OUT/NAME-VERSION from the last checkpoint of the folder RUN."""
    from training.export import Plan, export_bundle

    try:
        folder = export_bundle(run, out, name, version, Plan(px_per_mm=px_per_mm), average)
    except (FileExistsError, FileNotFoundError, RuntimeError, ValueError, CicatrixError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    typer.echo(str(folder))


@app.command()
def mine(
    bundle: Path,
    out: Path,
    faces: Annotated[Path, typer.Option(help="Folder with london/ and canada/, clear faces.")],
    count: Annotated[int, typer.Option(min=1, help="Tiles to write at most.")] = 300,
    size_px: Annotated[int, typer.Option(min=64, help="Side of a tile.")] = 448,
    seed: int = 0,
    workers: int = 1,
) -> None:
    """Writes tiles of clear faces on which BUNDLE wrongly sees scars into the folder OUT, to train on."""
    from inference.network.bundle import load_bundle
    from inference.network.session import Network
    from training.mine import mine as run_mining

    try:
        tiles = run_mining(Network(load_bundle(bundle), threads=1), out, faces, count, size_px, seed, workers)
    except (FileNotFoundError, ValueError, CicatrixError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    people, worst, least = len({tile.face for tile in tiles}), tiles[0].score, tiles[-1].score
    typer.echo(f"{len(tiles)} tiles of {people} faces, mean false probability {worst:.3f} to {least:.3f}")


@app.command()
def ablate(
    config: Path,
    photos: Annotated[Path, typer.Option(help="Folder of photographs with regions.json.")],
    faces: Annotated[Path, typer.Option(help="Folder with london/ and canada/.")],
    runs: Path = Path("runs/ablation"),
    steps: Annotated[int, typer.Option(min=1, help="Steps of every run.")] = 1100,
    only: Annotated[list[str] | None, typer.Option(help="Leave out only this. May be repeated.")] = None,
    bare: Annotated[
        list[Path] | None, typer.Option(help="Samples of `render --bare`. May be repeated.")
    ] = None,
    pairs: Annotated[Path | None, typer.Option(help="Rendered samples with several views.")] = None,
    faces_every: Annotated[int, typer.Option(min=1, help="Take every so many-th clear face.")] = 1,
    tiles: Annotated[int, typer.Option(min=1, help="Tiles to calibrate on, and of --pairs.")] = 48,
    json_path: Annotated[Path | None, typer.Option("--json", help="Also write all figures here.")] = None,
    markdown: Annotated[Path | None, typer.Option(help="Also write the table here.")] = None,
    threads: int = 1,
) -> None:
    """Trains short runs that each lack one ingredient of CONFIG, and prints what is lost."""
    from training import ablate as ablation
    from training.evaluate import variants
    from training.evaluate.boxes import write_json

    exam = ablation.Exam(photos, faces, faces_every, pairs, tiles, threads)
    try:
        configs = ablation.configs_of(config, steps, bare or (), only or ())
        rows = ablation.ablate(configs, runs, exam)
    except (FileNotFoundError, InterruptedError, RuntimeError, ValueError, CicatrixError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    typer.echo(variants.as_text(rows, ablation.FIRST, ablation.HEADS))
    if json_path:
        write_json(json_path, variants.as_dict(rows, ablation.FIRST))
    if markdown:
        text = variants.as_markdown(rows, ablation.FIRST, ablation.HEADS)
        markdown.write_text(text + "\n", encoding="utf-8")


@app.command()
def bench(
    config: Annotated[Path, typer.Argument(help="TOML file, or config.json of a run.")],
    overrides: Overrides = None,
    steps: int = 12,
    processes: Annotated[int, typer.Option(min=1, help="Compare one process with so many.")] = 1,
    out: Annotated[Path, typer.Option(help="Folder for the runs that are compared.")] = Path("build/bench"),
) -> None:
    """Measures seconds a step on this machine, with the data of CONFIG; or one process against several."""
    from training.bench import compare_processes, seconds_a_step

    settings = load_config(config, overrides)
    if processes == 1:
        typer.echo(json.dumps(seconds_a_step(settings, steps), indent=2))
        return
    try:
        seen = compare_processes(settings, out, processes, steps)
    except (FileExistsError, RuntimeError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    typer.echo(
        f"one process {seen.step_s[0]:.3f} s a step, {seen.count} processes {seen.step_s[1]:.3f} s: "
        f"{seen.speed_up:.2f} times as fast; their weights differ by {seen.difference:.2%} of the way they went"
    )


if __name__ == "__main__":
    app()
