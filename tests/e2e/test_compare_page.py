"""The compare page in a real browser: the shipped model, two sample photographs uploaded by hand."""

from pathlib import Path

import cv2
import pytest

from tests.e2e.conftest import SAMPLES, check_no_sideways_scroll, choose

sync_api = pytest.importorskip("playwright.sync_api", reason="the browser test needs playwright")

pytestmark = pytest.mark.e2e

RESULT_LIMIT_MS = 120_000


def _split_percent(page: "sync_api.Page") -> float:
    return float(page.evaluate("document.querySelector('.cx-stage').style.getPropertyValue('--split')")[:-1])


def test_two_photographs_are_compared(page: "sync_api.Page", tmp_path: Path) -> None:
    check_no_sideways_scroll(page)
    page.screenshot(path=tmp_path / "intake.png", full_page=True)
    choose(page, "before", SAMPLES[0])
    choose(page, "after", SAMPLES[1])
    links = page.locator("#cx-drops a.download-link").all()
    uploads = [str(link.get_attribute("href")) for link in links]
    assert [page.request.get(upload).status for upload in uploads] == [200, 200]
    page.click("#cx-start")
    page.wait_for_selector(".cx-result", timeout=RESULT_LIMIT_MS)
    page.screenshot(path=tmp_path / "slider.png", full_page=True)
    _check_uploads_are_gone(page, uploads)
    assert page.locator(".cx-card h1").inner_text().strip()
    assert "Not for diagnosis" in page.locator("main.cx-result").inner_text()

    _move_the_divider(page)
    _switch_views(page, tmp_path)
    _zoom(page)
    _save_pictures(page, tmp_path)
    _show_the_originals(page)
    if page.viewport_size == {"width": 1440, "height": 1000}:
        _go_through_the_scars(page, tmp_path)
    outlines = page.locator(".cx-after .cx-outlines:not(.cx-places)")
    page.get_by_role("checkbox", name="Outlines").uncheck()
    assert outlines.is_hidden()
    page.get_by_role("checkbox", name="Outlines").check()
    assert outlines.is_visible()

    page.click("#cx-again")
    page.wait_for_selector("#cx-start")
    assert page.locator("#cx-drops img").count() == 0
    assert page.locator("#cx-drops .cx-verdict").count() == 0


def _check_uploads_are_gone(page: "sync_api.Page", uploads: list[str]) -> None:
    """The originals carry EXIF: once the result stands, the server no longer has them."""
    page.wait_for_timeout(1000)  # emptying the drop zones and deleting what they held is an event of its own
    assert [page.request.get(upload).status for upload in uploads] == [403, 403]


def _move_the_divider(page: "sync_api.Page") -> None:
    """By keyboard and by mouse; the handle has to stand where the photographs meet."""
    divider = page.get_by_role("slider", name="Divider between before and after")
    divider.focus()
    for _ in range(20):
        page.keyboard.press("ArrowRight")
    assert _split_percent(page) == 60
    assert divider.get_attribute("aria-valuetext") == "60 % before, 40 % after"
    stage = page.locator(".cx-stage").bounding_box()
    assert stage is not None
    page.mouse.move(stage["x"] + stage["width"] * 0.6, stage["y"] + 60)
    page.mouse.down()
    page.mouse.move(stage["x"] + stage["width"] * 0.25, stage["y"] + 60, steps=5)
    page.mouse.up()
    assert abs(_split_percent(page) - 25) < 1.5


def _switch_views(page: "sync_api.Page", folder: Path) -> None:
    page.get_by_role("radio", name="Side by side").check()
    before, after = (page.locator(name).bounding_box() for name in (".cx-before", ".cx-after"))
    assert before is not None
    assert after is not None
    assert (before["x"], before["y"]) != (after["x"], after["y"])
    page.screenshot(path=folder / "side-by-side.png", full_page=True)
    page.get_by_role("radio", name="Change map").check()
    assert page.locator(".cx-map").is_visible()
    assert page.locator(".cx-mapkey").is_visible()
    page.screenshot(path=folder / "change-map.png", full_page=True)
    page.get_by_role("radio", name="Flicker").check()
    _check_flicker(page)
    page.get_by_role("radio", name="Slider").check()
    assert page.locator(".cx-divider").is_visible()


def _check_flicker(page: "sync_api.Page") -> None:
    """Both photographs lie in one place, and each is seen within one turn."""
    before, after = (page.locator(name).bounding_box() for name in (".cx-before", ".cx-after"))
    assert before == after
    seen = set()
    for _ in range(12):
        seen.add(page.locator(".cx-after").evaluate("figure => getComputedStyle(figure).opacity"))
        page.wait_for_timeout(150)
    assert seen == {"0", "1"}


def _zoom(page: "sync_api.Page") -> None:
    """Both photographs are enlarged by the same, stay within their frames, and go back."""
    photos = page.locator("figure > img:not(.cx-map)")
    small = photos.first.bounding_box()
    page.get_by_role("button", name="Larger").click()
    page.get_by_role("button", name="Larger").click()
    assert page.locator(".cx-zoom output").inner_text() == "4×"
    large = [photo.bounding_box() for photo in photos.all()]
    assert small is not None
    assert all(box is not None for box in large)
    assert large[0] == large[1]
    assert large[0]["width"] == pytest.approx(4 * small["width"], rel=0.01)
    page.locator(".cx-stage").hover()
    page.mouse.wheel(5000, 5000)
    moved = photos.first.bounding_box()
    assert moved is not None
    assert moved["x"] + moved["width"] == pytest.approx(small["x"] + small["width"], abs=1)
    page.get_by_role("button", name="Smaller").click()
    page.get_by_role("button", name="Smaller").click()
    assert photos.first.bounding_box() == small


def _save_pictures(page: "sync_api.Page", folder: Path) -> None:
    """What is saved is a picture as large as the photographs shown, and not blank."""
    natural = page.locator(".cx-before img").evaluate("image => [image.naturalWidth, image.naturalHeight]")
    legend_px = 42  # below the map, which nobody could read later without its signs
    for view, name, across, below in (
        ("Slider", "before-after", 2, 0),
        ("Change map", "change-map", 1, legend_px),
    ):
        page.get_by_role("radio", name=view).check()
        with page.expect_download() as saved:
            page.get_by_role("button", name="Save picture").click()
        assert saved.value.suggested_filename == f"cicatrix-{name}.png"
        saved.value.save_as(folder / f"{name}.png")
        picture = cv2.imread(str(folder / f"{name}.png"))
        assert picture is not None
        assert picture.shape[0] == natural[1] + below
        assert abs(picture.shape[1] - across * natural[0]) <= 2
        assert picture.std() > 10
    page.get_by_role("radio", name="Slider").check()


def _show_the_originals(page: "sync_api.Page") -> None:
    """One click away, and back."""
    sources = (
        "document.querySelectorAll('.cx-stage img[data-original]').values().map(image => image.src).toArray()"
    )
    alike = page.evaluate(sources)
    assert len(alike) == 2
    page.get_by_role("checkbox", name="Originals").check()
    originals = page.evaluate(sources)
    assert originals[1] != alike[1]
    page.get_by_role("checkbox", name="Originals").uncheck()
    assert page.evaluate(sources) == alike


def _go_through_the_scars(page: "sync_api.Page", folder: Path) -> None:
    """A few at first, all of them in either order, and all of them in one picture."""
    scars = page.locator(".cx-sheet-of-scars li")
    words = scars.locator("small").all_text_contents()
    assert scars.count() > 20
    assert scars.filter(visible=True).count() == 20
    page.locator(".cx-all").click()
    assert scars.last.is_visible()
    page.get_by_role("radio", name="Best first").check()
    assert scars.locator("small").all_text_contents() == words[::-1]
    page.get_by_role("radio", name="Worst first").check()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save all").click()
    saved.value.save_as(folder / "scars.png")
    sheet = cv2.imread(str(folder / "scars.png"))
    assert sheet is not None
    assert sheet.shape[0] > 168 * (scars.count() // 6)
    assert (sheet.reshape(-1, 3).std(axis=0) > 10).all()


def test_an_example_is_one_click_away(page: "sync_api.Page") -> None:
    page.locator(".cx-example").first.click()
    page.wait_for_selector(".cx-result", timeout=RESULT_LIMIT_MS)
    assert page.locator(".cx-before figcaption").inner_text() == "Baseline"


def test_one_photograph_alone_is_assessed(page: "sync_api.Page") -> None:
    choose(page, "before", SAMPLES[0])
    page.click("#cx-start")
    page.wait_for_selector(".cx-result", timeout=RESULT_LIMIT_MS)
    assert page.locator(".cx-after").count() == 0
    assert "found" in page.locator(".cx-card h1").inner_text()


def test_a_broken_photograph_is_named_and_the_inputs_stay(page: "sync_api.Page", tmp_path: Path) -> None:
    broken = tmp_path / "cut short.jpg"
    broken.write_bytes(SAMPLES[0].read_bytes()[:40_000])
    choose(page, "before", SAMPLES[0])
    page.locator("#cx-drop-after input[type=file]").set_input_files(broken)
    page.wait_for_selector("#cx-slot-after .cx-verdict")
    assert "cut short.jpg" in page.locator("#cx-verdict-after").inner_text()
    page.locator("#cx-scale button").click()
    page.locator("#cx-mm-before input, #cx-mm-before textarea").fill("0.04")
    page.click("#cx-start")
    page.wait_for_selector(".cx-message", timeout=RESULT_LIMIT_MS)
    assert "cut short.jpg" in page.locator(".cx-message").inner_text()
    assert page.locator("#cx-slot-before img").is_visible()
    assert page.locator("#cx-mm-before input, #cx-mm-before textarea").input_value() == "0.04"


def test_nothing_to_compare_is_said(page: "sync_api.Page") -> None:
    page.click("#cx-start")
    page.wait_for_selector(".cx-message")
    assert "Drop a photograph on Before" in page.locator(".cx-message").inner_text()
