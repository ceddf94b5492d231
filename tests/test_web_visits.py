"""What is said about the visits of a series, how long they are held, and the page that shows them."""

import json
import re
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from builders import build_assessment, build_comparison, build_photo

from inference.batch.series import MeasuredSeries, MeasuredVisit
from inference.change.comparison import Comparison
from inference.change.metrics import KINDS
from inference.change.series import Visit, series_of
from inference.report.contact_sheet import series_sheet
from inference.report.scar_rows import scar_rows
from inference.report.scars import CLOSE_LOOK_PX
from inference.web.held import HeldSeries
from inference.web.running import Step, guarded, one_step
from inference.web.series_view import render_series
from inference.web.visits import VisitError, key_of, uploaded_visits

RGB = build_photo().rgb


def uploads(count: int) -> list[Path]:
    """As Gradio keeps them: each in a folder named by its content."""
    return [Path(f"/uploads/{k + 1:x}".ljust(73, "0")) / f"visit {k}.jpg" for k in range(count)]


def said(paths: list[Path], *days: str, treated: str = "") -> str:
    pairs = zip(paths, days, strict=True)
    return json.dumps({key_of(path): {"day": day, "treated": treated} for path, day in pairs})


def test_visits_stand_in_the_order_of_their_days() -> None:
    paths = uploads(3)
    found = uploaded_visits(paths, said(paths, "2026-07-08", "2026-03-04", "2026-05-27", treated="20"))
    assert [one.path.name for one in found] == ["visit 1.jpg", "visit 2.jpg", "visit 0.jpg"]
    assert found[0].visit == Visit("4 Mar 2026", 0.0, 20.0)
    assert [one.visit.days for one in found] == [0, 84, 126]


@pytest.mark.parametrize(
    ("days", "why"),
    [
        (("2026-03-04", "", "2026-05-27"), "visit 1.jpg: on which day"),
        (("2026-03-04", "2026-03-04", "2026-05-27"), "Two photographs are of 4 Mar 2026"),
        (("2026-03-04", "4 March", "2026-05-27"), "not written as a day"),
    ],
)
def test_what_is_missing_or_doubled_is_told(days: tuple[str, ...], why: str) -> None:
    paths = uploads(3)
    with pytest.raises(VisitError, match=why):
        uploaded_visits(paths, said(paths, *days))


def test_the_number_of_visits_is_limited_both_ways() -> None:
    for count, why in ((0, "Drop the photographs"), (2, "three|3"), (25, "At most 24")):
        with pytest.raises(VisitError, match=why):
            uploaded_visits(uploads(count), None)


def test_days_since_a_treatment_are_a_number() -> None:
    paths = uploads(3)
    days = ("2026-03-04", "2026-04-04", "2026-05-27")
    with pytest.raises(VisitError, match="no number of days"):
        uploaded_visits(paths, said(paths, *days, treated="soon"))


def visit(label: str, days: float = 0) -> MeasuredVisit:
    return MeasuredVisit(Visit(label, days), build_assessment(), RGB)


def test_a_session_sees_its_own_series_and_no_other() -> None:
    held = HeldSeries()
    held.hold("one", (visit("a"),))
    held.hold("two", (visit("b"),))
    found = held.visits("one")
    assert found is not None
    assert [each.visit.label for each in found] == ["a"]
    assert held.visits("three") is None
    held.discard("one")
    assert held.visits("one") is None
    assert held.visits("two") is not None


def test_no_more_series_are_held_than_there_is_room_for() -> None:
    held = HeldSeries(most=2)
    held.hold("one", (visit("a"),))
    held.hold("two", (visit("b"),))
    held.visits("one")  # looked at just now
    held.hold("three", (visit("c"),))
    assert held.visits("two") is None
    assert held.visits("one") is not None


def test_a_series_that_nobody_looks_at_is_forgotten() -> None:
    held = HeldSeries(held_s=0.05)
    held.hold("one", (visit("a"),))
    time.sleep(0.5)
    assert held.visits("one") is None


def test_what_goes_wrong_is_the_last_step() -> None:
    def fails() -> str:
        raise VisitError("Two photographs are of <b>one</b> day.")

    doing, failed = guarded(one_step("Comparing…", fails))
    assert doing == Step("Comparing…")
    assert "&lt;b&gt;one" in failed.failed
    assert list(guarded(one_step("", lambda: "<main>")))[-1] == Step(html="<main>")


def pair(before: float, after: float, verdict: str) -> Comparison:
    comparison = build_comparison(1 - after / before)
    metrics = tuple(
        replace(
            comparison.metrics[0], name=kind.name, unit=kind.unit, before=before, after=after,
            change=after - before, sem=2.0, mdc95=5.5, verdict=verdict,
        )
        for kind in KINDS
    )  # fmt: skip
    return replace(comparison, metrics=metrics)


def measured_series() -> MeasuredSeries:
    visits = [visit("4 Mar 2026"), visit("<b>May</b>", 84), visit("4 Jan 2027", 306)]
    to_baseline = [pair(40, 30, "improved"), pair(40, 20, "improved")]
    series = series_of([one.visit for one in visits], to_baseline, [to_baseline[0], pair(30, 20, "improved")])
    return MeasuredSeries(series, tuple(visits), tuple(to_baseline))


def test_the_page_of_a_series_tells_trend_visits_and_scars() -> None:
    html = render_series(measured_series())
    assert "\n" not in html
    assert "Improved since &lt;b&gt;May" in html
    assert "<b>May" not in html
    assert not re.search(r"(src|href)=\"(?!data:|#)", html)
    assert html.count('data-chart="burden"') == 1
    assert html.count('name="cx-visit"') == 3
    assert html.count("checked") == 3  # baseline, last visit, first chart
    assert "−20.0" in html
    assert html.count('alt="at every visit"') == 3


def test_a_visit_that_does_not_count_says_why() -> None:
    measured = measured_series()
    series = measured.series
    seen = replace(series.visits[1], counted=False, why_not="taken 5 days after a treatment")
    seen_so = replace(series, visits=(series.visits[0], seen, series.visits[2]))
    html = render_series(replace(measured, series=seen_so))
    assert "Not counted: taken 5 days after a treatment" in html
    assert 'class="cx-uncounted"' in html


def test_a_visit_that_does_not_fit_says_what_may_be_behind_it() -> None:
    measured = measured_series()
    series = measured.series
    burden = series.tracks[0]
    assert burden.trend is not None
    odd = replace(burden, trend=replace(burden.trend, misfits=(1,)))
    html = render_series(replace(measured, series=replace(series, tracks=(odd, *series.tracks[1:]))))
    assert "Does not fit" in html
    assert "Perhaps because: Light from further left." in html


def test_every_scar_has_a_field_for_every_visit() -> None:
    measured = measured_series()
    visits, to_baseline = measured.visits, measured.to_baseline
    refused = replace(to_baseline[0], comparable=replace(to_baseline[0].comparable, usable=False))
    rows = scar_rows([refused, to_baseline[1]], [one.picture for one in visits])
    assert len(rows) == 3
    assert [depth is None for depth in rows[0].depths_um] == [False, True, False]
    middle = rows[0].picture[:, CLOSE_LOOK_PX + 10 : 2 * CLOSE_LOOK_PX - 10]
    assert (middle == (233, 236, 239)).all()
    assert np.ptp(rows[0].picture[:, :CLOSE_LOOK_PX]) > 0
    changes = [row.change_um / row.error_um for row in rows if row.change_um and row.error_um]
    assert changes == sorted(changes, reverse=True)
    sheet = series_sheet(rows, ["one", "two", "three"])
    assert sheet.shape[0] > CLOSE_LOOK_PX
    assert sheet.shape[1] >= 3 * rows[0].picture.shape[1]
