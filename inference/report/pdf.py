"""A document as PDF: ReportLab's platypus lays it out, fonts are inside, drawings stay vectors."""

import io
from typing import Any

from reportlab.lib.pagesizes import A4, LETTER
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate, Spacer
from reportlab.platypus import Table as Grid

from inference.report import words
from inference.report.document import Document, Paper
from inference.report.pdf_blocks import flowables
from inference.report.pdf_text import INK, LINE, REGULAR, SOFT, paragraph, register_fonts

_PAGES: dict[Paper, tuple[float, float]] = {"a4": A4, "letter": LETTER}
_MARGIN, _TOP, _BOTTOM = 16 * mm, 13 * mm, 18 * mm


def pdf_bytes(document: Document, paper: Paper = "a4") -> bytes:
    """The PDF. The same document gives the same bytes, without times or machine names."""
    register_fonts()
    out = io.BytesIO()
    template = BaseDocTemplate(
        out,
        pagesize=_PAGES[paper],
        title=f"{document.title} · {document.subtitle}",
        author=document.clinic or "cicatrix",
        creator="cicatrix",
        lang="en",
        invariant=1,
    )
    width, height = _PAGES[paper][0] - 2 * _MARGIN, _PAGES[paper][1] - _TOP - _BOTTOM
    frame = Frame(
        _MARGIN, _BOTTOM, width, height, leftPadding=0, bottomPadding=0, rightPadding=0, topPadding=0
    )
    template.addPageTemplates([PageTemplate("page", [frame])])
    flow = _head(document, width)
    for block in document.blocks:
        flow += flowables(block, width)

    def canvas(*args: Any, **kwargs: Any) -> _Numbered:
        return _Numbered(document.foot, width, *args, **kwargs)

    template.build(flow, canvasmaker=canvas)
    return out.getvalue()


def _head(document: Document, width: float) -> list[Flowable]:
    made = f"Report of {document.made}"
    top = Grid(
        [[paragraph(document.clinic, 8, soft=True), paragraph(made, 8, soft=True, right=True)]],
        colWidths=[width / 2] * 2,
        style=[("LEFTPADDING", (0, 0), (-1, -1), 0), ("RIGHTPADDING", (0, 0), (-1, -1), 0)],
    )
    title, subtitle = paragraph(document.title, 17, bold=True), paragraph(document.subtitle, 9.5, soft=True)
    return [top, title, subtitle, Spacer(0, 3 * mm)]


class _Numbered(Canvas):
    """Writes "page 2 of 5" at last, when the number of pages is known: keeps each page's state until then."""

    def __init__(self, foot: str, width: float, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)  # pyright: ignore[reportUnknownMemberType]
        self._foot, self._right = foot, _MARGIN + width
        self._kept: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802 - the library's name
        self._kept.append(dict(self.__dict__))
        self._startPage()  # pyright: ignore

    def save(self) -> None:
        for number, page in enumerate(self._kept, start=1):
            self.__dict__.update(page)
            self._write_foot(f"page {number} of {len(self._kept)}")
            super().showPage()
        super().save()

    def _write_foot(self, place: str) -> None:
        self.setStrokeColor(LINE)
        self.setLineWidth(0.6)
        self.line(_MARGIN, 14 * mm, self._right, 14 * mm)
        self.setFillColor(INK)
        self.setFont(REGULAR, 7)
        self.drawString(_MARGIN, 10.4 * mm, self._foot)
        self.drawRightString(self._right, 10.4 * mm, place)
        self.setFillColor(SOFT)
        self.drawString(_MARGIN, 7 * mm, words.NOTE)
