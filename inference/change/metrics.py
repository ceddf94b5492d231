"""Every figure of a pair, before and after, and what its change means against the measurement error."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from inference.change.believed import believed
from inference.change.common import CommonSkin, Seen
from inference.change.comparison import Metric, Verdict
from inference.change.error import PairError, Sem
from inference.change.interval import change_bounds, percent_bounds
from inference.measure.adapt import ecca_atrophic_from, goodman_baron_from
from inference.measure.assessment import Assessment, Pigment, Texture
from inference.measure.lesions import ATROPHIC_LABELS
from inference.measure.pigment import SkinColour, pigment_of
from inference.measure.rim import surroundings
from inference.measure.texture import SCAR_MARGIN_MM, Surface, texture_of
from inference.reference.reference import ColourReading

Better = Literal["lower", "higher", "neither"]
BURDEN = "scars.burden_um"


@dataclass(frozen=True, slots=True)
class MetricKind:
    """Name (group and field), unit, which direction is a better outcome, and whether percent make sense.

    scale_power: the figure grows as mm_per_px to this power. by_depth: it is read off the relief. burden: it is the
    scar burden or follows it, whose change is believed as far as the pair can be relied on.
    """

    name: str
    unit: str
    better: Better
    scale_power: float = 0.0
    by_depth: bool = False
    has_zero: bool = True
    burden: bool = False


KINDS = (
    MetricKind(BURDEN, "µm", "lower", 1, by_depth=True, burden=True),
    MetricKind("scars.count", "", "lower"),
    MetricKind("scars.density_per_cm2", "1/cm²", "lower", -2),
    MetricKind("scars.area_fraction", "", "lower"),
    MetricKind("scars.area_mm2", "mm²", "lower", 2),
    MetricKind("scars.volume_mm3", "mm³", "lower", 3, by_depth=True, burden=True),
    MetricKind("scales.goodman_baron_quantitative", "points", "lower"),
    MetricKind("scales.ecca_atrophic", "points", "lower"),
    MetricKind("scales.severity_network", "points", "lower"),
    MetricKind("texture.roughness_sa_um", "µm", "lower", 1, by_depth=True),
    MetricKind("texture.roughness_sz_um", "µm", "lower", 1, by_depth=True),
    MetricKind("texture.pore_density_per_cm2", "1/cm²", "lower", -2),
    MetricKind("texture.pore_area_fraction", "", "lower"),
    MetricKind("texture.wrinkle_length_mm_per_cm2", "mm/cm²", "lower", -1),
    MetricKind("texture.wrinkle_depth_um", "µm", "lower", 1, by_depth=True),
    MetricKind("pigment.ita_deg", "°", "neither", has_zero=False),
    MetricKind("pigment.melanin_index", "", "neither"),
    MetricKind("pigment.erythema_index", "", "lower"),
    MetricKind("pigment.scar_erythema_delta", "", "lower", has_zero=False),
    MetricKind("pigment.evenness_de00", "ΔE00", "lower"),
    MetricKind("pigment.pigment_spot_fraction", "", "lower"),
    MetricKind("pigment.redness_spot_fraction", "", "lower"),
)

#: Colours as the camera made them; the others compare the skin with itself.
_ABSOLUTE_COLOURS = ("pigment.ita_deg", "pigment.melanin_index", "pigment.erythema_index")
#: Where less of a change is believed, that is said. A convention of ours.
_BELIEVED = 0.5
_UNCALIBRATED = "uncalibrated: light and camera move it too; photograph the printed sheet or a colour chart"

Figures = dict[str, float | None]


def common_metrics(
    skin: CommonSkin, burdens_um: tuple[float | None, float | None], error: PairError
) -> tuple[Metric, ...]:
    """All metrics on the skin that both photographs show, by the before picture's scale.

    burdens_um: of `inference.change.burden`. error: what this pair's changes may be off by.
    Two figures belong to the whole photograph instead, as the network grades pictures and not pixels:
    texture.roughness_sa_um and scales.severity_network.
    """
    before, after = _figures(skin, skin.before, burdens_um[0]), _figures(skin, skin.after, burdens_um[1])
    relative_sd = skin.before.assessment.scale.relative_sd
    return tuple(
        metric_of(
            kind,
            (before[kind.name], after[kind.name]),
            error,
            relative_sd,
            _note(kind.name, skin.before.colour, skin.after.colour),
        )
        for kind in KINDS
    )


def separate_metrics(before: Assessment, after: Assessment) -> tuple[Metric, ...]:
    """Each photograph's own figures, for a pair that cannot be aligned: the change stays unknown."""
    return tuple(
        Metric(kind.name, kind.unit, own_figure(before, kind.name), own_figure(after, kind.name),
               None, None, None, "unknown")
        for kind in KINDS
    )  # fmt: skip


def own_figure(assessment: Assessment, name: str) -> float | None:
    """Figure of one photograph by its joined name, as in scars.burden_um."""
    group, field = name.split(".")
    if group == "scales":
        scale = assessment.scales.get(field)
        return None if scale is None else scale.value
    return getattr(getattr(assessment, group), field)


def verdict_of(change: float | None, mdc95: float | None, better: Better = "lower") -> Verdict:
    """What a change means: nothing without a known error, or where neither direction is better."""
    if change is None or mdc95 is None:
        return "unknown"
    if abs(change) <= mdc95:
        return "within measurement error"
    if better == "neither":
        return "unknown"
    return "improved" if (change < 0) == (better == "lower") else "worse"


def metric_of(
    kind: MetricKind,
    values: tuple[float | None, float | None],
    error: PairError,
    relative_sd: float = 0.0,
    note: str | None = None,
) -> Metric:
    """A figure before and after, with its error, its intervals and what they mean.

    relative_sd: standard error of the common scale by its value. The verdict is that of the contract: better or worse
    where |change| exceeds the mdc95. The scale takes no part in it, as it moves both visits alike.
    """
    before, after = values
    if before is None or after is None:
        return Metric(kind.name, kind.unit, before, after, None, None, None, "unknown", note)
    level = (before + after) / 2
    sem = error.of(kind.name, level, kind.by_depth)
    if kind.burden and sem.value is not None:
        share = error.believed(kind.name, level)
        note = _joined(note, _doubt(kind, (before, after), share))
        before, after, least = believed(before, after, sem.value, share)
        sem = Sem(least)
    change, mdc95 = after - before, sem.mdc95
    by_healing = error.change_relative_sd if kind.burden else 0.0
    bounds = change_bounds(change, mdc95, math.hypot(kind.scale_power * relative_sd, by_healing))
    percents = percent_bounds(change, level, mdc95, by_healing) if kind.has_zero else (None, None)
    return Metric(
        name=kind.name,
        unit=kind.unit,
        before=before,
        after=after,
        change=change,
        change_percent=100 * change / before if kind.has_zero and before else None,
        mdc95=mdc95,
        verdict=verdict_of(change, mdc95, kind.better),
        note=_joined(note, sem.why),
        sem=sem.value,
        change_low=bounds[0],
        change_high=bounds[1],
        percent_low=percents[0],
        percent_high=percents[1],
    )


def _joined(*notes: str | None) -> str | None:
    return "; ".join(one for one in notes if one is not None) or None


def _doubt(kind: MetricKind, measured: tuple[float, float], share: float) -> str | None:
    """Says what was measured where less than half of its change is believed."""
    if share >= _BELIEVED or measured[0] == measured[1]:
        return None
    figures = " to ".join(f"{value:.3g}" for value in measured)
    return (
        f"measured {figures} {kind.unit}; the photographs differ in light or sharpness, so {100 * share:.0f} % of "
        "that change is believed"
    )


def _note(name: str, before: ColourReading | None, after: ColourReading | None) -> str | None:
    """Absolute colours mean something only where both photographs hold references of one kind."""
    alike = before is not None and after is not None and before.kind == after.kind
    return _UNCALIBRATED if name in _ABSOLUTE_COLOURS and not alike else None


def _figures(skin: CommonSkin, seen: Seen, burden_um: float | None) -> Figures:
    area_mm2 = skin.area_mm2
    scarred_mm2 = float(np.count_nonzero(seen.label)) * skin.mm_per_px**2
    count = len(seen.scars.lesions)
    texture, pigment = _texture(skin, seen), _pigment(skin, seen)
    figures: Figures = {
        BURDEN: burden_um,
        "scars.count": float(count),
        "scars.density_per_cm2": 100 * count / area_mm2 if area_mm2 else None,
        "scars.area_fraction": scarred_mm2 / area_mm2 if area_mm2 else None,
        "scars.area_mm2": scarred_mm2,
        "scars.volume_mm3": None if burden_um is None else burden_um * area_mm2 / 1000,
        "scales.goodman_baron_quantitative": goodman_baron_from(seen.scars).value,
        "scales.ecca_atrophic": ecca_atrophic_from(seen.scars).value,
        "scales.severity_network": own_figure(seen.assessment, "scales.severity_network"),
    }
    for kind in KINDS:
        group, field = kind.name.split(".")
        if group == "texture":
            figures[kind.name] = getattr(texture, field)
        elif group == "pigment":
            figures[kind.name] = getattr(pigment, field)
    figures["texture.roughness_sa_um"] = own_figure(seen.assessment, "texture.roughness_sa_um")
    return figures


def _texture(skin: CommonSkin, seen: Seen) -> Texture:
    """Texture on common skin outside the scars of both visits, so that both look at the same places."""
    clear = _clear(skin)
    own = own_figure(seen.assessment, "texture.roughness_sz_um")
    coarser = max(skin.before.assessment.scale.mm_per_px, skin.after.assessment.scale.mm_per_px)
    texture = texture_of(
        Surface(seen.relief_um, clear, seen.mark("pores"), seen.mark("wrinkles"), skin.mm_per_px, coarser),
        None,
    )
    if own is None:  # the relief map did not resolve the roughness of this photograph
        return Texture(
            None, None, texture.pore_density_per_cm2, texture.pore_area_fraction,
            texture.wrinkle_length_mm_per_cm2, None,
        )  # fmt: skip
    return texture


def _pigment(skin: CommonSkin, seen: Seen) -> Pigment:
    """Colour of the common skin, inside and outside the scars of both visits."""
    return pigment_of(
        SkinColour(
            rgb=seen.rgb,
            skin=skin.common,
            scarred=_scarred(skin),
            clear=_clear(skin),
            red=seen.mark("red"),
            brown=seen.mark("brown"),
            mm_per_px=skin.mm_per_px,
            colour=seen.colour,
        )
    )


def _scarred(skin: CommonSkin) -> NDArray[np.bool_]:
    """(h, w) bool, in an atrophic scar at either visit, so that both look at the same places."""
    return np.isin(skin.before.label, ATROPHIC_LABELS) | np.isin(skin.after.label, ATROPHIC_LABELS)


def _clear(skin: CommonSkin) -> NDArray[np.bool_]:
    """(h, w) bool, common skin away from the scars of both visits."""
    scarred = ((skin.before.label > 0) | (skin.after.label > 0)).astype(np.int32)
    return skin.common & (surroundings(scarred).distance_px * skin.mm_per_px > SCAR_MARGIN_MM)
