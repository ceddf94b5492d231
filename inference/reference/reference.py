"""What leaves this room: the scale and the colours that things of known size and colour give."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

ReferenceKind = Literal["sheet", "chart"]


@dataclass(frozen=True, slots=True)
class ScaleReading:
    """Millimetres per pixel of the oriented photograph, at the thing itself.

    `relative_sd` is the standard error by the value: of the corners' place, of the print, and of the skin not
    lying in the thing's plane. `method` names the thing: "printed sheet, 4 markers", "24-patch chart".
    """

    mm_per_px: float
    relative_sd: float
    method: str


@dataclass(frozen=True, slots=True, eq=False)
class ColourReading:
    """How to turn the photograph's colours into true ones.

    matrix: (4, 3) float64; [R, G, B, 1] @ matrix is corrected linear sRGB of linear sRGB, both 0..1.
    residual_de00: mean CIEDE2000 of the patches after correction. worst_de00: the largest. before_de00: the mean
    without correction. kind: "chart" has published colours and gives absolute ones; "sheet" has the colours its
    print was meant to have, so it only makes photographs with the same print alike.
    """

    matrix: NDArray[np.float64]
    residual_de00: float
    worst_de00: float
    before_de00: float
    kind: ReferenceKind
    patch_count: int


@dataclass(frozen=True, slots=True, eq=False)
class References:
    """All that was found. outlines_px: (n, 2) float32 polygons of the things in the oriented photograph, which
    are not skin."""

    scale: ScaleReading | None = None
    colour: ColourReading | None = None
    outlines_px: tuple[NDArray[np.float32], ...] = ()
