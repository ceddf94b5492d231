"""All matched scars of a pair on one picture, the worst change first, with verdict and error under each."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from inference.report.lettering import font
from inference.report.overlay import COLOURS
from inference.report.scars import CLOSE_LOOK_PX, GAP_PX, ScarView

Rgb = NDArray[np.uint8]
_COLUMNS = 6
_MARGIN_PX, _GUTTER_PX, _WORDS_PX, _TITLE_PX = 28, 22, 62, 84
_INK, _SOFT = "#1b2430", "#4f5b69"
_VERDICT_INK = {"improved": "#00664b", "resolved": "#00664b", "worse": "#a03c00", "new": "#a03c00"}


def change_words(view: ScarView) -> str:
    """Change of depth with its error, as in "−120 ± 80 µm"; in words where either is unknown."""
    if view.change_um is None:
        return "depth not known"
    change = f"{'+' if view.change_um > 0 else '−' if round(view.change_um) else ''}{abs(view.change_um):.0f}"
    return f"{change} µm, error not known" if view.error_um is None else f"{change} ± {view.error_um:.0f} µm"


def contact_sheet(views: Sequence[ScarView], titles: tuple[str, str] = ("Before", "After")) -> Rgb:
    """(h, w, 3) uint8 sRGB. Raises ValueError without scars."""
    if not views:
        raise ValueError("a contact sheet needs at least one scar")
    cell_w, cell_h = 2 * CLOSE_LOOK_PX + GAP_PX, CLOSE_LOOK_PX + _WORDS_PX
    columns = min(_COLUMNS, max(len(views), 2))
    rows = -(-len(views) // columns)
    width = 2 * _MARGIN_PX + columns * (cell_w + _GUTTER_PX) - _GUTTER_PX
    height = 2 * _MARGIN_PX + _TITLE_PX + rows * (cell_h + _GUTTER_PX) - _GUTTER_PX
    sheet = Image.new("RGB", (width, height), "white")
    pen = ImageDraw.Draw(sheet)
    title = f"{len(views)} scar{'s' if len(views) > 1 else ''}, {titles[0]} and {titles[1]}"
    pen.text((_MARGIN_PX, _MARGIN_PX), title, _INK, font(24, bold=True))
    under = "Change of depth and the smallest change beyond measurement error. Worst first."
    pen.text((_MARGIN_PX, _MARGIN_PX + 34), under, _SOFT, font(16))
    for k, view in enumerate(views):
        left = _MARGIN_PX + (k % columns) * (cell_w + _GUTTER_PX)
        top = _MARGIN_PX + _TITLE_PX + (k // columns) * (cell_h + _GUTTER_PX)
        sheet.paste(Image.fromarray(view.picture), (left, top))
        _words(pen, view, left, top + CLOSE_LOOK_PX + 8)
    return np.asarray(sheet, np.uint8)


def _words(pen: ImageDraw.ImageDraw, view: ScarView, left: int, top: int) -> None:
    pen.ellipse((left + 1, top + 4, left + 13, top + 16), outline=COLOURS[view.type], width=3)
    verdict = view.trace.verdict
    said = "no verdict" if verdict == "unknown" else verdict
    pen.text((left + 20, top), f"{view.type}, {said}", _VERDICT_INK.get(verdict, _INK), font(16))
    pen.text((left, top + 24), change_words(view), _SOFT, font(16))
