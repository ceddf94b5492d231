"""What a reading shows, against answers whose truth is known."""

import csv
import io
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from drawn_designs import drawn_design, graded, improved, read_by, some

from inference.reading.agreement import icc_2_1, weighted_kappa
from inference.reading.analysis import ALL_READERS, analyse
from inference.reading.answers import readings_csv
from inference.reading.errors import ReadingError
from inference.reading.model import ModelSays
from inference.reading.report import analysis_document, write_analysis
from inference.reading.scales import SCALES
from inference.report.html import html_text


def test_classes_are_those_of_the_scales() -> None:
    assert [SCALES["gais"].value(step) for step in (3, 2, 1, 0, -1, -3)] == [1, 2, 3, 4, 5, 5]
    assert [SCALES["quartile"].value(step) for step in (4, 1, 0, -2)] == [4, 1, 0, 0]
    assert SCALES["gais"].takes(-3, None, None)
    assert not SCALES["gais"].takes(4, None, None)
    assert not SCALES["gais"].takes(1, 2, 2)
    assert SCALES["scar_s"].takes(None, 0, 5)
    assert not SCALES["scar_s"].takes(None, 0, None)
    assert not SCALES["goodman_baron"].takes(None, 0, 5)
    assert all(scale.takes(None, None, None) for scale in SCALES.values())


def test_the_direction_comes_from_the_design_whatever_the_side() -> None:
    design = drawn_design(12, nulls=0.5)
    reads = read_by(design, {"ada": improved(lambda trial: 2 if trial.pair.kind == "change" else 0)})
    changes = [read for read in reads if read.kind == "change"]
    assert {read.improvement for read in changes} == {2}
    assert {read.value for read in changes} == {2}
    assert {read.difference for read in changes} == {-2, 2}
    assert all((read.later_on == "right") == (read.difference == 2) for read in changes)
    found = analyse(design, reads)
    (ada,) = found.readers
    assert (ada.later_better, ada.no_change, ada.earlier_better) == (12, 0, 0)
    assert ada.nulls.value == 0
    assert ada.nulls.n == 6
    assert ada.intra.exact.value == 1
    assert found.inter is None
    assert found.model is None


def test_a_reader_who_prefers_a_side_or_sees_change_everywhere_is_found_out() -> None:
    design = drawn_design(40, nulls=0.5)
    reads = read_by(
        design,
        {
            "right": lambda trial: (1, None, None),
            "fair": improved(some(design, 3, -1, 2)),
        },
    )
    right, fair = sorted(analyse(design, reads).readers, key=lambda one: one.reader, reverse=True)
    assert right.side.value == right.side.low == 1
    assert right.nulls.value == 1
    assert fair.side.low is not None
    assert fair.side.low < 0 < (fair.side.high or 0)


def test_agreement_is_that_of_the_answers_laid_side_by_side() -> None:
    design = drawn_design(30, repeats=0.5, scale="quartile")
    rules = {name: some(design, seed, -1, 4) for seed, name in enumerate(("ada", "bo"))}
    reads = read_by(design, {name: improved(rule) for name, rule in rules.items()})
    found = analyse(design, reads)
    by_key = {(read.reader, read.pair, read.showing): read.value for read in reads}
    changes = [pair.id for pair in design.pairs if pair.kind == "change"]
    both = np.array([[by_key[name, pair, 1] for name in ("ada", "bo")] for pair in changes], float)
    assert found.inter is not None
    assert found.inter.icc_2_1.value == pytest.approx(icc_2_1(both))
    assert found.inter.weighted_kappa.value == pytest.approx(weighted_kappa(both))
    assert found.inter.icc_2_1.n == 30
    again = np.array([[by_key["ada", pair, k] for k in (1, 2)] for pair in design.repeated], float)
    assert found.readers[0].intra.weighted_kappa.value == pytest.approx(weighted_kappa(again))
    assert found.readers[0].intra.weighted_kappa.n == 15


def test_grades_are_compared_photograph_by_photograph() -> None:
    design = drawn_design(10, scale="scar_s", repeats=0.3)
    first, second = some(design, 1, 2, 5), some(design, 2, 0, 3)
    reads = read_by(
        design, {"ada": graded(first, second), "bo": graded(lambda trial: first(trial) - 1, second)}
    )
    read = next(read for read in reads if read.kind == "change")
    assert read.improvement == (read.first_grade or 0) - (read.second_grade or 0)
    found = analyse(design, reads)
    assert found.inter is not None
    assert found.inter.exact.value == 0.5  # all second photographs, no first one
    assert found.inter.exact.n == 10


def test_who_reads_as_the_model_agrees_with_it() -> None:
    design = drawn_design(25)
    truth = some(design, 7, 0, 3)
    reads = read_by(
        design,
        {"ada": improved(lambda trial: truth(trial)), "bo": improved(lambda trial: max(0, truth(trial) - 1))},
    )
    steps = {read.pair: read.improvement or 0 for read in reads if read.reader == "ada" and read.showing == 1}
    model = {
        pair: ModelSays((float(4 - step),), 20.0 * step)
        for pair, step in steps.items()
        if design.pair(pair).kind == "change"
    }
    model.pop(next(iter(model)))
    found = analyse(design, reads, model)
    assert found.model is not None
    ada, bo, all_ = found.model
    assert (ada.weighted_kappa.value, ada.weighted_kappa.n, found.model_pairs) == (1, 24, 24)
    assert ada.difference.mean.value == 0
    assert ada.spearman.value == pytest.approx(1)
    known = [steps[pair] for pair in model]
    assert bo.difference.mean.value == pytest.approx(np.mean([step > 0 for step in known]))
    assert all_.reader == ALL_READERS
    assert all_.difference.mean.value == pytest.approx((bo.difference.mean.value or 0) / 2)


def test_what_could_not_be_judged_counts_nowhere_but_is_counted() -> None:
    design = drawn_design(8, nulls=0.5)
    reads = read_by(design, {"ada": lambda trial: (None, None, None), "bo": improved(lambda trial: 1)})
    ada, bo = analyse(design, reads).readers
    assert ada.not_judged == ada.done == ada.total
    assert ada.nulls.value is None
    assert bo.nulls.value == 1
    assert analyse(design, reads).all_nulls.n == 4
    with pytest.raises(ReadingError, match="Nobody"):
        analyse(design, [])


def test_the_table_holds_every_answer() -> None:
    design = drawn_design(5)
    reads = read_by(design, {"ada": improved(lambda trial: 1), "bo": lambda trial: (None, None, None)})
    rows = list(csv.DictReader(io.StringIO(readings_csv(reads))))
    assert len(rows) == len(reads)
    assert rows[0]["reader"] == "ada"
    assert rows[0]["place"] == "1"
    assert rows[-1]["difference"] == ""
    assert rows[-1]["judged"] == "False"


def test_documents_are_written(tmp_path: Path) -> None:
    design = drawn_design(12, title="Spring")
    reads = read_by(
        design, {"ada": improved(some(design, 1, -1, 3)), "b<o": improved(some(design, 2, -1, 3))}
    )
    model = {pair.id: ModelSays((3.0,), 12.0) for pair in design.pairs if pair.kind == "change"}
    found = analyse(design, reads, model)
    html = html_text(analysis_document(found, date(2026, 10, 16)))
    assert "b&lt;o" in html
    assert "Agreement with the model" in html
    assert "Agreement with the model" not in html_text(
        analysis_document(replace(found, model=None), date(2026, 10, 16))
    )
    for name in ("report.html", "report.pdf", "report.json"):
        write_analysis(found, tmp_path / name, date(2026, 10, 16))
        assert (tmp_path / name).stat().st_size > 1000
    with pytest.raises(ReadingError, match=r"\.html"):
        write_analysis(found, tmp_path / "report.txt", date(2026, 10, 16))
