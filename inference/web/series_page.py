"""The series page: photographs of all visits in, and in their place the series; any two of them compared."""

# Gradio is typed in part.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from inference.web.intake import QUIET, drop_many, hidden, piece
from inference.web.running import Step, Updates, guarded, one_step, told
from inference.web.samples import SamplePhoto
from inference.web.series_service import SeriesService
from inference.web.thumbnails import thumbnail
from inference.web.view import render, render_progress

#: Deletes uploads; of the compare page's service.
Discard = Callable[[list[str]], None]


class SeriesPage:
    """The components of the page and what happens between them. Uploads are deleted once they are measured."""

    def __init__(
        self, service: SeriesService, sample: tuple[SamplePhoto, ...], discard: Discard, held_s: float
    ) -> None:
        self._service, self._sample, self._discard, self._held_s = service, sample, discard, held_s
        with gr.Column(elem_id="cx-series-page"):
            with gr.Column(elem_id="cx-series-intake") as self._intake:
                self._build_intake()
            with gr.Column(visible=False, elem_id="cx-series-outcome") as self._outcome:
                self._again = gr.Button("New series", elem_id="cx-series-again", size="sm")
                self._result = piece("", elem_id="cx-series-result")
                self._pick = hidden("cx-picked")
                self._picked_status = piece("", elem_id="cx-pair-status")
            with gr.Column(visible=False, elem_id="cx-pair-outcome") as self._pair:
                self._back = gr.Button("Back to the series", elem_id="cx-back", size="sm")
                self._pair_result = piece("", elem_id="cx-pair-result")
        self._connect()

    def _build_intake(self) -> None:
        piece("<h1 class='cx-title'>Follow one region over three or more visits</h1>")
        with gr.Column(elem_classes="cx-slot", elem_id="cx-slot-series"):
            self._drop = drop_many("Visits", "cx-drop-series")
            piece(render("empty_series.html"), elem_id="cx-empty-series")
            self._list = piece("", elem_id="cx-visit-list")
            self._said = hidden("cx-visits-said")
        with gr.Accordion("Scale", open=False, elem_id="cx-series-scale", elem_classes="cx-scale"):
            piece(
                "<p>Millimetres per pixel, where all photographs share one that you know. Otherwise each is given by "
                "its printed sheet, chart or eyes, or by another visit.</p>"
            )
            self._mm = gr.Textbox(
                label="All visits, mm per pixel", max_lines=1, elem_id="cx-mm-series", placeholder="not known"
            )
        self._status = piece("", elem_id="cx-series-status")
        self._start = gr.Button("Measure the series", variant="primary", elem_id="cx-series-start")
        if self._sample:
            piece("<h2 class='cx-subtitle'>Or look at an example</h2>")
            title = f"{len(self._sample)} visits of a rendered cheek"
            picture = thumbnail(self._sample, self._service.upload_folder)
            self._example = gr.Button(
                title, icon=picture, elem_id="cx-series-example", elem_classes="cx-example"
            )

    def _connect(self) -> None:
        held = gr.State([], time_to_live=self._held_s, delete_callback=self._discard)
        outputs = [self._status, self._start, self._intake, self._outcome, self._result, self._drop]
        self._drop.change(self._hold, [held, self._drop], held, queue=False, **QUIET)
        look: dict[str, Any] = {"concurrency_id": "look", **QUIET}
        self._drop.change(self._show_visits, self._drop, self._list, **look)
        self._start.click(self._run_uploads, [self._drop, self._said, self._mm], outputs, **QUIET)
        if self._sample:
            self._example.click(self._run_sample, None, outputs, **QUIET)
        self._again.click(
            self._begin_again, None, [self._intake, self._outcome, self._pair, self._result, self._pair_result],
            queue=False, **QUIET,
        )  # fmt: skip
        pair = [self._picked_status, self._outcome, self._pair, self._pair_result]
        self._pick.change(self._compare, self._pick, pair, **QUIET)
        self._back.click(self._to_series, None, pair, queue=False, **QUIET)

    def _hold(self, held: list[str], paths: list[str] | None) -> list[str]:
        """Remember this session's uploads, so that leaving deletes them; delete those just removed."""
        now = list(paths or [])
        self._discard([path for path in held if path not in now])
        return now

    def _show_visits(self, paths: list[str] | None) -> str:
        return self._service.list_visits([Path(path) for path in paths or []])

    def _run_uploads(
        self, paths: list[str] | None, said: str | None, mm_per_px: str | None, request: gr.Request
    ) -> Iterator[Updates]:
        files = [Path(path) for path in paths or []]
        steps = self._service.measure(str(request.session_hash), files, said, mm_per_px)
        yield from self._run(steps)

    def _run_sample(self, request: gr.Request) -> Iterator[Updates]:
        yield from self._run(self._service.measure_sample(str(request.session_hash), self._sample))

    def _run(self, steps: Iterator[Step]) -> Iterator[Updates]:
        """Show how far it is, then the series, or what went wrong beside the inputs as they were."""
        yield from told(steps, self._status, self._start, self._done)

    def _done(self, html: str) -> Updates:
        return {
            self._status: "",
            self._start: gr.update(interactive=True),
            self._intake: gr.update(visible=False),
            self._outcome: gr.update(visible=True),
            self._result: html,
            self._drop: None,  # emptying the drop zone deletes the uploads, see _hold
        }

    def _begin_again(self, request: gr.Request) -> tuple[Any, ...]:
        self._service.discard(str(request.session_hash))
        return gr.update(visible=True), gr.update(visible=False), gr.update(visible=False), "", ""

    def _compare(self, picked: str | None, request: gr.Request) -> Iterator[Updates]:
        """picked: JSON with the places of two visits and a number that makes every wish a new one."""
        if not picked:
            return
        one, other = (int(place) for place in json.loads(picked)["places"])
        session = str(request.session_hash)
        for step in guarded(one_step("Comparing…", lambda: self._service.compare(session, one, other))):
            if step.html is None:
                shown = render_progress(step.doing) if step.doing else step.failed
                yield {self._picked_status: shown}
                continue
            yield {
                self._picked_status: "",
                self._outcome: gr.update(visible=False),
                self._pair: gr.update(visible=True),
                self._pair_result: step.html,
            }

    def _to_series(self) -> Updates:
        return {
            self._outcome: gr.update(visible=True),
            self._pair: gr.update(visible=False),
            self._pair_result: "",
        }

    def leave(self, request: gr.Request) -> None:
        """The tab was closed: nothing of it is held any longer."""
        self._service.discard(str(request.session_hash))
