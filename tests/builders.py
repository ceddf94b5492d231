"""Assessments and comparisons with arithmetic pictures, for tests that need a result but no network."""

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.change.comparison import (
    AlignedPair,
    Comparable,
    Comparison,
    LesionChange,
    LesionTrace,
    Metric,
    Overall,
    Registration,
)
from inference.measure.assessment import (
    SCHEMA_VERSION,
    Assessment,
    Evidence,
    Lesion,
    ModelFacts,
    PhotoFacts,
    Pigment,
    ScaleValue,
    Scars,
    Skin,
    Texture,
    TypeSummary,
)
from inference.photo.photo import Photo, Quality, QualityIssue, Scale

SIZE = (120, 160)
#: x, y, radius in px, type, depth_um
PITS = ((30, 30, 5, "icepick", 300.0), (80, 40, 9, "boxcar", 220.0), (120, 85, 14, "rolling", 180.0))


def build_evidence(depth_share: float = 1.0) -> Evidence:
    """Even skin with three round pits; relief and label are exact discs."""
    height, width = SIZE
    label = np.zeros(SIZE, np.uint8)
    lesion_id = np.zeros(SIZE, np.int32)
    relief = np.zeros(SIZE, np.float32)
    for number, (x, y, radius, name, depth_um) in enumerate(PITS, start=1):
        disc = _disc(x, y, radius)
        label[disc] = ("none", "icepick", "boxcar", "rolling", "raised").index(name)
        lesion_id[disc] = number
        relief[disc] = -depth_um * depth_share
    rgb = np.full((*SIZE, 3), (205, 160, 140), np.float32)
    rgb += np.gradient(relief, axis=0)[..., None] / 8
    return Evidence(
        rgb=np.clip(rgb, 0, 255).astype(np.uint8),
        label=label,
        lesion_id=lesion_id,
        skin=np.ones((height, width), np.bool_),
        relief_um=relief,
        mm_per_px=0.2,
        photo_px_per_px=(2.0, 2.0),
    )


def build_photo(depth_share: float = 1.0, file: str = "cheek.jpg") -> Photo:
    """The photograph behind `build_assessment`, twice the size of its working picture."""
    rgb = build_evidence(depth_share).rgb.repeat(2, axis=0).repeat(2, axis=1)
    return Photo(file, "0" * 64, rgb, Scale(0.1, "assumed", 0.5))


def _disc(x: int, y: int, radius: int) -> NDArray[np.bool_]:
    mask = cv2.circle(np.zeros(SIZE, np.uint8), (x, y), radius, 1, cv2.FILLED)
    return mask > 0


def build_assessment(depth_share: float = 1.0, file: str = "cheek.jpg") -> Assessment:
    """An assessment of `build_evidence`; figures are plausible, not derived from it."""
    lesions = tuple(
        Lesion(i, name, 2.0 * x, 2.0 * y, 12 * r * r, 0.12 * r * r, 0.4 * r, depth * depth_share, 0.9)
        for i, (x, y, r, name, depth) in enumerate(PITS, start=1)
    )
    by_type = {name: TypeSummary(1, 3.0, 220.0 * depth_share) for name in ("icepick", "boxcar", "rolling")}
    by_type["raised"] = TypeSummary(0, 0.0, None)
    return Assessment(
        schema_version=SCHEMA_VERSION,
        photo=PhotoFacts(file, "0" * 64, SIZE[1] * 2, SIZE[0] * 2),
        model=ModelFacts("atrophic", "0.1.0", "1" * 64),
        scale=Scale(0.1, "assumed", 0.5),
        quality=Quality(True, 82.0, (QualityIssue("scale_assumed", "note", "Enter the scale to get mm."),)),
        skin=Skin(76800, 7.7),
        scars=Scars(3, 0.05, 38.4, 0.39, 38.0 * depth_share, 29.2 * depth_share, by_type),
        lesions=lesions,
        scales={
            "ecca_atrophic": ScaleValue(60.0, 45.0, 75.0, "counts by type"),
            "goodman_baron_quantitative": ScaleValue(17.0, 14.0, 20.0, "grading head"),
            "goodman_baron_qualitative": ScaleValue(None, None, None, "not known from one photograph"),
        },
        texture=Texture(31.2, 140.0, 12.0, 0.02, None, None),
        pigment=Pigment(38.0, 23.4, 19.6, 2.1, 0.01, 0.03),
        regions={},
        masks={},
        evidence=build_evidence(depth_share),
    )


def build_traces(healed_share: float, mdc95_um: float | None = 60.0) -> tuple[LesionTrace, ...]:
    """The three pits of `build_evidence`, filled up by `healed_share`; places as in `build_assessment`."""
    traces = []
    for k, (x, y, radius, _, depth_um) in enumerate(PITS, start=1):
        area_mm2, change = 0.12 * radius * radius, healed_share * depth_um
        beyond = mdc95_um is not None and abs(change) > mdc95_um
        verdict = ("improved" if change > 0 else "worse") if beyond else "unchanged"
        traces.append(
            LesionTrace(
                id=k, kind="single", before_ids=(k,), after_ids=(k,), x_px=2.0 * x, y_px=2.0 * y,
                depth_before_um=depth_um, depth_after_um=depth_um - change, depth_mdc95_um=mdc95_um,
                area_before_mm2=area_mm2, area_after_mm2=area_mm2, union_mm2=area_mm2, area_mdc95_mm2=None,
                erythema_delta_before=None, erythema_delta_after=None, verdict=verdict,
            )
        )  # fmt: skip
    return tuple(traces)


def build_comparison(healed_share: float = 0.4) -> Comparison:
    """The same skin before and after, its pits filled up by `healed_share`."""
    before = build_assessment(file="before.jpg")
    after = build_assessment(1 - healed_share, file="after.jpg")
    assert before.evidence is not None
    assert after.evidence is not None
    pair = AlignedPair(
        before_rgb=before.evidence.rgb,
        after_rgb=after.evidence.rgb,
        before_label=before.evidence.label,
        after_label=after.evidence.label,
        common=before.evidence.skin,
        relief_change_um=after.evidence.relief_um - before.evidence.relief_um,
        mm_per_px=0.2,
    )
    burden = Metric("scars.burden_um", "µm", 38.0, 38.0 * (1 - healed_share), -15.2, -40.0, None, "unknown")
    return Comparison(
        schema_version=SCHEMA_VERSION,
        before=before,
        after=after,
        comparable=Comparable(True, (QualityIssue("light", "warning", "Light from further left."),)),
        registration=Registration("features and flow", True, 0.9, 0.18, 0.94),
        metrics=(burden, replace(burden, name="texture.roughness_sa_um", before=None, change=None)),
        lesions=LesionChange((), (1, 2, 3), (), (), (), traces=build_traces(healed_share)),
        overall=Overall("unknown", None, None, "The scar burden fell by 40 %; its error is not yet known."),
        pair=pair,
    )
