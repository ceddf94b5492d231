"""Variants of one network side by side, a row each: the few figures that tell them apart, and their table."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from inference.check import Instruments
from training.evaluate import points
from training.evaluate.marked import look_at_marked
from training.evaluate.real import (
    box_figures,
    evaluate_faces,
    face_figures,
    marked_over_other_skin,
    scores_of,
)
from training.evaluate.statistics import Interval

#: Heads of the columns of `real_figures`, by the name of the figure.
REAL_HEADS = {
    "auc_clear": "AUC clear",
    "auc_clear_skin": "AUC clear skin",
    "marked_ratio": "boxes over other skin",
    "points_f1": "points F1",
    "faces_marked_mean": "clear faces marked",
}


@dataclass(frozen=True, slots=True)
class Variant:
    """One row: figures by name, those that were not asked for left out."""

    name: str
    figures: dict[str, Interval]


def real_figures(
    instruments: Instruments, photos: Path, faces: Path | None, faces_every: int = 1
) -> dict[str, Interval]:
    """The figures of `REAL_HEADS`; without `faces` those of clear faces are left out.

    points_f1: mean over the passes of those who marked scars, doubtful ones asked for. faces_every: take every so
    many-th clear face. Raises FileNotFoundError, BundleError.
    """
    seen = look_at_marked(photos, instruments)
    boxes = box_figures(scores_of(seen.looks))
    figures = {
        "auc_clear": boxes["auc_clear_gated"],
        "auc_clear_skin": boxes["auc_clear_skin_gated"],
        "marked_ratio": marked_over_other_skin(seen.looks),
        "points_f1": points.found_figures(seen.found, seen.known)["f1_all_mean"],
    }
    if faces is not None:
        clear = evaluate_faces(faces, instruments, every=faces_every)
        figures["faces_marked_mean"] = face_figures(clear)["faces_marked_mean"]
    return figures


def as_text(variants: Sequence[Variant], first: str, heads: dict[str, str]) -> str:
    """Columns of even width, for a terminal. first: head of the names; heads: of the figures, by name."""
    lines = _lines(variants, first, heads)
    widths = [max(len(line[k]) for line in lines) for k in range(len(lines[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def as_markdown(variants: Sequence[Variant], first: str, heads: dict[str, str]) -> str:
    """The same as a Markdown table."""
    head, *rows = _lines(variants, first, heads)
    return "\n".join("| " + " | ".join(line) + " |" for line in (head, ["---"] * len(head), *rows))


def as_dict(variants: Sequence[Variant], first: str) -> dict[str, Any]:
    """Everything with its intervals, for a JSON file."""
    by_name = {
        variant.name: {name: asdict(figure) for name, figure in variant.figures.items()}
        for variant in variants
    }
    return {first: by_name}


def _lines(variants: Sequence[Variant], first: str, heads: dict[str, str]) -> list[list[str]]:
    """Head and rows; columns that no variant has are left out."""
    shown = [name for name in heads if any(name in variant.figures for variant in variants)]
    rows = [[v.name, *(_number(name, v.figures.get(name)) for name in shown)] for v in variants]
    return [[first, *(heads[name] for name in shown)], *rows]


def _number(name: str, figure: Interval | None) -> str:
    if figure is None or figure.value is None:
        return "unknown"
    return f"{figure.value:.0f}" if name.startswith("ms_") else f"{figure.value:.3f}"
