"""The series page in a real browser: visits uploaded with their days, the chart, and two of them compared."""

from pathlib import Path

import cv2
import pytest

from tests.e2e.conftest import ROOT, choose

sync_api = pytest.importorskip("playwright.sync_api", reason="the browser test needs playwright")

pytestmark = pytest.mark.e2e

RESULT_LIMIT_MS = 120_000
VISITS = [ROOT / "data" / "sample" / f"visit-{number}.jpg" for number in (1, 3, 5)]
DAYS = ("2026-03-04", "2026-05-27", "2027-01-04")


def _open(page: "sync_api.Page") -> None:
    page.get_by_role("button", name="Series", exact=True).click()
    page.wait_for_selector("#cx-series-start")


def _upload(page: "sync_api.Page", paths: list[Path]) -> None:
    page.locator("#cx-drop-series input[type=file]").set_input_files(paths)
    page.wait_for_selector(f".cx-chosen-visits li:nth-child({len(paths)})")


def test_visits_are_chosen_dated_and_removed(page: "sync_api.Page", tmp_path: Path) -> None:
    choose(page, "before", VISITS[0])
    _open(page)
    assert not page.locator("#cx-start").is_visible()
    _upload(page, VISITS)
    page.locator("[data-said=day]").nth(1).fill(DAYS[1])
    page.locator("[data-said=treated]").nth(1).fill("20")
    page.screenshot(path=tmp_path / "visits.png", full_page=True)
    page.get_by_role("button", name="visit-1.jpg: Remove").click()
    page.wait_for_selector(".cx-chosen-visits li:nth-child(3)", state="detached")
    assert page.locator("[data-said=day]").first.input_value() == DAYS[1]  # what was typed is still there
    assert page.locator("[data-said=treated]").first.input_value() == "20"
    page.click("#cx-series-start")
    sync_api.expect(page.locator("#cx-series-status")).to_contain_text("needs 3 photographs")
    page.get_by_role("button", name="Compare", exact=True).first.click()
    assert page.locator("#cx-slot-before .cx-look").is_visible()  # each page keeps what it holds


def test_a_series_is_measured_and_two_visits_compared(wide_page: "sync_api.Page", tmp_path: Path) -> None:
    page = wide_page
    _open(page)
    _upload(page, VISITS)
    uploads = [
        str(link.get_attribute("href")) for link in page.locator("#cx-drop-series a.download-link").all()
    ]
    assert [page.request.get(upload).status for upload in uploads] == [200, 200, 200]
    page.click("#cx-series-start")
    sync_api.expect(page.locator("#cx-series-status")).to_contain_text("on which day was it taken?")
    for number, day in enumerate(DAYS):
        page.locator("[data-said=day]").nth(number).fill(day)
    page.click("#cx-series-start")
    page.wait_for_selector(".cx-series", timeout=RESULT_LIMIT_MS)
    page.wait_for_timeout(1000)  # emptying the drop zone and deleting what it held is an event of its own
    assert [page.request.get(upload).status for upload in uploads] == [403, 403, 403]
    page.screenshot(path=tmp_path / "series.png", full_page=True)

    page.get_by_role("radio", name="Roughness Sa").check()
    assert page.locator("[data-chart=roughness] .cx-wide svg").is_visible()
    assert not page.locator("[data-chart=burden]").is_visible()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save chart").click()
    assert saved.value.suggested_filename == "cicatrix-series-roughness.png"
    saved.value.save_as(tmp_path / "chart.png")
    chart = cv2.imread(str(tmp_path / "chart.png"))
    assert chart is not None
    assert chart.shape[1] > 1600
    assert chart.std() > 5

    _compare_two(page)
    page.get_by_role("button", name="Back to the series").click()
    assert page.locator(".cx-charts h1").is_visible()
    page.get_by_role("button", name="New series").click()
    page.wait_for_selector("#cx-series-start")
    assert page.locator(".cx-series").count() == 0


def _compare_two(page: "sync_api.Page") -> None:
    """Baseline and last are chosen at first; a third choice lets go of the one chosen first."""
    compare = page.get_by_role("button", name="Compare 4 Mar 2026 with 4 Jan 2027")
    assert compare.is_enabled()
    boxes = page.locator("[name='cx-visit']")
    boxes.nth(1).check(force=True)
    page.get_by_role("button", name="Compare 27 May 2026 with 4 Jan 2027").click()
    page.wait_for_selector("#cx-pair-result .cx-result", timeout=RESULT_LIMIT_MS)
    shown = page.locator("#cx-pair-result")
    assert shown.locator(".cx-before figcaption").inner_text() == "27 May 2026"
    assert shown.locator(".cx-after figcaption").inner_text() == "4 Jan 2027"
    shown.get_by_role("radio", name="Change map").check()
    assert shown.locator(".cx-map").is_visible()
