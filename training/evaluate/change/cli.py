"""`python -m training.evaluate change …`."""

import typer

from training.evaluate.change.figures_command import figures

app = typer.Typer(no_args_is_help=True, help="How well change is measured.")
app.command()(figures)


@app.callback()
def _several() -> None:
    """How well change is measured."""
