"""The measurement error of one pair's changes, from what its bundle learnt on pairs of unchanged skin."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from inference.change.believed import reliability
from inference.change.common import CommonSkin
from inference.change.detail import PairDetail, unlike_light
from inference.network.repeatability import (
    CONDITIONS,
    HARDER_UPWARD,
    Condition,
    HealingShown,
    RepeatError,
)

#: 95 % of changes that are error alone lie within this many sem: two visits, each with its own error.
#: Weir, J Strength Cond Res 2005;19:231 (minimal difference); Bland & Altman, BMJ 1996;313:744 (repeatability).
MDC95_BY_SEM = 1.96 * math.sqrt(2)
#: Light is never told to be more alike than this: the errors of registration and noise remain. A convention of ours.
_MOST_ALIKE = 0.001
#: How far beyond the calibrated range, on the harder side, an error is still taken from the range's end: light half as
#: unlike again, two thirds of the resolution, half of the area, blunter by 0.15. Conventions of ours.
_FAR: dict[Condition, float] = {
    "ln_unlike_light": math.log(1.5),
    "ln_px_per_mm": math.log(1.5),
    "ln_area_cm2": math.log(2.0),
    "blur": 0.15,
}
_WHY: dict[Condition, str] = {
    "ln_unlike_light": "the light differs more than in any pair that the measurement error was learnt from",
    "ln_px_per_mm": "the photographs are coarser than any that the measurement error was learnt from",
    "ln_area_cm2": "the photographs share less skin than any that the measurement error was learnt from",
    "blur": "the photographs differ more in sharpness than any that the measurement error was learnt from",
}
_UNSEEN = "too little unaffected skin is seen to tell how alike the light is"


@dataclass(frozen=True, slots=True)
class PairConditions:
    """What the error of change depends on; None where it could not be told. See `repeatability.CONDITIONS`.

    focus: sharpness of the blunter picture by the sharper one's, 0..1. px_per_mm: of
    the coarser photograph, no more than the network looks at.
    """

    unlike_light: float | None
    px_per_mm: float
    area_cm2: float
    focus: float | None

    def values(self) -> dict[Condition, float | None]:
        """By the name of the condition."""
        return {
            "ln_unlike_light": None
            if self.unlike_light is None
            else math.log(max(self.unlike_light, 0.0) + _MOST_ALIKE),
            "ln_px_per_mm": math.log(self.px_per_mm),
            "ln_area_cm2": math.log(self.area_cm2) if self.area_cm2 > 0 else None,
            "blur": None if self.focus is None else 1 - self.focus,
        }

    def on(self, area_cm2: float) -> "PairConditions":
        """The same pair, looked at on a smaller piece of skin."""
        return replace(self, area_cm2=area_cm2)

    def in_one_light(self) -> "PairConditions":
        """The same pair, had both photographs one light and one sharpness."""
        return replace(self, unlike_light=0.0, focus=1.0)


def conditions_of(skin: CommonSkin, detail: PairDetail) -> PairConditions:
    """The conditions of a pair in a common frame."""
    coarser_mm = max(
        skin.mm_per_px, skin.before.assessment.scale.mm_per_px, skin.after.assessment.scale.mm_per_px
    )
    return PairConditions(unlike_light(detail), 1 / coarser_mm, skin.area_mm2 / 100, detail.focus)


@dataclass(frozen=True, slots=True)
class Sem:
    """Standard error of measurement in the figure's own unit; None where unknown, with `why` if calibration exists."""

    value: float | None
    why: str | None = None

    @property
    def mdc95(self) -> float | None:
        """The least change that is beyond error with 95 % confidence."""
        return None if self.value is None else MDC95_BY_SEM * self.value


@dataclass(frozen=True, slots=True)
class PairError:
    """The errors of all figures of one pair.

    shown: how far true changes of burden spread (see `inference.change.believed`), and how much of one is seen.
    """

    repeatability: Mapping[str, RepeatError]
    conditions: PairConditions | None
    shown: HealingShown | None = None

    @property
    def spread(self) -> float | None:
        """Root mean square of the true changes of burden that are to be expected, by the mean of both visits."""
        return None if self.shown is None else self.shown.spread

    @property
    def change_relative_sd(self) -> float:
        """Standard error of a change of burden by its value, beside its repeatability."""
        return 0.0 if self.shown is None else self.shown.relative_sd

    def of(self, name: str, level: float, by_depth: bool, area_cm2: float | None = None) -> Sem:
        """Error of a figure at its mean level over both visits.

        by_depth: it rests on relief, whose reading hangs on the light: in light more unlike than any in calibration
        its error is unknown, while that of counts and extents stays. area_cm2: of a piece of the skin.
        """
        error = self.repeatability.get(name)
        if error is None or self.conditions is None:
            return Sem(None)
        conditions = self.conditions if area_cm2 is None else self.conditions.on(area_cm2)
        logarithm = error.intercept
        for condition in CONDITIONS:
            value, slope = conditions.values()[condition], error.conditions.get(condition)
            if slope is None:
                continue
            light = condition == "ln_unlike_light"
            if value is None:
                if light and by_depth:
                    return Sem(None, _UNSEEN)
                value = slope.high if slope.slope > 0 else slope.low  # the worse end
            beyond = value - slope.high if HARDER_UPWARD[condition] else slope.low - value
            if beyond > _FAR[condition] and (by_depth or not light):
                return Sem(None, _WHY[condition])
            logarithm += slope.slope * min(max(value, slope.low), slope.high)
        unit = 1.0 if error.floor is None else max(level, 0.0) + error.floor
        return Sem(unit * math.exp(logarithm))

    def believed(self, name: str, level: float) -> float:
        """Share of a change of burden that is believed: less, the more error light and sharpness add to the pair.

        1 where the spread of true changes or the error is unknown. The conformal factor, a margin of safety for the
        bounds of a change, has no part in its best estimate.
        """
        if self.spread is None or self.conditions is None or level <= 0:
            return 1.0
        alone = replace(self, conditions=self.conditions.in_one_light())
        sem, least = self.of(name, level, True).value, alone.of(name, level, True).value
        if sem is None or least is None:
            return 1.0
        added = math.sqrt(max(sem**2 - least**2, 0.0)) / self.repeatability[name].factor
        return reliability(added / level, self.spread)


#: For bundles that know nothing of pairs.
NO_ERROR = PairError({}, None)
