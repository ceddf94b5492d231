"""Scale and quality checks against pictures whose figures are known."""

import cv2
import numpy as np
import pytest
from photo_files import skin

from inference.errors import PhotoError
from inference.photo.photo import Quality, Scale
from inference.photo.quality import LIMITS, blur, clipped_fraction, judge
from inference.photo.scale import assumed_scale, given_scale

FINE = Scale(0.05, "given", 0.03)


def codes(quality: Quality) -> dict[str, str]:
    return {issue.code: issue.severity for issue in quality.issues}


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


def test_a_good_photograph_has_full_marks() -> None:
    assert judge(skin(300, 400), None, FINE) == Quality(True, 100.0, ())


def test_an_assumed_scale_is_only_noted() -> None:
    quality = judge(skin(300, 400), None, assumed_scale(2200, 1650))
    assert codes(quality) == {"scale_assumed": "note"}
    assert (quality.usable, quality.score) == (True, 100.0)


@pytest.mark.parametrize(("mm_per_px", "severity"), [(0.24, None), (0.3, "warning"), (0.6, "reject")])
def test_coarse_photographs(mm_per_px: float, severity: str | None) -> None:
    quality = judge(skin(300, 400), None, Scale(mm_per_px, "given", 0.03))
    assert codes(quality).get("resolution_low") == severity
    assert quality.usable == (severity != "reject")


def test_score_falls_evenly_from_best_to_reject() -> None:
    limit = LIMITS["resolution_low"]
    middle = (limit.best + limit.reject) / 2
    assert judge(skin(300, 400), None, Scale(middle, "given", 0.03)).score == pytest.approx(50.0)


def test_blur_rises_with_blurring_and_ignores_what_is_outside() -> None:
    sharp = skin(300, 400)
    everywhere = np.ones((300, 400), np.uint8)
    figures = [blur(cv2.GaussianBlur(sharp, (0, 0), s) if s else sharp, everywhere) for s in (0, 1, 2, 4)]
    assert figures == sorted(figures)
    assert figures[0] < 0.2 < LIMITS["blurred"].warning < figures[2]
    half = sharp.copy()
    half[:, 200:] = cv2.GaussianBlur(sharp, (0, 0), 4)[:, 200:]
    left = np.zeros((300, 400), np.uint8)
    left[:, :180] = 1
    assert blur(half, left) == pytest.approx(blur(sharp, left), abs=1e-3)


def test_a_flat_picture_counts_as_blurred() -> None:
    flat = np.full((200, 200, 3), 150, np.uint8)
    assert codes(judge(flat, None, FINE))["blurred"] == "reject"


def test_clipped_part_is_counted_in_the_skin() -> None:
    rgb = skin(200, 200)
    rgb[:, :20, 0] = 255
    rgb[:, 100:] = 255
    mask = np.zeros((200, 200), np.bool_)
    mask[:, :100] = True
    assert clipped_fraction(rgb, mask.astype(np.uint8)) == pytest.approx(0.2)
    assert codes(judge(rgb, mask, FINE))["clipped"] == "warning"
    assert "20%" in next(i.message for i in judge(rgb, mask, FINE).issues if i.code == "clipped")


@pytest.mark.parametrize(("share", "severity"), [(1.0, None), (0.4, "warning"), (0.1, "reject")])
def test_dark(share: float, severity: str | None) -> None:
    dimmed = (skin(300, 400) * share).astype(np.uint8)
    assert codes(judge(dimmed, None, FINE)).get("dark") == severity


def test_little_skin_is_rejected_and_none_does_not_fail() -> None:
    rgb = skin(300, 400)
    mask = np.zeros((300, 400), np.bool_)
    assert codes(judge(rgb, mask, FINE)) == {"small": "reject"}
    mask[:100, :100] = True
    assert codes(judge(rgb, mask, FINE)) == {"small": "warning"}


def test_every_message_is_filled_in() -> None:
    dark_flat = np.zeros((64, 64, 3), np.uint8)
    for issue in judge(dark_flat, None, assumed_scale(64, 64)).issues:
        assert "{" not in issue.message
        assert ":" in issue.message
