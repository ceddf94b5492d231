"""What calibration learnt of pairs: how far change errs where nothing changed, and how to weigh two witnesses."""

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


class WitnessWeights(_Part):
    """ln(after / before) of burden = sum over witnesses of (at_like + by_unlike x unlike light) x its ln ratio.

    Order: relief, then the bands of shading contrast. How unlike the light is is held to 0..`most_unlike`, what
    calibration saw.
    floor_um: added to both burdens of the relief before the logarithm.
    """

    at_like: tuple[Finite, ...]
    by_unlike: tuple[Finite, ...]
    floor_um: float = Field(gt=0, allow_inf_nan=False)
    most_unlike: float = Field(ge=0, allow_inf_nan=False)

    @model_validator(mode="after")
    def _is_of_one_length(self) -> Self:
        if len(self.at_like) != len(self.by_unlike) or not self.at_like:
            raise ValueError("every witness needs both of its weights")
        return self
