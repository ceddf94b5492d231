"""Pages of the records in one document: the browser names one, and only that one is filled.

A wish comes as a `Route` in the hidden field `cx-go`, what a form asks for as a `Deed` in `cx-do`. Both are ordinary
events of the page, so that they stand behind its login.
"""

# Gradio is typed in part.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import gradio as gr
from gradio.components import Component

from inference.errors import CicatrixError
from inference.web.clinic.deed import Answer, Deed, read_deed
from inference.web.clinic.route import PageName, Route, read_route
from inference.web.clinic.words import words
from inference.web.intake import QUIET, hidden, piece
from inference.web.running import Updates
from inference.web.view import render

_log = logging.getLogger(__name__)
#: Pages are read from the database, so that several may be on their way at once.
_AT_ONCE = 8

Doing = Callable[[Deed, gr.Request], Answer]


class Page(ABC):
    """A page of the records. Its constructor builds its components inside a column with the id `cx-{name}-page`."""

    name: ClassVar[PageName]

    @property
    @abstractmethod
    def outputs(self) -> Sequence[Component]:
        """The components that `show` may change."""

    @abstractmethod
    def show(self, route: Route, request: gr.Request) -> Updates:
        """New values of components for this route. Raises CicatrixError with a message fit to show."""

    def deeds(self) -> Mapping[str, Doing]:
        """What the page's forms can ask for, by the name in `data-do`. Each raises CicatrixError; an EntryError's
        fields are shown beside the form's inputs of these names."""
        return {}

    def leave(self, request: gr.Request) -> None:  # noqa: B027  most pages hold nothing
        """The tab was closed: what is held for it can go."""


class Router:
    """Fills the page that a route names, and does what forms ask for."""

    def __init__(self, go: gr.Textbox) -> None:
        self._go = go
        self._do = hidden("cx-do")
        self._here = piece("", elem_id="cx-here")
        self._answer = piece("", elem_id="cx-answer")
        self._pages: dict[PageName, Page] = {}
        self._deeds: dict[str, Doing] = {}

    def add(self, *pages: Page) -> None:
        """Pages that have been built."""
        for page in pages:
            self._pages[page.name] = page
            self._deeds.update(page.deeds())

    def leave(self, request: gr.Request) -> None:
        """The tab was closed."""
        for page in self._pages.values():
            page.leave(request)

    def connect(self) -> None:
        """Listen, once all pages are added."""
        outputs = [self._here, *(one for page in self._pages.values() for one in page.outputs)]
        # Deeds may take seconds, as a report does; one at a time, as everything that measures.
        self._go.change(
            self._show, self._go, outputs, concurrency_limit=_AT_ONCE, trigger_mode="multiple", **QUIET
        )
        self._do.change(
            self._act, self._do, self._answer, concurrency_limit=2, trigger_mode="multiple", **QUIET
        )

    def _show(self, text: str | None, request: gr.Request) -> Updates | Any:
        if not text:
            return gr.skip()
        n = 0
        try:
            route = read_route(text)
            n = route.n
            page = self._pages[route.page]
            return {**page.show(route, request), self._here: render("clinic/here.html", n=n, error="")}
        except CicatrixError as error:
            said = str(error)
        except Exception:
            _log.exception("a page could not be shown")
            said = words(request)["went_wrong"]
        return {self._here: render("clinic/here.html", n=n, error=said, words=words(request))}

    def _act(self, text: str | None, request: gr.Request) -> str | Any:
        if not text:
            return gr.skip()
        n = 0
        try:
            deed = read_deed(text)
            n = deed.n
            answer = self._deeds[deed.do](deed, request)
        except CicatrixError as error:
            answer = Answer.of_error(error)
        except Exception:
            _log.exception("a deed failed")
            answer = Answer(error=words(request)["went_wrong"])
        return render("clinic/answer.html", answer=answer.model_dump_json(), n=n)
