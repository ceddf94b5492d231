"""The compare page: two photographs, and in their place the result."""

# Gradio is typed in part.
# pyright: reportUnknownMemberType=false

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import gradio as gr

from inference.check import CheckOptions
from inference.web.intake import QUIET, CameraHint, Slot, piece
from inference.web.running import Updates, one_step, told
from inference.web.samples import SamplePair
from inference.web.service import Service
from inference.web.thumbnails import pair_thumbnail
from inference.web.view import render_message


class ComparePage:
    """The components of the page and what happens between them."""

    def __init__(self, service: Service, pairs: tuple[SamplePair, ...], held_s: float) -> None:
        self._service, self._held_s = service, held_s
        with gr.Column(elem_id="cx-compare-page"):
            with gr.Column(elem_id="cx-intake") as self._intake:
                self._build_intake(pairs)
            self._hint = CameraHint(service)
            with gr.Column(visible=False, elem_id="cx-outcome") as self._outcome:
                self._again = gr.Button("New comparison", elem_id="cx-again", size="sm")
                self._result = piece("")
        self._connect(pairs)

    def _build_intake(self, pairs: tuple[SamplePair, ...]) -> None:
        piece("<h1 class='cx-title'>Compare two photographs of the same skin</h1>")
        with gr.Row(elem_id="cx-drops"):
            self._before = Slot("before", self._service)
            self._after = Slot("after", self._service)
        with gr.Accordion("Scale", open=False, elem_id="cx-scale", elem_classes="cx-scale"):
            piece(
                "<p>Millimetres per pixel, where you know them. Otherwise a printed sheet, a colour chart or the "
                "eyes give the scale; without any of these it is assumed, and lengths and depths are rough.</p>"
            )
            with gr.Row():
                self._before_mm = _scale_input("Before, mm per pixel", "cx-mm-before")
                self._after_mm = _scale_input("After, mm per pixel", "cx-mm-after")
        self._status = piece("", elem_id="cx-status")
        self._start = gr.Button("Compare", variant="primary", elem_id="cx-start")
        self._examples: list[gr.Button] = []
        if pairs:
            piece("<h2 class='cx-subtitle'>Or look at an example</h2>")
            with gr.Row(elem_id="cx-examples"):
                self._examples = [
                    _example(pair, number, self._service.upload_folder) for number, pair in enumerate(pairs)
                ]

    def _connect(self, pairs: tuple[SamplePair, ...]) -> None:
        held = gr.State([], time_to_live=self._held_s, delete_callback=self._service.discard)
        slots = (self._before, self._after)
        drops = [slot.drop for slot in slots]
        scales = [self._before_mm, self._after_mm]
        marks = [slot.marks for slot in slots]
        outputs = [self._status, self._start, self._intake, self._outcome, self._result, *drops]
        for drop in drops:
            drop.change(self._hold, [held, *drops], held, queue=False, **QUIET)
        for slot, scale in zip(slots, scales, strict=True):
            slot.connect(scale)
        self._hint.connect(self._before.drop)
        self._start.click(self._run_uploads, [*drops, *scales, *marks], outputs, **QUIET)
        for button, pair in zip(self._examples, pairs, strict=True):
            button.click(partial(self._run_sample, pair), None, outputs, **QUIET)
        self._again.click(self._back, None, [self._intake, self._outcome, self._result], queue=False, **QUIET)

    def _hold(self, held: list[str], before: str | None, after: str | None) -> list[str]:
        """Remember this session's uploads, so that leaving deletes them; delete those just replaced."""
        now = [path for path in (before, after) if path]
        self._service.discard([path for path in held if path not in now])
        return now

    def _run_uploads(
        self,
        before: str | None,
        after: str | None,
        before_mm: str | None,
        after_mm: str | None,
        before_marks: str | None,
        after_marks: str | None,
    ) -> Iterator[Updates]:
        """Compare the two uploads, or assess the one that is there, and delete them once that is done."""

        def first() -> CheckOptions:
            return self._before.options(before_mm, before_marks)

        def second() -> CheckOptions:
            return self._after.options(after_mm, after_marks)

        service = self._service
        if before and after:
            paths = Path(before), Path(after)
            yield from self._run(
                lambda: service.compare(paths, (first(), second())), "Measuring both photographs…"
            )
        elif before or after:
            path, options = (before, first) if before else (after, second)
            yield from self._run(
                lambda: service.assess(Path(str(path)), options()), "Measuring the photograph…"
            )
        else:
            message = "Drop a photograph on Before and one on After. With one alone, that one is assessed."
            yield {self._status: render_message("There is no photograph yet", message)}

    def _run_sample(self, pair: SamplePair) -> Iterator[Updates]:
        paths = (pair.before.path, pair.after.path)
        options = CheckOptions(pair.before.mm_per_px), CheckOptions(pair.after.mm_per_px)
        titles = (pair.before.title, pair.after.title)
        measure = partial(self._service.compare, paths, options, titles)
        yield from self._run(measure, "Measuring both photographs…")

    def _run(self, measure: Callable[[], str], progress: str) -> Iterator[Updates]:
        """Show that work goes on, then the result, or what went wrong beside the inputs as they were."""
        yield from told(one_step(progress, measure), self._status, self._start, self._done)

    def _done(self, html: str) -> Updates:
        return {
            self._status: "",
            self._start: gr.update(interactive=True),
            self._intake: gr.update(visible=False),
            self._outcome: gr.update(visible=True),
            self._result: html,
            self._before.drop: None,  # emptying the drop zones deletes the uploads, see _hold
            self._after.drop: None,
        }

    def _back(self) -> Updates:
        return {
            self._intake: gr.update(visible=True),
            self._outcome: gr.update(visible=False),
            self._result: "",
        }


def _scale_input(label: str, elem_id: str) -> gr.Textbox:
    """Text, since Gradio's number field turns an empty field into 0."""
    return gr.Textbox(label=label, max_lines=1, elem_id=elem_id, placeholder="not known")


def _example(pair: SamplePair, number: int, folder: Path) -> gr.Button:
    thumbnail = pair_thumbnail(pair, folder)
    return gr.Button(pair.title, icon=thumbnail, elem_classes="cx-example", elem_id=f"cx-example-{number}")
