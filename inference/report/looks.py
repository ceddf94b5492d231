"""Close looks at single scars, cut from the pictures that `cicatrix compare` and `cicatrix series` wrote."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.change.comparison import Comparison, LesionTrace
from inference.measure.assessment import ScarType
from inference.report.document import Picture
from inference.report.files import encode_jpeg
from inference.report.read import StoredComparison, load_picture
from inference.report.scars import change_of, scar_type

#: Half the side of a look by the radius of a disc of the scar's area, and the least side.
_REACH = 2.2
_LEAST_SIDE_MM = 6.0
#: Side of the encoded look: 25 mm on paper at 300 dots an inch.
_SIDE_PX = 300
_GAP_PX = 6


@dataclass(frozen=True, slots=True)
class Look:
    """One place of scarring. pictures: before, and after in the frame of before, in the order of the comparisons."""

    trace: LesionTrace
    type: ScarType
    pictures: tuple[Picture, ...]


def looks(stored: Sequence[StoredComparison], judged: StoredComparison, count: int = 6) -> tuple[Look, ...]:
    """The places whose depth changed most by their area in `judged`, each cut out of the baseline and all `stored`.

    The comparisons share one baseline. Empty where the photographs could not be laid over each other.
    """
    if not judged.comparison.registration.usable:
        return ()
    frames = [load_picture(stored[0], "before"), *(load_picture(one, "after") for one in stored)]
    before = judged.comparison.before
    found: list[Look] = []
    for trace in changed_most(judged.comparison, count):
        cuts = [_cut(frame, trace, before.photo.width_px, before.scale.mm_per_px) for frame in frames]
        found.append(Look(trace, scar_type(trace, judged.comparison), tuple(map(_picture, cuts))))
    return tuple(found)


def beside(pictures: Sequence[Picture]) -> Picture:
    """Looks of one size as one picture, with a white gap between them."""
    gap = np.full((_SIDE_PX, _GAP_PX, 3), 255, np.uint8)
    parts = [cv2.imdecode(np.frombuffer(one.content, np.uint8), cv2.IMREAD_COLOR_RGB) for one in pictures]
    spaced = [part for one in parts for part in (np.asarray(one, np.uint8), gap)][:-1]
    return _picture(np.hstack(spaced))


def _picture(rgb: NDArray[np.uint8]) -> Picture:
    return Picture(encode_jpeg(rgb), rgb.shape[1], rgb.shape[0])


def changed_most(comparison: Comparison, count: int) -> list[LesionTrace]:
    """The traces whose volume changed most, the largest first."""
    return sorted(
        (trace for trace in comparison.lesions.traces if _volume_change(trace)),
        key=_volume_change,
        reverse=True,
    )[:count]


def _volume_change(trace: LesionTrace) -> float:
    return abs(change_of(trace) or 0.0) * trace.union_mm2


def _cut(
    picture: NDArray[np.uint8], trace: LesionTrace, photo_width_px: int, mm_per_px: float
) -> NDArray[np.uint8]:
    """A square around the trace, moved inwards at the border."""
    height, width = picture.shape[:2]
    shown_per_photo = width / photo_width_px
    side_mm = max(2 * _REACH * (trace.union_mm2 / np.pi) ** 0.5, _LEAST_SIDE_MM)
    side = min(round(side_mm / mm_per_px * shown_per_photo), height, width)
    left = min(max(round(trace.x_px * shown_per_photo - side / 2), 0), width - side)
    top = min(max(round(trace.y_px * shown_per_photo - side / 2), 0), height - side)
    cut = picture[top : top + side, left : left + side]
    return np.asarray(cv2.resize(cut, (_SIDE_PX, _SIDE_PX), interpolation=cv2.INTER_CUBIC), np.uint8)
