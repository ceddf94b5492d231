"""The printed sheet in millimetres: the one place that knows what is where, for printing and for finding.

Markers are AprilTag 36h11 (Olson, ICRA 2011; Wang & Olson, IROS 2016): 36 bits of which any two markers, turned any
way, differ in at least 11. Smaller codes (ArUco 4x4, AprilTag 16h5) have larger cells on the same sticker but differ
in so few bits that the texture of skin, hair and clothes reads as a marker now and then; a wrong scale is worse
than none. Eight cells of 1.25 mm are still read where the whole sticker is 25 pixels wide.

The id tells the card and the place on it, so finding needs no settings. Ids start at 200 as the low ids are those of
everybody's first AprilTag. A change of any size below needs new ids: prints of the old one stay in drawers.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

CardKind = Literal["strip", "card"]
Paper = Literal["a4", "letter"]

FIRST_ID = 200
STRIPS = 8
STRIP_IDS, CARD_IDS = 2, 4
ID_COUNT = STRIPS * STRIP_IDS + CARD_IDS
#: Cells along a marker's side, its black border included.
MARKER_CELLS = 8

#: Colours as sent to the printer, 8-bit sRGB; 255 is bare paper. Greys give exposure and cast, skin tones weigh the fit
#: where it is used, the rest spans the matrix; all are dull enough for an office printer. A choice of ours.
GREYS = ((255, 255, 255), (205, 205, 205), (160, 160, 160), (118, 118, 118), (78, 78, 78), (40, 40, 40))
SKINS = ((240, 205, 180), (198, 148, 122), (142, 98, 76), (88, 60, 48))
OTHERS = ((190, 50, 55), (70, 145, 75), (50, 65, 150), (235, 200, 40), (30, 130, 165), (185, 85, 145))


@dataclass(frozen=True, slots=True)
class Marker:
    """A square marker by its top left corner on its card, in mm; `size_mm` includes the black border."""

    id: int
    x_mm: float
    y_mm: float
    size_mm: float

    @property
    def corners_mm(self) -> tuple[tuple[float, float], ...]:
        """Clockwise from the top left, as OpenCV gives them."""
        x, y, s = self.x_mm, self.y_mm, self.size_mm
        return (x, y), (x + s, y), (x + s, y + s), (x, y + s)


@dataclass(frozen=True, slots=True)
class Patch:
    """A square of one colour by its top left corner on its card, in mm; `srgb` is 0..255."""

    srgb: tuple[int, int, int]
    x_mm: float
    y_mm: float
    size_mm: float


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the ruler from the card's lower edge upwards, in mm; `label` stands beside it."""

    x_mm: float
    length_mm: float
    label: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """One piece to cut out. Millimetres from its top left corner, x to the right, y down."""

    kind: CardKind
    width_mm: float
    height_mm: float
    markers: tuple[Marker, ...]
    patches: tuple[Patch, ...]
    ticks: tuple[Tick, ...]
    tick_label_mm: float

    @property
    def centre_mm(self) -> tuple[float, float]:
        """Middle of the markers, where the scale is read."""
        xs = [x for marker in self.markers for x, _ in marker.corners_mm]
        ys = [y for marker in self.markers for _, y in marker.corners_mm]
        return sum(xs) / len(xs), sum(ys) / len(ys)

    @property
    def outline_mm(self) -> tuple[tuple[float, float], ...]:
        return (0, 0), (self.width_mm, 0), (self.width_mm, self.height_mm), (0, self.height_mm)


def strip(index: int) -> Card:
    """The strip for close-ups of a cheek, 64 x 17 mm: two markers of 10 mm, 16 patches, a ruler of 60 mm.

    Raises ValueError for an index outside 0..STRIPS - 1.
    """
    if not 0 <= index < STRIPS:
        raise ValueError(f"no strip {index}: there are {STRIPS}")
    first = FIRST_ID + STRIP_IDS * index
    markers = Marker(first, 2, 2, 10), Marker(first + 1, 52, 2, 10)
    patches = _patches(
        (*GREYS[::2], *SKINS[:2], *OTHERS[:3], *GREYS[1::2], *SKINS[2:], *OTHERS[3:]), 8, 14.6, 2.8, 4.4
    )
    return Card("strip", 64, 17, markers, patches, tuple(_ruler(60, 2, (1.2, 1.9, 2.7))), 1.3)


def face_card() -> Card:
    """The card for photographs of a whole face, 90 x 58 mm: four markers of 16 mm, 16 patches, a ruler of 80 mm."""
    first = FIRST_ID + STRIP_IDS * STRIPS
    places = (3, 3), (71, 3), (3, 31), (71, 31)
    markers = tuple(Marker(first + i, x, y, 16) for i, (x, y) in enumerate(places))
    patches = _patches((*GREYS[:4], *GREYS[4:], *SKINS[:2], *SKINS[2:], *OTHERS), 4, 23.4, 3.4, 10.8)
    return Card("card", 90, 58, markers, patches, tuple(_ruler(80, 5, (2.0, 3.2, 4.4))), 2.2)


def _patches(
    colours: tuple[tuple[int, int, int], ...], columns: int, x_mm: float, y_mm: float, pitch_mm: float
) -> tuple[Patch, ...]:
    """Rows of patches with a tenth of the pitch between them."""
    size = round(0.9 * pitch_mm, 2)
    return tuple(
        Patch(colour, x_mm + pitch_mm * (i % columns), y_mm + pitch_mm * (i // columns), size)
        for i, colour in enumerate(colours)
    )


def _ruler(length_mm: int, x_mm: float, lengths_mm: tuple[float, float, float]) -> Iterator[Tick]:
    for mm in range(length_mm + 1):
        one, five, ten = lengths_mm
        length = ten if mm % 10 == 0 else five if mm % 5 == 0 else one
        label = "0 mm" if mm == 0 else str(mm) if mm % 10 == 0 and mm < length_mm else ""
        yield Tick(x_mm + mm, length, label)


CARDS = (*(strip(index) for index in range(STRIPS)), face_card())
#: Card of each marker's id.
CARD_OF_ID = {marker.id: card for card in CARDS for marker in card.markers}


@dataclass(frozen=True, slots=True)
class Placed:
    card: Card
    x_mm: float
    y_mm: float


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page: millimetres from its top left corner. `left_mm` is where texts and lines begin."""

    paper: Paper
    width_mm: float
    height_mm: float
    left_mm: float
    check_line_mm: float
    check_line_y_mm: float
    placed: tuple[Placed, ...]


#: ISO 216 A4; ANSI/ASME Y14.1 size A (US Letter).
PAPER_MM: dict[Paper, tuple[float, float]] = {"a4": (210, 297), "letter": (215.9, 279.4)}
CONTENT_MM = 176
CARD_TOP_MM, STRIPS_TOP_MM, STRIP_STEP_MM = 82, 160, 24


def sheet(paper: Paper) -> Sheet:
    """All cards on one page; the same sizes on both papers."""
    width, height = PAPER_MM[paper]
    left = (width - CONTENT_MM) / 2
    second = left + CONTENT_MM - CARDS[0].width_mm
    placed = [Placed(CARDS[-1], left, CARD_TOP_MM)]
    for index, card in enumerate(CARDS[:-1]):
        x = second if index % 2 else left
        placed.append(Placed(card, x, STRIPS_TOP_MM + STRIP_STEP_MM * (index // 2)))
    return Sheet(paper, width, height, left, 100, 68, tuple(placed))
