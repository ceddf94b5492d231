"""Every photograph and mask of a set opened once: what is missing, does not fit, or says nothing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from data.checking.duplicates import Codes, codes_of
from data.errors import DatasetError
from data.labelled import LabelledSet
from data.manifest import ManifestRow
from data.masks import IGNORE, Classes, read_mask
from inference.errors import PhotoError
from inference.photo.read import read_photo

#: fault: training would stop or learn wrong things. warning: look at it. note: worth knowing.
Severity = Literal["fault", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a set. photo_id: None where it is of no single photograph."""

    severity: Severity
    photo_id: str | None
    message: str


@dataclass(frozen=True, slots=True, eq=False)
class PhotoFacts:
    """A photograph that could be read; pixels are those of the upright picture."""

    photo_id: str
    width_px: int
    height_px: int
    codes: Codes


@dataclass(frozen=True, slots=True)
class MaskFacts:
    """One rater's mask of one photograph. pixels, patches: by class, patches being connected pixels of one class."""

    photo_id: str
    rater_id: str | None
    pixels: dict[str, int]
    patches: dict[str, int]
    unlabelled_px: int


@dataclass(frozen=True, slots=True)
class Examined:
    """All that opening the files told. photos: by id."""

    findings: tuple[Finding, ...]
    photos: dict[str, PhotoFacts]
    masks: tuple[MaskFacts, ...]


def examine(labelled: LabelledSet) -> Examined:
    """Open every file of the set. Nothing is raised: what is wrong is among the findings."""
    findings: list[Finding] = []
    photos: dict[str, PhotoFacts] = {}
    masks: list[MaskFacts] = []
    for photo_id, row in labelled.photos.items():
        try:
            photo = read_photo(labelled.folder / row.image)
        except PhotoError as error:
            findings.append(Finding("fault", photo_id, str(error)))
            continue
        photos[photo_id] = PhotoFacts(photo_id, photo.width_px, photo.height_px, codes_of(photo.rgb))
    for row in labelled.rows:
        if row.mask is None:
            continue
        found, facts = _examine_mask(row, labelled, photos.get(row.photo_id))
        findings += found
        masks += [] if facts is None else [facts]
    findings += _of_the_set(labelled)
    return Examined(tuple(findings), photos, tuple(masks))


def _examine_mask(
    row: ManifestRow, labelled: LabelledSet, photo: PhotoFacts | None
) -> tuple[list[Finding], MaskFacts | None]:
    assert row.mask is not None
    try:
        mask = read_mask(labelled.folder / row.mask, labelled.classes)
    except DatasetError as error:
        return [Finding("fault", row.photo_id, str(error))], None
    facts = _facts(row, mask, labelled.classes)
    height_px, width_px = mask.shape
    if photo is not None and (photo.width_px, photo.height_px) != (width_px, height_px):
        message = f"its mask has {width_px} x {height_px} pixels, the photograph {photo.width_px} x {photo.height_px}"
        return [Finding("fault", row.photo_id, message)], facts
    if facts.unlabelled_px == mask.size:
        return [Finding("warning", row.photo_id, "nothing is labelled in its mask (all 255)")], facts
    if not facts.pixels:
        return [Finding("note", row.photo_id, "its mask says that there are no scars: is that meant?")], facts
    return [], facts


def _facts(row: ManifestRow, mask: NDArray[np.uint8], classes: Classes) -> MaskFacts:
    counts = np.bincount(mask.ravel(), minlength=256)
    present = [index for index in range(1, len(classes.names)) if counts[index]]
    patches = {}
    for index in present:
        patches[classes.names[index]] = cv2.connectedComponents((mask == index).astype(np.uint8))[0] - 1
    pixels = {classes.names[index]: int(counts[index]) for index in present}
    return MaskFacts(row.photo_id, row.rater_id, pixels, patches, int(counts[IGNORE]))


def _of_the_set(labelled: LabelledSet) -> Iterator[Finding]:
    """Files that no row names, marks outside their photograph's type, photographs without any label."""
    for folder, named in (
        ("masks", {row.mask for row in labelled.rows}),
        ("photos", {row.image for row in labelled.rows}),
    ):
        present = (path for path in (labelled.folder / folder).rglob("*") if path.is_file())
        left = [path.name for path in present if path.relative_to(labelled.folder).as_posix() not in named]
        if left:
            yield Finding("note", None, f"{len(left)} files in {folder}/ are in no row, as {_some(left)}")
    unlabelled = sorted(unlabelled_photos(labelled))
    if unlabelled:
        yield Finding("note", None, f"{len(unlabelled)} photographs have no label, as {_some(unlabelled)}")


def unlabelled_photos(labelled: LabelledSet) -> set[str]:
    """Ids of photographs without mask, grade, box, point or type."""
    told = {row.photo_id for row in labelled.rows if row.mask is not None or row.grades}
    beside = labelled.sidecars
    told |= {row.photo_id for table in (beside.boxes, beside.points, beside.types) for row in table}
    return set(labelled.photos) - told


def _some(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)[:3])
