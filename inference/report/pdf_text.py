"""Type and colour of the printed report."""

from functools import cache
from html import escape
from pathlib import Path

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_LEFT, TA_RIGHT
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import Paragraph
from svglib.fonts import register_font

from inference.report.chart import CHART_FAMILY
from inference.report.document import Tone

REGULAR, BOLD = "OpenSans", "OpenSans-Semibold"
_FONTS = Path(__file__).parent / "fonts"
INK, SOFT, LINE = HexColor("#1b2430"), HexColor("#4f5b69"), HexColor("#d5dbe2")
#: Ink and ground by finding.
TONES = {
    "improved": (HexColor("#00664b"), HexColor("#e0f2ec")),
    "worse": (HexColor("#a03c00"), HexColor("#fcebe0")),
    "within": (HexColor("#3a4653"), HexColor("#e9edf2")),
    "unknown": (HexColor("#3a4653"), HexColor("#e9edf2")),
    "reject": (HexColor("#a03c00"), HexColor("#fcebe0")),
}


@cache
def register_fonts() -> None:
    """Make the fonts known to the library, once: for text, and for the drawings, which ask for `CHART_FAMILY`."""
    for name, file, weight in (
        (REGULAR, "OpenSans-Regular.ttf", "normal"),
        (BOLD, "OpenSans-Semibold.ttf", "bold"),
    ):
        register_font(CHART_FAMILY, str(_FONTS / file), weight=weight, rlgFontName=name)


def paragraph(
    text: str,
    size: float,
    *,
    bold: bool = False,
    soft: bool = False,
    right: bool = False,
    tone: Tone | None = None,
) -> Paragraph:
    """Text that wraps. Nothing in it is taken for markup."""
    return Paragraph(escape(text, quote=False), _style(size, bold, soft, right, tone))


@cache
def _style(size: float, bold: bool, soft: bool, right: bool, tone: Tone | None) -> ParagraphStyle:
    return ParagraphStyle(
        "report",
        fontName=BOLD if bold else REGULAR,
        fontSize=size,
        leading=1.33 * size,
        textColor=TONES[tone][0] if tone else SOFT if soft else INK,
        alignment=TA_RIGHT if right else TA_LEFT,
        splitLongWords=1,
    )


def width_of(text: str, size: float) -> float:
    """Of one bold line, in points."""
    return stringWidth(text, BOLD, size)
