"""Every format by its name on the command line."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from enum import StrEnum
from pathlib import Path

from data.errors import DatasetError
from data.importing.box_files import read_regions, read_voc, read_yolo
from data.importing.class_folders import read_class_folders
from data.importing.class_masks import read_class_masks
from data.importing.coco import read_coco
from data.importing.cvat_masks import read_cvat_masks
from data.importing.cvat_xml import read_cvat_xml
from data.importing.files import opened_folder
from data.importing.labelme import read_labelme
from data.importing.labels import PhotoLabels, Problems
from data.importing.labelstudio import read_labelstudio
from data.importing.manifest_folder import read_manifest_folder
from data.importing.photographs import Photographs
from data.importing.table import Names, Table
from data.importing.tables import read_boxes_csv, read_facts, read_grades_csv, read_points_csv
from data.importing.write import Read
from data.masks import Classes


class Format(StrEnum):
    """What labels can be imported from."""

    COCO = "coco"
    CVAT = "cvat"
    LABELSTUDIO = "labelstudio"
    LABELME = "labelme"
    MASKS = "masks"
    BOXES = "boxes"
    POINTS = "points"
    GRADES = "grades"
    FOLDERS = "folders"
    MANIFEST = "manifest"


#: Formats whose photographs lie where the labels do, unless another folder is named.
_PHOTOS_BESIDE = (Format.FOLDERS, Format.LABELME, Format.MASKS)


def reader_of(
    kind: Format, source: Path, photos: Path | None, table: Table, classes: Classes, facts: Path | None = None
) -> Read:
    """A reader of `source` for `write_dataset`.

    photos: folder of the photographs. facts: CSV of further columns of the manifest. Raises DatasetError where a
    folder is missing that the format needs.
    """
    if not source.exists():
        raise DatasetError(f"{source} is not there.")
    if kind is Format.MANIFEST:
        return lambda problems: read_manifest_folder(source, problems)
    if photos is None and kind not in _PHOTOS_BESIDE:
        raise DatasetError(f"Labels of {kind} need the folder of their photographs: name it with --photos.")
    found = Photographs(photos or _beside(kind, source))

    def read(problems: Problems) -> Iterable[PhotoLabels]:
        labels = _read(kind, source, found, table, Names(table, classes), problems)
        if facts is None:
            return labels
        return _with_facts(labels, read_facts(facts, found, table, problems))

    return read


def _beside(kind: Format, source: Path) -> Path:
    images = source / "images"
    return (
        images if kind is Format.MASKS and images.is_dir() else source if source.is_dir() else source.parent
    )


def _read(
    kind: Format, source: Path, photos: Photographs, table: Table, names: Names, problems: Problems
) -> Iterable[PhotoLabels]:
    match kind:
        case Format.COCO:
            return read_coco(source, photos, problems)
        case Format.CVAT:
            return _read_cvat(source, photos, problems)
        case Format.LABELSTUDIO:
            return read_labelstudio(source, photos, table, problems)
        case Format.LABELME:
            return read_labelme(source, photos, problems)
        case Format.MASKS:
            return read_class_masks(source, photos, names, problems)
        case Format.BOXES:
            return _read_boxes(source, photos, table, problems)
        case Format.POINTS:
            return read_points_csv(source, photos, table, problems)
        case Format.GRADES:
            return read_grades_csv(source, photos, table, problems)
        case _:
            return read_class_folders(photos, problems)


def _read_cvat(source: Path, photos: Photographs, problems: Problems) -> Iterator[PhotoLabels]:
    """Segmentation masks where there is a labelmap.txt, else CVAT for images."""
    if source.suffix.lower() == ".xml":
        yield from read_cvat_xml(source, photos, problems)
        return
    with opened_folder(source) as folder:
        masks = any(folder.rglob("labelmap.txt"))
        yield from (read_cvat_masks if masks else read_cvat_xml)(folder, photos, problems)


def _read_boxes(source: Path, photos: Photographs, table: Table, problems: Problems) -> Iterable[PhotoLabels]:
    match source.suffix.lower():
        case ".csv":
            return read_boxes_csv(source, photos, table, problems)
        case ".json":
            return read_regions(source, photos, problems)
        case _ if source.is_dir():
            return (read_voc if any(source.rglob("*.xml")) else read_yolo)(source, photos, problems)
        case _:
            raise DatasetError(
                f"{source.name} holds no boxes: CSV, regions.json, or a folder of VOC or YOLO files."
            )


def _with_facts(labels: Iterable[PhotoLabels], facts: dict[Path, dict[str, str]]) -> Iterator[PhotoLabels]:
    for one in labels:
        yield replace(one, facts={**facts.get(one.photo, {}), **one.facts})
