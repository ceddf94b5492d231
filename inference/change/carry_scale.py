"""Millimetres for the photograph of a pair that has none: carried over from the other by registration."""

import math

from inference.change.fit import Fit, face_miss, fit_of, sight_of
from inference.change.limits import issue
from inference.change.register import align
from inference.errors import ComparisonError
from inference.measure.assessment import Assessment
from inference.photo.photo import Scale

#: A scale that was read, not assumed, gives way only to one with less than this share of its standard error.
_FAR_SURER = 0.5
#: A registration whose points are off by more than this share of the skin's extent carries nothing.
_WORST_SD = 0.03


def settle_scales(before: Assessment, after: Assessment) -> tuple[Scale | None, Scale | None]:
    """Scales to score the two photographs again with; None for one that keeps its own.

    At most one is replaced: by the other's, over the registration's ratio at the middle of the common skin. The
    network looks at a fixed number of pixels per millimetre, so a photograph with a new scale must be scored again.
    Raises ComparisonError when an assessment carries no pictures.
    """
    if before.evidence is None or after.evidence is None:
        raise ComparisonError("A result file holds no pictures: score both photographs again.")
    if "assumed" not in (before.scale.source, after.scale.source) and (
        _surer(before.scale, after.scale) == _surer(after.scale, before.scale)
    ):
        return None, None  # neither can gain: spares the registration
    if before.scale.source == after.scale.source == "assumed":
        return None, None
    alignment = align(before.evidence, after.evidence)
    first, second = sight_of(before, before.evidence), sight_of(after, after.evidence)
    fit = fit_of(first, second, alignment)
    miss = face_miss(first, second, alignment)
    if fit is None or (miss is not None and issue("face_miss", miss, "") is not None):
        return None, None
    return (
        carried_scale(after.scale, before.scale, 1 / fit.ratio, fit.ratio_sd, "follow-up"),
        carried_scale(before.scale, after.scale, fit.ratio, fit.ratio_sd, "baseline"),
    )


def carried_scale(
    known: Scale, own: Scale, ratio: float, ratio_sd: float, known_name: str = "baseline"
) -> Scale | None:
    """The scale that a photograph takes over from another of the same skin, or None where its own is as good.

    ratio: its pixels per pixel of the other across the same skin; ratio_sd: the ratio's relative standard error.
    The relative errors of both add in squares. A scale typed in is never replaced.
    """
    if known.source == "assumed" or own.source == "given" or ratio_sd > _WORST_SD:
        return None
    carried = Scale(
        known.mm_per_px / ratio,
        known.source,
        math.hypot(known.relative_sd, ratio_sd),
        f"carried over from the {known_name} by registration"
        + (f" ({known.method})" if known.method else ""),
    )
    return carried if own.source == "assumed" or _surer(carried, own) else None


def _surer(one: Scale, other: Scale) -> bool:
    return other.source != "given" and one.relative_sd < _FAR_SURER * other.relative_sd


def scale_disagreement(before: Scale, after: Scale, fit: Fit) -> tuple[float, float]:
    """Natural logarithm of what registration finds by what the two scales say, and its standard error."""
    apart = math.log(fit.ratio * after.mm_per_px / before.mm_per_px)
    return apart, math.sqrt(before.relative_sd**2 + after.relative_sd**2 + fit.ratio_sd**2)
