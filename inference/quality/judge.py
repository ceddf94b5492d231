"""All checks on one photograph -> its quality."""

from inference.photo.photo import Quality, QualityIssue
from inference.quality.editing import edited
from inference.quality.file_traces import block_steps, enlargement
from inference.quality.focus import OWN_BLUR_PX, Focus, edge_blur_mm, focus
from inference.quality.hair import strand_length
from inference.quality.head import head_figures
from inference.quality.limits import LIMITS, PORES_MM_PER_PX, issue, part
from inference.quality.smoothing import smoothing
from inference.quality.tones import tones
from inference.quality.view import View

_SCALE_ASSUMED = QualityIssue(
    "scale_assumed",
    "note",
    "The scale is assumed, so millimetres and depths may be off by half: give millimetres per pixel, "
    "or photograph a ruler beside the skin.",
)


def judge(view: View) -> Quality:
    """Quality of a photograph.

    `score` is 100 times the product over the checks of 1 - weight * lost, where `lost` runs from 0 at the check's
    `best` to 1 at its `reject`. The photograph is usable while no issue is a reject. A check that cannot be made
    (no face, too little skin) finds nothing and costs nothing.
    """
    sharpness = focus(view)
    values = figures(view, sharpness)
    found = [issue(LIMITS[name], value) for name, value in values.items()]
    issues = [*_one_of_each([one for one in found if one is not None]), *_notes(view, sharpness)]
    score = 100.0
    for name, value in values.items():
        score *= 1 - LIMITS[name].weight * (1 - part(LIMITS[name], value))
    return Quality(all(one.severity != "reject" for one in issues), round(score, 1), tuple(issues))


def figures(view: View, sharpness: Focus | None) -> dict[str, float]:
    """The value of each check in `LIMITS` that can be made."""
    colours = tones(view)
    values: dict[str, float | None] = {
        "resolution": view.photo.scale.mm_per_px,
        "skin": float(view.skin.sum()),
        "hair": strand_length(view),
        "blocks": block_steps(view),
        "jpeg_quality": view.photo.provenance.jpeg_quality,
    }
    if sharpness is not None:
        smooth = smoothing(sharpness, edge_blur_mm(view))
        values |= {
            "motion": sharpness.motion_mm,
            "smoothing": smooth,
            "blur": sharpness.blur_mm,
            "enlargement": enlargement(view) if _detail_mm(view, sharpness) > PORES_MM_PER_PX else None,
        }
    if colours is not None:
        grey = colours.chroma_95 < LIMITS["grey"].warning
        values |= {
            "clipping": colours.clipped,
            "darkness": colours.light_95,
            "brightness": colours.light_50,
            "shine": colours.shine,
            "grey": colours.chroma_95,
            "cast": None if grey else colours.cast_deg,
            "chroma": colours.chroma,
        }
    values |= head_figures(view)
    return {name: float(value) for name, value in values.items() if value is not None}


#: What a fault brings with it: a filtered skin also measures as blurred, a smeared one as filtered.
_EXPLAINS = (("motion_blur", ("smoothed",)), ("smoothed", ("blurred", "upscaled")))


def _one_of_each(issues: list[QualityIssue]) -> list[QualityIssue]:
    """One fault is told once: of two measures the first, a reject before a warning; no warning of what it explains."""
    codes = {one.code for one in issues}
    for code, explained in _EXPLAINS:
        if code in codes:
            issues = [one for one in issues if one.severity == "reject" or one.code not in explained]
            codes = {one.code for one in issues}
    kept: dict[str, QualityIssue] = {}
    for one in issues:
        if one.code not in kept or (one.severity == "reject" and kept[one.code].severity != "reject"):
            kept[one.code] = one
    return list(kept.values())


def _detail_mm(view: View, sharpness: Focus | None) -> float:
    """Pixel size of a sharp picture that shows as much."""
    blur_mm = 0.0 if sharpness is None else sharpness.total_blur_mm
    return max(view.photo.scale.mm_per_px, blur_mm / OWN_BLUR_PX)


def _notes(view: View, sharpness: Focus | None) -> list[QualityIssue]:
    """What is worth knowing but no fault."""
    notes: list[QualityIssue] = []
    detail = _detail_mm(view, sharpness)
    if detail > PORES_MM_PER_PX:
        notes.append(
            QualityIssue(
                "pores_unresolved",
                "note",
                f"Pores of 0.25 mm cannot be seen at {detail:.2f} mm of detail: come closer to measure pores. "
                "Scars can be measured.",
                round(detail, 4),
                PORES_MM_PER_PX,
            )
        )
    if (by_program := edited(view.photo.provenance.software)) is not None:
        notes.append(by_program)
    if view.photo.scale.source == "assumed":
        notes.append(_SCALE_ASSUMED)
    return notes
