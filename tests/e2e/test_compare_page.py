"""The compare page in a real browser: the shipped model, two sample photographs uploaded by hand."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlparse

import pytest

from inference.errors import BundleError
from inference.network.bundle import default_bundle_folder

sync_api = pytest.importorskip("playwright.sync_api", reason="the browser test needs playwright")

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = [ROOT / "data" / "sample" / name for name in ("visit-1.jpg", "visit-5.jpg")]
CHROMIUM = os.environ.get("CICATRIX_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_LIMIT_S = 60
RESULT_LIMIT_MS = 120_000
WIDTHS = {1440: 1000, 390: 844}


@dataclass
class Witness:
    """What the browser saw go wrong."""

    complaints: list[str] = field(default_factory=list)

    def watch(self, page: "sync_api.Page") -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(f"page error: {error}"))
        page.on("request", self._request)
        page.on("response", self._response)

    def _console(self, message: "sync_api.ConsoleMessage") -> None:
        if message.type == "error":
            self.complaints.append(f"console: {message.text}")

    def _request(self, request: "sync_api.Request") -> None:
        address = urlparse(request.url)
        if address.scheme not in ("data", "blob") and address.hostname != "127.0.0.1":
            self.complaints.append(f"left this machine: {request.url}")

    def _response(self, response: "sync_api.Response") -> None:
        if response.status >= 400:
            self.complaints.append(f"status {response.status}: {response.url}")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app in a process of its own, as `python app.py` starts it."""
    _skip_unless_complete()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log_path = tmp_path_factory.mktemp("app") / "app.log"
    environment = {**os.environ, "CICATRIX_HOST": "127.0.0.1", "CICATRIX_PORT": str(port)}
    with log_path.open("wb") as log:
        app = subprocess.Popen(
            [sys.executable, "app.py"], cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        _wait_until_up(f"http://127.0.0.1:{port}/healthz", app, log_path)
        yield f"http://127.0.0.1:{port}/"
    finally:
        app.terminate()
        app.wait(timeout=20)


def _skip_unless_complete() -> None:
    if CHROMIUM is None:
        pytest.skip("no Chromium found: install one, or name it in CICATRIX_CHROMIUM")
    if missing := [path.name for path in SAMPLES if not path.is_file()]:
        pytest.skip(f"the sample series is not complete: {', '.join(missing)} missing from data/sample")
    try:
        default_bundle_folder()
    except BundleError as error:
        pytest.skip(str(error))


def _wait_until_up(address: str, app: "subprocess.Popen[bytes]", log_path: Path) -> None:
    deadline_s = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline_s:
        if app.poll() is not None:
            pytest.fail(f"the app ended at once:\n{log_path.read_text(errors='replace')}")
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    pytest.fail(f"the app did not answer within {START_LIMIT_S} s:\n{log_path.read_text(errors='replace')}")


@pytest.fixture(scope="module")
def browser(address: str) -> Iterator["sync_api.Browser"]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(params=WIDTHS, ids=lambda width: f"{width}px")
def page(
    request: pytest.FixtureRequest, browser: "sync_api.Browser", address: str
) -> Iterator["sync_api.Page"]:
    """A fresh page at each width; whatever went wrong in the browser fails the test in the end."""
    size = {"width": request.param, "height": WIDTHS[request.param]}
    context = browser.new_context(viewport=size)
    page = context.new_page()
    witness = Witness()
    witness.watch(page)
    page.goto(address)
    page.wait_for_selector("#cx-start")
    yield page
    _check_no_sideways_scroll(page)
    context.close()
    assert witness.complaints == []


def _check_no_sideways_scroll(page: "sync_api.Page") -> None:
    width, room = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert width <= room, f"the page is {width} px wide in a window of {room} px"


def _choose(page: "sync_api.Page", zone: str, path: Path) -> None:
    page.locator(f"{zone} input[type=file]").set_input_files(path)
    page.wait_for_selector(f"{zone} img")


def _split_percent(page: "sync_api.Page") -> float:
    return float(page.evaluate("document.querySelector('.cx-stage').style.getPropertyValue('--split')")[:-1])


def test_two_photographs_are_compared(page: "sync_api.Page", tmp_path: Path) -> None:
    _check_no_sideways_scroll(page)
    page.screenshot(path=tmp_path / "intake.png", full_page=True)
    _choose(page, "#cx-drop-before", SAMPLES[0])
    _choose(page, "#cx-drop-after", SAMPLES[1])
    uploads = [str(image.get_attribute("src")) for image in page.locator("#cx-drops img").all()]
    assert [page.request.get(upload).status for upload in uploads] == [200, 200]
    page.click("#cx-start")
    page.wait_for_selector(".cx-result", timeout=RESULT_LIMIT_MS)
    page.screenshot(path=tmp_path / "slider.png", full_page=True)
    _check_uploads_are_gone(page, uploads)
    assert page.locator(".cx-card h1").inner_text().strip()
    assert "Not for diagnosis" in page.locator("main.cx-result").inner_text()

    _move_the_divider(page)
    _switch_views(page, tmp_path)
    outlines = page.locator(".cx-after .cx-outlines")
    page.get_by_role("checkbox", name="Outlines").uncheck()
    assert outlines.is_hidden()
    page.get_by_role("checkbox", name="Outlines").check()
    assert outlines.is_visible()

    page.click("#cx-again")
    page.wait_for_selector("#cx-start")
    assert page.locator("#cx-drops img").count() == 0


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
    page.get_by_role("radio", name="Slider").check()
    assert page.locator(".cx-divider").is_visible()


def test_an_example_is_one_click_away(page: "sync_api.Page") -> None:
    page.locator(".cx-example").first.click()
    page.wait_for_selector(".cx-result", timeout=RESULT_LIMIT_MS)
    assert page.locator(".cx-before figcaption").inner_text() == "Baseline"


def test_one_photograph_alone_is_assessed(page: "sync_api.Page") -> None:
    _choose(page, "#cx-drop-before", SAMPLES[0])
    page.click("#cx-start")
    page.wait_for_selector(".cx-result", timeout=RESULT_LIMIT_MS)
    assert page.locator(".cx-after").count() == 0
    assert "found" in page.locator(".cx-card h1").inner_text()


def test_a_broken_photograph_is_named_and_the_inputs_stay(page: "sync_api.Page", tmp_path: Path) -> None:
    broken = tmp_path / "cut short.jpg"
    broken.write_bytes(SAMPLES[0].read_bytes()[:40_000])
    _choose(page, "#cx-drop-before", SAMPLES[0])
    page.locator("#cx-drop-after input[type=file]").set_input_files(broken)
    page.wait_for_selector("#cx-drop-after img", state="attached")
    page.locator("#cx-scale button").click()
    page.locator("#cx-mm-before input, #cx-mm-before textarea").fill("0.04")
    page.click("#cx-start")
    page.wait_for_selector(".cx-message", timeout=RESULT_LIMIT_MS)
    assert "cut short.jpg" in page.locator(".cx-message").inner_text()
    assert page.locator("#cx-drop-before img").is_visible()
    assert page.locator("#cx-mm-before input, #cx-mm-before textarea").input_value() == "0.04"


def test_nothing_to_compare_is_said(page: "sync_api.Page") -> None:
    page.click("#cx-start")
    page.wait_for_selector(".cx-message")
    assert "Drop a photograph on Before" in page.locator(".cx-message").inner_text()
