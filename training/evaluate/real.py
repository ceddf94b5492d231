"""Real photographs: do scarred boxes score above clear ones, and do faces without scars stay silent?

Most `clear` boxes hold no skin, and a skin detector alone separates those. Read the figures together: against
`clear`, against `clear_skin`, and within each photograph, gated by skin as the product is and ungated.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from inference.network.maps import Maps
from inference.network.session import Network
from inference.photo.read import read_photo
from training.evaluate.boxes import BoxScore, PhotoScores, marked, read_regions, score_boxes
from training.evaluate.statistics import Interval, auc, bootstrap
from training.render.canvas import find_faces, load_canvas

Look = Callable[[str, Maps], None]


@dataclass(frozen=True, slots=True)
class FaceMarks:
    """One face without scars: share of its skin that is marked, at its true scale and at the assumed one."""

    photo: str
    marked_true_scale: float
    marked_assumed_scale: float


def evaluate_photos(folder: Path, network: Network, look: Look | None = None) -> list[PhotoScores]:
    """Scores of all boxes in regions.json, each photograph read as `cicatrix score` reads it.

    look: called with the name and maps of every photograph, to draw them.
    """
    thresholds = network.bundle.description.thresholds
    scores = []
    for name, boxes in read_regions(folder).items():
        maps = network.maps(read_photo(folder / name))
        scores.append(score_boxes(name, maps, boxes, thresholds))
        if look is not None:
            look(name, maps)
    return scores


def box_figures(scores: list[PhotoScores]) -> dict[str, Interval]:
    """AUCs over all boxes and contrasts within photographs, with bootstrap intervals over photographs."""
    figures: dict[str, Interval] = {}
    for gate, score in (("gated", _gated), ("ungated", _ungated)):
        for kind in ("clear", "clear_skin"):
            figures[f"auc_{kind}_{gate}"] = bootstrap(scores, _auc_against(kind, score))
            figures[f"ordered_{kind}_{gate}"] = bootstrap(
                _having(scores, kind), _ordered_against(kind, score)
            )
    for kind in ("clear", "clear_skin"):
        figures[f"marked_{kind}"] = bootstrap(_having(scores, kind), _mean_marked(kind))
    figures["marked_scar"] = bootstrap(scores, _mean_marked("scar"))
    figures["marked_ratio_clear_skin"] = bootstrap(_having(scores, "clear_skin"), _marked_ratio)
    return figures


def evaluate_faces(root: Path, network: Network, look: Look | None = None) -> list[FaceMarks]:
    """Marked share of skin on the London and Canada faces of people who were kept out of training.

    root: folder that holds london/ and canada/ with their hand-placed points, from which the true scale comes.
    """
    marks = []
    for path in find_faces(root, held_out=True):
        mm_per_px = 1.0 / load_canvas(path).px_per_mm
        at_true = network.maps(read_photo(path, mm_per_px=mm_per_px))
        at_assumed = network.maps(read_photo(path))
        name = f"{path.parent.name}/{path.stem}"
        marks.append(FaceMarks(name, _skin_marked(at_true, network), _skin_marked(at_assumed, network)))
        if look is not None:
            look(name, at_true)
    return marks


def face_figures(marks: list[FaceMarks]) -> dict[str, Interval]:
    """Mean and worst marked share of skin. Intervals over photographs; some people appear twice."""
    figures = {}
    for name in ("marked_true_scale", "marked_assumed_scale"):
        shares = [getattr(mark, name) for mark in marks]
        figures[f"faces_{name}"] = bootstrap(shares, lambda drawn: float(np.mean(drawn)) if drawn else None)
        figures[f"faces_{name}_worst"] = Interval(max(shares, default=None), None, None, len(shares))
    return figures


def as_dict(
    scores: list[PhotoScores], marks: list[FaceMarks], figures: dict[str, Interval]
) -> dict[str, Any]:
    """Everything for the JSON file."""
    return {
        "figures": {name: asdict(interval) for name, interval in figures.items()},
        "photos": [asdict(score) for score in scores],
        "faces": [asdict(mark) for mark in marks],
    }


def _gated(box: BoxScore) -> float:
    return box.scar


def _ungated(box: BoxScore) -> float:
    return box.scar_ungated


def _having(scores: list[PhotoScores], kind: str) -> list[PhotoScores]:
    return [photo for photo in scores if photo.scar and getattr(photo, kind)]


def _auc_against(
    kind: str, score: Callable[[BoxScore], float]
) -> Callable[[Sequence[PhotoScores]], float | None]:
    return lambda photos: auc(
        [score(box) for photo in photos for box in photo.scar],
        [score(box) for photo in photos for box in getattr(photo, kind)],
    )


def _ordered_against(
    kind: str, score: Callable[[BoxScore], float]
) -> Callable[[Sequence[PhotoScores]], float | None]:
    """Share of photographs whose scar boxes score higher on average than their own clear boxes."""

    def share(photos: Sequence[PhotoScores]) -> float | None:
        ordered = [_mean(photo.scar, score) > _mean(getattr(photo, kind), score) for photo in photos]
        return float(np.mean(ordered)) if ordered else None

    return share


def _mean_marked(kind: str) -> Callable[[Sequence[PhotoScores]], float | None]:
    def mean(photos: Sequence[PhotoScores]) -> float | None:
        values = [box.marked for photo in photos for box in getattr(photo, kind)]
        return float(np.mean(values)) if values else None

    return mean


def _marked_ratio(photos: Sequence[PhotoScores]) -> float | None:
    """Marked share of scar boxes over that of the clear skin in the same photographs; None where that is 0."""
    scarred, clear = _mean_marked("scar")(photos), _mean_marked("clear_skin")(photos)
    return scarred / clear if scarred is not None and clear else None


def _mean(boxes: tuple[BoxScore, ...], score: Callable[[BoxScore], float]) -> float:
    return float(np.mean([score(box) for box in boxes]))


def _skin_marked(maps: Maps, network: Network) -> float:
    thresholds = network.bundle.description.thresholds
    skin = int((maps.surface_map("skin") >= thresholds.skin).sum())
    return float(marked(maps, thresholds).sum()) / max(skin, 1)
