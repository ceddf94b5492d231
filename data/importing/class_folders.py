"""A folder per class: the folder that a photograph lies in is its type."""

from collections.abc import Iterator

from data.importing.labels import ImageType, PhotoLabels, Problems
from data.importing.photographs import Photographs


def read_class_folders(photos: Photographs, problems: Problems) -> Iterator[PhotoLabels]:
    """One `PhotoLabels` a photograph."""
    for file in photos.files:
        folder = file.key.rpartition("/")[0]
        if not folder:
            problems.add(file.key, "lies in no folder of a class")
            continue
        types = (ImageType(folder.rpartition("/")[2], file.key),)
        yield PhotoLabels(file.path, file.key, file.key, types=types)
