"""A set of this program: a manifest beside its masks and tables, as imports and corrections from the app are."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from data.errors import DatasetError
from data.importing.labels import Box, ImageType, LabelMap, PhotoLabels, Point, Problems
from data.importing.table import SCAR_WORD
from data.importing.tables import FACTS
from data.labelled import LabelledSet, read_labelled_set
from data.manifest import UNKNOWN_PATIENT, ManifestRow
from data.masks import read_mask


def read_manifest_folder(source: Path, problems: Problems) -> Iterator[PhotoLabels]:
    """One `PhotoLabels` a row. source: the folder, or its manifest. Raises DatasetError for a faulty manifest."""
    labelled = read_labelled_set(source)
    folder = labelled.folder
    tables = {name: _by_rater(getattr(labelled.sidecars, name)) for name in ("boxes", "points", "types")}
    for row in labelled.rows:
        place = f"{folder.name} photo {row.photo_id}"
        own = {name: table[row.photo_id, row.rater_id] for name, table in tables.items()}
        try:
            label_map = _label_map(row, labelled, place)
        except DatasetError as error:
            problems.add(place, str(error))
            continue
        yield PhotoLabels(
            folder / row.image,
            row.image.removeprefix("photos/"),
            place,
            row.rater_id,
            label_map=label_map,
            boxes=tuple(
                Box(b.type or SCAR_WORD, b.x0_px, b.y0_px, b.x1_px, b.y1_px, place) for b in own["boxes"]
            ),
            points=tuple(Point(p.type or SCAR_WORD, p.x_px, p.y_px, place) for p in own["points"]),
            types=tuple(ImageType(t.type, place) for t in own["types"]),
            grades=row.grades,
            facts=_facts(row),
            photo_id=row.photo_id,
        )


def _label_map(row: ManifestRow, labelled: LabelledSet, place: str) -> LabelMap | None:
    if row.mask is None:
        return None
    values = read_mask(labelled.folder / row.mask, labelled.classes)
    return LabelMap(values, labelled.classes.names, place, clear=True)


def _facts(row: ManifestRow) -> dict[str, str]:
    """A patient whom nobody named stays unknown, to be named by what is added."""
    known = {name: getattr(row, name) for name in FACTS}
    if row.patient_id.startswith(UNKNOWN_PATIENT):
        known["patient_id"] = None
    return {name: str(value) for name, value in known.items() if value is not None}


def _by_rater(rows: Sequence) -> dict[tuple[str, str | None], list]:
    found: dict[tuple[str, str | None], list] = defaultdict(list)
    for row in rows:
        found[row.photo_id, row.rater_id].append(row)
    return found
