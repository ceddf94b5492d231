"""The principal outcome of a pair: scar burden at both visits, from two witnesses of what became of the scars."""

import math
from dataclasses import dataclass

from inference.change.common import CommonSkin, footprint_burdens_um
from inference.change.contrast import log_contrast_ratios
from inference.change.detail import PairDetail
from inference.network.repeatability import WitnessWeights


@dataclass(frozen=True, slots=True)
class BurdenWitness:
    """What a pair says of the ratio of its burdens, inside one common footprint.

    before_um, after_um: relief below the surrounding skin, mean over the common skin; None without common skin.
    log_contrasts: ln(after / before) of the shading contrast by band, None where it could not be told.
    """

    before_um: float | None
    after_um: float | None
    log_contrasts: tuple[float | None, ...]
    unlike_light: float | None

    def log_ratios(self, floor_um: float) -> tuple[float, ...] | None:
        """All witnesses in the order of the weights; None unless every one is known."""
        if self.before_um is None or self.after_um is None or self.unlike_light is None:
            return None
        contrasts = [ratio for ratio in self.log_contrasts if ratio is not None]
        if len(contrasts) < len(self.log_contrasts):
            return None
        return (math.log((self.after_um + floor_um) / (self.before_um + floor_um)), *contrasts)


def burden_witness(skin: CommonSkin, detail: PairDetail, unlike_light: float | None) -> BurdenWitness:
    """Ask both witnesses."""
    before_um, after_um = footprint_burdens_um(skin)
    return BurdenWitness(before_um, after_um, log_contrast_ratios(detail), unlike_light)


def burdens_um(witness: BurdenWitness, weights: WitnessWeights | None) -> tuple[float | None, float | None]:
    """Burden before and after, micrometres.

    The ratio is the witnesses' weighted one, the level is that of the relief: with g the geometric mean of the relief's
    burdens and d the logarithm of the ratio, g exp(-d/2) and g exp(d/2). Exchanging the visits exchanges the figures.
    Relief alone speaks where there are no weights, or where the shading could not be told.
    """
    before_um, after_um = witness.before_um, witness.after_um
    if weights is None or before_um is None or after_um is None:
        return before_um, after_um
    ratios = witness.log_ratios(weights.floor_um)
    if ratios is None or before_um == after_um == 0 or len(ratios) != len(weights.at_like):
        return before_um, after_um
    unlike = min(max(witness.unlike_light or 0.0, 0.0), weights.most_unlike)
    log_ratio = sum(
        (like + by * unlike) * ratio
        for like, by, ratio in zip(weights.at_like, weights.by_unlike, ratios, strict=True)
    )
    floor_um = weights.floor_um
    level_um = math.sqrt((before_um + floor_um) * (after_um + floor_um))
    return (
        max(level_um * math.exp(-log_ratio / 2) - floor_um, 0.0),
        max(level_um * math.exp(log_ratio / 2) - floor_um, 0.0),
    )
