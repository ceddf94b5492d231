"""One photograph's place on the page: drop zone, preview with verdict, tools, and what was marked in it.

Pieces of page travel through gr.Markdown: Gradio's HTML component compiles its value as a script, which the
content security policy forbids.
"""

# Gradio is typed in part.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.data_classes import FileData, ListFiles

from inference.check import CheckOptions
from inference.errors import CicatrixError
from inference.web.look import TITLES, Side, render_unreadable
from inference.web.marks import read_marks
from inference.web.scale import parse_scale
from inference.web.service import Service
from inference.web.view import render

_log = logging.getLogger(__name__)
_FAILED = "The program failed on this photograph. Its log says why; the photograph is unchanged."
#: Events of the page's own code: not listed for programs, nothing shown while they run.
QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


def piece(html: str, elem_id: str | None = None) -> gr.Markdown:
    """A piece of page. `html` stands on one line, or Markdown would read it."""
    return gr.Markdown(html, sanitize_html=False, elem_id=elem_id, elem_classes="cx-plain")


class Slot:
    """The place for one photograph. `drop` holds its file, `marks` what was drawn in it, as JSON."""

    def __init__(self, side: Side, service: Service) -> None:
        self._side: Side = side
        self._service = service
        with gr.Column(elem_classes="cx-slot", elem_id=f"cx-slot-{side}"):
            self.drop = _drop(side)
            piece(render("empty.html", title=TITLES[side]), elem_id=f"cx-empty-{side}")
            self.preview = piece("", elem_id=f"cx-look-{side}")
            self.verdict = piece("", elem_id=f"cx-verdict-{side}")
            piece(render("tools.html", side=side, title=TITLES[side]), elem_id=f"cx-tools-{side}")
            self.marks = hidden(f"cx-marks-{side}")

    def connect(self, mm_per_px: gr.Textbox) -> None:
        """Look at each new photograph, and again when its scale or its regions change.

        The look has a queue of its own, so that nobody's scoring holds it up; one at a time is enough.
        """
        queue: dict[str, Any] = {"concurrency_id": "look", "concurrency_limit": 1, **QUIET}
        self.drop.change(
            self._look, [self.drop, mm_per_px], [self.preview, self.verdict, self.marks], **queue
        )
        inputs = [self.drop, mm_per_px, self.marks]
        # Gradio's own `input` event does not notice what the page's code writes; `change` does.
        for event in (self.marks.change, mm_per_px.blur, mm_per_px.submit):
            event(self._look_again, inputs, self.verdict, trigger_mode="always_last", **queue)

    def options(self, mm_per_px: str | None, marks: str | None) -> CheckOptions:
        """What the user said about the photograph; a ruler marked in it comes before a typed scale.

        Raises CicatrixError for what cannot be used.
        """
        marked = read_marks(marks)
        typed = parse_scale(mm_per_px)
        return CheckOptions(typed if marked.mm_per_px is None else marked.mm_per_px, marked.drawn)

    def _look(self, path: str | None, mm_per_px: str | None) -> Iterator[tuple[str, str, str]]:
        """Preview and verdict of a new photograph; what was marked in the last one is forgotten."""
        for preview, verdict in self._looks(path, mm_per_px, ""):
            yield preview, verdict, ""

    def _look_again(self, path: str | None, mm_per_px: str | None, marks: str | None) -> str:
        """The new verdict alone: the preview carries what is marked, and the old verdict stands until then."""
        return [verdict for _, verdict in self._looks(path, mm_per_px, marks)][-1]

    def _looks(self, path: str | None, mm_per_px: str | None, marks: str | None) -> Iterator[tuple[str, str]]:
        preview = ""
        if not path:
            yield "", ""
            return
        try:
            for preview, verdict in self._service.look(
                Path(path), self.options(mm_per_px, marks), self._side
            ):
                yield preview, verdict
        except CicatrixError as error:
            # What was typed or marked may be at fault, not the file: then its picture is shown all the same.
            preview = preview or self._service.preview(Path(path), self._side)
            yield preview, render_unreadable(str(error), self._side)
        except Exception:
            _log.exception("a first look failed")
            yield preview, render_unreadable(_FAILED, self._side)


class CameraHint:
    """The channel of the live hint: frames go in as text, a hint comes out as a piece of page.

    An ordinary event of the page, so that it stands behind the same login. Frames are not stored.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._frame = hidden("cx-frame")
        self._hint = piece("", elem_id="cx-hint")

    def connect(self, baseline: gr.File) -> None:
        """Hold frames against the photograph in `baseline`."""
        self._frame.change(self._answer, [self._frame, baseline], self._hint, queue=False, **QUIET)

    def _answer(self, message: str | None, baseline: str | None) -> Any:
        if not message or not baseline:
            return ""
        try:
            answer = self._service.hint(message, Path(baseline))
        except CicatrixError as error:
            return render("hint.html", seq=0, way="lost", ok=False, text=str(error))
        if answer is None:
            return gr.skip()
        seq, hint = answer
        return render("hint.html", seq=seq, way=hint.way, ok=hint.ok, text=hint.text)


def hidden(elem_id: str) -> gr.Textbox:
    """Text between the page's own code and the server; not seen, but in the page."""
    return gr.Textbox(visible="hidden", elem_id=elem_id, show_label=False, container=False)


def _drop(side: Side) -> gr.File:
    """A drop zone for any file, that hands it over as it was uploaded.

    gr.Image would take only what browsers call a picture, which DICOM and some HEIC files are not. Gradio's own
    preprocessing leaves an empty file behind for each upload. It is replaced on the component itself, because a
    subclass makes Gradio write a stub beside this file.
    """
    drop = gr.File(
        label=TITLES[side],
        show_label=False,
        file_count="single",
        type="filepath",
        height=340,
        elem_id=f"cx-drop-{side}",
    )
    drop.preprocess = uploaded_path  # pyright: ignore[reportAttributeAccessIssue]
    return drop


def uploaded_path(payload: FileData | None) -> str | None:
    """The path of the upload. Gradio has checked before that it lies in the upload folder."""
    return payload.path if payload is not None else None


def drop_many(label: str, elem_id: str) -> gr.File:
    """A drop zone for any number of files of any kind; see `_drop` on what Gradio would do with them."""
    drop = gr.File(
        label=label,
        show_label=False,
        file_count="multiple",
        type="filepath",
        height=240,
        elem_id=elem_id,
    )
    drop.preprocess = _uploaded_paths  # pyright: ignore[reportAttributeAccessIssue]
    return drop


def _uploaded_paths(payload: ListFiles | None) -> list[str]:
    """The paths of the uploads. Gradio has checked before that they lie in the upload folder."""
    return [file.path for file in payload.root] if payload is not None else []
