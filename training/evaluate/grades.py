"""Do the 95 % intervals of grades and figures hold the truth, on tiles whose scars are known?

Figures are named as in a bundle's `errors`: `scales.ecca_atrophic`, `scars.burden_um`, `texture.roughness_sa_um`. Sz is
not among them: no tile states its true Sz.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.measure.adapt import scar_s_grade
from inference.measure.assessment import Assessment
from training.dataset import UNLABELLED, Tile
from training.evaluate.repeat import true_burden_um
from training.evaluate.statistics import Interval, bootstrap, mean
from training.render.grade import true_scales

#: The network's own grade is on the scale under which a tile's line keeps its severity.
NETWORK = "severity_network"


@dataclass(frozen=True, slots=True)
class Graded:
    """One figure of one tile: value and interval as reported, and the truth."""

    name: str
    value: float
    low: float
    high: float
    true: float

    @property
    def covered(self) -> bool:
        """Whether the interval holds the truth; bounds count."""
        return self.low <= self.true <= self.high


def graded_figures(
    line: dict[str, Any], tile: Tile, measured: Assessment, least_mm: float
) -> tuple[Graded, ...]:
    """Every scale and figure that is both reported, with an interval, and known. line: of samples.jsonl."""
    found: list[Graded] = []
    for name, true in true_figures(line, tile, measured, least_mm).items():
        value, (low, high) = reported(measured, name), _bounds(measured, name)
        if value is not None and low is not None and high is not None:
            found.append(Graded(name, value, low, high, true))
    return tuple(found)


def true_figures(line: dict[str, Any], tile: Tile, measured: Assessment, least_mm: float) -> dict[str, float]:
    """What the scars of a tile, and its relief on the skin that was assessed, truly amount to.

    Scales count all scars of the tile, as a reader sees the whole picture; figures look at the assessed skin. least_mm:
    narrower scars are none to be counted by area. A tile without severity may hold scars that nobody counted: nothing
    but its roughness is known.
    """
    true: dict[str, float] = {}
    if line.get("roughness_sa_um") is not None:
        true["texture.roughness_sa_um"] = float(line["roughness_sa_um"])
    if line.get("severity") is None:
        return true
    true.update({f"scales.{name}": float(value) for name, value in true_scales(line["scars"]).items()})
    true[f"scales.{NETWORK}"] = float(line["severity"])
    skin = assessed_on(tile, measured) & (tile.types != UNLABELLED)
    if not skin.any():
        return true
    burden_um = true_burden_um(tile, measured)
    if burden_um is not None:
        true["scars.burden_um"] = burden_um
    mm_per_px = 1 / float(line["px_per_mm"])
    counted = [scar for scar in line["scars"] if scar["width_mm"] >= least_mm and _lies_on(scar, skin)]
    true["scars.area_fraction"] = float(((tile.types > 0) & skin).sum() / skin.sum())
    true["scars.density_per_cm2"] = len(counted) / (float(skin.sum()) * mm_per_px**2 / 100)
    true["scales.scar_s_face"] = float(_true_scar_s(line["scars"], tile, skin, mm_per_px))
    return true


def assessed_on(tile: Tile, measured: Assessment) -> NDArray[np.bool_]:
    """(h, w) bool, the assessed skin at the resolution of the tile."""
    assert measured.evidence is not None
    height, width = tile.types.shape
    mask = measured.evidence.skin.astype(np.uint8)
    return cv2.resize(mask, (width, height), interpolation=cv2.INTER_NEAREST_EXACT) > 0


def _lies_on(scar: dict[str, Any], skin: NDArray[np.bool_]) -> bool:
    height, width = skin.shape
    row, column = min(max(int(scar["y_px"]), 0), height - 1), min(max(int(scar["x_px"]), 0), width - 1)
    return bool(skin[row, column])


def _true_scar_s(scars: list[dict[str, Any]], tile: Tile, skin: NDArray[np.bool_], mm_per_px: float) -> int:
    """SCAR-S by the labelled scars: share of the skin near one, and their mean depth."""
    marked = (tile.types > 0) & (tile.types != UNLABELLED)
    if not marked.any():
        return scar_s_grade(np.full(int(skin.sum()), np.inf), 0.0)
    away = (
        cv2.distanceTransform((~marked).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[skin]
        * mm_per_px
    )
    return scar_s_grade(away, float(np.mean([abs(scar["depth_um"]) for scar in scars])) if scars else 0.0)


def reported(measured: Assessment, name: str) -> float | None:
    """The value of a figure by its joined name; None where it is not known."""
    group, _, field = name.partition(".")
    if group == "scales":
        scale = measured.scales.get(field)
        return None if scale is None else scale.value
    return getattr(getattr(measured, group), field)


def _bounds(measured: Assessment, name: str) -> tuple[float | None, float | None]:
    group, _, field = name.partition(".")
    if group == "scales":
        scale = measured.scales.get(field)
        return (None, None) if scale is None else (scale.low, scale.high)
    interval = getattr(measured, group).intervals.get(field)
    return (None, None) if interval is None else (interval.low, interval.high)


def coverage(tiles: Sequence[tuple[Graded, ...]]) -> dict[str, Interval]:
    """Share of intervals that hold the truth, by figure, with bootstrap intervals over tiles."""
    names = sorted({graded.name for tile in tiles for graded in tile})
    return {name: _of([g for tile in tiles for g in tile if g.name == name]) for name in names}


def _of(graded: list[Graded]) -> Interval:
    return bootstrap(graded, lambda drawn: mean([one.covered for one in drawn]))
