"""The pages of a clinic, asked as a browser asks: real records, real photographs, forms as they are sent."""

import re
import shutil
import time
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from inference.records.entries import ConsentEntry, VisitEntry
from inference.records.facts import PatientRecord, Visit
from inference.records.scorer import InstrumentScorer
from inference.web.clinic.clinic import Clinic
from inference.web.clinic.deed import Answer, Deed
from inference.web.clinic.route import Route
from tests.records import clinic as entries
from tests.web_clinic import TODAY


class House:
    """The pages of a clinic, asked as the browser asks."""

    def __init__(self, clinic: Clinic, scorer: InstrumentScorer) -> None:
        import gradio as gr

        from inference.web.clinic.pages import build_clinic_pages

        self.clinic, self.records, self.scorer = clinic, clinic.records, scorer
        with gr.Blocks():
            router = build_clinic_pages(clinic)
        self.pages, self._deeds = router._pages, router._deeds
        self.patient = 0

    def request(self, language: str = "en", session: str = "tab", cookie: str = "") -> Any:
        import gradio as gr
        from starlette.requests import Request

        headers = [(b"accept-language", language.encode()), (b"cookie", cookie.encode())]
        return gr.Request(Request({"type": "http", "headers": headers}), session_hash=session)

    def show(self, page: str, request: Any = None, **where: Any) -> str:
        """All pieces of the page as one text."""
        route = Route(page=page, patient=self.patient, **where)  # type: ignore[arg-type]
        updates = self.pages[route.page].show(route, request or self.request())
        return " ".join(value for value in updates.values() if isinstance(value, str))

    def do(self, name: str, values: Mapping[str, Any], request: Any = None, **where: Any) -> Answer:
        page = where.pop("page", "visit")
        route = Route(page=page, patient=self.patient, **where)
        return self._deeds[name](Deed(do=name, route=route, values=dict(values)), request or self.request())

    def drop(self, *paths: Path, session: str = "tab", **where: Any) -> list[str]:
        """Drop copies of files on the visit's page; returns what names them there, once all is looked at."""
        uploads: list[str] = []
        for path in paths:
            place = self.clinic.upload_folder / f"{time.monotonic_ns()}" / path.name
            place.parent.mkdir()
            shutil.copy(path, place)
            uploads.append(str(place))
        page = self.pages["visit"]
        self.show("visit", self.request(session=session), **where)
        shown = [step for step in page._take(uploads, self.request(session=session))][-1]  # type: ignore[attr-defined]
        return re.findall(r'data-key="(u\d+)"', shown[page._cards])[::2]  # type: ignore[attr-defined]

    def consent(self, purpose: Any = "assessment") -> None:
        self.records.patients.consent(self.patient, ConsentEntry(purpose=purpose, given_on=TODAY))

    def record(self) -> PatientRecord:
        return self.records.patients.record(self.patient, TODAY)

    def visit(self, folder: Path, on: date = TODAY, seed: int = 0) -> Visit:
        """A scored visit."""
        path = entries.photograph(folder, seed)
        saved = self.records.visits.save(self.patient, VisitEntry(on=on), [entries.entry(path)])
        self.records.queue.work_off(self.scorer)
        return self.records.visits.get(saved.id)


def confirmed(*keys: str, view: str = "left cheek", **values: str) -> dict[str, str]:
    said = {f"view.{key}": view for key in keys} | {f"sure.{key}": "yes" for key in keys}
    return {"on": str(TODAY), "mm_per_px": str(entries.MM_PER_PX), **said, **values}
