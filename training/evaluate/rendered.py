"""Rendered tiles of a fresh seed, measured by the product itself: read, run, measured, set against the truth."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.measure.assess import assess
from inference.measure.assessment import Assessment
from inference.network.maps import ATROPHIC, Maps
from inference.network.session import Network
from inference.photo.photo import Photo, Scale
from inference.score import model_facts
from training.dataset import UNKNOWN_RELIEF_UM, UNLABELLED, SampleFolder
from training.evaluate.matching import match
from training.evaluate.statistics import Interval, bootstrap, correlation

#: Two centres this close are taken for the same scar; about the width of a large boxcar scar.
REACH_MM = 3.0
#: Relief pixels kept of every tile for the correlation: enough, and no tile outweighs the others.
_RELIEF_POINTS = 500


@dataclass(frozen=True, slots=True, eq=False)
class TileResult:
    """One tile.

    found, missed, false: scars counted one to one. ignored: lesions on tiny scars or where labels are missing.
    type_right: of the found ones. depth_um: (found, 2), measured and true. relief_um: (k, 2), seen and true
    inside scars. severity: measured and true, None when unknown. marked: share of tile pixels that are marked.
    """

    row: int
    found: int
    missed: int
    false: int
    ignored: int
    type_right: int
    depth_um: NDArray[np.float64]
    relief_um: NDArray[np.float64]
    severity: tuple[float, float] | None


def evaluate_tiles(folder: Path, network: Network, limit: int | None = None) -> list[TileResult]:
    """Measures the first `limit` tiles of a samples folder. Raises FileNotFoundError, BundleError."""
    samples = SampleFolder(folder)
    facts, thresholds = model_facts(network.bundle), network.bundle.description.thresholds
    results = []
    for index in range(min(limit or len(samples), len(samples))):
        photo = tile_photo(samples, index)
        maps = network.maps(photo)
        measured = assess(photo, maps, facts, thresholds)
        results.append(compare(samples, index, maps, measured, thresholds.min_diameter_mm))
    return results


def tile_photo(samples: SampleFolder, index: int) -> Photo:
    """A rendered tile as a photograph of known scale."""
    line = samples.samples[index]
    rgb = np.ascontiguousarray(samples.arrays["rgb"][line["row"]])
    return Photo(f"tile-{line['row']}", "0" * 64, rgb, Scale(1.0 / line["px_per_mm"], "given", 0.0))


def compare(
    samples: SampleFolder, index: int, maps: Maps, measured: Assessment, least_mm: float
) -> TileResult:
    """One tile as measured against its truth; scars narrower than `least_mm` are neither asked for nor false."""
    line, tile = samples.samples[index], samples.tile(index)
    lesions = [lesion for lesion in measured.lesions if lesion.type != "raised"]
    counted, ignored = _split_truth(line["scars"], tile.types, least_mm)
    seen_mm = _centres_mm(((lesion.x_px, lesion.y_px) for lesion in lesions), line["px_per_mm"])
    pairs = match(seen_mm, _scar_centres_mm(counted, line["px_per_mm"]), REACH_MM)
    stray = sorted(set(range(len(lesions))) - {i for i, _ in pairs})
    excused = {i for i, _ in match(seen_mm[stray], _scar_centres_mm(ignored, line["px_per_mm"]), REACH_MM)}
    false = sum(
        k not in excused and _is_labelled(tile.types, lesions[i].x_px, lesions[i].y_px)
        for k, i in enumerate(stray)
    )
    depths = [(lesions[i].depth_um, counted[j]["depth_um"]) for i, j in pairs]
    return TileResult(
        row=line["row"],
        found=len(pairs),
        missed=len(counted) - len(pairs),
        false=false,
        ignored=len(stray) - false,
        type_right=sum(lesions[i].type == counted[j]["type"] for i, j in pairs),
        depth_um=np.array([d for d in depths if d[0] is not None], float).reshape(-1, 2),
        relief_um=_relief_pairs(maps, tile.types, tile.relief_um, line["row"]),
        severity=_severity(maps, line["severity"]),
    )


def _split_truth(
    scars: list[dict[str, Any]], types: NDArray[np.uint8], least_mm: float
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Atrophic scars that a reader must find, and those that may be found: tiny ones, or left unlabelled."""
    atrophic = [scar for scar in scars if scar["type"] in ATROPHIC]
    counted = [
        scar
        for scar in atrophic
        if scar["width_mm"] >= least_mm and _is_labelled(types, scar["x_px"], scar["y_px"])
    ]
    return counted, [scar for scar in atrophic if not any(scar is other for other in counted)]


def _scar_centres_mm(scars: list[dict[str, Any]], px_per_mm: float) -> NDArray[np.float64]:
    return _centres_mm(((scar["x_px"], scar["y_px"]) for scar in scars), px_per_mm)


def _centres_mm(centres_px: Iterable[tuple[float, float]], px_per_mm: float) -> NDArray[np.float64]:
    """(n, 2) millimetres."""
    return np.array(list(centres_px), float).reshape(-1, 2) / px_per_mm


def _is_labelled(types: NDArray[np.uint8], x_px: float, y_px: float) -> bool:
    height, width = types.shape
    row, column = min(max(int(y_px), 0), height - 1), min(max(int(x_px), 0), width - 1)
    return bool(types[row, column] != UNLABELLED)


def _relief_pairs(
    maps: Maps, types: NDArray[np.uint8], relief_um: NDArray[np.int16], seed: int
) -> NDArray[np.float64]:
    """(k, 2) seen and true heights at random pixels of atrophic scars."""
    height, width = types.shape
    seen = cv2.resize(maps.relief_um, (width, height), interpolation=cv2.INTER_LINEAR)
    inside = (types >= 1) & (types <= 3) & (relief_um != UNKNOWN_RELIEF_UM)
    both = np.stack((seen[inside], relief_um[inside]), axis=1).astype(np.float64)
    if len(both) <= _RELIEF_POINTS:
        return both
    return both[np.random.default_rng(seed).choice(len(both), _RELIEF_POINTS, replace=False)]


def _severity(maps: Maps, truth: float | None) -> tuple[float, float] | None:
    return None if truth is None else (maps.severity.value, float(truth))


def tile_figures(results: list[TileResult]) -> dict[str, Interval]:
    """Detection, types, relief, depth and severity, with bootstrap intervals over tiles."""
    return {
        "f1_3mm": bootstrap(results, lesion_f1),
        "recall": bootstrap(
            results, lambda r: _ratio(_sum(r, "found"), _sum(r, "found") + _sum(r, "missed"))
        ),
        "precision": bootstrap(
            results, lambda r: _ratio(_sum(r, "found"), _sum(r, "found") + _sum(r, "false"))
        ),
        "type_accuracy": bootstrap(results, lambda r: _ratio(_sum(r, "type_right"), _sum(r, "found"))),
        "relief_r_in_scars": bootstrap(results, lambda r: _paired(r, "relief_um")),
        "depth_r": bootstrap(results, lambda r: _paired(r, "depth_um")),
        "depth_median_ratio": bootstrap(results, depth_ratio),
        "severity_mae": bootstrap(results, _severity_mae),
    }


def counts(results: list[TileResult]) -> dict[str, Any]:
    """Sums over all tiles."""
    names = ("found", "missed", "false", "ignored", "type_right")
    return {"tiles": len(results), **{name: _sum(results, name) for name in names}}


def _sum(results: Sequence[TileResult], name: str) -> int:
    return sum(getattr(result, name) for result in results)


def lesion_f1(results: Sequence[TileResult]) -> float | None:
    """2 found / (2 found + missed + false) over all tiles; None when there was nothing to find or mark."""
    found = _sum(results, "found")
    return _ratio(2 * found, 2 * found + _sum(results, "missed") + _sum(results, "false"))


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _paired(results: Sequence[TileResult], name: str) -> float | None:
    both = np.concatenate([getattr(result, name) for result in results])
    return correlation(both[:, 0], both[:, 1])


def depth_ratio(results: Sequence[TileResult]) -> float | None:
    """Median of measured over true depth: 1 when depths are right on the whole."""
    both = np.concatenate([result.depth_um for result in results])
    both = both[both[:, 1] > 0]
    return float(np.median(both[:, 0] / both[:, 1])) if len(both) else None


def _severity_mae(results: Sequence[TileResult]) -> float | None:
    graded = [result.severity for result in results if result.severity is not None]
    return float(np.mean([abs(seen - true) for seen, true in graded])) if graded else None
