"""The compare page: two drop zones, and in their place the result. Mounted on the shell by `mount_page`.

Pieces of page travel through gr.Markdown: Gradio's HTML component compiles its value as a script, which the
content security policy forbids.
"""

# Gradio is typed in part.
# pyright: reportUnknownMemberType=false

import hashlib
import logging
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr
from fastapi import FastAPI
from gradio.data_classes import ImageData
from gradio.themes import Base, LocalFont

from inference.errors import CicatrixError
from inference.web.accounts import Accounts
from inference.web.samples import SamplePair
from inference.web.scale import parse_scale
from inference.web.service import Service
from inference.web.settings import Settings
from inference.web.thumbnails import pair_thumbnail
from inference.web.view import render_header, render_message, render_progress

_log = logging.getLogger(__name__)
_STATIC_FOLDER = Path(__file__).parent / "static"
#: Uploads that nobody compared are deleted after an hour, looked for every ten minutes.
_CACHE_CHECK_S, _CACHE_AGE_S = 600, 3600

Updates = dict[Any, Any]


class ComparePage:
    """The components of the page and what happens between them."""

    def __init__(self, service: Service, pairs: tuple[SamplePair, ...], settings: Settings) -> None:
        self._service = service
        with gr.Blocks(
            title="cicatrix", fill_width=True, delete_cache=(_CACHE_CHECK_S, _CACHE_AGE_S)
        ) as self.blocks:
            _piece(render_header(service.model_name))
            with gr.Column(elem_id="cx-intake") as self._intake:
                self._build_intake(pairs)
            with gr.Column(visible=False, elem_id="cx-outcome") as self._outcome:
                self._again = gr.Button("New comparison", elem_id="cx-again", size="sm")
                self._result = _piece("")
            self._connect(pairs)
        self.blocks.queue(max_size=settings.queue_size, default_concurrency_limit=1)

    def _build_intake(self, pairs: tuple[SamplePair, ...]) -> None:
        _piece("<h1 class='cx-title'>Compare two photographs of the same skin</h1>")
        with gr.Row(elem_id="cx-drops"):
            self._before = _drop("Before", "cx-drop-before")
            self._after = _drop("After", "cx-drop-after")
        with gr.Accordion("Scale", open=False, elem_id="cx-scale"):
            _piece(
                "<p>Millimetres per pixel, where you know them. Without them the usual close-up of a cheek is "
                "assumed, and lengths and depths are rough.</p>"
            )
            with gr.Row():
                self._before_mm = _scale_input("Before, mm per pixel", "cx-mm-before")
                self._after_mm = _scale_input("After, mm per pixel", "cx-mm-after")
        self._status = _piece("", elem_id="cx-status")
        self._start = gr.Button("Compare", variant="primary", elem_id="cx-start")
        self._examples: list[gr.Button] = []
        if pairs:
            _piece("<h2 class='cx-subtitle'>Or look at an example</h2>")
            with gr.Row(elem_id="cx-examples"):
                self._examples = [
                    _example(pair, number, self._service.upload_folder) for number, pair in enumerate(pairs)
                ]

    def _connect(self, pairs: tuple[SamplePair, ...]) -> None:
        held = gr.State([], time_to_live=_CACHE_AGE_S, delete_callback=self._service.discard)
        drops = [self._before, self._after]
        scales = [self._before_mm, self._after_mm]
        outputs = [self._status, self._start, self._intake, self._outcome, self._result, *drops]
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        for drop in drops:
            drop.change(self._hold, [held, *drops], held, queue=False, **quiet)
        self._start.click(self._run_uploads, [*drops, *scales], outputs, **quiet)
        for button, pair in zip(self._examples, pairs, strict=True):
            button.click(partial(self._run_sample, pair), None, outputs, **quiet)
        self._again.click(self._back, None, [self._intake, self._outcome, self._result], queue=False, **quiet)

    def _hold(self, held: list[str], before: str | None, after: str | None) -> list[str]:
        """Remember this session's uploads, so that leaving deletes them; delete those just replaced."""
        now = [path for path in (before, after) if path]
        self._service.discard([path for path in held if path not in now])
        return now

    def _run_uploads(
        self, before: str | None, after: str | None, before_mm: str | None, after_mm: str | None
    ) -> Iterator[Updates]:
        """Compare the two uploads, or assess the one that is there, and delete them once that is done."""
        if before and after:
            yield from self._run(
                lambda: self._service.compare(
                    Path(before), Path(after), (parse_scale(before_mm), parse_scale(after_mm))
                ),
                "Measuring both photographs…",
            )
        elif before or after:
            path, scale = (before, before_mm) if before else (after, after_mm)
            yield from self._run(
                lambda: self._service.assess(Path(str(path)), parse_scale(scale)), "Measuring the photograph…"
            )
        else:
            message = "Drop a photograph on Before and one on After. With one alone, that one is assessed."
            yield {self._status: render_message("There is no photograph yet", message)}

    def _run_sample(self, pair: SamplePair) -> Iterator[Updates]:
        scales = (pair.before.mm_per_px, pair.after.mm_per_px)
        titles = (pair.before.title, pair.after.title)
        measure = partial(self._service.compare, pair.before.path, pair.after.path, scales, titles)
        yield from self._run(measure, "Measuring both photographs…")

    def _run(self, measure: Callable[[], str], progress: str) -> Iterator[Updates]:
        """Show that work goes on, then the result, or what went wrong beside the inputs as they were."""
        yield {self._status: render_progress(progress), self._start: gr.update(interactive=False)}
        try:
            result = measure()
        except CicatrixError as error:
            yield self._failed(render_message("This did not work", str(error)))
            return
        except Exception:
            _log.exception("a comparison failed")
            message = (
                "The program failed on these photographs. Its log says why; the photographs are unchanged."
            )
            yield self._failed(render_message("Something went wrong", message))
            return
        yield {
            self._status: "",
            self._start: gr.update(interactive=True),
            self._intake: gr.update(visible=False),
            self._outcome: gr.update(visible=True),
            self._result: result,
            self._before: None,  # emptying the drop zones deletes the uploads, see _hold
            self._after: None,
        }

    def _failed(self, message: str) -> Updates:
        return {self._status: message, self._start: gr.update(interactive=True)}

    def _back(self) -> Updates:
        return {
            self._intake: gr.update(visible=True),
            self._outcome: gr.update(visible=False),
            self._result: "",
        }


def _piece(html: str, elem_id: str | None = None) -> gr.Markdown:
    return gr.Markdown(html, sanitize_html=False, elem_id=elem_id, elem_classes="cx-plain")


def _drop(label: str, elem_id: str) -> gr.Image:
    """A drop zone that hands over the file as it was uploaded.

    Gradio's own preprocessing decodes the picture first, and would answer a broken one without a word of help.
    It is replaced on the component itself, because a subclass makes Gradio write a stub beside this file.
    """
    drop = gr.Image(
        label=label,
        show_label=False,
        type="filepath",
        format="png",
        sources=["upload"],
        height=340,
        buttons=[],
        elem_id=elem_id,
        placeholder=f"# {label}\nDrop a photograph here, or choose one",
    )
    drop.preprocess = _uploaded_path
    return drop


def _uploaded_path(payload: ImageData | None) -> str | None:
    """The path of the upload. Gradio has checked before that it lies in the upload folder."""
    return payload.path if payload is not None else None


def _scale_input(label: str, elem_id: str) -> gr.Textbox:
    """Text, since Gradio's number field turns an empty field into 0."""
    return gr.Textbox(label=label, max_lines=1, elem_id=elem_id, placeholder="not known")


def _example(pair: SamplePair, number: int, folder: Path) -> gr.Button:
    thumbnail = pair_thumbnail(pair, folder)
    return gr.Button(pair.title, icon=thumbnail, elem_classes="cx-example", elem_id=f"cx-example-{number}")


def mount_page(app: FastAPI, page: ComparePage, settings: Settings, accounts: Accounts | None) -> FastAPI:
    """Mount the page at /. Run history, monitoring, error texts and links to elsewhere are off."""
    return gr.mount_gradio_app(
        app,
        page.blocks,
        path="/",
        footer_links=[],
        run_history=False,
        max_file_size=f"{settings.max_upload_mb}mb",
        show_error=False,
        enable_monitoring=False,
        ssr_mode=False,
        pwa=False,
        mcp_server=False,
        app_kwargs={"openapi_url": None},
        auth=accounts.check if accounts is not None else None,
        theme=_theme(),
        head=_head(),
    )


def _theme() -> Base:
    """Gradio's plain theme in a font that comes with it; only these two weights are complete there."""
    return Base(font=[LocalFont("IBM Plex Sans", weights=(400, 700)), "system-ui", "sans-serif"])


def _head() -> str:
    """Style and script from our own folder; their hash in the address renews a browser's copy."""
    marks = {name: hashlib.sha256((_STATIC_FOLDER / name).read_bytes()).hexdigest()[:12] for name in _HEAD}
    return "".join(tag.format(f"/page/{name}?{marks[name]}") for name, tag in _HEAD.items())


_HEAD = {
    "page.css": '<link rel="stylesheet" href="{}">',
    "page.js": '<script src="{}" defer></script>',
}
