"""Close looks at every matched scar, and the sheet of them all."""

from dataclasses import replace

import numpy as np
import pytest

from inference.change.comparison import Comparison
from inference.report.contact_sheet import change_words, contact_sheet
from inference.report.scars import CLOSE_LOOK_PX, GAP_PX, ScarView, scar_views
from tests.builders import build_comparison, build_photo

RGB = build_photo().rgb


def with_depths(*after_um: float | None, mdc95_um: float | None = 60.0) -> Comparison:
    comparison = build_comparison()
    traces = tuple(
        replace(trace, depth_after_um=depth, depth_mdc95_um=mdc95_um)
        for trace, depth in zip(comparison.lesions.traces, after_um, strict=True)
    )
    return replace(comparison, lesions=replace(comparison.lesions, traces=traces))


def views(comparison: Comparison) -> tuple[ScarView, ...]:
    return scar_views(comparison, RGB, RGB)


def test_the_worst_change_stands_first_and_the_unknown_last() -> None:
    found = views(with_depths(None, 420.0, 100.0))
    assert [view.type for view in found] == ["boxcar", "rolling", "icepick"]
    assert [view.change_um for view in found] == [200.0, -80.0, None]


def test_every_look_shows_its_scar_in_the_middle_of_both() -> None:
    """A dot painted on each scar of both photographs comes out in the middle of both halves."""
    before, after = RGB.copy(), RGB.copy()
    comparison = build_comparison()
    for trace in comparison.lesions.traces:
        x, y = round(trace.x_px), round(trace.y_px)
        before[y - 2 : y + 3, x - 2 : x + 3] = after[y - 2 : y + 3, x - 2 : x + 3] = (0, 0, 255)
    pair = comparison.pair
    assert pair is not None
    x, y = np.meshgrid(np.arange(160, dtype=np.float32), np.arange(120, dtype=np.float32))
    mapped = replace(comparison, pair=replace(pair, map_xy=np.stack([x, y], axis=-1)))
    for view in scar_views(mapped, before, after):
        assert view.picture.shape == (CLOSE_LOOK_PX, 2 * CLOSE_LOOK_PX + GAP_PX, 3)
        for half in (view.picture[:, :CLOSE_LOOK_PX], view.picture[:, -CLOSE_LOOK_PX:]):
            rows, columns = np.nonzero(half[..., 2] > half[..., 0].astype(int) + 60)
            assert abs(rows.mean() - CLOSE_LOOK_PX / 2) < 4
            assert abs(columns.mean() - CLOSE_LOOK_PX / 2) < 4


def test_larger_photographs_give_the_same_looks() -> None:
    large = RGB.repeat(3, axis=0).repeat(3, axis=1)
    comparison = build_comparison()
    for one, other in zip(
        scar_views(comparison, RGB, RGB), scar_views(comparison, large, large), strict=True
    ):
        assert np.abs(one.picture.astype(int) - other.picture).mean() < 3


def test_a_change_is_written_with_its_error() -> None:
    assert change_words(10.4, 60.0) == "+10 ± 60 µm"
    assert change_words(-79.8, 60.0) == "−80 ± 60 µm"
    assert change_words(-0.2, 60.0) == "0 ± 60 µm"
    assert change_words(10.4, None) == "+10 µm, error not known"
    assert change_words(None, 60.0) == "depth not known"


def test_the_sheet_holds_every_scar() -> None:
    found = views(build_comparison(0.5))
    sheet = contact_sheet(found * 50)
    assert sheet.shape[0] > 25 * CLOSE_LOOK_PX
    rows = [
        top
        for top in range(0, sheet.shape[0] - CLOSE_LOOK_PX)
        if (sheet[top, 40:60] != 255).any()
        and (sheet[top : top + CLOSE_LOOK_PX, 50] != 255).all(axis=0).any()
    ]
    assert len(rows) >= 25
    with pytest.raises(ValueError, match="at least one"):
        contact_sheet(())


def test_without_alignment_there_are_no_looks() -> None:
    assert scar_views(replace(build_comparison(), pair=None), RGB, RGB) == ()
