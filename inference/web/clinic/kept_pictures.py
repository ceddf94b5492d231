"""Pictures of the records as they travel inside the page: there is no address under which one could be fetched."""

import base64

from inference.photo.read import read_photo
from inference.records.facts import Photograph
from inference.records.records import Records
from inference.records.visits import THUMBNAIL_PX
from inference.report.laid import DISPLAY_LONG_SIDE_PX, display_picture
from inference.web.drawing import Picture, jpeg_picture


def thumbnail(records: Records, photograph: Photograph) -> Picture:
    """The small picture that was made when the photograph was saved. Raises NotInRecordsError."""
    content = records.visits.file(photograph.thumbnail_sha256).read_bytes()
    width_px, height_px = _size(photograph, THUMBNAIL_PX)
    return Picture(f"data:image/jpeg;base64,{base64.b64encode(content).decode('ascii')}", width_px, height_px)


def shown(records: Records, photograph: Photograph) -> Picture:
    """The photograph at the size at which pictures stand on the page. Raises NotInRecordsError, PhotoError."""
    return jpeg_picture(display_picture(read_photo(records.visits.file(photograph.sha256))))


def shown_size(photograph: Photograph) -> tuple[int, int]:
    """Width and height of `shown`, px."""
    return _size(photograph, DISPLAY_LONG_SIDE_PX)


def _size(photograph: Photograph, long_side_px: int) -> tuple[int, int]:
    factor = min(1.0, long_side_px / max(photograph.width_px, photograph.height_px))
    return max(1, round(photograph.width_px * factor)), max(1, round(photograph.height_px * factor))
