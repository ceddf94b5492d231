"""Taking a photograph with the device's camera: Chromium's own fake camera shows a sample photograph, a way off."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.e2e.conftest import CHROMIUM, FLAGS, SAMPLES, choose, watched_page

sync_api = pytest.importorskip("playwright.sync_api", reason="the browser test needs playwright")

pytestmark = pytest.mark.e2e

#: What the fake camera gives, in pixels.
CAMERA_PX = 1280, 960
CAMERA_FLAGS = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")


def _film(path: Path, share: float) -> None:
    """A camera that sees the first sample at `share` of the size at which it fills the picture.

    Y4M: a line of header, then for each frame a line and the planes Y, U and V.
    """
    width, height = CAMERA_PX
    photo = cv2.imread(str(SAMPLES[0]))
    assert photo is not None
    factor = share * width / photo.shape[1]
    move = np.array(
        [[factor, 0, (1 - share) * width / 2], [0, factor, (height - factor * photo.shape[0]) / 2]]
    )
    frame = cv2.warpAffine(photo, move, CAMERA_PX, flags=cv2.INTER_AREA, borderValue=(96, 96, 96))
    planes = cv2.cvtColor(frame, cv2.COLOR_BGR2YUV_I420).tobytes()
    header = f"YUV4MPEG2 W{width} H{height} F10:1 Ip A1:1 C420jpeg\n".encode()
    path.write_bytes(header + 5 * (b"FRAME\n" + planes))


@pytest.fixture(scope="module", params=[0.8, 1.0], ids=["too far", "in place"])
def camera_share(request: pytest.FixtureRequest) -> float:
    return request.param


@pytest.fixture(scope="module")
def camera_browser(
    address: str, browser: "sync_api.Browser", camera_share: float, tmp_path_factory: pytest.TempPathFactory
) -> Iterator["sync_api.Browser"]:
    film = tmp_path_factory.mktemp("camera") / "film.y4m"
    _film(film, camera_share)
    flags = [*FLAGS, *CAMERA_FLAGS, f"--use-file-for-fake-video-capture={film}"]
    camera = browser.browser_type.launch(executable_path=CHROMIUM, args=flags)
    yield camera
    camera.close()


@pytest.fixture(params=[1440, 390], ids=lambda width: f"{width}px")
def camera_page(
    request: pytest.FixtureRequest, camera_browser: "sync_api.Browser", address: str
) -> Iterator["sync_api.Page"]:
    yield from watched_page(camera_browser, f"{address}#compare", request.param)


def test_the_ghost_lies_over_the_live_picture_and_a_hint_tells_the_distance(
    camera_page: "sync_api.Page", camera_share: float, tmp_path: Path
) -> None:
    page = camera_page
    choose(page, "before", SAMPLES[0])
    page.get_by_role("button", name="After: Use the camera").click()
    page.wait_for_selector("#cx-camera[data-state=live]", timeout=90_000)
    words = "Come closer, about 20 %." if camera_share < 1 else "Good. Hold still."
    sync_api.expect(page.locator(".cx-live")).to_have_text(words, timeout=15_000)
    ghost, video = (page.locator(f"#cx-camera {part}").bounding_box() for part in (".cx-ghost", "video"))
    assert ghost == video
    page.screenshot(path=tmp_path / "camera.png")
    page.locator(".cx-opacity").fill("80")
    assert page.evaluate("getComputedStyle(document.querySelector('.cx-ghost')).opacity") == "0.8"
    page.get_by_role("button", name="Take the photograph").click()
    page.wait_for_selector("#cx-camera[data-state=review]")
    page.get_by_role("button", name="Take again").click()
    page.wait_for_selector("#cx-camera[data-state=live]", timeout=90_000)
    page.evaluate(
        "window.ImageCapture = undefined"
    )  # as in browsers that have none: the live picture is taken
    page.get_by_role("button", name="Take the photograph").click()
    page.get_by_role("button", name="Use this photograph").click()
    page.wait_for_selector("#cx-slot-after .cx-verdict")
    look = page.locator("#cx-slot-after .cx-look")
    assert look.locator("img").get_attribute("alt") == "After: camera-after.jpg"
    assert (look.get_attribute("data-width-px"), look.get_attribute("data-height-px")) == ("1280", "960")
    assert page.locator("#cx-frame textarea").input_value() == ""


def test_without_a_baseline_there_is_no_ghost_and_nothing_is_sent(
    camera_browser: "sync_api.Browser", address: str
) -> None:
    page = camera_browser.new_page()
    page.goto(f"{address}#compare")
    sent: list[str] = []
    page.get_by_role("button", name="Before: Use the camera").click()
    page.wait_for_selector("#cx-camera[data-state=live]", timeout=90_000)
    page.on("request", lambda request: sent.append(request.url))
    page.wait_for_timeout(2500)
    assert page.locator(".cx-ghost").is_hidden()
    assert sent == []
    page.keyboard.press("Escape")
    page.wait_for_selector("#cx-camera[data-state=off]", state="attached")
    assert page.evaluate("document.querySelector('#cx-camera video').srcObject") is None
    page.close()


def test_a_browser_that_gives_no_camera_is_explained(wide_page: "sync_api.Page") -> None:
    page = wide_page
    page.evaluate("Object.defineProperty(navigator, 'mediaDevices', { value: undefined })")
    page.get_by_role("button", name="Before: Use the camera").click()
    page.wait_for_selector("#cx-camera[data-state=trouble]")
    assert "only on https or on this computer" in page.locator("#cx-camera").inner_text()
    assert page.get_by_role("button", name="Take the photograph").is_hidden()
    page.get_by_role("button", name="Close the camera").click()
    page.wait_for_selector("#cx-camera", state="hidden")


def test_a_camera_that_is_not_there_is_explained(wide_page: "sync_api.Page") -> None:
    page = wide_page
    page.get_by_role("button", name="Before: Use the camera").click()
    page.wait_for_selector("#cx-camera[data-state=trouble]")
    assert page.locator(".cx-trouble p:visible").count() == 1
