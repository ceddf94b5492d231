"""Something that takes seconds and may fail: what the page shows on the way and in the end."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.components import Component

from inference.errors import CicatrixError
from inference.web.view import render_message, render_progress

#: New values of components, by component.
Updates = dict[Any, Any]

_log = logging.getLogger(__name__)
_FAILED = "The program failed on these photographs. Its log says why; the photographs are unchanged."


@dataclass(frozen=True, slots=True)
class Step:
    """doing: what goes on, in words. html: the result, once it is there. failed: why there is none, as HTML."""

    doing: str = ""
    html: str | None = None
    failed: str = ""


def guarded(steps: Iterator[Step]) -> Iterator[Step]:
    """The steps, with what went wrong as the last of them in words fit to show."""
    try:
        yield from steps
    except CicatrixError as error:
        yield Step(failed=render_message("This did not work", str(error)))
    except Exception:
        _log.exception("measuring failed")
        yield Step(failed=render_message("Something went wrong", _FAILED))


def told(
    steps: Iterator[Step], status: Component, start: Component, done: Callable[[str], Updates]
) -> Iterator[Updates]:
    """What changes on the page at every step: the progress in `status`, with the button `start` at rest meanwhile.

    done: of the result's HTML, what changes at the end. A failure is shown in `status` beside the inputs as they were.
    """
    for step in guarded(steps):
        if step.doing:
            yield {status: render_progress(step.doing), start: gr.update(interactive=False)}
        elif step.html is None:
            yield {status: step.failed, start: gr.update(interactive=True)}
        else:
            yield done(step.html)


def one_step(doing: str, measure: Callable[[], str]) -> Iterator[Step]:
    """Something whose way is not told."""
    yield Step(doing)
    yield Step(html=measure())
