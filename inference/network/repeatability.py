"""What calibration learnt of pairs: how far change errs where nothing changed, and how much of it is seen."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

#: Conditions of a pair that its error may depend on: natural logarithms of how unlike the light is
#: (`inference.change.detail.unlike_light`), of the coarser photograph's pixels per mm (the network's own at most) and
#: of the compared area in cm2; 1 less the blunter picture's sharpness by the sharper one's.
Condition = Literal["ln_unlike_light", "ln_px_per_mm", "ln_area_cm2", "blur"]
CONDITIONS: tuple[Condition, ...] = get_args(Condition)
#: Whether more of a condition is the harder pair; beyond calibration on the easier side nothing is withheld.
HARDER_UPWARD: Mapping[Condition, bool] = MappingProxyType(
    {"ln_unlike_light": True, "ln_px_per_mm": False, "ln_area_cm2": False, "blur": True}
)
Finite = Annotated[float, Field(allow_inf_nan=False)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Slope(_Part):
    """How ln(sem) goes with one condition. low, high: the range of it that calibration has seen."""

    slope: Finite
    low: Finite
    high: Finite

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        if self.high < self.low:
            raise ValueError("the range of a condition must not be empty")
        return self


class RepeatError(_Part):
    """Repeatability standard deviation of one figure under the conditions of a pair.

    sem = (level + floor) exp(intercept + sum of slope x condition), level being the mean of both visits; without a
    floor sem = exp(...) in the figure's own unit, for figures that are no ratio. Conditions are held to their ranges.
    factor: of the conformal correction, contained in the intercept. pairs: null pairs that it was learnt from.
    """

    intercept: Finite
    floor: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None
    conditions: dict[Condition, Slope]
    factor: float = Field(default=1.0, gt=0, allow_inf_nan=False)
    pairs: int = Field(default=0, ge=0)


class HealingShown(_Part):
    """How much of a change of burden the relief shows: ln(after / before) of the relief by the true one.

    floor_um: added to both burdens before the logarithm. spread: root mean square of the true changes by the mean of
    both visits; None where each change is to be taken at its word. relative_sd: standard error of a change by its
    value, as that share differs from skin to skin: what repeatability, learnt where nothing changed, cannot tell.
    pairs: of known healing that it was learnt from.
    """

    share: float = Field(gt=0, allow_inf_nan=False)
    floor_um: float = Field(gt=0, allow_inf_nan=False)
    spread: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    relative_sd: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    pairs: int = Field(default=0, ge=0)
