"""Outlines against discs whose edge is known."""

import cv2
import numpy as np

from inference.report.overlay import (
    COLOURS,
    outlines,
    rgb_of,
    trace,
)
from tests.builders import PITS, build_evidence


def test_one_outline_a_scar_in_the_order_of_the_types() -> None:
    assert [outline.type for outline in trace(build_evidence().label)] == [pit[3] for pit in PITS]


def test_an_outline_runs_just_outside_the_edge_of_its_disc() -> None:
    for outline, (x, y, radius, _, _) in zip(trace(build_evidence().label), PITS, strict=True):
        distance = np.hypot(outline.points[:, 0] - x - 0.5, outline.points[:, 1] - y - 0.5)
        assert radius < distance.min()
        assert distance.max() < radius + 2


def test_touching_scars_of_two_types_keep_their_own_outline() -> None:
    label = np.zeros((40, 40), np.uint8)
    label[10:20, 5:15] = 1
    label[10:20, 15:25] = 2
    assert [outline.type for outline in trace(label)] == ["icepick", "boxcar"]


def test_a_scar_at_the_border_is_outlined() -> None:
    label = np.zeros((40, 40), np.uint8)
    label[:6, :6] = 3
    assert len(trace(label)) == 1


def test_no_scars_leave_the_picture_as_it_was() -> None:
    rgb = build_evidence().rgb
    np.testing.assert_array_equal(outlines(rgb, np.zeros(rgb.shape[:2], np.uint8)), rgb)


def test_outlines_are_thin_coloured_and_leave_the_scar_open() -> None:
    evidence = build_evidence()
    drawn = outlines(evidence.rgb, evidence.label, scale_factor=4)
    assert drawn.shape == (480, 640, 3)
    x, y, radius, name, _ = PITS[2]
    plain = cv2.resize(evidence.rgb, (640, 480), interpolation=cv2.INTER_CUBIC)
    inner = np.s_[
        (y - radius // 2) * 4 : (y + radius // 2) * 4, (x - radius // 2) * 4 : (x + radius // 2) * 4
    ]
    np.testing.assert_array_equal(drawn[inner], plain[inner])
    assert (drawn == rgb_of(COLOURS[name])).all(axis=2).any()
