"""One photograph with the scars of its result and what clinicians say of them, as shapes to choose and to correct."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, cast

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage  # pyright: ignore[reportMissingTypeStubs]

from data.masks import read_channel
from inference.measure.assessment import Assessment, Lesion
from inference.network.maps import TYPES
from inference.records.facts import Correction, Photograph
from inference.records.labels import in_force
from inference.records.records import Records
from inference.report.overlay import trace
from inference.report.patches import lesion_patches
from inference.web.clinic.kept_pictures import shown_size

Say = Literal["model", "retyped", "deleted", "drawn"]


@dataclass(frozen=True, slots=True)
class Shape:
    """A scar on the shown picture.

    say: whose it is: the model's own, one that a clinician retyped or deleted, or one that a clinician drew. type: as
    it now stands; model_type: as the model has it, None for a drawn one. path: SVG path, px of the shown picture.
    """

    say: Say
    type: str
    path: str
    lesion_id: int | None = None
    assessment_id: int | None = None
    model_type: str | None = None
    depth_um: float | None = None
    diameter_mm: float | None = None
    correction: Correction | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Result:
    """A result with the places of its scars on the shown picture. boxes: of the scar k at place k - 1."""

    id: int
    assessment: Assessment
    patches: NDArray[np.int32]
    boxes: list[tuple[slice, slice] | None]


def shapes_of(records: Records, photograph: Photograph) -> tuple[Shape, ...]:
    """The scars of the newest result, and every correction in force, also one of an earlier result.

    Raises NotInRecordsError.
    """
    size = shown_size(photograph)
    corrections = in_force(records.opinions.corrections(photograph.id))
    newest = None if photograph.figures is None else photograph.figures.id
    wanted = {one.assessment_id for one in corrections if one.kind in ("retype", "delete")} | {newest}
    results = {key: _result(records, key, photograph, size) for key in wanted if key is not None}
    last = {
        (one.assessment_id, one.lesion_id): one for one in corrections if one.kind in ("retype", "delete")
    }
    found: list[Shape] = []
    for key, result in results.items():
        for lesion in result.assessment.lesions:
            said = last.get((key, lesion.id))
            if key == newest or said is not None:
                found.extend(_of_lesion(result, lesion, said))
    found.extend(_drawn(one, size) for one in corrections if one.kind == "draw" and one.outline is not None)
    return tuple(found)


def _result(records: Records, key: int, photograph: Photograph, size: tuple[int, int]) -> _Result:
    assessment = records.results.assessment(key)
    mask = read_channel(records.results.mask(key))
    label = np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_NEAREST), np.uint8)
    finer = photograph.width_px / size[0], photograph.height_px / size[1]
    patches = lesion_patches(label, assessment.lesions, finer)
    boxes = cast(
        list[tuple[slice, slice] | None],
        ndimage.find_objects(patches),  # pyright: ignore[reportUnknownMemberType]
    )
    return _Result(key, assessment, patches, boxes)


def _of_lesion(result: _Result, lesion: Lesion, said: Correction | None) -> Iterable[Shape]:
    """Its outline; nothing for a scar that is smaller than a pixel of the shown picture."""
    path = _path(result, lesion)
    if not path:
        return
    say: Say = "model" if said is None else "retyped" if said.kind == "retype" else "deleted"
    yield Shape(
        say,
        (said.scar_type if said is not None else None) or lesion.type,
        path,
        lesion.id,
        result.id,
        lesion.type,
        lesion.depth_um,
        lesion.diameter_mm,
        said,
    )


def _path(result: _Result, lesion: Lesion) -> str:
    box = result.boxes[lesion.id - 1] if lesion.id <= len(result.boxes) else None
    if box is None:
        return ""
    label = np.where(result.patches[box] == lesion.id, TYPES.index(lesion.type), 0).astype(np.uint8)
    corner = np.array([box[1].start, box[0].start], np.float32)
    return "".join(_closed(outline.points + corner) for outline in trace(label))


def _drawn(one: Correction, size: tuple[int, int]) -> Shape:
    corners = np.array(one.outline, np.float64) * size
    return Shape("drawn", one.scar_type or "", _closed(corners), correction=one)


def _closed(points: NDArray[np.floating]) -> str:
    return f"M{' '.join(f'{x:.1f} {y:.1f}' for x, y in points)}Z"


def counts(shapes: Iterable[Shape]) -> Mapping[str, int]:
    """How many scars of each type stand, as clinicians have it, without those deleted."""
    standing = [shape.type for shape in shapes if shape.say != "deleted"]
    return {name: standing.count(name) for name in TYPES[1:] if name in standing}
