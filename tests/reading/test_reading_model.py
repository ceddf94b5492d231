"""The model's say about the pairs of a design, out of real result folders."""

from dataclasses import replace
from pathlib import Path

import pytest
from drawn_designs import drawn_design
from result_folders import comparison_folder, measured_comparison

from inference.measure.assessment import ScaleValue
from inference.reading.design import Design, Pair
from inference.reading.errors import ReadingError
from inference.reading.model import from_results


def write_results(
    folder: Path,
    pair: Pair,
    percent: float | None,
    *,
    turned: bool = False,
    grades: tuple[float | None, float | None] = (3.0, 2.0),
) -> None:
    """The comparison of a pair's photographs, from the first to the second unless `turned`."""
    built = measured_comparison()
    hashes = [pair.first.sha256, pair.second.sha256][:: -1 if turned else 1]
    before, after = (
        replace(
            one,
            photo=replace(one.photo, sha256=sha256),
            scales={"scar_s_face": ScaleValue(grade, None, None, "drawn")},
        )
        for one, sha256, grade in zip((built.before, built.after), hashes, grades, strict=True)
    )
    overall = replace(built.overall, percent=percent)
    comparison_folder(folder, replace(built, before=before, after=after, overall=overall))


def changes(design: Design) -> list[Pair]:
    return [pair for pair in design.pairs if pair.kind == "change"]


def test_pairs_are_recognized_by_their_photographs(tmp_path: Path) -> None:
    design = drawn_design(3)
    first, second, third = changes(design)
    write_results(tmp_path / "a" / "1-visit", first, -50.0)
    write_results(tmp_path / "b", second, None)
    write_results(
        tmp_path / "c", third, -10.0, turned=True
    )  # from the later to the earlier: another question
    says = from_results(design, tmp_path)
    assert says.keys() == {first.id, second.id}
    assert (says[first.id].values, says[first.id].percent_less) == ((3.0,), 50.0)
    assert says[second.id].percent_less is None
    quarters = from_results(drawn_design(3, scale="quartile"), tmp_path)
    assert quarters[first.id].values == (2.0,)


def test_grades_are_those_of_both_photographs_or_none(tmp_path: Path) -> None:
    design = drawn_design(2, scale="scar_s", repeats=0)
    first, second = changes(design)
    write_results(tmp_path / "a", first, -50.0)
    write_results(tmp_path / "b", second, -50.0, grades=(3.0, None))
    says = from_results(design, tmp_path)
    assert says[first.id].values == (3.0, 2.0)
    assert says[second.id].values == ()


def test_results_of_other_photographs_are_refused(tmp_path: Path) -> None:
    comparison_folder(tmp_path / "other")
    with pytest.raises(ReadingError, match="no comparison of a pair"):
        from_results(drawn_design(2), tmp_path)
    (tmp_path / "other" / "comparison.json").write_text("{}")
    with pytest.raises(ReadingError, match="not a readable result"):
        from_results(drawn_design(2), tmp_path)
