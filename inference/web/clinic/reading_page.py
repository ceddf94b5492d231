"""Blinded reading: one pair at a time, on a page that tells nothing of it."""

# Gradio is typed in part.
# pyright: reportUnknownMemberType=false

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import gradio as gr
from gradio.components import Component

from inference.reading.desk import Answer as Said
from inference.reading.desk import Desk, OpenDesign, Standing, reader_code
from inference.reading.errors import ReadingError
from inference.reading.order import Trial
from inference.records.errors import EntryError
from inference.web.clinic.clinic import Clinic
from inference.web.clinic.deed import Answer, Deed
from inference.web.clinic.reading_pictures import ReadingPictures
from inference.web.clinic.reading_view import render_code, render_designs, render_intro, render_trial
from inference.web.clinic.route import Route
from inference.web.clinic.router import Doing, Page
from inference.web.clinic.words import Catalogue, words
from inference.web.intake import piece
from inference.web.running import Updates

#: Longer than this for a pair, the reader was elsewhere.
_MOST_S = 3600.0


@dataclass(slots=True)
class _Sitting:
    """One tab. code: what the reader typed. reading: the design that is being read, None in a pause. again: the last
    answer is being changed. shown: place of the pair that is seen, and since when."""

    code: str | None = None
    reading: int | None = None
    again: bool = False
    shown: tuple[int, float] | None = None


class ReadingPage(Page):
    """Who reads is the account that is logged in; without accounts, the code that was typed in this tab."""

    name = "reading"

    def __init__(self, clinic: Clinic) -> None:
        self._desk = Desk(clinic.records)
        self._pictures = ReadingPictures(self._desk)
        self._sittings: dict[str, _Sitting] = {}
        with gr.Column(elem_id="cx-reading-page"):
            self._all = piece("", elem_id="cx-reading")

    @property
    def outputs(self) -> Sequence[Component]:
        """All of it."""
        return [self._all]

    def deeds(self) -> Mapping[str, Doing]:
        """What a reader can do."""
        return {
            "reading.code": self._know,
            "reading.forget": self._forget,
            "reading.begin": self._begin,
            "reading.answer": self._answer,
            "reading.back": self._back,
            "reading.pause": self._pause,
        }

    def leave(self, request: gr.Request) -> None:
        """Answers are kept; the tab's code is not."""
        self._sittings.pop(str(request.session_hash), None)

    def show(self, route: Route, request: gr.Request) -> Updates:
        """Who reads, which reading, what is asked, or the pair to be answered."""
        said, sitting, reader = words(request), self._sitting(request), self._reader(request)
        typed = request.username is None
        if reader is None:
            return {self._all: render_code(route.design, said)}
        if route.design is None:
            found = [(one, self._desk.standing(one, reader)) for one in self._desk.designs(reader)]
            return {self._all: render_designs(found, reader, typed, said)}
        opened = self._desk.design(route.design, reader)
        standing = self._desk.standing(opened, reader)
        trial = standing.last if sitting.again else standing.now
        if sitting.reading != opened.id or trial is None:
            sitting.again = False
            return {self._all: render_intro(opened, standing, reader, typed, said)}
        return {self._all: self._trial(opened, standing, trial, sitting, said)}

    def _trial(
        self, opened: OpenDesign, standing: Standing, trial: Trial, sitting: _Sitting, said: Catalogue
    ) -> str:
        pictures = self._pictures.of(opened, trial)
        if standing.after is not None and not sitting.again:
            self._pictures.make(opened, standing.after)
        sitting.shown = trial.place, time.monotonic()
        given = standing.last_answer if sitting.again else None
        return render_trial(opened.design, trial, standing, pictures, given, said)

    def _know(self, deed: Deed, request: gr.Request) -> Answer:
        self._sitting(request).code = self._code(deed)
        return Answer(go=_here(deed))

    @staticmethod
    def _code(deed: Deed) -> str:
        try:
            return reader_code(deed.text("code"))
        except ReadingError as error:
            raise EntryError({"code": str(error)}) from error

    def _forget(self, deed: Deed, request: gr.Request) -> Answer:
        """Another reader at the same screen."""
        self._sittings.pop(str(request.session_hash), None)
        return Answer(go=Route(page="reading"))

    def _begin(self, deed: Deed, request: gr.Request) -> Answer:
        opened, _ = self._found(deed, request)
        sitting = self._sitting(request)
        sitting.reading, sitting.again = opened.id, False
        return Answer(go=_here(deed))

    def _pause(self, deed: Deed, request: gr.Request) -> Answer:
        sitting = self._sitting(request)
        sitting.reading, sitting.again = None, False
        return Answer(go=_here(deed))

    def _back(self, deed: Deed, request: gr.Request) -> Answer:
        """The last answer once more; from the end of the reading too."""
        opened, reader = self._found(deed, request)
        sitting = self._sitting(request)
        sitting.reading = opened.id
        sitting.again = self._desk.standing(opened, reader).last is not None
        return Answer(go=_here(deed))

    def _answer(self, deed: Deed, request: gr.Request) -> Answer:
        """Kept before the next pair is shown."""
        opened, reader = self._found(deed, request)
        sitting = self._sitting(request)
        place = _number(deed.text("place"))
        if place is None:
            raise ReadingError("This pair is not the one to be answered: load the page again.")
        answer = _said(deed, opened, words(request))
        self._desk.answer(opened, reader, place, answer, _seconds(sitting, place))
        sitting.again = False
        return Answer(go=_here(deed))

    def _found(self, deed: Deed, request: gr.Request) -> tuple[OpenDesign, str]:
        reader = self._reader(request)
        if reader is None:
            raise ReadingError("Say first who reads: load the page again.")
        return self._desk.design(deed.route.design or 0, reader), reader

    def _reader(self, request: gr.Request) -> str | None:
        """The account's name, whatever was typed."""
        return self._sitting(request).code if request.username is None else str(request.username)

    def _sitting(self, request: gr.Request) -> _Sitting:
        return self._sittings.setdefault(str(request.session_hash), _Sitting())


def _here(deed: Deed) -> Route:
    return Route(page="reading", design=deed.route.design)


def _said(deed: Deed, opened: OpenDesign, said: Catalogue) -> Said:
    """The answer in the form. Raises EntryError where there is none."""
    if deed.text("none"):
        return Said()
    if opened.design.asked.asks == "side":
        difference = _number(deed.text("difference"))
        if difference is None:
            raise EntryError({"": said["reading.choose"]})
        return Said(difference=difference)
    left, right = _number(deed.text("left")), _number(deed.text("right"))
    if left is None or right is None:
        raise EntryError({"": said["reading.choose_both"]})
    return Said(left_grade=left, right_grade=right)


def _number(text: str) -> int | None:
    try:
        return int(text)
    except ValueError:
        return None


def _seconds(sitting: _Sitting, place: int) -> float | None:
    """How long the pair was seen."""
    if sitting.shown is None or sitting.shown[0] != place:
        return None
    return min(_MOST_S, time.monotonic() - sitting.shown[1])
