"""Series of visits: figures carried on the baseline's level, what counts, and the files of the sample series."""

import csv
import json
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from builders import build_comparison
from bundles import build_bundle
from typer.testing import CliRunner

from data.manifest import ManifestRow
from inference.batch.series import planned_series
from inference.change.comparison import Comparable, Comparison, Metric
from inference.change.metrics import KINDS
from inference.change.series import Series, Visit, series_of
from inference.cli import app
from inference.errors import CicatrixError, ComparisonError
from inference.photo.photo import QualityIssue
from inference.report.chart import NARROW, track_chart

ROOT = Path(__file__).resolve().parents[1]


def pair(before: float, after: float, sem: float | None = 1.0, usable: bool = True) -> Comparison:
    """A comparison in which every figure has the same values."""
    mdc95 = None if sem is None else 2.77 * sem
    verdict = "unknown" if mdc95 is None else "within measurement error"
    if mdc95 is not None and abs(after - before) > mdc95:
        verdict = "improved" if after < before else "worse"
    metrics = tuple(
        Metric(kind.name, kind.unit, before, after, after - before, None, mdc95, verdict, sem=sem)
        for kind in KINDS
    )
    issue = QualityIssue("pose", "reject", "Turned too far.")
    comparable = Comparable(usable, () if usable else (issue,))
    return replace(build_comparison(), metrics=metrics, comparable=comparable)


def series(*later: float, start: float = 40.0, sem: float | None = 1.0, early: int | None = None) -> Series:
    visits = [Visit(f"visit {k + 1}", 30.0 * k, 5.0 if k == early else None) for k in range(len(later) + 1)]
    values = [start, *later]
    to_last = [pair(a, b, sem) for a, b in zip(values, later, strict=False)]
    return series_of(visits, [pair(start, after, sem) for after in later], to_last)


def burden(found: Series) -> Any:
    return found.tracks[0]


def test_figures_are_carried_on_the_baselines_level() -> None:
    """A pair that shares less skin has another baseline figure; its factor is what counts."""
    visits = [Visit(name, 30.0 * k) for k, name in enumerate(("one", "two", "three"))]
    found = series_of(visits, [pair(40, 20), pair(20, 8)], [pair(40, 20), pair(20, 12)])
    assert burden(found).values == pytest.approx((30, 15, 12))
    assert burden(found).sem == pytest.approx((1.125, 0.75, 1.5))
    ita = next(track for track in found.tracks if track.name == "pigment.ita_deg")
    assert ita.values == pytest.approx((30, 10, 18))


def test_the_sentence_names_the_first_lasting_change_and_the_plateau() -> None:
    assert "since visit 2, and still changes" in series(34, 28, 20).statement
    assert series(34, 28, 28, 28).statement.endswith("since visit 3 no further change is beyond error.")
    assert series(39, 41, 40).statement.startswith("No lasting change")
    assert "higher" in series(50, 60).statement


def test_without_errors_nothing_is_claimed() -> None:
    found = series(30, 20, sem=None)
    assert burden(found).trend is None
    assert burden(found).values == (40, 30, 20)
    assert "not known" in found.statement


def test_a_visit_too_early_after_a_treatment_is_kept_and_not_counted() -> None:
    found = series(39, 20, 39, early=2)
    assert [visit.counted for visit in found.visits] == [True, True, False, True]
    assert "5 days after a treatment" in (found.visits[2].why_not or "")
    assert burden(found).values[2] == 20
    assert burden(found).trend.first_beyond is None


def test_a_visit_that_cannot_be_compared_shows_no_value() -> None:
    visits = [Visit(name, 30.0 * k) for k, name in enumerate(("one", "two", "three"))]
    found = series_of(visits, [pair(40, 5, usable=False), pair(40, 30)], [pair(40, 5), pair(5, 30)])
    assert burden(found).values == (40, None, 30)
    assert "Turned too far" in (found.visits[1].why_not or "")
    assert burden(found).trend.first_beyond == 2


def test_days_must_rise() -> None:
    with pytest.raises(ComparisonError, match="order of their days"):
        series_of([Visit("a", 0), Visit("b", 0)], [pair(1, 1)], [pair(1, 1)])


def test_the_chart_is_well_formed_and_names_every_visit() -> None:
    found = series(34, 20, 28, early=2)
    svg = track_chart(burden(found), found.visits, "Scar burden, µm <left>")
    root = ElementTree.fromstring(svg)
    texts = ["".join(node.itertext()) for node in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"visit 1", "visit 2", "visit 3 (not counted)", "visit 4"} <= set(texts)
    assert len(list(root.iter("{http://www.w3.org/2000/svg}circle"))) == 4


def chart_texts(svg: str) -> set[str]:
    root = ElementTree.fromstring(svg)
    return {"".join(node.itertext()) for node in root.iter("{http://www.w3.org/2000/svg}text")}


def test_the_chart_marks_first_change_plateau_and_misfit() -> None:
    found = series(34, 28, 28, 28)
    svg = track_chart(burden(found), found.visits, "Scars")
    assert {"first beyond error", "no further change beyond error"} <= chart_texts(svg)
    assert svg.count('fill="#0072B2" stroke="#0072B2"') == 4  # points beyond the baseline's error are full
    odd = replace(burden(found), trend=replace(burden(found).trend, misfits=(2,)))
    crossed = track_chart(odd, found.visits, "Scars")
    assert crossed.count("#a03c00") == 5  # its bar, its point twice, its cross, its words
    assert "does not fit" in chart_texts(crossed)
    assert "#a03c00" not in svg
    still = series(39, 41)
    assert not {"first beyond error"} & chart_texts(track_chart(burden(still), still.visits, "Scars"))


def test_names_that_have_no_room_are_left_out_of_a_narrow_chart() -> None:
    found = series(*[39.0] * 13)
    names = {visit.label for visit in found.visits}
    assert names <= chart_texts(track_chart(burden(found), found.visits, "Scars"))
    found = series(*[39.0] * 29)
    names = {visit.label for visit in found.visits}
    narrow = chart_texts(track_chart(burden(found), found.visits, "Scars", size=NARROW))
    assert 12 <= len(narrow & names) < 30
    assert {"visit 1", "visit 30"} <= narrow


def test_the_scale_of_a_chart_begins_at_zero() -> None:
    found = series(39, 38)
    root = ElementTree.fromstring(track_chart(burden(found), found.visits, "Scars"))
    texts = {"".join(node.itertext()) for node in root.iter("{http://www.w3.org/2000/svg}text")}
    assert "0" in texts


def _manifest(folder: Path, rows: list[dict[str, object]]) -> Path:
    path = folder / "manifest.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, sorted({name for row in rows for name in row}))
        writer.writeheader()
        writer.writerows(rows)
    return path


def _row(name: str, day: object, patient: str = "p", **more: object) -> dict[str, object]:
    return {
        "photo_id": name,
        "patient_id": patient,
        "image": f"{name}.jpg",
        "days_from_baseline": day,
        **more,
    }


def test_series_are_parted_by_patient_region_and_ordered_by_day(tmp_path: Path) -> None:
    rows = [_row("b", 30), _row("a", 0), _row("d", 50, "q"), _row("c", 9, "q")]
    planned = planned_series(_manifest(tmp_path, rows))
    assert [[row.photo_id for row in one.rows] for one in planned] == [["a", "b"], ["c", "d"]]
    assert isinstance(planned[0].rows[0], ManifestRow)


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([_row("a", 0), _row("b", "")], "days_from_baseline is missing for b"),
        ([_row("a", 0)], "two visits or more"),
        ([_row("a", 0), _row("b", 0)], "one photograph a day"),
        ([{"photo_id": "a", "patient_id": "p"}], "lacks the columns"),
    ],
)
def test_a_manifest_that_is_no_series_is_refused(
    tmp_path: Path, rows: list[dict[str, object]], why: str
) -> None:
    with pytest.raises(CicatrixError, match=why):
        planned_series(_manifest(tmp_path, rows))


def test_the_sample_series_becomes_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three of its visits through the command, by a network whose answer is arithmetic."""
    monkeypatch.setenv("CICATRIX_BUNDLE", str(build_bundle(tmp_path / "arithmetic-0.0.1")))
    sample = ROOT / "data" / "sample"
    with (sample / "manifest.csv").open() as file:
        read = list(csv.DictReader(file))[:3]
    rows: list[dict[str, object]] = [{str(name): cell for name, cell in row.items()} for row in read]
    for row in rows:
        (tmp_path / str(row["image"])).write_bytes((sample / str(row["image"])).read_bytes())
    out = tmp_path / "out"
    run = CliRunner().invoke(app, ["series", str(_manifest(tmp_path, rows)), "--out", str(out)])
    assert run.exit_code == 0, run.output
    folder = out / "rendered-1" / "left-cheek" / "left_cheek"
    result = json.loads((folder / "series.json").read_text(encoding="utf-8"))
    assert [visit["label"] for visit in result["visits"]] == ["visit-1", "visit-2", "visit-3"]
    assert [visit["days"] for visit in result["visits"]] == [0, 42, 84]
    assert (folder / "series.burden.svg").is_file()
    compared = json.loads((folder / "2-visit-3" / "comparison.json").read_text(encoding="utf-8"))
    assert compared["after"]["photo"]["file"] == "visit-3.jpg"
    assert result["statement"] in run.output


def test_a_missing_photograph_is_named_and_the_status_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CICATRIX_BUNDLE", str(build_bundle(tmp_path / "arithmetic-0.0.1")))
    run = CliRunner().invoke(
        app, ["series", str(_manifest(tmp_path, [_row("a", 0), _row("b", 9)])), "--out", str(tmp_path / "o")]
    )
    assert run.exit_code == 1
    assert "a.jpg" in run.output
