"""Is the skin seen from the same side and from as far? With advice in the words of whoever holds the camera."""

import math
from collections.abc import Iterator

import numpy as np

from inference.change.carry_scale import scale_disagreement
from inference.change.fit import Fit, Sight
from inference.change.limits import LIMITS, issue
from inference.photo.photo import QualityIssue

#: Both faces turned by this much to different sides show different cheeks, degrees of yaw.
_SIDE_VIEW_DEG = 15.0
_SCALE_APART = LIMITS["scale"].warning or 0.0


def pose_issues(before: Sight, after: Sight, fit: Fit | None) -> Iterator[QualityIssue]:
    """Turn and tilt: of the heads where both photographs show a face, else of the skin's picture."""
    if before.face is not None and after.face is not None:
        yield from _of_faces(before, after)
    elif fit is not None:
        yield from _of_skin(fit)


def other_side(before: Sight, after: Sight) -> bool:
    """Whether the two heads are turned to different sides."""
    if before.face is None or after.face is None:
        return False
    yaws = before.face.pose.yaw_deg, after.face.pose.yaw_deg
    return min(abs(yaw) for yaw in yaws) > _SIDE_VIEW_DEG and yaws[0] * yaws[1] < 0


def distance_issues(before: Sight, after: Sight, fit: Fit | None) -> Iterator[QualityIssue]:
    """How much of the frame the skin fills, and how many pixels lie across it."""
    if fit is None:
        return
    framing = math.log(fit.ratio * max(before.size_px) / max(after.size_px))
    percent = abs(math.expm1(framing)) * 100
    nearer = "go back until it is about" if framing > 0 else "come closer until it is about"
    found = issue(
        "distance",
        abs(framing),
        f"The skin stands {percent:.0f} % {'larger' if framing > 0 else 'smaller'} in the second picture: {nearer} "
        f"{100 / math.exp(framing):.0f} % of its present size, as in the baseline.",
    )
    if found:
        yield found
    finer = math.log(fit.ratio)
    found = issue(
        "resolution",
        abs(finer),
        f"The {'first' if finer > 0 else 'second'} photograph has {math.exp(abs(finer)):.1f} times fewer pixels "
        "across the same skin: small scars are seen in one only. Use the original files and one distance.",
    )
    if found:
        yield found


def scale_issues(before: Sight, after: Sight, fit: Fit | None) -> Iterator[QualityIssue]:
    """Do the two stated scales agree with what the pictures say of each other?"""
    assumed = "assumed" in (before.scale.source, after.scale.source)
    if assumed:
        yield QualityIssue(
            "scale_assumed",
            "note",
            "The scale is assumed, so millimetres may be off by half; the change in percent is not touched. "
            "Give millimetres per pixel to fix it.",
        )
    if fit is None:
        return
    apart, sd = scale_disagreement(before.scale, after.scale, fit)
    # An assumed scale's error says nothing here: two pictures of unlike framing are then measured unlike.
    limit = _SCALE_APART if assumed else max(_SCALE_APART, 2 * sd)
    if abs(apart) > limit:
        yield QualityIssue(
            "scale",
            "warning",
            f"The scales of the two photographs disagree by {math.expm1(abs(apart)):.0%}: take both from the same "
            "distance, or give millimetres per pixel for each.",
            round(abs(apart), 4),
            round(limit, 4),
        )


def _of_skin(fit: Fit) -> Iterator[QualityIssue]:
    """Turn within the picture, and tilt out of it from the squeeze of one direction, its cosine."""
    large, small = np.linalg.svd(fit.local, compute_uv=False).tolist()
    turn = math.degrees(math.atan2(fit.local[1, 0] - fit.local[0, 1], fit.local[0, 0] + fit.local[1, 1]))
    tilt = math.degrees(math.acos(min(1.0, small / large)))
    sides = "counter-clockwise" if turn > 0 else "clockwise"
    found = (
        issue(
            "turn",
            abs(turn),
            f"The second picture is turned by {abs(turn):.0f}°, so the light falls differently on the scars: turn the "
            f"camera or the head {abs(turn):.0f}° to bring the skin {sides} in the picture.",
            "pose",
        ),
        issue(
            "tilt",
            tilt,
            f"The skin is tilted by about {tilt:.0f}° against the baseline: hold the camera square to the same part "
            "of it, with the baseline at hand.",
            "pose",
        ),
    )
    yield from (one for one in found if one is not None)


def _of_faces(before: Sight, after: Sight) -> Iterator[QualityIssue]:
    assert before.face is not None
    assert after.face is not None
    one, two = before.face.pose, after.face.pose
    turns = (
        (two.yaw_deg - one.yaw_deg, "turn the head {:.0f}° towards the {} of the picture", ("left", "right")),
        (two.pitch_deg - one.pitch_deg, "{1} the chin by {0:.0f}°", ("lower", "raise")),
        (
            two.roll_deg - one.roll_deg,
            "tilt the head {:.0f}° {} in the picture",
            ("counter-clockwise", "clockwise"),
        ),
    )
    for degrees, advice, (too_far, too_little) in turns:
        words = advice.format(abs(degrees), too_far if degrees > 0 else too_little)
        found = issue(
            "face_turn", abs(degrees), f"The head is held otherwise than in the baseline: {words}.", "pose"
        )
        if found:
            yield found
