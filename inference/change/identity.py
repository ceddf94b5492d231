"""Are these two photographs a pair at all: not one twice, not mirrored, in the right order?"""

from dataclasses import replace
from datetime import datetime

import numpy as np

from inference.change.register import align
from inference.measure.assessment import Assessment, Evidence
from inference.photo.photo import QualityIssue


def duplicate_issue(
    before: Assessment, after: Assessment, evidence: tuple[Evidence, Evidence]
) -> QualityIssue | None:
    """The same file twice is refused; a file of its own with the very same pixels is warned of."""
    if before.photo.sha256 == after.photo.sha256:
        return QualityIssue(
            "duplicate",
            "reject",
            "Both are the same file, so there is no change to measure: choose the photograph of the follow-up.",
        )
    one, two = evidence[0].rgb, evidence[1].rgb
    if one.shape == two.shape and np.array_equal(one, two):
        return QualityIssue(
            "duplicate",
            "warning",
            "Both files hold the same picture: choose the photograph of the follow-up, unless this is a test.",
        )
    return None


def is_mirrored(before: Evidence, after: Evidence) -> bool:
    """Whether after can be laid over before once it is flipped left to right. Takes a whole registration."""
    flipped = replace(
        after,
        rgb=np.ascontiguousarray(after.rgb[:, ::-1]),
        skin=np.ascontiguousarray(after.skin[:, ::-1]),
        face=None,  # its points would lie on the other side
    )
    return align(before, flipped).reason is None


def order_issue(before_taken_at: str | None, after_taken_at: str | None) -> QualityIssue | None:
    """ISO 8601 times as cameras write them; anything unreadable is unknown. Warns when after came first."""
    first, second = _time(before_taken_at), _time(after_taken_at)
    if first is None or second is None or second >= first:
        return None
    return QualityIssue(
        "order",
        "warning",
        f"The second photograph was taken before the first ({second:%Y-%m-%d} and {first:%Y-%m-%d}): exchange them, or "
        "check the camera's clock.",
    )


def _time(text: str | None) -> datetime | None:
    """Without its zone: clocks of cameras have none, and a day is what counts."""
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return None
