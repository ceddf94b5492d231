"""The model's scars on a photograph, as outlines and masks for an annotator to correct."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.check import CheckOptions, Instruments
from inference.network.maps import TYPES
from inference.report.files import scar_mask
from inference.report.overlay import Components
from inference.score import score_photo

#: Outlines are traced on a mask enlarged so often, so that they run along pixel edges and not through their middles.
_FINER = 4
#: Corners that lie closer than this to the outline are left out.
_TOLERANCE_PX = 0.35


@dataclass(frozen=True, slots=True, eq=False)
class Scar:
    """One connected patch. mask: (h, w) bool whose first pixel is column `left`, row `top`. confidence: 0..1, of the
    lesion it belongs to, None where none lies there."""

    type: str
    mask: NDArray[np.bool_]
    left: int
    top: int
    confidence: float | None

    def polygon(self) -> list[tuple[float, float]]:
        """Corners of its outer edge in pixels of the photograph, counted from the corner of the first pixel."""
        padded = np.pad(self.mask, 1).astype(np.uint8)
        fine = np.repeat(np.repeat(padded, _FINER, axis=0), _FINER, axis=1)
        contours, _ = cv2.findContours(fine, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        longest = max(contours, key=cv2.contourArea)
        corners = cv2.approxPolyDP(longest, _TOLERANCE_PX * _FINER, True)[:, 0].astype(float)
        placed = (corners + 0.5) / _FINER - 1 + (self.left, self.top)
        return [(float(x), float(y)) for x, y in placed]


@dataclass(frozen=True, slots=True, eq=False)
class PreLabel:
    """name: of the photograph. label: (H, W) uint8 of the upright photograph, 0 none, 1..4 the types."""

    name: str
    label: NDArray[np.uint8]
    scars: tuple[Scar, ...]

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height."""
        return self.label.shape[1], self.label.shape[0]


def prelabel(name: str, path: Path, instruments: Instruments, mm_per_px: float | None = None) -> PreLabel:
    """What `cicatrix score` finds. Raises PhotoError, BundleError."""
    found = score_photo(path, instruments, CheckOptions(mm_per_px=mm_per_px))
    assert found.evidence is not None
    label = scar_mask(found.evidence, found.photo.width_px, found.photo.height_px)
    certain = {
        (lesion.type, round(lesion.x_px), round(lesion.y_px)): lesion.confidence for lesion in found.lesions
    }
    return PreLabel(name, label, tuple(scars_of(label, certain)))


def scars_of(label: NDArray[np.uint8], certain: dict[tuple[str, int, int], float]) -> Iterator[Scar]:
    """Patches of each type; a lesion's confidence goes to the patch that its centre lies nearest to."""
    for index, name in enumerate(TYPES[1:], start=1):
        mask = (label == index).astype(np.uint8)
        count, patches, stats, middles = cast(
            Components, cv2.connectedComponentsWithStats(mask, connectivity=8)
        )
        own = [(x, y, value) for (kind, x, y), value in certain.items() if kind == name]
        for patch in range(1, count):
            left, top, width, height = (int(value) for value in stats[patch, :4])
            cut = patches[top : top + height, left : left + width] == patch
            nearest = min(
                own,
                key=lambda one: np.hypot(one[0] - middles[patch, 0], one[1] - middles[patch, 1]),
                default=None,
            )
            yield Scar(name, np.asarray(cut, np.bool_), left, top, None if nearest is None else nearest[2])
