"""Texture of the assessed skin outside scars: roughness by ISO 25178-2, pores and wrinkles."""

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.measure.assessment import Texture
from inference.network.maps import Estimate

#: Form is what a Gaussian of this standard deviation keeps; roughness is the rest. In the terms of
#: ISO 16610-61 that is a cut-off of 1.25 mm / 0.1874 = 6.7 mm. The training data were rendered with the same.
FORM_SD_MM = 1.25
#: Skin this close to a scar is not measured: its relief belongs to the scar's wall.
SCAR_MARGIN_MM = 0.5
#: Sz is taken in squares of this side and averaged, because a greatest height grows with the area looked at.
SAMPLING_SIDE_MM = 10.0
#: A square counts when at least this part of it is skin.
SAMPLING_COVER = 0.5
#: The relief map is taken to show the micro-relief when its Sa reaches this share of the graded Sa.
RESOLVED_SHARE = 0.5
#: Pores of 0.25 mm need a photograph of 0.1 mm per pixel or finer (field notes D1), and a working picture in
#: which they are at least two pixels wide. A plan of 6.4 px per mm is coarser: it leaves pores unknown.
PORE_PHOTO_MM_PER_PX = 0.1
PORE_WORKING_MM_PER_PX = 0.125
#: Shorter lines are furrows of the micro-relief rather than wrinkles; a convention of this project.
LEAST_WRINKLE_MM = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """What texture is measured on; all arrays (h, w).

    relief_um: float32. clear: bool, assessed skin outside scars. pores, wrinkles: bool or None, as the network marks
    them. mm_per_px of these arrays, photo_mm_per_px of the photograph.
    """

    relief_um: NDArray[np.float32]
    clear: NDArray[np.bool_]
    pores: NDArray[np.bool_] | None
    wrinkles: NDArray[np.bool_] | None
    mm_per_px: float
    photo_mm_per_px: float


def texture_of(surface: Surface, graded_sa_um: Estimate | None) -> Texture:
    """All texture figures; None where nothing can be said.

    roughness_sa_um is the grading head's figure for the picture: at working resolution the relief map shows
    scars, not the furrows of the micro-relief. Sz and the depth of wrinkles come from the relief map, and only
    where it does show them, that is where its own Sa is at least half of the graded one.
    """
    area_cm2 = float(np.count_nonzero(surface.clear)) * surface.mm_per_px**2 / 100
    if area_cm2 == 0:
        return Texture(None, None, None, None, None, None)
    flat = without_form(surface.relief_um, surface.clear, surface.mm_per_px)
    resolved = graded_sa_um is None or sa_um(flat, surface.clear) >= RESOLVED_SHARE * graded_sa_um.value
    wrinkles = None if surface.wrinkles is None else surface.wrinkles & surface.clear
    length_mm = None if wrinkles is None else wrinkle_length_mm(wrinkles, surface.mm_per_px)
    pore_density, pore_fraction = _pores(surface, area_cm2)
    return Texture(
        roughness_sa_um=None if graded_sa_um is None else graded_sa_um.value,
        roughness_sz_um=sz_um(flat, surface.clear, surface.mm_per_px) if resolved else None,
        pore_density_per_cm2=pore_density,
        pore_area_fraction=pore_fraction,
        wrinkle_length_mm_per_cm2=None if length_mm is None else length_mm / area_cm2,
        wrinkle_depth_um=(
            wrinkle_depth_um(flat, wrinkles, surface.clear) if resolved and wrinkles is not None else None
        ),
    )


def without_form(
    relief_um: NDArray[np.float32], clear: NDArray[np.bool_], mm_per_px: float, sd_mm: float = FORM_SD_MM
) -> NDArray[np.float32]:
    """(h, w) float32 relief less its Gaussian mean over `clear`; 0 outside `clear`.

    The mean is normalised by the smoothed mask, so that scars and edges do not leak in.
    """
    weight = clear.astype(np.float32)
    height, width = clear.shape
    # Form is smooth, so it is computed on a picture in which its sd still spans three pixels.
    step = max(1, int(sd_mm / mm_per_px / 3))
    size = (max(1, width // step), max(1, height // step))
    sd_px = sd_mm / mm_per_px / (width / size[0])

    def smooth(x: NDArray[np.float32]) -> NDArray[np.float32]:
        small = cv2.resize(x, size, interpolation=cv2.INTER_AREA)
        return np.asarray(cv2.GaussianBlur(small, (0, 0), sd_px), np.float32)

    form = smooth(relief_um * weight) / np.maximum(smooth(weight), np.float32(1e-6))
    form = np.asarray(cv2.resize(form, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)
    return np.where(clear, relief_um - form, np.float32(0))


def sa_um(flat_um: NDArray[np.float32], clear: NDArray[np.bool_]) -> float:
    """Arithmetical mean height of `clear`, ISO 25178-2: mean of |z - mean z|. A sinusoid reads 2 A / pi."""
    heights = flat_um[clear].astype(np.float64)
    return float(np.absolute(heights - heights.mean()).mean())


def sz_um(flat_um: NDArray[np.float32], clear: NDArray[np.bool_], mm_per_px: float) -> float:
    """Maximum height, ISO 25178-2: highest less lowest point, as the mean over squares of 10 mm.

    A patch smaller than a square, or one that fills none by half, is taken as a whole.
    """
    high = np.where(clear, flat_um, -np.inf)
    low = np.where(clear, flat_um, np.inf)
    side = round(SAMPLING_SIDE_MM / mm_per_px)
    rows, columns = (n // side for n in clear.shape)
    if rows and columns:

        def squares(x: NDArray[np.float32] | NDArray[np.bool_]) -> NDArray[np.float64]:
            cut = x[: rows * side, : columns * side].astype(np.float64)
            return cut.reshape(rows, side, columns, side)

        full = squares(clear).mean(axis=(1, 3)) >= SAMPLING_COVER
        if full.any():
            heights = squares(high).max(axis=(1, 3))[full] - squares(low).min(axis=(1, 3))[full]
            return float(heights.mean())
    return float(high.max() - low.min())


def wrinkle_length_mm(wrinkles: NDArray[np.bool_], mm_per_px: float) -> float:
    """Summed length of the lines in a mask (h, w) bool.

    Each line is measured as the strip with the same outline and area: outline = 2 (length + width) and
    area = length x width give length = (p + sqrt(p^2 - 4 area)) / 2 with p half the outline. Outlines are
    polygons within a pixel of the edge, so that pixel steps do not lengthen slanting lines.
    """
    contours, tree = cast(
        tuple[list[NDArray[np.int32]], NDArray[np.int32]],
        cv2.findContours(np.pad(wrinkles, 1).astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE),
    )
    outline: defaultdict[int, float] = defaultdict(float)
    area: defaultdict[int, float] = defaultdict(float)
    for k, contour in enumerate(contours):
        length = cv2.arcLength(cv2.approxPolyDP(contour, 1.0, True), True)
        hole_of = int(tree[0, k, 3])  # -1 for an outer contour
        line = k if hole_of < 0 else hole_of  # a closed line has two outlines
        outline[line] += length
        area[line] += cv2.contourArea(contour) * (1 if hole_of < 0 else -1)
    lengths_mm = [mm_per_px * _strip_length_px(outline[k], area[k]) for k in outline]
    return sum(length for length in lengths_mm if length >= LEAST_WRINKLE_MM)


def _strip_length_px(outline_px: float, area_px: float) -> float:
    """Length of the strip with this outline and area, both through the centres of its border pixels."""
    half = outline_px / 2
    inner = (half + math.sqrt(max(half**2 - 4 * max(area_px, 0.0), 0.0))) / 2
    return inner + 1  # half a pixel at either end


def wrinkle_depth_um(
    flat_um: NDArray[np.float32], wrinkles: NDArray[np.bool_], clear: NDArray[np.bool_]
) -> float | None:
    """Mean depth of the wrinkles below the rest of the clear skin; None without wrinkles or other skin."""
    beside = clear & ~wrinkles
    if not wrinkles.any() or not beside.any():
        return None
    return float(flat_um[beside].mean(dtype=np.float64) - flat_um[wrinkles].mean(dtype=np.float64))


def _pores(surface: Surface, area_cm2: float) -> tuple[float | None, float | None]:
    """Pores per cm2 and the part of the skin they cover; None where pores are not marked or too small."""
    if surface.photo_mm_per_px > PORE_PHOTO_MM_PER_PX or surface.mm_per_px > PORE_WORKING_MM_PER_PX:
        return None, None
    if surface.pores is None:
        return None, None
    pores = (surface.pores & surface.clear).astype(np.uint8)
    count = cv2.connectedComponents(pores, connectivity=8)[0] - 1
    covered_cm2 = float(np.count_nonzero(pores)) * surface.mm_per_px**2 / 100
    return count / area_cm2, covered_cm2 / area_cm2
