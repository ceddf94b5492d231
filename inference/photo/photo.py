"""What leaves this room: an upright sRGB picture with its scale and its fitness for measuring."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

ScaleSource = Literal["given", "marker", "face", "assumed"]
Severity = Literal["note", "warning", "reject"]


@dataclass(frozen=True, slots=True)
class Scale:
    """Millimetres per pixel of the oriented photograph; `relative_sd` is its standard error by its value."""

    mm_per_px: float
    source: ScaleSource
    relative_sd: float


@dataclass(frozen=True, slots=True)
class QualityIssue:
    """One finding about the photograph. `message` says what to do about it."""

    code: str
    severity: Severity
    message: str


@dataclass(frozen=True, slots=True)
class Quality:
    """Fitness for measuring: `usable` is false when any issue is a reject; `score` runs 0..100."""

    usable: bool
    score: float
    issues: tuple[QualityIssue, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Photo:
    """An oriented photograph.

    rgb: (H, W, 3) uint8 sRGB, 0..255, orientation tag applied, alpha laid over white.
    sha256: of the file's bytes.
    """

    file: str
    sha256: str
    rgb: NDArray[np.uint8]
    scale: Scale

    @property
    def width_px(self) -> int:
        return int(self.rgb.shape[1])

    @property
    def height_px(self) -> int:
        return int(self.rgb.shape[0])
