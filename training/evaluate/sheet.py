"""Contact sheets of marked photographs, to look at. They show patients: keep them out of the repository."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.measure.assessment import Evidence
from inference.report.overlay import outlines

CELL_PX = 420
COLUMNS = 8


class PairSheet:
    """Collects a cell for each photograph: itself and, beside it, what was made of it."""

    def __init__(self) -> None:
        self._cells: list[NDArray[np.uint8]] = []

    def add_pair(self, name: str, rgb: NDArray[np.uint8], beside: NDArray[np.uint8]) -> None:
        """Adds two (h, w, 3) uint8 pictures, the first with its name written on it."""
        plain = _cell(rgb)
        for grey, width in ((0, 3), (255, 1)):
            cv2.putText(plain, name, (6, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (grey,) * 3, width, cv2.LINE_AA)
        self._cells.append(np.hstack((plain, _cell(beside))))

    def write(self, path: Path) -> None:
        """Writes one PNG. Raises ValueError inside a Git working tree, where it could be committed."""
        if in_working_tree(path):
            raise ValueError(
                f"{path} lies in a Git working tree: choose a place outside, the sheet shows people."
            )
        per_row = COLUMNS // 2
        blank = np.zeros_like(self._cells[0])
        cells = self._cells + [blank] * (-len(self._cells) % per_row)
        rows = [np.hstack(cells[i : i + per_row]) for i in range(0, len(cells), per_row)]
        if not cv2.imwrite(str(path), np.vstack(rows)[..., ::-1]):
            raise ValueError(f"{path} cannot be written: does its folder exist, and does it end in .png?")


class Sheet(PairSheet):
    """Photographs and, beside each, itself with its marks outlined."""

    def add(self, name: str, evidence: Evidence) -> None:
        """Adds a photograph; the outline's colour is that of the scar's type."""
        self.add_pair(name, evidence.rgb, outlines(evidence.rgb, evidence.label))


def skin_overlay(rgb: NDArray[np.uint8], skin: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """(h, w, 3) uint8: what is not skin tinted blue, with a yellow border. skin: (h, w) bool."""
    shown = np.where(skin[..., None], rgb, (0.45 * rgb + 0.55 * np.array([0, 90, 255])).astype(np.uint8))
    width = max(1, round(max(skin.shape) / 300))
    edge = cv2.morphologyEx(skin.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((width + 2,) * 2, np.uint8))
    shown[edge > 0] = (255, 255, 0)
    return shown.astype(np.uint8)


def in_working_tree(path: Path) -> bool:
    """Whether a file at `path` would lie in a Git working tree."""
    return any((folder / ".git").exists() for folder in path.resolve().parents)


def _cell(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture fitted into a square of `CELL_PX`, black around."""
    factor = CELL_PX / max(rgb.shape[:2])
    kernel = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    small = cv2.resize(rgb, None, fx=factor, fy=factor, interpolation=kernel)
    cell = np.zeros((CELL_PX, CELL_PX, 3), np.uint8)
    cell[: small.shape[0], : small.shape[1]] = small[:CELL_PX, :CELL_PX]
    return cell
