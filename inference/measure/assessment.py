"""What leaves this room: everything measured on one photograph. Field names are the result file's contract.

A quantity that cannot be known is None, never 0.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from inference.face.face import Face
from inference.photo.photo import Provenance, Quality, Scale
from inference.reference.reference import ColourReading

SCHEMA_VERSION = "1.0"
ScarType = Literal["icepick", "boxcar", "rolling", "raised"]


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % interval."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class PhotoFacts:
    """Which photograph was measured; sizes after the orientation tag is applied.

    fingerprint: 64 bits in hexadecimal, alike for copies of one picture; see `inference.quality.fingerprint`.
    """

    file: str
    sha256: str
    width_px: int
    height_px: int
    provenance: Provenance = field(default_factory=Provenance)
    fingerprint: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What the user said about the photograph: its scale, the outlines of the parts to be measured, the chart."""

    mm_per_px: float | None = None
    regions: dict[str, tuple[tuple[float, float], ...]] = field(default_factory=dict[str, Any])
    chart: str | None = None


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """Which model measured it; sha256 of model.onnx."""

    name: str
    version: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Skin:
    """Skin that was assessed. intervals: of area_cm2, from the scale's error."""

    area_px: int
    area_cm2: float | None
    intervals: dict[str, Interval] = field(default_factory=dict[str, Interval])


@dataclass(frozen=True, slots=True)
class TypeSummary:
    """All scars of one type."""

    count: int
    area_mm2: float | None
    mean_depth_um: float | None


@dataclass(frozen=True, slots=True)
class Scars:
    """All scars together. `burden_um`, the mean scar depth over the assessed skin, is the principal outcome.

    intervals: by field name, from the scale's error and, where the bundle knows it, the network's own.
    """

    count: int
    area_fraction: float | None
    area_mm2: float | None
    density_per_cm2: float | None
    burden_um: float | None
    volume_mm3: float | None
    by_type: dict[ScarType, TypeSummary]
    intervals: dict[str, Interval] = field(default_factory=dict[str, Interval])


@dataclass(frozen=True, slots=True)
class Lesion:
    """One scar. x_px, y_px: centroid in the oriented photograph; depth_um is positive below the surface.

    confidence: chance that it is a scar, calibrated on rendered skin where the bundle knows how.
    intervals: of area_mm2, diameter_mm and depth_um, from the scale's error and the network's own where known.
    """

    id: int
    type: ScarType
    x_px: float
    y_px: float
    area_px: int
    area_mm2: float
    diameter_mm: float
    depth_um: float | None
    confidence: float
    region: str | None = None
    intervals: dict[str, Interval] = field(default_factory=dict[str, Interval])


@dataclass(frozen=True, slots=True)
class ScaleValue:
    """A photo-based adaptation of a clinical scale with its 95 % interval; `method` says how it was reached."""

    value: float | None
    low: float | None
    high: float | None
    method: str


@dataclass(frozen=True, slots=True)
class Texture:
    """Surface texture of the assessed skin outside scars (ISO 25178 names).

    intervals: of roughness_sa_um from the network's own standard deviation and the scale's error. That of
    roughness_sz_um takes the relative bounds of Sa: no rendered tile states its true Sz.
    """

    roughness_sa_um: float | None
    roughness_sz_um: float | None
    pore_density_per_cm2: float | None
    pore_area_fraction: float | None
    wrinkle_length_mm_per_cm2: float | None
    wrinkle_depth_um: float | None
    intervals: dict[str, Interval] = field(default_factory=dict[str, Interval])


@dataclass(frozen=True, slots=True)
class Pigment:
    """Colour of the assessed skin.

    calibration: what the colours were corrected by. "chart" makes them absolute, "sheet" alike between photographs
    with the same print; "none" leaves them as the camera made them, good for comparison within the picture only.
    calibration_de00: mean CIEDE2000 of the patches after correction. scar_erythema_delta: erythema index inside
    the scars less that of the unaffected skin; needs no calibration, as a common tint of the light cancels.
    """

    ita_deg: float | None
    melanin_index: float | None
    erythema_index: float | None
    evenness_de00: float | None
    pigment_spot_fraction: float | None
    redness_spot_fraction: float | None
    scar_erythema_delta: float | None = None
    calibration: Literal["chart", "sheet", "none"] = "none"
    calibration_de00: float | None = None


@dataclass(frozen=True, slots=True)
class RegionFigures:
    """The same groups of figures for one region of the face, or for one that the user outlined."""

    skin: Skin
    scars: Scars
    scales: dict[str, ScaleValue]
    texture: Texture
    pigment: Pigment


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """The pictures behind the numbers; never written to JSON.

    rgb: (h, w, 3) uint8 sRGB working picture, mm_per_px its scale.
    label: (h, w) uint8, 0 none, 1 icepick, 2 boxcar, 3 rolling, 4 raised.
    lesion_id: (h, w) int32, 0 none, else `Lesion.id`.
    skin: (h, w) bool, skin that was assessed.
    relief_um: (h, w) float32.
    photo_px_per_px: oriented-photograph pixels per working pixel, (x, y).
    marks: (h, w) uint8 bit set of red, brown, pores, wrinkles, see `inference.measure.assess.pack_marks`.
    type_probability: (n, 4) float32 over icepick, boxcar, rolling, raised, a row per lesion; None if not kept.
    face, colour: as found in the photograph.
    """

    rgb: NDArray[np.uint8]
    label: NDArray[np.uint8]
    lesion_id: NDArray[np.int32]
    skin: NDArray[np.bool_]
    relief_um: NDArray[np.float32]
    mm_per_px: float
    photo_px_per_px: tuple[float, float]
    marks: NDArray[np.uint8] | None = None
    type_probability: NDArray[np.float32] | None = None
    face: Face | None = None
    colour: ColourReading | None = None


@dataclass(frozen=True, slots=True)
class Assessment:
    """One photograph's result; `to_json` of inference.report writes exactly these fields, without `evidence`."""

    schema_version: str
    photo: PhotoFacts
    model: ModelFacts
    scale: Scale
    quality: Quality
    skin: Skin
    scars: Scars
    lesions: tuple[Lesion, ...]
    scales: dict[str, ScaleValue]
    texture: Texture
    pigment: Pigment
    regions: dict[str, RegionFigures]
    masks: dict[str, str]
    asked: Asked = Asked()
    evidence: Evidence | None = field(default=None, repr=False, compare=False)
