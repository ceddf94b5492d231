"""The printable sheet as a PDF of vectors: no raster, so every printer draws its edges as sharp as it can."""

import io
from pathlib import Path

import numpy as np
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from inference.errors import CicatrixError
from inference.reference.dictionary import black_cells
from inference.reference.layout import (
    FIRST_ID,
    ID_COUNT,
    MARKER_CELLS,
    STRIPS_TOP_MM,
    Card,
    Marker,
    Paper,
    Placed,
    Sheet,
    sheet,
)
from inference.reference.raster import TICK_MM

_TITLE, _BODY = "Helvetica-Bold", "Helvetica"
_TEXT, _FAINT = 0.15, 0.55
_HOW_TO_PRINT = (
    "Print at 100 % (“actual size”), not “fit to page”, on matte white paper. Then check the line below.",
    "Use prints from one printer, made on one day, for all visits of a patient: printers differ in colour.",
    "Cut along the thin lines. Lay or tape the piece flat, in the plane of the skin, facing the camera, in even light.",
    "Keep all black squares of the piece in the picture, sharp, and free of glare. Do not cover or bend them.",
    "Use a fresh piece for each patient. For unbroken skin only: the print is not sterile.",
)
_CARD_NOTE = (
    "For the whole face",
    "Hold it beside the cheek or under the chin, level",
    "with the skin that matters and facing the camera.",
    "",
    "It gives millimetres. Its colours make photographs",
    "with prints from the same printer comparable; they",
    "are not absolute: for that, use a 24-patch chart.",
)
_STRIP_NOTE = (
    "For close-ups",
    "One strip beside the area, as near as it goes. All strips are alike in size.",
)


def write_sheet(path: Path, paper: Paper = "a4") -> None:
    """Writes the sheet. The same paper gives the same bytes, without times or machine names.

    Raises CicatrixError when the file cannot be written.
    """
    try:
        path.write_bytes(sheet_bytes(paper))
    except OSError as error:
        raise CicatrixError(f"{path} cannot be written ({error.strerror}): choose another place.") from error


def sheet_bytes(paper: Paper) -> bytes:
    """The PDF."""
    page = sheet(paper)
    out = io.BytesIO()
    # `invariant` leaves out the times, which are the only part that would differ between two runs.
    canvas = Canvas(out, pagesize=(page.width_mm * mm, page.height_mm * mm), invariant=1, pageCompression=0)
    canvas.setTitle(f"cicatrix reference sheet ({paper})")
    canvas.setAuthor("cicatrix")
    canvas.setSubject("Markers, ruler and colour patches for photographs of skin. Print at 100 %.")
    # Viewers read this one and do not scale the page to the paper by themselves (ISO 32000-1, table 150).
    canvas.setViewerPreference("PrintScaling", "None")  # pyright: ignore[reportUnknownMemberType]
    pen = _Pen(canvas, page)
    _head(pen)
    _check_line(pen)
    for placed in page.placed:
        _card(pen, placed)
    _notes(pen)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


class _Pen:
    """Draws in millimetres from the page's top left corner."""

    def __init__(self, canvas: Canvas, page: Sheet) -> None:
        self.canvas, self.page = canvas, page

    def fill(self, x: float, y: float, width: float, height: float, srgb: tuple[int, int, int]) -> None:
        self.canvas.setFillColorRGB(*(level / 255 for level in srgb))
        top = self.page.height_mm - y
        self.canvas.rect(x * mm, (top - height) * mm, width * mm, height * mm, stroke=0, fill=1)

    def frame(self, x: float, y: float, width: float, height: float) -> None:
        self.canvas.setStrokeGray(_FAINT)
        self.canvas.setLineWidth(0.1 * mm)
        self.canvas.rect(
            x * mm, (self.page.height_mm - y - height) * mm, width * mm, height * mm, stroke=1, fill=0
        )

    def text(
        self, x: float, y: float, words: str, size_pt: float, font: str = _BODY, grey: float = _TEXT
    ) -> None:
        self.canvas.setFillGray(grey)
        self.canvas.setFont(font, size_pt)
        self.canvas.drawString(x * mm, (self.page.height_mm - y) * mm, words)


def _head(pen: _Pen) -> None:
    left = pen.page.left_mm
    pen.text(left, 23, "Reference sheet for skin photographs", 18, _TITLE)
    pen.text(left, 29, "cicatrix · millimetres and colours from the photograph itself", 9, grey=_FAINT)
    for number, line in enumerate(_HOW_TO_PRINT, 1):
        y = 33 + 5 * number
        pen.text(left, y, str(number), 9, _TITLE)
        pen.text(left + 5, y, line, 9)


def _check_line(pen: _Pen) -> None:
    page = pen.page
    x, y, length = page.left_mm, page.check_line_y_mm, page.check_line_mm
    pen.fill(x, y - 0.15, length, 0.3, (0, 0, 0))
    for end in (x, x + length):
        pen.fill(end - 0.15, y - 2, 0.3, 4, (0, 0, 0))
    pen.text(x + length + 4, y - 0.6, "Measure this line: 100 mm.", 9, _TITLE)
    pen.text(x + length + 4, y + 3.4, "If it is not, print again at 100 %.", 9)


def _card(pen: _Pen, placed: Placed) -> None:
    card, x, y = placed.card, placed.x_mm, placed.y_mm
    pen.frame(x, y, card.width_mm, card.height_mm)
    for patch in card.patches:
        pen.fill(x + patch.x_mm, y + patch.y_mm, patch.size_mm, patch.size_mm, patch.srgb)
        if patch.srgb == (255, 255, 255):
            pen.frame(x + patch.x_mm, y + patch.y_mm, patch.size_mm, patch.size_mm)
    for marker in card.markers:
        _marker(pen, marker, x, y)
    _ruler(pen, card, x, y)


def _marker(pen: _Pen, marker: Marker, x: float, y: float) -> None:
    """One black square, and all its white cells as one path: no hairlines between cells, one straight outer edge."""
    left, top, cell = x + marker.x_mm, y + marker.y_mm, marker.size_mm / MARKER_CELLS
    pen.fill(left, top, marker.size_mm, marker.size_mm, (0, 0, 0))
    path = pen.canvas.beginPath()
    for row, column in np.argwhere(~black_cells(marker.id)):
        bottom = pen.page.height_mm - top - (row + 1) * cell
        box = (left + column * cell) * mm, bottom * mm, cell * mm, cell * mm
        path.rect(*box)  # pyright: ignore[reportUnknownMemberType]
    pen.canvas.setFillColorRGB(1, 1, 1)
    pen.canvas.drawPath(path, stroke=0, fill=1)  # pyright: ignore[reportUnknownMemberType]


def _ruler(pen: _Pen, card: Card, x: float, y: float) -> None:
    bottom = y + card.height_mm
    for tick in card.ticks:
        pen.fill(x + tick.x_mm - TICK_MM / 2, bottom - tick.length_mm, TICK_MM, tick.length_mm, (0, 0, 0))
        if tick.label:
            baseline = bottom - tick.length_mm + 0.75 * card.tick_label_mm
            pen.text(x + tick.x_mm + 0.4, baseline, tick.label, card.tick_label_mm * 72 / 25.4)


def _notes(pen: _Pen) -> None:
    face = pen.page.placed[0]
    x = face.x_mm + face.card.width_mm + 8
    for index, line in enumerate(_CARD_NOTE):
        pen.text(x, face.y_mm + 6 + 5 * index, line, 11 if index == 0 else 9, _TITLE if index == 0 else _BODY)
    pen.text(pen.page.left_mm, STRIPS_TOP_MM - 10, _STRIP_NOTE[0], 11, _TITLE)
    pen.text(pen.page.left_mm, STRIPS_TOP_MM - 4.5, _STRIP_NOTE[1], 9)
    last = FIRST_ID + ID_COUNT - 1
    pen.text(
        pen.page.left_mm, pen.page.height_mm - 14, f"AprilTag 36h11, ids {FIRST_ID} to {last}", 7, grey=_FAINT
    )
