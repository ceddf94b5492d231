"""Where a face is: BlazeFace (Bazarevsky et al., arXiv 1907.05047) on the whole photograph."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from inference.face.frames import Frame, Pyramid
from inference.face.models import DETECTOR, Runner

#: MediaPipe's own: lowest score of a candidate, and the overlap from which two candidates are one face.
MIN_SCORE = 0.5
SAME_FACE_OVERLAP = 0.3
#: Cells of the two grids and boxes at each cell, from MediaPipe's face_detection_back graph.
_GRIDS = ((16, 2), (8, 6))


@dataclass(frozen=True, slots=True, eq=False)
class Detection:
    """A candidate. box_px: left, top, right, bottom on the photograph. key_points_px: (6, 2) float32, the eye at
    smaller x of an upright face first, the other eye, nose tip, mouth, the two ear points. score: 0..1."""

    box_px: NDArray[np.float32]
    key_points_px: NDArray[np.float32]
    score: float

    @property
    def side_px(self) -> float:
        """The longer side of the box."""
        return float(max(self.box_px[2] - self.box_px[0], self.box_px[3] - self.box_px[1]))


def detect(pyramid: Pyramid, runner: Runner) -> list[Detection]:
    """Candidates on the photograph, the largest first; empty where there is none."""
    height_px, width_px = pyramid.shape_px
    frame = Frame((width_px - 1) / 2, (height_px - 1) / 2, float(max(height_px, width_px)))
    raw, logits = runner.run(pyramid.crop(frame, DETECTOR.side_px))
    score = 1 / (1 + np.exp(-np.clip(logits, -80, 80)))
    keep = score > MIN_SCORE
    points = raw.reshape(-1, 8, 2)[keep].copy()
    points[:, [0, *range(2, 8)]] += _anchors()[keep, np.newaxis] * DETECTOR.side_px
    half = points[:, 1] / 2
    corners = np.stack([points[:, 0] - half, points[:, 0] + half], axis=1)
    data = np.concatenate([corners, points[:, 2:]], axis=1)
    merged = _merge(data.astype(np.float32), score[keep].astype(np.float32))
    found: list[Detection] = []
    for values, value in merged:
        on_photo = frame.to_photo(values.astype(np.float32), DETECTOR.side_px)
        found.append(Detection(on_photo[:2].reshape(4), on_photo[2:], value))
    return sorted(found, key=lambda one: -one.side_px)


@cache
def _anchors() -> NDArray[np.float32]:
    """(896, 2) centres of the cells, 0..1."""
    rows: list[tuple[float, float]] = []
    for cells, boxes in _GRIDS:
        for y in range(cells):
            for x in range(cells):
                rows += [((x + 0.5) / cells, (y + 0.5) / cells)] * boxes
    return np.array(rows, np.float32)


def _merge(data: NDArray[np.float32], score: NDArray[np.float32]) -> list[tuple[NDArray[np.float32], float]]:
    """Weighted non-maximum suppression as in MediaPipe: overlapping candidates become their mean by score.

    data: (n, 8, 2), two corners and six key points. score: (n,).
    """
    left = np.argsort(-score)
    merged: list[tuple[NDArray[np.float32], float]] = []
    while left.size:
        best = left[0]
        same = _overlaps(data[best, :2], data[left, :2]) > SAME_FACE_OVERLAP
        same[0] = True
        group = left[same]
        weight = score[group] / score[group].sum()
        merged.append((np.einsum("n,nij->ij", weight, data[group]), float(score[best])))
        left = left[~same]
    return merged


def _overlaps(box: NDArray[np.float32], boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Intersection over union of one (2, 2) box with (n, 2, 2) boxes."""
    low, high = np.maximum(box[0], boxes[:, 0]), np.minimum(box[1], boxes[:, 1])
    across = np.maximum(high - low, 0)
    shared = across[:, 0] * across[:, 1]
    sides, side = boxes[:, 1] - boxes[:, 0], box[1] - box[0]
    areas = sides[:, 0] * sides[:, 1] + side[0] * side[1]
    return shared / np.maximum(areas - shared, np.float32(1e-6))
