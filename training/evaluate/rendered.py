"""Rendered tiles of a fresh seed, or path-traced ones, measured by the product itself and set against the truth.

A tile is a photograph of known scale. It goes the product's own way: face looked for, skin refined and cut, scars
found on the skin that is assessed. A scar off that skin is missed, as it would be for a user.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from inference.check import Instruments, check
from inference.measure.assessment import Assessment, Lesion
from inference.network.maps import ATROPHIC, Maps
from inference.photo.photo import Photo, Scale
from inference.score import measure
from inference.standard.standardize import standardize
from training.dataset import UNKNOWN_RELIEF_UM, UNLABELLED, SampleFolder
from training.evaluate.distractors import Called, called_scars
from training.evaluate.grades import Graded, graded_figures
from training.evaluate.matching import match
from training.evaluate.repeat import ViewBurden, view_burden
from training.evaluate.statistics import Interval, bootstrap, correlation, median, ratio

#: Two centres this close are taken for the same scar; about the width of a large boxcar scar.
REACH_MM = 3.0
#: Relief pixels kept of every tile for the correlation: enough, and no tile outweighs the others.
_RELIEF_POINTS = 500


@dataclass(frozen=True, slots=True, eq=False)
class TileResult:
    """One tile.

    found, missed, false: scars counted one to one. ignored: lesions on tiny scars or where labels are missing.
    type_right: of the found ones. depth_um, width_mm: (found, 2), measured and true. relief_um: (k, 2), seen and
    true inside scars. severity: measured and true, None when unknown. called: look-alikes taken for scars, by kind.
    graded: scales and figures with their intervals and truth. burden: of the tile, for views of one skin.
    """

    row: int
    found: int
    missed: int
    false: int
    ignored: int
    type_right: int
    depth_um: NDArray[np.float64]
    width_mm: NDArray[np.float64]
    relief_um: NDArray[np.float64]
    severity: tuple[float, float] | None
    called: dict[str, Called]
    graded: tuple[Graded, ...]
    burden: ViewBurden


def evaluate_tiles(folder: Path, instruments: Instruments, limit: int | None = None) -> list[TileResult]:
    """Measures the first `limit` tiles of a samples folder. Raises FileNotFoundError, BundleError."""
    samples = SampleFolder(folder)
    least_mm = instruments.network.bundle.description.thresholds.min_diameter_mm
    results = []
    for index in tqdm(range(min(limit or len(samples), len(samples))), desc=folder.name, unit="tile"):
        standard = standardize(tile_photo(samples, index), instruments.finder)
        checked = check(standard, instruments.network)
        measured = measure(checked, instruments)
        results.append(compare(samples, index, checked.maps, measured, least_mm))
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
    told = tell_apart(line, tile.types, measured.lesions, least_mm)
    depths = [(lesion.depth_um, scar["depth_um"]) for lesion, scar in told.pairs]
    widths = [(lesion.diameter_mm, scar["width_mm"]) for lesion, scar in told.pairs]
    assert measured.evidence is not None
    return TileResult(
        row=line["row"],
        found=len(told.pairs),
        missed=told.missed,
        false=len(told.false),
        ignored=len(told.ignored),
        type_right=sum(lesion.type == scar["type"] for lesion, scar in told.pairs),
        depth_um=np.array([d for d in depths if d[0] is not None], float).reshape(-1, 2),
        width_mm=np.array(widths, float).reshape(-1, 2),
        relief_um=_relief_pairs(maps, tile.types, tile.relief_um, line["row"]),
        severity=_severity(maps, line["severity"]),
        called=called_scars(tile, measured.evidence.label, line["px_per_mm"]),
        graded=graded_figures(line, tile, measured, least_mm),
        burden=view_burden(line, tile, measured),
    )


@dataclass(frozen=True, slots=True)
class ToldApart:
    """Atrophic lesions of one tile against its true scars, one to one within `REACH_MM`.

    pairs: lesion and the scar that it is. missed: true scars without a lesion. false: lesions on none. ignored: lesions
    on tiny scars or where labels are missing.
    """

    pairs: tuple[tuple[Lesion, dict[str, Any]], ...]
    missed: int
    false: tuple[Lesion, ...]
    ignored: tuple[Lesion, ...]


def tell_apart(
    line: dict[str, Any], types: NDArray[np.uint8], lesions: Sequence[Lesion], least_mm: float
) -> ToldApart:
    """Which lesions are true scars; scars narrower than `least_mm` are neither asked for nor false."""
    lesions = [lesion for lesion in lesions if lesion.type != "raised"]
    counted, ignored = _split_truth(line["scars"], types, least_mm)
    seen_mm = _centres_mm(((lesion.x_px, lesion.y_px) for lesion in lesions), line["px_per_mm"])
    pairs = match(seen_mm, _scar_centres_mm(counted, line["px_per_mm"]), REACH_MM)
    stray = sorted(set(range(len(lesions))) - {i for i, _ in pairs})
    excused = {i for i, _ in match(seen_mm[stray], _scar_centres_mm(ignored, line["px_per_mm"]), REACH_MM)}
    false = [
        i
        for k, i in enumerate(stray)
        if k not in excused and _is_labelled(types, lesions[i].x_px, lesions[i].y_px)
    ]
    return ToldApart(
        pairs=tuple((lesions[i], counted[j]) for i, j in pairs),
        missed=len(counted) - len(pairs),
        false=tuple(lesions[i] for i in false),
        ignored=tuple(lesions[i] for i in stray if i not in set(false)),
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
    """Detection, types, relief, widths, depth and severity, with bootstrap intervals over tiles."""
    return {
        "f1_3mm": bootstrap(results, lesion_f1),
        "recall": bootstrap(results, lambda r: ratio(_sum(r, "found"), _sum(r, "found") + _sum(r, "missed"))),
        "precision": bootstrap(
            results, lambda r: ratio(_sum(r, "found"), _sum(r, "found") + _sum(r, "false"))
        ),
        "type_accuracy": bootstrap(results, lambda r: ratio(_sum(r, "type_right"), _sum(r, "found"))),
        "relief_r_in_scars": bootstrap(results, lambda r: _paired(r, "relief_um")),
        "depth_r": bootstrap(results, lambda r: _paired(r, "depth_um")),
        "depth_median_ratio": bootstrap(results, depth_ratio),
        "depth_error": bootstrap(results, lambda r: relative_error(_both(r, "depth_um"))),
        "width_error": bootstrap(results, lambda r: relative_error(_both(r, "width_mm"))),
        "severity_mae": bootstrap(results, _severity_mae),
    }


def counts(results: list[TileResult]) -> dict[str, Any]:
    """Sums over all tiles."""
    names = ("found", "missed", "false", "ignored", "type_right")
    return {"tiles": len(results), **{name: _sum(results, name) for name in names}}


def lesion_f1(results: Sequence[TileResult]) -> float | None:
    """2 found / (2 found + missed + false) over all tiles; None when there was nothing to find or mark."""
    found = _sum(results, "found")
    return ratio(2 * found, 2 * found + _sum(results, "missed") + _sum(results, "false"))


def depth_ratio(results: Sequence[TileResult]) -> float | None:
    """Median of measured over true depth: 1 when depths are right on the whole."""
    both = _both(results, "depth_um")
    both = both[both[:, 1] > 0]
    return median(both[:, 0] / both[:, 1])


def relative_error(both: NDArray[np.float64]) -> float | None:
    """Median of |measured - true| / true. both: (n, 2), measured and true; those of true 0 are left out."""
    both = both[both[:, 1] > 0]
    return median(np.abs(both[:, 0] / both[:, 1] - 1))


def _sum(results: Sequence[TileResult], name: str) -> int:
    return sum(getattr(result, name) for result in results)


def _both(results: Sequence[TileResult], name: str) -> NDArray[np.float64]:
    return np.concatenate([getattr(result, name) for result in results])


def _paired(results: Sequence[TileResult], name: str) -> float | None:
    both = _both(results, name)
    return correlation(both[:, 0], both[:, 1])


def _severity_mae(results: Sequence[TileResult]) -> float | None:
    graded = [result.severity for result in results if result.severity is not None]
    return float(np.mean([abs(seen - true) for seen, true in graded])) if graded else None
