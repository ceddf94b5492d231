"""The same photographs sent smaller, as people send them: 300 and 600 px wide."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from inference.check import Instruments, check
from inference.photo.photo import Photo
from inference.photo.read import read_photo
from inference.photo.scale import assumed_scale
from inference.score import measure
from inference.standard.standardize import standardize
from training.evaluate.boxes import PhotoBoxes, PhotoScores, read_regions, scar_probability, score_boxes
from training.evaluate.real import auc_against, evidence_of
from training.evaluate.statistics import Interval, bootstrap

WIDTHS_PX = (300, 600)
FULL = 0


@dataclass(frozen=True, slots=True)
class AtWidths:
    """Boxes of one photograph by its width in px, `FULL` as it is."""

    scores: dict[int, PhotoScores]


def evaluate_widths(
    folder: Path, full: Sequence[PhotoScores], instruments: Instruments, widths_px: Sequence[int] = WIDTHS_PX
) -> list[AtWidths]:
    """Every photograph of `full` again at each width; one that is narrower keeps its score."""
    regions = read_regions(folder)
    found = []
    for scores in tqdm(full, desc="smaller photographs", unit="photo"):
        photo = read_photo(folder / scores.photo)
        smaller = {
            width: _score(scores.photo, shrunk(photo, width), regions[scores.photo], instruments)
            for width in widths_px
            if width < photo.width_px
        }
        found.append(AtWidths({FULL: scores, **dict.fromkeys(widths_px, scores), **smaller}))
    return found


def shrunk(photo: Photo, width_px: int) -> Photo:
    """The photograph at another width, of unknown scale like one read from a file."""
    height_px = max(1, round(photo.height_px * width_px / photo.width_px))
    rgb = cv2.resize(photo.rgb, (width_px, height_px), interpolation=cv2.INTER_AREA)
    return replace(photo, rgb=np.asarray(rgb, np.uint8), scale=assumed_scale(width_px, height_px))


def _score(name: str, photo: Photo, boxes: PhotoBoxes, instruments: Instruments) -> PhotoScores:
    checked = check(standardize(photo, instruments.finder), instruments.network)
    evidence = evidence_of(measure(checked, instruments))
    return score_boxes(name, scar_probability(checked.maps), evidence, boxes)


def auc_at(photos: Sequence[AtWidths], width_px: int, kind: str) -> float | None:
    """AUC of scar boxes against boxes of a kind at one width."""
    return auc_against(kind)([photo.scores[width_px] for photo in photos])


def loss_at(photos: Sequence[AtWidths], width_px: int, kind: str) -> float | None:
    """AUC at full width less that at this one."""
    full, small = auc_at(photos, FULL, kind), auc_at(photos, width_px, kind)
    return None if full is None or small is None else full - small


def largest_loss(photos: Sequence[AtWidths]) -> tuple[str, Interval]:
    """Where AUC falls most, in words, and by how much; the interval is of this one loss, not of the maximum."""
    losses = {
        (width, kind): loss
        for width in WIDTHS_PX
        for kind in ("clear", "clear_skin")
        if (loss := loss_at(photos, width, kind)) is not None
    }
    if not losses:
        return "", Interval(None, None, None, len(photos))
    width, kind = max(losses, key=lambda key: losses[key])
    return f"{width} px, against {kind}", bootstrap(photos, lambda drawn: loss_at(drawn, width, kind))
