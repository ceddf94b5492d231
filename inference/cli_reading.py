"""Commands of blinded readings: make a design, hand out what was read, analyse it. Reading itself is a page of the
app."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from inference.errors import CicatrixError
from inference.reading.design import Asked, Design, Pairing
from inference.reading.scales import ScaleName

if TYPE_CHECKING:  # scoring needs no database, so the commands load it
    from inference.records.records import Records

app = typer.Typer(
    help="Blinded readings: pairs of photographs graded in the app without knowing which came first.",
    no_args_is_help=True,
)
_SOURCES_HELP = "A manifest (CSV), or codes of patients of the records; all patients where nothing is named."
_OUT_HELP = "JSON to write. It is the key: not for readers."
_NULLS_HELP = "Pairs without change, as a share of the others."
_READER_HELP = "Account, or code, of somebody who reads; once for each. Without it anybody may."
_PAIRS_HELP = "First and last visit; the first with every later one; or each with the next."
_TITLE_HELP = "Shown to readers: let it say nothing of the treatment."
_MODEL_HELP = "Folder that series or compare wrote, or the word records for what the app has measured."
DesignFile = Annotated[
    Path, typer.Argument(metavar="DESIGN", exists=True, dir_okay=False, help="The design, .json or .toml.")
]


@app.command()
def design(
    out: Annotated[Path, typer.Option(dir_okay=False, help=_OUT_HELP)],
    sources: Annotated[list[str] | None, typer.Argument(help=_SOURCES_HELP)] = None,
    scale: Annotated[ScaleName, typer.Option(help="What is read.")] = "gais",
    repeats: Annotated[float, typer.Option(min=0, max=1, help="Share of pairs that are shown twice.")] = 0.2,
    nulls: Annotated[float, typer.Option(min=0, max=1, help=_NULLS_HELP)] = 0.1,
    seed: Annotated[int, typer.Option(help="Decides order, sides, repeats and nulls.")] = 1,
    reader: Annotated[list[str] | None, typer.Option(help=_READER_HELP)] = None,
    pairs: Annotated[Pairing, typer.Option(help=_PAIRS_HELP)] = "last",
    title: Annotated[str, typer.Option(help=_TITLE_HELP)] = "",
) -> None:
    """Make a design, and let readers read it in the app."""
    asked = Asked(scale, seed, repeats, nulls, tuple(reader or ()), pairs, title)
    with _records() as records:
        from inference.reading import commands

        made = commands.make(records, sources or [], out, asked)
    _tell(made)


@app.command()
def offer(path: DesignFile) -> None:
    """Let readers read a design that was made elsewhere, written by hand, or closed."""
    with _records() as records:
        from inference.reading import commands

        made = commands.offer(records, path)
    _tell(made)


@app.command()
def close(path: DesignFile) -> None:
    """Offer a design to readers no longer. Its answers stay."""
    with _records() as records:
        from inference.reading import commands

        commands.close(records, path)


@app.command()
def export(
    path: DesignFile, out: Annotated[Path, typer.Option(dir_okay=False, help="CSV to write.")]
) -> None:
    """Write every answer as a row, unblinded."""
    with _records() as records:
        from inference.reading import commands

        done = commands.export(records, path, out)
    for name, (count, total) in done.items():
        typer.echo(f"{name}: {count} of {total}")
    typer.echo(str(out))


@app.command()
def analyse(
    path: DesignFile,
    out: Annotated[Path, typer.Option(dir_okay=False, help="Analysis to write, .html, .pdf or .json.")],
    model: Annotated[str | None, typer.Option(help=_MODEL_HELP)] = None,
) -> None:
    """Analyse what was read: agreement within and between readers, nulls, sides, and the model."""
    with _records() as records:
        from inference.reading import commands

        commands.write_analysis_of(records, path, out, model, date.today())
    typer.echo(str(out))


def _tell(made: Design) -> None:
    kinds = [pair.kind for pair in made.pairs]
    typer.echo(
        f"{len(kinds) + len(made.repeated)} to read: {kinds.count('change')} pairs of two visits, "
        f"{len(made.repeated)} of them once more, {kinds.count('same visit')} of one visit, "
        f"{kinds.count('same photograph')} of one photograph. Readers open the page #reading of the app."
    )


@contextmanager
def _records() -> Generator[Records]:
    """The records of this computer; what goes wrong ends the command with its reason."""
    from inference.records.records import Records
    from inference.records.settings import RecordsSettings

    try:
        records = Records.open(RecordsSettings())
        try:
            yield records
        finally:
            records.close()
    except (CicatrixError, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
