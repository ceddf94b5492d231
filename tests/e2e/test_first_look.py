"""The verdict on a photograph, and what can be marked in it, in a real browser."""

import json
import sys
import time
from pathlib import Path

import pytest

from tests.e2e.conftest import SAMPLES, choose

sync_api = pytest.importorskip("playwright.sync_api", reason="the browser test needs playwright")

pytestmark = pytest.mark.e2e

#: The first sample photograph is 3000 px wide and 2000 high.
SAMPLE_PX = 3000, 2000


def _sheet_clicks(page: "sync_api.Page", *places: tuple[float, float]) -> None:
    box = page.locator("#cx-mark .cx-sheet").bounding_box()
    assert box is not None
    for x, y in places:
        page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])


def _marks(page: "sync_api.Page", side: str = "before") -> dict:
    return json.loads(page.locator(f"#cx-marks-{side} textarea").input_value() or "{}")


def _open_sheet(page: "sync_api.Page", tool: str = "Before: Measure only a part") -> None:
    page.get_by_role("button", name=tool).click()
    page.wait_for_selector("#cx-mark[open]")


def _done(page: "sync_api.Page") -> None:
    page.get_by_role("button", name="Done").click()
    page.wait_for_selector("#cx-mark", state="hidden")


def test_the_verdict_stands_soon_after_the_upload(
    page: "sync_api.Page", capsys: pytest.CaptureFixture
) -> None:
    start_s = time.perf_counter()
    page.locator("#cx-drop-before input[type=file]").set_input_files(SAMPLES[0])
    page.wait_for_selector("#cx-slot-before .cx-look")
    preview_s = time.perf_counter() - start_s
    page.wait_for_selector("#cx-slot-before .cx-verdict")
    verdict_s = time.perf_counter() - start_s
    with capsys.disabled():
        sys.stdout.write(f"\n  preview after {preview_s:.2f} s, verdict after {verdict_s:.2f} s\n")
    verdict = page.locator("#cx-verdict-before")
    assert "of 100" in verdict.inner_text()
    assert "mm per pixel" in verdict.inner_text()
    assert "close-up" in verdict.inner_text()
    assert "Before" in page.locator("#cx-voice").inner_text()


def test_a_broken_file_is_told_at_once_and_can_be_removed(wide_page: "sync_api.Page", tmp_path: Path) -> None:
    page = wide_page
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(SAMPLES[0].read_bytes()[:40_000])
    page.locator("#cx-drop-after input[type=file]").set_input_files(broken)
    page.wait_for_selector("#cx-slot-after .cx-fit-reject")
    assert "broken.jpg" in page.locator("#cx-verdict-after").inner_text()
    page.get_by_role("button", name="After: Remove").click()
    page.wait_for_selector("#cx-slot-after .cx-verdict", state="detached")
    assert page.get_by_role("button", name="After: Drop a photograph").is_visible()


def test_a_part_is_outlined_with_the_pointer(page: "sync_api.Page", tmp_path: Path) -> None:
    choose(page, "before", SAMPLES[0])
    _open_sheet(page)
    square = ((0.2, 0.2), (0.6, 0.2), (0.6, 0.7), (0.2, 0.7))
    _sheet_clicks(page, *square, square[0])  # closed on the first corner
    _sheet_clicks(page, (0.7, 0.5), (0.9, 0.5), (0.8, 0.8))
    page.keyboard.press("Enter")
    page.locator(".cx-part-name").fill("Left <b>cheek</b>")
    page.screenshot(path=tmp_path / "marking.png")
    _done(page)
    regions = _marks(page)["regions"]
    assert [region["name"] for region in regions] == ["region 1", "Left <b>cheek</b>"]
    for corner, meant in zip(regions[0]["polygon"], square, strict=True):
        assert corner == pytest.approx(meant, abs=0.004)
    assert page.locator("#cx-look-before .cx-drawn polygon").count() == 2
    sync_api.expect(page.locator("#cx-verdict-before")).to_contain_text("Left <b>cheek</b>")


def test_corners_are_dragged_taken_back_and_cleared(wide_page: "sync_api.Page") -> None:
    page = wide_page
    choose(page, "before", SAMPLES[0])
    _open_sheet(page)
    _sheet_clicks(page, (0.2, 0.2), (0.6, 0.2), (0.6, 0.7), (0.3, 0.9))
    page.keyboard.press("Backspace")
    page.keyboard.press("Enter")
    box = page.locator("#cx-mark .cx-sheet").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.7 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.8 * box["height"], steps=4)
    page.mouse.up()
    _sheet_clicks(page, (0.9, 0.1), (0.95, 0.2))
    page.keyboard.press("Escape")  # what is being drawn, not the sheet
    assert page.locator("#cx-mark").is_visible()
    _done(page)
    (region,) = _marks(page)["regions"]
    assert len(region["polygon"]) == 3
    assert region["polygon"][2] == pytest.approx((0.5, 0.8), abs=0.004)


def test_a_part_is_outlined_with_the_keyboard_alone(wide_page: "sync_api.Page") -> None:
    page = wide_page
    choose(page, "before", SAMPLES[0])
    page.get_by_role("button", name="Before: Measure only a part").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#cx-mark[open]")
    for keys in (["ArrowLeft"] * 10, ["ArrowRight"] * 20, ["ArrowDown"] * 15):
        for key in keys:
            page.keyboard.press(key)
        page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Done").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#cx-mark", state="hidden")
    (region,) = _marks(page)["regions"]
    assert region["polygon"] == [[0.4, 0.5], [0.6, 0.5], [0.6, 0.65]]


def test_a_known_length_gives_the_scale(page: "sync_api.Page", tmp_path: Path) -> None:
    choose(page, "before", SAMPLES[0])
    _open_sheet(page, "Before: Mark a length")
    _sheet_clicks(page, (0.1, 0.5), (0.6, 0.5))
    page.locator(".cx-length").fill("75")
    page.screenshot(path=tmp_path / "ruler.png")
    _done(page)
    # Half of 3000 px is 75 mm long.
    assert _marks(page)["ruler"]["mm_per_px"] == pytest.approx(75 / (0.5 * SAMPLE_PX[0]), rel=0.01)
    sync_api.expect(page.locator("#cx-verdict-before")).to_contain_text("as given")


def test_a_scale_that_is_none_is_told_beside_the_photograph(wide_page: "sync_api.Page") -> None:
    page = wide_page
    page.locator("#cx-scale button").click()
    field = page.locator("#cx-mm-before input, #cx-mm-before textarea")
    field.fill("5 mm")
    choose(page, "before", SAMPLES[0])
    sync_api.expect(page.locator("#cx-verdict-before")).to_contain_text("“5 mm” is no scale")
    assert page.locator("#cx-slot-before img").is_visible()
    field.fill("0,05")
    field.blur()
    sync_api.expect(page.locator("#cx-verdict-before")).to_contain_text("0.05 mm per pixel")


def test_marks_go_with_their_photograph(wide_page: "sync_api.Page") -> None:
    page = wide_page
    choose(page, "before", SAMPLES[0])
    _open_sheet(page)
    _sheet_clicks(page, (0.2, 0.2), (0.6, 0.2), (0.6, 0.7))
    _done(page)
    assert _marks(page)["regions"]
    page.get_by_role("button", name="Before: Remove").click()
    page.wait_for_selector("#cx-slot-before .cx-look", state="detached")
    choose(page, "before", SAMPLES[1])
    assert _marks(page) == {}
