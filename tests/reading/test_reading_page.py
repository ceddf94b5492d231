"""The page of blinded readings over http, with logins: nothing on it tells which photograph is which."""

import base64
import html
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from drawn_designs import manifest_of
from fastapi.testclient import TestClient
from PIL import Image

from inference.check import Instruments
from inference.reading.design import Asked
from inference.reading.desk import Desk, OpenDesign
from inference.reading.make import make_design
from inference.reading.sources import series_of_manifest
from inference.records.records import Records
from inference.web.accounts import account_line
from inference.web.environment import private_environment
from inference.web.server import build_app
from inference.web.settings import Settings
from tests.test_web_shell import unused_network
from tests.web_clinic import clinic_in


class Shop:
    """The app with its records, and a design for two readers."""

    def __init__(self, client: TestClient, records: Records, folder: Path) -> None:
        self.client, self.records, self.folder = client, records, folder

    def offer(self, name: str, scale: str, readers: tuple[str, ...]) -> OpenDesign:
        manifest = manifest_of(self.folder / name, 4)
        asked = Asked(scale, 11, 0.5, 0.5, readers)  # type: ignore[arg-type]
        design = make_design(series_of_manifest(manifest), asked)
        return Desk(self.records).keep(design, manifest.parent)


class Tab:
    """One browser tab of somebody."""

    def __init__(self, client: TestClient, session: str, language: str = "en") -> None:
        self._client, self._session, self._n = client, session, 0
        self._language = {"accept-language": language}
        config = client.get("/config").json()
        named = {one["props"].get("elem_id"): one["id"] for one in config["components"]}
        self._ids = [one["id"] for one in config["components"]]
        self._page = named["cx-reading"]
        self._events = {
            field: next(one for one in config["dependencies"] if one["inputs"] == [named[field]])
            for field in ("cx-go", "cx-do")
        }

    def _call(self, field: str, wish: dict[str, Any]) -> list[Any]:
        self._n += 1
        body = {
            "data": [json.dumps({**wish, "n": self._n})],
            "fn_index": self._events[field]["id"],
            "session_hash": self._session,
        }
        answer = self._client.post("/gradio_api/run/predict", json=body, headers=self._language)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    def see(self, design: int | None = None) -> str:
        route = {"page": "reading", **({} if design is None else {"design": design})}
        values = dict(zip(self._events["cx-go"]["outputs"], self._call("cx-go", route), strict=True))
        shown = values[self._page]
        return shown if isinstance(shown, str) else str(values)

    def do(self, name: str, design: int, **values: str) -> dict[str, Any]:
        route = {"page": "reading", "design": design}
        (text,) = self._call("cx-do", {"do": name, "route": route, "values": values})
        return json.loads(html.unescape(re.search(r'data-answer="([^"]*)"', text)[1]))  # type: ignore[index]


@pytest.fixture(scope="module")
def upload_folder() -> Iterator[Path]:
    with private_environment() as uploads:
        yield uploads


@pytest.fixture(scope="module")
def accounts(upload_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("reading")
    (folder / "accounts").write_text(
        f"ada@clinic:{account_line('x', 'one')[2:]}\nbo:{account_line('x', 'two')[2:]}\n"
    )
    settings = Settings(sample_folder=folder, auth_file=folder / "accounts")
    with (
        clinic_in(folder / "records", Instruments(unused_network(folder), None), upload_folder) as clinic,
        TestClient(build_app(settings, clinic), base_url="http://127.0.0.1:7860") as client,
    ):
        yield Shop(client, clinic.records, folder)


@pytest.fixture(scope="module")
def open_house(upload_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Without accounts."""
    folder = tmp_path_factory.mktemp("open")
    with (
        clinic_in(folder / "records", Instruments(unused_network(folder), None), upload_folder) as clinic,
        TestClient(
            build_app(Settings(sample_folder=folder), clinic), base_url="http://127.0.0.1:7860"
        ) as client,
    ):
        yield Shop(client, clinic.records, folder)


def login(shop: Shop, name: str, password: str, session: str) -> Tab:
    shop.client.cookies.clear()
    assert shop.client.post("/login", data={"username": name, "password": password}).status_code == 200
    return Tab(shop.client, session)


def pictures(page: str) -> list[bytes]:
    return [base64.b64decode(one) for one in re.findall(r'src="data:image/jpeg;base64,([^"]+)"', page)]


def place(page: str) -> str:
    return re.search(r'name="place" value="(\d+)"', page)[1]  # type: ignore[index]


def test_nothing_on_the_page_tells_which_photograph_came_first(accounts: Shop) -> None:
    opened = accounts.offer("Praxis-Meyer", "gais", ("ada@clinic", "bo"))
    tab = login(accounts, "ada@clinic", "one", "blind")
    assert "cx-trial" not in tab.see(opened.id)
    tab.do("reading.begin", opened.id)
    for _ in range(8):
        sizes: list[tuple[int, int]] = []
        page = tab.see(opened.id)
        left, right = pictures(page)
        rest = re.sub(r'src="[^"]+"', "", page)
        told = [shot for pair in opened.design.pairs for shot in (pair.first, pair.second)]
        secrets = [
            part for shot in told for part in (shot.sha256, str(shot.image), str(shot.image).split("-")[0])
        ]
        secrets += [pair.id for pair in opened.design.pairs] + [
            "2026",
            "Meyer",
            "photo-",
            "visit",
            "84",
            "same visit",
        ]
        assert [secret for secret in secrets if secret in rest] == []
        assert re.findall(
            r"\d+", re.sub(r'width="\d+" height="\d+"|--[wh]:\d+', "", rest)
        ) == expected_numbers(page)
        for content in (left, right):
            with Image.open(io.BytesIO(content)) as picture:
                assert not picture.getexif()
                assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
                sizes.append(picture.size)
            assert b"Meyer" not in content
            assert b"2026" not in content
        assert sizes[0] == sizes[1]
        answer = tab.do("reading.answer", opened.id, place=place(page), difference="-1")
        assert (answer["error"], answer["fields"]) == ("", {})
    assert "All pairs are read" in tab.see(opened.id)
    assert [one.difference for one in accounts.records.readings.answers(opened.id)] == [-1] * 8


def expected_numbers(page: str) -> list[str]:
    """The place in the order, the number of pairs, and the steps of the scale."""
    at = int(place(page))
    head = ["3", str(at), str(at + 1), "8", "8", str(at)]
    steps = [text for step in range(-3, 4) for text in (str(abs(step)), str(abs(step)))]
    return [*head, *steps]


def test_a_login_reads_as_itself_whatever_it_claims(accounts: Shop) -> None:
    opened = accounts.offer("second", "quartile", ("ada@clinic", "bo"))
    ada = login(accounts, "ada@clinic", "one", "ada")
    ada.do("reading.begin", opened.id)
    ada.do("reading.answer", opened.id, place=place(ada.see(opened.id)), difference="4")
    bo = login(accounts, "bo", "two", "bo")
    bo.do("reading.code", opened.id, code="ada@clinic")
    assert "Reader: bo" in bo.see(opened.id)
    assert "0 of 8 pairs read" in bo.see(opened.id)
    bo.do("reading.back", opened.id)
    assert "cx-trial" in bo.see(opened.id)
    assert "checked" not in bo.see(opened.id), "another reader's answer is shown"
    refused = bo.do("reading.answer", opened.id, place="1", difference="0")
    assert "not the one" in refused["error"]
    bo.do("reading.answer", opened.id, place="0", difference="-2")
    kept = {(one.reader, one.difference) for one in accounts.records.readings.answers(opened.id)}
    assert kept == {("ada@clinic", 4), ("bo", -2)}
    closed = accounts.offer("third", "gais", ("bo",))
    ada = login(accounts, "ada@clinic", "one", "ada-2")
    assert f"design={closed.id}" not in ada.see()
    assert "other readers" in ada.see(closed.id)
    assert "other readers" in ada.do("reading.begin", closed.id)["error"]


def test_a_reader_without_account_types_a_code_and_goes_on_after_a_reload(open_house: Shop) -> None:
    opened = open_house.offer("open", "scar_s", ())
    tab = Tab(open_house.client, "first", "de-DE")
    assert "Ihr Code" in tab.see(opened.id)
    assert "two words" not in tab.do("reading.code", opened.id, code="two words")["fields"]["code"]
    assert "load the page" in tab.do("reading.answer", opened.id, place="0", left="1", right="1")["error"]
    tab.do("reading.code", opened.id, code="dr-a")
    tab.do("reading.begin", opened.id)
    page = tab.see(opened.id)
    assert "Paar 1 von 8" in page
    assert "beiden" in tab.do("reading.answer", opened.id, place=place(page), left="1")["error"] + str(
        tab.do("reading.answer", opened.id, place=place(page), left="1")["fields"]
    )
    assert "no answer" in tab.do("reading.answer", opened.id, place=place(page), left="1", right="6")["error"]
    tab.do("reading.answer", opened.id, place=place(page), left="4", right="2")
    again = Tab(open_house.client, "second")
    assert "Your code" in again.see(opened.id), "another tab may be another reader's"
    again.do("reading.code", opened.id, code="DR-A ")
    assert "Go on with pair 2" in again.see(opened.id)
    again.do("reading.begin", opened.id)
    again.do("reading.back", opened.id)
    page = again.see(opened.id)
    assert re.search(r'name="left" value="4" checked', page)
    assert re.search(r'name="right" value="2" checked', page)
    again.do("reading.answer", opened.id, place=place(page), none="yes")
    again.do("reading.pause", opened.id)
    assert "1 of 8 pairs read" in again.see(opened.id)
    (kept,) = open_house.records.readings.answers(opened.id)
    assert (kept.reader, kept.left_grade, kept.changed) == ("DR-A", None, 1)
    assert kept.seconds is not None
