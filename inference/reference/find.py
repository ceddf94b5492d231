"""Everything of known size or colour in one photograph."""

import numpy as np
from numpy.typing import NDArray

from inference.photo.colour import LINEAR_OF_LEVEL
from inference.reference.chart import ChartKind, FoundChart, find_chart
from inference.reference.correction import fit_correction, sample_patches
from inference.reference.markers import FoundCard, find_cards
from inference.reference.reference import ColourReading, References, ScaleReading

#: Light that bare matte office paper sends back. The sheet's colours are relative, so it only sets their brightness.
PAPER_REFLECTANCE = 0.87


def find_references(
    rgb: NDArray[np.uint8], chart: ChartKind | None = None, rough: ScaleReading | None = None
) -> References:
    """The sheet's cards, then a 24-patch chart, in an (H, W, 3) uint8 sRGB upright photograph.

    A card's scale goes before a chart's: its size is in its ids, while charts of several sizes look the same. A chart
    gives a scale where `chart` says which it is, or where only one size fits `rough`, such as the face's scale or
    the card's. A chart's colours go before a card's, which are only as its printer made them.
    """
    cards = find_cards(rgb)
    found = find_chart(rgb)
    scale = cards[0].scale if cards else None
    if found is not None and scale is None:
        kind = chart or (found.kind_by(rough) if rough else None)
        scale = found.scale(kind) if kind else None
    outlines = [card.outline_px for card in cards]
    if found is not None:
        outlines.append(found.outline_px)
    return References(scale, _colour(rgb, cards, found), tuple(outlines))


def _colour(
    rgb: NDArray[np.uint8], cards: tuple[FoundCard, ...], found: FoundChart | None
) -> ColourReading | None:
    if found is not None:
        return found.colour
    readings = (card_colour(rgb, card) for card in cards)
    return next((reading for reading in readings if reading is not None), None)


def card_colour(rgb: NDArray[np.uint8], found: FoundCard) -> ColourReading | None:
    """The correction to the colours that a card's patches were meant to have."""
    corner = np.array([[0, 0], [1, 0], [1, 1], [0, 1.0]])
    patches = found.card.patches
    quads_mm = np.array([corner * patch.size_mm + (patch.x_mm, patch.y_mm) for patch in patches])
    quads_px = found.plane.to_px(quads_mm.reshape(-1, 2)).reshape(-1, 4, 2)
    truth = LINEAR_OF_LEVEL[np.array([patch.srgb for patch in patches])] * PAPER_REFLECTANCE
    return fit_correction(sample_patches(rgb, quads_px), truth.astype(np.float64), "sheet")
