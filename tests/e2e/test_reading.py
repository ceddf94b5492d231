"""A blinded reading in a real browser: graded by keyboard and by hand, left, gone on with, finished, and exported."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from inference.reading import commands
from inference.reading.design import Asked
from inference.records.records import Records
from inference.records.settings import RecordsSettings
from tests.e2e.conftest import ROOT, watched_page

sync_api = pytest.importorskip("playwright.sync_api", reason="the browser test needs playwright")

pytestmark = pytest.mark.e2e

CODE = "DR-A"


@pytest.fixture
def records(address: str, data_folder: Path) -> Iterator[Records]:
    """The records of the app that runs, opened beside it as the commands do."""
    opened = Records.open(RecordsSettings(data_folder=data_folder, database_url=None))
    yield opened
    opened.close()


@pytest.fixture
def design(records: Records, tmp_path: Path) -> Iterator[Path]:
    """Four pairs of the sample series, one of them twice, and one null; offered while the app runs."""
    path = tmp_path / "design.json"
    asked = Asked("gais", 1, repeats=0.25, nulls=0.25, pairing="every", title="Spring")
    commands.make(records, [str(ROOT / "data" / "sample" / "manifest.csv")], path, asked)
    yield path
    commands.close(records, path)


@pytest.fixture
def reading_page(browser: "sync_api.Browser", address: str, design: Path) -> Iterator["sync_api.Page"]:
    yield from watched_page(browser, f"{address}#reading", 1440, ready="#cx-reading .cx-reading-code")


def test_a_reader_grades_leaves_returns_and_finishes(
    reading_page: "sync_api.Page", design: Path, records: Records, tmp_path: Path
) -> None:
    page = reading_page
    _say_who(page)
    page.get_by_role("link", name="Spring").click()
    page.get_by_role("button", name="Begin").click()
    _wait_for(page, 1)
    assert not page.locator(".cx-header").is_visible()
    widths = page.eval_on_selector_all(
        ".cx-plate", "all => all.map((one) => [one.clientWidth, one.clientHeight])"
    )
    assert widths[0] == widths[1]
    page.keyboard.press("Enter")
    sync_api.expect(page.locator(".cx-wrong")).to_contain_text("Choose an answer first")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("3")
    assert page.locator("[name=difference][value='-3']").is_checked()
    page.screenshot(path=tmp_path / "pair.png")
    page.keyboard.press("Enter")
    _wait_for(page, 2)
    page.locator(".cx-same").click()
    page.get_by_role("button", name="Next pair").click()
    _wait_for(page, 3)
    page.keyboard.press("Backspace")
    sync_api.expect(page.locator(".cx-trial-head")).to_contain_text("Your last answer")
    assert page.locator("[name=difference][value='0']").is_checked()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    _wait_for(page, 3)
    page.locator(".cx-plate").first.click(position={"x": 40, "y": 40})
    assert page.locator(".cx-trial-form[data-zoomed]").count() == 1
    page.keyboard.press("Escape")
    page.keyboard.press("x")
    page.keyboard.press("Enter")
    _wait_for(page, 4)

    page.reload()
    page.wait_for_selector("#cx-reading .cx-reading-code")
    _say_who(page)
    page.get_by_role("button", name="Go on with pair 4").click()
    for number in (4, 5, 6):
        _wait_for(page, number)
        page.keyboard.press("0")
        page.keyboard.press("Enter")
    sync_api.expect(page.locator("#cx-reading")).to_contain_text("All pairs are read")
    assert page.locator(".cx-header").is_visible()

    table = tmp_path / "readings.csv"
    assert commands.export(records, design, table) == {CODE: (6, 6)}
    rows = list(csv.DictReader(table.open(encoding="utf-8")))
    assert [row["difference"] for row in rows] == ["-3", "1", "", "0", "0", "0"]
    assert [row["changed"] for row in rows] == ["0", "1", "0", "0", "0", "0"]


def _say_who(page: "sync_api.Page") -> None:
    page.locator("[name=code]").fill(CODE.lower())
    page.get_by_role("button", name="Go on").click()


def _wait_for(page: "sync_api.Page", number: int) -> None:
    sync_api.expect(page.locator(".cx-trial-head")).to_contain_text(f"Pair {number} of 6")
    page.wait_for_selector("html:not([data-going])")
