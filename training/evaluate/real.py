"""Real photographs: do scarred boxes score above clear ones, and do faces without scars stay silent?

Every photograph goes the product's own way: scale and face found in it, skin refined and cut to the face, scars
found and measured. Most `clear` boxes hold no skin, and a skin detector alone separates those. Read the figures
together: against `clear`, against `clear_skin`, and within each photograph, gated by skin as the product is and
ungated.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from inference.check import Checked, Instruments, check_photo
from inference.measure.assessment import Assessment, Evidence
from inference.score import measure
from training.evaluate.boxes import (
    BoxScore,
    PhotoBoxes,
    PhotoScores,
    inside,
    read_regions,
    scar_probability,
    score_boxes,
)
from training.evaluate.statistics import Interval, auc, bootstrap, mean, median, ratio
from training.render.canvas import HELD_OUT_EVERY, find_faces, person_number

Look = Callable[[str, Assessment], None]
#: Files taken for photographs.
_SUFFIXES = (".jpg", ".jpeg", ".jfif", ".png", ".webp")
#: Other skin of a photograph is compared when it is at least this share of its assessed skin; less is a sliver
#: along the boxes. A convention of ours.
LEAST_OTHER_SKIN = 0.02


@dataclass(frozen=True, slots=True)
class PhotoLook:
    """One photograph as the product sees it.

    boxes: None without boxes. marked: share of the assessed skin inside reported scars, 0 where no skin is found,
    as nothing is reported there; marked_in_boxes, marked_beside: the same inside the scar boxes and on all other
    skin, None where there is none. burden_um, ita_deg: None without skin. person: number in a face's file name.
    """

    photo: str
    boxes: PhotoScores | None
    marked: float
    marked_in_boxes: float | None
    marked_beside: float | None
    burden_um: float | None
    ita_deg: float | None
    skin_found: bool
    person: int | None = None


def list_photos(folder: Path) -> list[str]:
    """Photographs one folder down (boxcar/, ice_pick/, rolling/), by path relative to `folder`."""
    found = (path for path in sorted(folder.glob("*/*")) if path.suffix.lower() in _SUFFIXES)
    return [path.relative_to(folder).as_posix() for path in found]


def evaluate_photos(folder: Path, instruments: Instruments, look: Look | None = None) -> list[PhotoLook]:
    """All photographs of the folder, with or without boxes, as `cicatrix score` measures them.

    look: called with the name and assessment of every photograph, to draw or keep them.
    """
    regions = read_regions(folder)
    looks = []
    for name in tqdm(list_photos(folder), desc="photographs", unit="photo"):
        checked, assessment = measured(folder / name, instruments)
        looks.append(look_at(name, checked, assessment, regions.get(name)))
        if look is not None:
            look(name, assessment)
    return looks


def evaluate_faces(
    root: Path,
    instruments: Instruments,
    look: Look | None = None,
    smiling: bool = False,
    every: int = 1,
) -> list[PhotoLook]:
    """The London and Canada faces of people who were kept out of training.

    root: folder that holds london/ and canada/. Names are such as canada/003f. smiling: the second photographs of
    the London people instead, which no training set has. every: only each so many-th photograph.
    """
    looks = []
    paths = smiling_faces(root) if smiling else find_faces(root, held_out=True)
    for path in tqdm(paths[::every], desc="smiling faces" if smiling else "clear faces", unit="photo"):
        checked, assessment = measured(path, instruments)
        name = path.relative_to(root).with_suffix("").as_posix()
        looks.append(look_at(name, checked, assessment, None, person_number(path)))
        if look is not None:
            look(name, assessment)
    return looks


def smiling_faces(root: Path) -> list[Path]:
    """Smiling photographs of the held-out London people."""
    paths = sorted((root / "london" / "smiling").glob("*.jpg"))
    return [path for path in paths if person_number(path) % HELD_OUT_EVERY == 0]


def measured(path: Path, instruments: Instruments) -> tuple[Checked, Assessment]:
    """One photograph from file to assessment, as `inference.score.score_photo`, with the maps kept."""
    checked = check_photo(path, instruments)
    return checked, measure(checked, instruments)


def look_at(
    name: str, checked: Checked, assessment: Assessment, boxes: PhotoBoxes | None, person: int | None = None
) -> PhotoLook:
    """What is kept of one photograph."""
    evidence = evidence_of(assessment)
    skin = evidence.skin
    within = inside(boxes.scar, skin.shape) if boxes else np.zeros(skin.shape, bool)
    inner, other = skin & within, skin & ~within
    enough = np.count_nonzero(other) >= LEAST_OTHER_SKIN * max(np.count_nonzero(skin), 1)
    return PhotoLook(
        photo=name,
        boxes=score_boxes(name, scar_probability(checked.maps), evidence, boxes) if boxes else None,
        marked=_marked_share(evidence, skin) or 0.0,
        marked_in_boxes=_marked_share(evidence, inner),
        marked_beside=_marked_share(evidence, other) if enough else None,
        burden_um=assessment.scars.burden_um,
        ita_deg=assessment.pigment.ita_deg,
        skin_found=bool(skin.any()),
        person=person,
    )


def evidence_of(assessment: Assessment) -> Evidence:
    """The pictures of an assessment that was just made."""
    assert assessment.evidence is not None
    return assessment.evidence


def scores_of(looks: Sequence[PhotoLook]) -> list[PhotoScores]:
    """Boxes of the photographs that have some."""
    return [look.boxes for look in looks if look.boxes is not None]


def box_figures(scores: list[PhotoScores]) -> dict[str, Interval]:
    """AUCs over all boxes and contrasts within photographs, with bootstrap intervals over photographs."""
    figures: dict[str, Interval] = {}
    for gate, score in (("gated", gated), ("ungated", _ungated)):
        for kind in ("clear", "clear_skin"):
            figures[f"auc_{kind}_{gate}"] = bootstrap(scores, auc_against(kind, score))
            figures[f"ordered_{kind}_{gate}"] = bootstrap(
                _having(scores, kind), _ordered_against(kind, score)
            )
    for kind in ("clear", "clear_skin"):
        figures[f"marked_{kind}"] = bootstrap(_having(scores, kind), _mean_marked(kind))
    figures["marked_scar"] = bootstrap(scores, _mean_marked("scar"))
    figures["marked_ratio_clear_skin"] = bootstrap(_having(scores, "clear_skin"), _marked_ratio)
    return figures


def marked_over_other_skin(looks: Sequence[PhotoLook]) -> Interval:
    """Mean marked share of the skin in scar boxes over that of the other skin of the same photographs.

    A ratio of means, because half the photographs have no mark on other skin and no ratio of their own.
    """
    both = [
        (look.marked_in_boxes, look.marked_beside)
        for look in looks
        if look.marked_in_boxes is not None and look.marked_beside is not None
    ]
    return bootstrap(both, lambda drawn: ratio(sum(a for a, _ in drawn), sum(b for _, b in drawn)))


def face_figures(faces: Sequence[PhotoLook]) -> dict[str, Interval]:
    """Median, mean and worst marked share of clear skin. Intervals over people, both photographs together."""
    people = by_person(faces)

    def over(statistic: Callable[[Sequence[float]], float | None]) -> Interval:
        return bootstrap(people, lambda drawn: statistic([f.marked for person in drawn for f in person]))

    worst = max((face.marked for face in faces), default=None)
    return {
        "faces_marked_median": over(median),
        "faces_marked_mean": over(mean),
        "faces_marked_worst": Interval(worst, None, None, len(faces)),
    }


def by_person(faces: Sequence[PhotoLook]) -> list[list[PhotoLook]]:
    """Photographs of one person together; the two sets number their people apart."""
    people: dict[tuple[str, int | None], list[PhotoLook]] = {}
    for face in faces:
        people.setdefault((face.photo.split("/")[0], face.person), []).append(face)
    return list(people.values())


def as_dict(
    looks: Sequence[PhotoLook], faces: Sequence[PhotoLook], figures: dict[str, Interval]
) -> dict[str, Any]:
    """Everything for the JSON file."""
    return {
        "figures": {name: asdict(interval) for name, interval in figures.items()},
        "photos": [asdict(look) for look in looks],
        "faces": [asdict(face) for face in faces],
    }


def gated(box: BoxScore) -> float:
    """Mean scar probability on assessed skin."""
    return box.scar


def auc_against(
    kind: str, score: Callable[[BoxScore], float] = gated
) -> Callable[[Sequence[PhotoScores]], float | None]:
    """AUC of all scar boxes against all boxes of a kind, "clear" or "clear_skin"."""
    return lambda photos: auc(
        [score(box) for photo in photos for box in photo.scar],
        [score(box) for photo in photos for box in getattr(photo, kind)],
    )


def _ungated(box: BoxScore) -> float:
    return box.scar_ungated


def _having(scores: list[PhotoScores], kind: str) -> list[PhotoScores]:
    return [photo for photo in scores if photo.scar and getattr(photo, kind)]


def _ordered_against(
    kind: str, score: Callable[[BoxScore], float]
) -> Callable[[Sequence[PhotoScores]], float | None]:
    """Share of photographs whose scar boxes score higher on average than their own clear boxes."""

    def share(photos: Sequence[PhotoScores]) -> float | None:
        return mean([_mean(photo.scar, score) > _mean(getattr(photo, kind), score) for photo in photos])

    return share


def _mean_marked(kind: str) -> Callable[[Sequence[PhotoScores]], float | None]:
    return lambda photos: mean([box.marked for photo in photos for box in getattr(photo, kind)])


def _marked_ratio(photos: Sequence[PhotoScores]) -> float | None:
    """Marked share of scar boxes over that of the clear skin in the same photographs; None where that is 0."""
    scarred, clear = _mean_marked("scar")(photos), _mean_marked("clear_skin")(photos)
    return ratio(scarred, clear) if scarred is not None and clear is not None else None


def _mean(boxes: tuple[BoxScore, ...], score: Callable[[BoxScore], float]) -> float:
    return float(np.mean([score(box) for box in boxes]))


def _marked_share(evidence: Evidence, where: np.ndarray) -> float | None:
    return ratio(float(np.count_nonzero(where & (evidence.label > 0))), float(np.count_nonzero(where)))
