"""A reader's place in a design: what comes next, what was answered last, and answering. Each sees only their own."""

import logging
import re
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from inference.errors import CicatrixError
from inference.photo.photo import Photo
from inference.photo.read import read_photo
from inference.reading.design import Design, Shot
from inference.reading.errors import DesignError, ReadingError
from inference.reading.order import Trial, order
from inference.reading.plates import Rgb, alike, plate
from inference.records.readings import KeptDesign, Reading, ReadingEntry
from inference.records.records import Records

_log = logging.getLogger(__name__)
_CODE = re.compile(r"[^\W_][\w.@-]{0,39}")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a reader says of a pair, as `ReadingRow`; all None: it cannot be judged."""

    difference: int | None = None
    left_grade: int | None = None
    right_grade: int | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a reader is. now: the trial to be answered, None after the last. last: the one that was answered last,
    which may be answered again, with its answer. after: what comes after `now`."""

    total: int
    done: int
    now: Trial | None
    after: Trial | None
    last: Trial | None
    last_answer: Reading | None


@dataclass(frozen=True, slots=True)
class OpenDesign:
    """A design that can be read here."""

    id: int
    folder: Path
    design: Design


class Desk:
    """Blinded reading on the records. Threads may share it."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def keep(self, design: Design, folder: Path) -> OpenDesign:
        """Let readers read a design. folder: that `design.root` is seen from.

        Raises DesignError where a photograph of it is not there.
        """
        root = (folder / design.root).resolve()
        for pair in design.pairs:
            for shot in (pair.first, pair.second):
                if shot.image is not None and not (root / shot.image).is_file():
                    raise DesignError(
                        f"{shot.image} is not in {root}: put it there, or make the design anew."
                    )
        kept = self._records.readings.add(design.key, design.title, str(root), design.model_dump(mode="json"))
        return _open(kept)

    def designs(self, reader: str | None) -> list[OpenDesign]:
        """Those that this reader may read, the newest first; all open ones while the reader is not known."""
        kept = [_open(one) for one in self._records.readings.open_designs()]
        return [one for one in kept if reader is None or _may_read(one.design, reader)]

    def design(self, design_id: int, reader: str) -> OpenDesign:
        """Raises NotInRecordsError, and DesignError for somebody who may not read it."""
        found = _open(self._records.readings.design(design_id))
        found.design.reader(reader)
        return found

    def standing(self, opened: OpenDesign, reader: str) -> Standing:
        """Where this reader is. Pairs whose photographs were deleted are left out."""
        name = opened.design.reader(reader)
        there = self._records.readings.still_there(opened.design.photographs())
        trials = [trial for trial in order(opened.design, name) if _is_there(trial, there)]
        answers = {one.place: one for one in self._records.readings.answers(opened.id, name)}
        place = self._records.readings.last_place(opened.id, name)
        last = next((trial for trial in trials if trial.place == place), None)
        now, after, *_ = *(trial for trial in trials if trial.place not in answers), None, None
        done = sum(trial.place in answers for trial in trials)
        answer = None if last is None else answers.get(last.place)
        return Standing(len(trials), done, now, after, last, answer)

    def answer(
        self, opened: OpenDesign, reader: str, place: int, said: Answer, seconds: float | None = None
    ) -> Reading:
        """Keep an answer at once: of the trial to be answered, or once more of the last one.

        Raises ReadingError for another place or what is no answer on the scale, EntryError where the reading is
        closed.
        """
        standing = self.standing(opened, reader)
        possible = [trial for trial in (standing.now, standing.last) if trial is not None]
        trial = next((trial for trial in possible if trial.place == place), None)
        if trial is None:
            raise ReadingError("This pair is not the one to be answered: load the page again.")
        if not opened.design.asked.takes(said.difference, said.left_grade, said.right_grade):
            raise ReadingError("This is no answer on this scale: choose one of those that are offered.")
        try:
            entry = ReadingEntry(
                place=place,
                pair=trial.pair.id,
                showing=trial.showing,
                first_on_left=trial.first_on_left,
                left_id=trial.left.photograph,
                right_id=trial.right.photograph,
                difference=said.difference,
                left_grade=said.left_grade,
                right_grade=said.right_grade,
                seconds=seconds,
            )
        except ValidationError as error:
            raise ReadingError("This answer cannot be kept: load the page again.") from error
        return self._records.readings.answer(opened.id, opened.design.reader(reader), entry)

    def plates(self, opened: OpenDesign, trial: Trial) -> tuple[Rgb, Rgb]:
        """The two pictures, left and right, alike in size. Raises ReadingError where one cannot be shown."""
        left, right = (plate(self._photo(opened, shot), shot.framing) for shot in (trial.left, trial.right))
        return alike(left, right)

    def _photo(self, opened: OpenDesign, shot: Shot) -> Photo:
        """The reader learns neither the file nor what is wrong with it; the log does."""
        try:
            path = (
                self._records.visits.file(shot.sha256) if shot.image is None else opened.folder / shot.image
            )
            photo = read_photo(path)
        except CicatrixError as error:
            _log.error("a photograph of a blinded reading cannot be shown: %s", error)
            raise ReadingError(
                "A photograph of this pair cannot be shown: tell whoever made the reading."
            ) from error
        if photo.sha256 != shot.sha256:
            _log.error("%s is not the photograph that the design was made with", path)
            raise ReadingError("A photograph of this pair was changed: tell whoever made the reading.")
        return photo


def reader_code(text: str) -> str:
    """A code that a reader types, as it is kept. Raises ReadingError."""
    code = text.strip().upper()
    if not _CODE.fullmatch(code):
        raise ReadingError("Type the code that you were given: letters and digits, without blanks.")
    return code


def _may_read(design: Design, reader: str) -> bool:
    try:
        design.reader(reader)
    except DesignError:
        return False
    return True


def _is_there(trial: Trial, there: frozenset[int]) -> bool:
    return all(shot.photograph is None or shot.photograph in there for shot in (trial.left, trial.right))


def _open(kept: KeptDesign) -> OpenDesign:
    return OpenDesign(kept.id, Path(kept.folder), Design.model_validate(kept.design))
