"""A clinic for tests of the pages: real records in a folder of the test, and a worker that does not run."""

import json
import re
from collections.abc import Generator
from contextlib import contextmanager
from datetime import date
from html import unescape
from pathlib import Path
from typing import Any

from inference.check import Instruments
from inference.records.records import Records
from inference.records.scorer import InstrumentScorer
from inference.records.settings import RecordsSettings
from inference.records.worker import Worker
from inference.web.clinic.clinic import Clinic
from inference.web.clinic.deed import Answer
from inference.web.clinic.drafts import Drafts

TODAY = date(2026, 10, 16)


@contextmanager
def clinic_in(folder: Path, instruments: Instruments, upload_folder: Path) -> Generator[Clinic]:
    """The clinic whose records are kept in `folder`, on the day `TODAY`."""
    records = Records.open(RecordsSettings(data_folder=folder))
    worker = Worker(records.queue, InstrumentScorer(instruments))
    try:
        with records.workspace() as drafts:
            yield Clinic(records, worker, instruments, upload_folder, Drafts(drafts), today=lambda: TODAY)
    finally:
        records.close()


class Tab:
    """A browser's tab: routes and deeds go in as JSON, pieces of page come out."""

    def __init__(self, clinic: Any, language: str = "en") -> None:
        import gradio as gr
        from starlette.requests import Request

        from inference.web.clinic.pages import build_clinic_pages

        with gr.Blocks():
            self._router = build_clinic_pages(clinic)
        scope = {"type": "http", "headers": [(b"accept-language", language.encode())]}
        self._request = gr.Request(Request(scope), session_hash="tab")
        self._here: dict[str, Any] = {"page": "patients"}

    def go(self, page: str, **where: Any) -> dict[str, str]:
        """What changes on the page, by the ids of its pieces; `cx-here` is the router's mark."""
        self._here = {"page": page, **where}
        updates = self._router._show(json.dumps({**self._here, "n": 7}), self._request)
        return {str(piece.elem_id): value for piece, value in updates.items()}

    def do(self, deed_name: str, /, **values: str | list[str]) -> Answer:
        deed = json.dumps({"do": deed_name, "route": self._here, "values": values, "n": 8})
        said = self._router._act(deed, self._request)
        answer = re.search(r'data-answer="([^"]*)"', said)
        assert answer
        return Answer.model_validate_json(unescape(answer[1]))
