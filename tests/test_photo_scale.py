"""Scales that are given or assumed."""

import pytest

from inference.errors import PhotoError
from inference.photo.scale import assumed_scale, given_scale


@pytest.mark.parametrize("size", [(1100, 600), (600, 1100)])
def test_assumed_scale_spans_the_long_side(size: tuple[int, int]) -> None:
    scale = assumed_scale(*size)
    assert scale.mm_per_px == pytest.approx(0.1)
    assert (scale.source, scale.relative_sd) == ("assumed", 0.5)


def test_given_scale_keeps_the_figure() -> None:
    assert given_scale(0.031, 3000).mm_per_px == 0.031
    assert given_scale(0.031, 3000).source == "given"


@pytest.mark.parametrize("mm_per_px", [0.0, -0.05, float("nan"), 0.0001, 5.0])
def test_a_scale_that_no_photograph_of_skin_has_is_refused(mm_per_px: float) -> None:
    with pytest.raises(PhotoError, match=r"mm per pixel"):
        given_scale(mm_per_px, 3000)
