"""Blocks of a document as what platypus lays out."""

import io

from reportlab.graphics.shapes import Drawing as Shapes
from reportlab.lib.units import mm
from reportlab.platypus import CondPageBreak, Flowable, Image, KeepTogether, Spacer
from reportlab.platypus import Table as Grid
from svglib.svglib import svg2rlg

from inference.report.document import (
    Block,
    Cell,
    Chart,
    Drawing,
    Facts,
    Finding,
    Form,
    Picture,
    Pictures,
    Table,
    Toned,
)
from inference.report.pdf_text import LINE, SOFT, TONES, paragraph, width_of

_TITLE_PT, _TEXT_PT, _SMALL_PT = 10.5, 8.2, 7.2
_GUTTER = 3 * mm
_NO_PADDING = [(f"{side}PADDING", (0, 0), (-1, -1), 0) for side in ("LEFT", "RIGHT", "TOP", "BOTTOM")]
_AT_TOP = ("VALIGN", (0, 0), (-1, -1), "TOP")
#: Height that a title needs with the first lines of what it stands over.
_BEGINNING = 38 * mm
_LARGEST_LOOK = 26 * mm
#: Room in which a line can be written by hand.
_WRITING_LINE = 11 * mm


def flowables(block: Block, width: float) -> list[Flowable]:
    """The block, `width` points wide."""
    match block:
        case Finding():
            return _finding(block, width)
        case Pictures():
            return _pictures(block, width)
        case Table():
            return _table(block, width)
        case Facts():
            return _facts(block, width)
        case Chart():
            return _charts(block, width)
        case Form():
            return _form(block, width)


def _titled(title: str, body: list[Flowable]) -> list[Flowable]:
    """The title stays with what begins the body."""
    if not title:
        return body
    head = [Spacer(0, 3.5 * mm), paragraph(title, _TITLE_PT, bold=True), Spacer(0, 1.2 * mm)]
    return [CondPageBreak(_BEGINNING), *head, *body]


def _finding(block: Finding, width: float) -> list[Flowable]:
    pill = Grid(
        [[paragraph(block.badge, 8.5, bold=True, tone=block.tone)]],
        colWidths=[width_of(block.badge, 8.5) + 15],
        hAlign="LEFT",
        style=[
            ("BACKGROUND", (0, 0), (-1, -1), TONES[block.tone][1]),
            ("ROUNDEDCORNERS", [8, 8, 8, 8]),
            ("LEFTPADDING", (0, 0), (-1, -1), 7),
            ("RIGHTPADDING", (0, 0), (-1, -1), 7),
            ("TOPPADDING", (0, 0), (-1, -1), 1),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 3.5),
        ],
    )
    statement = paragraph(block.statement, 9.5 if block.title else 13, bold=True)
    above = Spacer(0, 1 * mm if block.title else 3 * mm)
    body: list[Flowable] = [above, pill, Spacer(0, 1.5 * mm), statement, Spacer(0, 1.5 * mm)]
    return _titled(block.title, [KeepTogether(body)])


def _pictures(block: Pictures, width: float) -> list[Flowable]:
    cell_width = (width - (block.columns - 1) * _GUTTER) / block.columns
    cells = [_picture(item, cell_width, block.max_height_mm * mm) for item in block.items]
    rows = [_spaced(cells[k : k + block.columns], block.columns) for k in range(0, len(cells), block.columns)]
    widths = _spaced_widths(cell_width, block.columns)
    body: list[Flowable] = [
        Grid([row], colWidths=widths, style=[*_NO_PADDING, _AT_TOP], hAlign="LEFT") for row in rows
    ]
    if block.legend:
        body.append(_legend(block.legend))
    if block.note:
        body.append(paragraph(block.note, _SMALL_PT, soft=True))
    return _titled(block.title, body or [Spacer(0, 0)])


def _picture(item: Picture, width: float, max_height: float) -> list[Flowable]:
    factor = min(width / item.width_px, max_height / item.height_px)
    image = Image(io.BytesIO(item.content), item.width_px * factor, item.height_px * factor, hAlign="LEFT")
    parts: list[Flowable] = (
        [paragraph(item.title, _TEXT_PT, bold=True), Spacer(0, 0.8 * mm)] if item.title else []
    )
    parts += [image, Spacer(0, 0.6 * mm)]
    parts += [paragraph(item.text, _SMALL_PT, soft=True)] if item.text else []
    return [*parts, Spacer(0, 1.8 * mm)]


def _spaced(cells: list[list[Flowable]], columns: int) -> list[list[Flowable] | str]:
    """Cells with gutters between them, filled up to whole rows."""
    row: list[list[Flowable] | str] = []
    for k in range(columns):
        row += [cells[k] if k < len(cells) else "", ""]
    return row[:-1]


def _spaced_widths(cell_width: float, columns: int) -> list[float]:
    return ([cell_width, _GUTTER] * columns)[:-1]


def _legend(legend: tuple[tuple[str, str], ...]) -> Flowable:
    cells: list[Flowable] = []
    widths: list[float] = []
    for colour, name in legend:
        dot = f'<circle cx="5" cy="5" r="3.4" fill="none" stroke="{colour}" stroke-width="2"/>'
        cells += [_shapes(Drawing(_svg(dot, 10, 10), 10, 10, name), 10), paragraph(name, _TEXT_PT)]
        widths += [13, width_of(name, _TEXT_PT) + 12]
    middle = ("VALIGN", (0, 0), (-1, -1), "MIDDLE")
    return Grid([cells], colWidths=widths, hAlign="LEFT", style=[*_NO_PADDING, middle])


def _svg(shapes: str, width: float, height: float) -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">{shapes}</svg>'


def _table(block: Table, width: float) -> list[Flowable]:
    last = len(block.shares) - 1
    left = {0, *block.words}
    head = [paragraph(text, _SMALL_PT, soft=True, right=k not in left) for k, text in enumerate(block.head)]
    widths = [share * width for share in block.shares]
    rows = [[_cell(cell, k not in left, widths[k]) for k, cell in enumerate(row)] for row in block.rows]
    notes: list[Flowable] = [paragraph(note, _SMALL_PT, soft=True) for note in block.notes]
    grid = Grid(
        [head, *rows, *([[notes]] if notes else [])],
        colWidths=widths,
        repeatRows=1,
        hAlign="LEFT",
        style=[
            ("LEFTPADDING", (0, 0), (0, -1), 0),
            ("RIGHTPADDING", (last, 0), (last, -1), 0),
            ("LEFTPADDING", (1, 0), (-1, -1), 3),
            ("RIGHTPADDING", (0, 0), (last - 1, -1), 3),
            *(("LEFTPADDING", (k, 0), (k, -1), 8) for k in block.words),
            ("TOPPADDING", (0, 0), (-1, -1), 2.2),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 3.2),
            ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
            ("VALIGN", (0, 0), (-1, 0), "BOTTOM"),
            ("LINEBELOW", (0, 0), (-1, 0), 0.8, SOFT),
            ("LINEBELOW", (0, 1), (-1, len(rows)), 0.5, LINE),
            *([("SPAN", (0, -1), (-1, -1))] if notes else []),
            # Small print never stands alone on the next page.
            ("NOSPLIT", (0, max(1, len(rows) - 1)), (-1, -1)),
        ],
    )
    return _titled(block.title, [grid])


def _cell(cell: Cell, right: bool, width: float) -> Flowable:
    match cell:
        case str():
            return paragraph(cell, _TEXT_PT, right=right)
        case Toned():
            return paragraph(cell.text, _TEXT_PT, bold=True, right=right, tone=cell.tone)
        case Drawing():
            return _shapes(cell, min(width - 6, cell.width))
        case Picture():
            side = min(width - 11, _LARGEST_LOOK)
            return Image(io.BytesIO(cell.content), side, side * cell.height_px / cell.width_px, hAlign="LEFT")


def _facts(block: Facts, width: float) -> list[Flowable]:
    rows = [[paragraph(name, _TEXT_PT, soft=True), paragraph(text, _TEXT_PT)] for name, text in block.rows]
    body = Grid(
        rows,
        colWidths=[0.27 * width, 0.73 * width],
        hAlign="LEFT",
        style=[
            ("LEFTPADDING", (0, 0), (0, -1), 0),
            ("RIGHTPADDING", (1, 0), (1, -1), 0),
            ("TOPPADDING", (0, 0), (-1, -1), 1.2),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 2.4),
            _AT_TOP,
        ],
    )
    return _titled(block.title, [body])


def _charts(block: Chart, width: float) -> list[Flowable]:
    cell_width = (width - (block.columns - 1) * _GUTTER) / block.columns
    cells: list[list[Flowable]] = [
        [_shapes(drawing, cell_width), Spacer(0, 3 * mm)] for drawing in block.drawings
    ]
    rows = [_spaced(cells[k : k + block.columns], block.columns) for k in range(0, len(cells), block.columns)]
    body: list[Flowable] = [
        Grid([row], colWidths=_spaced_widths(cell_width, block.columns), style=[*_NO_PADDING, _AT_TOP])
        for row in rows
    ]
    return _titled(block.title, [Spacer(0, 2 * mm), *body])


def _shapes(drawing: Drawing, width: float) -> Shapes:
    """The SVG as vectors, scaled to the width."""
    shapes = svg2rlg(io.BytesIO(drawing.svg.encode("utf-8")))
    if shapes is None:
        raise ValueError(f"the drawing of {drawing.alt} is not well-formed SVG")
    factor = width / shapes.width
    shapes.width, shapes.height = width, shapes.height * factor
    shapes.scale(factor, factor)
    return shapes


def _form(block: Form, width: float) -> list[Flowable]:
    """Lines to write on; what is known already stands on them."""
    body: list[Flowable] = []
    for line in block.lines:
        cell_width = (width - (len(line) - 1) * _GUTTER) / len(line)
        cells: list[list[Flowable]] = [
            [paragraph(name, _SMALL_PT, soft=True), Spacer(0, 1 * mm), paragraph(known, 9.5)]
            for name, known in line
        ]
        ruled = [("LINEBELOW", (2 * k, 0), (2 * k, 0), 0.6, SOFT) for k in range(len(line))]
        body.append(
            Grid(
                [_spaced(cells, len(line))],
                colWidths=_spaced_widths(cell_width, len(line)),
                rowHeights=[_WRITING_LINE],
                style=[
                    *_NO_PADDING,
                    ("VALIGN", (0, 0), (-1, -1), "TOP"),
                    ("TOPPADDING", (0, 0), (-1, -1), 3),
                    *ruled,
                ],
            )
        )
    body.append(Spacer(0, 1.5 * mm))
    body.append(paragraph(block.note, _SMALL_PT, soft=True))
    return [KeepTogether([Spacer(0, 3.5 * mm), paragraph(block.title, _TITLE_PT, bold=True), *body])]
