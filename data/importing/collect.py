"""Labels, one photograph at a time -> photographs and masks in a folder, and the rows that tables are written from."""

import os
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import ValidationError

from data.checking.duplicates import Codes, codes_of
from data.importing.draw import Drawing, draw_mask
from data.importing.labels import PhotoLabels, Problems
from data.importing.marks import boxes_of, points_of, types_of
from data.importing.patients import PatientRule
from data.importing.table import Names
from data.importing.upright import orientation_of, stored_size
from data.manifest import NUMBERS, ManifestRow
from data.masks import IGNORE, Classes, write_mask
from data.sidecars import BoxRow, PointRow, Sidecars, TypeRow
from inference.errors import PhotoError
from inference.photo.read import read_photo, upright


@dataclass(frozen=True, slots=True)
class Treatment:
    """How the labels of one import are taken.

    pixels: the picture that labels were made on, turned by its EXIF tag or as stored. empty: a photograph on which
    nothing was marked is one that nobody looked at, or one without scars. rater: for formats that do not name one.
    replace: masks, boxes, points, types or grades that the set has already of the same photograph and rater give way to
    new ones of the same kind. link: photographs are hard
    links and not copies, where the disk allows it.
    """

    pixels: Literal["upright", "stored"] = "upright"
    drawing: Drawing = field(default_factory=Drawing)
    empty: Literal["unlabelled", "clear"] = "unlabelled"
    patient: PatientRule = field(default_factory=PatientRule)
    rater: str | None = None
    replace: bool = False
    link: bool = False


@dataclass(slots=True)
class _Opinion:
    """What one rater said of one photograph."""

    mask: str | None = None
    grades: dict[str, float] = field(default_factory=dict)
    boxes: tuple[BoxRow, ...] = ()
    points: tuple[PointRow, ...] = ()
    types: tuple[TypeRow, ...] = ()


@dataclass(slots=True)
class _Photo:
    image: str
    size_px: tuple[int, int]
    orientation: int
    codes: Codes
    facts: dict[str, str] = field(default_factory=dict)
    opinions: dict[str | None, _Opinion] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Collected:
    """rows: with a patient to be filled in. patients: those that are known, by photo id."""

    photo_ids: tuple[str, ...]
    rows: tuple[ManifestRow, ...]
    patients: dict[str, str]
    codes: dict[str, Codes]
    sidecars: Sidecars


class Collector:
    """Gathers any number of imports into one folder."""

    def __init__(self, folder: Path, classes: Classes, problems: Problems) -> None:
        self._folder, self._classes, self._problems = folder, classes, problems
        self._photos: dict[str, _Photo] = {}
        self._id_by_hash: dict[str, str] = {}

    def take(self, labels: Iterable[PhotoLabels], names: Names, treatment: Treatment) -> None:
        """Add an import. A photograph of an earlier one is known by its bytes, whatever it is called now."""
        known, fresh = dict(self._id_by_hash), set[tuple[str, str | None, str]]()
        ids: dict[Path, str | None] = {}
        for one in labels:
            if one.photo not in ids:
                ids[one.photo] = self._place(one, known, treatment)
            photo_id = ids[one.photo]
            if photo_id is None:
                continue
            self._add_facts(photo_id, one, treatment)
            rater = one.rater or treatment.rater
            if treatment.replace:
                self._give_way(photo_id, rater, one, fresh)
            self._add_opinion(photo_id, rater, one, names, treatment)

    def _give_way(
        self, photo_id: str, rater: str | None, one: PhotoLabels, fresh: set[tuple[str, str | None, str]]
    ) -> None:
        """Forget what earlier imports said of the kinds of labels that this one brings, and nothing else.

        fresh: kinds that this import has brought already, as a file may name a photograph in many lines.
        """
        opinion = self._photos[photo_id].opinions.get(rater, _Opinion())
        empty = _Opinion()
        brought = {
            "mask": bool(one.regions) or one.label_map is not None,
            "boxes": bool(one.boxes),
            "points": bool(one.points),
            "types": bool(one.types),
            "grades": bool(one.grades),
        }
        for kind in (kind for kind, is_brought in brought.items() if is_brought):
            if (photo_id, rater, kind) not in fresh:
                setattr(opinion, kind, getattr(empty, kind))
                fresh.add((photo_id, rater, kind))

    def _place(self, one: PhotoLabels, known: dict[str, str], treatment: Treatment) -> str | None:
        """The photograph's id, once its file lies in the folder; None, and a problem noted, where it cannot be read."""
        try:
            photo = read_photo(one.photo)
        except PhotoError as error:
            self._problems.add(one.place, str(error))
            return None
        if photo.sha256 in known:
            return known[photo.sha256]
        key = re.sub(r"[:\\]", "_", one.key)
        photo_id = one.photo_id or key.rpartition(".")[0] or key
        if photo_id in self._photos:
            self._problems.add(one.place, f"another photograph is called {photo_id} already: rename one")
            return None
        image = f"photos/{key}"
        _copy(one.photo, self._folder / image, treatment.link)
        size = photo.width_px, photo.height_px
        self._photos[photo_id] = _Photo(image, size, orientation_of(one.photo), codes_of(photo.rgb))
        self._id_by_hash.setdefault(photo.sha256, photo_id)
        return photo_id

    def _add_facts(self, photo_id: str, one: PhotoLabels, treatment: Treatment) -> None:
        facts = dict(one.facts)
        if "patient_id" not in facts:
            patient = treatment.patient.patient(one.key, one.place, self._problems)
            facts |= {} if patient is None else {"patient_id": patient}
        stored = self._photos[photo_id].facts
        for name, value in facts.items():
            if not _is_same(name, stored.setdefault(name, value), value):
                self._problems.add(
                    one.place, f"{name} of {photo_id} is {value} here and {stored[name]} elsewhere"
                )

    def _add_opinion(
        self, photo_id: str, rater: str | None, one: PhotoLabels, names: Names, treatment: Treatment
    ) -> None:
        photo = self._photos[photo_id]
        stored = treatment.pixels == "stored"
        orientation = photo.orientation if stored else 1
        shown_px = stored_size(photo.size_px, orientation)
        if not self._fits(one, shown_px, photo):
            return
        opinion = photo.opinions.setdefault(rater, _Opinion())
        mask = draw_mask(one, shown_px, names, treatment.drawing, self._problems)
        silent = one.label_map is not None and not one.label_map.clear
        if mask is not None and silent and not (mask % IGNORE).any():
            mask = None
        nothing = not (one.boxes or one.points or one.types or one.grades)
        if mask is None and nothing and treatment.empty == "clear":
            mask = np.zeros(shown_px[::-1], np.uint8)
        if mask is not None:
            self._store_mask(photo_id, rater, opinion, upright(mask, orientation), one.place)
        turn = (shown_px, orientation)
        opinion.boxes += boxes_of(one, photo_id, rater, turn, names, self._problems)
        opinion.points += points_of(one, photo_id, rater, turn, names, self._problems)
        opinion.types += types_of(one, photo_id, rater, names, self._problems)
        for scale, value in one.grades.items():
            if opinion.grades.setdefault(scale, value) != value:
                self._problems.add(one.place, f"{photo_id} has two grades {scale} of {rater or 'one rater'}")

    def _fits(self, one: PhotoLabels, shown_px: tuple[int, int], photo: _Photo) -> bool:
        """Whether the labels were made on a picture of this size; a problem is noted where not."""
        claimed = one.size_px
        if one.label_map is not None:
            claimed = one.label_map.values.shape[1], one.label_map.values.shape[0]
        if claimed is None or claimed == shown_px:
            return True
        width, height = shown_px
        hint = "export the labels at the photograph's size"
        if photo.orientation >= 5 and claimed == (height, width):
            hint = "the labels seem to be of the other orientation: see --pixels"
        self._problems.add(
            one.place,
            f"labels are {claimed[0]} x {claimed[1]} pixels, {one.key} is {width} x {height}: {hint}",
        )
        return False

    def _store_mask(
        self, photo_id: str, rater: str | None, opinion: _Opinion, mask: np.ndarray, place: str
    ) -> None:
        if opinion.mask is not None:
            self._problems.add(
                place, f"{photo_id} has a mask of {rater or 'this rater'} already: use --rater or --replace"
            )
            return
        tail = "" if rater is None else "." + re.sub(r"[^\w-]+", "_", rater)
        path, number = f"masks/{photo_id}{tail}.png", 1
        while (
            self._folder / path
        ).exists():  # another rater's name made the same file name, or a replaced mask
            path, number = f"masks/{photo_id}{tail}-{number}.png", number + 1
        write_mask(self._folder / path, mask, self._classes)
        opinion.mask = path

    def collected(self) -> Collected:
        """What was gathered. A row that the manifest cannot hold is noted as a problem."""
        rows: list[ManifestRow] = []
        patients: dict[str, str] = {}
        boxes: list[BoxRow] = []
        points: list[PointRow] = []
        types: list[TypeRow] = []
        for photo_id, photo in self._photos.items():
            if "patient_id" in photo.facts:
                patients[photo_id] = photo.facts["patient_id"]
            for rater, opinion in _told(photo.opinions).items():
                row = self._row(photo_id, photo, rater, opinion)
                rows += [] if row is None else [row]
                boxes += opinion.boxes
                points += opinion.points
                types += dict.fromkeys(opinion.types)
        codes = {photo_id: photo.codes for photo_id, photo in self._photos.items()}
        sidecars = Sidecars(boxes=tuple(boxes), points=tuple(points), types=tuple(types))
        return Collected(tuple(self._photos), tuple(rows), patients, codes, sidecars)

    def _row(self, photo_id: str, photo: _Photo, rater: str | None, opinion: _Opinion) -> ManifestRow | None:
        facts = {name: value for name, value in photo.facts.items() if value}
        own = {"photo_id": photo_id, "image": photo.image, "mask": opinion.mask, "rater_id": rater}
        try:
            return ManifestRow.model_validate({"patient_id": "?", **facts, **own, "grades": opinion.grades})
        except ValidationError as error:
            said = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
            self._problems.add(f"photograph {photo_id}", said)
            return None


def _is_same(name: str, one: str, other: str) -> bool:
    """Whether two cells of a column tell the same; a manifest writes 0.10500 as 0.105."""
    if one == other or name not in NUMBERS:
        return one == other
    try:
        return float(one) == float(other)
    except ValueError:
        return False


def _told(opinions: dict[str | None, _Opinion]) -> dict[str | None, _Opinion]:
    """Without the empty row of nobody, where a rater says something."""
    told = {rater: one for rater, one in opinions.items() if one != _Opinion()}
    return told or {None: _Opinion()}


def _copy(source: Path, target: Path, link: bool) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if link:
        try:
            os.link(source, target)
            return
        except OSError:  # another disk, or a file system without links
            pass
    shutil.copyfile(source, target)
