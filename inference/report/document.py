"""A report before it has a form: blocks of text, pictures and tables in reading order, for PDF and HTML alike."""

from dataclasses import dataclass, field
from typing import Literal

from inference.change.comparison import Verdict

Paper = Literal["a4", "letter"]
#: How a finding is coloured; the words say the same, colour is never alone.
Tone = Literal["improved", "worse", "within", "unknown", "reject"]
TONES: dict[Verdict, Tone] = {
    "improved": "improved",
    "worse": "worse",
    "within measurement error": "within",
    "unknown": "unknown",
}


@dataclass(frozen=True, slots=True)
class Picture:
    """An encoded JPEG or PNG; `title` stands above it, `text` below."""

    content: bytes
    width_px: int
    height_px: int
    title: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Drawing:
    """An SVG of plain shapes and text; `alt` says what it shows."""

    svg: str
    width: float
    height: float
    alt: str


@dataclass(frozen=True, slots=True)
class Toned:
    """Words of a table's cell with the colour of their finding."""

    text: str
    tone: Tone


Cell = str | Toned | Drawing | Picture


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence under its badge: the main one of the report, or under a title one of a part of it."""

    badge: str
    tone: Tone
    statement: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Pictures:
    """Pictures side by side in rows of `columns`, none higher than `max_height_mm`. legend: colour and name."""

    items: tuple[Picture, ...]
    columns: int
    max_height_mm: float
    title: str = ""
    legend: tuple[tuple[str, str], ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """shares: of the width, by column; the first column is the row's name, figures stand to the right.

    notes: small print below.
    """

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    shares: tuple[float, ...]
    notes: tuple[str, ...] = ()
    words: tuple[int, ...] = ()  #: columns of words, which stand to the left


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and what is to be said of each."""

    title: str
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart over the width of the page, or half of it."""

    drawings: tuple[Drawing, ...]
    columns: int
    title: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """Lines to be filled in by hand, for each field by what is already known, else empty."""

    title: str
    lines: tuple[tuple[tuple[str, str], ...], ...]
    note: str = ""


Block = Finding | Pictures | Table | Facts | Chart | Form


@dataclass(frozen=True, slots=True)
class Document:
    """A report. clinic: above the title; subtitle: below. foot: at the foot of every page."""

    title: str
    subtitle: str
    clinic: str
    made: str
    foot: str
    blocks: tuple[Block, ...] = field(default=())
