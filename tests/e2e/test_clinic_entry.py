"""A patient's life in a real browser, from the first consent over treatments and papers to the end of the record."""

import re
import sqlite3
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from data.manifest import read_manifest
from data.masks import IGNORE, read_channel
from tests.e2e.conftest import ROOT, check_no_sideways_scroll, files_with, watched_page

sync_api = pytest.importorskip("playwright.sync_api", reason="the browser test needs playwright")

pytestmark = pytest.mark.e2e

SAMPLE = ROOT / "data" / "sample"
#: Smaller than the sample, to be quick, and the scale that this leaves.
SIZE_PX, MM_PER_PX = (1050, 700), "0.102"
LOOKED_AT_MS, SCORED_MS = 60_000, 90_000
TABLET = {"width": 820, "height": 1180}


@pytest.fixture
def clinic_page(browser: "sync_api.Browser", address: str) -> Iterator["sync_api.Page"]:
    yield from watched_page(browser, f"{address}#patients", 1440, ready="[data-dialog=cx-new-patient]")


@pytest.fixture
def photographs(tmp_path: Path) -> dict[str, Path]:
    """Three views of a baseline, and a follow-up of the first whose name tells nothing; with the camera's days."""
    made: dict[str, Path] = {}
    with Image.open(SAMPLE / "visit-1.jpg") as first, Image.open(SAMPLE / "visit-3.jpg") as third:
        before, after = first.resize(SIZE_PX), third.resize(SIZE_PX)
    for name, picture, day in (
        ("left cheek.jpg", before, "2026:01:09"),
        ("Wange rechts.jpg", ImageOps.mirror(before), "2026:01:09"),
        ("IMG_2.jpg", ImageOps.flip(before), "2026:01:09"),
        ("IMG_9.jpg", after, "2026:05:15"),
    ):
        exif = Image.Exif()
        exif.get_ifd(0x8769)[0x9003] = f"{day} 10:00:00"
        made[name] = tmp_path / name
        picture.save(made[name], exif=exif, quality=92)
    return made


def looked_at(page: "sync_api.Page", picture: Path) -> None:
    """Screenshots of the page on a desk and on a tablet; on neither may it scroll sideways."""
    desk = page.viewport_size
    page.screenshot(path=picture.with_suffix(".desk.png"), full_page=True)
    page.set_viewport_size(TABLET)
    check_no_sideways_scroll(page)
    page.screenshot(path=picture.with_suffix(".tablet.png"), full_page=True)
    page.set_viewport_size(desk)


def go(page: "sync_api.Page", address: str, where: str, ready: str) -> None:
    page.goto(f"{address}#{where}")
    page.wait_for_selector(f"html:not([data-going]) {ready}")


def drop(page: "sync_api.Page", *paths: Path) -> None:
    """Drop files and wait until all are looked at."""
    page.locator("#cx-drop-visit input[type=file]").set_input_files(paths)
    page.wait_for_selector(f".cx-photo-card:nth-child({len(paths)}) .cx-badge", timeout=LOOKED_AT_MS)


def chosen(page: "sync_api.Page") -> list[tuple[str, str]]:
    """The view that each card proposes, and why."""
    cards = page.locator("#cx-visit-cards .cx-photo-card").all()
    return [
        (card.locator("select").input_value(), card.locator(".cx-guess-why").inner_text()) for card in cards
    ]


def test_a_patient_from_the_first_consent_to_the_end_of_the_record(
    clinic_page: "sync_api.Page",
    address: str,
    photographs: dict[str, Path],
    data_folder: Path,
    tmp_path: Path,
) -> None:
    page = clinic_page
    page.click("[data-dialog=cx-new-patient]")
    page.fill("#cx-new-patient [name=code]", "E-0142")
    for purpose in ("assessment", "training"):
        page.check(f"#cx-new-patient [value={purpose}]")
    page.fill("#cx-new-patient [name=given_on]", "2026-01-02")
    page.click("#cx-new-patient button[type=submit]")
    page.wait_for_url("**/#patient&patient=*")
    patient = int(re.search(r"patient=(\d+)", page.url)[1])  # type: ignore[index]

    enter_baseline(page, address, patient, photographs, tmp_path)
    plan_and_treat(page, address, patient, tmp_path)
    enter_follow_up(page, address, patient, photographs, tmp_path)
    query = (
        "SELECT p.visit_id, p.id FROM photograph p JOIN visit v ON v.id = p.visit_id WHERE v.patient_id = ?"
    )
    visit, photograph = ask(data_folder, f"{query} ORDER BY p.id", patient)[0]
    go(page, address, f"visit&patient={patient}&visit={visit}", ".cx-kept")
    page.locator("#cx-visit-kept .cx-links a").first.click(timeout=SCORED_MS)
    correct_scars(page, tmp_path)
    query = "SELECT kind, scar_type, author FROM correction WHERE photograph_id = ? ORDER BY id"
    assert ask(data_folder, query, photograph) == [
        ("retype", "raised", "Dr. Berger"),
        ("draw", "boxcar", "Dr. Berger"),
    ]
    take_papers(page, address, patient, tmp_path)
    assert len(files_with(data_folder, b"E-0142")) > 0
    end_record(page, address, patient)
    assert files_with(data_folder, b"E-0142") == []
    assert ask(data_folder, query, photograph) == []


def ask(data_folder: Path, query: str, key: int) -> list[tuple[object, ...]]:
    """What the app has written, read beside it."""
    records = sqlite3.connect(f"file:{data_folder / 'records.sqlite'}?mode=ro", uri=True)
    try:
        return records.execute(query, [key]).fetchall()
    finally:
        records.close()


def enter_baseline(
    page: "sync_api.Page", address: str, patient: int, photographs: dict[str, Path], tmp_path: Path
) -> None:
    go(page, address, f"visit&patient={patient}", "#cx-visit-entry")
    page.fill("#cx-visit-entry [name=note]", "Typed before the photographs came")
    drop(page, *list(photographs.values())[:3])
    assert chosen(page) == [
        ("left cheek", "The file's name says “left cheek”."),
        ("right cheek", "The file's name says “wange rechts”."),
        ("", "Nothing tells the view: please choose it."),
    ]
    day = page.locator("#cx-visit-entry [name=on]")
    assert day.input_value() == "2026-01-09"
    page.fill("#cx-visit-entry [name=mm_per_px]", MM_PER_PX)
    page.click("#cx-visit-entry button[type=submit]")
    sync_api.expect(page.locator("#cx-visit-cards .cx-wrong")).to_have_count(3)  # nothing is confirmed yet
    looked_at(page, tmp_path / "baseline")
    page.locator("#cx-visit-cards select").nth(2).select_option("chin")
    page.get_by_role("button", name="All views are right").click()

    go(page, address, "settings", ".cx-settings")  # leaving and coming back loses nothing
    go(page, address, f"visit&patient={patient}", "#cx-visit-cards .cx-photo-card")
    assert page.locator("#cx-visit-cards [data-sure]:checked").count() == 3
    assert page.locator("#cx-visit-cards select").nth(2).input_value() == "chin"
    assert page.input_value("#cx-visit-entry [name=note]") == "Typed before the photographs came"
    page.click("#cx-visit-entry button[type=submit]")
    page.wait_for_url(f"**/#patient&patient={patient}")


def plan_and_treat(page: "sync_api.Page", address: str, patient: int, tmp_path: Path) -> None:
    treatments = f"treatment&patient={patient}"
    go(page, address, treatments, ".cx-treatment")
    plan = page.locator("form[data-do='plan.save']")
    plan.locator("[name=starts_on]").fill("2026-01-09")
    plan.locator("[name=treatments]").fill("2")
    plan.locator("button").click()
    sync_api.expect(page.locator(".cx-steps li")).to_have_count(2)
    for number, (day, needle_mm) in enumerate((("2026-01-09", "9"), ("2026-02-20", "2")), start=1):
        form = page.locator("form[data-do='treatment.save']")
        form.locator("[name=on]").fill(day)
        form.locator("[name=device]").select_option("motorized pen")
        form.locator("[name=needle_length_mm]").fill(needle_mm)
        form.locator(".cx-chip:has([value='hyaluronic acid'])").click()
        form.locator("fieldset:has([name='answer.herpes']) .cx-chip").nth(1).click()
        form.locator(".cx-main-button").click()
        if number == 1:
            sync_api.expect(form.locator(".cx-wrong")).to_have_text("Needles are 0.25 to 3.5 mm long.")
            assert form.locator("[name='answer.herpes'][value=no]").is_checked()
            form.locator("[name=needle_length_mm]").fill("1.5")
            form.locator(".cx-main-button").click()
        page.wait_for_url(f"**/#patient&patient={patient}")
        go(page, address, treatments, ".cx-treatment")
        assert page.locator("#cx-treatment-beside .cx-events a").count() == number
    sync_api.expect(page.locator(".cx-steps .cx-step-done")).to_have_count(2)
    looked_at(page, tmp_path / "treatment")


def enter_follow_up(
    page: "sync_api.Page", address: str, patient: int, photographs: dict[str, Path], tmp_path: Path
) -> None:
    go(page, address, f"visit&patient={patient}", "#cx-visit-entry")
    drop(page, photographs["IMG_9.jpg"])
    assert chosen(page) == [("left cheek", "Matches the photograph of 9 Jan 2026.")]
    assert page.input_value("#cx-visit-entry [name=on]") == "2026-05-15"
    page.fill("#cx-visit-entry [name=mm_per_px]", MM_PER_PX)
    page.locator("[data-sure]").check()
    looked_at(page, tmp_path / "follow-up")
    page.click("#cx-visit-entry button[type=submit]")
    page.wait_for_url(f"**/#patient&patient={patient}")


def correct_scars(page: "sync_api.Page", tmp_path: Path) -> None:
    page.wait_for_selector("html:not([data-going]) .cx-scars")
    page.fill("#cx-author", "Dr. Berger")
    page.locator(".cx-shape:not(.cx-raised)").first.focus()
    page.keyboard.press("4")
    page.wait_for_selector(".cx-shape.cx-say-retyped.cx-raised")
    page.locator(".cx-chip:has([name=cx-scar-mode][value=draw])").click()
    sheet = page.locator(".cx-scar-sheet").bounding_box()
    assert sheet is not None
    places = [(0.4, 0.4), (0.45, 0.38), (0.5, 0.44), (0.42, 0.5)]
    for x, y in [*places, places[0]]:  # closed at the first corner
        page.mouse.click(sheet["x"] + x * sheet["width"], sheet["y"] + y * sheet["height"])
    page.locator(".cx-new-scar .cx-chip:has([value=boxcar])").click()
    page.get_by_role("button", name="Keep the new scar").click()
    page.wait_for_selector(".cx-shape.cx-say-drawn.cx-boxcar")
    sync_api.expect(
        page.get_by_role("button", name="boxcar, drawn by Dr. Berger", exact=True)
    ).to_be_visible()
    looked_at(page, tmp_path / "scars")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Export as training labels").click()
    saved.value.save_as(tmp_path / "labels.zip")
    with zipfile.ZipFile(tmp_path / "labels.zip") as archive:
        archive.extractall(tmp_path / "labels")
    (row,) = read_manifest(tmp_path / "labels" / "manifest.csv")
    assert (row.view, row.rater_id, row.mm_per_px) == ("left cheek", "Dr. Berger", float(MM_PER_PX))
    assert row.mask is not None
    assert set(np.unique(read_channel(tmp_path / "labels" / row.mask))) == {2, 4, IGNORE}


def take_papers(page: "sync_api.Page", address: str, patient: int, tmp_path: Path) -> None:
    """A report of the series and the figures as a table; both are then kept with the patient."""
    go(page, address, f"patient&patient={patient}", ".cx-papers form[data-ready]")
    for kind, sign in (("html", "E-0142"), ("csv", "patient,visit")):
        page.locator(".cx-papers [name=format]").select_option(kind)
        with page.expect_download(timeout=SCORED_MS) as saved:
            page.locator(".cx-papers").get_by_role("button", name="Make and save").click()
        saved.value.save_as(tmp_path / f"paper.{kind}")
        assert sign in (tmp_path / f"paper.{kind}").read_text(encoding="utf-8")
        page.wait_for_selector("html:not([data-going]) .cx-papers form[data-ready]")


def end_record(page: "sync_api.Page", address: str, patient: int) -> None:
    go(page, address, f"patient&patient={patient}", ".cx-papers")
    page.get_by_text("Delete the patient").click()
    page.locator("[name=typed]").fill("E-0142")
    page.get_by_role("button", name="Delete everything").click()
    page.wait_for_selector("html:not([data-going])[data-page=patients]")
