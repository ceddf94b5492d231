"""The pieces of page: what is said, what is left out, and nothing that a browser would have to fetch."""

import re
from dataclasses import replace

import pytest

from inference.change.comparison import Comparable, Comparison, LesionChange, Overall, Verdict
from inference.measure.assessment import RegionFigures, ScaleValue
from inference.photo.photo import Provenance, QualityIssue
from inference.report import words
from inference.report.pictures import pair_pictures
from inference.report.rows import figure_row, figure_rows, grade_rows, region_rows
from inference.web.chances import chances_of
from inference.web.scale import ScaleError, parse_scale
from inference.web.view import render_assessment, render_comparison, render_message
from tests.builders import build_assessment, build_comparison, build_photo

RGB = build_photo().rgb


def rendered(comparison: Comparison, titles: tuple[str, str] = ("Before", "After")) -> str:
    return render_comparison(comparison, pair_pictures(comparison, RGB, RGB), titles)


def test_a_comparison_is_one_line_without_addresses() -> None:
    html = rendered(build_comparison())
    assert "\n" not in html
    assert not re.search(r"(src|href)=\"(?!data:|#)", html)
    assert "<script" not in html


def test_the_finding_stands_with_its_verdict_and_the_note() -> None:
    html = rendered(build_comparison())
    assert words.VERDICTS["unknown"] in html
    assert "its error is not yet known" in html
    assert "not yet known, so no figure is called better or worse" in html
    assert "professional&#39;s judgement" in html
    assert "atrophic 0.1.0" in html


def test_the_slider_is_an_ordinary_range_input() -> None:
    html = rendered(build_comparison(), ("Baseline", "6 months"))
    assert 'type="range"' in html
    assert 'aria-label="Divider between before and after"' in html
    assert "6 months" in html


def test_a_pair_that_could_not_be_aligned_stands_side_by_side() -> None:
    issue = QualityIssue("overlap", "reject", "These do not show the same skin.")
    comparison = replace(build_comparison(), pair=None, comparable=Comparable(False, (issue,)))
    html = rendered(comparison)
    assert "cx-apart" in html
    assert 'type="range"' not in html
    assert "found in both" not in html
    assert "These two cannot be compared" in html
    assert issue.message in html


def test_no_figure_of_change_stands_where_a_pair_cannot_be_compared() -> None:
    issue = QualityIssue("light_mode", "reject", "One is lit from the side, the other is not.")
    html = rendered(replace(build_comparison(), comparable=Comparable(False, (issue,))))
    assert html.index(issue.message) < html.index("professional")
    for figure in ("<table", "cx-change", "cx-map", "−15.2", "fell by 40", "Scar burden", "cx-fates"):
        assert figure not in html


def test_every_scar_is_looked_at_with_its_verdict_and_error() -> None:
    html = rendered(build_comparison(healed_share=0.5))
    assert html.count('alt="before and after"') == 3
    assert "−150 ± 60 µm" in html
    assert html.count(">improved</b>") == 3
    rejected = Comparable(False, ())
    assert 'alt="before and after"' not in rendered(replace(build_comparison(), comparable=rejected))


def test_the_pair_is_shown_alike_with_the_originals_beside_it() -> None:
    html = rendered(build_comparison())
    assert html.count("data-original=") == 2
    assert "all figures come from the originals" in html
    refused = replace(build_comparison(), comparable=Comparable(False, ()))
    assert "data-original" not in rendered(refused)


def judged(verdict: Verdict, quartile: int) -> Comparison:
    quartiles = {"0": 0.2, "1": 0.1, "2": 0.62, "3": 0.08, "4": 0.0}
    grades = {"1": 0.0, "2": 0.08, "3": 0.72, "4": 0.18, "5": 0.02}
    overall = Overall(
        verdict, quartile, 3, "Lower.", -40.0, -55.0, None, quartiles, grades, responder=verdict == "improved"
    )
    burden = replace(build_comparison().metrics[0], mdc95=7.6, verdict=verdict)
    return replace(build_comparison(), overall=overall, metrics=(burden,))


def test_the_chances_stand_beside_the_sentence() -> None:
    html = rendered(judged("improved", 2))
    assert "Most likely 26–50 % better: 62 %" in html
    assert "yes, improved beyond error" in html
    assert "40 % lower" in html
    assert "from 55 % lower, upper end not known" in html
    chances = chances_of(judged("improved", 2))
    assert chances is not None
    assert [bar.percent for bar in chances.quartiles] == [20, 10, 62, 8, 0]
    assert [bar.label for bar in chances.grades if bar.likeliest] == ["3 improved"]
    strip = chances.strip
    assert strip is not None
    assert (strip.middle, strip.low, strip.high) == (30, 22.5, 100)
    assert (strip.error_low, strip.error_high) == (40, 60)


def test_a_class_that_is_not_the_likeliest_is_not_called_so() -> None:
    comparison = judged("improved", 2)
    chances = {"0": 0.5, "1": 0.0, "2": 0.47, "3": 0.03, "4": 0.0}
    found = chances_of(replace(comparison, overall=replace(comparison.overall, quartile_probability=chances)))
    assert found is not None
    assert found.likely == "26–50 % better: 47 %; no improvement beyond error: 50 %"


def test_no_class_has_a_chance_while_the_error_is_unknown() -> None:
    assert chances_of(build_comparison()) is None
    assert "Most likely" not in rendered(build_comparison())


def test_a_figure_that_is_not_to_be_taken_at_its_word_has_a_footnote() -> None:
    comparison = build_comparison()
    noted = tuple(replace(metric, note="uncalibrated: <light>") for metric in comparison.metrics)
    html = rendered(replace(comparison, metrics=noted))
    assert "* Uncalibrated: &lt;light&gt;." in html
    assert html.count(">*</sup>") == len(noted)
    assert "<sup" not in rendered(comparison)


def test_regions_stand_by_name_and_the_unseen_one_is_a_dash() -> None:
    whole = build_assessment()
    figures = RegionFigures(whole.skin, whole.scars, {}, whole.texture, whole.pigment)
    one = replace(whole, regions={"left_cheek": figures, "<b>chin</b>": figures})
    assert [(row.name, row.scars) for row in region_rows(one, whole)] == [
        ("left cheek", ("3", "–")),
        ("<b>chin</b>", ("3", "–")),
    ]
    html = render_assessment(one, RGB)
    assert "left cheek" in html
    assert "<b>chin" not in html
    assert "By region" not in render_assessment(whole, RGB)


def test_day_and_camera_are_told_where_the_file_tells_them() -> None:
    whole = build_assessment()
    taken = Provenance(taken_at="2026-03-04T10:15:00", camera="Canon EOS R5")
    told = replace(whole, photo=replace(whole.photo, provenance=taken))
    assert "Taken 2026-03-04 with Canon EOS R5." in render_assessment(told, RGB)
    assert "Taken" not in render_assessment(whole, RGB)
    html = rendered(replace(build_comparison(), before=told))
    assert "Taken before 2026-03-04 with Canon EOS R5." in html


@pytest.mark.parametrize(
    ("typed", "mm_per_px"), [(None, None), ("", None), (" ", None), ("0.05", 0.05), (" 0,05 ", 0.05)]
)
def test_a_scale_is_read_as_it_is_typed(typed: str | None, mm_per_px: float | None) -> None:
    assert parse_scale(typed) == mm_per_px


def test_what_is_no_scale_is_named() -> None:
    with pytest.raises(ScaleError, match="5 mm"):
        parse_scale("5 mm")


def test_fates_claim_no_more_than_was_measured() -> None:
    comparison = build_comparison()
    unjudged = replace(comparison, lesions=LesionChange((1,), (), (2, 3), (), ()))
    html = rendered(unjudged)
    assert "<b>2</b> found in both" in html
    assert "<b>1</b> no longer found" in html
    assert "<b>3</b> improved" in rendered(comparison)


def test_words_from_files_are_escaped() -> None:
    overall = Overall("unknown", None, None, "<img src=x onerror=alert(1)>")
    assert "<img src=x" not in rendered(replace(build_comparison(), overall=overall))
    assert "<b>name</b>" not in render_message("Failed", "<b>name</b>.jpg")


def test_one_photograph_says_what_was_found() -> None:
    html = render_assessment(build_assessment(), RGB)
    assert "3 scars were found on 8 cm² of skin; their burden is 38 µm." in html
    assert "Enter the scale to get mm." in html


def test_the_legend_names_the_types_that_occur_and_no_other() -> None:
    html = render_assessment(build_assessment(), RGB)
    assert "</i>boxcar</li>" in html
    assert "</i>raised</li>" not in html


def test_a_change_stands_beside_its_error() -> None:
    metric = replace(build_comparison().metrics[0], mdc95=7.6, verdict="improved")
    row = figure_row(metric)
    assert (row.before, row.after, row.change, row.percent) == ("38.0", "22.8", "−15.2", "−40 %")
    assert row.error == "± 7.6"
    assert row.gauge is not None
    assert round(row.gauge, 3) == round(-15.2 / 7.6 / 3, 3)


def test_an_unknown_error_is_said_to_be_unknown() -> None:
    row = figure_row(build_comparison().metrics[0])
    assert row.error == "not yet known"
    assert row.gauge is None


def test_a_figure_unknown_in_both_is_left_out_and_in_one_is_a_dash() -> None:
    metric = build_comparison().metrics[0]
    assert figure_rows([replace(metric, before=None, after=None)]) == []
    assert figure_rows([replace(metric, after=None, change=None)])[0].after == "–"


def test_grades_show_interval_range_or_nothing() -> None:
    scales = {
        "ecca_atrophic": ScaleValue(60.0, 45.0, 75.0, "counts"),
        "goodman_baron_qualitative": ScaleValue(None, 3.0, 4.0, "no stretch test"),
        "scar_s_face": ScaleValue(None, None, None, "close-up"),
    }
    rows = {row.label: row.values for row in grade_rows(scales, {})}
    assert rows == {
        "Goodman–Baron grade (1–4)": ("3–4", "–"),
        "ECCA, atrophic part (0–180)": ("60 (45–75)", "–"),
    }


def test_nothing_has_no_sign() -> None:
    figure = words.FIGURES["scars.burden_um"]
    assert words.signed(-0.01, figure) == "0.0"
    assert words.signed(2.0, figure) == "+2.0"
