"""Do the 95 % intervals of the grades hold the true grade, on tiles whose scars are known?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from inference.measure.assessment import Assessment
from training.evaluate.statistics import Interval, bootstrap, mean

#: The network's own grade is on the scale under which a tile's line keeps its severity.
NETWORK = "severity_network"


@dataclass(frozen=True, slots=True)
class Graded:
    """One scale of one tile: value and interval as reported, and the truth."""

    scale: str
    value: float
    low: float
    high: float
    true: float

    @property
    def covered(self) -> bool:
        """Whether the interval holds the truth; bounds count."""
        return self.low <= self.true <= self.high


def graded_scales(line: dict[str, Any], measured: Assessment) -> tuple[Graded, ...]:
    """Every scale that is both reported and known. line: of samples.jsonl; faces may have no grade."""
    true = {name: value for name, value in (line.get("scales") or {}).items() if value is not None}
    if line.get("severity") is None:
        return ()  # scars that nobody counted may be in the tile
    true[NETWORK] = line["severity"]
    return tuple(
        Graded(name, scale.value, scale.low, scale.high, float(true[name]))
        for name, scale in measured.scales.items()
        if name in true and scale.value is not None and scale.low is not None and scale.high is not None
    )


def coverage(tiles: Sequence[tuple[Graded, ...]]) -> dict[str, Interval]:
    """Share of intervals that hold the truth, by scale, with bootstrap intervals over tiles."""
    names = sorted({graded.scale for tile in tiles for graded in tile})
    return {name: _of([g for tile in tiles for g in tile if g.scale == name]) for name in names}


def _of(graded: list[Graded]) -> Interval:
    return bootstrap(graded, lambda drawn: mean([one.covered for one in drawn]))
