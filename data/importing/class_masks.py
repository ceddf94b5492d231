"""A PNG per class, and the program's own masks.

<source>/boxcar/a.png      where photograph `a` shows boxcar scars: any value but 0; a folder per class,
<source>/a_boxcar.png      or the class behind the name,
<source>/a.scars.png       or a mask as `cicatrix score` writes it: 0 none, 1 icepick, 2 boxcar, 3 rolling, 4 raised
"""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from data.errors import DatasetError
from data.importing.labels import LabelMap, PhotoLabels, Problems, Region
from data.importing.photographs import PhotoFile, Photographs
from data.importing.regions import cropped
from data.importing.table import Names
from data.masks import SCAR_CLASSES, read_channel, read_mask

_OWN = ".scars.png"


def read_class_masks(
    source: Path, photos: Photographs, names: Names, problems: Problems
) -> Iterator[PhotoLabels]:
    """One `PhotoLabels` a photograph, those without a mask too. Raises DatasetError where `source` is no folder."""
    if not source.is_dir():
        raise DatasetError(f"{source} is no folder of masks.")
    claims: dict[str, list[tuple[str, Path, str]]] = defaultdict(list)
    files: dict[str, PhotoFile] = {}
    photographs = {file.path.resolve() for file in photos.files}
    for path in sorted(source.rglob("*.png")):
        if (photos.folder != source and photos.folder in path.parents) or _among(path, photographs, names):
            continue
        place = path.relative_to(source).as_posix()
        called, name = _meaning(path, source, names)
        file = photos.find(called, place, problems, by_stem=True)
        if file is not None:
            files[file.key] = file
            claims[file.key].append((name, path, place))
    for key, found in claims.items():
        yield _labels(files[key], found, problems)
    for file in photos.files:
        if file.key not in claims:
            yield PhotoLabels(file.path, file.key, file.key)


def _among(path: Path, photographs: set[Path], names: Names) -> bool:
    """A PNG that is a photograph itself, as masks may lie beside the photographs they belong to."""
    return path.resolve() in photographs and not path.name.endswith(_OWN) and _suffix(path, names) is None


def _meaning(path: Path, source: Path, names: Names) -> tuple[str, str]:
    """What the photograph is called, and the class; no class for a mask of the program's own."""
    if path.name.endswith(_OWN):
        return path.name.removesuffix(_OWN) + ".png", ""
    suffix = _suffix(path, names)
    if suffix is not None and names.ours(path.parent.name) is None:
        return path.stem.removesuffix(suffix).rstrip("_.- ") + ".png", suffix.strip("_.- ")
    folder = path.parent.relative_to(source).as_posix()
    return path.name, folder.rpartition("/")[2]


def _suffix(path: Path, names: Names) -> str | None:
    """The end of the stem that is a known class, as `_boxcar` or `_ice_pick`."""
    for at, character in enumerate(path.stem):
        if character in "_.- " and at and names.ours(path.stem[at:].strip("_.- ")) is not None:
            return path.stem[at:]
    return None


def _labels(file: PhotoFile, found: list[tuple[str, Path, str]], problems: Problems) -> PhotoLabels:
    regions: list[Region] = []
    sizes: set[tuple[int, int]] = set()
    label_map: LabelMap | None = None
    for name, path, place in found:
        try:
            if not name:
                label_map = LabelMap(read_mask(path, SCAR_CLASSES), SCAR_CLASSES.names, place, clear=True)
                continue
            mask = read_channel(path) > 0
            sizes.add((mask.shape[1], mask.shape[0]))
            regions.append(cropped(name, mask, place))
        except DatasetError as error:
            problems.add(place, str(error))
    place = found[0][2]
    if len(sizes) > 1 or (label_map is not None and regions):
        problems.add(place, "the masks of this photograph differ in size, or are of two kinds")
    size = next(iter(sizes), None)
    return PhotoLabels(file.path, file.key, place, None, size, tuple(regions), label_map)
