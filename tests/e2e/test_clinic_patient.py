"""The sample patient in a real browser: found, looked at, compared, reported, exported, deleted, and brought back."""

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import check_no_sideways_scroll, files_with, watched_page

sync_api = pytest.importorskip("playwright.sync_api", reason="the browser test needs playwright")

pytestmark = pytest.mark.e2e

MEASURED_LIMIT_MS = 150_000
TABLET = {"width": 820, "height": 1180}


@pytest.fixture
def clinic_page(browser: "sync_api.Browser", address: str) -> Iterator["sync_api.Page"]:
    """The page that the app starts with."""
    yield from watched_page(browser, address, 1440, ready=".cx-patients")


def looked_at(page: "sync_api.Page", path: Path) -> None:
    """Pictures of the page on a desk and on a tablet, neither of which scrolls sideways."""
    desk = page.viewport_size
    for size, name in ((desk, "desk"), (TABLET, "tablet")):
        page.set_viewport_size(size)
        check_no_sideways_scroll(page)
        page.screenshot(path=path.with_suffix(f".{name}.png"), full_page=True)
    page.set_viewport_size(desk)


def test_the_sample_patient_is_followed_reported_deleted_and_brought_back(
    clinic_page: "sync_api.Page", data_folder: Path, tmp_path: Path
) -> None:
    page = clinic_page
    _find(page, tmp_path)
    _look(page, tmp_path)
    _compare(page, tmp_path)
    report = _download(page, lambda: page.get_by_role("button", name="Make and save").click(), tmp_path)
    assert "SAMPLE-1" in report.read_text(encoding="utf-8")
    page.get_by_role("link", name="← SAMPLE-1").click()
    archive = _export(page, tmp_path)
    with zipfile.ZipFile(archive) as content:
        photographs = [Path(name).name.encode() for name in content.namelist() if name.startswith("photo")]
    assert len(photographs) == 5
    assert len(files_with(data_folder, b"SAMPLE-1", *photographs)) > 5
    _delete(page)
    assert files_with(data_folder, b"SAMPLE-1", *photographs) == []
    _bring_back(page, archive)
    assert len(files_with(data_folder, *photographs)) >= 5


def _find(page: "sync_api.Page", folder: Path) -> None:
    """The list is the first page; what is typed into the search stays while the list follows."""
    assert page.title() == "cicatrix"
    search = page.get_by_role("searchbox")
    search.fill("nobody")
    sync_api.expect(page.locator(".cx-nothing-found")).to_contain_text("nobody")
    search.fill("sample")
    link = page.get_by_role("link", name="SAMPLE-1")
    link.wait_for()
    assert search.input_value() == "sample"
    assert "search=sample" in page.url
    sync_api.expect(page.locator(".cx-spark")).to_have_count(1, timeout=MEASURED_LIMIT_MS)
    page.get_by_role("button", name="Next").click()
    page.wait_for_selector("[aria-sort=ascending] >> text=Next")
    looked_at(page, folder / "patients")
    page.get_by_role("button", name="New patient").click()
    page.get_by_role("button", name="Add patient").click()
    sync_api.expect(page.get_by_role("alert")).to_contain_text("fill this in")
    page.keyboard.press("Escape")
    link.focus()
    page.keyboard.press("Enter")


def _look(page: "sync_api.Page", folder: Path) -> None:
    """The finding stands on top; figures are chosen; the page renews itself until all is measured."""
    finding = page.locator(".cx-finding:visible h1")
    sync_api.expect(finding).to_contain_text("lower than on", timeout=MEASURED_LIMIT_MS)
    page.wait_for_selector(".cx-patient:not([data-renew])", timeout=MEASURED_LIMIT_MS)
    looked_at(page, folder / "patient")
    page.get_by_role("radio", name="Redness").check()
    assert page.locator("[data-chart=pigment-erythema_index] .cx-wide svg").is_visible()
    assert not page.locator("[data-chart=scars-burden_um]").is_visible()


def _compare(page: "sync_api.Page", folder: Path) -> None:
    """Baseline and last are picked; a third lets go of the one picked first; back leads back."""
    picks = page.locator("[name='cx-pick']")
    assert [pick.is_checked() for pick in picks.all()] == [True, False, False, False, True]
    picks.nth(2).check()
    assert picks.nth(2).is_checked()
    assert page.locator("[name='cx-pick']:checked").count() == 2
    page.locator("[data-cx=compare-picked]").click()
    page.wait_for_selector("#cx-pair .cx-result", timeout=MEASURED_LIMIT_MS)
    looked_at(page, folder / "pair")
    page.go_back()
    page.wait_for_selector("html:not([data-going]) .cx-finding h1")
    assert picks.nth(2).is_checked()  # what was picked is still picked
    page.go_forward()
    page.wait_for_selector("html:not([data-going]) #cx-pair-format")
    page.locator("#cx-pair-format").select_option("html")


def _download(page: "sync_api.Page", press: object, folder: Path) -> Path:
    with page.expect_download(timeout=MEASURED_LIMIT_MS) as saved:
        press()  # type: ignore[operator]
    path = folder / saved.value.suggested_filename
    saved.value.save_as(path)
    return path


def _export(page: "sync_api.Page", folder: Path) -> Path:
    """A table and the whole patient; both are then listed with the patient, and the report as well."""
    page.wait_for_selector("html:not([data-going]) .cx-papers form[data-ready]")
    make = page.locator(".cx-papers").get_by_role("button", name="Make and save")
    page.locator(".cx-papers [name=format]").select_option("csv")
    table = _download(page, make.click, folder)
    assert table.read_text(encoding="utf-8").startswith("patient,visit")
    page.wait_for_selector("html:not([data-going]) .cx-paper:nth-child(2)")
    page.locator(".cx-papers [name=what]").select_option("patient")
    assert not page.locator(".cx-papers [name=format]").is_visible()
    archive = _download(page, make.click, folder)
    page.wait_for_selector("html:not([data-going]) .cx-paper:nth-child(3)")
    assert page.locator(".cx-paper").count() == 3
    return archive


def _delete(page: "sync_api.Page") -> None:
    """Only with the code typed; a wrong one is told and changes nothing."""
    page.get_by_text("Delete the patient").click()
    field = page.locator("[name=typed]")
    field.fill("SAMPLE-2")
    page.get_by_role("button", name="Delete everything").click()
    page.wait_for_selector(".cx-side-column .cx-wrong")
    assert field.input_value() == "SAMPLE-2"
    field.fill("sample-1")
    page.get_by_role("button", name="Delete everything").click()
    page.wait_for_selector("html:not([data-going])[data-page=patients]")
    sync_api.expect(page.get_by_role("link", name="SAMPLE-1")).to_have_count(0)


def _bring_back(page: "sync_api.Page", archive: Path) -> None:
    """A damaged archive is refused in words; the whole one opens its patient."""
    damaged = archive.with_name("damaged.zip")
    damaged.write_bytes(archive.read_bytes()[:-4000])
    page.get_by_role("button", name="Import…").click()
    page.locator("#cx-import-drop input[type=file]").set_input_files(damaged)
    sync_api.expect(page.locator(".cx-import-said")).to_contain_text("copy it again")
    page.locator("#cx-import-drop input[type=file]").set_input_files(archive)
    page.wait_for_selector("html:not([data-going])[data-page=patient] .cx-finding h1")
    assert page.locator(".cx-figure svg:visible").count() == 1
