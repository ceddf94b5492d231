"""The app in a process of its own, and a browser that notes whatever goes wrong in it."""

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


@pytest.fixture(scope="session")
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the app keeps its records; never the user's own."""
    return tmp_path_factory.mktemp("records")


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory, data_folder: Path) -> Iterator[str]:
    """The app in a process of its own, as `python app.py` starts it."""
    _skip_unless_complete()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log_path = tmp_path_factory.mktemp("app") / "app.log"
    environment = {
        **os.environ,
        "CICATRIX_HOST": "127.0.0.1",
        "CICATRIX_PORT": str(port),
        "CICATRIX_DATA_FOLDER": str(data_folder),
    }
    environment.pop("CICATRIX_DATABASE_URL", None)
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


@pytest.fixture(scope="session")
def browser(address: str) -> Iterator["sync_api.Browser"]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(params=WIDTHS, ids=lambda width: f"{width}px")
def page(
    request: pytest.FixtureRequest, browser: "sync_api.Browser", address: str
) -> Iterator["sync_api.Page"]:
    """The compare page, fresh, at each width; whatever went wrong in the browser fails the test in the end."""
    yield from watched_page(browser, f"{address}#compare", request.param)


@pytest.fixture
def wide_page(browser: "sync_api.Browser", address: str) -> Iterator["sync_api.Page"]:
    """The compare page, fresh, in a wide window, where the width makes no difference."""
    yield from watched_page(browser, f"{address}#compare", max(WIDTHS))


def watched_page(
    browser: "sync_api.Browser", address: str, width: int, ready: str = "#cx-start", locale: str = "en-GB"
) -> Iterator["sync_api.Page"]:
    """The app's page in a window of `width` once `ready` is seen; afterwards nothing may have gone wrong in it."""
    context = browser.new_context(viewport={"width": width, "height": WIDTHS[width]}, locale=locale)
    page = context.new_page()
    witness = Witness()
    witness.watch(page)
    page.goto(address)
    page.wait_for_selector(ready)
    yield page
    check_no_sideways_scroll(page)
    context.close()
    assert witness.complaints == []


def check_no_sideways_scroll(page: "sync_api.Page") -> None:
    width, room = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert width <= room, f"the page is {width} px wide in a window of {room} px"


def choose(page: "sync_api.Page", side: str, path: Path) -> None:
    """Upload a photograph by hand and wait until it is seen and judged."""
    page.locator(f"#cx-drop-{side} input[type=file]").set_input_files(path)
    page.wait_for_selector(f"#cx-slot-{side} .cx-look")
    page.wait_for_selector(f"#cx-slot-{side} .cx-verdict")


def files_with(folder: Path, *needles: bytes) -> list[Path]:
    """Files whose name or content holds one of these."""
    return [
        path
        for path in folder.rglob("*")
        if path.is_file()
        and any(needle in path.name.encode() or needle in path.read_bytes() for needle in needles)
    ]
