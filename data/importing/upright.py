"""Labels made on the pixels as the file stores them -> the upright photograph.

Browsers, CVAT, Label Studio and LabelMe turn a photograph by its EXIF tag before anybody marks it, so labels are of the
upright picture unless the user says otherwise (`--pixels stored`).
"""

from pathlib import Path

from PIL import ExifTags

from inference.errors import PhotoError
from inference.photo.header import open_header


def orientation_of(path: Path) -> int:
    """EXIF tag 274, 1..8; 1 where there is none. HEIC and DICOM are turned by their readers and have none."""
    try:
        value = open_header(path.read_bytes(), path.name).getexif().get(ExifTags.Base.Orientation, 1)
    except (PhotoError, OSError, SyntaxError, ValueError):
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def stored_size(upright_px: tuple[int, int], orientation: int) -> tuple[int, int]:
    """Width and height as stored, of an upright picture's."""
    width, height = upright_px
    return (height, width) if orientation >= 5 else (width, height)


def upright_point(x: float, y: float, stored_px: tuple[int, int], orientation: int) -> tuple[float, float]:
    """Where a point of the stored picture lies in the upright one; both count from the corner of the first pixel."""
    width, height = stored_px
    match orientation:
        case 2:
            return width - x, y
        case 3:
            return width - x, height - y
        case 4:
            return x, height - y
        case 5:
            return y, x
        case 6:
            return height - y, x
        case 7:
            return height - y, width - x
        case 8:
            return y, width - x
        case _:
            return x, y
