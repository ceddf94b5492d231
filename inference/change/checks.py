"""What limits the comparison of two photographs: quality, identity, scale, pose, light, focus, overlap."""

from collections.abc import Iterator

from inference.change.common import CommonSkin
from inference.change.comparison import Comparable
from inference.change.fit import Sight, face_miss, fit_of, sight_of
from inference.change.identity import duplicate_issue, is_mirrored, order_issue
from inference.change.light import light_issues
from inference.change.limits import LIMITS, issue
from inference.change.pose import distance_issues, other_side, pose_issues, scale_issues
from inference.change.register import Alignment
from inference.measure.assessment import Assessment, Evidence
from inference.photo.photo import QualityIssue

_GRAVEST_FIRST = {"reject": 0, "warning": 1, "note": 2}


def judge_pair(
    before: Assessment,
    after: Assessment,
    evidence: tuple[Evidence, Evidence],
    alignment: Alignment,
    skin: CommonSkin | None,
) -> Comparable:
    """All issues of the pair, gravest first. Usable when none is a reject; limits are in `inference.change.limits`.

    The faces, where both photographs show one, give the heads' poses; otherwise pose is read from the registration.
    """
    first, second = sight_of(before, evidence[0]), sight_of(after, evidence[1])
    fit = fit_of(first, second, alignment)
    twice = duplicate_issue(before, after, evidence)
    order = order_issue(before.photo.provenance.taken_at, after.photo.provenance.taken_at)
    issues = [
        *_of_each(before, after),
        *(one for one in (twice, order) if one is not None),
        *scale_issues(first, second, fit),
        *_of_alignment(first, second, alignment),
    ]
    if alignment.reason is None:
        issues += [*pose_issues(first, second, fit), *distance_issues(first, second, fit)]
    if skin is not None:
        issues += light_issues(skin)
    issues.sort(key=lambda one: _GRAVEST_FIRST[one.severity])
    return Comparable(all(one.severity != "reject" for one in issues), tuple(issues))


def _of_each(before: Assessment, after: Assessment) -> Iterator[QualityIssue]:
    for name, assessment in (("First", before), ("Second", after)):
        for one in assessment.quality.issues:
            if one.code != "scale_assumed":  # said once for the pair
                yield QualityIssue(
                    one.code, one.severity, f"{name} photograph: {one.message}", one.value, one.limit
                )
        if not assessment.skin.area_px:
            yield QualityIssue(
                "no_skin", "reject", f"{name} photograph: no skin was found. Frame the scarred skin closely."
            )


def _of_alignment(before: Sight, after: Sight, alignment: Alignment) -> Iterator[QualityIssue]:
    registration = alignment.registration
    residual_mm, overlap = registration.residual_mm, registration.overlap_fraction
    if alignment.reason is not None:
        yield _unaligned(before, after, alignment)
        return
    miss = face_miss(before, after, alignment)
    if miss is not None:
        found = issue(
            "face_miss",
            miss,
            "The photographs were aligned by what stands behind the head, not by the face. Take both before an "
            "even wall, or mark the skin to be compared in both.",
            "registration",
        )
        if found:
            yield found
    if residual_mm is not None:
        found = issue(
            "registration",
            residual_mm,
            f"Matched points lie {residual_mm:.1f} mm apart: single scars may be paired wrongly. Use the same pose "
            "and expression.",
        )
        if found:
            yield found
    if overlap is not None:
        found = issue(
            "overlap",
            overlap,
            f"{overlap:.0%} of the skin in the first photograph is seen in the second; only that part is "
            "compared. Frame both alike.",
        )
        if found:
            yield found


def _unaligned(before: Sight, after: Sight, alignment: Alignment) -> QualityIssue:
    """Why there is no alignment, as far as it can be told, with what to do."""
    overlap = alignment.registration.overlap_fraction
    if overlap is not None and overlap < (LIMITS["overlap"].reject or 0):
        return QualityIssue(
            "overlap",
            "reject",
            f"The photographs could not be aligned: {alignment.reason}. Frame both alike, with the baseline at hand.",
            round(overlap, 4),
            LIMITS["overlap"].reject,
        )
    # A face is nearly its own mirror image, so only a pair without any map of its own is tried flipped.
    if alignment.matrix is None and is_mirrored(before.evidence, after.evidence):
        return QualityIssue(
            "mirrored",
            "reject",
            "The second photograph is mirrored, as front cameras do: flip one of them, and check which "
            "side of the face each shows.",
        )
    why = "they show different sides of the face" if other_side(before, after) else str(alignment.reason)
    return QualityIssue(
        "registration",
        "reject",
        f"The photographs could not be aligned: {why}. Use two photographs of the same skin, taken from the same side.",
        alignment.registration.residual_mm,
        None if alignment.registration.residual_mm is None else LIMITS["registration"].reject,
    )
