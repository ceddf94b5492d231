"""Clinicians' corrections as training labels: photographs, masks and a manifest as `data.manifest` reads them."""

import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from data.manifest import ManifestRow, write_manifest
from data.masks import IGNORE, Classes, read_channel, write_classes, write_mask
from inference.measure.assessment import Assessment
from inference.network.maps import TYPES
from inference.photo.read import read_photo
from inference.records.errors import RecordsError
from inference.records.facts import Correction, Grade, PatientRecord, Photograph, Visit
from inference.records.records import Records
from inference.report.files import encode_png
from inference.report.patches import lesion_patches

#: Indices of the masks: those of `<photo>.scars.png`.
CLASSES = Classes(names=("none", *TYPES[1:]))
_PATIENTS_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class LabelExport:
    """What was written. withheld: patients with corrections who have not agreed to training."""

    photographs: int
    masks: int
    withheld: int


def export_labels(records: Records, out: Path, patient_id: int | None = None) -> LabelExport:
    """Write manifest.csv, classes.json, images/ and masks/ into the new or empty folder `out`.

    One row for each photograph and clinician; a mask holds what this clinician said, and 255, not labelled, elsewhere,
    unless the clinician went through the whole photograph. Photographs are PNG files without what their own files say
    of persons and places, and patients are numbers. Only patients who have agreed to training are in it.

    Raises RecordsError for a folder that is in use, or where nobody has corrected or graded anything.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise RecordsError(f"{out.name} is not an empty folder: name a new one for the labels.")
    rows: list[ManifestRow] = []
    withheld = 0
    for record in _records_of(records, patient_id):
        said = list(_said(records, record))
        if said and not record.consents_to("training"):
            withheld += 1
            continue
        for visit, photograph, corrections in said:
            rows.extend(_rows(records, record, visit, photograph, corrections, out))
    if not rows:
        because = f" of patients who have agreed to training ({withheld} have not)" if withheld else ""
        raise RecordsError(f"There are no corrections or grades{because} to export.")
    write_classes(out / "classes.json", CLASSES)
    write_manifest(out / "manifest.csv", rows)
    masks = sum(row.mask is not None for row in rows)
    return LabelExport(len({row.photo_id for row in rows}), masks, withheld)


def label_archive(records: Records, patient_id: int) -> bytes:
    """The labels of one patient as a ZIP file. Raises as `export_labels` does."""
    with records.workspace() as working:
        folder = working / "labels"
        export_labels(records, folder, patient_id)
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            for path in sorted(folder.rglob("*")):
                archive.write(path, path.relative_to(folder).as_posix())
        return file.getvalue()


def in_force(corrections: Iterable[Correction]) -> list[Correction]:
    """Those that were not taken back, oldest first."""
    return [one for one in corrections if one.withdrawn_at is None]


def label_of(
    shape: tuple[int, ...],
    corrections: Sequence[Correction],
    masks: dict[int, NDArray[np.uint8]],
    patches: dict[int, NDArray[np.int32]],
) -> NDArray[np.uint8]:
    """(h, w) uint8 of class indices as the corrections have it, 255 where they say nothing.

    masks, patches: types and `Lesion.id` of every result that a correction is about, each of `shape`, by its number.
    What was accepted comes first, so that corrections stand over it whatever their order.
    """
    label = np.full(shape, IGNORE, np.uint8)
    for one in corrections:
        if one.kind == "accept" and one.assessment_id is not None:
            label[:] = masks[one.assessment_id]
    for one in corrections:
        if one.kind == "draw" and one.outline is not None:
            corners = np.rint(np.array(one.outline) * (shape[1], shape[0]) - 0.5).astype(np.int32)
            cv2.fillPoly(label, [corners], _index(one))
        elif one.kind != "accept" and one.assessment_id is not None:
            label[patches[one.assessment_id] == one.lesion_id] = _index(one)
    return label


def _index(correction: Correction) -> int:
    return 0 if correction.scar_type is None else CLASSES.names.index(correction.scar_type)


def _records_of(records: Records, patient_id: int | None) -> Iterator[PatientRecord]:
    if patient_id is not None:
        yield records.patients.record(patient_id)
        return
    offset = 0
    while rows := records.patients.page(offset=offset, limit=_PATIENTS_AT_ONCE).rows:
        yield from (records.patients.record(row.id) for row in rows)
        offset += len(rows)


def _said(records: Records, record: PatientRecord) -> Iterator[tuple[Visit, Photograph, list[Correction]]]:
    """Photographs that somebody has corrected or graded."""
    for visit in record.visits:
        for photograph in visit.photographs:
            corrections = in_force(records.opinions.corrections(photograph.id))
            if corrections or _grades(record, photograph):
                yield visit, photograph, corrections


def _grades(record: PatientRecord, photograph: Photograph) -> list[Grade]:
    """Values of this view; those of a whole visit say nothing of a single photograph."""
    return [
        grade
        for grade in record.grades
        if grade.visit_id == photograph.visit_id and grade.view is not None and grade.view == photograph.view
    ]


def _rows(
    records: Records,
    record: PatientRecord,
    visit: Visit,
    photograph: Photograph,
    corrections: Sequence[Correction],
    out: Path,
) -> Iterator[ManifestRow]:
    """A row for each clinician, with the files that it names."""
    name = f"photograph-{photograph.id}"
    photo = read_photo(records.visits.file(photograph.sha256))
    image = out / "images" / f"{name}.png"
    image.parent.mkdir(parents=True, exist_ok=True)
    image.write_bytes(encode_png(photo.rgb))
    results = {
        key: records.results.assessment(key) for key in {one.assessment_id for one in corrections} if key
    }
    masks = {key: read_channel(records.results.mask(key)) for key in results}
    patches = {key: lesion_patches(masks[key], result.lesions) for key, result in results.items()}
    grades = _grades(record, photograph)
    raters = dict.fromkeys([*(one.author for one in corrections), *(one.author for one in grades)])
    for number, rater in enumerate(raters, start=1):
        own = [one for one in corrections if one.author == rater]
        mask = f"masks/{name}-{number}.png" if own else None
        if mask is not None:
            write_mask(out / mask, label_of(photo.rgb.shape[:2], own, masks, patches), CLASSES)
        yield ManifestRow(
            photo_id=name,
            patient_id=f"patient-{record.patient.id}",
            series_id=f"view-{photograph.view.id}",
            session_index=record.visits.index(visit),
            days_from_baseline=(visit.on - record.visits[0].on).days,
            view=photograph.view.name,
            image=f"images/{name}.png",
            mask=mask,
            mm_per_px=_scale(records, photograph),
            rater_id=rater or None,
            days_since_treatment=visit.days_since_treatment,
            grades={one.scale: one.value for one in grades if one.author == rater},
        )


def _scale(records: Records, photograph: Photograph) -> float | None:
    """Millimetres per pixel, where more than the usual framing tells it."""
    if photograph.figures is None:
        return None
    result: Assessment = records.results.assessment(photograph.figures.id)
    return None if result.scale.source == "assumed" else result.scale.mm_per_px
