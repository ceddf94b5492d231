"""Maps -> single typed scars with place, size and depth, and what they sum up to."""

from dataclasses import dataclass, replace
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.measure.assessment import Interval, Lesion, Scars, ScarType, TypeSummary
from inference.measure.confidence import calibrated
from inference.measure.interval import Errors, Figure, intervals_of
from inference.measure.rim import Surroundings, group_quantile, rim_heights_um, surroundings
from inference.measure.split import split_merged
from inference.network.bundle import Thresholds
from inference.network.maps import ATROPHIC, TYPES, Maps

#: Scar types in label order: label k is SCAR_TYPES[k - 1].
SCAR_TYPES = cast(tuple[ScarType, ...], TYPES[1:])
#: Labels of the depressions.
ATROPHIC_LABELS = [TYPES.index(name) for name in ATROPHIC]
#: Depth of a scar is this quantile of the depths inside it: the floor, without the last noisy pixels. On ideal
#: shapes it reads 1.00 of the greatest depth of a flat floor, 0.90 of a paraboloid and 0.68 of a cone.
DEPTH_QUANTILE = 0.9
#: Gaps in an outline up to this area belong to the scar around them.
HOLE_MM2 = 2.0
#: What OpenCV returns for connected patches: number, map, boxes with areas, centroids; it has no type stub.
Components = tuple[int, NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]

#: Relief is smoothed by this (Gaussian sd) before it helps to tell merged scars apart.
_SPLIT_SMOOTH_MM = 0.3
#: Added to depth in the saliency for splitting, so that shape alone decides where the relief says nothing.
_SPLIT_FLOOR_UM = 50.0


@dataclass(frozen=True, slots=True, eq=False)
class FoundScars:
    """Scars of one photograph; entry k of every array belongs to `lesions[k]`, whose id is k + 1.

    label: (h, w) uint8, 0 none, 1..4 the types. lesion_id: (h, w) int32, 0 none, else `Lesion.id`.
    mean_depth_um: (n,) float64, mean depth inside the outline below its rim, negative for raised scars.
    area_mm2: (n,) float64. type_probability: (n, 4) float32 over SCAR_TYPES, rows sum to 1.
    around: nearest scar of every pixel. expected_depth_um: (h, w) float32, probability of an atrophic scar times depth
    below the unscarred surface, calibrated as a whole; None where the bundle knows no gain for it.
    """

    lesions: tuple[Lesion, ...]
    label: NDArray[np.uint8]
    lesion_id: NDArray[np.int32]
    mean_depth_um: NDArray[np.float64]
    area_mm2: NDArray[np.float64]
    type_probability: NDArray[np.float32]
    around: Surroundings
    expected_depth_um: NDArray[np.float32] | None = None

    def only(self, keep: NDArray[np.bool_]) -> "FoundScars":
        """The scars for which `keep` (n,) holds; the pictures stay as they are."""
        lesions = tuple(lesion for lesion, kept in zip(self.lesions, keep, strict=True) if kept)
        return replace(
            self,
            lesions=lesions,
            mean_depth_um=self.mean_depth_um[keep],
            area_mm2=self.area_mm2[keep],
            type_probability=self.type_probability[keep],
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Objects:
    """Candidate scars: (h, w) int32 numbers 1..n, and per scar (n,) pixels, centroid and means inside."""

    number: NDArray[np.int32]
    size_px: NDArray[np.float64]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    confidence: NDArray[np.float64]
    types: NDArray[np.float64]


def find_scars(
    maps: Maps, skin: NDArray[np.bool_], thresholds: Thresholds, photo_px_per_px: tuple[float, float]
) -> FoundScars:
    """Scars of all types on `skin`.

    skin: (h, w) bool. photo_px_per_px: pixels of the oriented photograph per working pixel, (x, y).

    Scar probability is 1 - p(none). It is cut at `thresholds.scar`, merged scars are parted, each scar takes
    the type with the largest mean probability inside its outline, and its confidence is the mean scar
    probability there, calibrated where `thresholds.confidence` says how. Scars under `min_diameter_mm` (circle
    of equal area) or `min_confidence` are dropped.
    Ids run from top to bottom, then from left to right.
    """
    objects = _kept(_outlined(maps, skin, thresholds), maps.mm_per_px, thresholds)
    count = len(objects.size_px)
    around = surroundings(objects.number)
    kind = np.argmax(objects.types, axis=1) if count else np.zeros(0, np.intp)
    floor_um, mean_um = _depths(maps, objects, around, skin, np.equal(kind, SCAR_TYPES.index("raised")))
    area_mm2 = objects.size_px * maps.mm_per_px**2
    x_scale, y_scale = photo_px_per_px
    lesions = tuple(
        Lesion(
            id=k + 1,
            type=SCAR_TYPES[int(kind[k])],
            x_px=round(float((objects.x[k] + 0.5) * x_scale - 0.5), 1),  # pixel centres, not corners
            y_px=round(float((objects.y[k] + 0.5) * y_scale - 0.5), 1),
            area_px=round(float(objects.size_px[k] * x_scale * y_scale)),
            area_mm2=float(area_mm2[k]),
            diameter_mm=float(2 * np.sqrt(area_mm2[k] / np.pi)),
            depth_um=float(floor_um[k]),
            confidence=float(objects.confidence[k]),
        )
        for k in range(count)
    )
    label = np.concatenate([[0], kind + 1]).astype(np.uint8)[objects.number]
    return FoundScars(
        lesions,
        label,
        objects.number,
        mean_um,
        area_mm2,
        objects.types.astype(np.float32),
        around,
        expected_depth_um(maps, thresholds.burden_gain),
    )


def expected_depth_um(maps: Maps, gain: float | None) -> NDArray[np.float32] | None:
    """(h, w) float32: probability of an atrophic scar at each pixel, times its depth below the unscarred surface.

    An outline is a yes or no at a threshold: skin that lies near it falls in or out with the light. The expectation
    moves with the probabilities and repeats better on the same relief (docs/model.md). None without a gain.
    """
    if gain is None:
        return None
    atrophic = maps.types[ATROPHIC_LABELS].sum(axis=0)
    return np.asarray(gain * atrophic * np.maximum(-maps.relief_um, 0), np.float32)


def _outlined(maps: Maps, skin: NDArray[np.bool_], thresholds: Thresholds) -> _Objects:
    """Every single object over the threshold."""
    scar = 1 - maps.type_map("none")
    mask = _without_holes(skin & (scar > thresholds.scar), HOLE_MM2 / maps.mm_per_px**2) & skin
    inner = np.asarray(cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5), np.float32)
    inner = np.minimum(inner, max(mask.shape))  # without any pixel outside OpenCV gives its largest number
    smooth_px = max(_SPLIT_SMOOTH_MM / maps.mm_per_px, 0.3)
    relief = np.asarray(cv2.GaussianBlur(maps.relief_um, (0, 0), smooth_px), np.float32)
    number = split_merged(mask, inner * (np.abs(relief) + np.float32(_SPLIT_FLOOR_UM)))
    return _described(number, scar, maps.types)


def _without_holes(mask: NDArray[np.bool_], area_px: float) -> NDArray[np.bool_]:
    """Fill gaps of at most `area_px` pixels that do not reach the border of the picture."""
    _, gaps, stats, _ = cast(
        Components, cv2.connectedComponentsWithStats((~mask).astype(np.uint8), connectivity=4)
    )
    left, top, width, height, area = stats.T[:5]
    bordering = (left == 0) | (top == 0) | (left + width == mask.shape[1]) | (top + height == mask.shape[0])
    small = (area <= area_px) & ~bordering
    small[0] = False  # component 0 is the mask itself
    return mask | small[gaps]


def _described(number: NDArray[np.int32], scar: NDArray[np.float32], types: NDArray[np.float32]) -> _Objects:
    """Sizes, centroids and mean probabilities of the objects 1..n in `number`."""
    row, column = np.nonzero(number)
    group = number[row, column] - 1
    count = int(number.max(initial=0))

    def total(weight: NDArray[np.floating] | NDArray[np.integer] | None) -> NDArray[np.float64]:
        return np.bincount(group, weight, count).astype(np.float64)

    size = total(None)
    by_type = np.stack([total(types[k, row, column]) for k in range(1, len(TYPES))], axis=1)
    share = by_type / np.maximum(by_type.sum(axis=1, keepdims=True), 1e-9)
    confidence = total(scar[row, column]) / size
    return _Objects(number, size, total(column) / size, total(row) / size, confidence, share)


def _kept(objects: _Objects, mm_per_px: float, thresholds: Thresholds) -> _Objects:
    """Only the objects large and sure enough, numbered from top to bottom."""
    diameter_mm = 2 * np.sqrt(objects.size_px / np.pi) * mm_per_px
    confidence = calibrated(objects.confidence, diameter_mm, thresholds.confidence)
    keep = np.flatnonzero(
        (diameter_mm >= thresholds.min_diameter_mm) & (confidence >= thresholds.min_confidence)
    )
    keep = keep[np.lexsort((objects.x[keep], objects.y[keep]))]
    new_number = np.zeros(len(objects.size_px) + 1, np.int32)
    new_number[keep + 1] = np.arange(1, len(keep) + 1)
    return _Objects(
        new_number[objects.number],
        objects.size_px[keep],
        objects.x[keep],
        objects.y[keep],
        confidence[keep],
        objects.types[keep],
    )


def _depths(
    maps: Maps,
    objects: _Objects,
    around: Surroundings,
    skin: NDArray[np.bool_],
    raised: NDArray[np.bool_],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(n,) depth of the floor and (n,) mean depth, micrometres below the rim; raised scars are negative."""
    count = len(objects.size_px)
    inside = objects.number > 0
    group = objects.number[inside]
    rim = rim_heights_um(maps.relief_um, around, skin, count, maps.mm_per_px)
    depth = rim[group] - maps.relief_um[inside]
    quantiles = group_quantile(depth, group, count, DEPTH_QUANTILE, 1 - DEPTH_QUANTILE)
    deep, high = quantiles[0, 1:], quantiles[1, 1:]
    mean = np.bincount(group, depth, count + 1)[1:] / np.maximum(objects.size_px, 1)
    # A depression that measures above its rim is noise, not a hill; and the other way round.
    floor_um = np.where(raised, np.minimum(high, 0), np.maximum(deep, 0))
    mean_um = np.where(raised, np.minimum(mean, 0), np.maximum(mean, 0))
    return floor_um, mean_um


def summarise(
    found: FoundScars,
    skin: NDArray[np.bool_],
    mm_per_px: float,
    scale_relative_sd: float = 0.0,
    errors: Errors | None = None,
) -> Scars:
    """All scars together, over `skin` (h, w) bool. scale_relative_sd: standard error of mm_per_px by its value.

    burden_um = volume of the atrophic scars / area of the assessed skin, the mean scar depth over that skin: of the
    expected depth, where the bundle has a gain for it, so that scarring too faint for an outline has its part; else of
    the depth below the rim inside each outline. Without skin nothing is known but the count of 0. errors: the network's
    own.
    """
    skin_mm2 = float(np.count_nonzero(skin)) * mm_per_px**2
    kinds = np.array([SCAR_TYPES.index(lesion.type) for lesion in found.lesions], np.intp)
    by_type: dict[ScarType, TypeSummary] = {
        name: _type_summary(found, kinds == k, skin_mm2 > 0) for k, name in enumerate(SCAR_TYPES)
    }
    if skin_mm2 == 0:
        return Scars(0, None, None, None, None, None, by_type)
    if found.expected_depth_um is not None:
        burden_um = float(found.expected_depth_um[skin].mean(dtype=np.float64))
    else:
        atrophic = np.isin(kinds, [SCAR_TYPES.index(cast(ScarType, name)) for name in ATROPHIC])
        burden_um = float((found.mean_depth_um * found.area_mm2)[atrophic].sum()) / skin_mm2
    area_fraction = float(found.area_mm2.sum()) / skin_mm2
    scars = Scars(
        count=len(found.lesions),
        area_fraction=area_fraction,
        area_mm2=area_fraction * skin_mm2,
        density_per_cm2=len(found.lesions) / (skin_mm2 / 100),
        burden_um=burden_um,
        volume_mm3=burden_um * skin_mm2 / 1000,
        by_type=by_type,
    )
    return replace(scars, intervals=_intervals(scars, skin_mm2, scale_relative_sd, errors or {}))


def _intervals(scars: Scars, skin_mm2: float, relative_sd: float, errors: Errors) -> dict[str, Interval]:
    """Area and volume are share and burden times the skin, so the network errs in them as in those."""
    share, burden = errors.get("scars.area_fraction"), errors.get("scars.burden_um")
    figures = {
        "area_mm2": Figure(scars.area_mm2, 2.0, share, skin_mm2),
        "density_per_cm2": Figure(scars.density_per_cm2, -2.0, errors.get("scars.density_per_cm2")),
        "burden_um": Figure(scars.burden_um, 1.0, burden),
        "volume_mm3": Figure(scars.volume_mm3, 3.0, burden, skin_mm2 / 1000),
    }
    if share is not None:  # a share has no scale, so without the network's error it has no interval
        figures["area_fraction"] = Figure(scars.area_fraction, 0.0, share)
    return intervals_of(figures, relative_sd)


def _type_summary(found: FoundScars, mine: NDArray[np.bool_], known: bool) -> TypeSummary:
    """Mean depth is over area, so that count, area and depth together give the volume."""
    area = found.area_mm2[mine]
    if area.size == 0:
        return TypeSummary(0, 0.0 if known else None, None)
    mean_depth = float(np.average(found.mean_depth_um[mine], weights=area))
    return TypeSummary(int(area.size), float(area.sum()), mean_depth)
