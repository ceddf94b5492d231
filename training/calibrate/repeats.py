"""Pairs of photographs of unchanged skin in a data set of one's own: two of one view of a patient, of one visit."""

from itertools import combinations
from pathlib import Path

from data.manifest import ManifestRow, read_manifest
from training.calibrate.pair_looks import Person
from training.photos.labels import sides_of


def unchanged_pairs(manifest: Path, folds: Path | None = None, fold: int = 0) -> list[Person]:
    """Of patients that training did not see; all pairs of a visit, of one patient never with another's.

    A visit is known by `session_index` or `days_from_baseline`; rows that have neither belong to no visit, and no pair
    is made of them. Raises DatasetError.
    """
    rows = [row for row in sides_of(read_manifest(manifest), folds, fold) if row.split == "validation"]
    visits: dict[tuple[object, ...], dict[str, ManifestRow]] = {}
    for row in rows:
        when = row.session_index if row.session_index is not None else row.days_from_baseline
        if when is not None:
            key = row.patient_id, row.series_id, row.view, row.session_index is None, when
            visits.setdefault(key, {})[row.photo_id] = row
    return [
        Person(
            manifest.parent / one.image,
            manifest.parent / other.image,
            one.patient_id,
            (one.mm_per_px, other.mm_per_px),
        )
        for photos in visits.values()
        for one, other in combinations(photos.values(), 2)
    ]
