"""The first look at a photograph: its preview and the verdict on its fitness, as pieces of page."""

from typing import Literal

from inference.check import Checked
from inference.photo.photo import Photo, Quality, QualityIssue, Scale
from inference.report import words
from inference.web import texts
from inference.web.drawing import jpeg_picture
from inference.web.view import render

Side = Literal["before", "after"]
TITLES: dict[Side, str] = {"before": "Before", "after": "After"}
#: Long side of the preview, which is also what regions are drawn on and the ghost of the camera.
PREVIEW_PX = 1200
#: Issues that stand in the open; the others unfold.
_SHOWN_ISSUES = 3


def render_preview(photo: Photo, side: Side) -> str:
    """The photograph itself, small enough to travel in the page."""
    longest = max(photo.width_px, photo.height_px)
    return render(
        "look.html",
        side=side,
        title=TITLES[side],
        file=photo.file,
        picture=jpeg_picture(photo.rgb, min(PREVIEW_PX, longest)),
        width_px=photo.width_px,
        height_px=photo.height_px,
    )


def render_waiting() -> str:
    """In place of the verdict until it is there."""
    return render("waiting.html")


def render_verdict(checked: Checked, side: Side) -> str:
    """Whether the photograph is fit for measuring, why not, and what was found in it."""
    quality, photo = checked.quality, checked.photo
    issues = sorted(quality.issues, key=lambda issue: words.SEVERITIES.index(issue.severity))
    word = fitness(quality)
    return render(
        "verdict.html",
        side=TITLES[side],
        fitness=word,
        word=texts.FITNESS[word],
        score=round(quality.score),
        rejected=texts.REJECTED,
        issues=issues[:_SHOWN_ISSUES],
        more=issues[_SHOWN_ISSUES:],
        facts=_facts(checked, photo.scale),
    )


def render_unreadable(message: str, side: Side) -> str:
    """The verdict on a file that is no photograph, or on marks that cannot be used: what to do about it."""
    issue = QualityIssue("unreadable", "reject", message)
    return render(
        "verdict.html",
        side=TITLES[side],
        fitness="reject",
        word=texts.FITNESS["reject"],
        score=None,
        rejected=None,
        issues=[issue],
        more=[],
        facts=[],
    )


def fitness(quality: Quality) -> str:
    """ "good", "advice" or "reject". Notes do not spoil a good photograph."""
    if not quality.usable:
        return "reject"
    return "advice" if any(issue.severity == "warning" for issue in quality.issues) else "good"


def _facts(checked: Checked, scale: Scale) -> list[str]:
    """Scale with its error, what is seen, and which parts are measured."""
    facts = [words.bound(words.scale_words(scale))]
    facts.append("face found" if checked.standard.face is not None else "close-up")
    drawn = [region.name for region in checked.options.drawn]
    if drawn:
        facts.append(f"only {', '.join(drawn)}")
    return facts
