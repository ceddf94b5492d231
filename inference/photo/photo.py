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
    #: What it rests on, in words: "printed sheet, 4 markers", "iris", "usual framing"...
    method: str = ""


@dataclass(frozen=True, slots=True)
class Provenance:
    """How the photograph was taken, as its file tells; None is unknown. Holds nothing about persons or places.

    format: "JPEG", "PNG", "HEIC", "DICOM"... taken_at: ISO 8601, the camera's clock without a zone.
    jpeg_quality: 1..100 on the IJG scale, estimated from the quantization tables. bits_per_px: bits of the file
    by pixel. software: the program that wrote the file last.
    """

    format: str | None = None
    taken_at: str | None = None
    camera: str | None = None
    lens: str | None = None
    exposure_s: float | None = None
    f_number: float | None = None
    iso: int | None = None
    focal_length_mm: float | None = None
    focal_length_35mm_mm: float | None = None
    flash: bool | None = None
    bits_per_channel: int | None = None
    compression: str | None = None
    jpeg_quality: int | None = None
    bits_per_px: float | None = None
    software: str | None = None


@dataclass(frozen=True, slots=True)
class QualityIssue:
    """One finding about the photograph. `message` says what to do about it."""

    code: str
    severity: Severity
    message: str
    #: What was measured, and the limit it was held against, in the check's own unit; None where there is none.
    value: float | None = None
    limit: float | None = None


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
    provenance: Provenance = Provenance()

    @property
    def width_px(self) -> int:
        return int(self.rgb.shape[1])

    @property
    def height_px(self) -> int:
        return int(self.rgb.shape[0])
