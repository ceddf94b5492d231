"""What limits the comparison of two photographs: quality, scale, pose, light, overlap."""

import math
from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.change.common import CommonSkin
from inference.change.comparison import Comparable
from inference.change.register import LARGEST_RESIDUAL_MM, Alignment
from inference.change.transforms import local_map
from inference.measure.assessment import Assessment, Evidence
from inference.photo.ciede import ciede2000, lab_of_linear
from inference.photo.colour import LINEAR_OF_LEVEL
from inference.photo.photo import QualityIssue, Severity

# Limits are the proposals of the field notes (D2), to be tuned on retest pairs; none is a published figure.
_SCALE_RATIO = 0.05
_GOOD_RESIDUAL_MM = 1.0
_GOOD_OVERLAP = 0.9
_LIGHTNESS_DELTA = 3.0
_COLOUR_DELTA = 3.0
#: Turn of the camera out of the first picture's plane that squeezes one direction by 0.5 % is 6 degrees; less
#: cannot be told from the curve of a cheek.
_TILT_DEG = 10.0
_TURN_DEG = 10.0
#: Change of brightness across the picture, natural logarithm from edge to edge.
_LIGHT_GRADIENT = 0.3


def judge_pair(
    before: Assessment,
    after: Assessment,
    evidence: tuple[Evidence, Evidence],
    alignment: Alignment,
    skin: CommonSkin | None,
) -> Comparable:
    """All issues of the pair, gravest first. Usable when aligned and both photographs are usable."""
    issues = [
        *_of_each(before, after),
        *_of_scale(before, after, evidence, alignment),
        *_of_alignment(alignment),
        *_of_pose(evidence[0], alignment),
        *(_of_light(skin) if skin is not None else ()),
    ]
    order = {"reject": 0, "warning": 1, "note": 2}
    issues.sort(key=lambda issue: order[issue.severity])
    return Comparable(all(issue.severity != "reject" for issue in issues), tuple(issues))


def _of_each(before: Assessment, after: Assessment) -> Iterator[QualityIssue]:
    for name, assessment in (("First", before), ("Second", after)):
        for issue in assessment.quality.issues:
            if issue.code != "scale_assumed":  # said once for the pair
                yield QualityIssue(issue.code, issue.severity, f"{name} photograph: {issue.message}")
        if not assessment.skin.area_px:
            yield QualityIssue(
                "no_skin", "reject", f"{name} photograph: no skin was found. Frame the scarred skin closely."
            )


def _of_scale(
    before: Assessment, after: Assessment, evidence: tuple[Evidence, Evidence], alignment: Alignment
) -> Iterator[QualityIssue]:
    if "assumed" in (before.scale.source, after.scale.source):
        yield QualityIssue(
            "scale_assumed",
            "note",
            "The scale is assumed, so millimetres may be off by half; the change in percent is not touched. "
            "Give millimetres per pixel to fix it.",
        )
    if alignment.matrix is None:
        return
    height, width = evidence[0].skin.shape
    local = local_map(alignment.matrix, np.array([width / 2, height / 2]))
    stretch = math.sqrt(abs(float(np.linalg.det(local))))
    # What the registration finds against what the two stated scales say.
    ratio = stretch * evidence[1].mm_per_px / evidence[0].mm_per_px
    if abs(math.log(ratio)) > _SCALE_RATIO:
        yield QualityIssue(
            "scale",
            "warning",
            f"The scales of the two photographs disagree by {abs(math.exp(abs(math.log(ratio))) - 1):.0%}: take "
            "both from the same distance, or give millimetres per pixel for each.",
        )


def _of_alignment(alignment: Alignment) -> Iterator[QualityIssue]:
    registration = alignment.registration
    if alignment.reason is not None:
        yield QualityIssue(
            "registration",
            "reject",
            f"The photographs could not be aligned: {alignment.reason}. "
            "Use two photographs of the same skin, taken from the same side.",
        )
        return
    residual_mm, overlap = registration.residual_mm, registration.overlap_fraction
    if residual_mm is not None and _GOOD_RESIDUAL_MM < residual_mm <= LARGEST_RESIDUAL_MM:
        yield QualityIssue(
            "registration",
            "warning",
            f"Matched points lie {residual_mm:.1f} mm apart: single scars may be paired wrongly.",
        )
    if overlap is not None and overlap < _GOOD_OVERLAP:
        yield QualityIssue(
            "overlap",
            "warning",
            f"{overlap:.0%} of the skin in the first photograph is seen in the second; only that part is "
            "compared. Frame both alike.",
        )


def _of_pose(before: Evidence, alignment: Alignment) -> Iterator[QualityIssue]:
    """Turn within the picture, and tilt out of it from the squeeze of one direction (its cosine)."""
    if alignment.matrix is None or alignment.reason is not None:
        return
    height, width = before.skin.shape
    local = local_map(alignment.matrix, np.array([width / 2, height / 2]))
    large, small = np.linalg.svd(local, compute_uv=False).tolist()
    turn = abs(math.degrees(math.atan2(local[1, 0] - local[0, 1], local[0, 0] + local[1, 1])))
    tilt = math.degrees(math.acos(min(1.0, small / large)))
    if tilt > _TILT_DEG or turn > _TURN_DEG:
        yield QualityIssue(
            "pose",
            "warning",
            f"The pose differs (turned by about {turn:.0f}°, tilted by about {tilt:.0f}°): the light falls "
            "differently on the scars. Match the baseline photograph.",
        )


def _of_light(skin: CommonSkin) -> Iterator[QualityIssue]:
    """Exposure, colour and direction of the light on the common skin."""
    first, second = (LINEAR_OF_LEVEL[_patches(seen.rgb, skin.common)] for seen in (skin.before, skin.after))
    if not len(first):
        return
    lab_1, lab_2 = (np.median(lab_of_linear(light), axis=0) for light in (first, second))
    lightness = float(lab_2[0] - lab_1[0])
    if abs(lightness) > _LIGHTNESS_DELTA:
        yield _issue(
            "exposure",
            "warning",
            f"The second photograph is {'brighter' if lightness > 0 else 'darker'} (L* by {abs(lightness):.0f}): "
            "use the same exposure.",
        )
    colour = float(ciede2000(np.array([50, *lab_1[1:]]), np.array([50, *lab_2[1:]])))
    if colour > _COLOUR_DELTA:
        yield _issue(
            "white_balance",
            "note",
            f"The colour of the skin differs (ΔE00 {colour:.0f}): the white balance or the skin has changed, so "
            "redness and pigment may not be comparable.",
        )
    if _gradient_difference(skin) > _LIGHT_GRADIENT:
        yield _issue(
            "light",
            "warning",
            "The light falls from another side: depths may not be comparable. Keep lamps and pose as they were.",
        )


def _issue(code: str, severity: Severity, message: str) -> QualityIssue:
    return QualityIssue(code, severity, message)


def _patches(rgb: NDArray[np.uint8], common: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """(n, 3) uint8: every eighth pixel of the common skin in either direction."""
    return rgb[::8, ::8][common[::8, ::8]]


def _gradient_difference(skin: CommonSkin) -> float:
    """How differently brightness runs across the common skin: log units over the long side of the picture.

    A plane is fitted to the log ratio of the two blurred pictures, so the skin's own shading cancels.
    """
    grey_1, grey_2 = (
        np.asarray(cv2.cvtColor(seen.rgb, cv2.COLOR_RGB2GRAY), np.float32)[::8, ::8]
        for seen in (skin.before, skin.after)
    )
    row, column = np.nonzero(skin.common[::8, ::8])
    if row.size < 16:
        return 0.0
    ratio = 2.2 * (np.log(grey_2[row, column] + 4) - np.log(grey_1[row, column] + 4))
    long_side = max(grey_1.shape)
    design = np.column_stack([column / long_side, row / long_side, np.ones(row.size)])
    slope = np.linalg.lstsq(design, ratio.astype(np.float64), rcond=None)[0][:2]
    return float(np.hypot(*slope))
