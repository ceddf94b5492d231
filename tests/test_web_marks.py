"""Marks as a browser sends them: what is right is kept as it is, what is not is refused in words."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.errors import CicatrixError
from inference.web.marks import Marks, read_marks

SQUARE = [[0.1, 0.1], [0.5, 0.1], [0.5, 0.5], [0.1, 0.5]]
RULER = {"points": [[0.1, 0.1], [0.4, 0.1]], "mm": 20.0, "mm_per_px": 0.05}


def marks_of(**marks: object) -> Marks:
    return read_marks(json.dumps(marks))


@pytest.mark.parametrize("text", [None, "", "  ", "{}", '{"regions": []}', '{"ruler": null}'])
def test_nothing_marked_is_nothing(text: str | None) -> None:
    assert read_marks(text) == Marks()


def test_regions_and_ruler_are_read() -> None:
    marks = marks_of(regions=[{"name": " left cheek ", "polygon": SQUARE}], ruler=RULER)
    assert marks.mm_per_px == 0.05
    assert [region.name for region in marks.drawn] == ["left cheek"]
    assert marks.drawn[0].polygon == tuple(map(tuple, SQUARE))


@pytest.mark.parametrize(
    "marks",
    [
        {"regions": [{"name": "a", "polygon": SQUARE[:2]}]},
        {"regions": [{"name": "a", "polygon": [[0.1, 0.1], [1.2, 0.1], [0.5, 0.5]]}]},
        {"regions": [{"name": "a", "polygon": SQUARE * 51}]},
        {"regions": [{"name": "", "polygon": SQUARE}]},
        {"regions": [{"name": "a\u202eb", "polygon": SQUARE}]},
        {"regions": [{"name": str(i), "polygon": SQUARE} for i in range(13)]},
        {"regions": [{"name": "a", "polygon": SQUARE}, {"name": "a", "polygon": SQUARE}]},
        {"regions": [{"name": "flat", "polygon": [[0.1, 0.1], [0.9, 0.1], [0.5, 0.1]]}]},
        {"ruler": {**RULER, "mm_per_px": 0}},
        {"ruler": {**RULER, "mm": -1}},
        {"ruler": {**RULER, "points": RULER["points"][:1]}},
        {"else": 1},
        [],
    ],
)
def test_what_cannot_be_meant_is_refused(marks: object) -> None:
    with pytest.raises(CicatrixError):
        read_marks(json.dumps(marks))


@pytest.mark.parametrize(
    "text", ["[", "NaN", '{"ruler": {"points": [[0,0],[1,1]], "mm": NaN, "mm_per_px": 1}}']
)
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(CicatrixError):
        read_marks(text)


def test_a_flood_is_refused_unread() -> None:
    with pytest.raises(CicatrixError, match="Too much"):
        read_marks("[" * 1_000_000)


@given(st.text(max_size=200))
def test_no_text_is_answered_with_anything_but_marks_or_a_refusal(text: str) -> None:
    try:
        marks = read_marks(text)
    except CicatrixError:
        return
    assert isinstance(marks, Marks)


@given(st.integers(3, 40), st.floats(0.02, 0.4), st.floats(0, 6.28))
def test_every_ordinary_outline_is_taken(corners: int, radius: float, turn: float) -> None:
    ring = [
        [
            0.5 + radius * math.cos(turn + 2 * math.pi * k / corners),
            0.5 + radius * math.sin(turn + 2 * math.pi * k / corners),
        ]
        for k in range(corners)
    ]
    assert len(marks_of(regions=[{"name": "ring", "polygon": ring}]).drawn[0].polygon) == corners
