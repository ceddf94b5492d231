"""A photograph twice: what the label says and what the machine says, with hits, misses and false marks told apart."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.report.files import encode_jpeg
from inference.report.overlay import rgb_of, trace
from training.evaluate.own.held import counted, small
from training.evaluate.own.labels import Asked, Said
from training.evaluate.own.machine import Machine
from training.evaluate.own.matched import matched

#: Okabe & Ito's palette, told apart with any colour vision. Misses and false marks have a sign as well.
FOUND, MISSED, FALSE, ASIDE = "#56B4E9", "#F0E442", "#D55E00", "#FFFFFF"
#: What is drawn, for legends: colour, sign, words.
LEGEND = (
    (FOUND, "○", "found"),
    (MISSED, "×", "labelled, not found"),
    (FALSE, "△", "marked, not labelled"),
    (ASIDE, "○", "counts nowhere: outside the labelled ground, a speck, an excused type"),
)
#: Long side of each half, px, and of ground around what is labelled.
_SHOWN_PX, _AROUND_PX = 760, 24
_JPEG_QUALITY = 84
_DARK = (24, 20, 18)
#: Radius of a scar whose outline nobody drew, mm.
_POINT_MM = 1.0


@dataclass(frozen=True, slots=True)
class SideBySide:
    """label, machine: JPEG files of equal size. found, missed, false: scars that are drawn as such; false is None where
    not all scars were labelled."""

    label: bytes
    machine: bytes
    found: int
    missed: int
    false: int | None


def side_by_side(said: Said, machine: Machine, asked: Asked) -> SideBySide:
    """The picture is cut to the labelled ground, the rest is dimmed."""
    evidence = machine.evidence
    shape = evidence.label.shape[0], evidence.label.shape[1]
    known = np.ones(shape, np.bool_) if said.mask is None else small(said.mask.known, shape)
    rows, columns = _window(known)
    factor = _SHOWN_PX / max(rows.stop - rows.start, columns.stop - columns.start)
    ground = np.where(known[..., np.newaxis], evidence.rgb, evidence.rgb // 2 + 40).astype(np.uint8)
    size = round((columns.stop - columns.start) * factor), round((rows.stop - rows.start) * factor)
    kernel = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    left = cv2.resize(ground[rows, columns], size, interpolation=kernel).astype(np.uint8)
    right = left.copy()
    offset = np.array([columns.start, rows.start], np.float32)
    view = _View(factor, offset, np.array(evidence.photo_px_per_px, np.float32))
    marks = counted(machine.marks, said)
    scars = said.scars or ()
    found = matched(marks, scars, machine.mm_per_px, [asked.excuses(mark.type) for mark in marks])
    hit_scars, hit_marks = {j for _, j in found.hits}, {marks[i].id for i, _ in found.hits}
    false = {marks[k].id for k in found.false} if said.is_complete else set()
    for place, scar in enumerate(scars):
        colour = FOUND if place in hit_scars else MISSED if place in found.missed else ASIDE
        outline = None if said.mask is None else small(said.mask.number == place + 1, shape)
        view.draw(left, outline, (scar.x_px, scar.y_px), colour, _POINT_MM / machine.mm_per_px)
    for mark in machine.marks:
        colour = FOUND if mark.id in hit_marks else FALSE if mark.id in false else ASIDE
        view.draw(right, evidence.lesion_id == mark.id, (mark.x_px, mark.y_px), colour, 0.0)
    return SideBySide(
        encode_jpeg(left, _JPEG_QUALITY),
        encode_jpeg(right, _JPEG_QUALITY),
        len(found.hits),
        len(found.missed),
        len(found.false) if said.is_complete else None,
    )


class _View:
    """From the working picture, and from pixels of the photograph, to the picture that is shown."""

    def __init__(
        self, factor: float, offset: NDArray[np.float32], photo_px_per_px: NDArray[np.float32]
    ) -> None:
        self._factor, self._offset, self._photo = factor, offset, photo_px_per_px

    def draw(
        self,
        canvas: NDArray[np.uint8],
        outline: NDArray[np.bool_] | None,
        middle: tuple[float, float],
        colour: str,
        radius_photo_px: float,
    ) -> None:
        """One scar: its outline where there is one, else a circle; a sign in its middle where it is a mistake."""
        at = ((np.array(middle, np.float32) + 0.5) / self._photo - self._offset) * self._factor
        lines = [] if outline is None else [one.points for one in trace(outline.astype(np.uint8))]
        for width, shade in ((4, _DARK), (2, rgb_of(colour))):
            for points in lines:
                moved = np.round((points - self._offset) * self._factor * 16).astype(np.int32)
                cv2.polylines(canvas, [moved], True, shade, width, cv2.LINE_AA, 4)
            if outline is None:
                radius = max(5, round(radius_photo_px / float(self._photo[0]) * self._factor))
                cv2.circle(
                    canvas, (round(float(at[0])), round(float(at[1]))), radius, shade, width, cv2.LINE_AA
                )
            _sign(canvas, at, colour, shade, width)


def _sign(
    canvas: NDArray[np.uint8], at: NDArray[np.float32], colour: str, shade: tuple[int, ...], width: int
) -> None:
    x, y = (round(float(value)) for value in at)
    if colour == MISSED:
        cv2.line(canvas, (x - 5, y - 5), (x + 5, y + 5), shade, width, cv2.LINE_AA)
        cv2.line(canvas, (x - 5, y + 5), (x + 5, y - 5), shade, width, cv2.LINE_AA)
    elif colour == FALSE:
        corners = np.array([[x - 6, y + 5], [x + 6, y + 5], [x, y - 6]], np.int32)
        cv2.polylines(canvas, [corners], True, shade, width, cv2.LINE_AA)


def _window(known: NDArray[np.bool_]) -> tuple[slice, slice]:
    """Rows and columns about all that is labelled."""
    found: list[slice] = []
    for axis, length in ((1, known.shape[0]), (0, known.shape[1])):
        places = np.flatnonzero(known.any(axis=axis))
        low, high = (int(places[0]), int(places[-1]) + 1) if places.size else (0, length)
        found.append(slice(max(0, low - _AROUND_PX), min(length, high + _AROUND_PX)))
    return found[0], found[1]
