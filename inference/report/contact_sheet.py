"""All matched scars of a pair or a series on one picture, the worst first, with verdict and error under each."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from inference.change.comparison import LesionVerdict
from inference.measure.assessment import ScarType
from inference.report import words
from inference.report.lettering import font
from inference.report.overlay import COLOURS
from inference.report.scar_rows import ScarRow
from inference.report.scars import CLOSE_LOOK_PX, ScarView

Rgb = NDArray[np.uint8]
_MARGIN_PX, _GUTTER_PX, _LINE_PX, _TITLE_PX = 28, 22, 24, 84
_INK, _SOFT = "#1b2430", "#4f5b69"
_VERDICT_INK = {"improved": "#00664b", "resolved": "#00664b", "worse": "#a03c00", "new": "#a03c00"}


def change_words(change_um: float | None, error_um: float | None) -> str:
    """Change of depth with its error, as in "−120 ± 80 µm"; in words where either is unknown."""
    if change_um is None:
        return "depth not known"
    sign = "" if round(change_um) == 0 else "+" if change_um > 0 else "−"
    change = f"{sign}{abs(change_um):.0f}"
    return f"{change} µm, error not known" if error_um is None else f"{change} ± {error_um:.0f} µm"


def depth_words(depths_um: Sequence[float | None]) -> str:
    """Depths over the visits, as in "310, 290, 180 µm"; an en dash where one is not seen."""
    return ", ".join("–" if depth is None else f"{depth:.0f}" for depth in depths_um) + " µm"


@dataclass(frozen=True, slots=True, eq=False)
class _Cell:
    """One scar on the sheet: its picture, and the lines of words below it."""

    picture: Rgb
    type: ScarType
    verdict: LesionVerdict
    lines: tuple[str, ...]


def contact_sheet(views: Sequence[ScarView], titles: tuple[str, str] = ("Before", "After")) -> Rgb:
    """(h, w, 3) uint8 sRGB. Raises ValueError without scars."""
    cells = [
        _Cell(view.picture, view.type, view.trace.verdict, (change_words(view.change_um, view.error_um),))
        for view in views
    ]
    title = f"{_scars(len(views))}, {titles[0]} and {titles[1]}"
    return _sheet(
        cells, title, "Change of depth and the smallest change beyond measurement error. Worst first.", 6
    )


def series_sheet(rows: Sequence[ScarRow], labels: Sequence[str]) -> Rgb:
    """(h, w, 3) uint8 sRGB: every scar at every visit. labels: of the visits. Raises ValueError without scars."""
    cells = [
        _Cell(
            row.picture, row.type, row.verdict,
            (depth_words(row.depths_um), f"since the baseline {change_words(row.change_um, row.error_um)}"),
        )
        for row in rows
    ]  # fmt: skip
    columns = max(1, 12 // len(labels))
    return _sheet(
        cells, f"{_scars(len(rows))}: {', '.join(labels)}", "Depth at every visit. Worst first.", columns
    )


def _scars(count: int) -> str:
    return f"{count} scar{'s' if count != 1 else ''}"


def _sheet(cells: Sequence[_Cell], title: str, under: str, most_columns: int) -> Rgb:
    if not cells:
        raise ValueError("a contact sheet needs at least one scar")
    lines = 1 + max(len(cell.lines) for cell in cells)
    cell_w, cell_h = cells[0].picture.shape[1], CLOSE_LOOK_PX + 14 + lines * _LINE_PX
    columns = min(most_columns, len(cells))
    rows = -(-len(cells) // columns)
    width = 2 * _MARGIN_PX + columns * (cell_w + _GUTTER_PX) - _GUTTER_PX
    width = max(width, 2 * _MARGIN_PX + round(font(24, bold=True).getlength(title)))
    height = 2 * _MARGIN_PX + _TITLE_PX + rows * (cell_h + _GUTTER_PX) - _GUTTER_PX
    sheet = Image.new("RGB", (width, height), "white")
    pen = ImageDraw.Draw(sheet)
    pen.text((_MARGIN_PX, _MARGIN_PX), title, _INK, font(24, bold=True))
    pen.text((_MARGIN_PX, _MARGIN_PX + 34), under, _SOFT, font(16))
    for k, cell in enumerate(cells):
        left = _MARGIN_PX + (k % columns) * (cell_w + _GUTTER_PX)
        top = _MARGIN_PX + _TITLE_PX + (k // columns) * (cell_h + _GUTTER_PX)
        sheet.paste(Image.fromarray(cell.picture), (left, top))
        _words(pen, cell, left, top + CLOSE_LOOK_PX + 8)
    return np.asarray(sheet, np.uint8)


def _words(pen: ImageDraw.ImageDraw, cell: _Cell, left: int, top: int) -> None:
    pen.ellipse((left + 1, top + 4, left + 13, top + 16), outline=COLOURS[cell.type], width=3)
    said = words.SHORT_LESION_VERDICTS[cell.verdict]
    pen.text((left + 20, top), f"{cell.type}, {said}", _VERDICT_INK.get(cell.verdict, _INK), font(16))
    for k, line in enumerate(cell.lines, start=1):
        pen.text((left, top + k * _LINE_PX), line, _SOFT, font(16))
