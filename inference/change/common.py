"""What both photographs say about the same skin: one frame, one area, one footprint of scars."""

from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.change.comparison import AlignedPair
from inference.change.register import Alignment, carry, carry_heights, carry_labels
from inference.measure.adapt import ScarSample
from inference.measure.assessment import Assessment, Evidence
from inference.measure.lesions import ATROPHIC_LABELS, SCAR_TYPES
from inference.measure.marks import unpack_mark
from inference.measure.rim import rim_heights_um, surroundings
from inference.network.maps import TYPES
from inference.reference.reference import ColourReading


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """One visit on the common skin, in the before picture's frame.

    rgb: (h, w, 3) uint8. label: (h, w) uint8. lesion_id: (h, w) int32, ids of this visit. relief_um: (h, w)
    float32. marks: (h, w) uint8 bit set or None. scars: those whose middle lies on the common skin.
    colour: from a chart or sheet in this visit's photograph.
    """

    assessment: Assessment
    rgb: NDArray[np.uint8]
    label: NDArray[np.uint8]
    lesion_id: NDArray[np.int32]
    relief_um: NDArray[np.float32]
    marks: NDArray[np.uint8] | None
    scars: ScarSample
    colour: ColourReading | None = None

    def mark(self, name: str) -> NDArray[np.bool_] | None:
        """(h, w) bool: red, brown, pores or wrinkles; None where they are not known."""
        return None if self.marks is None else unpack_mark(self.marks, name)


@dataclass(frozen=True, slots=True, eq=False)
class CommonSkin:
    """Both visits on the skin they share; all lengths by the before picture's scale.

    common: (h, w) bool. map_xy: (h, w, 2) float32, where each pixel lies in after's own working picture.
    """

    before: Seen
    after: Seen
    common: NDArray[np.bool_]
    mm_per_px: float
    map_xy: NDArray[np.float32] | None = None

    @property
    def area_mm2(self) -> float:
        return float(np.count_nonzero(self.common)) * self.mm_per_px**2

    def pair(self) -> AlignedPair:
        """The pictures to show."""
        change = np.where(self.common, self.after.relief_um - self.before.relief_um, np.float32(0))
        return AlignedPair(
            self.before.rgb,
            self.after.rgb,
            self.before.label,
            self.after.label,
            self.common,
            change,
            self.mm_per_px,
            self.map_xy,
        )


def share_frame(
    before: Assessment, after: Assessment, evidence: tuple[Evidence, Evidence], alignment: Alignment
) -> CommonSkin | None:
    """Carry the after visit into the before frame; None where the photographs could not be aligned."""
    if alignment.map_xy is None or alignment.common is None:
        return None
    first, second = evidence
    map_xy, common = alignment.map_xy, alignment.common
    carried = Evidence(
        rgb=carry(second.rgb, map_xy),
        label=carry_labels(second.label.astype(np.int32), map_xy).astype(np.uint8),
        lesion_id=carry_labels(second.lesion_id, map_xy),
        skin=common,
        relief_um=carry_heights(second.relief_um, map_xy),
        mm_per_px=first.mm_per_px,
        photo_px_per_px=second.photo_px_per_px,
        marks=None
        if second.marks is None
        else carry_labels(second.marks.astype(np.int32), map_xy).astype(np.uint8),
        type_probability=second.type_probability,
        face=second.face,
        colour=second.colour,
    )
    seen = _seen(before, first, common), _seen(after, carried, common)
    return CommonSkin(*seen, common, first.mm_per_px, map_xy)


def _seen(assessment: Assessment, evidence: Evidence, common: NDArray[np.bool_]) -> Seen:
    count = len(assessment.lesions)
    whole = np.bincount(evidence.lesion_id.ravel(), minlength=count + 1)[1 : count + 1]
    inside = np.bincount(evidence.lesion_id[common], minlength=count + 1)[1 : count + 1]
    # "Its middle lies on the common skin", without trusting a single pixel: at least half of it does.
    kept = np.flatnonzero((inside > 0) & (2 * inside >= whole))
    lesions = tuple(assessment.lesions[k] for k in kept.tolist())
    types = evidence.type_probability
    if types is None:
        types = np.eye(len(SCAR_TYPES), dtype=np.float32)[
            [SCAR_TYPES.index(lesion.type) for lesion in assessment.lesions]
        ].reshape(count, len(SCAR_TYPES))
    scars = ScarSample(lesions, types[kept], assessment.scale.relative_sd)
    return Seen(
        assessment,
        evidence.rgb,
        np.where(common, evidence.label, 0).astype(np.uint8),
        np.where(common, evidence.lesion_id, 0).astype(np.int32),
        evidence.relief_um,
        evidence.marks,
        scars,
        evidence.colour,
    )


def footprint_burdens_um(skin: CommonSkin) -> tuple[float | None, float | None]:
    """Mean scar depth over the common skin, before and after, inside one common footprint.

    The footprint is every pixel that lies in an atrophic scar at either visit. Both visits are measured inside
    it, each below the median relief of its own skin around each patch. An outline that one visit draws wider
    than the other therefore changes nothing where the relief is the same, and a slow error of the relief
    cancels (in the first trial this made pairs three to twenty times more repeatable than differences).
    A patch that measures above its surroundings counts as level. None without common skin.
    """
    area_px = int(np.count_nonzero(skin.common))
    if area_px == 0:
        return None, None
    scarred = np.isin(skin.before.label, ATROPHIC_LABELS) | np.isin(skin.after.label, ATROPHIC_LABELS)
    count, patches = cast(
        tuple[int, NDArray[np.int32]], cv2.connectedComponents((scarred & skin.common).astype(np.uint8))
    )
    around = surroundings(patches)
    raised = TYPES.index("raised")
    rim = skin.common & (skin.before.label != raised) & (skin.after.label != raised)
    inside = patches > 0

    def burden(relief_um: NDArray[np.float32]) -> float:
        level = rim_heights_um(relief_um, around, rim, count - 1, skin.mm_per_px)
        depth = level[patches[inside]] - relief_um[inside]
        by_patch = np.bincount(patches[inside], depth, minlength=count)
        return float(np.maximum(by_patch, 0).sum()) / area_px

    return burden(skin.before.relief_um), burden(skin.after.relief_um)
