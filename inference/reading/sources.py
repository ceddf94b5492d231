"""Where the pairs of a reading come from: a manifest of files, or patients of the records."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from data.errors import DatasetError
from data.manifest import ManifestRow, read_manifest
from inference.errors import PhotoError
from inference.photo.read import read_photo
from inference.reading.design import Shot
from inference.reading.errors import DesignError
from inference.records.records import Records
from inference.records.timing import too_early

_PATIENTS_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Taken:
    """The photographs of one view at one visit. days: since any fixed day."""

    days: int
    shots: tuple[Shot, ...]


@dataclass(frozen=True, slots=True)
class ReadSeries:
    """One view of one person at every visit that counts, oldest first. subject: a code or number, not a name."""

    subject: str
    visits: tuple[Taken, ...]


def series_of_manifest(manifest: Path) -> list[ReadSeries]:
    """The series of a manifest by patient, series and view, without visits within 14 days of a treatment.

    Every photograph is read once, so that none turns out to be unreadable before a reader. Raises DesignError.
    """
    try:
        rows = {row.photo_id: row for row in read_manifest(manifest)}.values()
    except DatasetError as error:
        raise DesignError(str(error)) from error
    groups: dict[tuple[str, str, str], dict[int, list[Shot]]] = {}
    for row in rows:
        if row.days_from_baseline is None:
            raise DesignError(f"{row.photo_id} has no days_from_baseline: say in which order it was taken.")
        if not too_early(row.days_since_treatment):
            group = groups.setdefault((row.patient_id, row.series_id or "", row.view or ""), {})
            group.setdefault(row.days_from_baseline, []).append(_shot(row, manifest.parent))
    return [ReadSeries(key[0], _visits(group)) for key, group in groups.items()]


def _shot(row: ManifestRow, folder: Path) -> Shot:
    try:
        return Shot(sha256=read_photo(folder / row.image).sha256, image=row.image)
    except PhotoError as error:
        raise DesignError(f"{row.photo_id} cannot be shown to readers: {error}") from error


def series_of_records(records: Records, codes: Sequence[str], today: date) -> list[ReadSeries]:
    """The views of patients, of all where no code is given, without visits that do not count.

    Raises NotInRecordsError for a code that nobody has.
    """
    patients = [records.patients.find(code).id for code in codes] if codes else list(_all(records))
    series: list[ReadSeries] = []
    for patient in dict.fromkeys(patients):
        record = records.patients.record(patient, today)
        views: dict[int, dict[int, list[Shot]]] = {}
        for visit in (visit for visit in record.visits if visit.counted):
            for one in visit.photographs:
                group = views.setdefault(one.view.id, {})
                group.setdefault(visit.on.toordinal(), []).append(Shot(sha256=one.sha256, photograph=one.id))
        series.extend(ReadSeries(f"patient-{patient}", _visits(group)) for group in views.values())
    return series


def _all(records: Records) -> Iterable[int]:
    offset = 0
    while rows := records.patients.page(offset=offset, limit=_PATIENTS_AT_ONCE).rows:
        yield from (row.id for row in rows)
        offset += len(rows)


def _visits(group: dict[int, list[Shot]]) -> tuple[Taken, ...]:
    return tuple(Taken(days, tuple(group[days])) for days in sorted(group))
