"""The one writer: labels of any format -> a folder with a manifest, masks, tables and the photographs themselves.

    photos/<path>, masks/<photo>[.<rater>].png, classes.json, manifest.csv, and, where there are such labels,
    boxes.csv, points.csv, types.csv; manifest.parquet where it is asked for

Everything is written to a folder beside the wanted one, which takes its place only when all was understood.
"""

import logging
import os
import shutil
import uuid
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from data.checking.folds import FOLDS
from data.errors import DatasetError
from data.importing.collect import Collected, Collector, Treatment
from data.importing.labels import PhotoLabels, Problems
from data.importing.patients import check_pattern, name_unknown
from data.importing.table import Names, Table
from data.manifest import ManifestRow, write_manifest
from data.masks import SCAR_CLASSES, Classes, write_classes
from data.sidecars import Sidecars, write_sidecars
from data.tables import write_parquet

_log = logging.getLogger(__name__)

_PARQUET = "manifest.parquet"
Read = Callable[[Problems], Iterable[PhotoLabels]]


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What the user says about labels. parquet: write manifest.parquet as well."""

    table: Table = field(default_factory=Table)
    classes: Classes = SCAR_CLASSES
    treatment: Treatment = field(default_factory=Treatment)
    parquet: bool = False


@dataclass(frozen=True, slots=True)
class Imported:
    """What a set holds after an import. unknown_patients: photographs whose patient nobody named."""

    rows: tuple[ManifestRow, ...]
    sidecars: Sidecars
    unknown_patients: int

    @property
    def photos(self) -> int:
        """Photographs, however many raters labelled them."""
        return len({row.photo_id for row in self.rows})


def write_dataset(read: Read, out: Path, options: ImportOptions, base: Read | None = None) -> Imported:
    """Write the labels that `read` yields, after those of `base`, as the folder `out`.

    base: reads the set that `out` is already, to be added to; without one an `out` that exists is refused.
    Raises DatasetError, and writes nothing, where anything is not understood.
    """
    check_pattern(options.treatment.patient.pattern)
    if base is None and (out.is_file() or (out.is_dir() and any(out.iterdir()))):
        raise DatasetError(f"{out} is there already: name another folder, or add to it with --add.")
    problems = Problems()
    part = out.with_name(f".{out.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        part.mkdir(parents=True)
        names = Names(options.table, options.classes)
        collector = Collector(part, options.classes, problems)
        if base is not None:
            collector.take(base(problems), Names(Table(), options.classes), Treatment(link=True))
        collector.take(read(problems), names, options.treatment)
        imported = _finish(part, collector.collected(), options, problems)
        if options.parquet or (out / _PARQUET).exists():
            write_parquet(part / _PARQUET, imported.rows)
        _put_in_place(part, out)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return imported


def _finish(part: Path, collected: Collected, options: ImportOptions, problems: Problems) -> Imported:
    if not collected.photo_ids:
        problems.add("labels", "no labelled photograph was found")
    problems.raise_any()
    patients = name_unknown(collected.photo_ids, collected.patients, collected.codes)
    rows = [row.model_copy(update={"patient_id": patients[row.photo_id]}) for row in collected.rows]
    unknown = len(set(collected.photo_ids) - set(collected.patients))
    if unknown:
        _log.warning(
            "%d of %d photographs have no known patient: near-duplicates count as one patient, all others as one "
            "each. Name them with --patient-pattern or a column patient_id where people were photographed more often.",
            *(unknown, len(collected.photo_ids)),
        )
    write_classes(part / "classes.json", options.classes)
    write_manifest(part / "manifest.csv", rows)
    write_sidecars(part, collected.sidecars)
    return Imported(tuple(rows), collected.sidecars, unknown)


def _put_in_place(part: Path, out: Path) -> None:
    """The new folder takes the old one's name; the folds that were drawn move along."""
    if not out.exists():
        os.replace(part, out)
        return
    with suppress(FileNotFoundError):
        shutil.copy2(out / FOLDS, part / FOLDS)
    old = out.with_name(f".{out.name}.{uuid.uuid4().hex[:8]}.old")
    os.replace(out, old)
    os.replace(part, out)
    shutil.rmtree(old)
