"""How much of each class a set holds, over all and by split, and which class a photograph counts as in folds."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from data.checking.files import MaskFacts
from data.labelled import LabelledSet


@dataclass(frozen=True, slots=True)
class ClassCount:
    """One class. photos: with a mask, box, point or type of it. pixels, patches: in all masks."""

    name: str
    photos: int
    typed_photos: int
    pixels: int
    patches: int
    boxes: int
    points: int


def class_counts(labelled: LabelledSet, masks: Iterable[MaskFacts]) -> list[ClassCount]:
    """Every class of the set, those that do not occur too; boxes and points of unknown type count as `scar`."""
    photos: dict[str, set[str]] = defaultdict(set)
    pixels: Counter[str] = Counter()
    patches: Counter[str] = Counter()
    for mask in masks:
        pixels.update(mask.pixels)
        patches.update(mask.patches)
        for name in mask.pixels:
            photos[name].add(mask.photo_id)
    beside = labelled.sidecars
    boxes = Counter(row.type or "scar" for row in beside.boxes)
    points = Counter(row.type or "scar" for row in beside.points)
    typed: dict[str, set[str]] = defaultdict(set)
    for row in beside.types:
        typed[row.type].add(row.photo_id)
        photos[row.type].add(row.photo_id)
    for mark in (*beside.boxes, *beside.points):
        photos[mark.type or "scar"].add(mark.photo_id)
    names = [*labelled.classes.names[1:], *(name for name in ("scar", "none") if photos[name])]
    return [
        ClassCount(
            name, len(photos[name]), len(typed[name]), pixels[name], patches[name], boxes[name], points[name]
        )
        for name in names
    ]


def photo_classes(labelled: LabelledSet, masks: Iterable[MaskFacts] = ()) -> dict[str, str]:
    """What each photograph counts as: its type, else the class with the most pixels, else `unlabelled`."""
    largest: dict[str, str] = {}
    for mask in masks:
        if mask.pixels:
            largest.setdefault(mask.photo_id, max(mask.pixels, key=lambda name: mask.pixels[name]))
    types: dict[str, str] = {}
    for row in labelled.sidecars.types:
        types.setdefault(row.photo_id, row.type)
    return {photo: types.get(photo, largest.get(photo, "unlabelled")) for photo in labelled.photos}


def split_counts(
    labelled: LabelledSet, classes: dict[str, str], places: dict[str, str]
) -> dict[str, Counter[str]]:
    """Photographs by place (a split, a fold) and by class. places: of each photograph."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for photo in labelled.photos:
        if photo in places:
            found[places[photo]][classes[photo]] += 1
    return dict(sorted(found.items()))
