"""CVAT's "Segmentation mask 1.1", a folder or its ZIP: labelmap.txt, SegmentationClass/*.png in the colours it lists.

https://docs.cvat.ai/docs/manual/advanced/formats/format-smask/; line of labelmap.txt: `label:r,g,b:parts:actions`.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.errors import DatasetError
from data.importing.files import opened_folder
from data.importing.labels import LabelMap, PhotoLabels, Problems
from data.importing.photographs import Photographs
from data.masks import IGNORE
from inference.errors import PhotoError
from inference.photo.header import open_header

MASKS = "SegmentationClass"
#: Pascal VOC draws undecided borders in it; Everingham et al., VOC 2012 development kit, section 3.4.
_VOID_COLOUR = (224, 224, 192)
_BACKGROUND = "background"


def read_cvat_masks(source: Path, photos: Photographs, problems: Problems) -> Iterator[PhotoLabels]:
    """One `PhotoLabels` a mask. Raises DatasetError where labelmap.txt or the masks are missing."""
    with opened_folder(source) as root:
        label_map = next(iter(sorted(root.rglob("labelmap.txt"))), None)
        if label_map is None or not (label_map.parent / MASKS).is_dir():
            raise DatasetError(
                f"{source.name} has no labelmap.txt beside {MASKS}/: export 'Segmentation mask 1.1'."
            )
        colours = _colours(label_map, problems)
        names = list(dict.fromkeys(colours.values()))
        folder = label_map.parent / MASKS
        for path in sorted(folder.rglob("*.png")):
            place = f"{MASKS}/{path.relative_to(folder).as_posix()}"
            file = photos.find(path.relative_to(folder).as_posix(), place, problems, by_stem=True)
            values = _values(path, place, colours, names, problems)
            if file is not None and values is not None:
                known = ("none" if name == _BACKGROUND else name for name in names)
                yield PhotoLabels(file.path, file.key, place, label_map=LabelMap(values, tuple(known), place))


def _colours(path: Path, problems: Problems) -> dict[tuple[int, ...], str]:
    found: dict[tuple[int, ...], str] = {(0, 0, 0): _BACKGROUND}
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        name, _, rest = line.strip().partition(":")
        try:
            colour = tuple(int(part) for part in rest.split(":")[0].split(","))
            if len(colour) != 3 or not all(0 <= part <= 255 for part in colour):
                raise ValueError("three values of 0 to 255")
        except ValueError:
            problems.add(f"{path.name} line {number}", f"{line!r} is not label:red,green,blue:parts:actions")
            continue
        found[colour] = name
    return found


def _values(
    path: Path, place: str, colours: dict[tuple[int, ...], str], names: list[str], problems: Problems
) -> NDArray[np.uint8] | None:
    """(H, W) uint8 indices into `names`; None, and a problem noted, where a colour is not in the list."""
    try:
        rgb = np.asarray(open_header(path.read_bytes(), path.name).convert("RGB"), np.uint32)
    except (PhotoError, OSError, SyntaxError) as error:
        problems.add(place, f"the mask cannot be read ({error})")
        return None
    packed = rgb @ np.array([65536, 256, 1], np.uint32)
    values = np.full(packed.shape, IGNORE, np.uint8)
    for code in np.unique(packed):
        colour = int(code) >> 16, int(code) >> 8 & 255, int(code) & 255
        if colour in colours:
            values[packed == code] = names.index(colours[colour])
        elif colour != _VOID_COLOUR:
            count = int((packed == code).sum())
            problems.add(place, f"{count} pixels in the colour {colour}, which labelmap.txt does not list")
            return None
    return values
