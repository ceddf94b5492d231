"""The verdict card: what is said about one photograph, in which order, and that nothing in it is markup."""

from dataclasses import replace

import numpy as np
import pytest

from inference.check import NOTHING_SAID, Checked, CheckOptions
from inference.measure.site import Site
from inference.network.maps import Estimate, Maps
from inference.photo.photo import Photo, Quality, QualityIssue, Scale
from inference.reference.reference import References
from inference.standard.regions import DrawnRegion
from inference.standard.standardize import Standard
from inference.web.look import fitness, render_preview, render_unreadable, render_verdict
from tests.builders import build_photo

NOTE = QualityIssue("a", "note", "A note.")
WARNING = QualityIssue("b", "warning", "Use more light.")
REJECT = QualityIssue("c", "reject", "Out of focus: take it again.")


def checked(quality: Quality, photo: Photo | None = None, options: CheckOptions = NOTHING_SAID) -> Checked:
    photo = photo or build_photo()
    shape = 12, 16
    empty = np.zeros((5, *shape), np.float32)
    maps = Maps(np.zeros((*shape, 3), np.uint8), empty, empty, empty[0], 1.0, Estimate(0, 1), Estimate(0, 1))
    site = Site(np.ones(shape, np.bool_), np.zeros(shape, np.uint8), (), quality)
    return Checked(Standard(photo, None, References(), (photo.scale,)), maps, site, options)


@pytest.mark.parametrize(
    ("issues", "word", "says"),
    [
        ((), "good", "Good"),
        ((NOTE,), "good", "Good"),
        ((NOTE, WARNING), "advice", "Usable, with advice"),
        ((WARNING, REJECT), "reject", "Not usable"),
    ],
)
def test_the_verdict_is_a_word(issues: tuple[QualityIssue, ...], word: str, says: str) -> None:
    quality = Quality(REJECT not in issues, 70.0, issues)
    assert fitness(quality) == word
    html = render_verdict(checked(quality), "before")
    assert f">{says}<" in html
    assert "<b>70</b>" in html
    assert ("can be compared all the same" in html) == (word == "reject")


def test_the_worst_comes_first_and_the_fourth_unfolds() -> None:
    issues = (NOTE, replace(NOTE, message="Another note."), WARNING, REJECT)
    html = render_verdict(checked(Quality(False, 0.0, issues)), "after")
    places = [
        html.index(text) for text in ("Out of focus", "Use more light", "A note", "<details", "Another note")
    ]
    assert places == sorted(places)
    assert "1 more" in html


@pytest.mark.parametrize(
    ("scale", "words"),
    [
        (Scale(0.052, "face", 0.05, "irises"), "0.052 mm per pixel ± 5 %, from the irises"),
        (
            Scale(0.03, "marker", 0.004, "printed sheet, 4 markers"),
            "± 0.4 %, from the printed sheet, 4 markers",
        ),
        (Scale(0.05, "given", 0.03, "typed in"), "± 3 %, as given"),
        (
            Scale(0.05, "face", 0.05, "carried over from the baseline (irises)"),
            "± 5 %, carried over from the",
        ),
        (Scale(0.04, "assumed", 0.5, "usual framing of a cheek"), "± 50 %, assumed: usual framing"),
    ],
)
def test_the_scale_stands_with_its_source_and_error(scale: Scale, words: str) -> None:
    photo = replace(build_photo(), scale=scale)
    html = render_verdict(checked(Quality(True, 100.0, ()), photo), "before")
    assert words in html.replace("\N{NO-BREAK SPACE}", " ")
    assert "close-up" in html


def test_names_and_messages_are_text() -> None:
    drawn = DrawnRegion("<script>1</script>", ((0, 0), (1, 0), (1, 1)))
    issue = replace(WARNING, message="<img src=x>")
    html = render_verdict(
        checked(Quality(True, 1.0, (issue,)), options=CheckOptions(None, (drawn,))), "before"
    )
    assert "<script" not in html
    assert "<img" not in html
    assert "<b>x" not in render_unreadable("<b>x</b>.jpg", "after")
    assert "<i>" not in render_preview(replace(build_photo(), file="<i>.jpg"), "before")


def test_the_preview_knows_the_size_of_the_photograph() -> None:
    photo = build_photo()
    html = render_preview(photo, "after")
    assert f'data-width-px="{photo.width_px}"' in html
    assert f'data-height-px="{photo.height_px}"' in html
    assert 'src="data:image/jpeg' in html
    assert "\n" not in html
