"""Skin marks kept out of the fit: where they are found again tells how well the map fits, and whose skin it is."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.change.dense import Laid, View
from inference.change.patches import find_again

#: Marks held out at most: a share is then known to 0.05. Around each, no patch is used for the fit.
MOST_MARKS = 100
#: Half the side of a mark's patch, and how far it is looked for, px of the fine level.
HALF_PX, REACH_PX = 12, 24
#: Found at its place: within this far, px. By chance 1 place in 85 of those that are tried lies there.
AT_PLACE_PX = 3.0
#: Peaks farther than this are elsewhere for certain.
_ELSEWHERE_PX = 8.0
#: A mark found surely is at least so much like itself, and so much more than at any other place.
_LEAST_HEIGHT, _LEAST_LEAD = 0.5, 0.1
#: Marks compared at least, and fewest sure ones that tell a residual. Of six, five must lie at their place.
LEAST_MARKS, LEAST_SURE = 6, 5
#: Share of marks at their place, beyond chance, under which two skins are not taken for one. Two people's faces under
#: one mesh reach 0 to 0.04, one person's in one light 0.5 to 1, in another light or at a few pixels per mm 0.2 to 0.6.
LEAST_AGREEMENT = 0.1
#: Chance that unlike skin agrees so often, at most.
_SIGNIFICANCE = 1e-3


@dataclass(frozen=True, slots=True)
class Agreement:
    """Marks found again after the map. compared: marks on common skin. share: of them at their place, 0..1.
    chance: share that would lie there if peaks fell anywhere. residual_px: median distance of those found surely, in
    pixels of the fine level, None for too few. sure: their number."""

    compared: int
    share: float
    chance: float
    residual_px: float | None
    sure: int

    @property
    def beyond_chance(self) -> float:
        """Share at place beyond chance, 1 for all, 0 for skin that has nothing in common (Cohen's kappa's form)."""
        return (self.share - self.chance) / max(1 - self.chance, 1e-6)

    @property
    def same_skin(self) -> bool:
        """Whether fine detail agrees at more places than that of unlike skin would.

        Faces are alike in their forms, and any smooth map can lay one nose on another; pores, moles and furrows lie
        where they lie on one person only. They had no part in the map, so on other skin their peaks fall anywhere.
        """
        if self.compared < LEAST_MARKS:
            return False
        hits = round(self.share * self.compared)
        expected = max(self.chance, 1.0 / self.compared)
        by_chance = sum(
            math.comb(self.compared, k) * expected**k * (1 - expected) ** (self.compared - k)
            for k in range(hits, self.compared + 1)
        )
        return self.beyond_chance >= LEAST_AGREEMENT and by_chance < _SIGNIFICANCE


def choose_marks(view: View) -> NDArray[np.intp]:
    """(n, 2) x and y: the most distinct place of each cell of a grid on skin, away from its edge.

    Distinct is what changes in every direction: the smaller eigenvalue of the structure tensor (Shi & Tomasi, CVPR
    1994), so that no outline of a lip or a nose is taken.
    """
    inner = cv2.erode(view.skin.astype(np.uint8), np.ones((2 * HALF_PX + 1,) * 2, np.uint8), borderValue=0)
    area = int(np.count_nonzero(inner))
    if not area:
        return np.zeros((0, 2), np.intp)
    distinct = cv2.cornerMinEigenVal(view.detail[..., 0], 2 * (HALF_PX // 2) + 1) * inner
    cell = max(4 * HALF_PX, math.ceil(math.sqrt(area / MOST_MARKS)))
    height, width = view.skin.shape
    found: list[tuple[int, int]] = []
    for top in range(0, height, cell):
        for left in range(0, width, cell):
            _, best, _, (x, y) = cv2.minMaxLoc(distinct[top : top + cell, left : left + cell])
            if best > 0:
                found.append((left + x, top + y))
    return np.array(found, np.intp).reshape(-1, 2)


def near_marks(
    places: NDArray[np.intp] | NDArray[np.float64], marks: NDArray[np.intp], radius: float
) -> NDArray[np.bool_]:
    """(n,) bool: places within a square of this half side about any mark."""
    if not len(marks) or not len(places):
        return np.zeros(len(places), np.bool_)
    apart = np.abs(places[:, np.newaxis] - marks[np.newaxis]).max(axis=2)
    return apart.min(axis=1) < radius


def agreement(laid: Laid, marks: NDArray[np.intp]) -> Agreement:
    """Look for the marks again where the map puts them, on skin that after shows."""
    kept = marks[laid.seen[marks[:, 1], marks[:, 0]]]
    peaks = find_again(laid.view.detail, laid.after, kept, HALF_PX, REACH_PX, with_rival=True)
    told = peaks.height > 0
    compared = int(np.count_nonzero(told))
    if not compared:
        return Agreement(0, 0.0, 0.0, None, 0)
    off = np.hypot(*peaks.shift_px[told].T)
    # Elsewhere the peaks of unlike patches lie evenly; so many of them would lie at the place by chance.
    window = (2 * REACH_PX + 1) ** 2
    elsewhere = int(np.count_nonzero(off > _ELSEWHERE_PX)) / compared
    chance = elsewhere * math.pi * AT_PLACE_PX**2 / (window - math.pi * _ELSEWHERE_PX**2)
    height = peaks.height[told]
    sure = (height > _LEAST_HEIGHT) & (height - peaks.rival[told] > _LEAST_LEAD)
    residual = float(np.median(off[sure])) if np.count_nonzero(sure) >= LEAST_SURE else None
    share = float(np.count_nonzero(off <= AT_PLACE_PX)) / compared
    return Agreement(compared, share, chance, residual, int(np.count_nonzero(sure)))
