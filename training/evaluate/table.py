"""The evaluation's table as text, as Markdown and in a bundle's card."""

from collections.abc import Sequence
from pathlib import Path

from training.evaluate.goals import Row

HEAD = ("figure", "where", "value (95 % interval, n)", "goal", "met")


def as_text(rows: Sequence[Row]) -> str:
    """Columns of even width, for a terminal."""
    lines = [HEAD, *(row.texts() for row in rows)]
    widths = [max(len(line[k]) for line in lines) for k in range(len(HEAD))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def as_markdown(rows: Sequence[Row]) -> str:
    """The same as a Markdown table."""
    lines = [HEAD, ("---",) * len(HEAD), *(row.texts() for row in rows)]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def summary(rows: Sequence[Row]) -> str:
    """How many goals are met."""
    verdicts = [row.verdict for row in rows if row.goal is not None]
    met, missed = verdicts.count("yes"), verdicts.count("no")
    return f"{met} goals met, {missed} not met, {len(verdicts) - met - missed} not run or unknown"


def record_table(bundle: Path, rows: Sequence[Row]) -> None:
    """Puts the table into the bundle's description and card. Raises BundleError."""
    from training.record import record

    record(bundle, "evaluation", {"rows": [row.facts() for row in rows], "markdown": as_markdown(rows)})
