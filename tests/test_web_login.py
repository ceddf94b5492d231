"""With a login, nobody else gets anything: neither the live hint nor any other event of the page."""

import base64
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from inference.check import Instruments
from inference.web.environment import private_environment
from inference.web.server import build_app
from inference.web.settings import Settings
from tests.test_web_shell import unused_network
from tests.web_clinic import clinic_in


@pytest.fixture(scope="module")
def upload_folder() -> Iterator[Path]:
    with private_environment() as uploads:
        yield uploads


@pytest.fixture(scope="module")
def client(upload_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("login")
    settings = Settings(sample_folder=folder, user="rosa", password="correct horse")  # type: ignore[arg-type]
    instruments = Instruments(unused_network(folder), None)
    with (
        clinic_in(folder / "records", instruments, upload_folder) as clinic,
        TestClient(build_app(settings, clinic), base_url="http://127.0.0.1:7860") as client,
    ):
        yield client


@pytest.fixture
def anonymous(client: TestClient) -> TestClient:
    client.cookies.clear()
    return client


@pytest.fixture
def rosa(client: TestClient) -> TestClient:
    client.cookies.clear()
    answer = client.post("/login", data={"username": "rosa", "password": "correct horse"})
    assert answer.status_code == 200
    return client


def hint_event(client: TestClient) -> int:
    """The number of the event that takes frames, from the page's own description of itself."""
    config = client.get("/config").json()
    (frame,) = [one["id"] for one in config["components"] if one["props"].get("elem_id") == "cx-frame"]
    (event,) = [one["id"] for one in config["dependencies"] if frame in one["inputs"]]
    return event


def frame_message() -> str:
    picture = io.BytesIO()
    Image.new("RGB", (48, 32)).save(picture, "JPEG")
    data = base64.b64encode(picture.getvalue()).decode()
    return f'{{"seq": 1, "mirrored": false, "jpeg": "data:image/jpeg;base64,{data}"}}'


def test_the_hint_answers_who_has_logged_in_and_stores_nothing(
    rosa: TestClient, upload_folder: Path, tmp_path: Path
) -> None:
    photo = tmp_path / "cheek.jpg"
    Image.new("RGB", (300, 200), (200, 150, 130)).save(photo)
    (path,) = rosa.post("/gradio_api/upload", files={"files": photo.open("rb")}).json()
    baseline = {"path": path, "meta": {"_type": "gradio.FileData"}}
    body = {"data": [frame_message(), baseline], "fn_index": hint_event(rosa), "session_hash": "s"}
    stored = sorted(upload_folder.rglob("*"))
    answer = rosa.post("/gradio_api/run/predict", json=body)
    assert answer.status_code == 200, answer.text
    assert sorted(upload_folder.rglob("*")) == stored, "a frame was stored"
    assert 'data-way="lost"' in answer.json()["data"][0]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/gradio_api/run/predict"),
        ("POST", "/gradio_api/api/predict"),
        ("POST", "/gradio_api/queue/join"),
        ("GET", "/gradio_api/queue/data?session_hash=s"),
        ("POST", "/gradio_api/upload"),
        ("GET", "/gradio_api/info"),
        ("GET", "/config"),
    ],
)
def test_anonymous_callers_are_refused(anonymous: TestClient, method: str, path: str) -> None:
    body = {"data": [frame_message(), None], "fn_index": 0, "session_hash": "s"}
    answer = anonymous.request(method, path, json=body if method == "POST" else None)
    assert answer.status_code == 401, f"{answer.status_code}: {answer.text[:200]}"


def test_every_event_of_the_page_is_refused(rosa: TestClient) -> None:
    events = [one["id"] for one in rosa.get("/config").json()["dependencies"]]
    assert hint_event(rosa) in events
    rosa.cookies.clear()
    for event in events:
        body = {"data": [], "fn_index": event, "session_hash": "s"}
        assert rosa.post("/gradio_api/run/predict", json=body).status_code == 401


def test_the_camera_is_for_this_page_alone(anonymous: TestClient) -> None:
    policy = anonymous.get("/").headers["permissions-policy"]
    assert "camera=(self)" in policy
    assert "microphone=()" in policy
    assert "geolocation=()" in policy
