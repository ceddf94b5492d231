"""The shell: closed by default, nothing stored, headers on every answer, logins that resist guessing."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from inference.check import Instruments
from inference.network.bundle import (
    Bundle,
    InputDescription,
    ModelDescription,
    OutputsDescription,
    Plan,
    Thresholds,
)
from inference.network.maps import SURFACE, TYPES
from inference.network.session import Network
from inference.web.accounts import LOCKED_S, MAX_FAILURES, Accounts, account_line, load_accounts
from inference.web.environment import private_environment
from inference.web.server import build_app
from inference.web.service import Service
from inference.web.settings import ServeError, Settings
from tests.web_clinic import clinic_in


def unused_network(folder: Path) -> Network:
    """A network that is described but never run."""
    thresholds = {**dict.fromkeys(Thresholds.model_fields, 0.5), "confidence": None}
    description = ModelDescription(
        format_version="1",
        name="atrophic",
        version="9.9.9",
        description="for tests of the shell",
        license="Apache-2.0",
        input=InputDescription(multiple=32),
        outputs=OutputsDescription(types=TYPES, surface=SURFACE, relief_um="", grades=("", "", "", "")),
        plan=Plan(px_per_mm=6.4, max_side_px=1536, min_side_px=256, pad_multiple=32),
        thresholds=Thresholds(**thresholds),
        training={},
        metrics={},
        files={"model.onnx": "0" * 64},
    )
    return Network(Bundle(folder, description, "0" * 64))


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("web")
    instruments = Instruments(unused_network(folder), None)
    with private_environment() as uploads, clinic_in(folder / "records", instruments, uploads) as clinic:
        app = build_app(Settings(sample_folder=folder), clinic)
        with TestClient(app, base_url="http://127.0.0.1:7860") as client:
            yield client


@pytest.mark.parametrize("path", ["/", "/healthz", "/page/page.css", "/gradio_api/info", "/no-such-page"])
def test_every_answer_carries_the_security_headers(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert "unsafe-eval" not in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_only_the_programs_own_code_may_be_stored(client: TestClient) -> None:
    assert client.get("/").headers["cache-control"] == "no-store"
    assert client.get("/page/pictures.js").headers.get("cache-control") != "no-store"


def test_health_is_answered(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}


def test_the_page_names_the_model_and_links_its_own_code(client: TestClient) -> None:
    page = client.get("/").text
    assert "atrophic 9.9.9" in page
    assert "/page/page.css?" in page


@pytest.mark.parametrize(
    "path", ["/docs", "/redoc", "/openapi.json", "/monitoring/summary", "/gradio_api/mcp/"]
)
def test_there_are_no_documents_of_the_inside(client: TestClient, path: str) -> None:
    assert client.get(path).status_code in (403, 404)


def test_no_event_of_the_page_is_an_interface_for_programs(client: TestClient) -> None:
    assert client.get("/gradio_api/info").json()["named_endpoints"] == {}


def test_files_outside_the_private_folder_are_refused(client: TestClient) -> None:
    assert client.get(f"/gradio_api/file={Path(__file__)}").status_code == 403


def test_only_uploads_are_ever_deleted(tmp_path: Path) -> None:
    uploads = tmp_path / "uploads"
    uploads.mkdir()
    inside, outside = uploads / "a.jpg", tmp_path / "b.jpg"
    inside.touch()
    outside.touch()
    Service(Instruments(unused_network(tmp_path), None), uploads).discard(
        [str(inside), str(uploads / ".." / "b.jpg"), "gone.jpg"]
    )
    assert not inside.exists()
    assert outside.exists()


def test_a_foreign_name_for_this_machine_is_refused(client: TestClient) -> None:
    assert client.get("/healthz", headers={"host": "rebound.example"}).status_code == 400


def test_the_upload_folder_is_private_and_goes_away() -> None:
    before = dict(os.environ)
    with private_environment() as folder:
        assert folder.stat().st_mode & 0o777 == 0o700
        assert os.environ["GRADIO_TEMP_DIR"] == str(folder)
        assert os.environ["GRADIO_ANALYTICS_ENABLED"] == "False"
    assert not folder.exists()
    os.environ.clear()
    os.environ.update(before)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.7", "::", "clinic.example"])
def test_other_machines_are_refused_without_a_login(host: str) -> None:
    with pytest.raises(ServeError, match="CICATRIX_AUTH_FILE"):
        Settings(host=host).check()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.0.0.9"])
def test_this_machine_needs_no_login(host: str) -> None:
    Settings(host=host).check()


def test_a_user_without_a_password_is_a_mistake() -> None:
    with pytest.raises(ServeError, match="together"):
        Settings(user="rosa").check()


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CICATRIX_PORT", "8123")
    monkeypatch.setenv("CICATRIX_PASSWORD", "correct horse")
    settings = Settings()
    assert settings.port == 8123
    assert "correct" not in repr(settings)


def test_an_account_opens_with_its_password_alone(tmp_path: Path) -> None:
    path = tmp_path / "accounts"
    path.write_text(f"# staff\n{account_line('rosa', 'correct horse')}\n", encoding="utf-8")
    accounts = load_accounts(Settings(auth_file=path))
    assert accounts is not None
    assert "correct horse" not in path.read_text(encoding="utf-8")
    assert accounts.check("rosa", "correct horse")
    assert not accounts.check("rosa", "wrong")
    assert not accounts.check("nobody", "correct horse")


def test_guessing_locks_a_name_for_a_while() -> None:
    clock = [0.0]
    accounts = Accounts([account_line("rosa", "correct horse")], now=lambda: clock[0])
    for _ in range(MAX_FAILURES):
        assert not accounts.check("rosa", "wrong")
    assert not accounts.check("rosa", "correct horse")
    clock[0] += LOCKED_S + 1
    assert accounts.check("rosa", "correct horse")


@pytest.mark.parametrize("line", ["rosa", "rosa:zz:00", "a:b:c:d"])
def test_a_malformed_account_is_named_by_its_line(line: str) -> None:
    with pytest.raises(ServeError, match="line 1"):
        Accounts([line])


def test_a_missing_accounts_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ServeError, match="accounts"):
        load_accounts(Settings(auth_file=tmp_path / "accounts"))
