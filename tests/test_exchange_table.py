"""The tidy table: a row a figure, units and versions beside it, the unknown missing and never 0."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow.parquet
import pytest
from result_folders import build_case, comparison_folder, measured_comparison, series_folder
from typer.testing import CliRunner

from inference.change.comparison import Comparable
from inference.cli import app
from inference.exchange.table import COLUMNS, tidy_table
from inference.exchange.visits import UNITS, visits_of
from inference.measure.assessment import RegionFigures
from inference.report.case import Case
from inference.report.make import find_results

KEY = ["patient", "visit", "region", "metric", "basis"]


def export(results: Path, out: Path, *more: str) -> pd.DataFrame:
    run = CliRunner().invoke(app, ["export", str(results), "--out", str(out), *more])
    assert run.exit_code == 0, run.output
    return (
        pd.read_csv(out, dtype={"photo_sha256": str, "model_sha256": str})
        if out.suffix == ".csv"
        else pd.read_parquet(out)
    )


@pytest.mark.parametrize("name", ["figures.csv", "figures.parquet"])
def test_a_row_for_each_visit_metric_and_basis(tmp_path: Path, name: str) -> None:
    table = export(series_folder(tmp_path / "r", early=1), tmp_path / name, "--patient", "P-9")
    assert list(table.columns) == list(COLUMNS)
    assert not table.duplicated(KEY).any()
    burden = table[(table.metric == "scars.burden_um") & (table.basis == "series")]
    assert burden.visit.tolist() == ["visit-1", "visit-2", "visit-3", "visit-4"]
    assert burden.value.tolist() == pytest.approx([40, 36, 28, 20])
    assert burden["sem"].tolist() == pytest.approx([1, 1, 1, 1])
    assert burden.day.tolist() == [0, 30, 60, 90]
    assert burden.counted.tolist() == [True, False, True, True]
    assert set(burden.unit) == {"µm"}
    assert set(table.patient) == {"P-9"}
    assert set(table.view) == {"left cheek"}
    assert set(table.model_version) == {"0.1.0"}
    assert set(table.model_sha256) == {"1" * 64}


def test_a_photographs_own_figures_come_with_their_interval(tmp_path: Path) -> None:
    table = export(comparison_folder(tmp_path / "r"), tmp_path / "t.parquet")
    alone = table[(table.basis == "photograph") & (table.visit == "before")].set_index("metric")
    assert alone.loc["scars.burden_um", "value"] == 38.0
    assert alone.loc["scales.ecca_atrophic", ["value", "low", "high"]].tolist() == [60.0, 45.0, 75.0]
    assert pd.isna(alone.loc["texture.wrinkle_depth_um", "value"])
    assert pd.isna(alone.loc["scales.goodman_baron_qualitative", "value"])
    assert set(alone.index) >= set(UNITS) - {name for name in UNITS if name.startswith("scales.")}


def test_regions_have_rows_of_their_own(tmp_path: Path) -> None:
    built = measured_comparison()
    one = built.before
    part = RegionFigures(one.skin, replace(one.scars, count=1), one.scales, one.texture, one.pigment)
    folder = comparison_folder(tmp_path, replace(built, before=replace(one, regions={"left_cheek": part})))
    table = tidy_table(visits_of(find_results(folder), build_case()), "P", None)
    counts = table[
        (table.metric == "scars.count") & (table.basis == "photograph") & (table.visit == "before")
    ]
    assert counts.set_index("region").value.to_dict() == {"left_cheek": 1.0, pd.NA: 3.0}


def test_a_pair_that_cannot_be_compared_has_no_figures_of_the_pair(tmp_path: Path) -> None:
    folder = comparison_folder(tmp_path, replace(measured_comparison(), comparable=Comparable(False, ())))
    table = tidy_table(visits_of(find_results(folder), Case()), None, None)
    assert set(table.basis) == {"photograph"}
    assert table.counted.groupby(table.visit).first().to_dict() == {"before": True, "after": False}


def test_types_hold_where_nothing_is_known(tmp_path: Path) -> None:
    out = tmp_path / "t.parquet"
    export(comparison_folder(tmp_path / "r"), out)
    schema = pyarrow.parquet.read_schema(out)
    assert str(schema.field("day").type) == "double"
    assert str(schema.field("region").type) in ("string", "large_string")


def test_an_unknown_ending_is_explained(tmp_path: Path) -> None:
    folder = comparison_folder(tmp_path)
    run = CliRunner().invoke(app, ["export", str(folder), "--out", str(tmp_path / "t.xlsx")])
    assert run.exit_code == 2
    assert ".parquet" in run.output
